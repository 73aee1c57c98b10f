//! TEXTRACT and TINSERT within `Vec`, in rows and in fractals, and from `Vec` to `Mat`: every dtype of both chips, at the corners that
//! the chip allows, against a copy element by element.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{Number, assert_close, data, on_every_schedule, rng};
use half::{bf16, f16};
use tilesync::prelude::*;
use tilesync::tile::{Dtype, Layout, LayoutId, space};
use tilesync::{Fault, Trouble};

/// Of the large tile; the small one is `PART`.
const WHOLE: (usize, usize) = (48, 96);
const PART: (usize, usize) = (16, 32);
/// Valid rows and columns of the large tile.
const SIZES: [(usize, usize); 3] = [(48, 96), (47, 81), (17, 33)];

/// Row-major elements as a dense tensor in fractals has them, zeros around them.
fn fractals<T: Dtype>(rows: &[T], (m, n): (usize, usize)) -> Vec<T> {
    let mut out = vec![T::ZERO; WHOLE.0 * WHOLE.1];
    for (at, x) in rows.iter().enumerate() {
        out[LayoutId::Nz.index((at / n, at % n), WHOLE, size_of::<T>())] = *x;
    }
    assert_eq!(rows.len(), m * n);
    out
}

macro_rules! windows {
    ($ch:ident $t:ident $layout:ident) => {
        #[derive(Buffers)]
        struct Tiles<'k> {
            whole: Tile<'k, space::Vec, $t, 48, 96, $layout, Dyn, $ch>,
            part: Tile<'k, space::Vec, $t, 16, 32, $layout, Dyn, $ch>,
        }

        /// A window of `x` at `from`, and `x` with the window copied to `to` as well.
        #[kernel]
        fn cut_and_put<'k>(
            tiles: Tiles<'k>,
            x: GlobalIn<'k, $t, $layout>,
            out: GlobalOut<'k, $t, $layout>,
            corners: [(usize, usize); 3],
        ) -> Retired<Tiles<'k>> {
            let [valid, from, to] = corners;
            let region = x.at(0, 0).sized(valid.0, valid.1);
            let whole = tload(tiles.whole, &region).record::<Vector>().wait();
            let part = textract(tiles.part, &whole, from.0, from.1);
            let whole = tinsert(whole, &part, to.0, to.1).record::<TStoreVec>();
            let whole = tstore(&out.at(0, 0), whole);
            Tiles::retire(TilesTokens { whole, part })
        }
    };
}

/// Where windows begin, if they do so at multiples of `grain`: the first and the last of the tile, and one between.
fn corners(valid: (usize, usize), grain: (usize, usize)) -> Vec<[(usize, usize); 2]> {
    let on = |at: (usize, usize)| (at.0 / grain.0 * grain.0, at.1 / grain.1 * grain.1);
    let extent =
        |from: (usize, usize)| (PART.0.min(valid.0 - from.0), PART.1.min(valid.1 - from.1));
    let mut all = Vec::new();
    for from in [(0, 0), (valid.0 / 2, valid.1 / 2), (valid.0 - 1, valid.1 - 1)] {
        let from = on(from);
        let extent = extent(from);
        let last = on((valid.0 - extent.0, valid.1 - extent.1));
        all.extend([[from, (0, 0)], [from, last]]);
    }
    all
}

/// What the kernel should leave of `x`.
fn wanted<T: Dtype>(x: &[T], valid: (usize, usize), [from, to]: [(usize, usize); 2]) -> Vec<T> {
    let mut out = x.to_vec();
    for row in 0..PART.0.min(valid.0 - from.0) {
        for col in 0..PART.1.min(valid.1 - from.1) {
            out[(to.0 + row) * valid.1 + to.1 + col] = x[(from.0 + row) * valid.1 + from.1 + col];
        }
    }
    out
}

