// A kernel that may panic just does: the launch stops with an error that names the block.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let load = std::panic::AssertUnwindSafe(|| tload(ub.a, &x.tile(0, 0)).record::<TStoreVec>());
    match std::panic::catch_unwind(load) {
        Ok(e) => Ub::retire(UbTokens { a: tstore(&out.tile(0, 0), e) }),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

fn main() {
    verify::one_input(&copy, 1, |x| x);
}
