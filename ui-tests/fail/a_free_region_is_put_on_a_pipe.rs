// A load from a region that stays free: a store to it would not know of the load.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalInOut<'k, f32>) -> Retired<Ub<'k>> {
    let a = tload(ub.a, &x.tile(0, 0)).record::<TStoreVec>();
    Ub::retire(UbTokens { a })
}

fn main() {}