macro_rules! in_vec {
    ($ch:ident $t:ident ($rows:expr, $fractals:expr)) => {
        #[allow(non_snake_case, reason = "named after the chip and the type")]
        mod $t {
            mod rows {
                use super::super::super::*;
                windows!($ch $t RowMajor);

                #[test]
                fn are_copied_element_by_element() {
                    let mut rng = rng();
                    for valid in SIZES {
                        let x = data::<$t>(&mut rng, valid.0 * valid.1);
                        let grain: fn(usize) -> (usize, usize) = $rows;
                        for [from, to] in corners(valid, grain(32 / size_of::<$t>())) {
                            let out = on_every_schedule!(
                                cut_and_put,
                                out = vec![<$t as Dtype>::ZERO; x.len()],
                                (
                                    GlobalTensor::new(&x, &[valid.0, valid.1]).unwrap().whole(),
                                    GlobalTensorMut::new(&mut out, &[valid.0, valid.1]).unwrap().whole(),
                                    [valid, from, to],
                                )
                            );
                            let want = wanted(&x, valid, [from, to]);
                            assert_close("the tile", 0, &out, |at| want[at]);
                        }
                    }
                }
            }

            mod fractals {
                use super::super::super::*;
                windows!($ch $t Nz);

                #[test]
                fn are_copied_element_by_element() {
                    let mut rng = rng();
                    let c0 = 32 / size_of::<$t>();
                    let shape = [1, WHOLE.1 / c0, WHOLE.0 / 16, 16, c0];
                    for valid in SIZES {
                        let x = data::<$t>(&mut rng, valid.0 * valid.1);
                        let there = fractals(&x, valid);
                        let grain: fn(usize) -> (usize, usize) = $fractals;
                        for [from, to] in corners(valid, grain(c0)) {
                            let out = on_every_schedule!(
                                cut_and_put,
                                out = vec![<$t as Dtype>::ZERO; there.len()],
                                (
                                    GlobalTensor::new(&there, &shape).unwrap().whole(),
                                    GlobalTensorMut::new(&mut out, &shape).unwrap().whole(),
                                    [valid, from, to],
                                )
                            );
                            let want = fractals(&wanted(&x, valid, [from, to]), valid);
                            assert_close("the tile", 0, &out, |at| want[at]);
                        }
                    }
                }
            }
        }
    };
}

/// a2a3 copies whole blocks of 32 bytes.
mod a2a3 {
    macro_rules! each {
        ($($t:ident)*) => {$(in_vec!(A2A3 $t (|c0| (1, c0), |c0| (16, c0)));)*};
    }
    each!(i8 u8 i16 u16 i32 u32 f16 bf16 f32);
}

/// a5 begins anywhere in a row, and in fractals in any row.
mod a5 {
    macro_rules! each {
        ($($t:ident)*) => {$(in_vec!(A5 $t (|_| (1, 1), |c0| (1, c0)));)*};
    }
    each!(i8 i32 f16 bf16 f32);
}

#[derive(Buffers)]
struct Ub<'k> {
    whole: VecTile<'k, f32, 16, 32, Dyn>,
    part: VecTile<'k, f32, 8, 16, Dyn>,
}

/// Cuts a window out, and puts it back elsewhere.
#[kernel]
fn window<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, corners: [(usize, usize); 2]) -> Retired<Ub<'k>> {
    let [from, to] = corners;
    let whole = tload(ub.whole, &x.tile(0, 0)).record::<Vector>();
    let part = textract(ub.part, &whole, from.0, from.1);
    let whole = tinsert(whole, &part, to.0, to.1);
    Ub::retire(UbTokens { whole, part })
}

