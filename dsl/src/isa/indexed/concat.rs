//! Rows side by side: TCONCAT.

use half::{bf16, f16};

use crate::chip::Chip;
use crate::compute::concat::{Joined, JoinedByLength, JoinedCounted, Length};
use crate::compute::wide::Wide;
use crate::isa::declare::scope::{
    AnyTile, Dtype, ElemOf, Live, Location, Read, RecordEvent, VectorTile, Write,
};
use crate::isa::issuing::{mismatch, same_region, take_region};
use crate::op::TConcat;
use crate::sealed::{INNER, Sealed};
use crate::tile::{RowMajor, Tile, Valid, space};
use crate::unit::Site;

/// `Self` is a row-major `Vec` tile of the dtype and the rows of `D`, of any width.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} and {D} differ in their dtypes or rows, or are not both row-major `Vec` tiles",
    label = "expected a row-major tile of the same dtype and rows, of any width"
)]
pub trait SameRows<D>: Sealed {}

#[rustfmt::skip]
impl<'k, T, const R: usize, const C: usize, const CS: usize, V, VS, Ch>
    SameRows<Tile<'k, space::Vec, T, R, C, RowMajor, V, Ch>> for Tile<'k, space::Vec, T, R, CS, RowMajor, VS, Ch>
where
    T: Dtype,
    V: Valid,
    VS: Valid,
    Ch: Chip,
{
}

/// `Self` holds, in its first column, the length of each row of `D`.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} does not hold a length for each row of {D}",
    label = "expected a row-major tile of integers with as many rows",
    note = "for a `VecTile<T, R, C>` that is a `VecTile<i32, R, W>` of any width, or one of another integer type of at most 4 bytes; its first column counts"
)]
pub trait LengthsOf<'k, D>: AnyTile<'k> {}

#[rustfmt::skip]
#[diagnostic::do_not_recommend]
impl<'k, T, I, const R: usize, const C: usize, const W: usize, V, VI, Ch>
    LengthsOf<'k, Tile<'k, space::Vec, T, R, C, RowMajor, V, Ch>> for Tile<'k, space::Vec, I, R, W, RowMajor, VI, Ch>
where
    T: Dtype,
    I: Length,
    V: Valid,
    VI: Valid,
    Ch: Chip,
{
}

#[tilesync_macros::op(TConcat("TCONCAT") "row i of dst = row i of a, then row i of b"
    a2a3 [i8 u8 i16 u16 i32 u32 f16 bf16 f32] a5 [i8 u8 i16 u16 i32 u32 f16 bf16 f32])]
/// `dst` takes the valid rows of both, which must be equal, and as many columns as they have together; where it cannot, the kernel stops
/// with a [`Fault`](crate::Fault). For rows of different lengths see [`tconcat_lengths`].
pub fn tconcat<'k, D, A, B>(dst: D, a: &A, b: &B) -> RecordEvent<TConcat, Live<D::Tile>>
where
    D: Write<'k, TConcat, Tile: VectorTile<'k, TConcat>>,
    A: Read<'k, TConcat, Tile: SameRows<D::Tile> + AnyTile<'k>>,
    B: Read<'k, TConcat, Tile: SameRows<D::Tile> + AnyTile<'k>>,
{
    let at = Location::caller();
    let (mut dst, a, b) = (dst.into_tile(INNER), a.data_of(INNER), b.data_of(INNER));
    let ((rows, left), (_, right)) = (a.valid(), b.valid());
    same_region::<TConcat>(b, (rows, right), at);
    take_region::<TConcat>(&mut dst, (rows, left + right), at);
    let operands = [dst.operand(), a.operand(), b.operand()];
    dst.core().unit().issue::<TConcat, Wide<Joined<ElemOf<'k, D>>>>(&operands, 1, 0, at);
    RecordEvent::new(Live(dst))
}

/// Stops the kernel where the rows of the operands differ.
#[inline(always)]
fn same_rows<'k>(dst: &impl AnyTile<'k>, others: [(usize, usize); 4], at: Site) {
    let rows = dst.valid().0;
    for other in others {
        if other.0 != rows {
            mismatch::<TConcat>(dst, other, at);
        }
    }
}

#[tilesync_macros::op(TConcat("TCONCAT") "row i of dst = the first of a, then the first of b, so many as the lengths say"
    a2a3 "as [`tconcat`]" a5 "as [`tconcat`]")]
