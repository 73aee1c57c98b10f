//! Rows and elements of global memory that indices name: MGATHER.

use super::{IndicesFor, index_types};
use crate::chip::{A2A3, A5, Chip};
use crate::compute::by_index::{Gathered, GatheredFractals, GatheredRows};
use crate::compute::indexed::Index;
use crate::compute::wide::Wide;
use crate::global::{In, Region};
use crate::isa::bounds::{DtypeOf, IndexFor};
use crate::isa::declare::scope::*;
use crate::isa::issuing::take_region;
use crate::op::{MGatherMat, MGatherVec, Op};
use crate::sealed::INNER;
use crate::tile::{F8E4M3, F8E5M2, HiF8, Nz, RowMajor, Tile, Valid, space};
use crate::unit::Trouble;

/// What [`mgather`] reads where an index is outside of the table. PTO's `GatherOOB`; its `Undefined` reads other data, and is left out.
///
/// A negative index counts as the unsigned number with its bits.
#[doc(alias = "GatherOOB")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GatherOob {
    /// Zero.
    Zero,
    /// The last row, or element.
    Clamp,
    /// What the index names modulo the number of rows, or elements.
    Wrap,
}

index_types! {
    MGatherVec A2A3: [i32 u32] for [i8 u8 i16 u16 i32 u32 f16 bf16 f32];
    MGatherVec A5: [i32 u32] for [i8 u8 i16 u16 i32 u32 f16 bf16 f32 F8E4M3 F8E5M2 HiF8];
}

/// `Self` holds one index for each row of `D`, side by side.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} does not hold an index for each row of {D}",
    label = "expected one row of indices, as many as the tile has rows",
    note = "for a `VecTile<T, R, C>` that is a `VecTile<i32, 1, R>` or a `VecTile<u32, 1, R>`"
)]
pub trait RowIndicesFor<'k, O, D>: AnyTile<'k> {}

#[diagnostic::do_not_recommend]
impl<'k, O, I, T, const R: usize, const C: usize, V, VI, Ch>
    RowIndicesFor<'k, O, Tile<'k, space::Vec, T, R, C, RowMajor, V, Ch>>
    for Tile<'k, space::Vec, I, 1, R, RowMajor, VI, Ch>
where
    I: IndexFor<O, T, Ch>,
    T: Dtype,
    V: Valid,
    VI: Valid,
    Ch: Chip,
{
}

#[tilesync_macros::op(MGatherVec("MGATHER") "dst[i,j] = table[idx[i,j]]"
    a2a3 [i8 u8 i16 u16 i32 u32 f16 bf16 f32] a5 [i8 u8 i16 u16 i32 u32 f16 bf16 f32 F8E4M3 F8E5M2 HiF8])]
/// From global memory, with `Coalesce::Elem`: an index counts the elements of the region `table` row after row.
///
/// `dst` takes the valid region of `idx`. The table is an input, which nobody writes during the launch. For whole rows see
/// [`mgather_rows`]. Index types: i32, u32.
///
/// # Errors
///
/// If `dst` cannot take the region, or the table starts outside of its tensor, the kernel stops with a [`Fault`](crate::Fault).
pub fn mgather<'k, T, D, I>(
    dst: D,
    table: &Region<'k, T, In, RowMajor>,
    idx: &I,
    oob: GatherOob,
) -> RecordEvent<MGatherVec, Live<D::Tile>>
where
    T: Dtype,
    D: Write<'k, MGatherVec, Tile: VectorTile<'k, MGatherVec, Elem = T>>,
    I: Read<'k, MGatherVec, Tile: IndicesFor<'k, MGatherVec, D::Tile> + AnyTile<'k, Elem: Index>>,
{
    let at = Location::caller();
    let (mut dst, idx) = (dst.into_tile(INNER), idx.data_of(INNER));
    take_region::<MGatherVec>(&mut dst, idx.valid(), at);
    if let Some(table) = table.operand(D::Tile::TYPE.shape(), at) {
        let operands = [dst.operand(), table, idx.operand()];
        let unit = dst.core().unit();
        unit.issue::<MGatherVec, Wide<Gathered<T, ElemOf<'k, I>>>>(&operands, 1, oob as u64, at);
    }
    RecordEvent::new(Live(dst))
}

#[tilesync_macros::op(MGatherVec("MGATHER") "dst[i,j] = table[idx[0,i], j]"
    a2a3 "as [`mgather`]" a5 "as [`mgather`]")]
