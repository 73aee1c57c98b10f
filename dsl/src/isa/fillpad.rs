//! Padding: TFILLPAD fills what lies outside of a valid region, so that ops and stores may use the whole tile.

use std::marker::PhantomData;
use std::panic::Location;

use half::{bf16, f16};

use super::issuing::take_region;
use super::operand::{DtypeOf, ElemOf};
use crate::chip::Chip;
use crate::compute::wide::Wide;
use crate::event::{Live, Modify, Read, RecordEvent, Write};
use crate::memory::{Dst, Semantics, Src};
use crate::op::{Op, TFillPadMat, TFillPadVec};
use crate::sealed::{INNER, Sealed};
use crate::tile::layout::{BLOCK_BYTES, InOrder};
use crate::tile::{
    AnyTile, Dtype, Dyn, F4E1M2x2, F4E2M1x2, F8E4M3, F8E5M2, F8E8M0, Full, HiF8, LayoutId, Nz,
    PlainLayout, Tile, Valid, space,
};
use crate::unit::Site;

/// What TFILLPAD writes outside of the valid region. PTO's `PadValue`.
#[doc(alias = "PadValue")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pad<T> {
    /// Zero.
    Zero,
    /// The least value: negative infinity for floats. A maximum is the same with it.
    Min,
    /// The greatest value: infinity for floats. A minimum is the same with it.
    Max,
    /// This value.
    #[doc(alias = "PadCustom")]
    Value(T),
}

impl<T: Dtype> Pad<T> {
    fn value(self) -> T {
        match self {
            Pad::Zero => T::ZERO,
            Pad::Min => T::LOWEST,
            Pad::Max => T::HIGHEST,
            Pad::Value(value) => value,
        }
    }
}

/// `Self` may be padded into `D`: plain `Vec` tiles of one shape, dtype and layout, and all of `D` can be valid.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {D} is not padded from {Self}",
    label = "expected a tile of the destination's dtype, shape and layout, and a destination that can be valid as a whole",
    note = "`tfillpad` fills a `VecTile<T, R, C>`, `Full` or `Dyn`, from a `VecTile<T, R, C>` with any valid region; `tfillpad_expand` from a smaller one"
)]
pub trait PadsTo<D>: Sealed {}

#[diagnostic::do_not_recommend]
#[rustfmt::skip]
impl<'k, T, const R: usize, const C: usize, L: PlainLayout, LS, V: MayBeWhole, VS: Valid, Ch: Chip>
    PadsTo<Tile<'k, space::Vec, T, R, C, L, V, Ch>> for Tile<'k, space::Vec, T, R, C, LS, VS, Ch>
where
    LS: PlainLayout + InOrder<L::Order>,
    T: DtypeOf<TFillPadVec, Ch>,
{
}

/// As [`PadsTo`], of any two shapes.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {D} is not expanded from {Self}",
    label = "expected a tile of the destination's dtype and layout, and a destination that can be valid as a whole",
    note = "`tfillpad_expand` fills a `VecTile`, `Full` or `Dyn`, from a smaller `VecTile` of its dtype"
)]
pub trait ExpandsTo<D>: Sealed {}

#[diagnostic::do_not_recommend]
#[rustfmt::skip]
impl<'k, T, const R: usize, const C: usize, const RS: usize, const CS: usize, L: PlainLayout, LS, V: MayBeWhole, VS: Valid, Ch: Chip>
    ExpandsTo<Tile<'k, space::Vec, T, R, C, L, V, Ch>> for Tile<'k, space::Vec, T, RS, CS, LS, VS, Ch>
where
    LS: PlainLayout + InOrder<L::Order>,
    T: DtypeOf<TFillPadVec, Ch>,
{
}

/// A kind of valid region that can be all of a tile.
#[diagnostic::on_unimplemented(
    message = "a tile with the valid region {Self} cannot be valid as a whole",
    label = "what is padded is valid as a whole",
    note = "make the tile `Full` or `Dyn`"
)]
pub trait MayBeWhole: Valid {}
impl MayBeWhole for Full {}
impl MayBeWhole for Dyn {}

/// `Self` is a tile in L1 that can be padded in place: NZ, valid as a part.
#[diagnostic::on_unimplemented(
    message = "{Self} cannot be padded in place",
    label = "expected a tile with a `Dyn` valid region, and an element type of 1, 2 or 4 bytes",
    note = "`tfillpad_assign` takes a plain `Vec` tile, `tfillpad_mat_assign` a `MatTile` in NZ, both `Dyn`"
)]
pub trait PaddedInPlace<'k, O>: AnyTile<'k> {}

