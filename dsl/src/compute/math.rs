//! `exp` and `ln` of an `f32`, branch-free: loops over them are vectorised, and every CPU computes the same bits (one without
//! fused multiply-add computes it in software, slowly).
//!
//! Both reduce the argument and sum a series, which is good to 5e-9 on the reduced range, well below the rounding of its
//! terms.

use std::f32::consts::{LOG2_E, SQRT_2};

/// `ln 2` in two parts: the product of the first with an integer below 2^9 in magnitude is exact.
const LN2_HIGH: f32 = 0.693_359_4;
const LN2_LOW: f32 = -2.121_944_4e-4;

/// Added to a small float, it leaves the nearest integer in the low bits of the sum.
const TO_INTEGER: f32 = 12_582_912.0;

/// Where the exponent starts in an `f32`, and what it is for 1.
const EXPONENT_SHIFT: u32 = 23;
const EXPONENT_OF_ONE: f32 = 127.0;

/// The greatest magnitude of an argument of [`exp_of_moderate`].
pub(crate) const MODERATE: f32 = 87.0;

/// e to the `x`.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    // Beyond these the result is infinity or zero; a NaN passes.
    let x = if x > 89.0 { 89.0 } else { x };
    let x = if x < -104.0 { -104.0 } else { x };
    let (n, near_one) = split(x);
    // Times 2^n in two steps, since 2^n alone may be no normal number; only the second one rounds.
    let half = x.mul_add(LOG2_E / 2.0, TO_INTEGER + EXPONENT_OF_ONE).to_bits();
    let rest = (n.wrapping_sub(half) << EXPONENT_SHIFT).wrapping_add(1.0_f32.to_bits());
    near_one * f32::from_bits(half << EXPONENT_SHIFT) * f32::from_bits(rest)
}

/// The same bits as [`exp`] for less work, if `x` is at most [`MODERATE`] in magnitude: the result is a normal number.
#[inline(always)]
pub(crate) fn exp_of_moderate(x: f32) -> f32 {
    let (n, near_one) = split(x);
    near_one * f32::from_bits(n << EXPONENT_SHIFT)
}

/// `x` is n ln 2 + r, with r at most half of ln 2 in magnitude. Gives the exponent of 2^n, in the low bits, and e to the r.
#[inline(always)]
fn split(x: f32) -> (u32, f32) {
    const SHIFT: f32 = TO_INTEGER + EXPONENT_OF_ONE;
    let shifted = x.mul_add(LOG2_E, SHIFT);
    let n = shifted - SHIFT;
    let r = n.mul_add(-LN2_LOW, n.mul_add(-LN2_HIGH, x));
    // Chosen for the least relative error, where the first three terms are Taylor's.
    let mut near_one = 1.386_373_1e-3;
    for coefficient in [8.367_543e-3, 4.166_724e-2, 0.166_665_33, 0.5, 1.0, 1.0] {
        near_one = r.mul_add(near_one, coefficient);
    }
    (shifted.to_bits(), near_one)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_of_moderate_is_exp() {
        for bits in (0..=MODERATE.to_bits()).step_by(997).chain([MODERATE.to_bits()]) {
            let x = f32::from_bits(bits);
            assert_eq!(exp_of_moderate(x).to_bits(), exp(x).to_bits(), "{x}");
            assert_eq!(exp_of_moderate(-x).to_bits(), exp(-x).to_bits(), "-{x}");
        }
    }
}
