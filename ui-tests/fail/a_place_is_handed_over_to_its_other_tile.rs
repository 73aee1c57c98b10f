// The second tile is loaded while the first one may still be on its way to the output: nothing hands the place back.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    place: Union<VecTile<'k, f32, 8, 8>, VecTile<'k, f32, 4, 8>>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let (tile, place) = ub.place.first();
    let loaded = tload(tile, &x.tile(0, 0)).record::<TStoreVec>();
    let stored = tstore(&out.tile(0, 0), loaded);
    let (other, place) = place.close(stored.discard()).second();
    let loaded = tload(other, &x.tile(1, 0)).record::<TStoreVec>();
    let stored = tstore(&out.tile(1, 0), loaded);
    Ub::retire(UbTokens { place: place.close(stored.discard()) })
}

fn main() {}
