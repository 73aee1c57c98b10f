//! TSTORE of an accumulator, scaled as a whole and column by column, with and without ReLU: every element type of both chips,
//! against `f64`.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{Number, Wide, assert_close, data, on_every_schedule, rng};
use tilesync::prelude::*;
use tilesync::tile::space;
use tilesync::{Fault, Trouble};

/// Rows and columns: whole tiles, nothing that divides, less than a line, single rows and columns.
const SIZES: [(usize, usize); 7] =
    [(48, 96), (47, 81), (17, 33), (1, 96), (48, 1), (5, 7), (16, 16)];
/// Scales that keep, shrink until ties are common, and overflow.
const SCALES: [f32; 7] = [1.0, 0.5, 0.078_125, -1.75, 1e4, 1e-30, 0.3];

/// An element type that a scaled accumulator leaves in.
trait Quantised: Number {
    fn quantised(exact: f64) -> Self;
}

macro_rules! integers {
    ($($t:ident)*) => {$(
        impl Quantised for $t {
            fn quantised(exact: f64) -> Self {
                let below = exact.floor();
                let odd = below % 2.0 != 0.0;
                let up = exact - below > 0.5 || exact - below == 0.5 && odd;
                let nearest = if up { below + 1.0 } else { below };
                if exact.is_nan() {
                    0
                } else if nearest < f64::from($t::MIN) {
                    $t::MIN
                } else if nearest > f64::from($t::MAX) {
                    $t::MAX
                } else {
                    nearest as $t
                }
            }
        }
    )*};
}

integers!(i8 u8);

macro_rules! floats {
    ($($t:ident)*) => {$(
        impl Quantised for $t {
            fn quantised(exact: f64) -> Self {
                Self::of(exact)
            }
        }
    )*};
}

floats!(f32 bf16);

impl Quantised for f16 {
    fn quantised(exact: f64) -> Self {
        if exact.is_infinite() {
            Self::of(exact)
        } else {
            Self::of(exact.clamp(-65_504.0, 65_504.0))
        }
    }
}

/// What leaves of the sum of one product.
fn leaves<T: Quantised>(sum: f64, scale: f32, offset: u16, relu: bool) -> T {
    let added = if size_of::<T>() == 1 { f64::from(offset) } else { 0.0 };
    let exact = sum * f64::from(scale) + added;
    T::quantised(if relu && (exact.is_nan() || exact < 0.0) { 0.0 } else { exact })
}

/// The scale that the word of a column keeps: ten binary digits after the first.
fn kept(scale: f32) -> f32 {
    let quantum = 2.0_f64.powi(scale.abs().log2().floor() as i32 - 10);
    ((f64::from(scale) / quantum).trunc() * quantum) as f32
}

/// The sum of one product as an accumulator holds it.
trait Sum: Number {
    fn sum(self, other: Self) -> f64;
}

impl Sum for f32 {
    fn sum(self, other: f32) -> f64 {
        f64::from((f64::from(self) * f64::from(other)) as f32)
    }
}

impl Sum for i8 {
    fn sum(self, other: i8) -> f64 {
        self.wide().times(other.wide()) as f64
    }
}

