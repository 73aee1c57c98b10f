// The data is given up with the tile.
#[path = "../verify.rs"]
mod verify;

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
    Ub::retire(UbTokens { place: place.close(stored.discard()) })
}

fn main() {
    verify::one_input(&copy, 1, |x| x);
}
