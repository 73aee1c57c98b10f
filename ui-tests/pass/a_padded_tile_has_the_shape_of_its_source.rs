// The tile has the shape of the one that it is padded from.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8, Dyn>,
    b: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn pad<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let a = tload(ub.a, &x.tile(0, 0)).record::<TFillPadVec>();
    let b = tfillpad(ub.b, &a, Pad::Zero).record::<TStoreVec>();
    let stored = tstore(&out.tile(0, 0), b);
    Ub::retire(UbTokens { a, b: stored })
}

fn main() {
    verify::one_input(&pad, 1, |x| x);
}
