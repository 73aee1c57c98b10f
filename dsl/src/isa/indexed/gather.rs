//! From the places that indices or a pattern name: TGATHER, TGATHERB.

use super::{Axis, IndicesFor, MaskPattern, SameDtype, SameWidth};
use crate::chip::Chip;
use crate::compute::indexed::{Compacted, Gathered, GatheredBlocks, Index, pattern_imm};
use crate::compute::wide::Wide;
use crate::isa::declare::scope::*;
use crate::isa::issuing::{mismatch, take_region};
use crate::isa::operand::dtypes;
use crate::op::{TGather, TGatherB};
use crate::sealed::{INNER, Sealed};
use crate::tile::layout::{BLOCK_BYTES, InOrder, Placed};
use crate::tile::{F8E4M3, F8E5M2, HiF8, RowMajor, Tile, Valid, space};

#[tilesync_macros::op(TGather("TGATHER") "dst[i,j] = src[idx[i,j]]"
    a2a3 [i16 u16 i32 u32 f16 bf16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32])]
/// An index counts the elements of `src` row after row, as the tile is wide: element (r, c) of a `VecTile<T, R, C>` is `r * C + c`.
/// One that names no valid element gives 0 here; on a device what is read is target-defined.
///
/// `dst` takes the valid region of `idx`; where it cannot, the kernel stops with a [`Fault`](crate::Fault). The device needs `tmp`, a
/// scratch tile like `idx`. Index types: see [`IndexFor`](super::IndexFor).
pub fn tgather<'k, D, S, I, X>(
    dst: D,
    src: &S,
    idx: &I,
    tmp: &mut X,
) -> RecordEvent<TGather, Live<D::Tile>>
where
    D: Write<'k, TGather, Tile: VectorTile<'k, TGather>>,
    S: Read<'k, TGather, Tile: SameDtype<D::Tile>>,
    I: Read<'k, TGather, Tile: IndicesFor<'k, TGather, D::Tile> + AnyTile<'k, Elem: Index>>,
    X: Scratch<'k, TGather, Tile: Like<I::Tile>>,
{
    let at = Location::caller();
    let (mut dst, src, idx) = (dst.into_tile(INNER), src.data_of(INNER), idx.data_of(INNER));
    take_region::<TGather>(&mut dst, idx.valid(), at);
    let tmp = tmp.scratch(INNER).operand();
    let operands = [dst.operand(), tmp, src.operand(), idx.operand()];
    let unit = dst.core().unit();
    unit.issue::<TGather, Wide<Gathered<ElemOf<'k, D>, ElemOf<'k, I>>>>(&operands, 2, 0, at);
    RecordEvent::new(Live(dst))
}

// By pattern alone: there are no indices for them.
dtypes!(TGather: a2a3 [] a5 [F8E4M3 F8E5M2 HiF8]);

#[tilesync_macros::op(TGather("TGATHER") "dst[i,j] = src[i, first + step * j], or src[first + step * i, j]"
    a2a3 "i16 u16 i32 u32 f16 bf16 f32" a5 "i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32 F8E4M3 F8E5M2 HiF8")]
/// Takes what `pattern` chooses of each row, side by side; with [`Axis::Col`] it chooses rows. The bits are copied, and the two
/// tiles may have different element types of one width: so the values or the indices of sorted pairs are taken apart.
///
/// `dst` takes the region that is chosen. Along a row the device writes without gaps: so what is chosen fills the rows of `dst`, or `dst`
/// has one row and takes what is chosen of all rows, one behind the other.
///
/// ```
/// # use tilesync::prelude::*;
/// # fn k<'k>(
/// #     sorted: Event<TSort32, TGather, Live<VecTile<'k, f32, 1, 128>>>,
/// #     values: VecTile<'k, f32, 1, 64>,
/// #     indices: VecTile<'k, u32, 1, 64>,
/// # ) {
/// let values = tgather_mask(values, &sorted, MaskPattern::P0101, Axis::Row);
/// let indices = tgather_mask(indices, &sorted, MaskPattern::P1010, Axis::Row);
/// # let _ = (values, indices, sorted);
/// # }
/// ```
///
/// # Errors
///
/// If `dst` cannot take the region, or its rows are not full, the kernel stops with a [`Fault`](crate::Fault).
pub fn tgather_mask<'k, D, S>(
    dst: D,
    src: &S,
    pattern: MaskPattern,
    axis: Axis,
) -> RecordEvent<TGather, Live<D::Tile>>
where
    D: Write<'k, TGather, Tile: VectorTile<'k, TGather>>,
    S: Read<'k, TGather, Tile: VectorTile<'k, TGather> + SameWidth<D::Tile>>,
{
    let at = Location::caller();
    let (mut dst, src) = (dst.into_tile(INNER), src.data_of(INNER));
    let (rows, cols) = src.valid();
    let chosen = match axis {
        Axis::Row if D::Tile::TYPE.shape().0 == 1 => (1, rows * pattern.count(cols)),
        Axis::Row => (rows, pattern.count(cols)),
        Axis::Col => (pattern.count(rows), cols),
    };
    take_region::<TGather>(&mut dst, chosen, at);
    let width = D::Tile::TYPE.shape().1;
    if axis == Axis::Row && chosen.0 > 1 && chosen.1 != width {
        mismatch::<TGather>(&dst, (rows, width), at);
    }
    let operands = [dst.operand(), src.operand()];
    let imm = pattern_imm(pattern, axis);
    let unit = dst.core().unit();
    unit.issue::<TGather, Wide<Compacted<ElemOf<'k, D>, ElemOf<'k, S>>>>(&operands, 1, imm, at);
    RecordEvent::new(Live(dst))
}

