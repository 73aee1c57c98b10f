//! Floats of up to eight bits: what their bits mean, and the bits of a number that one of them is.

/// What the greatest exponent stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Top {
    /// Numbers, as any other.
    Numbers,
    /// Numbers, but for the greatest fraction, which is a NaN.
    OneNan,
    /// Infinity, and with a fraction a NaN.
    Specials,
}

/// A sign, bits of an exponent, bits of a fraction.
#[derive(Clone, Copy)]
pub(crate) struct Format {
    pub(crate) exponent: u32,
    pub(crate) fraction: u32,
    pub(crate) bias: i32,
    pub(crate) top: Top,
}

/// 2 to the power of `n`, a normal number.
pub(crate) const fn power(n: i32) -> f64 {
    f64::from_bits(((f64::MAX_EXP - 1 + n) as u64) << (f64::MANTISSA_DIGITS - 1))
}

/// The exponent of a positive number; of zero and of denormal ones less than any of a small float.
#[inline(always)]
pub(crate) const fn exponent(x: f64) -> i32 {
    (x.to_bits() >> (f64::MANTISSA_DIGITS - 1)) as i32 - (f64::MAX_EXP - 1)
}

/// The first `bits` bits of the fraction of a positive number.
#[inline(always)]
pub(crate) const fn fraction(x: f64, bits: u32) -> u32 {
    (x.to_bits() >> (f64::MANTISSA_DIGITS - 1 - bits)) as u32 & ((1 << bits) - 1)
}

impl Format {
    const fn fractions(self) -> u32 {
        (1 << self.fraction) - 1
    }

    const fn exponents(self) -> u32 {
        (1 << self.exponent) - 1
    }

    /// The bits without the sign's.
    const fn magnitudes(self) -> u32 {
        (1 << (self.exponent + self.fraction)) - 1
    }

    /// The exponent of the least normal number.
    pub(crate) const fn least(self) -> i32 {
        1 - self.bias
    }

    /// The distance of neighbours around `x`.
    #[inline(always)]
    pub(crate) const fn step(self, x: f64) -> f64 {
        let (of_x, least) = (exponent(x.abs()), self.least());
        power(if of_x < least { least } else { of_x } - self.fraction as i32)
    }

    /// The greatest number.
    pub(crate) const fn most(self) -> f64 {
        let code = match self.top {
            Top::Numbers => self.magnitudes(),
            Top::OneNan => self.magnitudes() - 1,
            Top::Specials => (self.exponents() << self.fraction) - 1,
        };
        self.decode(code as u8)
    }

    /// What the bits stand for.
    pub(crate) const fn decode(self, bits: u8) -> f64 {
        let code = bits as u32 & self.magnitudes();
        let (exponent, fraction) = (code >> self.fraction, code & self.fractions());
        let top = exponent == self.exponents();
        let digits = self.fraction as i32;
        let magnitude = match self.top {
            Top::OneNan if code == self.magnitudes() => f64::NAN,
            Top::Specials if top && fraction == 0 => f64::INFINITY,
            Top::Specials if top => f64::NAN,
            _ if exponent == 0 => fraction as f64 * power(self.least() - digits),
            _ => {
                (fraction + self.fractions() + 1) as f64
                    * power(exponent as i32 - self.bias - digits)
            }
        };
        if bits as u32 > self.magnitudes() { -magnitude } else { magnitude }
    }

    /// The bits of `x`, which is a multiple of its [`step`](Self::step). What is too large becomes infinite or, where there is no
    /// infinity, a NaN; where there is neither, the greatest number.
    #[inline(always)]
    pub(crate) fn encode(self, x: f64) -> u8 {
        let magnitude = x.abs();
        let code = if magnitude <= self.most() {
            if magnitude < power(self.least()) {
                (magnitude / power(self.least() - self.fraction as i32)) as u32
            } else {
                let exponent = (exponent(magnitude) + self.bias) as u32;
                exponent << self.fraction | fraction(magnitude, self.fraction)
            }
        } else {
            match self.top {
                Top::Numbers if x.is_nan() => 0,
                Top::Numbers | Top::OneNan => self.magnitudes(),
                Top::Specials if x.is_nan() => self.magnitudes(),
                Top::Specials => self.exponents() << self.fraction,
            }
        };
        let sign = u32::from(x.is_sign_negative()) << (self.exponent + self.fraction);
        (code | sign) as u8
    }
}