macro_rules! stores {
    ($($name:ident: $ch:ident $factor:ident $sum:ident => $($out:ident)*;)*) => {$(
        mod $name {
            $(
                mod $out {
                    use super::super::*;

                    #[derive(Buffers)]
                    struct Tiles<'k> {
                        x: MatTile<'k, $factor, 48, 32, Dyn, Nz, $ch>,
                        y: MatTile<'k, $factor, 32, 96, Dyn, Nz, $ch>,
                        words: Tile<'k, space::Mat, u64, 1, 96, RowMajor, Dyn, $ch>,
                        left: LeftTile<'k, $factor, 48, 32, Dyn, $ch>,
                        right: RightTile<'k, $factor, 32, 96, Dyn, $ch>,
                        acc: AccTile<'k, $sum, 48, 96, Dyn, $ch>,
                        scales: ScalingTile<'k, u64, 96, Dyn, $ch>,
                    }

                    /// A column times a row, stored four times: scaled as a whole and by columns, without and with ReLU.
                    #[kernel]
                    fn outer<'k>(
                        tiles: Tiles<'k>,
                        x: GlobalIn<'k, $factor>,
                        y: GlobalIn<'k, $factor>,
                        words: GlobalIn<'k, u64>,
                        out: GlobalOut<'k, $out, RowMajor, PipeFix>,
                        scale: f32,
                    ) -> Retired<Tiles<'k>> {
                        let m = x.rows();
                        let x = tload(tiles.x, &x.tile(0, 0)).record::<TMovM2L>();
                        let y = tload(tiles.y, &y.tile(0, 0)).record::<TMovM2R>();
                        let words = tload(tiles.words, &words.tile(0, 0)).record::<TMovM2S>();
                        let left = tmov(tiles.left, &x).record::<TMatmul>();
                        let right = tmov(tiles.right, &y).record::<TMatmul>();
                        let scales = tmov(tiles.scales, &words);
                        let acc = tmatmul(tiles.acc, &left, &right).record::<TStoreAcc>();
                        let all = Drain::new().scale(scale);
                        let each = Drain::new().scale_columns(&scales);
                        let acc = tstore_with(&out.at(0, 0), acc, all);
                        let acc = tstore_with(&out.at(m, 0), acc, all.relu());
                        let acc = tstore_with(&out.at(2 * m, 0), acc, each);
                        let acc = tstore_with(&out.at(3 * m, 0), acc, each.relu());
                        Tiles::retire(TilesTokens { x, y, words, left, right, acc, scales })
                    }

                    #[test]
                    fn is_scaled_and_rounded_once() {
                        let mut rng = rng();
                        for ((m, n), scale) in SIZES.into_iter().zip(SCALES) {
                            let (x, y) = (data::<$factor>(&mut rng, m), data::<$factor>(&mut rng, n));
                            let each: Vec<(f32, u16)> =
                                (0..n).map(|_| (SCALES[rng.usize(..7)], rng.u16(..512) >> rng.u8(..9))).collect();
                            let words: Vec<u64> = each
                                .iter()
                                .map(|&(scale, offset)| quant_offset(quant_param::<$out>(scale), offset))
                                .collect();
                            let out = on_every_schedule!(
                                outer,
                                out = vec![$out::quantised(7.0); 4 * m * n],
                                (
                                    GlobalTensor::new(&x, &[m, 1]).unwrap().whole(),
                                    GlobalTensor::new(&y, &[1, n]).unwrap().whole(),
                                    GlobalTensor::new(&words, &[1, n]).unwrap().whole(),
                                    GlobalTensorMut::new(&mut out, &[4 * m, n]).unwrap().whole(),
                                    scale,
                                )
                            );
                            assert_close("what is stored", 0, &out, |at| {
                                let (kind, row, col) = (at / n / m, at / n % m, at % n);
                                let (scale, offset) = if kind < 2 { (scale, 0) } else { (kept(each[col].0), each[col].1) };
                                leaves(x[row].sum(y[col]), scale, offset, kind % 2 == 1)
                            });
                        }
                    }
                }
            )*
        }
    )*};
}

stores! {
    from_f32_on_a2a3: A2A3 f32 f32 => i8 u8;
    from_i32_on_a2a3: A2A3 i8 i32 => i8 u8 f16;
    from_f32_on_a5: A5 f32 f32 => i8 u8 f16 bf16 f32;
    from_i32_on_a5: A5 i8 i32 => i8 u8 f16 bf16;
}

#[derive(Buffers)]
struct Uneven<'k> {
    x: MatTile<'k, f32, 16, 16, Dyn>,
    words: Tile<'k, space::Mat, u64, 1, 16, RowMajor, Dyn>,
    left: LeftTile<'k, f32, 16, 16, Dyn>,
    right: RightTile<'k, f32, 16, 16, Dyn>,
    acc: AccTile<'k, f32, 16, 16, Dyn>,
    scales: ScalingTile<'k, u64, 16, Dyn>,
}

#[kernel]
fn uneven<'k>(
    tiles: Uneven<'k>,
    x: GlobalIn<'k, f32>,
    words: GlobalIn<'k, u64>,
    out: GlobalOut<'k, i8, RowMajor, PipeFix>,
) -> Retired<Uneven<'k>> {
    let x = tload(tiles.x, &x.tile(0, 0)).share::<TMovM2L, TMovM2R>();
    let words = tload(tiles.words, &words.tile(0, 0)).record::<TMovM2S>();
    let left = tmov(tiles.left, &x.first()).record::<TMatmul>();
    let right = tmov(tiles.right, &x.second()).record::<TMatmul>();
    let scales = tmov(tiles.scales, &words);
    let acc = tmatmul(tiles.acc, &left, &right).record::<TStoreAcc>();
    let acc = tstore_with(&out.tile(0, 0), acc, Drain::new().scale_columns(&scales));
    Uneven::retire(UnevenTokens { x, words, left, right, acc, scales })
}

