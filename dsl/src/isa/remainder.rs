//! What division leaves, and powers: TREM, TREMS, TFMOD, TFMODS, TPOW, TPOWS.

use super::declare::scope::*;
use super::declare::{binary, binary_with_tmp, ops, scalar, scalar_with_tmp};
use super::issuing::{map1_assign_with_tmp, map1_with_tmp, map2_assign_with_tmp, map2_with_tmp};
use super::operand::{InPlace, needs_scratch};
use crate::chip::A5;
use crate::compute::power::Power;
use crate::compute::remainder::Remainder;
use crate::op::*;

/// Whether scratch tile `X` suffices: in each row it has an element for each column of `D`, and room for a mask behind them.
const fn row_and_mask<'k, X: AnyTile<'k>, D: AnyTile<'k>>() -> bool {
    let (cols, needed) = (X::TYPE.shape().1, D::TYPE.shape().1);
    !needs_scratch::<D>() || cols >= needed + needed.div_ceil(64) * 2
}

/// Whether scratch tile `X` suffices: it is as wide as `D`.
const fn as_wide<'k, X: AnyTile<'k>, D: AnyTile<'k>>() -> bool {
    !needs_scratch::<D>() || X::TYPE.shape().1 >= D::TYPE.shape().1
}

/// Whether scratch tile `X` suffices: it is as large as `D`.
const fn as_large<'k, X: AnyTile<'k>, D: AnyTile<'k>>() -> bool {
    as_wide::<X, D>() && (!needs_scratch::<D>() || X::TYPE.shape().0 >= D::TYPE.shape().0)
}

ops! {
    REMAINDER:
    /// The result has the sign of the divisor, but for i64, where the quotient is truncated on the device, and the result has the sign of
    /// the dividend. An integer by zero gives 0 here; on a device that is target-defined.
    ///
    /// Floats are computed in `f32` in the steps of the device, each of which rounds: a quotient, its floor, a product, a difference,
    /// and one more `src1[i,j]` where the signs differ. So the remainder of a quotient that is not small against 2^24 is not exact, and
    /// that by zero or an infinity is NaN. In high precision it is that of the exact quotient, and by an infinity `src0[i,j]`.
    ///
    /// PTO has i32 on a2a3 too. But there it converts both sources to floats and back where they lie, while another pipe may read them;
    /// and so it is left out.
    binary_with_tmp fn trem, trem_assign = TRem("TREM") "dst[i,j] = src0[i,j] - floor(src0[i,j] / src1[i,j]) * src1[i,j]" {
            Remainder |x, y| x.rem(y), high x.rem_high(y),
            /// a2a3 needs `tmp`, a scratch tile with `C + 2 * ceil(C / 64)` columns for the `C` of `dst`; a narrower one fails the build.
            tmp row_and_mask
        }
        a2a3 [f32] a5 [i16 u16 i32 u32 i64 u64 f16 f32] high [f32];
    /// All else is as for [`trem`].
    scalar_with_tmp fn trems, trems_assign = TRemS("TREMS") "dst[i,j] = src[i,j] - floor(src[i,j] / c) * c" {
            Remainder |x, c| x.rem(c), high x.rem_high(c),
            /// a2a3 needs `tmp`, a scratch tile as wide as `dst`; a narrower one fails the build.
            tmp as_wide
        }
        a2a3 [f32] a5 [i16 u16 i32 u32 i64 u64 f16 f32] high [f32];
    /// The result has the sign of the dividend. An integer by zero is left as it is.
    ///
    /// Floats are computed in `f32` in the steps of the device, each of which rounds: a quotient, which is truncated, a product and a
    /// difference. So the remainder of a quotient that is not small against 2^24 is not exact, and that by zero or an infinity is NaN. In high
    /// precision it is exact, and by an infinity `src0[i,j]`.
    /// For the in-place form see [`tfmod_assign`].
    binary fn tfmod = TFmod("TFMOD") "dst[i,j] = src0[i,j] - trunc(src0[i,j] / src1[i,j]) * src1[i,j]" { Remainder |x, y| x.fmod(y), high x.fmod_high(y) }
        a2a3 [f32] a5 [i16 u16 i32 u32 f16 f32] high [f32];
    /// All else is as for [`tfmod`]. For the in-place form see [`tfmods_assign`].
    scalar fn tfmods = TFmodS("TFMODS") "dst[i,j] = src[i,j] - trunc(src[i,j] / c) * c" { Remainder |x, c| x.fmod(c), high x.fmod_high(c) }
        a2a3 [f32] a5 [i16 u16 i32 u32 f16 f32] high [f32];
    /// Integers wrap. For a negative exponent the power of 1 and of -1, and 0 of everything else. On a2a3 the device takes an unsigned
    /// exponent from 2^31 on as negative.
    ///
    /// At most 0.501 ulp from exact. What is special is as IEEE 754 has it: 1 for the exponent 0, NaN for a negative base and an
    /// exponent that is no integer. On a2a3 the device has no negative zeros and infinities.
    binary_with_tmp fn tpow, tpow_assign = TPow("TPOW") "dst[i,j] = src0[i,j] to the power of src1[i,j]" {
            Power |x, y| x.pow(y),
            /// a2a3 needs `tmp`, a scratch tile as large as `dst`; a smaller one fails the build.
            tmp as_large
        }
        a2a3 [i8 u8 i16 u16 i32 u32 f32] a5 [i8 u8 i16 u16 i32 u32 f16 f32] high [f16 f32];
    /// All else is as for [`tpow`].
    scalar_with_tmp fn tpows, tpows_assign = TPowS("TPOWS") "dst[i,j] = src[i,j] to the power of c" {
            Power |x, c| x.pow(c),
            /// a2a3 needs `tmp`, a scratch tile as large as `dst`; a smaller one fails the build.
            tmp as_large
        }
        a2a3 [i8 u8 i16 u16 i32 u32 f32] a5 [i8 u8 i16 u16 i32 u32 f16 f32] high [f16 f32];
}

