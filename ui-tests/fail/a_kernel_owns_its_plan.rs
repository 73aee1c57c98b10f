// The kernel borrows its plan: it could not give back tiles that it does not own.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: &mut Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let e = tload(ub.a, &x.tile(0, 0)).record::<TStoreVec>();
    Ub::retire(UbTokens { a: tstore(&out.tile(0, 0), e) })
}

fn main() {}
