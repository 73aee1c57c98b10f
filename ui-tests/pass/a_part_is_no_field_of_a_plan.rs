// A tile of its own.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<TStoreVec>();
    Ub::retire(UbTokens { x: tstore(&out.tile(0, 0), x) })
}

fn main() {
    verify::one_input(&copy, 1, |x| x);
}
