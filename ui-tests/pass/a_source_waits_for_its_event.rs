// Recorded for TADD, which waits for the load.
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
    let loaded = tload(ub.a, &x.tile(0, 0)).record::<TAdd>();
    let sum = tadd(ub.b, &loaded, &loaded).record::<TStoreVec>();
    Ub::retire(UbTokens { a: loaded, b: tstore(&out.tile(0, 0), sum) })
}

fn main() {
    verify::one_input(&double, 1, |x| x + x);
}
