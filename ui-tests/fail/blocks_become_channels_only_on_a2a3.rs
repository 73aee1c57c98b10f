// a5 has no TTRANS back from blocks to channels.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 4, 512, Full, A5>,
    y: VecTile<'k, f32, 4, 512, Full, A5>,
    tmp: VecTile<'k, f32, 2, 512, Full, A5>,
}

#[kernel]
fn back<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
    let mut tmp = ub.tmp.on::<Vector>();
    let planes = ttrans_nchw(ub.y, &x, &mut tmp, 64).record::<TStoreVec>();
    Ub::retire(UbTokens { x, y: tstore(&y.tile(0, 0), planes), tmp })
}

fn main() {}
