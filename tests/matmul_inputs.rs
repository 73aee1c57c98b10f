//! Odd input of the matrix products: rows with gaps, rows that overlap, NaN and infinity, all narrow floats. For i8 see `matmul_extremes`.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::on_every_schedule;
use tilesync::prelude::*;

#[path = "../examples/gemm_bias_relu.rs"]
#[allow(dead_code, reason = "only the kernel is used")]
mod bias_relu;
#[path = "../examples/gemm.rs"]
#[allow(dead_code, reason = "only the kernel is used")]
mod lesson;

/// Rows, columns, and elements from one row to the next.
type Shape = [usize; 3];

/// m, k and n, and the side of the parts: tails everywhere, one row, one column, one element.
const SIZES: [([usize; 3], usize); 5] = [
    ([131, 259, 77], 100),
    ([1, 700, 130], 256),
    ([130, 300, 1], 64),
    ([1, 1, 1], 128),
    ([129, 257, 130], 128),
];

/// What lies between the rows of an output, and must stay there.
const GAP: f32 = 12345.0;

/// In eighths, so that sums are exact.
fn eighths(random: &mut fastrand::Rng, count: usize) -> Vec<f32> {
    (0..count).map(|_| f32::from(random.i8(-16..=16)) / 8.0).collect()
}

fn dims([rows, cols, stride]: Shape) -> ([usize; 5], [usize; 5]) {
    let all = rows * stride;
    ([1, 1, 1, rows, cols], [all, all, all, stride, 1])
}

/// `c`, with its gaps, of two matrices as they lie: the same bits on every schedule.
fn product(a: (&[f32], Shape), b: (&[f32], Shape), stride: usize, part: usize) -> Vec<f32> {
    let [left, right] = [a, b].map(|(data, shape)| {
        let (extent, stride) = dims(shape);
        GlobalTensor::<f32>::with_stride(data, extent, stride).unwrap()
    });
    let (m, n) = (a.1[0], b.1[1]);
    let (across, blocks) = (n.div_ceil(part), m.div_ceil(part) * n.div_ceil(part));
    let run = |order: Option<Order>| {
        let mut c = vec![GAP; m * stride];
        let (extent, stride) = dims([m, n, stride]);
        let mut out = GlobalTensorMut::with_stride(&mut c, extent, stride).unwrap();
        let args = (left.whole(), right.whole(), out.parts(part, part).unwrap(), part, across);
        match order {
            None => Eager::new().launch(&lesson::gemm, blocks, args).unwrap(),
            Some(order) => {
                drop(Pipelined::new().order(order).launch(&lesson::gemm, blocks, args).unwrap());
            }
        }
        c
    };
    let c = run(None);
    for order in [Order::Early, Order::Late, Order::Random(1)] {
        let same = run(Some(order)).iter().zip(&c).all(|(x, y)| x.to_bits() == y.to_bits());
        assert!(same, "{order:?} computes other bits");
    }
    c
}

/// Whether `c` is the product in `f64`, NaN for NaN, and its gaps are as they were.
fn is_product(c: &[f32], a: (&[f32], Shape), b: (&[f32], Shape), stride: usize) -> bool {
    let ([_, k, a_stride], [_, n, b_stride]) = (a.1, b.1);
    c.iter().enumerate().all(|(at, &got)| {
        let (row, col) = (at / stride, at % stride);
        if col >= n {
            return got == GAP;
        }
        let term = |i| f64::from(a.0[row * a_stride + i]) * f64::from(b.0[i * b_stride + col]);
        let exact = (0..k).map(term).sum::<f64>();
        f64::from(got) == exact || got.is_nan() && exact.is_nan()
    })
}

