//! From an accumulator through a window: TEXTRACT cuts one out of it, TINSERT puts it into one of an L1 tile.

use std::panic::Location;

use super::drain::{Drain, Unscaled, WayOut};
use super::fixpipe::drain;
use super::{ExtractsTo, take_window};
use crate::chip::Chip;
use crate::compute::outlet::{Cut, Drained, Inserted, Narrowed, Quant, Way, Window};
use crate::compute::wide::Wide;
use crate::event::{Live, Modify, Read, RecordEvent, Write};
use crate::isa::operand::{DtypeOf, ElemOf, TileOf};
use crate::op::{Op, TExtractA2M, TInsertA2M};
use crate::program::Operand;
use crate::sealed::{INNER, NotForKernels};
use crate::tile::{AnyTile, Dtype, Nz, NzAcc, Tile, Valid, space};
use crate::unit::{Core, Site, Trouble};

/// FIX takes the accumulator `Self` to the tile `D` in L1 through a window, whatever their sizes.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {D} does not take elements of {Self} through a window",
    label = "expected an `AccTile`, and a `MatTile` in NZ that takes its elements",
    note = "`textract_with`, `tinsert` and `tinsert_with` take an `AccTile` to a `MatTile`; the element types are listed at `Drain`"
)]
pub trait DrainsInto<'k, D>: AnyTile<'k> {}

#[rustfmt::skip]
impl<'k, T, A, const R: usize, const C: usize, const RS: usize, const CS: usize, V: Valid, VS: Valid, Ch: Chip>
    DrainsInto<'k, Tile<'k, space::Mat, T, R, C, Nz, V, Ch>> for Tile<'k, space::Acc, A, RS, CS, NzAcc, VS, Ch>
where
    A: Dtype,
{
}

#[rustfmt::skip]
impl<'k, T, const R: usize, const C: usize, const RS: usize, const CS: usize, V: Valid, VS: Valid, Ch: Chip>
    ExtractsTo<'k, Tile<'k, space::Mat, T, R, C, Nz, V, Ch>> for Tile<'k, space::Acc, T::Sum, RS, CS, NzAcc, VS, Ch>
where
    T: DtypeOf<TExtractA2M, Ch>,
{
    type Op = TExtractA2M;

    #[inline(always)]
    fn issue(
        core: Core<'k, Ch>,
        operands: &[Operand],
        corner: (usize, usize),
        at: Site,
        _: NotForKernels,
    ) {
        let corner = Cut::corner(corner, operands[0].cols as usize, operands[1].cols as usize);
        let imm = Way { quant: Quant::NONE, relu: false, corner }.to_imm();
        core.unit().issue::<TExtractA2M, Wide<Drained<Narrowed<T>, Cut>>>(operands, 1, imm, at);
    }
}

#[tilesync_macros::op(TExtractA2M("TEXTRACT") "dst[i,j] = how(src[row + i, col + j])" a2a3 "as [`Drain`] says" a5 "as [`Drain`] says")]
/// A window of an `Acc` tile into a `Mat` one (TEXTRACT with `ReluPreMode` and
/// `preQuantScalar`, TEXTRACT_FP).
///
/// [`Drain`] says what `how` may be, what it computes, and which element types there are; scales of columns are those of the
/// columns of `src`. All else is as for [`textract`](crate::isa::textract).
///
/// # Errors
///
/// As for [`textract`](crate::isa::textract); and where the scales of the columns are not as many as the columns of `src`, the kernel
/// stops with a [`Fault`](crate::Fault) that names this line.
#[doc(alias = "TEXTRACT_FP")]
pub fn textract_with<'k, D, S, Q>(
    dst: D,
    src: &S,
    row: usize,
    col: usize,
    how: Drain<Q>,
) -> RecordEvent<TExtractA2M, Live<TileOf<'k, D>>>
where
    D: Write<'k, TExtractA2M>,
    S: Read<'k, TExtractA2M, Tile: DrainsInto<'k, TileOf<'k, D>>>,
    Q: WayOut<'k, TExtractA2M, TileOf<'k, S>, ElemOf<'k, D>>,
{
    let at = Location::caller();
    let (mut dst, src) = (dst.into_tile(INNER), src.data_of(INNER));
    if take_window::<TExtractA2M, _>(&mut dst, src, (row, col), at) {
        let corner = (row, col);
        drain::<TExtractA2M, Cut, _, _, _>(&dst, src, how, corner, at);
    }
    RecordEvent::new(Live(dst))
}

