// E4M3 and E5M2 may be multiplied.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Tiles<'k> {
    a: MatTile<'k, F8E4M3, 16, 128, Full, Nz, A5>,
    a_scales: MatTile<'k, F8E8M0, 16, 4, Full, MxZz, A5>,
    b: MatTile<'k, F8E5M2, 128, 32, Full, Zn, A5>,
    b_scales: MatTile<'k, F8E8M0, 4, 32, Full, MxNn, A5>,
    left: LeftTile<'k, F8E4M3, 16, 128, Full, A5>,
    left_scales: LeftScaleTile<'k, 16, 4>,
    right: RightTile<'k, F8E5M2, 128, 32, Full, A5>,
    right_scales: RightScaleTile<'k, 4, 32>,
    acc: AccTile<'k, f32, 16, 32, Full, A5>,
}

#[kernel]
fn product<'k>(
    tiles: Tiles<'k>,
    x: GlobalIn<'k, F8E4M3>,
    x_scales: GlobalIn<'k, F8E8M0>,
    y: GlobalIn<'k, F8E5M2, ColMajor>,
    y_scales: GlobalIn<'k, F8E8M0, ColMajor>,
    out: GlobalOut<'k, f32, RowMajor, PipeFix>,
) -> Retired<Tiles<'k>> {
    let a = tload(tiles.a, &x.tile(0, 0)).record::<TMovM2L>();
    let a_scales = tload(tiles.a_scales, &x_scales.tile(0, 0)).record::<TMovM2L>();
    let b = tload(tiles.b, &y.tile(0, 0)).record::<TMovM2R>();
    let b_scales = tload(tiles.b_scales, &y_scales.tile(0, 0)).record::<TMovM2R>();
    let left = tmov(tiles.left, &a).record::<TMatmul>();
    let left_scales = tmov(tiles.left_scales, &a_scales).record::<TMatmul>();
    let right = tmov(tiles.right, &b).record::<TMatmul>();
    let right_scales = tmov(tiles.right_scales, &b_scales).record::<TMatmul>();
    let acc = tmatmul_mx(tiles.acc, &left, &left_scales, &right, &right_scales);
    let acc = tstore(&out.tile(0, 0), acc.record::<TStoreAcc>());
    Tiles::retire(TilesTokens { a, a_scales, b, b_scales, left, left_scales, right, right_scales, acc })
}

fn main() {
    let (x, y) = ([F8E4M3::from_f32(2.0); 16 * 128], [F8E5M2::from_f32(0.5); 128 * 32]);
    let (x_scales, y_scales) = ([F8E8M0::from_f32(4.0); 16 * 4], [F8E8M0::from_f32(0.5); 4 * 32]);
    let mut out = [0.0; 16 * 32];
    let x = GlobalTensor::new(&x, &[16, 128]).expect("a shape");
    let x_scales = GlobalTensor::new(&x_scales, &[16, 4]).expect("a shape");
    let y = GlobalTensor::new(&y, &[128, 32]).expect("a shape");
    let y_scales = GlobalTensor::new(&y_scales, &[4, 32]).expect("a shape");
    let mut stored = GlobalTensorMut::new(&mut out, &[16, 32]).expect("a shape");
    let args = (x.whole(), x_scales.whole(), y.whole(), y_scales.whole(), stored.whole());
    Eager::new().launch(&product, 1, args).expect("runs");
    assert_eq!(out, [256.0; 16 * 32]);
}
