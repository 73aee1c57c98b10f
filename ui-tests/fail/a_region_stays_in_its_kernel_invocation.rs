// A region of another invocation: its flags belong to another core.
use tilesync::prelude::*;

type Tile<'k> = VecTile<'k, f32, 8, 8>;
type Region<'k> = GlobalInOut<'k, f32>;

fn load<'k, 'j>(tile: Tile<'k>, region: Region<'j>) -> RecordEvent<TLoad, (Live<Tile<'k>>, Region<'k>)> {
    tload_cell(tile, region)
}

fn main() {}
