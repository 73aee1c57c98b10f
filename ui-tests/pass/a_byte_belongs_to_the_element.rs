// The higher one of the two; beside it a tile is loaded and stored.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, u16, 32, 16, Full, A5>,
    filter: VecCol<'k, u8, 32, Full, A5>,
    counts: VecTile<'k, u32, 32, 256, Full, A5>,
    x: VecTile<'k, f32, 8, 8, Full, A5>,
}

#[kernel]
fn count<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let a = texpands(ub.a, 3);
    let filter = texpands(ub.filter, 0);
    let counts = thistogram(ub.counts, &a, &filter, Byte1);
    let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
    let x = tmuls_assign(x, 2.0).record::<TStoreVec>();
    Ub::retire(UbTokens { a, filter, counts, x: tstore(&out.tile(0, 0), x) })
}

fn main() {
    verify::one_input(&count, 1, |x| x * 2.0);
}
