// The tile is wider than the one that it is padded from.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8, Dyn>,
    b: VecTile<'k, f32, 8, 16>,
}

#[kernel]
fn pad<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let a = tload(ub.a, &x.tile(0, 0)).record::<TFillPadVec>();
    let b = tfillpad(ub.b, &a, Pad::Zero).record::<TStoreVec>();
    let stored = tstore(&out.tile(0, 0), b);
    Ub::retire(UbTokens { a, b: stored })
}

fn main() {}
