// The tile is loaded before an accumulator is inserted into a part of it.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Tiles<'k> {
    a: MatTile<'k, f32, 16, 16, Full, Nz, A5>,
    b: MatTile<'k, f32, 16, 16, Full, Nz, A5>,
    left: LeftTile<'k, f32, 16, 16, Full, A5>,
    right: RightTile<'k, f32, 16, 16, Full, A5>,
    acc: AccTile<'k, f32, 16, 16, Full, A5>,
    all: MatTile<'k, f32, 16, 16, Full, Nz, A5>,
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
    let acc = tstore(&out.tile(0, 0), acc);
    let all = tload(tiles.all, &x.tile(0, 0)).record::<TInsertA2M>();
    let all = tinsert(all, &acc, 0, 0);
    Tiles::retire(TilesTokens { a, b, left, right, acc, all })
}

fn main() {
    verify::product(&product);
}
