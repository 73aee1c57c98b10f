// The tile that was stored takes the region along: it must come back to the plan.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn update<'k>(ub: Ub<'k>, x: GlobalInOut<'k, f32>) -> Retired<Ub<'k>> {
    let a = tload_cell(ub.a, x).record::<TStoreVec>();
    let (a, _) = tstore_cell(a).record::<TLoad>().split();
    Ub::retire(UbTokens { a })
}

fn main() {
    verify::in_place(&update, |x| x);
}
