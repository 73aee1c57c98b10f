// V overwrites a tile that MTE3 may still be storing.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn double<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let a = tload(ub.a, &x.tile(0, 0)).share::<TAdd, TStoreVec>();
    tstore(&out.tile(0, 0), a.second());
    let sum = tadd(ub.b, &a.first(), &a.first()).record::<TStoreVec>();
    let sum = tstore(&out.tile(0, 0), sum).record::<TAdd>();
    let a = tadd(a, &sum, &sum);
    Ub::retire(UbTokens { a, b: sum })
}

fn main() {}
