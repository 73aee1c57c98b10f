// A reader's view is used after the tile went back to the load: V would read what MTE2 overwrites.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn double<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let shared = tload(ub.a, &x.tile(0, 0)).share::<TAdd, TStoreVec>();
    let view = shared.first();
    let back = shared.unite::<TLoad>();
    let sum = tadd(ub.b, &view, &view).record::<TStoreVec>();
    Ub::retire(UbTokens { a: back, b: tstore(&out.tile(0, 0), sum) })
}

fn main() {}
