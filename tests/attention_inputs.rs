//! What the kernel of the example `attention_one_core` makes of odd input: as its header says.
#![allow(clippy::unwrap_used, reason = "a test")]

use half::f16;

#[path = "../examples/attention_one_core.rs"]
#[allow(dead_code, reason = "only the kernel and its oracle are used")]
mod lesson;

use lesson::Input;

/// Rows of a tile of queries.
const QUERIES: usize = 64;
/// Keys of a tile.
const KEYS: usize = 128;

fn eager(input: &Input, causal: bool) -> Vec<f32> {
    input.run(causal, None).unwrap().0
}

/// The weights are rounded to f16, by 2^-11 of them; the values are smaller than 2.
#[track_caller]
fn assert_exact(input: &Input, causal: bool, row: usize, got: &[f32]) {
    for (i, (exact, &got)) in input.exact(row, causal).into_iter().zip(got).enumerate() {
        let near = (f64::from(got) - exact).abs() <= 2.0 * 2.0_f64.powi(-11) + 1e-5;
        assert!(near, "[{row}, {i}] is {got}, not {exact}");
    }
}

/// Queries and keys: with `causal`, query `r` sees the keys up to `150 + r`.
const ODD: (usize, usize) = (150, 300);
/// Elements of each.
const DIM: usize = 16;

/// The rows of `odd` and of the same input without what is odd.
fn beside(
    causal: bool,
    make_odd: impl Fn(&mut Input),
) -> impl Iterator<Item = (usize, (Vec<f32>, Vec<f32>))> {
    let mut input = Input::random(ODD.0, ODD.1, DIM);
    let usual = eager(&input, causal);
    make_odd(&mut input);
    let odd = eager(&input, causal);
    let rows = |out: Vec<f32>| out.chunks(DIM).map(<[f32]>::to_vec).collect::<Vec<_>>();
    rows(odd).into_iter().zip(rows(usual)).enumerate()
}

fn same_bits(x: &[f32], y: &[f32]) -> bool {
    x.iter().zip(y).all(|(x, y)| x.to_bits() == y.to_bits())
}

#[test]
fn a_nan_in_a_query_stays_in_its_row() {
    for causal in [false, true] {
        for (row, (odd, usual)) in beside(causal, |input| input.queries[70 * DIM + 3] = f16::NAN) {
            if row == 70 {
                assert!(odd.iter().all(|x| x.is_nan()), "{causal}: {odd:?}");
            } else {
                assert!(same_bits(&odd, &usual), "row {row}, {causal}");
            }
        }
    }
}

#[test]
fn an_infinite_query_is_nan_or_sees_nothing() {
    let infinite = |input: &mut Input| input.queries[70 * DIM + 3] = f16::INFINITY;
    for (row, (odd, usual)) in beside(true, infinite) {
        let right =
            if row == 70 { odd.iter().all(|x| x.is_nan()) } else { same_bits(&odd, &usual) };
        assert!(right, "row {row}: {odd:?}");
    }
    // All scores are infinite, of one sign.
    for sign in [1.0, -1.0] {
        let mut input = Input::random(QUERIES + 7, ODD.1, DIM);
        input.keys.iter_mut().skip(3).step_by(DIM).for_each(|key| *key = f16::from_f32(sign));
        let usual = eager(&input, false);
        infinite(&mut input);
        for (row, (odd, usual)) in
            eager(&input, false).chunks(DIM).zip(usual.chunks(DIM)).enumerate()
        {
            let zero_or_nan = |x: &f32| if sign < 0.0 { *x == 0.0 } else { x.is_nan() };
            let right = if row == 70 { odd.iter().all(zero_or_nan) } else { same_bits(odd, usual) };
            assert!(right, "row {row}: {odd:?}");
        }
    }
}

fn sees(row: usize, key: usize, causal: bool) -> bool {
    !causal || key <= row + ODD.1 - ODD.0
}

/// The rows whose tile of queries takes the tile with this key.
fn takes(row: usize, key: usize, causal: bool) -> bool {
    let last = row / QUERIES * QUERIES + QUERIES - 1;
    let first = key / KEYS * KEYS;
    !causal || first == 0 || last + ODD.1 - ODD.0 >= first
}

#[test]
fn a_nan_in_a_key_reaches_the_queries_of_its_tiles() {
    for causal in [false, true] {
        for key in [0, 127, 140, 299] {
            for (row, (odd, usual)) in beside(causal, |input| input.keys[key * DIM] = f16::NAN) {
                if takes(row, key, causal) {
                    assert!(odd.iter().all(|x| x.is_nan()), "key {key}, row {row}, {causal}");
                } else {
                    assert!(same_bits(&odd, &usual), "key {key}, row {row}, {causal}");
                }
            }
        }
    }
}

