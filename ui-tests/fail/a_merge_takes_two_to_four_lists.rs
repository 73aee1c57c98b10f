// The device merges up to four lists at once.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 1, 64>,
    tmp: VecTile<'k, f32, 1, 512>,
    y: VecTile<'k, f32, 1, 64>,
}

#[kernel]
fn merge<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<TMrgSort>();
    let mut tmp = ub.tmp.on::<Vector>();
    let y = tmrgsort_lists(ub.y, &mut tmp, (&x, &x, &x, &x, &x)).record::<TStoreVec>();
    Ub::retire(UbTokens { x, tmp, y: tstore(&out.tile(0, 0), y) })
}

fn main() {}
