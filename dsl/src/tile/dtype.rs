//! Element types, and the arithmetic that the ops are made of.

use half::{bf16, f16};

use super::float8::{F8E4M3, F8E5M2, F8E8M0, HiF8};
use super::half_float;
use super::pair::{F4E1M2x2, F4E2M1x2, I4x2};
use crate::sealed::Sealed;

/// An element type as a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum DtypeId {
    /// 32-bit float.
    F32,
    /// 16-bit float, IEEE half.
    F16,
    /// 16-bit float with the exponent of an `f32`.
    Bf16,
    /// 8-bit signed integer.
    I8,
    /// 16-bit signed integer.
    I16,
    /// 32-bit signed integer.
    I32,
    /// 64-bit signed integer.
    I64,
    /// 8-bit unsigned integer.
    U8,
    /// 16-bit unsigned integer.
    U16,
    /// 32-bit unsigned integer.
    U32,
    /// 64-bit unsigned integer.
    U64,
    /// 8-bit float: see [`F8E4M3`].
    F8E4M3,
    /// 8-bit float: see [`F8E5M2`].
    F8E5M2,
    /// 8-bit float: see [`HiF8`].
    HiF8,
    /// A scale of 8 bits: see [`F8E8M0`].
    F8E8M0,
    /// Two 4-bit floats: see [`F4E2M1x2`].
    F4E2M1x2,
    /// Two 4-bit floats: see [`F4E1M2x2`].
    F4E1M2x2,
    /// Two 4-bit signed integers: see [`I4x2`].
    I4x2,
}

impl DtypeId {
    /// Bytes of an element.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            DtypeId::I8
            | DtypeId::U8
            | DtypeId::F8E4M3
            | DtypeId::F8E5M2
            | DtypeId::HiF8
            | DtypeId::F8E8M0
            | DtypeId::F4E2M1x2
            | DtypeId::F4E1M2x2
            | DtypeId::I4x2 => 1,
            DtypeId::F16 | DtypeId::Bf16 | DtypeId::I16 | DtypeId::U16 => 2,
            DtypeId::F32 | DtypeId::I32 | DtypeId::U32 => 4,
            DtypeId::I64 | DtypeId::U64 => 8,
        }
    }

    /// The name as Rust and PTO write it, as in `f16`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            DtypeId::F32 => "f32",
            DtypeId::F16 => "f16",
            DtypeId::Bf16 => "bf16",
            DtypeId::I8 => "i8",
            DtypeId::I16 => "i16",
            DtypeId::I32 => "i32",
            DtypeId::I64 => "i64",
            DtypeId::U8 => "u8",
            DtypeId::U16 => "u16",
            DtypeId::U32 => "u32",
            DtypeId::U64 => "u64",
            DtypeId::F8E4M3 => "f8e4m3",
            DtypeId::F8E5M2 => "f8e5m2",
            DtypeId::HiF8 => "hif8",
            DtypeId::F8E8M0 => "f8e8m0",
            DtypeId::F4E2M1x2 => "f4e2m1x2",
            DtypeId::F4E1M2x2 => "f4e1m2x2",
            DtypeId::I4x2 => "i4x2",
        }
    }
}

impl std::fmt::Display for DtypeId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// An element type. Every bit pattern is a value, and all zeros is zero; but [`F8E8M0`] has none, and starts at its least value.
pub trait Dtype:
    Sealed + Copy + PartialEq + PartialOrd + std::fmt::Debug + Send + Sync + 'static
{
    /// The type as a value.
    const ID: DtypeId;
    /// What sums are computed in: `f32` for floats, the type itself for integers.
    type Sum: Dtype;

    /// Zero.
    const ZERO: Self;
    /// One.
    const ONE: Self;
    /// The least value: negative infinity for floats.
    const LOWEST: Self;
    /// The greatest value: infinity for floats.
    const HIGHEST: Self;

    /// Sum; integers wrap.
    fn add(self, other: Self) -> Self;
    /// Difference; integers wrap.
    fn sub(self, other: Self) -> Self;
    /// Product; integers wrap.
    fn mul(self, other: Self) -> Self;
    /// Quotient; integers truncate, wrap, and give 0 for a zero divisor (target-defined on a device).
    fn div(self, other: Self) -> Self;
    /// The greater; of a number and a NaN, the number; of two zeros, `other`.
    fn max(self, other: Self) -> Self;
    /// The lesser; of a number and a NaN, the number; of two zeros, `other`.
    fn min(self, other: Self) -> Self;
    /// Magnitude; integers wrap.
    fn abs(self) -> Self;
    /// Negation; integers wrap.
    fn neg(self) -> Self;
    /// As a term of a sum, exactly.
    fn widen(self) -> Self::Sum;
    /// A sum, rounded once.
    fn narrow(sum: Self::Sum) -> Self;
    /// The low bytes of an op's immediate.
    fn from_bits(bits: u64) -> Self;
    /// Itself as an op's immediate.
    fn to_bits(self) -> u64;
}

