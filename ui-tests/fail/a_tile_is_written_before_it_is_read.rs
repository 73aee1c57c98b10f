// The tile is on the vector pipe, but no op has written it: TADD would add what an earlier kernel left there.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
    c: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn double<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let a = tload(ub.a, &x.tile(0, 0)).record::<Vector>();
    let b = ub.b.on::<Vector>();
    let sum = tadd(ub.c, &a, &b).record::<TStoreVec>();
    Ub::retire(UbTokens { a, b, c: tstore(&out.tile(0, 0), sum) })
}

fn main() {}
