//! `exp` and `ln` of an `f32`, branch-free: loops over them are vectorised, and every CPU computes the same bits (one without
//! fused multiply-add computes it in software, slowly).
//!
//! Both reduce the argument and sum a Taylor series, which is good to 5e-9 on the reduced range, well below the rounding of
//! its terms.

use std::f32::consts::{LOG2_E, SQRT_2};

/// `ln 2` in two parts: the product of the first with an integer below 2^9 in magnitude is exact.
const LN2_HIGH: f32 = 0.693_359_4;
const LN2_LOW: f32 = -2.121_944_4e-4;

/// Added to a small float, it leaves the nearest integer in the low bits of the sum.
const TO_INTEGER: f32 = 12_582_912.0;

/// Where the exponent starts in an `f32`.
const EXPONENT_SHIFT: u32 = 23;

/// e to the `x`.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    // Beyond these the result is infinity or zero; a NaN passes.
    let x = if x > 89.0 { 89.0 } else { x };
    let x = if x < -104.0 { -104.0 } else { x };
    let shifted = x.mul_add(LOG2_E, TO_INTEGER);
    let multiple = shifted - TO_INTEGER;
    let r = multiple.mul_add(-LN2_LOW, multiple.mul_add(-LN2_HIGH, x));
    let mut near_one = 1.0 / 5040.0;
    for coefficient in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        near_one = r.mul_add(near_one, coefficient);
    }
    // Times 2^n in two steps, since 2^n alone may be no normal number; only the second one rounds. The low bits of `shifted` are
    // n; those above them leave to the left.
    let n = shifted.to_bits() << EXPONENT_SHIFT;
    let half = shifted.to_bits() >> 1 << EXPONENT_SHIFT;
    near_one * power_of_two(half) * power_of_two(n.wrapping_sub(half))
}

/// `2^n`, for the exponents of normal numbers; `shifted` is n where an exponent lies.
#[inline(always)]
fn power_of_two(shifted: u32) -> f32 {
    f32::from_bits(shifted.wrapping_add(1.0_f32.to_bits()))
}

/// The natural logarithm of `x`, at most 0.86 ulp from exact (measured over all arguments): negative infinity for a zero, NaN for a negative number.
#[inline(always)]
pub(crate) fn ln(x: f32) -> f32 {
    let denormal = x < f32::MIN_POSITIVE;
    let scaled = if denormal { x * (1 << 24) as f32 } else { x };
    // x = m * 2^n with m between sqrt(1/2) and sqrt(2).
    let least = (SQRT_2 / 2.0).to_bits();
    let offset = scaled.to_bits().wrapping_sub(least);
    let n = (offset as i32 >> EXPONENT_SHIFT) - if denormal { 24 } else { 0 };
    let m = f32::from_bits((offset & ((1 << EXPONENT_SHIFT) - 1)) + least);
    // ln m = 2 artanh s = f - s * (f - series), with s^2 in the series.
    let f = m - 1.0;
    let s = f / (2.0 + f);
    let square = s * s;
    let mut series = 2.0 / 9.0;
    for coefficient in [2.0 / 7.0, 2.0 / 5.0, 2.0 / 3.0] {
        series = series * square + coefficient;
    }
    let half_square = 0.5 * f * f;
    let correction = s * (half_square + series * square);
    let n = n as f32;
    let finite = n * LN2_HIGH + (f - (half_square - (correction + n * LN2_LOW)));
    let special = if x == 0.0 {
        f32::NEG_INFINITY
    } else if x == f32::INFINITY {
        x
    } else {
        f32::NAN
    };
    if x > 0.0 && x < f32::INFINITY { finite } else { special }
}
