// Read first, then hand back.
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
    let e = tload(ub.a, &x.tile(0, 0)).record::<Vector>();
    let other = tload(ub.b, &x.tile(0, 0)).record::<Vector>();
    let sum = tadd(ub.c, &other, &e).record::<TStoreVec>();
    let back = e.release::<TLoad>();
    Ub::retire(UbTokens { a: back, b: other, c: tstore(&out.tile(0, 0), sum) })
}

fn main() {
    verify::one_input(&double, 1, |x| x + x);
}