/// A floating-point element type; computed in `f32` and rounded once.
pub trait Float: Dtype {
    /// Widens, exactly.
    fn to_f32(self) -> f32;
    /// Rounds to nearest, ties to even.
    fn from_f32(value: f32) -> Self;
    /// Itself if it is positive, else its product with `slope`.
    #[inline(always)]
    fn leaky(self, slope: Self) -> Self {
        if self > Self::ZERO { self } else { self.mul(slope) }
    }
}

macro_rules! integers {
    ($($t:ident = $id:ident: $abs:expr, $neg:expr;)*) => {$(
        impl Sealed for $t {}
        impl Dtype for $t {
            type Sum = Self;

            const ID: DtypeId = DtypeId::$id;
            const ZERO: Self = 0;
            const ONE: Self = 1;
            const LOWEST: Self = $t::MIN;
            const HIGHEST: Self = $t::MAX;

            #[inline(always)]
            fn add(self, other: Self) -> Self {
                self.wrapping_add(other)
            }
            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                self.wrapping_sub(other)
            }
            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                self.wrapping_mul(other)
            }
            #[inline(always)]
            fn div(self, other: Self) -> Self {
                if other == 0 { 0 } else { self.wrapping_div(other) }
            }
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                Ord::max(self, other)
            }
            #[inline(always)]
            fn min(self, other: Self) -> Self {
                Ord::min(self, other)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                $abs(self)
            }
            #[inline(always)]
            fn neg(self) -> Self {
                $neg(self)
            }
            #[inline(always)]
            fn widen(self) -> Self {
                self
            }
            #[inline(always)]
            fn narrow(sum: Self) -> Self {
                sum
            }
            #[inline(always)]
            fn from_bits(bits: u64) -> Self {
                bits as $t
            }
            #[inline(always)]
            fn to_bits(self) -> u64 {
                self as u64
            }
        }
    )*};
}

integers! {
    i8 = I8: i8::wrapping_abs, i8::wrapping_neg;
    i16 = I16: i16::wrapping_abs, i16::wrapping_neg;
    i32 = I32: i32::wrapping_abs, i32::wrapping_neg;
    i64 = I64: i64::wrapping_abs, i64::wrapping_neg;
    u8 = U8: std::convert::identity, u8::wrapping_neg;
    u16 = U16: std::convert::identity, u16::wrapping_neg;
    u32 = U32: std::convert::identity, u32::wrapping_neg;
    u64 = U64: std::convert::identity, u64::wrapping_neg;
}

// The conversions are called by path: `half` has its own methods of the names of those of `Float`.
macro_rules! floats {
    ($($t:ident = $id:ident: $widen:expr, $narrow:expr, $zero:expr, $one:expr, $lowest:expr, $highest:expr;)*) => {$(
        impl Sealed for $t {}
        impl Float for $t {
            #[inline(always)]
            fn to_f32(self) -> f32 {
                $widen(self)
            }
            #[inline(always)]
            fn from_f32(value: f32) -> Self {
                $narrow(value)
            }
        }
        impl Dtype for $t {
            type Sum = f32;

            const ID: DtypeId = DtypeId::$id;
            const ZERO: Self = $zero;
            const ONE: Self = $one;
            const LOWEST: Self = $lowest;
            const HIGHEST: Self = $highest;

            #[inline(always)]
            fn add(self, other: Self) -> Self {
                $narrow($widen(self) + $widen(other))
            }
            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                $narrow($widen(self) - $widen(other))
            }
            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                $narrow($widen(self) * $widen(other))
            }
            #[inline(always)]
            fn div(self, other: Self) -> Self {
                $narrow($widen(self) / $widen(other))
            }
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                let (x, y) = ($widen(self), $widen(other));
                // Not `f32::max`: which of two zeros that gives differs between CPUs.
                if x > y || y.is_nan() { self } else { other }
            }
            #[inline(always)]
            fn min(self, other: Self) -> Self {
                let (x, y) = ($widen(self), $widen(other));
                if x < y || y.is_nan() { self } else { other }
            }
            #[inline(always)]
            fn abs(self) -> Self {
                $narrow($widen(self).abs())
            }
            #[inline(always)]
            fn neg(self) -> Self {
                $narrow(-$widen(self))
            }
            #[inline(always)]
            fn widen(self) -> f32 {
                $widen(self)
            }
            #[inline(always)]
            fn narrow(sum: f32) -> Self {
                $narrow(sum)
            }
            #[inline(always)]
            fn from_bits(bits: u64) -> Self {
                $t::from_bits(bits as _)
            }
            #[inline(always)]
            fn to_bits(self) -> u64 {
                u64::from($t::to_bits(self))
            }
        }
    )*};
}

