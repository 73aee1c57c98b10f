// An event out of a free tile: the store would wait for a flag that nobody sets.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let e = Event::<TLoad, TStoreVec, _> { payload: ub.a };
    Ub::retire(UbTokens { a: tstore(&out.tile(0, 0), e) })
}

fn main() {}
