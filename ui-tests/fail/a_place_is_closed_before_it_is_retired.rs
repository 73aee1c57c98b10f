// One tile of a place is given back in the place of all of it.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    place: Union<VecTile<'k, f32, 8, 8>, VecTile<'k, f32, 4, 8>>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let (tile, _) = ub.place.first();
    let loaded = tload(tile, &x.tile(0, 0)).record::<TStoreVec>();
    Ub::retire(UbTokens { place: tstore(&out.tile(0, 0), loaded) })
}

fn main() {}
