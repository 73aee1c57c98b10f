//! The MX products of a5: every pair of element types, scales in every layout, all forms, whole and ragged, against `f64`.
//!
//! One file of some length: its oracle is shared by all forms.
#![allow(clippy::unwrap_used, clippy::too_many_arguments, reason = "a test")]

mod common;

use common::{on_every_schedule, rng};
use tilesync::prelude::*;
use tilesync::tile::Dtype;
use tilesync::{Fault, Trouble};

const M: usize = 32;
/// Numbers along k.
const K: usize = 128;
const N: usize = 64;
const GROUPS: usize = K / 32;

/// The numbers of an element.
trait Numbers: Dtype {
    const COUNT: usize;
    fn number(self, at: usize) -> f64;
    fn any(rng: &mut fastrand::Rng) -> Self;
}

macro_rules! numbers {
    ($($t:ident $count:literal |$x:ident, $at:ident| $number:expr;)*) => {$(
        impl Numbers for $t {
            const COUNT: usize = $count;
            fn number(self, $at: usize) -> f64 {
                let $x = self;
                $number
            }
            fn any(rng: &mut fastrand::Rng) -> Self {
                loop {
                    let x = $t::from_bits(rng.u8(..));
                    if (0..$count).all(|at| x.number(at).abs() <= 448.0) {
                        return x;
                    }
                }
            }
        }
    )*};
}

numbers! {
    F8E4M3 1 |x, _at| x.into();
    F8E5M2 1 |x, _at| x.into();
    F4E2M1x2 2 |x, at| x.numbers()[at].into();
    F4E1M2x2 2 |x, at| x.numbers()[at].into();
}

/// The factors, `m` × `k` and `k` × `n` numbers, and their scales; all in rows.
struct Given<L, R> {
    left: Vec<L>,
    left_scales: Vec<F8E8M0>,
    /// In columns.
    right: Vec<R>,
    right_scales: Vec<F8E8M0>,
}

impl<L: Numbers, R: Numbers> Given<L, R> {
    fn new((m, k, n): (usize, usize, usize)) -> Self {
        let mut rng = rng();
        let groups = k.div_ceil(32);
        let mut scales = |count| (0..count).map(|_| F8E8M0::from_bits(rng.u8(121..134))).collect();
        let (left_scales, right_scales) = (scales(m * groups), scales(groups * n));
        Given {
            left: (0..m * k / L::COUNT).map(|_| L::any(&mut rng)).collect(),
            left_scales,
            right: (0..k * n / R::COUNT).map(|_| R::any(&mut rng)).collect(),
            right_scales,
        }
    }

    /// The product, and the sum of the magnitudes of its terms.
    fn product(&self, (k, n): (usize, usize), (row, col): (usize, usize)) -> (f64, f64) {
        let groups = k.div_ceil(32);
        let terms = (0..k).map(|l| {
            let (x, y) = (row * k + l, col * k + l);
            let x = self.left[x / L::COUNT].number(x % L::COUNT);
            let y = self.right[y / R::COUNT].number(y % R::COUNT);
            let x_scale = f64::from(self.left_scales[row * groups + l / 32]);
            let y_scale = f64::from(self.right_scales[l / 32 * n + col]);
            x * x_scale * y * y_scale
        });
        terms.fold((0.0, 0.0), |(sum, all), term| (sum + term, all + term.abs()))
    }
}

/// Elements of a matrix of rows in another order.
fn reordered<T: Copy>(from: &[T], cols: usize, order: impl Fn(usize) -> (usize, usize)) -> Vec<T> {
    (0..from.len()).map(order).map(|(row, col)| from[row * cols + col]).collect()
}

