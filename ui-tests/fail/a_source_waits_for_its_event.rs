// TADD reads what the load returned without an event: V would start while MTE2 still writes the tile.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn double<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let loaded = tload(ub.a, &x.tile(0, 0));
    let sum = tadd(ub.b, &loaded, &loaded).record::<TStoreVec>();
    Ub::retire(UbTokens { a: loaded, b: tstore(&out.tile(0, 0), sum) })
}

fn main() {}
