// Every read stands before `unite`.
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
    let shared = tload(ub.a, &x.tile(0, 0)).share::<TAdd, TStoreVec>();
    let view = shared.first();
    let sum = tadd(ub.b, &view, &view).record::<TStoreVec>();
    let back = shared.unite::<TLoad>();
    Ub::retire(UbTokens { a: back, b: tstore(&out.tile(0, 0), sum) })
}

fn main() {
    verify::one_input(&double, 1, |x| x + x);
}
