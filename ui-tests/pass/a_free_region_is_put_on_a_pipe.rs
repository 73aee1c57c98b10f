// The region sits on MTE2 for its loads.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalInOut<'k, f32>) -> Retired<Ub<'k>> {
    let x = x.on::<TLoad>();
    let a = tload(ub.a, &x.tile(0, 0)).join(x).record::<TStoreVec>();
    let (a, _) = tstore_cell(a).split();
    Ub::retire(UbTokens { a })
}

fn main() {
    verify::in_place(&copy, |x| x);
}
