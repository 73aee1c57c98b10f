// `unite` takes it back from both.
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
    let a = tload(ub.a, &x.tile(0, 0)).share::<TAdd, TStoreVec>();
    tstore(&out.tile(0, 0), a.second());
    let sum = tadd(ub.b, &a.first(), &a.first()).record::<TStoreVec>();
    let a = tload(a.unite::<TLoad>(), &x.tile(0, 0));
    Ub::retire(UbTokens { a, b: tstore(&out.tile(0, 0), sum) })
}

fn main() {
    verify::one_input(&double, 1, |x| x + x);
}