fn trouble(corners: [(usize, usize); 2]) -> Option<Trouble> {
    let x = [1.0; 16 * 32];
    let x = GlobalTensor::new(&x, &[16, 32]).unwrap();
    match Eager::new().launch(&window, 1, (x.whole(), corners)) {
        Ok(_) => None,
        Err(LaunchError::Fault(Fault { trouble, .. })) => Some(trouble),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_window_begins_where_the_device_can_copy() {
    assert_eq!(trouble([(3, 8), (5, 16)]), None);
    assert_eq!(trouble([(15, 31), (5, 3)]), None, "one element");
    let (code, grain) = (OpCode::TMOV_V2V, (1, 8));
    assert_eq!(trouble([(3, 7), (5, 8)]), Some(Trouble::Corner { code, corner: (3, 7), grain }));
    assert_eq!(trouble([(3, 8), (5, 7)]), Some(Trouble::Corner { code, corner: (5, 7), grain }));
}

#[test]
fn a_window_lies_in_what_is_valid() {
    let valid = (16, 32);
    assert_eq!(trouble([(16, 0), (0, 0)]), Some(Trouble::Element { at: (16, 0), valid }));
    let (code, extent) = (OpCode::TMOV_V2V, (8, 16));
    let sticks_out = Some(Trouble::Window { code, corner: (0, 24), extent, valid });
    assert_eq!(trouble([(0, 0), (0, 24)]), sticks_out);
}

/// From `Vec` into a window of L1, in each layout that goes there, and out of an accumulator into a window of `Vec`.
mod to_the_matrix_side {
    use super::*;

    macro_rules! into_l1 {
        ($name:ident $t:ident $acc:ident $layout:ident $step:expr) => {
            mod $name {
                use super::*;

                #[derive(Buffers)]
                struct Tiles<'k> {
                    x: Tile<'k, space::Vec, $t, 32, 32, $layout, Dyn, A5>,
                    l1: Tile<'k, space::Mat, $t, 64, 64, $layout, Dyn, A5>,
                    unit: MatTile<'k, $t, 64, 64, Dyn, Nz, A5>,
                    left: LeftTile<'k, $t, 64, 64, Dyn, A5>,
                    right: RightTile<'k, $t, 64, 64, Dyn, A5>,
                    acc: AccTile<'k, $acc, 64, 64, Dyn, A5>,
                }

                /// `y` with `x` put into it at a corner, times the unit matrix.
                #[kernel]
                fn put<'k>(
                    tiles: Tiles<'k>,
                    x: GlobalIn<'k, $t, $layout>,
                    y: GlobalIn<'k, $t, $layout>,
                    unit: GlobalIn<'k, $t>,
                    out: GlobalOut<'k, $acc, RowMajor, PipeFix>,
                    corner: (usize, usize),
                ) -> Retired<Tiles<'k>> {
                    let x = tload(tiles.x, &x.tile(0, 0)).record::<Fix>();
                    let y = tload(tiles.l1, &y.tile(0, 0)).record::<Fix>();
                    let unit = tload(tiles.unit, &unit.tile(0, 0)).record::<Mte1>();
                    let y = tinsert(y, &x, corner.0, corner.1).record::<Mte1>();
                    let left = tmov(tiles.left, &y).record::<TMatmul>();
                    let right = tmov(tiles.right, &unit).record::<TMatmul>();
                    let acc = tmatmul(tiles.acc, &left, &right).record::<TStoreAcc>();
                    let acc = tstore(&out.tile(0, 0), acc);
                    Tiles::retire(TilesTokens { x, l1: y, unit, left, right, acc })
                }

                #[test]
                fn the_rest_stays() {
                    let mut rng = rng();
                    let [x, y] = [32, 64].map(|n| common::small::<$t>(&mut rng, n * n));
                    let unit: Vec<$t> = (0..64 * 64)
                        .map(|at| <$t>::of(u8::from(at / 64 == at % 64).into()))
                        .collect();
                    let c0 = 32 / size_of::<$t>();
                    let shape = |n: usize| match <$layout as Layout>::ID {
                        LayoutId::Nz => vec![1, n / c0, n / 16, 16, c0],
                        _ => vec![n, n],
                    };
                    let index = |at, n| <$layout as Layout>::ID.index(at, (n, n), size_of::<$t>());
                    for (row, col) in [(0, 0), ($step, 0), (0, 32), ($step, 32), (32, 32)] {
                        let out = on_every_schedule!(
                            put,
                            out = vec![<$acc as Dtype>::ZERO; 64 * 64],
                            (
                                GlobalTensor::new(&x, &shape(32)).unwrap().whole(),
                                GlobalTensor::new(&y, &shape(64)).unwrap().whole(),
                                GlobalTensor::new(&unit, &[64, 64]).unwrap().whole(),
                                GlobalTensorMut::new(&mut out, &[64, 64]).unwrap().whole(),
                                (row, col),
                            )
                        );
                        assert_close("the tile", 0, &out, |at| {
                            let (r, c) = (at / 64, at % 64);
                            let inside =
                                (row..row + 32).contains(&r) && (col..col + 32).contains(&c);
                            let from = if inside {
                                x[index((r - row, c - col), 32)]
                            } else {
                                y[index((r, c), 64)]
                            };
                            <$acc>::of(from.wide())
                        });
                    }
                }
            }
        };
    }

    into_l1!(rows_of_f16 f16 f32 RowMajor 5);
    into_l1!(fractals_of_f16 f16 f32 Nz 5);
    into_l1!(fractals_of_i8 i8 i32 Nz 17);
    into_l1!(fractals_of_bf16 bf16 f32 Nz 16);
    into_l1!(fractals_of_f32 f32 f32 Nz 3);

    macro_rules! out_of_the_accumulator {
        ($name:ident $layout:ident $global:ident) => {
            mod $name {
                use super::*;

                #[derive(Buffers)]
                struct Tiles<'k> {
                    x: MatTile<'k, f16, 32, 32, Dyn, Nz, A5>,
                    unit: MatTile<'k, f16, 32, 32, Dyn, Nz, A5>,
                    left: LeftTile<'k, f16, 32, 32, Dyn, A5>,
                    right: RightTile<'k, f16, 32, 32, Dyn, A5>,
                    acc: AccTile<'k, f32, 32, 32, Dyn, A5>,
                    out: Tile<'k, space::Vec, f16, 64, 64, $layout, Dyn, A5>,
                }

                /// `out` with `x` put into it at a corner.
                #[kernel]
                fn put<'k>(
                    tiles: Tiles<'k>,
                    x: GlobalIn<'k, f16>,
                    unit: GlobalIn<'k, f16>,
                    y: GlobalIn<'k, f16, $global>,
                    out: GlobalOut<'k, f16, $global>,
                    corner: (usize, usize),
                ) -> Retired<Tiles<'k>> {
                    let x = tload(tiles.x, &x.tile(0, 0)).record::<Mte1>();
                    let unit = tload(tiles.unit, &unit.tile(0, 0)).record::<Mte1>();
                    let left = tmov(tiles.left, &x).record::<TMatmul>();
                    let right = tmov(tiles.right, &unit).record::<TMatmul>();
                    let acc = tmatmul(tiles.acc, &left, &right).record::<TMovA2V>();
                    let y = tload(tiles.out, &y.tile(0, 0)).record::<TMovA2V>();
                    let y = tinsert(y, &acc, corner.0, corner.1).record::<TStoreVec>();
                    let y = tstore(&out.tile(0, 0), y);
                    Tiles::retire(TilesTokens { x, unit, left, right, acc, out: y })
                }

                #[test]
                fn the_rest_stays() {
                    let mut rng = rng();
                    let (m, n) = (29, 31);
                    let x = common::small::<f16>(&mut rng, m * n);
                    let y = common::small::<f16>(&mut rng, 64 * 64);
                    let unit: Vec<f16> = (0..n * n)
                        .map(|at| f16::of(f64::from(u8::from(at / n == at % n))))
                        .collect();
                    let shape = match <$layout as Layout>::ID {
                        LayoutId::Nz => vec![1, 4, 4, 16, 16],
                        _ => vec![64, 64],
                    };
                    let index = |at| <$layout as Layout>::ID.index(at, (64, 64), 2);
                    for (row, col) in [(0, 0), (3, 5), (35, 33), (32, 16)] {
                        let out = on_every_schedule!(
                            put,
                            out = vec![f16::ZERO; 64 * 64],
                            (
                                GlobalTensor::new(&x, &[m, n]).unwrap().whole(),
                                GlobalTensor::new(&unit, &[n, n]).unwrap().whole(),
                                GlobalTensor::new(&y, &shape).unwrap().whole(),
                                GlobalTensorMut::new(&mut out, &shape).unwrap().whole(),
                                (row, col),
                            )
                        );
                        for (r, c) in (0..64 * 64).map(|at| (at / 64, at % 64)) {
                            let inside = (row..row + m).contains(&r) && (col..col + n).contains(&c);
                            let want =
                                if inside { x[(r - row) * n + c - col] } else { y[index((r, c))] };
                            assert_eq!(out[index((r, c))], want, "at {r}, {c}");
                        }
                    }
                }
            }
        };
    }

    out_of_the_accumulator!(to_rows RowMajor RowMajor);
    out_of_the_accumulator!(to_columns ColMajor ColMajor);
    out_of_the_accumulator!(to_fractals Nz Nz);
}
