// Tokens of one state may change places: each carries its own tile and flag.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let mut now = tload(ub.a, &x.tile(0, 0)).record::<TStoreVec>();
    let mut next = tload(ub.b, &x.tile(0, 0)).record::<TStoreVec>();
    std::mem::swap(&mut now, &mut next);
    Ub::retire(UbTokens { a: tstore(&out.tile(0, 0), now), b: next })
}

fn main() {
    verify::one_input(&copy, 1, |x| x);
}
