//! A column or a row spread over a tile: TROWEXPAND, TCOLEXPAND, and their arithmetic, TROWEXPANDADD to TCOLEXPANDEXPDIF.

use super::blocks::BlocksOf;
use super::declare::ops;
use super::declare::scope::*;
use super::issuing::{same_region, take_region};
use super::operand::{ColOf, FirstColOf, RowOf};
use crate::chip::{Chip, ChipId};
use crate::compute::elementwise::{At, map_all};
use crate::compute::scratch::WithScratch;
use crate::compute::spread::{
    AlongCols, AlongRows, Copied, MapSpread, Repeated, Zipped, ZippedInPlace,
};
use crate::compute::wide::Wide;
use crate::op::*;
use crate::sealed::INNER;

#[tilesync_macros::op(TRowExpand("TROWEXPAND") "dst[i,j] = col[i]" a2a3 [i8 u8 i16 u16 i32 u32 f16 bf16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32])]
/// `col` is a column, or a row-major tile of which one column is valid. `dst` takes its valid rows and keeps the valid columns that it
/// has; where it cannot, or `col` has no valid column, the kernel stops with a [`Fault`](crate::Fault).
pub fn trowexpand<'k, D, C>(dst: D, col: &C) -> RecordEvent<TRowExpand, Live<D::Tile>>
where
    D: Write<'k, TRowExpand, Tile: VectorTile<'k, TRowExpand>>,
    C: Read<'k, TRowExpand, Tile: AnyTile<'k> + FirstColOf<D::Tile>>,
{
    let at = Location::caller();
    let (mut dst, col) = (dst.into_tile(INNER), col.data_of(INNER));
    let rows = col.valid().0;
    same_region::<TRowExpand>(col, (rows, 1), at);
    let region = (rows, dst.valid().1);
    take_region::<TRowExpand>(&mut dst, region, at);
    let operands = [dst.operand(), col.operand()];
    let unit = dst.core().unit();
    unit.issue::<TRowExpand, Wide<Copied<AlongRows, ElemOf<'k, D>>>>(&operands, 1, 0, at);
    RecordEvent::new(Live(dst))
}

#[tilesync_macros::op(TColExpand("TCOLEXPAND") "dst[i,j] = row[0,j]" a2a3 [i8 u8 i16 u16 i32 u32 f16 bf16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32])]
/// `dst` takes the valid columns of `row` and keeps the valid rows that it has; where it cannot, or `row` is empty, the kernel
/// stops with a [`Fault`](crate::Fault).
pub fn tcolexpand<'k, D, R>(dst: D, row: &R) -> RecordEvent<TColExpand, Live<D::Tile>>
where
    D: Write<'k, TColExpand, Tile: VectorTile<'k, TColExpand>>,
    R: Read<'k, TColExpand, Tile: AnyTile<'k> + RowOf<D::Tile>>,
{
    let at = Location::caller();
    let (mut dst, row) = (dst.into_tile(INNER), row.data_of(INNER));
    let cols = row.valid().1;
    same_region::<TColExpand>(row, (1, cols), at);
    let region = (dst.valid().0, cols);
    take_region::<TColExpand>(&mut dst, region, at);
    let operands = [dst.operand(), row.operand()];
    let unit = dst.core().unit();
    unit.issue::<TColExpand, Wide<Copied<AlongCols, ElemOf<'k, D>>>>(&operands, 1, 0, at);
    RecordEvent::new(Live(dst))
}

/// Fails the build where tile `X` is too small as the scratch of a row expansion: PTO's formula, which a5 has no use for.
const fn scratch_suffices<'k, X: AnyTile<'k>>() -> bool {
    let (rows, _) = X::TYPE.shape();
    let needed = if rows < 256 { rows.div_ceil(8) * 256 } else { 7_680 };
    matches!(<X::Chip as Chip>::ID, ChipId::A5) || X::TYPE.bytes() >= needed
}

