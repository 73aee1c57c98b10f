//! To rows and elements of global memory that indices name: MSCATTER.

use super::{IndexFor, IndicesFor, RowIndicesFor, index_types};
use crate::chip::{A2A3, A5};
use crate::compute::by_index::{Added, AddedAlone, Combined, CombinedRows, Greater, Lesser};
use crate::compute::by_index::{Scattered, ScatteredRows};
use crate::compute::indexed::Index;
use crate::event::NoTile;
use crate::global::{Max, Min, Out, Region, StoredBy, Sum};
use crate::isa::bounds::{DtypeOf, Store};
use crate::isa::declare::scope::*;
use crate::isa::issuing::{mismatch, same_region};
use crate::isa::operand::{Anything, dtypes};
use crate::memory::Semantics;
use crate::op::{MScatter, Op};
use crate::sealed::INNER;
use crate::tile::{F8E4M3, F8E5M2, HiF8, RowMajor};
use crate::unit::{Site, Trouble};

/// Where [`mscatter`] writes if an index is outside of the table. PTO's `ScatterOOB`; its `Undefined` writes to other data, and is left
/// out.
#[doc(alias = "ScatterOOB")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScatterOob {
    /// Nowhere.
    Skip,
    /// To the last row, or element.
    Clamp,
    /// To what the index names modulo the number of rows, or elements.
    Wrap,
}

index_types! {
    MScatter A2A3: [i32 u32] for [i8 u8 i16 u16 i32 u32 f16 bf16 f32];
    MScatter A5: [i32 u32] for [i8 u8 i16 u16 i32 u32 f16 bf16 f32 F8E4M3 F8E5M2 HiF8];
}

/// MSCATTER that adds floats in any order, as a bound: `DtypeOf<ScatterAnyOrder, Ch>`.
#[derive(Debug)]
pub enum ScatterAnyOrder {}
/// MSCATTER that adds whole numbers, row by row.
#[derive(Debug)]
pub enum ScatterRows {}
/// MSCATTER that adds floats in any order, row by row.
#[derive(Debug)]
pub enum ScatterRowsAnyOrder {}
/// MSCATTER that keeps the greatest or the least.
#[derive(Debug)]
pub enum ScatterBest {}

dtypes!(ScatterAnyOrder: a2a3 [] a5 [f16 bf16 f32]);
dtypes!(ScatterRows: a2a3 [i8 i16 i32] a5 [i32 u32]);
dtypes!(ScatterRowsAnyOrder: a2a3 [f16 bf16 f32] a5 [f16 bf16 f32]);
dtypes!(ScatterBest: a2a3 [] a5 [i32 u32 f32]);

/// On chip `Ch`, [`mscatter_add`] adds elements of type `T` to a table of this kind.
#[diagnostic::on_unimplemented(
    message = "`mscatter_add` does not add {T} to this table on {Ch}",
    label = "not a table that it adds to",
    note = "on a2a3 its scalar unit adds, while no other block may: to a `GlobalOut<'k, T, RowMajor, PipeV>` of i8, i16, i32, f16, bf16 or f32",
    note = "on a5 all blocks may add at once: to a `GlobalSum<'k, T, RowMajor, PipeV>` of i32 or u32; floats with `mscatter_add_any_order`"
)]
pub trait AddsTo<T, Ch> {
    /// Whether no other block adds to it.
    #[doc(hidden)]
    const ALONE: bool;
}

macro_rules! adds_to {
    ($($table:ident on $ch:ident, alone $alone:literal: $($t:ident)*;)*) => {$($(
        #[diagnostic::do_not_recommend]
        impl<P: StoredBy<MScatter>> AddsTo<$t, $ch> for $table<P> {
            const ALONE: bool = $alone;
        }
    )*)*};
}

adds_to! {
    Out on A2A3, alone true: i8 i16 i32 f16 bf16 f32;
    Sum on A5, alone false: i32 u32;
}

// Two that are no chip, so that the chip is known before a table is refused.
#[diagnostic::do_not_recommend]
impl<A, T> AddsTo<T, NoTile> for A {
    const ALONE: bool = true;
}
#[diagnostic::do_not_recommend]
impl<A, T> AddsTo<T, Anything> for A {
    const ALONE: bool = true;
}

/// Issues the form by element.
#[inline(always)]
fn elements<'k, M: Semantics, T, A, S, I>(
    table: &Region<'k, T, A, RowMajor>,
    src: S,
    idx: &I,
    oob: ScatterOob,
    at: Site,
) -> S::Stored<MScatter>
where
    S: Store<'k, MScatter>,
    I: Read<'k, MScatter>,
{
    let (tile, idx) = (src.stored(INNER), idx.data_of(INNER));
    same_region::<MScatter>(tile, idx.valid(), at);
    if let Some(table) = table.operand(S::Tile::TYPE.shape(), at) {
        let operands = [table, tile.operand(), idx.operand()];
        tile.core().unit().issue::<MScatter, M>(&operands, 1, oob as u64, at);
    }
    src.after_store(INNER)
}

