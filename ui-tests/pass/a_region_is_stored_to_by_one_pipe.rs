// The region is used on MTE2 and on the one pipe that stores to it.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalInOut<'k, f32>) -> Retired<Ub<'k>> {
    let x = x.on::<TStoreVec>();
    let a = texpands(ub.a, 2.0).record::<TStoreVec>();
    let stored = tstore(&x.tile(0, 0), a);
    Ub::retire(UbTokens { a: stored })
}

fn main() {
    verify::in_place(&copy, |_| 2.0);
}
