//! What a division leaves, rounded down or towards zero.

use half::{bf16, f16};

use crate::tile::{Dtype, Float};

/// An element type with remainders.
pub trait Remainder: Dtype {
    /// What TREM leaves.
    fn rem(self, by: Self) -> Self;
    /// What TFMOD leaves: the sign is that of the dividend. An integer by zero is left as it is.
    fn fmod(self, by: Self) -> Self;
    /// What TREM leaves in high precision.
    fn rem_high(self, by: Self) -> Self {
        self.rem(by)
    }
    /// What TFMOD leaves in high precision.
    fn fmod_high(self, by: Self) -> Self {
        self.fmod(by)
    }
}

macro_rules! of_integers {
    ($($t:ident |$x:ident, $by:ident| $rem:expr;)*) => {$(
        impl Remainder for $t {
            #[inline(always)]
            fn rem(self, by: Self) -> Self {
                let ($x, $by) = (self, by);
                if by == 0 { 0 } else { $rem }
            }
            #[inline(always)]
            fn fmod(self, by: Self) -> Self {
                if by == 0 { self } else { self.wrapping_rem(by) }
            }
        }
    )*};
}

of_integers! {
    i16 |x, by| rounded_down(x.wrapping_rem(by), by);
    i32 |x, by| rounded_down(x.wrapping_rem(by), by);
    u16 |x, by| x % by;
    u32 |x, by| x % by;
    // Of 64 bits the device rounds the quotient towards zero.
    i64 |x, by| x.wrapping_rem(by);
    u64 |x, by| x % by;
}

/// A remainder of the dividend's sign as one of the divisor's.
#[inline(always)]
fn rounded_down<T: Dtype>(rest: T, by: T) -> T {
    let other_sign = rest != T::ZERO && (rest < T::ZERO) != (by < T::ZERO);
    if other_sign { rest.add(by) } else { rest }
}

macro_rules! of_floats {
    ($($t:ident)*) => {$(
        impl Remainder for $t {
            #[inline(always)]
            fn rem(self, by: Self) -> Self {
                Float::from_f32(rem(Float::to_f32(self), Float::to_f32(by)))
            }
            #[inline(always)]
            fn fmod(self, by: Self) -> Self {
                Float::from_f32(fmod(Float::to_f32(self), Float::to_f32(by)))
            }
            #[inline(always)]
            fn rem_high(self, by: Self) -> Self {
                let (x, by) = (Float::to_f32(self), Float::to_f32(by));
                Float::from_f32(of_sign(x % by, by))
            }
            #[inline(always)]
            fn fmod_high(self, by: Self) -> Self {
                Float::from_f32(Float::to_f32(self) % Float::to_f32(by))
            }
        }
    )*};
}

of_floats!(f16 bf16 f32);

/// In the steps of the device, each of which rounds.
#[inline(always)]
fn rem(x: f32, by: f32) -> f32 {
    of_sign(x - (x / by).floor() * by, by)
}

/// A remainder as one of the divisor's sign. As on the device, what is too small to be multiplied stays as it is.
#[inline(always)]
fn of_sign(rest: f32, by: f32) -> f32 {
    if rest * by < 0.0 { rest + by } else { rest }
}

/// In the steps of the device, each of which rounds.
#[inline(always)]
fn fmod(x: f32, by: f32) -> f32 {
    x - (x / by).trunc() * by
}
