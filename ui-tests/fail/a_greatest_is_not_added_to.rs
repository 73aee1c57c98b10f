// A sum in a tensor that keeps the greatest: which of the two comes first would show.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    idx: VecTile<'k, i32, 8, 8, Full, A5>,
    x: VecTile<'k, i32, 8, 8, Full, A5>,
}

#[kernel]
fn latest<'k>(
    ub: Ub<'k>,
    x: GlobalIn<'k, i32>,
    best: GlobalMax<'k, i32>,
) -> Retired<Ub<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
    let idx = texpands(ub.idx, 0);
    let x = mscatter_add(&best.at(0, 0), x, &idx, ScatterOob::Skip);
    Ub::retire(UbTokens { idx, x })
}

fn main() {}
