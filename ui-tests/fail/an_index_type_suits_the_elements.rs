// The device scatters elements of 4 bytes by indices of 4 bytes.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 8, 16>,
    idx: VecTile<'k, i16, 8, 16>,
    y: VecTile<'k, f32, 8, 16>,
}

#[kernel]
fn spread<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<TScatter>();
    let idx = texpands(ub.idx, 0);
    let y = tscatter(ub.y, &x, &idx).record::<TStoreVec>();
    Ub::retire(UbTokens { x, idx, y: tstore(&out.tile(0, 0), y) })
}

fn main() {}
