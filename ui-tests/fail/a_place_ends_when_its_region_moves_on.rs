// A place in a region that has left MTE2: a load from it would not wait for the store.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalInOut<'k, f32>) -> Retired<Ub<'k>> {
    let x = x.on::<TLoad>();
    let place = x.tile(0, 0);
    let a = tload(ub.a, &place).join(x).record::<TStoreVec>();
    let (a, _) = tstore_cell(a).split();
    let b = tload(ub.b, &place);
    Ub::retire(UbTokens { a, b })
}

fn main() {}
