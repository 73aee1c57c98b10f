//! Windows: TEXTRACT cuts one out of a tile, TINSERT puts a tile into one of another.

use std::panic::Location;

use super::drain::{Drain, WayOut};
use super::fixpipe::drain;
use super::paths::{Grain, extracts, inserts, types};
use crate::chip::{A5, Chip};
use crate::compute::outlet::{Cut, Inserted};
use crate::event::{Live, Modify, Read, RecordEvent, Write};
use crate::isa::operand::{ElemOf, TileOf};
use crate::op::{Op, TExtractA2M, TInsertA2M, TMovA2V};
use crate::program::Operand;
use crate::sealed::{INNER, NotForKernels};
use crate::tile::{AnyTile, Dtype, Nz, NzAcc, RowMajor, Tile, Valid, space};
use crate::unit::{Core, Site, Trouble};

/// TEXTRACT takes a window of the tile `Self` to a tile `D`, by the op of the two memory spaces.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {D} is not filled from a window of {Self} by `textract`",
    label = "no such path, or the dtypes or layouts differ",
    note = "`textract` copies a window of a `MatTile` to a `LeftTile` or a `RightTile`, and one of a `Vec` tile to a `Vec` tile of its layout, `RowMajor` or `Nz`, all of one dtype",
    note = "it copies one of an `AccTile` to a `MatTile`: of f32 to f16 or bf16, on a5 also of f32 and i32 as they are, and to a `Vec` tile; a5 also has `Vec` to `Mat`, both in `Nz`"
)]
pub trait ExtractsTo<'k, D>: AnyTile<'k> {
    /// The op.
    type Op: Op;
    /// Where in `Self` a window may begin.
    #[doc(hidden)]
    const GRAIN: Grain;

    #[doc(hidden)]
    fn issue(
        core: Core<'k, Self::Chip>,
        operands: &[Operand],
        corner: (usize, usize),
        at: Site,
        _: NotForKernels,
    );
}

/// TINSERT takes the tile `Self` into a window of a tile `D`, by the op of the two memory spaces.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} is not put into a window of {D} by `tinsert`",
    label = "no such path, or the dtypes or layouts differ",
    note = "`tinsert` copies a `Vec` tile into a `Vec` tile of its dtype and layout, `RowMajor` or `Nz`, and an `AccTile` into a `MatTile`: of f32 as f16 or bf16, on a5 also of f32 and i32 as they are",
    note = "a5 also has `Acc` into `Vec`, and `Vec` into `Mat`, both of one layout"
)]
pub trait InsertsTo<'k, D>: AnyTile<'k> {
    /// The op.
    type Op: Op;
    /// Where in `D` a window may begin.
    #[doc(hidden)]
    const GRAIN: Grain;

    #[doc(hidden)]
    fn issue(
        core: Core<'k, Self::Chip>,
        operands: &[Operand],
        corner: (usize, usize),
        at: Site,
        _: NotForKernels,
    );
}

/// FIX takes the accumulator `Self` to the tile `D` through a window, whatever their sizes.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {D} does not take elements of {Self} through a window",
    label = "expected an `AccTile`, and a `MatTile` in NZ, on a5 or a `Vec` tile, that takes its elements",
    note = "`textract_with` and `tinsert_with` take an `AccTile` to a `MatTile`, on a5 also to a `Vec` tile; the element types are listed at `Drain`"
)]
pub trait DrainsInto<'k, D>: AnyTile<'k> {
    /// The op that extracts.
    type Extract: Op;
    /// The op that inserts.
    type Insert: Op;
}

macro_rules! drains_into {
    ($($space:ident $layout:ident, $ch:ty $(, $generic:ident)?: $extract:ident $insert:ident;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<'k, T, A, const R: usize, const C: usize, const RS: usize, const CS: usize, V: Valid, VS: Valid, $($generic: Chip)?>
            DrainsInto<'k, Tile<'k, space::$space, T, R, C, $layout, V, $ch>>
            for Tile<'k, space::Acc, A, RS, CS, NzAcc, VS, $ch>
        where
            A: Dtype,
        {
            type Extract = $extract;
            type Insert = $insert;
        }
    )*};
}

drains_into! {
    Mat Nz, Ch, Ch: TExtractA2M TInsertA2M;
    Vec RowMajor, A5: TMovA2V TMovA2V;
    Vec Nz, A5: TMovA2V TMovA2V;
}

