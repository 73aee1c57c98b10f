// A store to what a load may still be reading: the region never left MTE2.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn update<'k>(ub: Ub<'k>, x: GlobalInOut<'k, f32>) -> Retired<Ub<'k>> {
    let (a, cell) = tload_cell(ub.a, x).split();
    let new = texpands(ub.b, 1.0).join(cell).record::<TStoreVec>();
    let (b, _) = tstore_cell(new).split();
    Ub::retire(UbTokens { a, b })
}

fn main() {}
