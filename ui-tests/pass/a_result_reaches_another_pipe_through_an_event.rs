// Recorded for the store, which waits for TADD.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn double<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let e = tload(ub.a, &x.tile(0, 0)).record::<TAdd>();
    let sum = tadd(ub.b, &e, &e);
    Ub::retire(UbTokens { a: e, b: tstore(&out.tile(0, 0), sum.record::<TStoreVec>()) })
}

fn main() {
    verify::one_input(&double, 1, |x| x + x);
}
