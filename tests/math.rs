//! How good TEXP and TLOG are: every bit pattern of an `f32`, or a stride of them.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{Number, launch};
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 32, 32>,
    y: VecTile<'k, f32, 32, 32>,
}

#[kernel]
fn both<'k>(
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    exp: GlobalOut<'k, f32>,
    ln: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
    let y = tstore(&exp.tile(0, 0), texp(ub.y, &x).record::<TStoreVec>()).release::<Vector>();
    let y = tstore(&ln.tile(0, 0), tlog(y, &x).record::<TStoreVec>());
    Ub::retire(UbTokens { x, y })
}

/// The error of `got` in units of the last place of the exact result, which is rounded to an `f32` for its place.
fn ulps(got: f32, exact: f64) -> f64 {
    let rounded = exact as f32;
    if got.is_nan() || rounded.is_nan() || rounded.is_infinite() || got.is_infinite() {
        return if got.distance(rounded) == 0 { 0.0 } else { f64::INFINITY };
    }
    let exponent = rounded.abs().max(f32::MIN_POSITIVE).to_bits() >> 23;
    let unit = 2f64.powi(exponent as i32 - 127 - 23);
    (f64::from(got) - exact).abs() / unit
}

/// The greatest errors of `exp` and `ln` over every `stride`th bit pattern.
fn greatest_errors(stride: usize) -> (f64, f64) {
    const SHAPE: (usize, usize) = (4096, 64);
    const BATCH: usize = SHAPE.0 * SHAPE.1;
    let mut errors = (0.0_f64, 0.0_f64);
    for first in (0..=u32::MAX).step_by(BATCH * stride) {
        let pattern = |at: usize| f32::from_bits(first.wrapping_add((at * stride) as u32));
        let x: Vec<f32> = (0..BATCH).map(pattern).collect();
        let (mut exp, mut ln) = (x.clone(), x.clone());
        launch!(both, SHAPE, [x], [exp, ln]);
        for ((x, exp), ln) in x.iter().zip(exp).zip(ln) {
            errors.0 = errors.0.max(ulps(exp, f64::from(*x).exp()));
            errors.1 = errors.1.max(ulps(ln, f64::from(*x).ln()));
        }
    }
    errors
}

#[test]
fn exp_and_ln_are_as_good_as_documented() {
    let (exp, ln) = greatest_errors(1009);
    println!("exp {exp:.4} ulp, ln {ln:.4} ulp");
    assert!(exp < 0.91 && ln < 0.87, "exp {exp} ulp, ln {ln} ulp");
}

#[test]
#[ignore = "all 2^32 bit patterns: minutes in a release build"]
fn exp_and_ln_are_as_good_as_documented_everywhere() {
    let (exp, ln) = greatest_errors(1);
    println!("exp {exp:.4} ulp, ln {ln:.4} ulp");
    assert!(exp < 0.91 && ln < 0.87, "exp {exp} ulp, ln {ln} ulp");
}