macro_rules! spread_rows {
    ([$($attr:tt)*] $name:ident [$($in_place:tt)*] $assign:ident: $op:ident { $kind:ident $map:ident }) => {
        maps!($op of $kind by $map);

        $($attr)*
        ///
        /// The device needs `tmp`, a scratch tile like `dst`. PTO has a form without it, which on a2a3 silently uses 8 KB of the
        /// unified buffer at 184 KB, where a plan may have placed a tile: so there is no such form here. On a2a3 a tile of
        /// fewer than 256 bytes for each 8 rows is too small, and fails the build.
        ///
        /// `dst` takes the valid region of `src`, and `col` must have its rows; else the kernel stops with a
        /// [`Fault`](crate::Fault).
        pub fn $name<'k, D, S, C, X>(
            dst: D,
            src: &S,
            col: &C,
            tmp: &mut X,
        ) -> RecordEvent<$op, Live<D::Tile>>
        where
            D: Write<'k, $op, Tile: VectorTile<'k, $op, Elem: $kind>>,
            S: Read<'k, $op, Tile: Like<D::Tile>>,
            C: Read<'k, $op, Tile: ColOf<D::Tile>>,
            X: Scratch<'k, $op, Tile: Like<D::Tile>>,
        {
            const {
                assert!(scratch_suffices::<D::Tile>(), "a row expansion needs a scratch tile of 256 bytes for each 8 rows");
            }
            let at = Location::caller();
            let (mut dst, src, col) = (dst.into_tile(INNER), src.data_of(INNER), col.data_of(INNER));
            take_region::<$op>(&mut dst, src.valid(), at);
            same_region::<$op>(col, (dst.valid().0, 1), at);
            let tmp = tmp.scratch(INNER).operand();
            let operands = [dst.operand(), tmp, src.operand(), col.operand()];
            let unit = dst.core().unit();
            unit.issue::<$op, Wide<WithScratch<Zipped<AlongRows, At<D::Precision, $op>, ElemOf<'k, D>>>>>(&operands, 2, 0, at);
            RecordEvent::new(Live(dst))
        }

        #[doc = concat!("[`", stringify!($name), "`] in place: `dst` is the source as well.")]
        $($in_place)*
        pub fn $assign<'k, D, C, X>(dst: D, col: &C, tmp: &mut X) -> RecordEvent<$op, Live<D::Tile>>
        where
            D: Modify<'k, $op, Tile: VectorTile<'k, $op, Elem: $kind>>,
            C: Read<'k, $op, Tile: ColOf<D::Tile>>,
            X: Scratch<'k, $op, Tile: Like<D::Tile>>,
        {
            const {
                assert!(scratch_suffices::<D::Tile>(), "a row expansion needs a scratch tile of 256 bytes for each 8 rows");
            }
            let at = Location::caller();
            let (dst, col) = (dst.into_tile(INNER), col.data_of(INNER));
            same_region::<$op>(col, (dst.valid().0, 1), at);
            let operands = [dst.operand(), tmp.scratch(INNER).operand(), col.operand()];
            let unit = dst.core().unit();
            unit.issue::<$op, Wide<WithScratch<ZippedInPlace<AlongRows, At<D::Precision, $op>, <D::Tile as AnyTile<'k>>::Elem>>>>(&operands, 2, 0, at);
            RecordEvent::new(Live(dst))
        }
    };
}

