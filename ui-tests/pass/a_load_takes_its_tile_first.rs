// The destination of a load stands first, as that of every op.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let e = tload(ub.a, &x.tile(0, 0));
    Ub::retire(UbTokens { a: tstore(&out.tile(0, 0), e.record::<TStoreVec>()) })
}

fn main() {
    verify::one_input(&copy, 1, |x| x);
}
