// The operands of a load are swapped: where it reads from stands first.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let e = tload(&x.tile(0, 0), ub.a);
    Ub::retire(UbTokens { a: tstore(&out.tile(0, 0), e.record::<TStoreVec>()) })
}

fn main() {}