macro_rules! spread_blocks {
    ([$($attr:tt)*] $name:ident [$($in_place:tt)*] $assign:ident: $op:ident { $kind:ident $of:ident }) => {
        $($attr)*
        #[doc = concat!("[`", stringify!($of), "`] with a block of 32 bytes for each row in place of a column, and without scratch.")]
        ///
        /// A block is repeated along its row. Where all its elements are one value, that is what the column would have.
        ///
        /// `dst` takes the valid region of `src`, and `blocks` must have its rows, and be valid in their whole width; else the kernel stops
        /// with a [`Fault`](crate::Fault).
        pub fn $name<'k, D, S, B>(dst: D, src: &S, blocks: &B) -> RecordEvent<$op, Live<D::Tile>>
        where
            D: Write<'k, $op, Tile: VectorTile<'k, $op, Elem: $kind>>,
            S: Read<'k, $op, Tile: Like<D::Tile>>,
            B: Read<'k, $op, Tile: AnyTile<'k> + BlocksOf<D::Tile>>,
        {
            let at = Location::caller();
            let (mut dst, src, blocks) = (dst.into_tile(INNER), src.data_of(INNER), blocks.data_of(INNER));
            take_region::<$op>(&mut dst, src.valid(), at);
            same_region::<$op>(blocks, (dst.valid().0, B::Tile::TYPE.shape().1), at);
            let operands = [dst.operand(), src.operand(), blocks.operand()];
            let unit = dst.core().unit();
            unit.issue::<$op, Wide<Zipped<Repeated, At<D::Precision, $op>, ElemOf<'k, D>>>>(&operands, 1, 0, at);
            RecordEvent::new(Live(dst))
        }

        #[doc = concat!("[`", stringify!($name), "`] in place: `dst` is the source as well.")]
        $($in_place)*
        pub fn $assign<'k, D, B>(dst: D, blocks: &B) -> RecordEvent<$op, Live<D::Tile>>
        where
            D: Modify<'k, $op, Tile: VectorTile<'k, $op, Elem: $kind>>,
            B: Read<'k, $op, Tile: AnyTile<'k> + BlocksOf<D::Tile>>,
        {
            let at = Location::caller();
            let (dst, blocks) = (dst.into_tile(INNER), blocks.data_of(INNER));
            same_region::<$op>(blocks, (dst.valid().0, B::Tile::TYPE.shape().1), at);
            let operands = [dst.operand(), blocks.operand()];
            let unit = dst.core().unit();
            unit.issue::<$op, Wide<ZippedInPlace<Repeated, At<D::Precision, $op>, <D::Tile as AnyTile<'k>>::Elem>>>(&operands, 1, 0, at);
            RecordEvent::new(Live(dst))
        }
    };
}

macro_rules! spread_cols {
    ([$($attr:tt)*] $name:ident [$($in_place:tt)*] $assign:ident: $op:ident { $kind:ident $map:ident }) => {
        maps!($op of $kind by $map);

        $($attr)*
        ///
        /// `dst` takes the valid region of `src`, and `row` must have its columns; else the kernel stops with a
        /// [`Fault`](crate::Fault).
        pub fn $name<'k, D, S, R>(dst: D, src: &S, row: &R) -> RecordEvent<$op, Live<D::Tile>>
        where
            D: Write<'k, $op, Tile: VectorTile<'k, $op, Elem: $kind>>,
            S: Read<'k, $op, Tile: Like<D::Tile>>,
            R: Read<'k, $op, Tile: RowOf<D::Tile>>,
        {
            let at = Location::caller();
            let (mut dst, src, row) = (dst.into_tile(INNER), src.data_of(INNER), row.data_of(INNER));
            take_region::<$op>(&mut dst, src.valid(), at);
            same_region::<$op>(row, (1, dst.valid().1), at);
            let operands = [dst.operand(), src.operand(), row.operand()];
            let unit = dst.core().unit();
            unit.issue::<$op, Wide<Zipped<AlongCols, At<D::Precision, $op>, ElemOf<'k, D>>>>(&operands, 1, 0, at);
            RecordEvent::new(Live(dst))
        }

        #[doc = concat!("[`", stringify!($name), "`] in place: `dst` is the source as well.")]
        $($in_place)*
        pub fn $assign<'k, D, R>(dst: D, row: &R) -> RecordEvent<$op, Live<D::Tile>>
        where
            D: Modify<'k, $op, Tile: VectorTile<'k, $op, Elem: $kind>>,
            R: Read<'k, $op, Tile: RowOf<D::Tile>>,
        {
            let at = Location::caller();
            let (dst, row) = (dst.into_tile(INNER), row.data_of(INNER));
            same_region::<$op>(row, (1, dst.valid().1), at);
            let operands = [dst.operand(), row.operand()];
            let unit = dst.core().unit();
            unit.issue::<$op, Wide<ZippedInPlace<AlongCols, At<D::Precision, $op>, <D::Tile as AnyTile<'k>>::Elem>>>(&operands, 1, 0, at);
            RecordEvent::new(Live(dst))
        }
    };
}