floats! {
    f32 = F32: std::convert::identity, std::convert::identity, 0.0, 1.0, f32::NEG_INFINITY, f32::INFINITY;
    f16 = F16: half_float::widen, half_float::narrow, f16::ZERO, f16::ONE, f16::NEG_INFINITY, f16::INFINITY;
    bf16 = Bf16: bf16::to_f32, bf16::from_f32, bf16::ZERO, bf16::ONE, bf16::NEG_INFINITY, bf16::INFINITY;
    F8E4M3 = F8E4M3: F8E4M3::to_f32, F8E4M3::from_f32, F8E4M3::from_bits(0), F8E4M3::from_bits(0x38), F8E4M3::from_bits(0xfe), F8E4M3::from_bits(0x7e);
    F8E5M2 = F8E5M2: F8E5M2::to_f32, F8E5M2::from_f32, F8E5M2::from_bits(0), F8E5M2::from_bits(0x3c), F8E5M2::from_bits(0xfc), F8E5M2::from_bits(0x7c);
    HiF8 = HiF8: HiF8::to_f32, HiF8::from_f32, HiF8::from_bits(0), HiF8::from_bits(0x08), HiF8::from_bits(0xef), HiF8::from_bits(0x6f);
    F8E8M0 = F8E8M0: F8E8M0::to_f32, F8E8M0::from_f32, F8E8M0::from_bits(0), F8E8M0::from_bits(127), F8E8M0::from_bits(0), F8E8M0::from_bits(254);
}

/// Both halves of two pairs, computed in `f32`, rounded to nearest, saturated.
macro_rules! pairs {
    ($($t:ident = $id:ident: $one:literal, $lowest:literal, $highest:literal;)*) => {$(
        impl Sealed for $t {}
        impl $t {
            fn each(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
                let ([low, high], [other_low, other_high]) = (self.numbers(), other.numbers());
                $t::new(f(low, other_low), f(high, other_high))
            }
        }
        impl Dtype for $t {
            type Sum = Self;

            const ID: DtypeId = DtypeId::$id;
            const ZERO: Self = $t::from_bits(0);
            const ONE: Self = $t::from_bits($one);
            const LOWEST: Self = $t::from_bits($lowest);
            const HIGHEST: Self = $t::from_bits($highest);

            fn add(self, other: Self) -> Self {
                self.each(other, |x, y| x + y)
            }
            fn sub(self, other: Self) -> Self {
                self.each(other, |x, y| x - y)
            }
            fn mul(self, other: Self) -> Self {
                self.each(other, |x, y| x * y)
            }
            fn div(self, other: Self) -> Self {
                self.each(other, |x, y| x / y)
            }
            fn max(self, other: Self) -> Self {
                self.each(other, f32::max)
            }
            fn min(self, other: Self) -> Self {
                self.each(other, f32::min)
            }
            fn abs(self) -> Self {
                self.each(self, |x, _| x.abs())
            }
            fn neg(self) -> Self {
                self.each(self, |x, _| -x)
            }
            fn widen(self) -> Self {
                self
            }
            fn narrow(sum: Self) -> Self {
                sum
            }
            fn from_bits(bits: u64) -> Self {
                $t::from_bits(bits as u8)
            }
            fn to_bits(self) -> u64 {
                u64::from($t::to_bits(self))
            }
        }
    )*};
}

pairs! {
    F4E2M1x2 = F4E2M1x2: 0x22, 0xff, 0x77;
    F4E1M2x2 = F4E1M2x2: 0x44, 0xff, 0x77;
    I4x2 = I4x2: 0x11, 0x88, 0x77;
}
