// The credit is for a tile, which owns its flag.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    one: [VecTile<'k, f32, 8, 8>; 1],
    x: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let one = ub.one.prime::<TStoreVec, TLoad>();
    let e = tload(ub.x, &x.tile(0, 0)).record::<TStoreVec>();
    Ub::retire(UbTokens { one, x: tstore(&out.tile(0, 0), e) })
}

fn main() {
    verify::one_input(&copy, 1, |x| x);
}
