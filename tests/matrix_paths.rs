//! Ways into and out of the matrix side: column-major loads, stores that round, ReLU, the forms of TGEMV, stores from L1.
#![allow(clippy::unwrap_used, clippy::too_many_arguments, reason = "a test")]

mod common;

use common::{Number, on_every_schedule, rng};
use tilesync::prelude::*;
use tilesync::tile::space;

#[derive(Buffers)]
struct Tiles<'k> {
    a: MatTile<'k, f32, 32, 40, Dyn>,
    b: MatTile<'k, f32, 40, 16, Dyn, Zn>,
    plain: Tile<'k, space::Mat, f32, 1, 16, RowMajor, Dyn>,
    left: LeftTile<'k, f32, 32, 40, Dyn>,
    line: LeftTile<'k, f32, 16, 40, Dyn>,
    right: RightTile<'k, f32, 40, 16, Dyn>,
    table: BiasTile<'k, f32, 16, Dyn>,
    acc: AccTile<'k, f32, 32, 16, Dyn>,
    row: AccTile<'k, f32, 16, 16, Dyn>,
}

/// The product as f16 without what is negative and as bf16; `bias` and twice the last row's product; a copy of `bias`.
#[kernel]
fn paths<'k>(
    tiles: Tiles<'k>,
    a: GlobalIn<'k, f32>,
    b: GlobalIn<'k, f32, ColMajor>,
    bias: GlobalIn<'k, f32>,
    relu: GlobalOut<'k, f16, RowMajor, PipeFix>,
    rounded: GlobalOut<'k, bf16, RowMajor, PipeFix>,
    row: GlobalOut<'k, f32, RowMajor, PipeFix>,
    copy: GlobalOut<'k, f32>,
) -> Retired<Tiles<'k>> {
    let panel = tload(tiles.a, &a.tile(0, 0)).record::<TExtractM2LR>();
    let b = tload(tiles.b, &b.tile(0, 0)).record::<TMovM2R>();
    let plain = tload(tiles.plain, &bias.tile(0, 0)).share::<TMovM2B, TStoreMat>();
    tstore(&copy.tile(0, 0), plain.second());
    let left = textract(tiles.left, &panel, 0, 0).record::<TMatmul>();
    let line = textract(tiles.line, &panel, a.rows() - 1, 0).record::<TGemv>();
    let right = tmov(tiles.right, &b).share::<TMatmul, TGemv>();
    let table = tmov(tiles.table, &plain.first()).record::<TGemv>();

    let acc = tmatmul(tiles.acc, &left, &right.first()).record::<TStoreAcc>();
    let acc = tstore(&rounded.tile(0, 0), tstore_with(&relu.tile(0, 0), acc, Drain::new().relu()));
    let sum = tgemv_bias(tiles.row, &line, &right.second(), &table);
    let sum = tgemv_acc(sum, &line, &right.second()).record::<TStoreAcc>();
    let sum = tstore(&row.tile(0, 0), sum);
    Tiles::retire(TilesTokens { a: panel, b, plain, left, line, right, table, acc, row: sum })
}

/// Whatever divides by nothing, and whole tiles; a window of the last row begins where a fractal does.
#[test]
fn every_path_keeps_the_values() {
    let mut rng = rng();
    for (m, k, n) in [(17, 40, 16), (17, 37, 13), (1, 1, 1)] {
        // In eighths, so that sums are exact, and f16 and bf16 round.
        let mut eighths =
            |count| -> Vec<f32> { (0..count).map(|_| f32::from(rng.i8(-60..60)) / 8.0).collect() };
        let (a, b, bias) = (eighths(m * k), eighths(k * n), eighths(n));
        let product = |row: usize, col: usize| -> f64 {
            (0..k).map(|i| f64::from(a[row * k + i]) * f64::from(b[col * k + i])).sum()
        };
        let mut relu = vec![f16::NAN; m * n];
        let mut rounded = vec![bf16::NAN; m * n];
        let (mut row, mut copy) = (vec![f32::NAN; n], vec![f32::NAN; n]);
        {
            let args = (
                GlobalTensor::new(&a, &[m, k]).unwrap().whole(),
                GlobalTensor::new(&b, &[k, n]).unwrap().whole(),
                GlobalTensor::new(&bias, &[1, n]).unwrap().whole(),
                GlobalTensorMut::new(&mut relu, &[m, n]).unwrap(),
                GlobalTensorMut::new(&mut rounded, &[m, n]).unwrap(),
                GlobalTensorMut::new(&mut row, &[1, n]).unwrap(),
                GlobalTensorMut::new(&mut copy, &[1, n]).unwrap(),
            );
            let (a, b, bias, mut relu, mut rounded, mut row, mut copy) = args;
            let args = (a, b, bias, relu.whole(), rounded.whole(), row.whole(), copy.whole());
            Pipelined::new().order(Order::Random(3)).launch(&paths, 1, args).unwrap();
        }
        for (at, (relu, rounded)) in relu.iter().zip(&rounded).enumerate() {
            let exact = product(at / n, at % n);
            assert_eq!(*relu, f16::of(exact.max(0.0)), "{m}x{k}x{n} at {at}");
            assert_eq!(*rounded, bf16::of(exact), "{m}x{k}x{n} at {at}");
        }
        for (col, got) in row.iter().enumerate() {
            let exact = f64::from(bias[col]) + 2.0 * product(m - 1, col);
            assert_eq!(f64::from(*got), exact, "{m}x{k}x{n} at {col}");
        }
        assert_eq!(copy, bias);
    }
}

#[derive(Buffers)]
struct Fractals<'k> {
    x: MatTile<'k, f16, 32, 48, Dyn>,
}

/// A region of `x`, from (`row`, `col`) on, as fractals.
#[kernel]
fn rearranged<'k>(
    l1: Fractals<'k>,
    x: GlobalIn<'k, f16>,
    y: GlobalOut<'k, f16, Nz>,
    row: usize,
    col: usize,
) -> Retired<Fractals<'k>> {
    let x = tload(l1.x, &x.at(row, col)).record::<TStoreMat>();
    Fractals::retire(FractalsTokens { x: tstore(&y.tile(0, 0), x) })
}

/// From rows that are longer than those of the tile, and as long; ragged, and one element.
#[test]
fn a_loaded_tile_is_stored_as_fractals() {
    let mut rng = rng();
    for (shape, corner) in
        [([40, 60], [3, 5]), ([32, 48], [0, 0]), ([20, 16], [1, 0]), ([9, 9], [8, 8])]
    {
        let x: Vec<f16> = (0..shape[0] * shape[1]).map(|_| f16::small(&mut rng)).collect();
        let y = on_every_schedule!(
            rearranged,
            out = vec![f16::NAN; 32 * 48],
            (
                GlobalTensor::new(&x, &shape).unwrap().whole(),
                GlobalTensorMut::new(&mut out, &[1, 3, 2, 16, 16]).unwrap().whole(),
                corner[0],
                corner[1],
            )
        );
        for (at, got) in y.iter().enumerate() {
            let (i, j) = (corner[0] + at / 16 % 32, corner[1] + at / 16 / 32 * 16 + at % 16);
            let inside = i < shape[0] && j < shape[1];
            let expected = if inside { x[i * shape[1] + j] } else { f16::NAN };
            assert_eq!(got.to_bits(), expected.to_bits(), "{shape:?}, {corner:?} at {at}");
        }
    }
}
