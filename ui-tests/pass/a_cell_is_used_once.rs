// Each turn has a cell of its own.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn update<'k>(ub: Ub<'k>, x: GlobalInOut<'k, f32>) -> Retired<Ub<'k>> {
    let a = tload_cell(ub.a, x).record::<TStoreVec>();
    let (a, x) = tstore_cell(a).release::<TLoad>().split();
    let b = tload_cell(ub.b, x).record::<TStoreVec>();
    let (b, _) = tstore_cell(b).split();
    Ub::retire(UbTokens { a, b })
}

fn main() {
    verify::in_place(&update, |x| x);
}
