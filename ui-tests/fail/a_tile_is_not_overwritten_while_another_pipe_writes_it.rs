// WAW: TADD writes to a tile that MTE2 may still be filling; the last of the two wins.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn double<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let e = tload(ub.a, &x.tile(0, 0)).record::<TAdd>();
    let stale = tload(ub.b, &x.tile(0, 0));
    let sum = tadd(stale, &e, &e).record::<TStoreVec>();
    Ub::retire(UbTokens { a: e, b: tstore(&out.tile(0, 0), sum) })
}

fn main() {}