macro_rules! products {
    ($($name:ident: $left:ident $right:ident,
       $left_layout:ident |$x:ident| $left_shape:expr, $left_order:expr;
       $right_layout:ident |$y:ident| $right_shape:expr, $right_order:expr;)*) => {$(
        #[test]
        fn $name() {
            #[derive(Buffers)]
            struct Tiles<'k> {
                a: MatTile<'k, $left, M, { K / <$left as Numbers>::COUNT }, Dyn, Nz, A5>,
                b: MatTile<'k, $right, { K / <$right as Numbers>::COUNT }, N, Dyn, Zn, A5>,
                a_scales: MatTile<'k, F8E8M0, M, GROUPS, Dyn, MxZz, A5>,
                b_scales: MatTile<'k, F8E8M0, GROUPS, N, Dyn, MxNn, A5>,
                line: Tile<'k, tilesync::tile::space::Mat, f32, 1, N, RowMajor, Dyn, A5>,
                left: LeftTile<'k, $left, M, { K / <$left as Numbers>::COUNT }, Dyn, A5>,
                right: RightTile<'k, $right, { K / <$right as Numbers>::COUNT }, N, Dyn, A5>,
                left_scales: LeftScaleTile<'k, M, GROUPS, Dyn>,
                right_scales: RightScaleTile<'k, GROUPS, N, Dyn>,
                bias: BiasTile<'k, f32, N, Dyn, A5>,
                acc: AccTile<'k, f32, M, N, Dyn, A5>,
            }

            /// The product, twice the product, and the product with a bias.
            #[kernel]
            fn outer<'k>(
                tiles: Tiles<'k>,
                a: GlobalIn<'k, $left>,
                a_scales: GlobalIn<'k, F8E8M0, $left_layout>,
                b: GlobalIn<'k, $right, ColMajor>,
                b_scales: GlobalIn<'k, F8E8M0, $right_layout>,
                bias: GlobalIn<'k, f32>,
                out: GlobalOut<'k, f32, RowMajor, PipeFix>,
            ) -> Retired<Tiles<'k>> {
                let m = a.rows();
                let a = tload(tiles.a, &a.tile(0, 0)).record::<TMovM2L>();
                let b = tload(tiles.b, &b.tile(0, 0)).record::<TMovM2R>();
                let a_scales = tload(tiles.a_scales, &a_scales.tile(0, 0)).record::<TMovM2L>();
                let b_scales = tload(tiles.b_scales, &b_scales.tile(0, 0)).record::<TMovM2R>();
                let line = tload(tiles.line, &bias.tile(0, 0)).record::<TMovM2B>();
                let left = tmov(tiles.left, &a).record::<TMatmul>();
                let right = tmov(tiles.right, &b).record::<TMatmul>();
                let left_scales = tmov(tiles.left_scales, &a_scales).record::<TMatmul>();
                let right_scales = tmov(tiles.right_scales, &b_scales).record::<TMatmul>();
                let bias = tmov(tiles.bias, &line).record::<TMatmul>();

                let acc = tmatmul_mx(tiles.acc, &left, &left_scales, &right, &right_scales);
                let acc = tstore(&out.at(0, 0), acc.record::<TStoreAcc>()).release::<TMatmul>();
                let acc = tmatmul_mx(acc, &left, &left_scales, &right, &right_scales);
                let acc = tmatmul_mx_acc(acc, &left, &left_scales, &right, &right_scales);
                let acc = tstore(&out.at(m, 0), acc.record::<TStoreAcc>()).release::<TMatmul>();
                let acc = tmatmul_mx_bias(acc, &left, &left_scales, &right, &right_scales, &bias);
                let acc = tstore(&out.at(2 * m, 0), acc.record::<TStoreAcc>());
                Tiles::retire(TilesTokens {
                    a, b, a_scales, b_scales, line, left, right, left_scales, right_scales, bias, acc,
                })
            }

            for (m, k, n) in [(M, K, N), (16, 96, 48), (32, 64, 16)] {
                let given = Given::<$left, $right>::new((m, k, n));
                let groups = k.div_ceil(32);
                // The layouts of scales take whole pairs.
                if groups % 2 != 0 && stringify!($left_layout) != "RowMajor" {
                    continue;
                }
                let bias: Vec<f32> = (0..n).map(|col| col as f32 * 0.5 - 3.0).collect();
                let $x = (m, groups);
                let left_scales = reordered(&given.left_scales, groups, $left_order);
                let left_shape = $left_shape;
                let $y = (groups, n);
                let right_scales = reordered(&given.right_scales, n, $right_order);
                let right_shape = $right_shape;
                let (left_k, right_k) = (k / <$left>::COUNT, k / <$right>::COUNT);
                let out = on_every_schedule!(
                    outer,
                    out = vec![7.0_f32; 3 * m * n],
                    (
                        GlobalTensor::new(&given.left, &[m, left_k]).unwrap().whole(),
                        GlobalTensor::new(&left_scales, &left_shape).unwrap().whole(),
                        GlobalTensor::new(&given.right, &[right_k, n]).unwrap().whole(),
                        GlobalTensor::new(&right_scales, &right_shape).unwrap().whole(),
                        GlobalTensor::new(&bias, &[1, n]).unwrap().whole(),
                        GlobalTensorMut::new(&mut out, &[3 * m, n]).unwrap().whole(),
                    )
                );
                for (at, got) in out.iter().enumerate() {
                    let (form, row, col) = (at / n / m, at / n % m, at % n);
                    let (product, magnitude) = given.product((k, n), (row, col));
                    let (want, more) = match form {
                        0 => (product, 0.0),
                        1 => (2.0 * product, product.abs() * f64::from(f32::EPSILON)),
                        _ => (product + f64::from(bias[col]), 0.0),
                    };
                    // Rounded to f32 once; sums in another order differ by the last digits of an `f64`.
                    let bound = want.abs() * f64::from(f32::EPSILON) / 2.0 + magnitude * 1e-13 + more;
                    let error = (f64::from(*got) - want).abs();
                    assert!(error <= bound, "{m} x {k} x {n}, form {form}, at {row}, {col}: {got}, not {want}");
                }
            }
        }
    )*};
}