/// `Self` holds an offset for each block of 32 bytes of `D`.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} does not hold the offsets of the blocks of {D}",
    label = "expected a row-major tile of u32 with the same rows",
    note = "for a `VecTile<T, R, C>` that is a `VecTile<u32, R, W>` with an offset for each 32 bytes of a row"
)]
pub trait OffsetsOf<D>: Sealed {}

#[diagnostic::do_not_recommend]
#[rustfmt::skip]
impl<'k, T, const R: usize, const C: usize, const W: usize, V: Valid, VO: Valid, Ch: Chip, L, LD>
    OffsetsOf<Tile<'k, space::Vec, T, R, C, L, V, Ch>> for Tile<'k, space::Vec, u32, R, W, LD, VO, Ch>
where
    L: InOrder<RowMajor> + Placed,
    LD: InOrder<RowMajor> + Placed,
    T: Dtype,
{
}

/// Fails the build where there are more blocks than offsets.
const fn enough_offsets<'k, O: AnyTile<'k>, D: AnyTile<'k>>() {
    let blocks = (D::TYPE.shape().1 * D::TYPE.dtype.size()).div_ceil(BLOCK_BYTES);
    assert!(O::TYPE.shape().1 >= blocks, "`tgatherb` needs an offset for each 32 bytes of a row");
}

#[tilesync_macros::op(TGatherB("TGATHERB") "block (i,b) of dst = the 32 bytes of src at offsets[i,b]"
    a2a3 [i8 u8 i16 u16 i32 u32 f16 bf16 f32] a5 [i8 u8 i16 u16 i32 u32 f16 bf16 f32])]
/// A block is 32 bytes of a row; an offset counts bytes from the start of `src`, and is a multiple of 32. What is not valid of the block
/// that it names is 0 here, as is all for another offset; on a device what is read is target-defined.
///
/// The valid region of `dst` stays as it is: a free tile is valid as a whole. The last block may be valid in part.
///
/// # Errors
///
/// If `offsets` has fewer valid rows or columns than there are blocks, the kernel stops with a [`Fault`](crate::Fault).
pub fn tgatherb<'k, D, S, F>(dst: D, src: &S, offsets: &F) -> RecordEvent<TGatherB, Live<D::Tile>>
where
    D: Write<'k, TGatherB, Tile: VectorTile<'k, TGatherB>>,
    S: Read<'k, TGatherB, Tile: SameDtype<D::Tile>>,
    F: Read<'k, TGatherB, Tile: OffsetsOf<D::Tile> + AnyTile<'k>>,
{
    const { enough_offsets::<F::Tile, D::Tile>() }
    let at = Location::caller();
    let (dst, src, offsets) = (dst.into_tile(INNER), src.data_of(INNER), offsets.data_of(INNER));
    let (rows, cols) = dst.valid();
    let blocks = (cols * size_of::<ElemOf<'k, D>>()).div_ceil(BLOCK_BYTES);
    let given = offsets.valid();
    if given.0 < rows || given.1 < blocks {
        mismatch::<TGatherB>(offsets, (rows, blocks), at);
    }
    let operands = [dst.operand(), src.operand(), offsets.operand()];
    let unit = dst.core().unit();
    unit.issue::<TGatherB, Wide<GatheredBlocks<ElemOf<'k, D>>>>(&operands, 1, 0, at);
    RecordEvent::new(Live(dst))
}