#[test]
fn an_infinity_in_a_key_is_nan_or_hides_the_key() {
    let key = 200;
    let infinite = |input: &mut Input| input.keys[key * DIM] = f16::INFINITY;
    let mut input = Input::random(ODD.0, ODD.1, DIM);
    infinite(&mut input);
    for causal in [false, true] {
        for (row, (odd, usual)) in beside(causal, infinite) {
            let at = format!("row {row}, {causal}");
            if !takes(row, key, causal) {
                assert!(same_bits(&odd, &usual), "{at}");
            } else if input.queries[row * DIM] >= f16::ZERO {
                assert!(odd.iter().all(|x| x.is_nan()), "{at}");
            } else {
                // The score is -inf, and the weight 0.
                assert_exact(&input, causal, row, &odd);
                assert!(sees(row, key, causal) || same_bits(&odd, &usual), "{at}");
            }
        }
    }
}

#[test]
fn an_odd_value_reaches_a_column_of_the_queries_of_its_tiles() {
    for causal in [false, true] {
        for (key, value) in [(0, f16::NAN), (140, f16::INFINITY), (299, f16::NEG_INFINITY)] {
            for (row, (odd, usual)) in beside(causal, |input| input.values[key * DIM + 5] = value) {
                let at = format!("key {key}, row {row}, {causal}");
                if !takes(row, key, causal) {
                    assert!(same_bits(&odd, &usual), "{at}");
                    continue;
                }
                assert!(
                    same_bits(&odd[..5], &usual[..5]) && same_bits(&odd[6..], &usual[6..]),
                    "{at}"
                );
                let seen = sees(row, key, causal);
                if value.is_nan() || !seen {
                    assert!(odd[5].is_nan(), "{at}: {}", odd[5]);
                } else {
                    assert!(odd[5] == value.to_f32() || odd[5].is_nan(), "{at}: {}", odd[5]);
                }
            }
        }
    }
}

#[test]
fn a_query_that_sees_no_key_is_zero() {
    for (queries, keys) in [(100, 40), (300, 130), (65, 1)] {
        let mut input = Input::random(queries, keys, DIM);
        let out = eager(&input, true);
        let (blind, seeing) = out.split_at((queries - keys) * DIM);
        assert!(blind.iter().all(|x| x.to_bits() == 0), "{queries} x {keys}");
        assert!(seeing.iter().all(|&x| x != 0.0), "{queries} x {keys}");

        input.queries[0] = f16::NAN;
        let odd = eager(&input, true);
        assert!(odd[..DIM].iter().all(|x| x.is_nan()), "{queries} x {keys}");
        assert!(same_bits(&odd[DIM..], &out[DIM..]), "{queries} x {keys}");
    }
}

/// Scores up to 8e9, exact in f32.
#[test]
fn large_scores_do_not_overflow() {
    for by in [16.0, 128.0, 16384.0] {
        let mut input = Input::random(90, 300, 64);
        let coarse = |x: &mut f16| *x = f16::from_f32(x.to_f32().round() * by);
        input.queries.iter_mut().chain(&mut input.keys).for_each(coarse);
        for causal in [false, true] {
            for (row, got) in eager(&input, causal).chunks(64).enumerate() {
                assert_exact(&input, causal, row, got);
            }
        }
    }
}

/// In quarters, so that sums are exact and only the quotient is rounded.
#[test]
fn equal_scores_give_the_mean() {
    let mut input = Input::random(90, 300, 32);
    input.queries.fill(f16::from_f32(0.75));
    input.keys.fill(f16::from_f32(1.5));
    input.values.iter_mut().for_each(|x| *x = f16::from_f32((x.to_f32() * 4.0).round() / 4.0));
    for causal in [false, true] {
        for (at, got) in eager(&input, causal).into_iter().enumerate() {
            let seen = if causal { at / 32 + 1 + 300 - 90 } else { 300 };
            let column = input.values.iter().skip(at % 32).step_by(32).take(seen);
            let mean = column.map(|x| x.to_f32()).sum::<f32>() / seen as f32;
            assert_eq!(got, mean, "at {at}, {causal}");
        }
    }
}

#[test]
fn what_no_tile_has_room_for_is_an_error() {
    let error = Input::random(3, 5, 129).run(false, None).unwrap_err().to_string();
    assert!(error.contains("129") && error.contains("128"), "{error}");
    assert!(Input::random(3, 5, 128).run(false, None).is_ok());
}
