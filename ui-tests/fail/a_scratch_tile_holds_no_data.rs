// TROWMAX needs room, and is given a tile that still holds data: it would destroy the sum in it.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 8, 8>,
    zero: VecTile<'k, f32, 8, 8>,
    tmp: VecTile<'k, f32, 8, 8>,
    room: VecTile<'k, f32, 8, 8>,
    max: VecCol<'k, f32, 8>,
    sum: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
    let zero = tsub(ub.zero, &x, &x);
    let mut tmp = tadd(ub.tmp, &x, &x);
    let max = trowmax(ub.max, &zero, &mut tmp);
    let mut room = ub.room.on::<Vector>();
    let sum = trowexpandadd(ub.sum, &x, &max, &mut room).record::<TStoreVec>();
    Ub::retire(x, zero, tmp, room, max, tstore(&out.tile(0, 0), sum))
}

fn main() {}
