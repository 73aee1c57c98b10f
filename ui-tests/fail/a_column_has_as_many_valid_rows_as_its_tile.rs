// A column of eight values for a tile of one row: seven of them would be left as they were.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 1, 64>,
    sum: VecCol<'k, f32, 8>,
    tmp: VecTile<'k, f32, 1, 64>,
    y: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn sum<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let row = texpands(ub.x, 2.0);
    let mut tmp = ub.tmp.on::<Vector>();
    let sum = trowsum(ub.sum, &row, &mut tmp);
    let y = tload(ub.y, &x.tile(0, 0)).record::<TStoreVec>();
    Ub::retire(UbTokens { x: row, sum, tmp, y: tstore(&out.tile(0, 0), y) })
}

fn main() {}
