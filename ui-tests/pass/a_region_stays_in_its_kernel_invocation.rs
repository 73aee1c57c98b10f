// Tile and region of one invocation, in a helper.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

type Tile<'k> = VecTile<'k, f32, 8, 8>;
type Region<'k> = GlobalInOut<'k, f32>;

fn load<'k>(
    tile: Tile<'k>,
    region: Region<'k>,
) -> RecordEvent<TLoad, (Live<Tile<'k>>, Region<'k>)> {
    tload_cell(tile, region)
}

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalInOut<'k, f32>) -> Retired<Ub<'k>> {
    let (a, _) = tstore_cell(load(ub.a, x).record::<TStoreVec>()).split();
    Ub::retire(UbTokens { a })
}

fn main() {
    verify::in_place(&copy, |x| x);
}
