// A load's result is declared to be on the vector pipe: V would not wait for MTE2.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn double<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let a = tload(ub.a, &x.tile(0, 0)).on::<Vector>();
    let sum = tadd(ub.b, &a, &a).record::<TStoreVec>();
    Ub::retire(UbTokens { a, b: tstore(&out.tile(0, 0), sum) })
}

fn main() {}
