//! TFILLPAD: every element type, layout and pad, into another tile, in place and into a larger one; and on L1.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{Number, assert_close, data, on_every_schedule, rng, small};
use tilesync::prelude::*;
use tilesync::tile::{Dtype, space};

const ROWS: usize = 32;
const COLS: usize = 64;
/// What is valid of the source: nothing that divides, all, single rows and columns.
const REGIONS: [(usize, usize); 5] = [(17, 45), (ROWS, COLS), (1, COLS), (ROWS, 1), (31, 33)];

/// Row, column: the element of the source, or the pad.
fn padded<T: Dtype>(x: &[T], (rows, cols): (usize, usize), row: usize, col: usize, pad: T) -> T {
    if row < rows && col < cols { x[row * cols + col] } else { pad }
}

macro_rules! vector_tests {
    ($($ch:ident { $($name:ident $t:ident)* })*) => {
        $($(
            mod $name {
                use super::*;

                #[derive(Buffers)]
                struct Ub<'k> {
                    x: VecTile<'k, $t, ROWS, COLS, Dyn, $ch>,
                    cols: Tile<'k, space::Vec, $t, ROWS, COLS, ColMajor, Dyn, $ch>,
                    whole: VecTile<'k, $t, ROWS, COLS, Full, $ch>,
                    whole_cols: Tile<'k, space::Vec, $t, ROWS, COLS, ColMajor, Full, $ch>,
                    larger: VecTile<'k, $t, { ROWS + 3 }, { COLS + 32 }, Dyn, $ch>,
                }

                /// Padded from a row-major and a column-major tile, into a larger one, and in place.
                #[kernel]
                fn pad<'k>(
                    ub: Ub<'k>,
                    x: GlobalIn<'k, $t>,
                    cols: GlobalIn<'k, $t, ColMajor>,
                    out: GlobalOut<'k, $t>,
                    out_cols: GlobalOut<'k, $t, ColMajor>,
                    value: $t,
                ) -> Retired<Ub<'k>> {
                    let x = tload(ub.x, &x.tile(0, 0)).record::<TFillPadVec>();
                    let cols = tload(ub.cols, &cols.tile(0, 0)).record::<TFillPadVec>();
                    let whole = tfillpad(ub.whole, &x, Pad::Min).record::<TStoreVec>();
                    let larger = tfillpad_expand(ub.larger, &x, Pad::Value(value)).record::<TStoreVec>();
                    let x = tfillpad_assign(x, Pad::Zero).record::<TStoreVec>();
                    let whole_cols = tfillpad(ub.whole_cols, &cols, Pad::Max).record::<TStoreVec>();
                    let cols = tfillpad_assign(cols, Pad::Max).record::<TStoreVec>();
                    let whole = tstore(&out.at(0, 0), whole);
                    let x = tstore(&out.at(ROWS, 0), x);
                    let larger = tstore(&out.at(2 * ROWS, 0), larger);
                    let whole_cols = tstore(&out_cols.at(0, 0), whole_cols);
                    let cols = tstore(&out_cols.at(0, COLS), cols);
                    Ub::retire(UbTokens { x, cols, whole, whole_cols, larger })
                }

                #[test]
                fn is_the_source_or_the_pad() {
                    let mut rng = rng();
                    for region @ (rows, cols) in REGIONS {
                        let x = data::<$t>(&mut rng, rows * cols);
                        let turned: Vec<$t> = (0..rows * cols).map(|at| x[at % rows * cols + at / rows]).collect();
                        let value = $t::small(&mut rng);
                        let (height, width) = (3 * ROWS + 3, COLS + 32);
                        let mut by_cols = vec![<$t as Dtype>::ONE; 2 * ROWS * COLS];
                        let out = on_every_schedule!(
                            pad,
                            out = vec![<$t as Dtype>::ONE; height * width],
                            (
                                GlobalTensor::new(&x, &[rows, cols]).unwrap().whole(),
                                GlobalTensor::new(&turned, &[rows, cols]).unwrap().whole(),
                                GlobalTensorMut::new(&mut out, &[height, width]).unwrap().whole(),
                                GlobalTensorMut::new(&mut by_cols, &[ROWS, 2 * COLS]).unwrap().whole(),
                                value,
                            )
                        );
                        assert_close("rows", 0, &out, |at| match (at / width, at % width) {
                            (i, j) if i >= 2 * ROWS => padded(&x, region, i - 2 * ROWS, j, value),
                            (_, j) if j >= COLS => Dtype::ONE,
                            (i, j) if i >= ROWS => padded(&x, region, i - ROWS, j, Dtype::ZERO),
                            (i, j) => padded(&x, region, i, j, Dtype::LOWEST),
                        });
                        assert_close("columns", 0, &by_cols, |at| {
                            padded(&x, region, at % ROWS, at / ROWS % COLS, Dtype::HIGHEST)
                        });
                    }
                }
            }
        )*)*
    };
}