#[diagnostic::do_not_recommend]
impl InPlace<TFmod> for A5 {}

#[tilesync_macros::op(TFmod("TFMOD") "dst[i,j] = dst[i,j] - trunc(dst[i,j] / src[i,j]) * src[i,j]" a2a3 "" a5 "i16 u16 i32 u32 f16 f32")]
/// [`tfmod`] in place: `dst` is the first source as well.
pub fn tfmod_assign<'k, D, S>(dst: D, src: &S) -> RecordEvent<TFmod, Live<D::Tile>>
where
    D: Modify<'k, TFmod, Tile: VectorTile<'k, TFmod, Elem: Remainder>>,
    S: Read<'k, TFmod, Tile: Like<D::Tile>>,
    <D::Tile as AnyTile<'k>>::Chip: InPlace<TFmod>,
{
    map2_assign::<TFmod, _, _>(dst, src, Location::caller())
}

#[diagnostic::do_not_recommend]
impl InPlace<TFmodS> for A5 {}

#[tilesync_macros::op(TFmodS("TFMODS") "dst[i,j] = dst[i,j] - trunc(dst[i,j] / c) * c" a2a3 "" a5 "i16 u16 i32 u32 f16 f32")]
/// [`tfmods`] in place: `dst` is the source as well.
pub fn tfmods_assign<'k, D>(dst: D, c: ElemOf<'k, D>) -> RecordEvent<TFmodS, Live<D::Tile>>
where
    D: Modify<'k, TFmodS, Tile: VectorTile<'k, TFmodS, Elem: Remainder>>,
    <D::Tile as AnyTile<'k>>::Chip: InPlace<TFmodS>,
{
    map1_assign::<TFmodS, TFmodS, _>(dst, c, Location::caller())
}
