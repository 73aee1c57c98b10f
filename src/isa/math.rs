//! `exp` and `ln` of an `f32`, branch-free and without fused operations: loops over them are vectorised, and every CPU
//! computes the same bits.
//!
//! Both reduce the argument and sum a Taylor series, which is good to 5e-9 on the reduced range, well below the rounding of
//! its terms.

use std::f32::consts::{LOG2_E, SQRT_2};

/// `ln 2` in two parts: the product of the first with an integer below 2^9 in magnitude is exact.
const LN2_HIGH: f32 = 0.693_359_4;
const LN2_LOW: f32 = -2.121_944_4e-4;

/// Added to a small float, it leaves the nearest integer in the low bits of the sum.
const TO_INTEGER: f32 = 12_582_912.0;

/// Where the exponent starts in an `f32`, and its bias.
const EXPONENT_SHIFT: u32 = 23;
const EXPONENT_BIAS: i32 = 127;

/// `2^n`, for the exponents of normal numbers.
#[inline(always)]
fn power_of_two(n: i32) -> f32 {
    f32::from_bits((n.wrapping_add(EXPONENT_BIAS) as u32) << EXPONENT_SHIFT)
}

/// e to the `x`, at most 1.03 ulp from exact (measured over all arguments).
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    // Beyond these the result is infinity or zero; a NaN passes.
    let x = if x > 89.0 { 89.0 } else { x };
    let x = if x < -104.0 { -104.0 } else { x };
    let shifted = x * LOG2_E + TO_INTEGER;
    let n = (shifted.to_bits() as i32).wrapping_sub(TO_INTEGER.to_bits() as i32);
    let multiple = shifted - TO_INTEGER;
    let r = (x - multiple * LN2_HIGH) - multiple * LN2_LOW;
    let mut tail = 1.0 / 5040.0;
    for coefficient in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5] {
        tail = tail * r + coefficient;
    }
    let near_one = r * r * tail + r + 1.0;
    // In two steps, since 2^n alone may be no normal number; only the last one rounds.
    let half = n >> 1;
    near_one * power_of_two(half) * power_of_two(n.wrapping_sub(half))
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