products! {
    e4m3_by_e4m3: F8E4M3 F8E4M3,
        RowMajor |x| [x.0, x.1], |at| (at / x.1, at % x.1);
        ColMajor |y| [y.0, y.1], |at| (at % y.0, at / y.0);
    e4m3_by_e5m2: F8E4M3 F8E5M2,
        MxZz |x| [1, x.0 / 16, x.1 / 2, 16, 2], |at| (at / 32 / (x.1 / 2) * 16 + at / 2 % 16, at / 32 % (x.1 / 2) * 2 + at % 2);
        MxNn |y| [1, y.1 / 16, y.0 / 2, 16, 2], |at| (at / 32 % (y.0 / 2) * 2 + at % 2, at / 32 / (y.0 / 2) * 16 + at / 2 % 16);
    e5m2_by_e4m3: F8E5M2 F8E4M3,
        MxDn |x| [1, 1, x.1 / 2, x.0, 2], |at| (at / 2 % x.0, at / 2 / x.0 * 2 + at % 2);
        MxNd |y| [1, 1, y.0 / 2, y.1, 2], |at| (at / 2 / y.1 * 2 + at % 2, at / 2 % y.1);
    e2m1_by_e2m1: F4E2M1x2 F4E2M1x2,
        RowMajor |x| [x.0, x.1], |at| (at / x.1, at % x.1);
        ColMajor |y| [y.0, y.1], |at| (at % y.0, at / y.0);
    e1m2_by_e2m1: F4E1M2x2 F4E2M1x2,
        RowMajor |x| [x.0, x.1], |at| (at / x.1, at % x.1);
        ColMajor |y| [y.0, y.1], |at| (at % y.0, at / y.0);
}

#[derive(Buffers)]
struct Vector<'k> {
    a: MatTile<'k, F8E4M3, 16, 64, Dyn, Nz, A5>,
    b: MatTile<'k, F8E4M3, 64, 32, Full, Zn, A5>,
    a_scales: MatTile<'k, F8E8M0, 16, 2, Dyn, MxZz, A5>,
    b_scales: MatTile<'k, F8E8M0, 2, 32, Full, MxNn, A5>,
    line: Tile<'k, tilesync::tile::space::Mat, f32, 1, 32, RowMajor, Full, A5>,
    left: LeftTile<'k, F8E4M3, 16, 64, Dyn, A5>,
    right: RightTile<'k, F8E4M3, 64, 32, Full, A5>,
    bias: BiasTile<'k, f32, 32, Full, A5>,
    left_scales: LeftScaleTile<'k, 16, 2, Dyn>,
    right_scales: RightScaleTile<'k, 2, 32>,
    acc: AccTile<'k, f32, 16, 32, Dyn, A5>,
}

