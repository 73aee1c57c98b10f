// One cell for two stores on their own ways: nothing would order the load of the one and the store of the other.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn update<'k>(ub: Ub<'k>, x: GlobalInOut<'k, f32>) -> Retired<Ub<'k>> {
    let a = tload_cell(ub.a, x).record::<TStoreVec>();
    let (a, _) = tstore_cell(a).split();
    let b = tload_cell(ub.b, x).record::<TStoreVec>();
    let (b, _) = tstore_cell(b).split();
    Ub::retire(UbTokens { a, b })
}

fn main() {}
