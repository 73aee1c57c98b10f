//! The scales of the columns of an accumulator: the words that a `ScalingTile` holds.

use crate::compute::outlet::word;
use crate::tile::{Dtype, DtypeId};

/// The word that says how a column of an accumulator is scaled on its way to elements of `T`, for a [`ScalingTile`].
///
/// | bits | content |
/// |---|---|
/// | 13 to 31 | the upper 19 bits of the scale as an f32: a sign, the exponent, ten binary digits |
/// | 32 to 35 | for i16, how far the column is shifted, less one: see [`quant_shift`] |
/// | 37 to 45 | for i8 and u8, the offset: see [`quant_offset`] |
/// | 46 | set for i8; ops here know the element type from the output |
///
/// The low 13 bits hold the rest of the scale, as PTO's tests have it. A column's word is read without them, so that a scale with at
/// most eleven binary digits, such as a power of two, is exact; [`Drain::scale`](super::Drain::scale), PTO's `preQuantScalar`, has all digits.
///
/// ```
/// # use tilesync::prelude::*;
/// assert_eq!(quant_param::<u8>(1.0), 0x3f80_0000);
/// assert_eq!(quant_param::<i8>(1.0), 0x4000_3f80_0000);
/// ```
///
/// [`ScalingTile`]: crate::tile::ScalingTile
#[doc(alias = "preQuantScalar")]
#[must_use]
pub fn quant_param<T: Dtype>(scale: f32) -> u64 {
    let signed = match T::ID {
        DtypeId::I8 => word::SIGNED,
        _ => 0,
    };
    u64::from(scale.to_bits()) | signed
}

/// The word of [`quant_param`] with an offset, 0 to 511, which is added to the column before it is rounded and saturates.
///
/// ```
/// # use tilesync::prelude::*;
/// assert_eq!(quant_offset(quant_param::<u8>(1.0), 128), 0x1000_3f80_0000);
/// ```
///
/// # Panics
///
/// For a larger offset.
#[must_use]
#[track_caller]
pub fn quant_offset(quant: u64, offset: u16) -> u64 {
    let offset = u64::from(offset);
    assert!(offset <= word::OFFSETS, "the offset of a quantisation word has 9 bits");
    quant & !(word::OFFSETS << word::OFFSET) | offset << word::OFFSET
}

/// The word of a column that is shifted to the right by 1 to 16 bits, on its way from i32 to i16, for a [`ScalingTile`].
///
/// ```
/// # use tilesync::prelude::*;
/// assert_eq!(quant_shift(4), 3 << 32);
/// ```
///
/// # Panics
///
/// For another number of bits.
///
/// [`ScalingTile`]: crate::tile::ScalingTile
#[must_use]
#[track_caller]
pub fn quant_shift(bits: u32) -> u64 {
    assert!((1..=16).contains(&bits), "FIX shifts by 1 to 16 bits");
    u64::from(bits - 1) << word::SHIFT
}
