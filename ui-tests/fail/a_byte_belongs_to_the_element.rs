// A u16 has two bytes.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, u16, 32, 16, Full, A5>,
    filter: VecCol<'k, u8, 32, Full, A5>,
    counts: VecTile<'k, u32, 32, 256, Full, A5>,
}

#[kernel]
fn count<'k>(ub: Ub<'k>) -> Retired<Ub<'k>> {
    let a = texpands(ub.a, 3);
    let filter = texpands(ub.filter, 0);
    let counts = thistogram(ub.counts, &a, &filter, Byte2);
    Ub::retire(UbTokens { a, filter, counts })
}

fn main() {}