#[test]
fn gaps_are_not_read_and_not_written() {
    let random = &mut fastrand::Rng::with_seed(1);
    for ([m, k, n], part) in SIZES {
        for gap in [0, 1, 5, 64] {
            let (a_shape, b_shape) = ([m, k, k + gap], [k, n, n + 2 * gap]);
            let [a, b] = [a_shape, b_shape].map(|[rows, cols, stride]| {
                let mut data = eighths(random, rows * stride);
                data.chunks_mut(stride).for_each(|row| row[cols..].fill(f32::NAN));
                data
            });
            let (a, b) = ((&a[..], a_shape), (&b[..], b_shape));
            let c = product(a, b, n + 3 * gap, part);
            assert!(is_product(&c, a, b, n + 3 * gap), "{m} x {k} x {n}, {gap}");
        }
    }
}

/// A stride of 0 repeats one row; one of 1 or 3 slides a window over a line.
#[test]
fn rows_of_a_factor_may_overlap() {
    let random = &mut fastrand::Rng::with_seed(2);
    for ([m, k, n], part) in SIZES {
        for (a_stride, b_stride) in [(0, n), (1, 0), (3, 1), (k, 3)] {
            let (a_shape, b_shape) = ([m, k, a_stride], [k, n, b_stride]);
            let [a, b] = [a_shape, b_shape]
                .map(|[rows, cols, stride]| eighths(random, (rows - 1) * stride + cols));
            let (a, b) = ((&a[..], a_shape), (&b[..], b_shape));
            let c = product(a, b, n, part);
            assert!(is_product(&c, a, b, n), "{m} x {k} x {n}, {a_stride} and {b_stride}");
        }
    }
}

/// One in a row of `a` changes that row of `c`, one in a column of `b` that column, and nothing else changes.
#[test]
fn nan_and_infinity_stay_in_their_row_or_column() {
    let random = &mut fastrand::Rng::with_seed(3);
    let ([m, k, n], part) = ([67, 259, 45], 64);
    let (a_shape, b_shape) = ([m, k, k], [k, n, n]);
    let (a, b) = (eighths(random, m * k), eighths(random, k * n));
    for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        for (row, depth, col) in [(0, 0, 0), (63, 100, 44), (66, 258, 30)] {
            let (mut odd_a, mut odd_b) = (a.clone(), b.clone());
            odd_a[row * k + depth] = odd;
            odd_b[depth * n + col] = odd;
            for (a, b) in [(&odd_a, &b), (&a, &odd_b), (&odd_a, &odd_b)] {
                let (a, b) = ((&a[..], a_shape), (&b[..], b_shape));
                let c = product(a, b, n, part);
                assert!(is_product(&c, a, b, n), "{odd} at {row}, {depth}, {col}");
            }
        }
    }
}

/// In f16: what is too large becomes infinity, and ReLU makes 0 of a NaN.
#[test]
fn bias_and_relu_of_odd_values() {
    let [m, k, n] = [33, 40, 29];
    let random = &mut fastrand::Rng::with_seed(4);
    let mut draw = |count| -> Vec<f16> {
        eighths(random, count).into_iter().map(|x| f16::from_f32(x * 16.0)).collect()
    };
    let (mut a, mut b, mut bias) = (draw(m * k), draw(k * n), draw(n));
    a[3 * k + 39] = f16::NAN;
    a[4 * k] = f16::INFINITY;
    b[7] = f16::NEG_INFINITY;
    a[5 * k..6 * k].fill(f16::MAX);
    bias[..4].copy_from_slice(&[f16::NAN, f16::INFINITY, f16::NEG_INFINITY, f16::MAX]);
    let c = on_every_schedule!(
        bias_relu::gemm_bias_relu,
        out = vec![f16::NAN; m * n],
        (
            GlobalTensor::new(&a, &[m, k]).unwrap().whole(),
            GlobalTensor::new(&b, &[k, n]).unwrap().whole(),
            GlobalTensor::new(&bias, &[1, n]).unwrap().whole(),
            GlobalTensorMut::new(&mut out, &[m, n]).unwrap().whole(),
            64,
        )
    );
    for (at, got) in c.iter().enumerate() {
        let term = |i: usize| a[at / n * k + i].to_f64() * b[i * n + at % n].to_f64();
        let exact = bias[at % n].to_f64() + (0..k).map(term).sum::<f64>();
        let expected = f16::from_f32(exact.max(0.0) as f32);
        assert_eq!(got.to_bits(), expected.to_bits(), "at {at}: {got}, not {exact}");
    }
    assert!(c.contains(&f16::INFINITY) && c[3 * n..4 * n].iter().all(|&x| x == f16::ZERO));
}

