// The region goes with the data: from MTE2 to the vector pipe, and with the result to MTE3.
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
    let (a, cell) = tload_cell(ub.a, x).record::<Vector>().split();
    let new = texpands(ub.b, 1.0).join(cell.wait()).record::<TStoreVec>();
    let (b, _) = tstore_cell(new).split();
    Ub::retire(UbTokens { a, b })
}

fn main() {
    verify::in_place(&update, |_| 1.0);
}
