//! Functions of an `f32` that are computed in `f64`, without branches, so that loops over them are vectorised: what is left is the one
//! rounding at the end.

use std::f64::consts::{LN_2, LOG2_E};

/// Where the exponent starts in an `f64`.
const EXPONENT_SHIFT: u32 = 52;

/// e to the `x`, at most 0.501 ulp from exact.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    if x.is_nan() { x } else { exp2(f64::from(x) * LOG2_E) as f32 }
}

/// The natural logarithm of `x`, at most 0.501 ulp from exact: negative infinity for a zero, NaN for a negative number.
#[inline(always)]
pub(crate) fn ln(x: f32) -> f32 {
    let of_magnitude = (log2(f64::from(x.abs())) * LN_2) as f32;
    let is_number = x >= 0.0;
    if is_number { of_magnitude } else { f32::NAN }
}

/// The binary logarithm of the magnitude of an `f32`, good to 1e-12: an infinity for 0 and for an infinity.
#[inline(always)]
pub(super) fn log2(x: f64) -> f64 {
    // x = m * 2^n with m between sqrt(1/2) and sqrt(2); every `f32` but 0 is a normal `f64`.
    const LEAST: i64 = std::f64::consts::FRAC_1_SQRT_2.to_bits() as i64;
    let offset = (x.to_bits() as i64).wrapping_sub(LEAST);
    let n = (offset >> EXPONENT_SHIFT) as i32;
    let m = f64::from_bits(((offset & ((1 << EXPONENT_SHIFT) - 1)) + LEAST) as u64);
    // ln m = 2 artanh s.
    let s = (m - 1.0) / (m + 1.0);
    let square = s * s;
    let mut series = 1.0 / 15.0;
    for divisor in [13.0, 11.0, 9.0, 7.0, 5.0, 3.0, 1.0] {
        series = series * square + 1.0 / divisor;
    }
    let finite = f64::from(n) + 2.0 * LOG2_E * s * series;
    let finite = if x == f64::INFINITY { x } else { finite };
    if x == 0.0 { f64::NEG_INFINITY } else { finite }
}

/// 2 to the power of `x`, good to 1e-12 where the result is an `f32`, and else beyond the range of `f32`.
#[inline(always)]
pub(super) fn exp2(x: f64) -> f64 {
    let x = if x > 200.0 { 200.0 } else { x };
    let x = if x < -200.0 { -200.0 } else { x };
    // Added to a small float, it leaves the nearest integer in the low bits of the sum.
    const TO_INTEGER: f64 = 6_755_399_441_055_744.0;
    let shifted = x + TO_INTEGER;
    let n = shifted.to_bits() << EXPONENT_SHIFT;
    let r = (x - (shifted - TO_INTEGER)) * LN_2;
    let mut near_one = 1.0 / 3_628_800.0;
    for divisor in [362_880.0, 40_320.0, 5_040.0, 720.0, 120.0, 24.0, 6.0, 2.0, 1.0, 1.0] {
        near_one = near_one * r + 1.0 / divisor;
    }
    f64::from_bits(near_one.to_bits().wrapping_add(n))
}
