//! What the ops on bits are made of.

use super::Dtype;

/// An integer element type.
pub trait Int: Dtype {
    /// The bits that both have.
    fn and(self, other: Self) -> Self;
    /// The bits that either has.
    fn or(self, other: Self) -> Self;
    /// The bits that one of the two has.
    fn xor(self, other: Self) -> Self;
    /// The bits that it does not have.
    fn not(self) -> Self;
    /// Its bits moved up by `by`; 0 where `by` is negative, or no less than the number of bits.
    fn shl(self, by: Self) -> Self;
    /// Its bits moved down by `by`, and its sign moved in; nothing but signs where `by` is negative, or no less than the number of
    /// bits.
    fn shr(self, by: Self) -> Self;
}

macro_rules! ints {
    ($($t:ident as $unsigned:ident)*) => {$(
        impl Int for $t {
            #[inline(always)]
            fn and(self, other: Self) -> Self {
                self & other
            }
            #[inline(always)]
            fn or(self, other: Self) -> Self {
                self | other
            }
            #[inline(always)]
            fn xor(self, other: Self) -> Self {
                self ^ other
            }
            #[inline(always)]
            fn not(self) -> Self {
                !self
            }
            #[inline(always)]
            fn shl(self, by: Self) -> Self {
                let beyond = by as $unsigned >= $t::BITS as $unsigned;
                if beyond { 0 } else { self.wrapping_shl(by as u32) }
            }
            #[inline(always)]
            fn shr(self, by: Self) -> Self {
                let beyond = by as $unsigned >= $t::BITS as $unsigned;
                let last = $t::BITS - 1;
                // In two steps where everything leaves: an unsigned element has no sign to fill up with.
                if beyond { self.wrapping_shr(last).wrapping_shr(1) } else { self.wrapping_shr(by as u32) }
            }
        }
    )*};
}

ints!(i8 as u8 i16 as u16 i32 as u32 i64 as u64 u8 as u8 u16 as u16 u32 as u32 u64 as u64);
