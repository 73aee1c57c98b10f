// There are more scales than the accumulator has columns.
use tilesync::prelude::*;
use tilesync::tile::space;

#[derive(Buffers)]
struct Tiles<'k> {
    a: MatTile<'k, f32, 16, 16, Full, Nz, A5>,
    b: MatTile<'k, f32, 16, 16, Full, Nz, A5>,
    words: Tile<'k, space::Mat, u64, 1, 32, RowMajor, Full, A5>,
    left: LeftTile<'k, f32, 16, 16, Full, A5>,
    right: RightTile<'k, f32, 16, 16, Full, A5>,
    acc: AccTile<'k, f32, 16, 16, Full, A5>,
    scales: ScalingTile<'k, u64, 32, Full, A5>,
}

#[kernel]
fn product<'k>(
    tiles: Tiles<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalIn<'k, f32>,
    words: GlobalIn<'k, u64>,
    out: GlobalOut<'k, f32, RowMajor, PipeFix>,
) -> Retired<Tiles<'k>> {
    let a = tload(tiles.a, &x.tile(0, 0)).record::<TMovM2L>();
    let b = tload(tiles.b, &y.tile(0, 0)).record::<TMovM2R>();
    let words = tload(tiles.words, &words.tile(0, 0)).record::<TMovM2S>();
    let scales = tmov(tiles.scales, &words);
    let left = tmov(tiles.left, &a).record::<TMatmul>();
    let right = tmov(tiles.right, &b).record::<TMatmul>();
    let acc = tmatmul(tiles.acc, &left, &right).record::<TStoreAcc>();
    let stored = tstore_with(&out.tile(0, 0), acc, Drain::new().scale_columns(&scales));
    Tiles::retire(TilesTokens { a, b, words, left, right, acc: stored, scales })
}

fn main() {}