#[kernel]
fn vector<'k>(
    tiles: Vector<'k>,
    a: GlobalIn<'k, F8E4M3>,
    a_scales: GlobalIn<'k, F8E8M0>,
    b: GlobalIn<'k, F8E4M3, ColMajor>,
    b_scales: GlobalIn<'k, F8E8M0, ColMajor>,
    bias: GlobalIn<'k, f32>,
    out: GlobalOut<'k, f32, RowMajor, PipeFix>,
) -> Retired<Vector<'k>> {
    let a = tload(tiles.a, &a.tile(0, 0)).record::<TMovM2L>();
    let b = tload(tiles.b, &b.tile(0, 0)).record::<TMovM2R>();
    let a_scales = tload(tiles.a_scales, &a_scales.tile(0, 0)).record::<TExtractM2LR>();
    let b_scales = tload(tiles.b_scales, &b_scales.tile(0, 0)).record::<TExtractM2LR>();
    let line = tload(tiles.line, &bias.tile(0, 0)).record::<TMovM2B>();
    let bias = tmov(tiles.bias, &line).record::<TGemv>();
    let left = tmov(tiles.left, &a).record::<TGemv>();
    let right = tmov(tiles.right, &b).record::<TGemv>();
    let left_scales = textract(tiles.left_scales, &a_scales, 0, 0).record::<TGemv>();
    let right_scales = textract(tiles.right_scales, &b_scales, 0, 0).record::<TGemv>();
    let acc = tgemv_mx(tiles.acc, &left, &left_scales, &right, &right_scales);
    let acc = tgemv_mx_acc(acc, &left, &left_scales, &right, &right_scales);
    let acc = tstore(&out.at(0, 0), acc.record::<TStoreAcc>()).release::<TGemv>();
    let acc = tgemv_mx_bias(acc, &left, &left_scales, &right, &right_scales, &bias);
    let acc = tstore(&out.at(1, 0), acc.record::<TStoreAcc>());
    Vector::retire(VectorTokens {
        a,
        b,
        a_scales,
        b_scales,
        line,
        left,
        right,
        bias,
        left_scales,
        right_scales,
        acc,
    })
}

/// Runs it with so many scales of the row.
fn run(scales: usize, rows: usize) -> Result<Vec<f32>, LaunchError> {
    let (a, b) = (vec![F8E4M3::from_f32(2.0); rows * 64], [F8E4M3::from_f32(0.5); 64 * 32]);
    let a_scales = vec![F8E8M0::from_f32(4.0); rows * scales];
    let b_scales = [F8E8M0::from_f32(0.25); 2 * 32];
    let bias: [f32; 32] = std::array::from_fn(|col| col as f32);
    let mut out = vec![0.0; 64];
    let args = (
        GlobalTensor::new(&a, &[rows, 64]).unwrap().whole(),
        GlobalTensor::new(&a_scales, &[rows, scales]).unwrap().whole(),
        GlobalTensor::new(&b, &[64, 32]).unwrap().whole(),
        GlobalTensor::new(&b_scales, &[2, 32]).unwrap().whole(),
        GlobalTensor::<f32>::new(&bias, &[1, 32]).unwrap().whole(),
        GlobalTensorMut::new(&mut out, &[2, 32]).unwrap(),
    );
    let (a, a_scales, b, b_scales, bias, mut stored) = args;
    Eager::new().launch(&vector, 1, (a, a_scales, b, b_scales, bias, stored.whole()))?;
    Ok(out)
}

#[test]
fn a_vector_is_multiplied_twice_and_added_to_a_bias() {
    let (twice, from_bias) = (vec![128.0; 32], (0..32).map(|col| 64.0 + col as f32));
    assert_eq!(run(2, 1).unwrap(), twice.into_iter().chain(from_bias).collect::<Vec<_>>());
}

#[test]
fn each_group_of_elements_has_a_scale() {
    let LaunchError::Fault(Fault { trouble, .. }) = run(1, 1).unwrap_err() else { panic!() };
    let code = OpCode::TGEMV;
    assert_eq!(trouble, Trouble::ValidMismatch { code, left: (1, 64), right: (1, 1) });
    let LaunchError::Fault(Fault { trouble, .. }) = run(2, 2).unwrap_err() else { panic!() };
    assert_eq!(trouble, Trouble::ValidMismatch { code, left: (2, 64), right: (64, 32) });
}

