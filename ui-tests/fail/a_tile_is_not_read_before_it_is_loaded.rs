// TADD reads a tile that nothing was loaded into: it would add whatever the buffer holds.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
}
#[kernel]
fn double<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let sum = tadd(ub.b, &ub.a, &ub.a).record::<TStoreVec>();
    Ub::retire(ub.a, tstore(&out.tile(0, 0), sum))
}

fn main() {}
