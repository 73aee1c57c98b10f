// Each tile has a row and a column at least, and a number of its own.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    big: VecTile<'k, f32, 8, 8>,
    some: [[VecTile<'k, f32, 1, 8>; 25]; 7],
    small: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let big = tload(ub.big, &x.tile(0, 0)).record::<TStoreVec>();
    let small = texpands(ub.small.on::<Vector>(), 1.0);
    Ub::retire(UbTokens { big: tstore(&out.tile(0, 0), big), some: ub.some, small })
}

fn main() {
    verify::one_input(&copy, 1, |x| x);
}