macro_rules! rows_of_pairs {
    ($($name:ident: $t:ident;)*) => {$(
        /// A right factor whose pairs lie along its rows in global memory.
        #[test]
        fn $name() {
            #[derive(Buffers)]
            struct Tiles<'k> {
                a: MatTile<'k, $t, 16, { K / 2 }, Full, Nz, A5>,
                b: MatTile<'k, $t, K, 32, Dyn, Nz, A5>,
                a_scales: MatTile<'k, F8E8M0, 16, GROUPS, Full, MxZz, A5>,
                b_scales: MatTile<'k, F8E8M0, GROUPS, 64, Dyn, MxNn, A5>,
                left: LeftTile<'k, $t, 16, { K / 2 }, Full, A5>,
                right: RightTile<'k, $t, { K / 2 }, 64, Dyn, A5>,
                left_scales: LeftScaleTile<'k, 16, GROUPS>,
                right_scales: RightScaleTile<'k, GROUPS, 64, Dyn>,
                acc: AccTile<'k, f32, 16, 64, Dyn, A5>,
            }

            #[kernel]
            fn product<'k>(
                tiles: Tiles<'k>,
                a: GlobalIn<'k, $t>,
                a_scales: GlobalIn<'k, F8E8M0>,
                b: GlobalIn<'k, $t>,
                b_scales: GlobalIn<'k, F8E8M0, ColMajor>,
                out: GlobalOut<'k, f32, RowMajor, PipeFix>,
            ) -> Retired<Tiles<'k>> {
                let a = tload(tiles.a, &a.tile(0, 0)).record::<TMovM2L>();
                let b = tload(tiles.b, &b.tile(0, 0)).record::<TMovM2R>();
                let a_scales = tload(tiles.a_scales, &a_scales.tile(0, 0)).record::<TMovM2L>();
                let b_scales = tload(tiles.b_scales, &b_scales.tile(0, 0)).record::<TMovM2R>();
                let left = tmov(tiles.left, &a).record::<TMatmul>();
                let right = tmov_x2(tiles.right, &b).record::<TMatmul>();
                let left_scales = tmov(tiles.left_scales, &a_scales).record::<TMatmul>();
                let right_scales = tmov(tiles.right_scales, &b_scales).record::<TMatmul>();
                let acc = tmatmul_mx(tiles.acc, &left, &left_scales, &right, &right_scales);
                let acc = tstore(&out.tile(0, 0), acc.record::<TStoreAcc>());
                Tiles::retire(TilesTokens {
                    a, b, a_scales, b_scales, left, right, left_scales, right_scales, acc,
                })
            }

            let (m, n) = (16, 62);
            let given = Given::<$t, $t>::new((m, K, n));
            let number = |l: usize, col: usize| given.right[(col * K + l) / 2].numbers()[l % 2];
            let rows: Vec<$t> = (0..K * n / 2)
                .map(|at| (at / (n / 2), at % (n / 2) * 2))
                .map(|(l, col)| $t::new(number(l, col), number(l, col + 1)))
                .collect();
            let right_scales =
                reordered(&given.right_scales, n, |at| (at % GROUPS, at / GROUPS));
            let out = on_every_schedule!(
                product,
                out = vec![7.0_f32; m * n],
                (
                    GlobalTensor::new(&given.left, &[m, K / 2]).unwrap().whole(),
                    GlobalTensor::new(&given.left_scales, &[m, GROUPS]).unwrap().whole(),
                    GlobalTensor::new(&rows, &[K, n / 2]).unwrap().whole(),
                    GlobalTensor::new(&right_scales, &[GROUPS, n]).unwrap().whole(),
                    GlobalTensorMut::new(&mut out, &[m, n]).unwrap().whole(),
                )
            );
            for (at, got) in out.iter().enumerate() {
                let (want, magnitude) = given.product((K, n), (at / n, at % n));
                let bound = want.abs() * f64::from(f32::EPSILON) / 2.0 + magnitude * 1e-13;
                assert!((f64::from(*got) - want).abs() <= bound, "at {at}: {got}, not {want}");
            }
        }
    )*};
}

rows_of_pairs! {
    e2m1_in_rows: F4E2M1x2;
    e1m2_in_rows: F4E1M2x2;
}