#[tilesync_macros::op(TMovV2V | TExtractM2LR | TExtractV2M | TExtractA2M | TMovA2V("TEXTRACT") "dst[i,j] = src[row + i, col + j]" a2a3 "by the path, see [`textract`]" a5 "by the path, see [`textract`]")]
/// A window of a tile. Copies as much of the valid region of `src` as there is from (`row`, `col`) on, at most the tile: `dst` takes that as its valid
/// region. So one load feeds several products. The spaces and the layouts choose the op:
///
#[doc = extracts!()]
///
#[doc = types!()]
///
/// The window begins where the device can begin to copy: in fractals where one begins (on a5 within `Vec` and to `Mat` in any row);
/// in a row-major tile on a2a3 at a multiple of 32 bytes; if it has one element, or is one of an accumulator, anywhere. An accumulator
/// leaves as by [`tmov`](crate::isa::tmov), and by [`textract_with`] scaled.
///
/// ```
/// # use tilesync::prelude::*;
/// # fn k<'k>(
/// #     rows: Event<TLoad, Vector, Live<VecTile<'k, f32, 8, 64>>>,
/// #     part: VecTile<'k, f32, 8, 16>,
/// # ) {
/// let part = textract(part, &rows, 0, 32); // the third of four parts
/// # let _ = (part, rows);
/// # }
/// ```
///
/// # Errors
///
/// Where less remains than a tile with a fixed valid region takes, or the window starts outside of the valid region or where none
/// may start, the kernel stops with a [`Fault`](crate::Fault) that names this line.
// As for `tmov`, the op is a parameter.
pub fn textract<'k, O: Op, D, S>(
    dst: D,
    src: &S,
    row: usize,
    col: usize,
) -> RecordEvent<O, Live<TileOf<'k, D>>>
where
    D: Write<'k, O>,
    S: Read<'k, O, Tile: ExtractsTo<'k, TileOf<'k, D>, Op = O>>,
{
    let at = Location::caller();
    let (mut dst, src) = (dst.into_tile(INNER), src.data_of(INNER));
    let grain = <TileOf<'k, S> as ExtractsTo<'k, TileOf<'k, D>>>::GRAIN;
    if take_window::<O, _>(&mut dst, src, (row, col), grain, at) {
        let operands = [dst.operand(), src.operand()];
        TileOf::<'k, S>::issue(src.core(), &operands, (row, col), at, INNER);
    }
    RecordEvent::new(Live(dst))
}

/// Gives `dst` as its valid region what remains of `src` from a corner on, at most the tile; false, with the kernel stopped, where
/// nothing does.
#[inline(always)]
fn take_window<'k, O: Op, D: AnyTile<'k>>(
    dst: &mut D,
    src: &impl AnyTile<'k>,
    (row, col): (usize, usize),
    grain: Grain,
    at: Site,
) -> bool {
    let (valid, shape) = (src.valid(), D::TYPE.shape());
    let unit = dst.core().unit();
    if row >= valid.0 || col >= valid.1 {
        unit.fail(Trouble::Element { at: (row, col), valid }, at);
        return false;
    }
    let remain = ((valid.0 - row).min(shape.0), (valid.1 - col).min(shape.1));
    if !dst.set_valid(remain) {
        let tile = dst.valid();
        if tile.0 > remain.0 || tile.1 > remain.1 {
            unit.fail(Trouble::Edge { code: O::CODE, remain, tile }, at);
        }
    }
    begins::<O>(dst, (row, col), dst.valid(), grain, at)
}

/// Whether a window may begin at a corner; if not, with the kernel stopped.
#[inline(always)]
fn begins<'k, O: Op>(
    tile: &impl AnyTile<'k>,
    corner: (usize, usize),
    extent: (usize, usize),
    grain: Grain,
    at: Site,
) -> bool {
    let may = extent == (1, 1) || grain.has(corner);
    if !may {
        let trouble = Trouble::Corner { code: O::CODE, corner, grain: grain.steps() };
        tile.core().unit().fail(trouble, at);
    }
    may
}

#[tilesync_macros::op(TExtractA2M | TMovA2V("TEXTRACT") "dst[i,j] = how(src[row + i, col + j])" a2a3 "as [`Drain`] says" a5 "as [`Drain`] says")]
/// A window of an `Acc` tile (TEXTRACT with `ReluPreMode` and `preQuantScalar`, TEXTRACT_FP).
///
/// [`Drain`] says what `how` may be, what it computes, and which element types there are; scales of columns are those of the
/// columns of `src`. All else is as for [`textract`].
///
/// # Errors
///
/// As for [`textract`]; and where the scales of the columns are not as many as the columns of `src`, the kernel stops with a
/// [`Fault`](crate::Fault) that names this line.
#[doc(alias = "TEXTRACT_FP")]
// As for `tmov`, the op is a parameter.
pub fn textract_with<'k, O: Op, D, S, Q>(
    dst: D,
    src: &S,
    row: usize,
    col: usize,
    how: Drain<Q>,
) -> RecordEvent<O, Live<TileOf<'k, D>>>
where
    D: Write<'k, O>,
    S: Read<'k, O, Tile: DrainsInto<'k, TileOf<'k, D>, Extract = O>>,
    Q: WayOut<'k, O, TileOf<'k, S>, ElemOf<'k, D>>,
{
    let at = Location::caller();
    let (mut dst, src) = (dst.into_tile(INNER), src.data_of(INNER));
    let corner = (row, col);
    if take_window::<O, _>(&mut dst, src, corner, Grain::ANY, at) {
        drain::<O, Cut, _, _, _>(&dst, src, how, corner, at);
    }
    RecordEvent::new(Live(dst))
}

