// The destination is one of the sources: the token would be in two places.
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
    let x = tload(ub.a, &x.tile(0, 0)).record::<TAdd>();
    let y = tload(ub.b, &y.tile(0, 0)).record::<TAdd>();
    let sum = tadd(x, &x, &y).record::<TStoreVec>();
    Ub::retire(UbTokens { a: tstore(&out.tile(0, 0), sum), b: y })
}

fn main() {}
