// The tile is taken out of its event: the flag would be left raised, and the wait skipped.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let e = tload(ub.a, &x.tile(0, 0)).record::<TAdd>();
    let tile = Write::<TAdd>::into_tile(e, ());
    Ub::retire(UbTokens { a: tstore(&out.tile(0, 0), tload(tile, &x.tile(0, 0)).record::<TStoreVec>()) })
}

fn main() {}
