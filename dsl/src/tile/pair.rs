//! Elements of four bits, two in a byte: an element of a tile is the pair, so that a tile's bytes are what they are on the device.

use super::format::{Format, Top};

const E2M1: Format = Format { exponent: 2, fraction: 1, bias: 1, top: Top::Numbers };
const E1M2: Format = Format { exponent: 1, fraction: 2, bias: 1, top: Top::Numbers };

/// Two elements of four bits.
pub(crate) trait Pair: Copy {
    /// The greatest number, and the least.
    const MOST: f64;
    const LEAST: f64;
    fn of(low: f64, high: f64) -> Self;
    fn parts(self) -> [f64; 2];
    /// The distance of neighbours around `x`.
    fn step(x: f64) -> f64;
}

macro_rules! pairs {
    ($($(#[$doc:meta])* $name:ident: $decode:expr, $encode:expr, $step:expr, $least:expr, $most:expr;)*) => {$(
        $(#[$doc])*
        ///
        /// The element of the lower column (of a column-major tile, row) is in the low half of the byte. A tile of them has half as many
        /// columns as elements in a row, and so have valid regions.
        #[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(transparent)]
        pub struct $name(u8);

        impl $name {
            /// The nearest elements to two numbers; what is too large saturates, and a NaN is zero.
            #[must_use]
            pub fn new(low: f32, high: f32) -> Self {
                let nearest = |x: f32| {
                    let x = f64::from(if x.is_nan() { 0.0 } else { x }).clamp(Self::LEAST, Self::MOST);
                    let step = <Self as Pair>::step(x);
                    (x / step).round_ties_even() * step
                };
                Pair::of(nearest(low), nearest(high))
            }

            /// The two numbers.
            #[must_use]
            pub fn numbers(self) -> [f32; 2] {
                self.parts().map(|x| x as f32)
            }

            /// The pair with these bits.
            #[must_use]
            pub const fn from_bits(bits: u8) -> Self {
                $name(bits)
            }

            /// Its bits.
            #[must_use]
            pub const fn to_bits(self) -> u8 {
                self.0
            }
        }

        impl Pair for $name {
            const MOST: f64 = $most;
            const LEAST: f64 = $least;

            #[inline(always)]
            fn of(low: f64, high: f64) -> Self {
                $name($encode(low) & 0xf | $encode(high) << 4)
            }
            #[inline(always)]
            fn parts(self) -> [f64; 2] {
                [$decode(self.0 & 0xf), $decode(self.0 >> 4)]
            }
            #[inline(always)]
            fn step(x: f64) -> f64 {
                $step(x)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.numbers().fmt(f)
            }
        }
    )*};
}

pairs! {
    /// Two of OCP's E2M1: 0, 0.5, 1, 1.5, 2, 3, 4, 6, and a sign.
    #[doc(alias = "float4_e2m1x2_t")]
    F4E2M1x2: (|b| E2M1.decode(b)), (|x| E2M1.encode(x)), (|x| E2M1.step(x)), -E2M1.most(), E2M1.most();
    /// Two of E1M2: the quarters up to 1.75, and a sign.
    #[doc(alias = "float4_e1m2x2_t")]
    F4E1M2x2: (|b| E1M2.decode(b)), (|x| E1M2.encode(x)), (|x| E1M2.step(x)), -E1M2.most(), E1M2.most();
    /// Two integers from -8 to 7.
    #[doc(alias = "int4b_t")]
    I4x2: (|b: u8| f64::from((b << 4).cast_signed() >> 4)), (|x: f64| (x as i8).cast_unsigned() & 0xf), (|_| 1.0), -8.0, 7.0;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_bytes_survive() {
        for bits in 0..=u8::MAX {
            macro_rules! survives {
                ($($t:ident)*) => {$(
                    let [low, high] = $t(bits).numbers();
                    assert_eq!($t::new(low, high).0, bits, stringify!($t));
                )*};
            }
            survives!(F4E2M1x2 F4E1M2x2 I4x2);
        }
    }

    #[test]
    fn the_values_are_those_of_the_formats() {
        let positive = |of: fn(u8) -> [f32; 2]| (0..8).map(|bits| of(bits)[0]).collect::<Vec<_>>();
        let e2m1 = positive(|bits| F4E2M1x2(bits).numbers());
        assert_eq!(e2m1, [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0]);
        let e1m2 = positive(|bits| F4E1M2x2(bits).numbers());
        assert_eq!(e1m2, [0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75]);
        assert_eq!(I4x2(0x8f).numbers(), [-1.0, -8.0]);
        assert_eq!(F4E2M1x2(0x91).numbers(), [0.5, -0.5]);
    }

    #[test]
    fn numbers_go_to_the_nearest_or_saturate() {
        assert_eq!(F4E2M1x2::new(2.5, 5.0).numbers(), [2.0, 4.0]);
        assert_eq!(F4E2M1x2::new(1e9, -7.0).numbers(), [6.0, -6.0]);
        assert_eq!(F4E2M1x2::new(0.25, 0.75).numbers(), [0.0, 1.0]);
        assert_eq!(F4E1M2x2::new(0.375, -9.0).numbers(), [0.5, -1.75]);
        assert_eq!(I4x2::new(-8.5, 7.5).numbers(), [-8.0, 7.0]);
    }
}
