// Fewer tiles, each with a number of its own.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    many: [[VecTile<'k, f32, 1, 8>; 64]; 64],
    x: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let e = tload(ub.x, &x.tile(0, 0)).record::<TStoreVec>();
    Ub::retire(UbTokens { many: ub.many, x: tstore(&out.tile(0, 0), e) })
}

fn main() {
    verify::one_input(&copy, 1, |x| x);
}
