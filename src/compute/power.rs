//! Powers: of integers, which wrap, and of floats, computed in `f64` without branches, so that loops over them are vectorised.

use half::{bf16, f16};

use crate::tile::{Dtype, Float};

/// An element type with powers.
pub trait Power: Dtype {
    /// Itself to the power of `exponent`.
    fn pow(self, exponent: Self) -> Self;
}

macro_rules! of_integers {
    ($($t:ident as $unsigned:ident, minus one $minus_one:expr;)*) => {$(
        impl Power for $t {
            #[inline(always)]
            fn pow(self, exponent: Self) -> Self {
                let (mut power, mut square, mut rest) = (1 as $t, self, exponent as $unsigned);
                // As many steps as there are bits, whatever the exponent: a loop over elements has no branch.
                for _ in 0..$t::BITS {
                    power = if rest & 1 == 1 { power.wrapping_mul(square) } else { power };
                    square = square.wrapping_mul(square);
                    rest >>= 1;
                }
                let vanishes = exponent < Self::ZERO && self != 1 && self != $minus_one;
                if vanishes { 0 } else { power }
            }
        }
    )*};
}

of_integers! {
    i8 as u8, minus one -1;
    i16 as u16, minus one -1;
    i32 as u32, minus one -1;
    // No exponent is negative.
    u8 as u8, minus one 0;
    u16 as u16, minus one 0;
    u32 as u32, minus one 0;
}

macro_rules! of_floats {
    ($($t:ident)*) => {$(
        impl Power for $t {
            #[inline(always)]
            fn pow(self, exponent: Self) -> Self {
                Float::from_f32(pow(Float::to_f32(self), Float::to_f32(exponent)))
            }
        }
    )*};
}

of_floats!(f16 bf16 f32);

/// Where the exponent starts in an `f64`.
const EXPONENT_SHIFT: u32 = 52;

/// `x` to the power of `y`, as IEEE 754 has it.
#[inline(always)]
pub(crate) fn pow(x: f32, y: f32) -> f32 {
    let magnitude = exp2(f64::from(y) * log2(f64::from(x.abs()))) as f32;
    let integral = y.floor() == y;
    let odd = integral && (y * 0.5).floor() != y * 0.5;
    let of_negative = if odd { -magnitude } else { magnitude };
    let finite_negative = x < 0.0 && x > f32::NEG_INFINITY;
    let value = if finite_negative && !integral {
        f32::NAN
    } else if x.is_sign_negative() {
        of_negative
    } else {
        magnitude
    };
    let is_nan = x.is_nan() || y.is_nan();
    let value = if is_nan { f32::NAN } else { value };
    // Also of a NaN; and of minus one to an infinity.
    let one = y == 0.0 || x == 1.0 || (x == -1.0 && y.abs() == f32::INFINITY);
    if one { 1.0 } else { value }
}

/// The binary logarithm of the magnitude of an `f32`, good to 1e-12: an infinity for 0 and for an infinity.
#[inline(always)]
fn log2(x: f64) -> f64 {
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
    let finite = f64::from(n) + 2.0 * std::f64::consts::LOG2_E * s * series;
    let finite = if x == f64::INFINITY { x } else { finite };
    if x == 0.0 { f64::NEG_INFINITY } else { finite }
}

/// 2 to the power of `x`, good to 1e-12 where the result is an `f32`, and else beyond the range of `f32`.
#[inline(always)]
fn exp2(x: f64) -> f64 {
    let x = if x > 200.0 { 200.0 } else { x };
    let x = if x < -200.0 { -200.0 } else { x };
    // Added to a small float, it leaves the nearest integer in the low bits of the sum.
    const TO_INTEGER: f64 = 6_755_399_441_055_744.0;
    let shifted = x + TO_INTEGER;
    let n = shifted.to_bits() << EXPONENT_SHIFT;
    let r = (x - (shifted - TO_INTEGER)) * std::f64::consts::LN_2;
    let mut near_one = 1.0 / 3_628_800.0;
    for divisor in [362_880.0, 40_320.0, 5_040.0, 720.0, 120.0, 24.0, 6.0, 2.0, 1.0, 1.0] {
        near_one = near_one * r + 1.0 / divisor;
    }
    f64::from_bits(near_one.to_bits().wrapping_add(n))
}
