// Both are results of loads, and one flag of MTE2 serves both.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
    c: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn double<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let both = tload(ub.a, &x.tile(0, 0)).join(tload(ub.c, &x.tile(0, 0))).record::<TAdd>();
    let (a, c) = both.split();
    let b = tadd(ub.b, &a, &a).record::<TStoreVec>();
    Ub::retire(UbTokens { a, b: tstore(&out.tile(0, 0), b), c })
}

fn main() {
    verify::one_input(&double, 1, |x| x + x);
}