impl<'k, T, const R: usize, const C: usize, L: PlainLayout, Ch: Chip> PaddedInPlace<'k, TFillPadVec>
    for Tile<'k, space::Vec, T, R, C, L, Dyn, Ch>
where
    T: DtypeOf<TFillPadVec, Ch>,
{
}

impl<'k, T, const R: usize, const C: usize, Ch: Chip> PaddedInPlace<'k, TFillPadMat>
    for Tile<'k, space::Mat, T, R, C, Nz, Dyn, Ch>
where
    T: DtypeOf<TFillPadMat, Ch>,
{
}

#[tilesync_macros::op(TFillPadVec("TFILLPAD") "dst[i,j] = src[i,j] where valid, else pad" a2a3 [i8 u8 i16 u16 i32 u32 f16 bf16 f32] a5 [i8 u8 i16 u16 i32 u32 f16 bf16 f32 F8E4M3 F8E5M2 HiF8 F8E8M0 F4E2M1x2 F4E1M2x2])]
/// All of `dst` is valid then. PTO has the pad in the type of the
/// destination, as its `PadVal`.
///
/// A row maximum over a tile that is padded with [`Pad::Min`] is that of its data, whatever the width:
///
/// ```
/// # use tilesync::prelude::*;
/// # fn k<'k>(
/// #     ub: VecTile<'k, f32, 8, 64>,
/// #     x: Event<TLoad, TFillPadVec, Live<VecTile<'k, f32, 8, 64, Dyn>>>,
/// # ) {
/// let whole = tfillpad(ub, &x, Pad::Min);
/// # let _ = (whole, x);
/// # }
/// ```
pub fn tfillpad<'k, D, S>(
    dst: D,
    src: &S,
    pad: Pad<ElemOf<'k, D>>,
) -> RecordEvent<TFillPadVec, Live<D::Tile>>
where
    D: Write<'k, TFillPadVec>,
    S: Read<'k, TFillPadVec, Tile: PadsTo<D::Tile>>,
{
    fill(dst.into_tile(INNER), src.data_of(INNER), pad, Location::caller())
}

#[tilesync_macros::op(TFillPadVec("TFILLPAD_EXPAND") "dst[i,j] = src[i,j] where valid, else pad" a2a3 "as `tfillpad`" a5 "as `tfillpad`")]
/// As [`tfillpad`], into a larger tile: `src` comes to lie in the upper left corner.
///
/// A `dst` with fewer rows or columns than `src` fails the build.
pub fn tfillpad_expand<'k, D, S>(
    dst: D,
    src: &S,
    pad: Pad<ElemOf<'k, D>>,
) -> RecordEvent<TFillPadVec, Live<D::Tile>>
where
    D: Write<'k, TFillPadVec>,
    S: Read<'k, TFillPadVec, Tile: ExpandsTo<D::Tile>>,
{
    const {
        assert!(
            is_no_smaller::<D::Tile, S::Tile>(),
            "the destination of `tfillpad_expand` is smaller than its source"
        );
    }
    fill(dst.into_tile(INNER), src.data_of(INNER), pad, Location::caller())
}

/// Whether `A` has at least the rows and the columns of `B`.
const fn is_no_smaller<'k, A: AnyTile<'k>, B: AnyTile<'k>>() -> bool {
    A::TYPE.rows >= B::TYPE.rows && A::TYPE.cols >= B::TYPE.cols
}

#[inline(always)]
fn fill<'k, D: AnyTile<'k>>(
    mut dst: D,
    src: &impl AnyTile<'k>,
    pad: Pad<D::Elem>,
    at: Site,
) -> RecordEvent<TFillPadVec, Live<D>> {
    take_region::<TFillPadVec>(&mut dst, D::TYPE.shape(), at);
    let operands = [dst.operand(), src.operand()];
    let imm = pad.value().to_bits();
    dst.core().unit().issue::<TFillPadVec, Wide<Padded<D::Elem>>>(&operands, 1, imm, at);
    RecordEvent::new(Live(dst))
}

#[tilesync_macros::op(TFillPadVec("TFILLPAD_INPLACE") "dst[i,j] = pad where not valid" a2a3 "as `tfillpad`" a5 "as `tfillpad`")]
/// [`tfillpad`] in place: what is not valid of `dst` becomes `pad`, and all of it valid.
pub fn tfillpad_assign<'k, D>(
    dst: D,
    pad: Pad<<D::Tile as AnyTile<'k>>::Elem>,
) -> RecordEvent<TFillPadVec, Live<D::Tile>>
where
    D: Modify<'k, TFillPadVec, Tile: PaddedInPlace<'k, TFillPadVec>>,
{
    fill_in_place(dst.into_tile(INNER), pad, Location::caller())
}