#[tilesync_macros::op(TInsertA2M("TINSERT") "dst[row + i, col + j] = src[i,j]" a2a3 "f32 to f16 or bf16" a5 "f32 to f16, bf16 or f32, i32 to i32")]
/// An `Acc` tile into a window of a `Mat` one.
///
/// All that is valid of `src` is written; the rest of `dst` stays as it is, and so does its valid region. So `dst` must hold data, and
/// several inserts may fill one tile. What becomes f16 or bf16 is rounded to nearest.
///
/// ```
/// # use tilesync::prelude::*;
/// # fn k<'k>(
/// #     scores: Event<TLoad, TInsertA2M, Live<MatTile<'k, f16, 64, 64>>>,
/// #     acc: Event<TMatmul, TInsertA2M, Live<AccTile<'k, f32, 16, 16>>>,
/// # ) {
/// let scores = tinsert(scores, &acc, 16, 48);
/// # let _ = (scores, acc);
/// # }
/// ```
///
/// # Errors
///
/// Where the window sticks out of the valid region of `dst`, the kernel stops with a [`Fault`](crate::Fault) that names this line.
pub fn tinsert<'k, D, S>(
    dst: D,
    src: &S,
    row: usize,
    col: usize,
) -> RecordEvent<TInsertA2M, Live<TileOf<'k, D>>>
where
    D: Modify<'k, TInsertA2M>,
    S: Read<'k, TInsertA2M, Tile: DrainsInto<'k, TileOf<'k, D>>>,
    Unscaled: WayOut<'k, TInsertA2M, TileOf<'k, S>, ElemOf<'k, D>>,
{
    insert(dst, src, (row, col), Drain::new(), Location::caller())
}

#[tilesync_macros::op(TInsertA2M("TINSERT") "dst[row + i, col + j] = how(src[i,j])" a2a3 "as [`Drain`] says" a5 "as [`Drain`] says")]
/// An `Acc` tile into a window of a `Mat` one (TINSERT with `ReluPreMode` and
/// `preQuantScalar`, TINSERT_FP).
///
/// [`Drain`] says what `how` may be, what it computes, and which element types there are. All else is as for [`tinsert`].
///
/// # Errors
///
/// As for [`tinsert`]; and where the scales of the columns are not as many as the columns of `src`, the kernel stops with a
/// [`Fault`](crate::Fault) that names this line.
#[doc(alias = "TINSERT_FP")]
pub fn tinsert_with<'k, D, S, Q>(
    dst: D,
    src: &S,
    row: usize,
    col: usize,
    how: Drain<Q>,
) -> RecordEvent<TInsertA2M, Live<TileOf<'k, D>>>
where
    D: Modify<'k, TInsertA2M>,
    S: Read<'k, TInsertA2M, Tile: DrainsInto<'k, TileOf<'k, D>>>,
    Q: WayOut<'k, TInsertA2M, TileOf<'k, S>, ElemOf<'k, D>>,
{
    insert(dst, src, (row, col), how, Location::caller())
}

#[inline(always)]
fn insert<'k, D, S, Q>(
    dst: D,
    src: &S,
    corner: (usize, usize),
    how: Drain<Q>,
    at: Site,
) -> RecordEvent<TInsertA2M, Live<TileOf<'k, D>>>
where
    D: Modify<'k, TInsertA2M>,
    S: Read<'k, TInsertA2M, Tile: DrainsInto<'k, TileOf<'k, D>>>,
    Q: WayOut<'k, TInsertA2M, TileOf<'k, S>, ElemOf<'k, D>>,
{
    let (dst, src) = (dst.into_tile(INNER), src.data_of(INNER));
    let (valid, extent) = (dst.valid(), src.valid());
    let fits =
        |corner: usize, extent, valid| corner.checked_add(extent).is_some_and(|end| end <= valid);
    if fits(corner.0, extent.0, valid.0) && fits(corner.1, extent.1, valid.1) {
        drain::<TInsertA2M, Inserted, _, _, _>(&dst, src, how, corner, at);
    } else {
        let trouble = Trouble::Window { code: TInsertA2M::CODE, corner, extent, valid };
        dst.core().unit().fail(trouble, at);
    }
    RecordEvent::new(Live(dst))
}