/// Issues the form by row.
#[inline(always)]
fn rows<'k, M: Semantics, T, A, S, I>(
    table: &Region<'k, T, A, RowMajor>,
    src: S,
    idx: &I,
    oob: ScatterOob,
    at: Site,
) -> S::Stored<MScatter>
where
    S: Store<'k, MScatter>,
    I: Read<'k, MScatter>,
{
    let (tile, idx) = (src.stored(INNER), idx.data_of(INNER));
    let (rows, cols) = tile.valid();
    if idx.valid() != (1, rows) {
        mismatch::<MScatter>(idx, (1, rows), at);
    }
    if let Some(table) = table.operand(S::Tile::TYPE.shape(), at) {
        let unit = tile.core().unit();
        let remain = (table.rows as usize, table.cols as usize);
        if cols > remain.1 {
            let (code, tile) = (MScatter::CODE, (rows, cols));
            unit.fail(Trouble::StoreTooLarge { code, tile, remain }, at);
        }
        let operands = [table, tile.operand(), idx.operand()];
        unit.issue::<MScatter, M>(&operands, 1, oob as u64, at);
    }
    src.after_store(INNER)
}

/// Declares forms of MSCATTER: by element or by row, to which tables of which elements, and what they compute.
macro_rules! scatters {
    ($(
        $(#[$attr:meta])*
        $by:ident fn $name:ident with $indices:ident to $access:ident of $list:ident: $semantics:ident$(<$combine:ident>)?;
    )*) => {$(
        $(#[$attr])*
        pub fn $name<'k, T, P, S, I>(
            table: &Region<'k, T, $access<P>, RowMajor>,
            src: S,
            idx: &I,
            oob: ScatterOob,
        ) -> S::Stored<MScatter>
        where
            T: DtypeOf<$list, <S::Tile as AnyTile<'k>>::Chip>,
            P: StoredBy<MScatter>,
            S: Store<'k, MScatter, Tile: VectorTile<'k, MScatter, Elem = T>>,
            I: Read<'k, MScatter, Tile: $indices<'k, MScatter, S::Tile> + AnyTile<'k, Elem: Index>>,
        {
            let at = Location::caller();
            $by::<$semantics<$($combine,)? T, ElemOf<'k, I>>, _, _, _, _>(table, src, idx, oob, at)
        }
    )*};
}

scatters! {
    #[tilesync_macros::op(MScatter("MSCATTER") "table[idx[i,j]] = src[i,j]"
        a2a3 [i8 u8 i16 u16 i32 u32 f16 bf16 f32] a5 [i8 u8 i16 u16 i32 u32 f16 bf16 f32 F8E4M3 F8E5M2 HiF8])]
    /// To global memory, with `Coalesce::Elem`: an index counts the elements of the region `table` row after row. Of several elements with
    /// one index the last in row order stays (on a5 PTO's `ScatterConflict::Last`).
    ///
    /// The table is an output of the vector pipe, `GlobalOut<'k, T, RowMajor, PipeV>`. A token is given back as from
    /// [`tstore`](crate::isa::tstore). For whole rows see [`mscatter_rows`]. Index types: i32, u32.
    ///
    /// # Errors
    ///
    /// If the valid regions of `src` and `idx` differ, or the table starts outside of the block's part of its tensor, the kernel stops with
    /// a [`Fault`](crate::Fault).
    elements fn mscatter with IndicesFor to Out of MScatter: Scattered;

    #[tilesync_macros::op(MScatter("MSCATTER") "table[idx[0,i], j] = src[i,j]" a2a3 "as [`mscatter`]" a5 "as [`mscatter`]")]
    /// To global memory, with `Coalesce::Row`: an index names a row of the region `table`. All else is as for [`mscatter`].
    ///
    /// # Errors
    ///
    /// If there are not as many indices as valid rows, `src` is wider than the region, or the table starts outside of the block's part of its
    /// tensor, the kernel stops with a [`Fault`](crate::Fault).
    rows fn mscatter_rows with RowIndicesFor to Out of MScatter: ScatteredRows;

    #[tilesync_macros::op(MScatter("MSCATTER") "table[idx[i,j]] += src[i,j]" a2a3 "" a5 "f16 bf16 f32")]
    /// [`mscatter_add`] for floats on a5, whose sums depend on the order of the terms: **the bits may differ from one run to the next**, and
    /// from those of another executor. (On a2a3, where one block adds in order, [`mscatter_add`] takes floats.)
    ///
    /// # Errors
    ///
    /// As for [`mscatter`].
    elements fn mscatter_add_any_order with IndicesFor to Sum of ScatterAnyOrder: Combined<Added>;

    #[tilesync_macros::op(MScatter("MSCATTER") "table[idx[0,i], j] += src[i,j]" a2a3 "i8 i16 i32" a5 "i32 u32")]
    /// As [`mscatter_rows`], with `ScatterAtomicOp::Add`, for whole numbers: each row is added once, and blocks may add to one table at the
    /// same time, on a2a3 too. The table is a `GlobalSum<'k, T, RowMajor, PipeV>`.
    ///
    /// # Errors
    ///
    /// As for [`mscatter_rows`].
    rows fn mscatter_rows_add with RowIndicesFor to Sum of ScatterRows: CombinedRows<Added>;

    #[tilesync_macros::op(MScatter("MSCATTER") "table[idx[0,i], j] += src[i,j]" a2a3 "f16 bf16 f32" a5 "f16 bf16 f32")]
    /// [`mscatter_rows_add`] for floats, whose sums depend on the order of the terms: **the bits may differ from one run to the next**, and
    /// from those of another executor.
    ///
    /// # Errors
    ///
    /// As for [`mscatter_rows`].
    rows fn mscatter_rows_add_any_order with RowIndicesFor to Sum of ScatterRowsAnyOrder: CombinedRows<Added>;

    #[tilesync_macros::op(MScatter("MSCATTER") "table[idx[i,j]] = max(table[idx[i,j]], src[i,j])" a2a3 "" a5 "i32 u32 f32")]
    /// As [`mscatter`], with `ScatterAtomicOp::Max`. All blocks may do so at the same time, and the result is the same in every order.
    ///
    /// The table is a [`GlobalMax`](crate::global::GlobalMax), `GlobalMax<'k, T, RowMajor, PipeV>`. Of a number and a NaN the number stays, of
    /// two zeros the positive one; on a device this is target-defined.
    ///
    /// # Errors
    ///
    /// As for [`mscatter`].
    elements fn mscatter_max with IndicesFor to Max of ScatterBest: Combined<Greater>;

    #[tilesync_macros::op(MScatter("MSCATTER") "table[idx[i,j]] = min(table[idx[i,j]], src[i,j])" a2a3 "" a5 "i32 u32 f32")]
    /// As [`mscatter_max`], for the least. The table is a [`GlobalMin`](crate::global::GlobalMin); of two zeros the negative one stays.
    ///
    /// # Errors
    ///
    /// As for [`mscatter`].
    elements fn mscatter_min with IndicesFor to Min of ScatterBest: Combined<Lesser>;

    #[tilesync_macros::op(MScatter("MSCATTER") "table[idx[0,i], j] = max(table[idx[0,i], j], src[i,j])" a2a3 "" a5 "i32 u32 f32")]
    /// As [`mscatter_rows`] and [`mscatter_max`].
    ///
    /// # Errors
    ///
    /// As for [`mscatter_rows`].
    rows fn mscatter_rows_max with RowIndicesFor to Max of ScatterBest: CombinedRows<Greater>;

    #[tilesync_macros::op(MScatter("MSCATTER") "table[idx[0,i], j] = min(table[idx[0,i], j], src[i,j])" a2a3 "" a5 "i32 u32 f32")]
    /// As [`mscatter_rows`] and [`mscatter_min`].
    ///
    /// # Errors
    ///
    /// As for [`mscatter_rows`].
    rows fn mscatter_rows_min with RowIndicesFor to Min of ScatterBest: CombinedRows<Lesser>;
}

