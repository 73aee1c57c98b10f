//! Rounding, and what TCVT makes of a value: all in `f64`, where every step but the rounding itself is exact.

use half::{bf16, f16};

use crate::tile::float8::Small;
use crate::tile::{Dtype, DtypeId, F8E4M3, F8E5M2, Float, HiF8};

/// How [`tcvt`](crate::isa::tcvt) rounds what the destination cannot hold exactly. PTO's `RoundMode`, `CAST_*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RoundMode {
    /// To the nearest; of two equally near, to the even one.
    #[doc(alias = "CAST_RINT")]
    Rint,
    /// To the nearest; of two equally near, away from zero.
    #[doc(alias = "CAST_ROUND")]
    Round,
    /// Down.
    #[doc(alias = "CAST_FLOOR")]
    Floor,
    /// Up.
    #[doc(alias = "CAST_CEIL")]
    Ceil,
    /// Towards zero.
    #[doc(alias = "CAST_TRUNC")]
    Trunc,
    /// To the neighbour whose last digit is odd, so that rounding once more does no harm.
    #[doc(alias = "CAST_ODD")]
    Odd,
}

impl RoundMode {
    /// Every mode; an op's immediate is the index.
    pub const ALL: [RoundMode; 6] = [
        RoundMode::Rint,
        RoundMode::Round,
        RoundMode::Floor,
        RoundMode::Ceil,
        RoundMode::Trunc,
        RoundMode::Odd,
    ];
}

/// Rounds to an odd integer, unless `x` is an integer.
#[inline(always)]
pub(crate) fn odd(x: f64) -> f64 {
    let towards_zero = x.trunc();
    let half = towards_zero * 0.5;
    if towards_zero == x || half != half.trunc() {
        towards_zero
    } else {
        towards_zero + 1.0_f64.copysign(x)
    }
}

/// What [`tcvt_with`](crate::isa::tcvt_with) makes of what the destination has no room for. PTO's `SaturationMode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SaturationMode {
    /// An integer keeps its low bits: those of the rounded number as an i32 (for destinations of 32 and 64 bits, as an i64), which
    /// itself saturates, and is 0 for a NaN. So of an infinity an i8 has -1 or 0. A float becomes infinite.
    #[doc(alias = "OFF")]
    Off,
    /// The nearest that there is: the least or the greatest number. A NaN becomes 0 in an integer.
    #[doc(alias = "ON")]
    On,
}

/// [`SaturationMode`] as a type.
pub(crate) trait Overflow: 'static {
    const SATURATES: bool;
}

/// [`SaturationMode::On`].
pub(crate) struct Saturating;

impl Overflow for Saturating {
    const SATURATES: bool = true;
}

/// [`SaturationMode::Off`].
pub(crate) struct Overflowing;

impl Overflow for Overflowing {
    const SATURATES: bool = false;
}

/// What TCVT makes of a value, as `integral` rounds to integers.
#[inline(always)]
pub(crate) fn converted<S: Rounded, D: Rounded, O: Overflow>(
    x: S,
    integral: impl Fn(f64) -> f64,
) -> D {
    if const { !O::SATURATES && D::INTEGER } {
        return D::wrapping(x.integer().unwrap_or_else(|| {
            let rounded = integral(x.to_f64());
            if size_of::<D>() < 4 { i64::from(rounded as i32) } else { rounded as i64 }
        }));
    }
    let exact = x.to_f64();
    let bounded = if O::SATURATES { exact.clamp(-D::MOST, D::MOST) } else { exact };
    D::rounded(if stays_f32::<S, D>() { integral(bounded) } else { bounded }, integral)
}

