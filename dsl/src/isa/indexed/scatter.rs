//! To the places that indices or a pattern name: TSCATTER.

use super::{Axis, IndicesFor, MaskPattern, SameDtype};
use crate::compute::indexed::{Index, Scattered, Spaced, pattern_imm};
use crate::compute::wide::Wide;
use crate::isa::declare::scope::*;
use crate::isa::issuing::{same_region, take_region};
use crate::op::TScatter;
use crate::sealed::INNER;

#[tilesync_macros::op(TScatter("TSCATTER") "dst[idx[i,j]] = src[i,j]"
    a2a3 [i8 u8 i16 u16 i32 u32 f16 bf16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32])]
/// All other elements of `dst` become 0. An index counts the elements of `dst` as for [`tgather`](super::tgather); of several elements
/// with one index the last in row order stays, and one that is outside of the tile goes nowhere here, but on a device to other
/// data.
///
/// All of `dst` is written, and a dynamic `dst` is valid as a whole then. Index types: see [`IndexFor`](super::IndexFor).
///
/// # Errors
///
/// If the valid regions of `src` and `idx` differ, the kernel stops with a [`Fault`](crate::Fault).
pub fn tscatter<'k, D, S, I>(dst: D, src: &S, idx: &I) -> RecordEvent<TScatter, Live<D::Tile>>
where
    D: Write<'k, TScatter, Tile: VectorTile<'k, TScatter>>,
    S: Read<'k, TScatter, Tile: SameDtype<D::Tile> + AnyTile<'k>>,
    I: Read<'k, TScatter, Tile: IndicesFor<'k, TScatter, S::Tile> + AnyTile<'k, Elem: Index>>,
{
    let at = Location::caller();
    let (mut dst, src, idx) = (dst.into_tile(INNER), src.data_of(INNER), idx.data_of(INNER));
    same_region::<TScatter>(src, idx.valid(), at);
    // A fixed region stays: all of the tile is written in any case.
    let _ = dst.set_valid(D::Tile::TYPE.shape());
    let operands = [dst.operand(), src.operand(), idx.operand()];
    let unit = dst.core().unit();
    unit.issue::<TScatter, Wide<Scattered<ElemOf<'k, D>, ElemOf<'k, I>>>>(&operands, 1, 0, at);
    RecordEvent::new(Live(dst))
}

#[tilesync_macros::op(TScatter("TSCATTER") "dst[i, first + step * j] = src[i,j], or dst[first + step * i, j] = src[i,j]"
    a2a3 "i8 u8 i16 u16 i32 u32 f16 bf16 f32" a5 "i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32")]
/// The inverse of [`tgather_mask`](super::tgather_mask): what lies between becomes 0. With [`Axis::Col`] rows are spaced.
///
/// `dst` takes 2 or 4 times as many valid columns as `src`, or with [`Axis::Col`] rows; where it cannot, the kernel stops with a
/// [`Fault`](crate::Fault).
pub fn tscatter_mask<'k, D, S>(
    dst: D,
    src: &S,
    pattern: MaskPattern,
    axis: Axis,
) -> RecordEvent<TScatter, Live<D::Tile>>
where
    D: Write<'k, TScatter, Tile: VectorTile<'k, TScatter>>,
    S: Read<'k, TScatter, Tile: SameDtype<D::Tile> + AnyTile<'k>>,
{
    let at = Location::caller();
    let (mut dst, src) = (dst.into_tile(INNER), src.data_of(INNER));
    let ((rows, cols), (_, step)) = (src.valid(), pattern.first_and_step());
    let region = match axis {
        Axis::Row => (rows, cols * step),
        Axis::Col => (rows * step, cols),
    };
    take_region::<TScatter>(&mut dst, region, at);
    let operands = [dst.operand(), src.operand()];
    let imm = pattern_imm(pattern, axis);
    dst.core().unit().issue::<TScatter, Wide<Spaced<ElemOf<'k, D>>>>(&operands, 1, imm, at);
    RecordEvent::new(Live(dst))
}
