// On a2a3 the scalar unit reads an element, adds, and writes it back: what another block has added meanwhile is lost.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    idx: VecTile<'k, i32, 8, 8>,
    x: VecTile<'k, i32, 8, 8>,
}

#[kernel]
fn histogram<'k>(
    ub: Ub<'k>,
    idx: GlobalIn<'k, i32>,
    counts: GlobalSum<'k, i32, RowMajor, PipeV>,
) -> Retired<Ub<'k>> {
    let idx = tload(ub.idx, &idx.tile(0, 0)).record::<Vector>();
    let ones = texpands(ub.x, 1);
    let x = mscatter_add(&counts.at(0, 0), ones, &idx, ScatterOob::Skip);
    Ub::retire(UbTokens { idx, x })
}

fn main() {}
