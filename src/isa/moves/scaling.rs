//! The scales of the columns of an accumulator: TMOV to the `Scaling` space, and the words that it holds.

use super::MovesTo;
use crate::chip::Chip;
use crate::compute::copies::Copied;
use crate::isa::operand::{DtypeOf, dtypes};
use crate::op::TMovM2S;
use crate::program::Operand;
use crate::sealed::NotForKernels;
use crate::tile::{Dtype, DtypeId, RowMajor, Tile, Valid, space};
use crate::unit::{Core, Site};

dtypes!(TMovM2S: a2a3 [i64 u64] a5 [i64 u64]);

impl<'k, T, const C: usize, V: Valid, VS: Valid, Ch: Chip>
    MovesTo<'k, Tile<'k, space::Scaling, T, 1, C, RowMajor, V, Ch>>
    for Tile<'k, space::Mat, T, 1, C, RowMajor, VS, Ch>
where
    T: DtypeOf<TMovM2S, Ch>,
{
    type Op = TMovM2S;

    #[inline(always)]
    fn issue(core: Core<'k, Ch>, operands: &[Operand], at: Site, _: NotForKernels) {
        const {
            assert!(
                (C * size_of::<T>()).is_multiple_of(128),
                "a row that moves to the `Scaling` space fills blocks of 128 bytes: 16 columns of u64"
            );
        }
        core.unit().issue::<TMovM2S, Copied<T>>(operands, 1, 0, at);
    }
}

/// The word that says how a column of an accumulator is scaled on its way to elements of `T`, for a [`ScalingTile`].
///
/// The low half is the scale as an f32, and bit 46 is set for i8: so do the tests of PTO make the argument `preQuantScalar` and the
/// words of an `fp` tile. Ops here read the scale alone, and know the element type from the output.
///
/// All digits of the scale count here. A device may keep fewer: the words of CANN have room for the upper 19 bits. A scale with
/// at most eleven binary digits, such as a power of two, is the same in both.
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
        DtypeId::I8 => 1 << 46,
        _ => 0,
    };
    u64::from(scale.to_bits()) | signed
}
