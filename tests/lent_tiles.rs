//! Where ops run at once, a tile in L1 lies in the input that it was loaded from, and so does a window that was cut from it. What
//! is written to the tile, or loaded into it, later changes neither what it holds besides nor the windows.
#![allow(clippy::unwrap_used, clippy::too_many_arguments, reason = "a test")]

mod common;

use common::{Number, on_every_schedule, rng};
use tilesync::prelude::*;
use tilesync::tile::Dtype;

/// Rows and columns of a tile of a left factor.
const ROWS: usize = 32;
const COLS: usize = 64;
/// Rows and columns of the inputs that the tiles are cut from: their rows are longer than those of a tile.
const WHOLE: [usize; 2] = [90, 101];
/// Where a tile starts, and how much of it there is: ragged, a whole tile, one row, one column.
const REGIONS: [((usize, usize), (usize, usize)); 5] = [
    ((5, 3), (29, 50)),
    ((0, 0), (32, 64)),
    ((58, 37), (32, 64)),
    ((2, 1), (1, 60)),
    ((7, 99), (20, 1)),
];

/// Where what is inserted into a region comes from.
fn from((rows, cols): (usize, usize)) -> (usize, usize) {
    (rows / 2 / 16 * 16, cols / 2 / 16 * 16)
}

/// Whole numbers, so that sums are exact.
fn whole<T: Number<Wide = f64>>(rng: &mut fastrand::Rng, count: usize) -> Vec<T> {
    (0..count).map(|_| T::of(f64::from(rng.i8(-8..=8)))).collect()
}

/// A product with this is the other factor.
fn unit<T: Dtype>() -> Vec<T> {
    (0..COLS * COLS).map(|at| if at / COLS == at % COLS { T::ONE } else { T::ZERO }).collect()
}

/// Element (`i`, `j`) of a region of an input.
fn element<T: Number<Wide = f64>>(x: &[T], corner: (usize, usize), i: usize, j: usize) -> f64 {
    x[(corner.0 + i) * WHOLE[1] + corner.1 + j].wide()
}

