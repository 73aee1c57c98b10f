// A credit for no tiles at all: nothing would own its flag, which would stay raised.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    none: [VecTile<'k, f32, 8, 8>; 0],
    x: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let none = ub.none.prime::<TStoreVec, TLoad>();
    let e = tload(ub.x, &x.tile(0, 0)).record::<TStoreVec>();
    Ub::retire(UbTokens { none, x: tstore(&out.tile(0, 0), e) })
}

fn main() {}
