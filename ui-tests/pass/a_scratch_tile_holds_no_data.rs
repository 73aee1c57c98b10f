// The data is given up by name; then the tile is scratch.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 8, 8>,
    turned: VecTile<'k, f32, 8, 8>,
    back: VecTile<'k, f32, 8, 8>,
    tmp: [VecTile<'k, f32, 16, 8>; 2],
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let [tmp0, tmp1] = ub.tmp;
    let x = tload(ub.x, &x.tile(0, 0)).record::<TTrans>();
    let mut tmp0 = texpands(tmp0, 1.0).on::<Vector>().discard();
    let turned = ttrans(ub.turned, &x, &mut tmp0);
    let mut tmp1 = tmp1.on::<Vector>();
    let back = ttrans(ub.back, &turned, &mut tmp1).record::<TStoreVec>();
    Ub::retire(UbTokens { x, turned, back: tstore(&out.tile(0, 0), back), tmp: [tmp0, tmp1] })
}

fn main() {
    verify::one_input(&copy, 1, |x| x);
}
