// TADD in place on a free tile: one of its two summands was never written.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn add<'k>(
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalIn<'k, f32>,
    out: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    let y = tload(ub.b, &y.tile(0, 0)).record::<TAdd>();
    let sum = tadd_assign(ub.a, &y).record::<TStoreVec>();
    Ub::retire(UbTokens { a: tstore(&out.tile(0, 0), sum), b: y })
}

fn main() {}
