// With a scale, an f32 accumulator of a2a3 leaves as i8 or u8 alone.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Tiles<'k> {
    a: MatTile<'k, f32, 16, 16>,
    b: MatTile<'k, f32, 16, 16>,
    left: LeftTile<'k, f32, 16, 16>,
    right: RightTile<'k, f32, 16, 16>,
    acc: AccTile<'k, f32, 16, 16>,
}

#[kernel]
fn product<'k>(
    tiles: Tiles<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalIn<'k, f32>,
    out: GlobalOut<'k, f32, RowMajor, PipeFix>,
) -> Retired<Tiles<'k>> {
    let a = tload(tiles.a, &x.tile(0, 0)).record::<TMovM2L>();
    let b = tload(tiles.b, &y.tile(0, 0)).record::<TMovM2R>();
    let left = tmov(tiles.left, &a).record::<TMatmul>();
    let right = tmov(tiles.right, &b).record::<TMatmul>();
    let acc = tmatmul(tiles.acc, &left, &right).record::<TStoreAcc>();
    let stored = tstore_with(&out.tile(0, 0), acc, Drain::new().scale(1.0));
    Tiles::retire(TilesTokens { a, b, left, right, acc: stored })
}

fn main() {}