#[tilesync_macros::op(TMovV2V | TMovV2M | TInsertA2M | TMovA2V("TINSERT") "dst[row + i, col + j] = src[i,j]" a2a3 "by the path, see [`tinsert`]" a5 "by the path, see [`tinsert`]")]
/// A tile into a window of another.
///
/// All that is valid of `src` is written; the rest of `dst` stays as it is, and so does its valid region. So `dst` must hold data, and
/// several inserts may fill one tile. The spaces and the layouts choose the op:
///
#[doc = inserts!()]
///
#[doc = types!()]
///
/// The window begins where one of [`textract`] may begin. An accumulator leaves as by [`tmov`](crate::isa::tmov), and by
/// [`tinsert_with`] scaled.
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
/// Where the window sticks out of the valid region of `dst`, or starts where none may start, the kernel stops with a
/// [`Fault`](crate::Fault) that names this line.
// As for `tmov`, the op is a parameter.
pub fn tinsert<'k, O: Op, D, S>(
    dst: D,
    src: &S,
    row: usize,
    col: usize,
) -> RecordEvent<O, Live<TileOf<'k, D>>>
where
    D: Modify<'k, O>,
    S: Read<'k, O, Tile: InsertsTo<'k, TileOf<'k, D>, Op = O>>,
{
    let at = Location::caller();
    let (dst, src) = (dst.into_tile(INNER), src.data_of(INNER));
    let grain = <TileOf<'k, S> as InsertsTo<'k, TileOf<'k, D>>>::GRAIN;
    if fits::<O>(&dst, src, (row, col), at) && begins::<O>(&dst, (row, col), src.valid(), grain, at)
    {
        let operands = [dst.operand(), src.operand()];
        TileOf::<'k, S>::issue(src.core(), &operands, (row, col), at, INNER);
    }
    RecordEvent::new(Live(dst))
}

#[tilesync_macros::op(TInsertA2M | TMovA2V("TINSERT") "dst[row + i, col + j] = how(src[i,j])" a2a3 "as [`Drain`] says" a5 "as [`Drain`] says")]
/// An `Acc` tile into a window of another (TINSERT with `ReluPreMode` and `preQuantScalar`, TINSERT_FP).
///
/// [`Drain`] says what `how` may be, what it computes, and which element types there are. All else is as for [`tinsert`].
///
/// # Errors
///
/// As for [`tinsert`]; and where the scales of the columns are not as many as the columns of `src`, the kernel stops with a
/// [`Fault`](crate::Fault) that names this line.
#[doc(alias = "TINSERT_FP")]
// As for `tmov`, the op is a parameter.
pub fn tinsert_with<'k, O: Op, D, S, Q>(
    dst: D,
    src: &S,
    row: usize,
    col: usize,
    how: Drain<Q>,
) -> RecordEvent<O, Live<TileOf<'k, D>>>
where
    D: Modify<'k, O>,
    S: Read<'k, O, Tile: DrainsInto<'k, TileOf<'k, D>, Insert = O>>,
    Q: WayOut<'k, O, TileOf<'k, S>, ElemOf<'k, D>>,
{
    let at = Location::caller();
    let (dst, src) = (dst.into_tile(INNER), src.data_of(INNER));
    if fits::<O>(&dst, src, (row, col), at) {
        drain::<O, Inserted, _, _, _>(&dst, src, how, (row, col), at);
    }
    RecordEvent::new(Live(dst))
}

/// Whether all that is valid of `src` lies, from a corner on, in what is valid of `dst`; if not, with the kernel stopped.
#[inline(always)]
fn fits<'k, O: Op>(
    dst: &impl AnyTile<'k>,
    src: &impl AnyTile<'k>,
    corner: (usize, usize),
    at: Site,
) -> bool {
    let (valid, extent) = (dst.valid(), src.valid());
    let inside =
        |corner: usize, extent, valid| corner.checked_add(extent).is_some_and(|end| end <= valid);
    let fits = inside(corner.0, extent.0, valid.0) && inside(corner.1, extent.1, valid.1);
    if !fits {
        dst.core().unit().fail(Trouble::Window { code: O::CODE, corner, extent, valid }, at);
    }
    fits
}