/// From global memory, with `Coalesce::Row`: an index names a row of the region `table`.
///
/// `dst` takes as many valid rows as `idx` has columns, and the columns that the region has, at most those of the tile. The table is an
/// input, which nobody writes during the launch. Index types: i32, u32.
///
/// ```
/// # use tilesync::prelude::*;
/// # fn k<'k>(
/// #     dst: VecTile<'k, f32, 8, 64>,
/// #     idx: Event<TLoad, MGatherVec, Live<VecTile<'k, i32, 1, 8>>>,
/// #     table: &GlobalIn<'k, f32>,
/// # ) {
/// let rows = mgather_rows(dst, &table.at(0, 0), &idx, GatherOob::Zero);
/// # let _ = (rows, idx);
/// # }
/// ```
///
/// # Errors
///
/// If less remains of a row than a tile with a fixed valid region takes, there are fewer indices, or the table starts outside of its
/// tensor, the kernel stops with a [`Fault`](crate::Fault).
pub fn mgather_rows<'k, T, D, I>(
    dst: D,
    table: &Region<'k, T, In, RowMajor>,
    idx: &I,
    oob: GatherOob,
) -> RecordEvent<MGatherVec, Live<D::Tile>>
where
    T: Dtype,
    D: Write<'k, MGatherVec, Tile: VectorTile<'k, MGatherVec, Elem = T>>,
    I: Read<
            'k,
            MGatherVec,
            Tile: RowIndicesFor<'k, MGatherVec, D::Tile> + AnyTile<'k, Elem: Index>,
        >,
{
    let at = Location::caller();
    let (mut dst, idx) = (dst.into_tile(INNER), idx.data_of(INNER));
    if let Some(table) = table.operand(D::Tile::TYPE.shape(), at) {
        take_rows::<MGatherVec, _>(&mut dst, (idx.valid().1, table.cols as usize), at);
        let operands = [dst.operand(), table, idx.operand()];
        let unit = dst.core().unit();
        unit.issue::<MGatherVec, Wide<GatheredRows<T, ElemOf<'k, I>>>>(
            &operands, 1, oob as u64, at,
        );
    }
    RecordEvent::new(Live(dst))
}

/// Gives `dst` so many rows, and at most so many columns; a fixed region must be no larger.
#[inline(always)]
fn take_rows<'k, O: Op, D: AnyTile<'k>>(
    dst: &mut D,
    (rows, cols): (usize, usize),
    at: crate::unit::Site,
) {
    let remain = (rows, cols.min(D::TYPE.shape().1));
    if !dst.set_valid(remain) {
        let tile = dst.valid();
        if tile.0 > remain.0 || tile.1 > remain.1 {
            dst.core().unit().fail(Trouble::Edge { code: O::CODE, remain, tile }, at);
        }
    }
}

#[tilesync_macros::op(MGatherMat("MGATHER") "dst[i,j] = table[idx[0,i], j]"
    a2a3 [i8 u8 i16 u16 i32 u32 f16 bf16 f32] a5 [i8 u8 i16 u16 i32 u32 f16 bf16 f32 F8E4M3 F8E5M2 HiF8])]
/// As [`mgather_rows`], into a `Mat` tile in fractals, with indices in global memory.
///
/// The rows are those that `idx` has from its place on, at most those of the tile. `idx` is an input as the table is.
///
/// # Errors
///
/// As for [`mgather_rows`].
pub fn mgather_mat_rows<'k, T, I, D, const R: usize, const C: usize, V, Ch>(
    dst: D,
    table: &Region<'k, T, In, RowMajor>,
    idx: &Region<'k, I, In, RowMajor>,
    oob: GatherOob,
) -> RecordEvent<MGatherMat, Live<D::Tile>>
where
    T: DtypeOf<MGatherMat, Ch>,
    I: IndexFor<MGatherVec, T, Ch>,
    V: Valid,
    Ch: Chip,
    D: Write<'k, MGatherMat, Tile = Tile<'k, space::Mat, T, R, C, Nz, V, Ch>>,
{
    let at = Location::caller();
    let mut dst = dst.into_tile(INNER);
    if let (Some(table), Some(mut idx)) = (table.operand((R, C), at), idx.operand((1, R), at)) {
        idx.cols = Ord::min(idx.cols, R as u32);
        take_rows::<MGatherMat, _>(&mut dst, (idx.cols as usize, table.cols as usize), at);
        let operands = [dst.operand(), table, idx];
        let unit = dst.core().unit();
        unit.issue::<MGatherMat, GatheredFractals<T, I>>(&operands, 1, oob as u64, at);
    }
    RecordEvent::new(Live(dst))
}
