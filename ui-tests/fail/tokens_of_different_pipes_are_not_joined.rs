// One flag for a load and a sum: it would be set by V and say nothing of MTE2.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
    c: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn double<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let a = tload(ub.a, &x.tile(0, 0)).record::<TAdd>();
    let both = tadd(ub.b, &a, &a).join(tload(ub.c, &x.tile(0, 0))).record::<TStoreVec>();
    let (b, c) = both.split();
    Ub::retire(UbTokens { a, b: tstore(&out.tile(0, 0), b), c })
}

fn main() {}
