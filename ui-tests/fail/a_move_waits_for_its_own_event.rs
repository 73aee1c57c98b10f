// The slot of a left factor is handed back for the product, and not for the move that fills it again.
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
    l: Tiles<'k>,
    a: GlobalIn<'k, f32>,
    b: GlobalIn<'k, f32>,
    c: GlobalOut<'k, f32, RowMajor, PipeFix>,
) -> Retired<Tiles<'k>> {
    let free = l.left.prime::<TStoreAcc, TMatmul>();
    let a = tload(l.a, &a.tile(0, 0)).record::<TMovM2L>();
    let b = tload(l.b, &b.tile(0, 0)).record::<TMovM2R>();
    let left = tmov(free, &a).record::<TMatmul>();
    let right = tmov(l.right, &b).record::<TMatmul>();
    let acc = tmatmul(l.acc, &left, &right).record::<TStoreAcc>();
    let acc = tstore(&c.tile(0, 0), acc);
    Tiles::retire(TilesTokens { a, b, left, right, acc })
}

fn main() {}
