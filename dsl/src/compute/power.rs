//! Powers: of integers, which wrap, and of floats, computed in `f64` without branches, so that loops over them are vectorised.

use half::{bf16, f16};

use super::exact::{exp2, log2};
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
