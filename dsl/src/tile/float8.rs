//! Floats of eight bits.

use super::format::{Format, Top, exponent, fraction, power};

/// How a float of eight bits is read and written.
pub(crate) trait Small: Copy {
    /// The greatest number.
    const MOST: f64;
    fn value(self) -> f64;
    /// The distance of neighbours around `x`.
    fn step(x: f64) -> f64;
    /// Of `x`, a multiple of its step.
    fn exactly(x: f64) -> Self;
    /// Whether it rounds to the nearest in each mode, of two equally near away from zero.
    const ROUNDS_AWAY: bool = false;
}

/// The element nearest to `x`.
#[inline(always)]
pub(super) fn nearest<T: Small>(x: f64) -> T {
    let step = T::step(x);
    let integral = if T::ROUNDS_AWAY { f64::round } else { f64::round_ties_even };
    T::exactly(integral(x / step) * step)
}

macro_rules! floats {
    ($($(#[$doc:meta])* $name:ident = $table:ident: $decode:expr, $encode:expr, $step:expr, $most:expr $(, $away:literal)?;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Default)]
        #[repr(transparent)]
        pub struct $name(u8);

        static $table: [f32; 256] = {
            let mut table = [0.0; 256];
            let mut bits = 0;
            while bits < 256 {
                table[bits] = $decode(bits as u8) as f32;
                bits += 1;
            }
            table
        };

        impl $name {
            /// The element with these bits.
            #[must_use]
            pub const fn from_bits(bits: u8) -> Self {
                $name(bits)
            }

            /// Its bits.
            #[must_use]
            pub const fn to_bits(self) -> u8 {
                self.0
            }

            /// Its value, exactly.
            #[inline(always)]
            #[must_use]
            pub fn to_f32(self) -> f32 {
                $table[self.0 as usize]
            }

            /// The nearest element.
            #[inline(always)]
            #[must_use]
            pub fn from_f32(x: f32) -> Self {
                nearest(f64::from(x))
            }
        }

        impl Small for $name {
            const MOST: f64 = $most;
            $(const ROUNDS_AWAY: bool = $away;)?

            #[inline(always)]
            fn value(self) -> f64 {
                f64::from(self.to_f32())
            }
            #[inline(always)]
            fn step(x: f64) -> f64 {
                $step(x)
            }
            #[inline(always)]
            fn exactly(x: f64) -> Self {
                $name($encode(x))
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.to_f32() == other.to_f32()
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                self.to_f32().partial_cmp(&other.to_f32())
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.to_f32().fmt(f)
            }
        }

        impl From<$name> for f64 {
            fn from(x: $name) -> f64 {
                x.value()
            }
        }
    )*};
}

const E4M3: Format = Format { exponent: 4, fraction: 3, bias: 7, top: Top::OneNan };
const E5M2: Format = Format { exponent: 5, fraction: 2, bias: 15, top: Top::Specials };

floats! {
    /// OCP's E4M3: four bits of exponent, three of fraction; no infinity, one NaN, and 448 is the greatest.
    #[doc(alias = "float8_e4m3_t")]
    F8E4M3 = E4M3_VALUES: e4m3_value, (|x| E4M3.encode(x)), (|x| E4M3.step(x)), E4M3.most();
    /// OCP's E5M2: five bits of exponent, two of fraction; infinities and NaN as in IEEE floats, and 57 344 is the greatest number.
    #[doc(alias = "float8_e5m2_t")]
    F8E5M2 = E5M2_VALUES: e5m2_value, (|x| E5M2.encode(x)), (|x| E5M2.step(x)), E5M2.most();
    /// HiFloat8: the nearer to one, the more of its bits are fraction, up to three. 32 768 is the greatest number; an infinity of
    /// each sign, one NaN, no negative zero. It is rounded to the nearest, of two equally near away from zero.
    #[doc(alias = "hifloat8_t")]
    HiF8 = HIF8_VALUES: hif8_value, hif8_bits, hif8_step, power(15), true;
    /// OCP's E8M0, a scale: 2 to the power of its bits less 127, and 255 is a NaN. It has no zero, and no sign.
    ///
    /// A number is rounded to the nearest power of two, of two equally near to the greater; what is not positive, or less than half
    /// of the least, becomes a NaN.
    #[doc(alias = "float8_e8m0_t")]
    F8E8M0 = E8M0_VALUES: e8m0_value, e8m0_bits, e8m0_step, power(127), true;
}

const fn e4m3_value(bits: u8) -> f64 {
    E4M3.decode(bits)
}

const fn e5m2_value(bits: u8) -> f64 {
    E5M2.decode(bits)
}

#[inline(always)]
fn e8m0_step(x: f64) -> f64 {
    power(exponent(x.abs()).clamp(-127, 127))
}

const fn e8m0_value(bits: u8) -> f64 {
    if bits == u8::MAX { f64::NAN } else { power(bits as i32 - 127) }
}

#[inline(always)]
fn e8m0_bits(x: f64) -> u8 {
    if x > 0.0 && x <= power(127) { (exponent(x) + 127).max(0) as u8 } else { u8::MAX }
}

/// Exponents of this magnitude leave no fraction: from here on down the least numbers are powers of two.
const HIF8_DENORMAL: i32 = 16;
/// The least exponent.
const HIF8_LEAST: i32 = -22;

/// Bits of the magnitude of an exponent, and of the fraction beside it.
const fn hif8_fields(exponent: i32) -> (u32, u32) {
    match exponent.unsigned_abs() {
        0 => (0, 3),
        1 => (1, 3),
        2..4 => (2, 3),
        4..8 => (3, 2),
        8..16 => (4, 1),
        _ => (0, 0),
    }
}

const fn hif8_value(bits: u8) -> f64 {
    let code = (bits & 0x7f) as u32;
    let magnitude = match code {
        0 if bits == 0 => 0.0,
        0 => f64::NAN,
        1..8 => power(code as i32 - 23),
        // The leading bits say how many bits the exponent has: a sign, and what follows the first digit of its magnitude.
        _ => {
            let (bits_of_exponent, rest) = match code >> 3 {
                0b1100.. => (4, code & 0x1f),
                0b1000..0b1100 => (3, code & 0x1f),
                0b0100..0b1000 => (2, code & 0x1f),
                0b0010..0b0100 => (1, code & 0xf),
                _ => (0, code & 0x7),
            };
            let digits = if bits_of_exponent < 3 { 3 } else { 5 - bits_of_exponent };
            let (field, fraction) = (rest >> digits, rest & ((1 << digits) - 1));
            let exponent = if bits_of_exponent == 0 {
                0
            } else {
                let first = 1 << (bits_of_exponent - 1);
                let magnitude = (first | (field & (first - 1))) as i32;
                if field & first == 0 { magnitude } else { -magnitude }
            };
            if exponent == 15 && fraction == 1 {
                f64::INFINITY
            } else {
                ((1 << digits) + fraction) as f64 * power(exponent - digits)
            }
        }
    };
    if bits & 0x80 == 0 { magnitude } else { -magnitude }
}

#[inline(always)]
fn hif8_step(x: f64) -> f64 {
    let exponent = exponent(x.abs()).clamp(HIF8_LEAST, 15);
    power(exponent - hif8_fields(exponent).1 as i32)
}

/// The bits of a multiple of its step.
#[inline(always)]
fn hif8_bits(x: f64) -> u8 {
    let (magnitude, sign) = (x.abs(), u8::from(x < 0.0) << 7);
    if x.is_nan() {
        return 0x80;
    }
    if magnitude < power(HIF8_LEAST) {
        return 0;
    }
    if magnitude > power(15) {
        return 0x6f | sign;
    }
    let of_x = exponent(magnitude);
    if of_x <= -HIF8_DENORMAL {
        return (of_x + 23) as u8 | sign;
    }
    let (bits, digits) = hif8_fields(of_x);
    let fraction = fraction(magnitude, digits);
    let code = if bits == 0 {
        1 << 3 | fraction
    } else {
        let first = 1 << (bits - 1);
        let field = of_x.unsigned_abs() & (first - 1) | if of_x < 0 { first } else { 0 };
        // 001, 01, 10, 11 and the field.
        let lead = if bits == 1 { 1 << 4 } else { (bits - 1) << 5 };
        lead | field << digits | fraction
    };
    code as u8 | sign
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tile::Dtype;

    /// Each element is nearest to its own value.
    fn is_its_own_nearest<T: Small + Dtype>() {
        for bits in 0..=u64::from(u8::MAX) {
            let x = T::from_bits(bits);
            let back: T = nearest(x.value());
            let both_nan = back.value().is_nan() && x.value().is_nan();
            assert!(
                back.to_bits() == bits || both_nan,
                "{bits:02x} {} {:02x}",
                x.value(),
                back.to_bits()
            );
        }
    }

    /// Of all elements, the one that `nearest` gives is the nearest to numbers between neighbours.
    fn is_nearest_of_all<T: Small + Dtype>(tie: impl Fn(u64, u64) -> u64) {
        let mut all: Vec<(f64, u64)> = (0..=u64::from(u8::MAX))
            .map(|bits| (T::from_bits(bits).value(), bits))
            .filter(|(x, _)| x.is_finite())
            .collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        all.dedup_by(|a, b| a.0 == b.0);
        for pair in all.windows(2) {
            let [(low, low_bits), (high, high_bits)] = [pair[0], pair[1]];
            let middle = low + (high - low) / 2.0;
            for (x, bits) in [
                (low + (high - low) * 0.49, low_bits),
                (low + (high - low) * 0.51, high_bits),
                (middle, tie(low_bits, high_bits)),
            ] {
                let got: T = nearest(x);
                assert_eq!(got.value(), T::from_bits(bits).value(), "{x} between {low} and {high}");
            }
        }
    }

    #[test]
    fn all_elements_survive() {
        is_its_own_nearest::<F8E4M3>();
        is_its_own_nearest::<F8E5M2>();
        is_its_own_nearest::<HiF8>();
        is_its_own_nearest::<F8E8M0>();
    }

    #[test]
    fn numbers_between_elements_go_to_the_nearest() {
        let even = |a: u64, b: u64| if a & 1 == 0 { a } else { b };
        is_nearest_of_all::<F8E4M3>(even);
        is_nearest_of_all::<F8E5M2>(even);
        let away = |a: u64, b: u64| if a & 0x80 == 0 { b } else { a };
        is_nearest_of_all::<HiF8>(away);
        is_nearest_of_all::<F8E8M0>(|_, b| b);
    }

    /// The values that the definitions name.
    #[test]
    fn some_values_are_known() {
        let e4m3 = |b| F8E4M3(b).to_f32();
        assert_eq!(
            [e4m3(0x7e), e4m3(0x08), e4m3(0x01), e4m3(0x38)],
            [448.0, 0.015_625, 0.001_953_125, 1.0]
        );
        assert!(e4m3(0x7f).is_nan() && e4m3(0xff).is_nan());
        let e5m2 = |b| F8E5M2(b).to_f32();
        assert_eq!(
            [e5m2(0x7b), e5m2(0x7c), e5m2(0x01)],
            [57_344.0, f32::INFINITY, 2.0_f32.powi(-16)]
        );
        let hif8 = |b| HiF8(b).to_f32();
        assert_eq!([hif8(0x08), hif8(0x0f), hif8(0x10), hif8(0x18)], [1.0, 1.875, 2.0, 0.5]);
        assert_eq!(
            [hif8(0x6e), hif8(0x6f), hif8(0x01)],
            [32_768.0, f32::INFINITY, 2.0_f32.powi(-22)]
        );
        assert!(hif8(0x80).is_nan());
        assert_eq!([F8E8M0(127).to_f32(), F8E8M0(0).to_f32()], [1.0, 2.0_f32.powi(-127)]);
    }

    #[test]
    fn what_is_too_large_is_infinite_or_no_number() {
        assert!(F8E4M3::from_f32(480.0).to_f32().is_nan());
        assert_eq!(F8E4M3::from_f32(463.0).to_f32(), 448.0);
        assert_eq!(F8E5M2::from_f32(-61_440.0).to_f32(), f32::NEG_INFINITY);
        assert_eq!(HiF8::from_f32(40_960.0).to_f32(), f32::INFINITY);
        assert_eq!(HiF8::from_f32(-40_959.0).to_f32(), -32_768.0);
        assert!(F8E8M0::from_f32(0.0).to_f32().is_nan());
    }
}
