// TADD reads a buffer that was handed back: the next load may be in it already.
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
    let back = e.release::<TLoad>();
    let sum = tadd(ub.c, &other, &back).record::<TStoreVec>();
    Ub::retire(UbTokens { a: back, b: other, c: tstore(&out.tile(0, 0), sum) })
}

fn main() {}