macro_rules! overwritten {
    ($($name:ident: $t:ident;)*) => {$(
        mod $name {
            use super::*;

            #[derive(Buffers)]
            struct Tiles<'k> {
                x: MatTile<'k, $t, ROWS, COLS, Dyn, Nz, A5>,
                unit: (MatTile<'k, $t, COLS, COLS, Dyn, Nz, A5>, MatTile<'k, $t, COLS, COLS, Dyn, Nz, A5>),
                left: (LeftTile<'k, $t, ROWS, COLS, Dyn, A5>, LeftTile<'k, $t, ROWS, COLS, Dyn, A5>),
                right: (RightTile<'k, $t, COLS, COLS, Dyn, A5>, RightTile<'k, $t, COLS, COLS, Dyn, A5>),
                acc: (AccTile<'k, f32, ROWS, COLS, Dyn, A5>, AccTile<'k, f32, ROWS, COLS, Dyn, A5>),
            }

            /// A tile; and the same after what starts at `from` was inserted at (0, 0). Each is a product with a unit matrix.
            #[kernel]
            fn inserted<'k>(
                tiles: Tiles<'k>,
                x: GlobalIn<'k, $t>,
                unit: GlobalIn<'k, $t>,
                out: GlobalOut<'k, f32, RowMajor, PipeFix>,
                row: usize,
                col: usize,
                rows: usize,
                cols: usize,
            ) -> Retired<Tiles<'k>> {
                let (unit_tile, unused) = tiles.unit;
                let (left, later) = tiles.left;
                let (right, window) = tiles.right;
                let (acc, patch) = tiles.acc;
                let x = tload(tiles.x, &x.at(row, col).sized(rows, cols)).record::<TExtractM2LR>().wait();
                let unit = tload(unit_tile, &unit.at(0, 0).sized(cols, cols)).record::<TExtractM2LR>();
                let (down, across) = from((rows, cols));
                let before = textract(left, &x, 0, 0).record::<TMatmul>();
                let right = textract(right, &unit, 0, 0).record::<TMatmul>();
                let part = textract(later, &x, down, across).record::<TMatmul>();
                let window = textract(window, &unit, across, across).record::<TMatmul>();

                let patch = tmatmul(patch, &part, &window).record::<TInsertA2M>();
                let x = tinsert(x.record::<TInsertA2M>(), &patch, 0, 0).record::<TExtractM2LR>();
                let after = textract(part.release::<TExtractM2LR>(), &x, 0, 0).record::<TMatmul>();

                let acc = tmatmul(acc, &before, &right).record::<TStoreAcc>();
                let acc = tstore(&out.at(0, 0), acc).release::<TMatmul>();
                let acc = tmatmul(acc, &after, &right).record::<TStoreAcc>();
                let acc = tstore(&out.at(ROWS, 0), acc);
                Tiles::retire(TilesTokens { x, unit: (unit, unused), left: (before, after), right: (right, window), acc: (acc, patch) })
            }

            /// A tile; and the same after it was padded.
            #[kernel]
            fn padded<'k>(
                tiles: Tiles<'k>,
                x: GlobalIn<'k, $t>,
                unit: GlobalIn<'k, $t>,
                out: GlobalOut<'k, f32, RowMajor, PipeFix>,
                row: usize,
                col: usize,
                rows: usize,
                cols: usize,
            ) -> Retired<Tiles<'k>> {
                let (part, whole) = tiles.unit;
                let (left, later) = tiles.left;
                let (right, last) = tiles.right;
                let (acc, unused) = tiles.acc;
                let x = tload(tiles.x, &x.at(row, col).sized(rows, cols)).record::<TMovM2L>().wait();
                let part = tload(part, &unit.at(0, 0).sized(cols, cols)).record::<TMovM2R>();
                let whole = tload(whole, &unit.at(0, 0)).record::<TMovM2R>();
                let before = tmov(left, &x).record::<TMatmul>();
                let right = tmov(right, &part).record::<TMatmul>();
                let last = tmov(last, &whole).record::<TMatmul>();

                let x = tfillpad_mat_assign(x.record::<TFillPadMat>()).record::<TMovM2L>();
                let after = tmov(later, &x).record::<TMatmul>();

                let acc = tmatmul(acc, &before, &right).record::<TStoreAcc>();
                let acc = tstore(&out.at(0, 0), acc).release::<TMatmul>();
                let acc = tmatmul(acc, &after, &last).record::<TStoreAcc>();
                let acc = tstore(&out.at(ROWS, 0), acc);
                Tiles::retire(TilesTokens { x, unit: (part, whole), left: (before, after), right: (right, last), acc: (acc, unused) })
            }

            /// Launches it for each region. `later(i, j)` of a region says which of its elements is there afterwards, if any is.
            macro_rules! each_region {
                ($kernel:ident, $later:expr) => {
                    let rng = &mut rng();
                    let (x, unit) = (whole::<$t>(rng, WHOLE[0] * WHOLE[1]), unit::<$t>());
                    for (corner, extent @ (rows, cols)) in REGIONS {
                        let out = on_every_schedule!(
                            $kernel,
                            out = vec![0.5; 2 * ROWS * COLS],
                            (
                                GlobalTensor::new(&x, &WHOLE).unwrap().whole(),
                                GlobalTensor::new(&unit, &[COLS, COLS]).unwrap().whole(),
                                GlobalTensorMut::new(&mut out, &[2 * ROWS, COLS]).unwrap().whole(),
                                corner.0,
                                corner.1,
                                rows,
                                cols,
                            )
                        );
                        for (at, &got) in out.iter().enumerate() {
                            let (i, j) = (at / COLS % ROWS, at % COLS);
                            let expected = if at / COLS >= ROWS {
                                $later(extent, i, j, &|i, j| element(&x, corner, i, j))
                            } else if i < rows && j < cols {
                                element(&x, corner, i, j)
                            } else {
                                0.5
                            };
                            assert_eq!(f64::from(got), expected, "{corner:?}, {extent:?} at {at}");
                        }
                    }
                };
            }

            #[test]
            fn an_insert_leaves_the_other_elements_and_the_window() {
                each_region!(inserted, |extent: (usize, usize), i, j, x: &dyn Fn(usize, usize) -> f64| {
                    let (down, across) = from(extent);
                    if i + down < extent.0 && j + across < extent.1 {
                        x(i + down, j + across)
                    } else if i < extent.0 && j < extent.1 {
                        x(i, j)
                    } else {
                        0.5
                    }
                });
            }

            #[test]
            fn padding_leaves_the_other_elements_and_the_window() {
                each_region!(padded, |extent: (usize, usize), i, j, x: &dyn Fn(usize, usize) -> f64| {
                    if i < extent.0 && j < extent.1 { x(i, j) } else { 0.0 }
                });
            }
        }
    )*};
}

