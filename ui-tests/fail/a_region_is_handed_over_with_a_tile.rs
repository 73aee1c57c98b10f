// A flag for a region alone: whoever drops the region leaves the flag raised.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn update<'k>(ub: Ub<'k>, x: GlobalInOut<'k, f32>) -> Retired<Ub<'k>> {
    let a = tload_cell(ub.a, x).record::<TStoreVec>();
    let (a, cell) = tstore_cell(a).split();
    let _ = cell.record::<TLoad>();
    Ub::retire(UbTokens { a })
}

fn main() {}