/// Two products with factors and scales of their own; `crossed`, with the scales of the other left factor.
#[derive(Buffers)]
struct Two<'k> {
    left: [LeftTile<'k, F8E4M3, 16, 64, Full, A5>; 2],
    right: RightTile<'k, F8E4M3, 64, 32, Full, A5>,
    left_scales: [LeftScaleTile<'k, 16, 2>; 2],
    right_scales: RightScaleTile<'k, 2, 32>,
    a: MatTile<'k, F8E4M3, 16, 64, Full, Nz, A5>,
    b: MatTile<'k, F8E4M3, 64, 32, Full, Zn, A5>,
    a_scales: MatTile<'k, F8E8M0, 16, 2, Full, MxZz, A5>,
    b_scales: MatTile<'k, F8E8M0, 2, 32, Full, MxNn, A5>,
    sum: AccTile<'k, f32, 16, 32, Full, A5>,
}

#[kernel]
fn two<'k>(
    l1: Two<'k>,
    a: GlobalIn<'k, F8E4M3>,
    a_scales: GlobalIn<'k, F8E8M0>,
    b: GlobalIn<'k, F8E4M3, ColMajor>,
    b_scales: GlobalIn<'k, F8E8M0, ColMajor>,
    out: GlobalOut<'k, f32, RowMajor, PipeFix>,
    crossed: bool,
) -> Retired<Two<'k>> {
    let a = tload(l1.a, &a.tile(0, 0)).record::<Mte1>();
    let a_scales = tload(l1.a_scales, &a_scales.tile(0, 0)).record::<Mte1>();
    let b = tload(l1.b, &b.tile(0, 0)).record::<Mte1>();
    let b_scales = tload(l1.b_scales, &b_scales.tile(0, 0)).record::<Mte1>();
    let left = l1.left.map(|tile| tmov(tile, &a).record::<TMatmul>());
    let left_scales = l1.left_scales.map(|tile| tmov(tile, &a_scales).record::<TMatmul>());
    let right = tmov(l1.right, &b).record::<TMatmul>();
    let right_scales = tmov(l1.right_scales, &b_scales).record::<TMatmul>();
    let sum = tmatmul_mx(l1.sum, &left[0], &left_scales[0], &right, &right_scales);
    let second = usize::from(!crossed);
    let sum = tmatmul_mx_acc(sum, &left[1], &left_scales[second], &right, &right_scales);
    let sum = tstore(&out.tile(0, 0), sum.record::<TStoreAcc>());
    Two::retire(TwoTokens { left, right, left_scales, right_scales, a, b, a_scales, b_scales, sum })
}

#[test]
fn scales_lie_where_the_device_looks_for_those_of_their_factor() {
    let (a, b) = ([F8E4M3::from_f32(2.0); 16 * 64], [F8E4M3::from_f32(0.5); 64 * 32]);
    let one = [F8E8M0::from_f32(1.0); 64];
    let mut out = [0.0; 16 * 32];
    let launch = |out: &mut [f32], crossed| {
        let a = GlobalTensor::new(&a, &[16, 64]).unwrap();
        let b = GlobalTensor::<_, ColMajor>::new(&b, &[64, 32]).unwrap();
        let a_scales = GlobalTensor::new(&one[..32], &[16, 2]).unwrap();
        let b_scales = GlobalTensor::<_, ColMajor>::new(&one, &[2, 32]).unwrap();
        let mut out = GlobalTensorMut::new(out, &[16, 32]).unwrap();
        let args = (a.whole(), a_scales.whole(), b.whole(), b_scales.whole(), out.whole(), crossed);
        Pipelined::new().launch(&two, 1, args).map(|report| report.program)
    };
    let program = launch(&mut out, false).unwrap();
    assert!(out.iter().all(|sum| *sum == 128.0), "{out:?}");
    let placed = |name: &str| program.tiles.iter().find(|tile| tile.name == name).unwrap().addr;
    assert_eq!(placed("left[1]"), 16 * 64);
    assert_eq!(["left_scales[0]", "left_scales[1]"].map(placed), [0, 64]);
    let Err(LaunchError::Fault(Fault { trouble, .. })) = launch(&mut out, true) else {
        panic!("no fault");
    };
    assert_eq!(trouble, Trouble::ScalesElsewhere { code: OpCode::TMATMUL, scales: 0, wanted: 64 });
}
