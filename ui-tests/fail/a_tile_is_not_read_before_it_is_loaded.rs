// TADD reads a tile that nothing was loaded into: it would add whatever the buffer holds.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
    c: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn double<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let e = tload(ub.a, &x.tile(0, 0)).record::<TAdd>();
    let sum = tadd(ub.c, &e, &ub.b).record::<TStoreVec>();
    Ub::retire(UbTokens { a: e, b: ub.b, c: tstore(&out.tile(0, 0), sum) })
}

fn main() {}
