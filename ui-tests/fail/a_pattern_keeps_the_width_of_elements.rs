// A pattern copies the bits of an f32, which an f16 has no room for.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 1, 64>,
    y: VecTile<'k, f16, 1, 32>,
}

#[kernel]
fn take<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f16>) -> Retired<Ub<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<TGather>();
    let y = tgather_mask(ub.y, &x, MaskPattern::P1010, Axis::Row).record::<TStoreVec>();
    Ub::retire(UbTokens { x, y: tstore(&out.tile(0, 0), y) })
}

fn main() {}