#[test]
fn each_column_has_a_scale() {
    let (x, words, mut out) = ([1.0; 144], [quant_param::<i8>(1.0); 11], [0; 144]);
    let mut out = GlobalTensorMut::new(&mut out, &[12, 12]).unwrap();
    let x = GlobalTensor::new(&x, &[12, 12]).unwrap();
    let words = GlobalTensor::new(&words, &[1, 11]).unwrap();
    let args = (x.whole(), words.whole(), out.whole());
    let error = Eager::new().launch(&uneven, 1, args).unwrap_err();
    let LaunchError::Fault(Fault { trouble, .. }) = error else { panic!("{error}") };
    let expected =
        Trouble::ValidMismatch { code: OpCode::TSTORE_ACC, left: (12, 12), right: (1, 11) };
    assert_eq!(trouble, expected);
}

/// Neighbours in a row lie apart in the output, and what is between them stays.
#[test]
fn an_output_with_gaps_is_scaled_too() {
    let (x, words) = ([2.0; 144], [quant_param::<i8>(0.5); 12]);
    let mut out = [99; 12 * 24];
    let x = GlobalTensor::new(&x, &[12, 12]).unwrap();
    let words = GlobalTensor::new(&words, &[1, 12]).unwrap();
    let mut gaps =
        GlobalTensorMut::with_stride(&mut out, [1, 1, 1, 12, 12], [288, 288, 288, 24, 2]).unwrap();
    Eager::new().launch(&uneven, 1, (x.whole(), words.whole(), gaps.whole())).unwrap();
    for (at, &got) in out.iter().enumerate() {
        assert_eq!(got, if at % 2 == 0 { 24 } else { 99 }, "at {at}");
    }
}

#[derive(Buffers)]
struct Bytes<'k> {
    x: MatTile<'k, i8, 16, 32, Dyn>,
    y: MatTile<'k, i8, 32, 32, Dyn>,
    left: LeftTile<'k, i8, 16, 32, Dyn>,
    right: RightTile<'k, i8, 32, 32, Dyn>,
    acc: AccTile<'k, i32, 16, 32, Dyn>,
}

/// A column times a row, halved, with an offset.
#[kernel]
fn with_offset<'k>(
    tiles: Bytes<'k>,
    x: GlobalIn<'k, i8>,
    y: GlobalIn<'k, i8>,
    out: GlobalOut<'k, u8, RowMajor, PipeFix>,
    offset: usize,
) -> Retired<Bytes<'k>> {
    let x = tload(tiles.x, &x.tile(0, 0)).record::<TMovM2L>();
    let y = tload(tiles.y, &y.tile(0, 0)).record::<TMovM2R>();
    let left = tmov(tiles.left, &x).record::<TMatmul>();
    let right = tmov(tiles.right, &y).record::<TMatmul>();
    let acc = tmatmul(tiles.acc, &left, &right).record::<TStoreAcc>();
    let how = Drain::new().scale(0.5).offset(offset as u16).relu();
    let acc = tstore_with(&out.tile(0, 0), acc, how);
    Bytes::retire(BytesTokens { x, y, left, right, acc })
}

#[test]
fn an_offset_moves_all_elements_before_they_are_rounded() {
    let x: Vec<i8> = (0..16).map(|i| i - 8).collect();
    let y: Vec<i8> = (0..32).map(|j| j - 16).collect();
    for offset in [0, 1, 128, 255, 511] {
        let out = on_every_schedule!(
            with_offset,
            out = vec![9_u8; 16 * 32],
            (
                GlobalTensor::new(&x, &[16, 1]).unwrap().whole(),
                GlobalTensor::new(&y, &[1, 32]).unwrap().whole(),
                GlobalTensorMut::new(&mut out, &[16, 32]).unwrap().whole(),
                offset,
            )
        );
        assert_close("what is stored", 0, &out, |at| {
            let sum = f64::from(x[at / 32]) * f64::from(y[at % 32]);
            leaves(sum, 0.5, offset as u16, true)
        });
    }
}
