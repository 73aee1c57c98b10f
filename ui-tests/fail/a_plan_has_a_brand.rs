// A plan without a lifetime: its tiles would fit every kernel invocation.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub {
    a: VecTile<'static, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: Ub, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub> {
    let e = tload(ub.a, &x.tile(0, 0)).record::<TStoreVec>();
    Ub::retire(UbTokens { a: tstore(&out.tile(0, 0), e) })
}

fn main() {}