/// As [`tconcat`], where row i of `a` has `a_lengths[i,0]` elements and that of `b` has `b_lengths[i,0]`.
///
/// A length counts as PTO counts it: the number of elements times the size of the *length's* own type, 4 for i32. A row takes no more
/// than the valid columns of `dst`, which stay as they are: a free tile is valid as a whole. Behind the two parts, and where a length
/// goes beyond the valid columns of its source, are zeros here; on a device what was there before.
///
/// # Errors
///
/// If the operands have different numbers of valid rows, the kernel stops with a [`Fault`](crate::Fault).
pub fn tconcat_lengths<'k, D, A, B, LA, LB>(
    dst: D,
    a: &A,
    b: &B,
    a_lengths: &LA,
    b_lengths: &LB,
) -> RecordEvent<TConcat, Live<D::Tile>>
where
    D: Write<'k, TConcat, Tile: VectorTile<'k, TConcat>>,
    A: Read<'k, TConcat, Tile: SameRows<D::Tile> + AnyTile<'k>>,
    B: Read<'k, TConcat, Tile: SameRows<D::Tile> + AnyTile<'k>>,
    LA: Read<'k, TConcat, Tile: LengthsOf<'k, D::Tile> + AnyTile<'k, Elem: Length>>,
    LB: Read<'k, TConcat, Tile: LengthsOf<'k, D::Tile> + AnyTile<'k, Elem = ElemOf<'k, LA>>>,
{
    let at = Location::caller();
    let (dst, a, b) = (dst.into_tile(INNER), a.data_of(INNER), b.data_of(INNER));
    let (la, lb) = (a_lengths.data_of(INNER), b_lengths.data_of(INNER));
    same_rows(&dst, [a.valid(), b.valid(), la.valid(), lb.valid()], at);
    let operands = [dst.operand(), a.operand(), b.operand(), la.operand(), lb.operand()];
    let unit = dst.core().unit();
    unit.issue::<TConcat, JoinedByLength<ElemOf<'k, D>, ElemOf<'k, LA>>>(&operands, 1, 0, at);
    RecordEvent::new(Live(dst))
}

#[tilesync_macros::op(TConcat("TCONCAT") "as `tconcat_lengths`, and dst_lengths[i,0] = the length of row i"
    a2a3 "as [`tconcat`]" a5 "as [`tconcat`]")]
/// As [`tconcat_lengths`], and how long the rows of `dst` have become, counted as the other lengths are.
///
/// `dst_lengths` takes one valid column.
///
/// # Errors
///
/// As for [`tconcat_lengths`], and where `dst_lengths` cannot take its region.
pub fn tconcat_counted<'k, D, N, A, B, LA, LB>(
    dst: D,
    dst_lengths: N,
    a: &A,
    b: &B,
    a_lengths: &LA,
    b_lengths: &LB,
) -> (RecordEvent<TConcat, Live<D::Tile>>, RecordEvent<TConcat, Live<N::Tile>>)
where
    D: Write<'k, TConcat, Tile: VectorTile<'k, TConcat>>,
    N: Write<'k, TConcat, Tile: LengthsOf<'k, D::Tile> + AnyTile<'k, Elem = ElemOf<'k, LA>>>,
    A: Read<'k, TConcat, Tile: SameRows<D::Tile> + AnyTile<'k>>,
    B: Read<'k, TConcat, Tile: SameRows<D::Tile> + AnyTile<'k>>,
    LA: Read<'k, TConcat, Tile: LengthsOf<'k, D::Tile> + AnyTile<'k, Elem: Length>>,
    LB: Read<'k, TConcat, Tile: LengthsOf<'k, D::Tile> + AnyTile<'k, Elem = ElemOf<'k, LA>>>,
{
    let at = Location::caller();
    let (dst, mut ln) = (dst.into_tile(INNER), dst_lengths.into_tile(INNER));
    let (a, b) = (a.data_of(INNER), b.data_of(INNER));
    let (la, lb) = (a_lengths.data_of(INNER), b_lengths.data_of(INNER));
    same_rows(&dst, [a.valid(), b.valid(), la.valid(), lb.valid()], at);
    take_region::<TConcat>(&mut ln, (dst.valid().0, 1), at);
    #[rustfmt::skip]
    let operands =
        [dst.operand(), ln.operand(), a.operand(), b.operand(), la.operand(), lb.operand()];
    let unit = dst.core().unit();
    unit.issue::<TConcat, JoinedCounted<ElemOf<'k, D>, ElemOf<'k, LA>>>(&operands, 2, 0, at);
    (RecordEvent::new(Live(dst)), RecordEvent::new(Live(ln)))
}
