// A loaded tile changes places with a credit: the load would overwrite what the store has not sent yet.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let mut now = tload(ub.a, &x.tile(0, 0)).record::<TStoreVec>();
    let mut next = ub.b.prime::<TStoreVec, TLoad>();
    std::mem::swap(&mut now, &mut next);
    Ub::retire(UbTokens { a: tstore(&out.tile(0, 0), now), b: next })
}

fn main() {}