#[tilesync_macros::op(TFillPadMat("TFILLPAD") "dst[i,j] = 0 where not valid" a2a3 [i8 u8 i16 u16 i32 u32 f16 bf16 f32] a5 [i8 u8 i16 u16 i32 u32 f16 bf16 f32 F8E4M3 F8E5M2 HiF8 F8E8M0 F4E2M1x2 F4E1M2x2])]
/// What is not valid of a `Mat` tile becomes zero, and all of it valid (TFILLPAD on `Mat`).
///
/// For the fractals at the edge of a matrix, which a load fills in part. Runs on MTE2, behind that load, with no flag in between;
/// zero is the only pad there.
///
/// PTO writes it with two tiles of one type; here they are one.
pub fn tfillpad_mat_assign<'k, D>(dst: D) -> RecordEvent<TFillPadMat, Live<D::Tile>>
where
    D: Modify<'k, TFillPadMat, Tile: PaddedInPlace<'k, TFillPadMat>>,
{
    fill_in_place(dst.into_tile(INNER), Pad::Zero, Location::caller())
}

#[inline(always)]
fn fill_in_place<'k, O: Op, D: AnyTile<'k>>(
    mut dst: D,
    pad: Pad<D::Elem>,
    at: Site,
) -> RecordEvent<O, Live<D>> {
    let (rows, cols) = dst.valid();
    take_region::<O>(&mut dst, D::TYPE.shape(), at);
    // An element of 4 bytes, and a number smaller than twice the elements of the largest memory.
    let region = (rows * (D::TYPE.shape().1 + 1) + cols) as u64;
    let imm = region << u32::BITS | pad.value().to_bits() & u64::from(u32::MAX);
    dst.core().unit().issue::<O, Wide<PaddedAround<D::Elem>>>(&[dst.operand()], 1, imm, at);
    RecordEvent::new(Live(dst))
}

/// `dst = src` where `src` is valid, `imm` in the rest of the tile.
pub(super) struct Padded<T>(PhantomData<T>);

impl<T: Dtype> Semantics for Padded<T> {
    type Views<'a> = (Dst<'a, T>, Src<'a, T>);

    #[inline(always)]
    fn run((dst, src): Self::Views<'_>, imm: u64) {
        let pad = T::from_bits(imm);
        let (lines, len, to, from) = match dst.layout {
            LayoutId::Dn => (src.valid.1, src.valid.0, dst.shape.0, src.shape.0),
            _ => (src.valid.0, src.valid.1, dst.shape.1, src.shape.1),
        };
        let (filled, rest) = dst.data.split_at_mut(lines * to);
        for (to, from) in filled.chunks_exact_mut(to).zip(src.data.chunks_exact(from)) {
            to[..len].copy_from_slice(&from[..len]);
            to[len..].fill(pad);
        }
        rest.fill(pad);
    }
}

/// The low half of `imm` around a region, which the high half says, as `rows * (C + 1) + cols`.
struct PaddedAround<T>(PhantomData<T>);

impl<T: Dtype> Semantics for PaddedAround<T> {
    type Views<'a> = (Dst<'a, T>,);

    #[inline(always)]
    fn run((dst,): Self::Views<'_>, imm: u64) {
        let (pad, region) = (T::from_bits(imm & u64::from(u32::MAX)), (imm >> u32::BITS) as usize);
        let (rows, cols) = (region / (dst.shape.1 + 1), region % (dst.shape.1 + 1));
        match dst.layout {
            LayoutId::Dn => pad_lines(dst.data, dst.shape.0, cols, rows, pad),
            LayoutId::Nd => pad_lines(dst.data, dst.shape.1, rows, cols, pad),
            // A column of fractals is one piece.
            _ => {
                let width = BLOCK_BYTES / size_of::<T>();
                for (at, piece) in dst.data.chunks_exact_mut(dst.shape.0 * width).enumerate() {
                    let len = cols.saturating_sub(at * width).min(width);
                    pad_lines(piece, width, rows, len, pad);
                }
            }
        }
    }
}

/// Fills all but the first `len` elements of the first `lines` lines.
#[inline(always)]
fn pad_lines<T: Dtype>(data: &mut [T], pitch: usize, lines: usize, len: usize, pad: T) {
    let (kept, rest) = data.split_at_mut(lines * pitch);
    if len < pitch {
        for line in kept.chunks_exact_mut(pitch) {
            line[len..].fill(pad);
        }
    }
    rest.fill(pad);
}
