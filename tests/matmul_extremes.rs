//! Products of i8 at the ends of their range: sums that are exact, then wrap; scales that saturate.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::on_every_schedule;
use tilesync::prelude::*;

#[path = "../examples/gemm_i8.rs"]
#[allow(dead_code, reason = "only the kernel is used")]
mod quantised;

#[derive(Buffers)]
struct Sums<'k> {
    a: MatTile<'k, i8, 16, 512, Dyn>,
    b: MatTile<'k, i8, 512, 32, Dyn>,
    left: LeftTile<'k, i8, 16, 512, Dyn>,
    right: RightTile<'k, i8, 512, 32, Dyn>,
    acc: AccTile<'k, i32, 16, 32, Dyn>,
}

/// `c = a * b`, as many columns of `a` as there are.
#[kernel]
fn long_sums<'k>(
    tiles: Sums<'k>,
    a: GlobalIn<'k, i8>,
    b: GlobalIn<'k, i8>,
    c: GlobalOut<'k, i32, RowMajor, PipeFix>,
) -> Retired<Sums<'k>> {
    let (mut a_free, mut b_free) = (Turn::First(tiles.a), Turn::First(tiles.b));
    let (mut left_free, mut right_free) = (Turn::First(tiles.left), Turn::First(tiles.right));
    let mut sum = Turn::First(tiles.acc);
    for k in 0..a.cols().div_ceil(512) {
        let a_panel = tload(a_free, &a.tile(0, k)).record::<TMovM2L>();
        let b_panel = tload(b_free, &b.tile(k, 0)).record::<TMovM2R>();
        let left = tmov(left_free, &a_panel).record::<TMatmul>();
        let right = tmov(right_free, &b_panel).record::<TMatmul>();
        sum = Turn::Later(match sum {
            Turn::First(acc) => tmatmul(acc, &left, &right),
            Turn::Later(sum) => tmatmul_acc(sum, &left, &right),
        });
        a_free = Turn::Later(a_panel.release::<TLoad>());
        b_free = Turn::Later(b_panel.release::<TLoad>());
        left_free = Turn::Later(left.release::<TMovM2L>());
        right_free = Turn::Later(right.release::<TMovM2R>());
    }
    let stored = match sum {
        Turn::First(acc) => Turn::First(acc),
        Turn::Later(sum) => Turn::Later(tstore(&c.tile(0, 0), sum.record::<TStoreAcc>())),
    };
    Sums::retire(SumsTokens {
        a: a_free,
        b: b_free,
        left: left_free,
        right: right_free,
        acc: stored,
    })
}

/// Rows of the least and the greatest i8, of both in turn, and of the least with one other at the end.
fn extremes(k: usize) -> [Vec<i8>; 5] {
    let mixed = |i: usize| if i.is_multiple_of(2) { i8::MIN } else { i8::MAX };
    let last = |i: usize| if i == k - 1 { i8::MAX } else { i8::MIN };
    [
        vec![i8::MIN; k],
        vec![i8::MAX; k],
        (0..k).map(mixed).collect(),
        (0..k).map(last).collect(),
        vec![1; k],
    ]
}

/// `extremes` as the rows of one matrix and the columns of the other, and their exact product.
fn extreme_factors(k: usize) -> (Vec<i8>, Vec<i8>, Vec<i64>) {
    let rows = extremes(k);
    let columns = (0..k).flat_map(|i| rows.iter().map(move |row| row[i])).collect();
    let dot = |x: &Vec<i8>, y: &Vec<i8>| {
        x.iter().zip(y).map(|(x, y)| i64::from(*x) * i64::from(*y)).sum()
    };
    let sums = rows.iter().flat_map(|x| rows.iter().map(move |y| dot(x, y))).collect();
    (rows.concat(), columns, sums)
}

/// Two to the 31st is reached after 131072 products; then the sum wraps.
#[test]
fn sums_of_bytes_are_exact_and_wrap_as_i32() {
    for k in [4096, 4097, 131_072, 131_779] {
        let (a, b, sums) = extreme_factors(k);
        assert_eq!(sums[0] > i64::from(i32::MAX), k > 5000);
        let c = on_every_schedule!(
            long_sums,
            out = vec![0; 25],
            (
                GlobalTensor::new(&a, &[5, k]).unwrap().whole(),
                GlobalTensor::new(&b, &[k, 5]).unwrap().whole(),
                GlobalTensorMut::new(&mut out, &[5, 5]).unwrap().whole(),
            )
        );
        assert!(
            c.iter().zip(&sums).all(|(got, exact)| *got == *exact as i32),
            "{k}: {c:?}, {sums:?}"
        );
    }
}

#[test]
fn quantisation_saturates_and_a_nan_is_zero() {
    let k = 4096;
    let (a, b, sums) = extreme_factors(k);
    let small = 2.0_f32.powi(-20);
    for scales in [
        [1.0, -1.0, small, -small, 0.0],
        [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN_POSITIVE],
    ] {
        let words = scales.map(quant_param::<i8>);
        let c = on_every_schedule!(
            quantised::gemm_i8,
            out = vec![-1_i8; 25],
            (
                GlobalTensor::new(&a, &[5, k]).unwrap().whole(),
                GlobalTensor::new(&b, &[k, 5]).unwrap().whole(),
                GlobalTensor::new(&words, &[1, 5]).unwrap().whole(),
                GlobalTensorMut::new(&mut out, &[5, 5]).unwrap().whole(),
                128,
            )
        );
        for (at, (&got, &sum)) in c.iter().zip(&sums).enumerate() {
            let exact = (sum as f64 * f64::from(scales[at % 5])).round_ties_even();
            let expected = if exact.is_nan() { 0.0 } else { exact.clamp(-128.0, 127.0) };
            assert_eq!(f64::from(got), expected, "at {at}: {exact}");
        }
    }
}
