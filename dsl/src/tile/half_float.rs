//! `f16` to `f32` and back without branches, so that loops over them are vectorised; `half` has branches.

use half::f16;

const SIGN: u32 = 0x8000_0000;
const INFINITY: u32 = 0x7f80_0000;
/// How much longer the fraction of an `f32` is.
const SHIFT: u32 = 13;
/// How much greater the exponent's bias of an `f32` is.
const BIAS: u32 = 112;
const FRACTION_BITS: u32 = 23;

/// Exactly.
#[inline(always)]
pub(super) fn widen(x: f16) -> f32 {
    let bits = u32::from(x.to_bits());
    let sign = (bits << 16) & SIGN;
    // The product moves the exponent to its place, of denormal numbers too.
    let scale = f32::from_bits((BIAS + 127) << FRACTION_BITS);
    let magnitude = f32::from_bits((bits & 0x7fff) << SHIFT) * scale;
    let special = if magnitude >= 65_536.0 { INFINITY } else { 0 };
    f32::from_bits(magnitude.to_bits() | special | sign)
}

/// To nearest, ties to even.
#[inline(always)]
pub(super) fn narrow(x: f32) -> f16 {
    let sign = x.to_bits() & SIGN;
    let magnitude = x.to_bits() ^ sign;
    let odd = (magnitude >> SHIFT) & 1;
    let normal = magnitude.wrapping_sub(BIAS << FRACTION_BITS).wrapping_add(0xfff + odd) >> SHIFT;
    // The sum rounds where the last digit of a denormal `f16` is the last digit of the sum.
    let align = f32::from_bits((BIAS + SHIFT + 1) << FRACTION_BITS);
    let denormal = (f32::from_bits(magnitude) + align).to_bits() - align.to_bits();
    let nan = 0x7e00 | ((magnitude >> SHIFT) & 0x3ff);
    let finite = if magnitude < (BIAS + 1) << FRACTION_BITS { denormal } else { normal };
    let bounded = if magnitude >= (BIAS + 31) << FRACTION_BITS { 0x7c00 } else { finite };
    let bits = if magnitude > INFINITY { nan } else { bounded };
    f16::from_bits((bits | (sign >> 16)) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_f16_widens_as_in_half() {
        for x in (0..=u16::MAX).map(f16::from_bits) {
            let (got, want) = (widen(x), x.to_f32());
            assert!(got == want || got.is_nan() && want.is_nan(), "{x:?}");
            assert_eq!(got.is_sign_negative(), want.is_sign_negative(), "{x:?}");
            assert!(narrow(got).to_bits() == x.to_bits() || x.is_nan(), "{x:?}");
        }
    }

    #[test]
    fn f32_narrow_as_in_half() {
        for x in (0..=u32::MAX).step_by(251).map(f32::from_bits) {
            let (got, want) = (narrow(x), f16::from_f32(x));
            assert!(got.to_bits() == want.to_bits() || got.is_nan() && want.is_nan(), "{x:?}");
        }
    }
}