macro_rules! widens {
    ($($name:ident: $t:ident;)*) => {$(
        mod $name {
            use super::*;

            #[derive(Buffers)]
            struct Tiles<'k> {
                a: MatTile<'k, $t, 64, 16, Dyn>,
                b: MatTile<'k, $t, 16, 64, Dyn>,
                left: LeftTile<'k, $t, 64, 16, Dyn>,
                right: RightTile<'k, $t, 16, 64, Dyn>,
                acc: AccTile<'k, f32, 64, 64, Dyn>,
            }

            /// `c = a * b` for sixteen columns of `a`.
            #[kernel]
            fn narrow<'k>(
                tiles: Tiles<'k>,
                a: GlobalIn<'k, $t>,
                b: GlobalIn<'k, $t>,
                c: GlobalOut<'k, f32, RowMajor, PipeFix>,
            ) -> Retired<Tiles<'k>> {
                let (mut a_free, mut b_free) = (Turn::First(tiles.a), Turn::First(tiles.b));
                let (mut left_free, mut right_free) = (Turn::First(tiles.left), Turn::First(tiles.right));
                let mut acc_free = Turn::First(tiles.acc);
                for i in 0..c.rows().div_ceil(64) {
                    for j in 0..c.cols().div_ceil(64) {
                        let a_tile = tload(a_free, &a.tile(i, 0)).record::<TMovM2L>();
                        let b_tile = tload(b_free, &b.tile(0, j)).record::<TMovM2R>();
                        let left = tmov(left_free, &a_tile).record::<TMatmul>();
                        let right = tmov(right_free, &b_tile).record::<TMatmul>();
                        let acc = tmatmul(acc_free, &left, &right).record::<TStoreAcc>();
                        acc_free = Turn::Later(tstore(&c.tile(i, j), acc).release::<TMatmul>());
                        a_free = Turn::Later(a_tile.release::<TLoad>());
                        b_free = Turn::Later(b_tile.release::<TLoad>());
                        left_free = Turn::Later(left.release::<TMovM2L>());
                        right_free = Turn::Later(right.release::<TMovM2R>());
                    }
                }
                Tiles::retire(TilesTokens { a: a_free, b: b_free, left: left_free, right: right_free, acc: acc_free })
            }

            /// All finite values, also those that are subnormal, times a unit matrix from either side.
            #[test]
            fn every_finite_value_widens_exactly() {
                let finite = |bits| Some($t::from_bits(bits)).filter(|x| x.is_finite());
                let all: Vec<$t> = (0..=u16::MAX).map(|bits| finite(bits).unwrap_or($t::ZERO)).collect();
                let unit: Vec<$t> =
                    (0..256).map(|at| if at % 17 == 0 { $t::ONE } else { $t::ZERO }).collect();
                let unit = GlobalTensor::new(&unit, &[16, 16]).unwrap();
                let below = GlobalTensor::new(&all, &[4096, 16]).unwrap();
                let beside = GlobalTensor::new(&all, &[16, 4096]).unwrap();
                for (a, b, shape) in [(below, unit, [4096, 16]), (unit, beside, [16, 4096])] {
                    let c = on_every_schedule!(
                        narrow,
                        out = vec![f32::NAN; all.len()],
                        (a.whole(), b.whole(), GlobalTensorMut::new(&mut out, &shape).unwrap().whole())
                    );
                    assert!(c.iter().zip(&all).all(|(c, x)| f64::from(*c) == x.to_f64()), "{shape:?}");
                }
            }
        }
    )*};
}

widens! {
    f16_widens: f16;
    bf16_widens: bf16;
}