overwritten! {
    f16_on_a5: f16;
    f32_on_a5: f32;
}

#[derive(Buffers)]
struct Tiles<'k> {
    a: MatTile<'k, f16, ROWS, COLS, Dyn>,
    b: MatTile<'k, f16, COLS, ROWS, Dyn, Zn>,
    left: (LeftTile<'k, f16, 16, COLS, Dyn>, LeftTile<'k, f16, 16, COLS, Dyn>),
    right: (RightTile<'k, f16, COLS, ROWS, Dyn>, RightTile<'k, f16, COLS, ROWS, Dyn>),
    acc: AccTile<'k, f32, 16, ROWS, Dyn>,
}

/// The product of two windows of tiles; and that of two windows of what is loaded into the same tiles before the first product.
#[kernel]
fn reloaded<'k>(
    tiles: Tiles<'k>,
    a: GlobalIn<'k, f16>,
    b: GlobalIn<'k, f16, ColMajor>,
    out: GlobalOut<'k, f32, RowMajor, PipeFix>,
) -> Retired<Tiles<'k>> {
    let ((left, later_left), (right, later_right)) = (tiles.left, tiles.right);
    let x = tload(tiles.a, &a.at(5, 3).sized(29, 50)).record::<TExtractM2LR>();
    let y = tload(tiles.b, &b.at(2, 7).sized(50, 21)).record::<TExtractM2LR>();
    let left = textract(left, &x, 16, 16).record::<TMatmul>();
    let right = textract(right, &y, 16, 0).record::<TMatmul>();
    let x = tload(x.release::<TLoad>(), &a.at(40, 30).sized(20, 41)).record::<TExtractM2LR>();
    let y = tload(y.release::<TLoad>(), &b.at(60, 44).sized(41, 32)).record::<TExtractM2LR>();
    let later_left = textract(later_left, &x, 16, 0).record::<TMatmul>();
    let later_right = textract(later_right, &y, 0, 16).record::<TMatmul>();

    let acc = tmatmul(tiles.acc, &left, &right).record::<TStoreAcc>();
    let acc = tstore(&out.at(0, 0), acc).release::<TMatmul>();
    let acc = tmatmul(acc, &later_left, &later_right).record::<TStoreAcc>();
    let acc = tstore(&out.at(16, 0), acc);
    Tiles::retire(TilesTokens {
        a: x,
        b: y,
        left: (left, later_left),
        right: (right, later_right),
        acc,
    })
}

#[test]
fn a_window_keeps_its_data_when_its_tile_is_loaded_anew() {
    let mut rng = rng();
    let (a, b) = (whole::<f16>(&mut rng, 90 * 101), whole::<f16>(&mut rng, 103 * 95));
    let out = on_every_schedule!(
        reloaded,
        out = vec![0.5; 32 * 32],
        (
            GlobalTensor::new(&a, &[90, 101]).unwrap().whole(),
            GlobalTensor::new(&b, &[103, 95]).unwrap().whole(),
            GlobalTensorMut::new(&mut out, &[32, 32]).unwrap().whole(),
        )
    );
    // Of the windows: their corners in `a` and `b`, their rows, depth and columns.
    let windows = [([21, 19], [18, 7], [13, 34, 21]), ([56, 30], [60, 60], [4, 41, 16])];
    for (at, &got) in out.iter().enumerate() {
        let (i, j) = (at / 32 % 16, at % 32);
        let (to_a, to_b, [m, k, n]) = windows[at / 32 / 16];
        let term = |l: usize| {
            let (x, y) = ((to_a[0] + i) * 101 + to_a[1] + l, (to_b[1] + j) * 103 + to_b[0] + l);
            a[x].to_f64() * b[y].to_f64()
        };
        let expected = if i < m && j < n { (0..k).map(term).sum() } else { 0.5 };
        assert_eq!(f64::from(got), expected, "at {at}");
    }
}