/// A type that TCVT converts from or to.
pub trait Rounded: Dtype {
    /// Whether it is an integer.
    #[doc(hidden)]
    const INTEGER: bool = false;
    /// The greatest number, of a float.
    #[doc(hidden)]
    const MOST: f64 = f64::INFINITY;
    /// The value, of an integer.
    #[doc(hidden)]
    #[inline(always)]
    fn integer(self) -> Option<i64> {
        None
    }
    /// The low bits of an integer.
    #[doc(hidden)]
    #[inline(always)]
    fn wrapping(bits: i64) -> Self {
        Self::from_bits(bits as u64)
    }
    /// As a number that rounds as the value does: the value itself, wherever an `f64` can hold it.
    #[doc(hidden)]
    fn to_f64(self) -> f64;
    /// Of `x`, as `integral` rounds to integers. Integers saturate, and are zero for a NaN; floats overflow to infinity.
    #[doc(hidden)]
    fn rounded(x: f64, integral: impl Fn(f64) -> f64) -> Self;
    /// As [`RoundMode::Rint`] rounds `x`; a float does so in one step.
    #[doc(hidden)]
    #[inline(always)]
    fn nearest_f32(x: f32) -> Self {
        Self::rounded(f64::from(x), f64::round_ties_even)
    }
}

