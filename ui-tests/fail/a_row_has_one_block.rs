// Of each row the device would take the first block of 32 bytes alone, at the place where blocks of one would lie.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 8, 16>,
    scales: VecTile<'k, f32, 8, 16>,
    y: VecTile<'k, f32, 8, 16>,
}

#[kernel]
fn scaled<'k>(
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    scales: GlobalIn<'k, f32>,
    out: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<TRowExpandMul>();
    let scales = tload(ub.scales, &scales.tile(0, 0)).record::<TRowExpandMul>();
    let y = trowexpandmul_blocks(ub.y, &x, &scales).record::<TStoreVec>();
    Ub::retire(UbTokens { x, scales, y: tstore(&out.tile(0, 0), y) })
}

fn main() {}
