// A u8 takes an offset.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Tiles<'k> {
    a: MatTile<'k, i8, 16, 32>,
    b: MatTile<'k, i8, 32, 32>,
    left: LeftTile<'k, i8, 16, 32>,
    right: RightTile<'k, i8, 32, 32>,
    acc: AccTile<'k, i32, 16, 32>,
}

#[kernel]
fn product<'k>(
    tiles: Tiles<'k>,
    x: GlobalIn<'k, i8>,
    y: GlobalIn<'k, i8>,
    out: GlobalOut<'k, u8, RowMajor, PipeFix>,
) -> Retired<Tiles<'k>> {
    let a = tload(tiles.a, &x.tile(0, 0)).record::<TMovM2L>();
    let b = tload(tiles.b, &y.tile(0, 0)).record::<TMovM2R>();
    let left = tmov(tiles.left, &a).record::<TMatmul>();
    let right = tmov(tiles.right, &b).record::<TMatmul>();
    let acc = tmatmul(tiles.acc, &left, &right).record::<TStoreAcc>();
    let stored = tstore_with(&out.tile(0, 0), acc, Drain::new().scale(0.5).offset(3));
    Tiles::retire(TilesTokens { a, b, left, right, acc: stored })
}


fn main() {
    let (x, y, mut out) = ([1_i8; 16 * 32], [2_i8; 32 * 32], [0_u8; 512]);
    let x = GlobalTensor::new(&x, &[16, 32]).expect("a shape");
    let y = GlobalTensor::new(&y, &[32, 32]).expect("a shape");
    let mut stored = GlobalTensorMut::new(&mut out, &[16, 32]).expect("a shape");
    Eager::new().launch(&product, 1, (x.whole(), y.whole(), stored.whole())).expect("runs");
    assert_eq!(out, [35; 512]);
}