vector_tests! {
    A2A3 { i8_a2a3 i8 u8_a2a3 u8 i16_a2a3 i16 u16_a2a3 u16 i32_a2a3 i32 u32_a2a3 u32 f16_a2a3 f16 bf16_a2a3 bf16 f32_a2a3 f32 }
    A5 { i8_a5 i8 u8_a5 u8 i16_a5 i16 u16_a5 u16 i32_a5 i32 u32_a5 u32 f16_a5 f16 bf16_a5 bf16 f32_a5 f32 }
}

macro_rules! mat_tests {
    ($($name:ident $t:ident)*) => {$(
        mod $name {
            use super::*;

            #[derive(Buffers)]
            struct L1<'k> {
                x: MatTile<'k, $t, ROWS, COLS, Dyn>,
            }

            #[kernel]
            fn pad<'k>(l1: L1<'k>, x: GlobalIn<'k, $t>, out: GlobalOut<'k, $t, Nz>) -> Retired<L1<'k>> {
                let x = tfillpad_mat_assign(tload(l1.x, &x.tile(0, 0))).record::<TStoreMat>();
                L1::retire(L1Tokens { x: tstore(&out.tile(0, 0), x) })
            }

            #[test]
            fn is_the_source_or_zero() {
                let mut rng = rng();
                let c0 = 32 / size_of::<$t>();
                for region @ (rows, cols) in REGIONS {
                    let x = data::<$t>(&mut rng, rows * cols);
                    let out = on_every_schedule!(
                        pad,
                        out = vec![<$t as Dtype>::ONE; ROWS * COLS],
                        (
                            GlobalTensor::new(&x, &[rows, cols]).unwrap().whole(),
                            GlobalTensorMut::new(&mut out, &[1, COLS / c0, ROWS / 16, 16, c0]).unwrap().whole(),
                        )
                    );
                    assert_close("fractals", 0, &out, |at| {
                        padded(&x, region, at / c0 % ROWS, at / c0 / ROWS * c0 + at % c0, Dtype::ZERO)
                    });
                }
            }
        }
    )*};
}

mat_tests! {
    mat_i8 i8 mat_u8 u8 mat_i16 i16 mat_u16 u16 mat_i32 i32 mat_u32 u32 mat_f16 f16 mat_bf16 bf16 mat_f32 f32
}

#[derive(Buffers)]
struct L0<'k> {
    x: MatTile<'k, f16, ROWS, COLS, Dyn, Nz, A5>,
    y: MatTile<'k, f16, COLS, COLS, Full, Nz, A5>,
    left: LeftTile<'k, f16, ROWS, COLS, Full, A5>,
    right: RightTile<'k, f16, COLS, COLS, Full, A5>,
    acc: AccTile<'k, f32, ROWS, COLS, Full, A5>,
}

/// A product of whole tiles, of which the left one is padded.
#[kernel]
fn product<'k>(
    tiles: L0<'k>,
    x: GlobalIn<'k, f16>,
    y: GlobalIn<'k, f16>,
    out: GlobalOut<'k, f32, RowMajor, PipeFix>,
) -> Retired<L0<'k>> {
    let x = tfillpad_mat_assign(tload(tiles.x, &x.tile(0, 0))).record::<TMovM2L>();
    let y = tload(tiles.y, &y.tile(0, 0)).record::<TMovM2R>();
    let left = tmov(tiles.left, &x).record::<TMatmul>();
    let right = tmov(tiles.right, &y).record::<TMatmul>();
    let acc = tmatmul(tiles.acc, &left, &right).record::<TStoreAcc>();
    L0::retire(L0Tokens { x, y, left, right, acc: tstore(&out.tile(0, 0), acc) })
}

#[test]
fn on_a5_a_padded_factor_adds_zeros() {
    let mut rng = rng();
    let unit: Vec<f16> =
        (0..COLS * COLS).map(|at| f16::of(f64::from(u8::from(at / COLS == at % COLS)))).collect();
    for region @ (rows, cols) in REGIONS {
        let x = small::<f16>(&mut rng, rows * cols);
        let out = on_every_schedule!(
            product,
            out = vec![f32::NAN; ROWS * COLS],
            (
                GlobalTensor::new(&x, &[rows, cols]).unwrap().whole(),
                GlobalTensor::new(&unit, &[COLS, COLS]).unwrap().whole(),
                GlobalTensorMut::new(&mut out, &[ROWS, COLS]).unwrap().whole(),
            )
        );
        assert_close("the product", 0, &out, |at| {
            padded(&x, region, at / COLS, at % COLS, f16::ZERO).to_f32()
        });
    }
}