#[tilesync_macros::op(MScatter("MSCATTER") "table[idx[i,j]] += src[i,j]" a2a3 "i8 i16 i32 f16 bf16 f32" a5 "i32 u32")]
/// As [`mscatter`], with `ScatterAtomicOp::Add`: each element is added once, and the sums are the same in every run.
///
/// On a2a3 the scalar unit adds, one element after the other, in row order, and **not in one piece**: another block that adds to the same
/// element would be lost. So there the table is the block's own, `GlobalOut<'k, T, RowMajor, PipeV>`, and floats are welcome;
/// [`mscatter_rows_add`] adds at the same time as other blocks.
///
/// On a5 blocks may add to one table at the same time, a [`GlobalSum`](crate::global::GlobalSum) of the vector pipe,
/// `GlobalSum<'k, T, RowMajor, PipeV>`; for floats there see [`mscatter_add_any_order`].
///
/// # Errors
///
/// As for [`mscatter`].
pub fn mscatter_add<'k, T, A, S, I>(
    table: &Region<'k, T, A, RowMajor>,
    src: S,
    idx: &I,
    oob: ScatterOob,
) -> S::Stored<MScatter>
where
    T: Dtype,
    A: AddsTo<T, <S::Tile as AnyTile<'k>>::Chip>,
    S: Store<'k, MScatter, Tile: VectorTile<'k, MScatter, Elem = T>>,
    I: Read<'k, MScatter, Tile: IndicesFor<'k, MScatter, S::Tile> + AnyTile<'k, Elem: Index>>,
{
    let at = Location::caller();
    if A::ALONE {
        elements::<AddedAlone<T, ElemOf<'k, I>>, _, _, _, _>(table, src, idx, oob, at)
    } else {
        elements::<Combined<Added, T, ElemOf<'k, I>>, _, _, _, _>(table, src, idx, oob, at)
    }
}