macro_rules! maps {
    ($op:ident of $kind:ident by expdif) => {
        impl<T: $kind> MapSpread<T> for $op {
            #[inline(always)]
            fn map(x: T, y: T) -> T {
                x.sub(y)
            }

            const FINISHES: bool = true;

            #[inline(always)]
            fn finish(differences: &mut [T]) {
                map_all::<TExp, T>(differences, T::ZERO);
            }
        }
    };
    ($op:ident of $kind:ident by $map:ident) => {
        impl<T: $kind> MapSpread<T> for $op {
            #[inline(always)]
            fn map(x: T, y: T) -> T {
                x.$map(y)
            }
        }
    };
}

ops! {
    EXPAND:
    /// Integers wrap.
    spread_rows fn trowexpandadd, trowexpandadd_assign = TRowExpandAdd("TROWEXPANDADD") "dst[i,j] = src[i,j] + col[i]" { Dtype add }
        a2a3 [i16 i32 f16 f32] a5 [i8 u8 i16 u16 i32 u32 f16 bf16 f32];
    /// Integers wrap.
    spread_rows fn trowexpandsub, trowexpandsub_assign = TRowExpandSub("TROWEXPANDSUB") "dst[i,j] = src[i,j] - col[i]" { Dtype sub }
        a2a3 [i16 i32 f16 f32] a5 [i8 u8 i16 u16 i32 u32 f16 bf16 f32];
    /// Integers wrap.
    spread_rows fn trowexpandmul, trowexpandmul_assign = TRowExpandMul("TROWEXPANDMUL") "dst[i,j] = src[i,j] * col[i]" { Dtype mul }
        a2a3 [i16 i32 f16 f32] a5 [i8 u8 i16 u16 i32 u32 f16 bf16 f32];
    /// An integer divided by zero gives 0 here; on a device the result is target-defined.
    spread_rows fn trowexpanddiv, trowexpanddiv_assign = TRowExpandDiv("TROWEXPANDDIV") "dst[i,j] = src[i,j] / col[i]" { Dtype div }
        a2a3 [f16 f32] a5 [i8 u8 i16 u16 i32 u32 f16 bf16 f32] high [f16 f32];
    /// Of a number and a NaN, the number.
    spread_rows fn trowexpandmax, trowexpandmax_assign = TRowExpandMax("TROWEXPANDMAX") "dst[i,j] = max(src[i,j], col[i])" { Dtype max }
        a2a3 [i16 i32 f16 f32] a5 [i8 u8 i16 u16 i32 u32 f16 bf16 f32];
    /// Of a number and a NaN, the number.
    spread_rows fn trowexpandmin, trowexpandmin_assign = TRowExpandMin("TROWEXPANDMIN") "dst[i,j] = min(src[i,j], col[i])" { Dtype min }
        a2a3 [i16 i32 f16 f32] a5 [i8 u8 i16 u16 i32 u32 f16 bf16 f32];
    /// The same bits as [`trowexpandsub`] and then [`texp`](crate::isa::texp), in one op.
    spread_rows fn trowexpandexpdif, trowexpandexpdif_assign = TRowExpandExpDif("TROWEXPANDEXPDIF") "dst[i,j] = exp(src[i,j] - col[i])" { Float expdif }
        a2a3 [f16 f32] a5 [f16 f32];
    spread_blocks fn trowexpandadd_blocks, trowexpandadd_blocks_assign = TRowExpandAdd("TROWEXPANDADD") "dst[i,j] = src[i,j] + blocks[i,j % 32 bytes]" { Dtype trowexpandadd }
        a2a3 "as [`trowexpandadd`]" a5 "as [`trowexpandadd`]";
    spread_blocks fn trowexpandsub_blocks, trowexpandsub_blocks_assign = TRowExpandSub("TROWEXPANDSUB") "dst[i,j] = src[i,j] - blocks[i,j % 32 bytes]" { Dtype trowexpandsub }
        a2a3 "as [`trowexpandsub`]" a5 "as [`trowexpandsub`]";
    spread_blocks fn trowexpandmul_blocks, trowexpandmul_blocks_assign = TRowExpandMul("TROWEXPANDMUL") "dst[i,j] = src[i,j] * blocks[i,j % 32 bytes]" { Dtype trowexpandmul }
        a2a3 "as [`trowexpandmul`]" a5 "as [`trowexpandmul`]";
    spread_blocks fn trowexpanddiv_blocks, trowexpanddiv_blocks_assign = TRowExpandDiv("TROWEXPANDDIV") "dst[i,j] = src[i,j] / blocks[i,j % 32 bytes]" { Dtype trowexpanddiv }
        a2a3 "as [`trowexpanddiv`]" a5 "as [`trowexpanddiv`]";
    spread_blocks fn trowexpandmax_blocks, trowexpandmax_blocks_assign = TRowExpandMax("TROWEXPANDMAX") "dst[i,j] = max(src[i,j], blocks[i,j % 32 bytes])" { Dtype trowexpandmax }
        a2a3 "as [`trowexpandmax`]" a5 "as [`trowexpandmax`]";
    spread_blocks fn trowexpandmin_blocks, trowexpandmin_blocks_assign = TRowExpandMin("TROWEXPANDMIN") "dst[i,j] = min(src[i,j], blocks[i,j % 32 bytes])" { Dtype trowexpandmin }
        a2a3 "as [`trowexpandmin`]" a5 "as [`trowexpandmin`]";
    spread_blocks fn trowexpandexpdif_blocks, trowexpandexpdif_blocks_assign = TRowExpandExpDif("TROWEXPANDEXPDIF") "dst[i,j] = exp(src[i,j] - blocks[i,j % 32 bytes])" { Float trowexpandexpdif }
        a2a3 "as [`trowexpandexpdif`]" a5 "as [`trowexpandexpdif`]";
    /// Integers wrap.
    spread_cols fn tcolexpandadd, tcolexpandadd_assign = TColExpandAdd("TCOLEXPANDADD") "dst[i,j] = src[i,j] + row[0,j]" { Dtype add }
        a2a3 [i16 i32 f16 f32] a5 [i8 u8 i16 u16 i32 u32 f16 bf16 f32];
    /// Integers wrap.
    spread_cols fn tcolexpandsub, tcolexpandsub_assign = TColExpandSub("TCOLEXPANDSUB") "dst[i,j] = src[i,j] - row[0,j]" { Dtype sub }
        a2a3 [i16 i32 f16 f32] a5 [i8 u8 i16 u16 i32 u32 f16 bf16 f32];
    /// Integers wrap.
    spread_cols fn tcolexpandmul, tcolexpandmul_assign = TColExpandMul("TCOLEXPANDMUL") "dst[i,j] = src[i,j] * row[0,j]" { Dtype mul }
        a2a3 [i16 i32 f16 f32] a5 [i8 u8 i16 u16 i32 u32 f16 bf16 f32];
    /// An integer divided by zero gives 0 here; on a device the result is target-defined.
    spread_cols fn tcolexpanddiv, tcolexpanddiv_assign = TColExpandDiv("TCOLEXPANDDIV") "dst[i,j] = src[i,j] / row[0,j]" { Dtype div }
        a2a3 [f16 f32] a5 [i8 u8 i16 u16 i32 u32 f16 bf16 f32] high [f16 f32];
    /// Of a number and a NaN, the number.
    spread_cols fn tcolexpandmax, tcolexpandmax_assign = TColExpandMax("TCOLEXPANDMAX") "dst[i,j] = max(src[i,j], row[0,j])" { Dtype max }
        a2a3 [i16 i32 f16 f32] a5 [i8 u8 i16 u16 i32 u32 f16 bf16 f32];
    /// Of a number and a NaN, the number.
    spread_cols fn tcolexpandmin, tcolexpandmin_assign = TColExpandMin("TCOLEXPANDMIN") "dst[i,j] = min(src[i,j], row[0,j])" { Dtype min }
        a2a3 [i16 i32 f16 f32] a5 [i8 u8 i16 u16 i32 u32 f16 bf16 f32];
    /// The same bits as [`tcolexpandsub`] and then [`texp`](crate::isa::texp), in one op.
    spread_cols fn tcolexpandexpdif, tcolexpandexpdif_assign = TColExpandExpDif("TCOLEXPANDEXPDIF") "dst[i,j] = exp(src[i,j] - row[0,j])" { Float expdif }
        a2a3 [f16 f32] a5 [f16 f32];
}
