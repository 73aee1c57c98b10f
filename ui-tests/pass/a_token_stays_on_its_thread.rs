// The kernel issues both; what the pipes do at once is for the events to say.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let e = tload(ub.a, &x.tile(0, 0)).record::<TStoreVec>();
    let stored = tstore(&out.tile(0, 0), e);
    Ub::retire(UbTokens { a: stored })
}

fn main() {
    verify::one_input(&copy, 1, |x| x);
}