macro_rules! exact_integers {
    ($($t:ident)*) => {$(
        impl Rounded for $t {
            const INTEGER: bool = true;

            #[inline(always)]
            fn integer(self) -> Option<i64> {
                Some(i64::from(self))
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn rounded(x: f64, integral: impl Fn(f64) -> f64) -> Self {
                integral(x) as $t
            }
        }
    )*};
}

exact_integers!(i8 u8 i16 u16 i32 u32);

impl Rounded for i64 {
    const INTEGER: bool = true;

    #[inline(always)]
    fn integer(self) -> Option<i64> {
        Some(self)
    }
    /// Where there are too many digits, the last ones become one that says whether any was set.
    #[inline(always)]
    fn to_f64(self) -> f64 {
        const SURPLUS: u32 = 11;
        let rest = self & ((1 << SURPLUS) - 1);
        let sticky = (self - rest) | (i64::from(rest != 0) << SURPLUS);
        let digits = if self.unsigned_abs() >> f64::MANTISSA_DIGITS == 0 { self } else { sticky };
        digits as f64
    }
    #[inline(always)]
    fn rounded(x: f64, integral: impl Fn(f64) -> f64) -> Self {
        integral(x) as i64
    }
}

macro_rules! floats {
    ($($t:ident: $digits:expr, $least:expr, $most:expr, |$x:ident| $widen:expr, |$y:ident| $narrow:expr;)*) => {$(
        impl Rounded for $t {
            const MOST: f64 = $most;

            #[inline(always)]
            fn to_f64(self) -> f64 {
                let $x = self;
                f64::from($widen)
            }
            #[inline(always)]
            fn rounded(x: f64, integral: impl Fn(f64) -> f64) -> Self {
                let quantum = quantum(x, $digits as i32, $least);
                let $y = integral(x / quantum) * quantum;
                $narrow
            }
            #[inline(always)]
            fn nearest_f32(x: f32) -> Self {
                let $y = f64::from(x);
                $narrow
            }
        }
    )*};
}

floats! {
    f32: f32::MANTISSA_DIGITS, f32::MIN_EXP, f32::MAX as f64, |x| x, |y| y as f32;
    f16: f16::MANTISSA_DIGITS, f16::MIN_EXP, 65_504.0, |x| Float::to_f32(x), |y| Float::from_f32(y as f32);
    bf16: bf16::MANTISSA_DIGITS, bf16::MIN_EXP, f32::from_bits(0x7f7f_0000) as f64, |x| Float::to_f32(x), |y| Float::from_f32(y as f32);
}

macro_rules! small_floats {
    ($($t:ident)*) => {$(
        impl Rounded for $t {
            const MOST: f64 = <$t as Small>::MOST;

            #[inline(always)]
            fn to_f64(self) -> f64 {
                self.value()
            }
            #[inline(always)]
            fn rounded(x: f64, integral: impl Fn(f64) -> f64) -> Self {
                let step = $t::step(x);
                let count = if $t::ROUNDS_AWAY { f64::round(x / step) } else { integral(x / step) };
                $t::exactly(count * step)
            }
        }
    )*};
}

small_floats!(F8E4M3 F8E5M2 HiF8);

/// A type that a scaled accumulator becomes.
pub trait Nearest: Rounded {
    /// The element nearest to `x`; of two equally near, the even one. Integers saturate, and are zero for a NaN; so do an f16 and
    /// floats of 8 bits, but for what is infinite and a NaN; other floats overflow to infinity.
    #[doc(hidden)]
    fn nearest(x: f64) -> Self;
}

macro_rules! nearest_bytes {
    ($($t:ident)*) => {$(
        impl Nearest for $t {
            /// As `rounded`, in steps that are vectorised.
            #[inline(always)]
            fn nearest(x: f64) -> Self {
                // The last digit of numbers around this one is 1, so that the sum rounds to an integer, in its low bits.
                const INTEGERS: f64 = 6_755_399_441_055_744.0;
                let number = if x.is_nan() { 0.0 } else { x };
                let bounded = number.max(f64::from($t::MIN)).min(f64::from($t::MAX));
                (bounded + INTEGERS).to_bits() as $t
            }
        }
    )*};
}

nearest_bytes!(i8 u8);

macro_rules! nearest_small {
    ($($t:ident)*) => {$(
        impl Nearest for $t {
            #[inline(always)]
            fn nearest(x: f64) -> Self {
                let bounded = if x.is_infinite() { x } else { x.clamp(-<Self as Rounded>::MOST, <Self as Rounded>::MOST) };
                Self::rounded(bounded, f64::round_ties_even)
            }
        }
    )*};
}

nearest_small!(f16 F8E4M3 HiF8);

impl Nearest for f32 {
    #[inline(always)]
    fn nearest(x: f64) -> Self {
        x as f32
    }
}

impl Nearest for bf16 {
    #[inline(always)]
    fn nearest(x: f64) -> Self {
        Self::rounded(x, f64::round_ties_even)
    }
}

/// The distance between neighbours of `x` among the floats of `digits` digits whose least exponent is `least`, a power
/// of two.
#[inline(always)]
fn quantum(x: f64, digits: i32, least: i32) -> f64 {
    const SHIFT: u32 = f64::MANTISSA_DIGITS - 1;
    const BIAS: i32 = f64::MAX_EXP - 1;
    let exponent = (x.abs().to_bits() >> SHIFT) as i32 - BIAS;
    let exponent = Ord::max(exponent, least - 1) - (digits - 1);
    f64::from_bits(((exponent + BIAS) as u64) << SHIFT)
}

/// Whether a conversion rounds to integers within one float type, as TCVT does from f32 to f32.
#[inline(always)]
pub(crate) const fn stays_f32<S: Dtype, D: Dtype>() -> bool {
    matches!((S::ID, D::ID), (DtypeId::F32, DtypeId::F32))
}

/// Whether a conversion makes an f32 a shorter float.
#[inline(always)]
pub(crate) const fn shortens_f32<S: Dtype, D: Dtype>() -> bool {
    matches!((S::ID, D::ID), (DtypeId::F32, DtypeId::F16 | DtypeId::Bf16))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether one narrowing has the bits of the rounding in steps.
    fn agrees<D: Rounded>(x: f32) -> bool {
        D::nearest_f32(x).to_bits() == D::rounded(f64::from(x), f64::round_ties_even).to_bits()
    }

    /// Every f32 there is, but for the digits that are dropped from each: zero, more, and just below, at and above the half.
    fn each_f32(dropped: u32) -> impl Iterator<Item = f32> {
        let half = 1_u32 << (dropped - 1);
        let rests = [0, 1, half - 1, half, half + 1, 2 * half - 1];
        (0..1 << (u32::BITS - dropped))
            .flat_map(move |kept| rests.map(|rest| f32::from_bits(kept << dropped | rest)))
    }

    #[test]
    fn a_float_is_narrowed_in_one_step() {
        for x in each_f32(f32::MANTISSA_DIGITS - f16::MANTISSA_DIGITS) {
            assert!(agrees::<f16>(x), "{:08x}", x.to_bits());
        }
        for x in each_f32(f32::MANTISSA_DIGITS - bf16::MANTISSA_DIGITS) {
            assert!(agrees::<bf16>(x), "{:08x}", x.to_bits());
        }
    }

    #[test]
    #[ignore = "all 2^32, a minute in release: `cargo test --release --lib every_f32 -- --ignored`"]
    fn every_f32_is_narrowed_in_one_step() {
        for x in (0..=u32::MAX).map(f32::from_bits) {
            assert!(agrees::<f16>(x) && agrees::<bf16>(x), "{:08x}", x.to_bits());
        }
    }
}
