//! Where the greatest or the least element is: TROWARGMAX, TROWARGMIN, TCOLARGMAX, TCOLARGMIN.

use super::declare::ops;
use super::declare::scope::*;
use super::issuing::take_region;
use super::operand::{HasCol, HasIndexCol, HasIndexRow, HasRow, TileOf, needs_scratch};
use crate::compute::arg::{ColArg, ColArgValue, Greatest, Least, RowArg, RowArgValue};
use crate::compute::wide::Wide;
use crate::memory::Semantics;
use crate::op::*;
use crate::sealed::INNER;
use crate::unit::{Site, Trouble};

/// An index that stands alone.
#[diagnostic::on_unimplemented(
    message = "an index of `{Self}` comes only with its value",
    label = "expected i32 or u32",
    note = "without values the indices are i32 or u32; the form that ends in `_value` has 16-bit indices of 16-bit elements"
)]
pub trait ArgIndex: Dtype {}

/// An index beside a value of type `V` in a column.
#[diagnostic::on_unimplemented(
    message = "{Self} is no index beside values of {V}",
    label = "not an index here",
    note = "the indices are i32 or u32; of 16-bit elements i16 and u16, too"
)]
pub trait IndexBeside<V>: Dtype {}

/// An index beside a value of type `V` in a row: it is as large.
#[diagnostic::on_unimplemented(
    message = "{Self} is no index beside values of {V}",
    label = "not an index here",
    note = "the indices are as large as the elements: i16 or u16 of 16-bit elements, i32 or u32 of 32-bit elements"
)]
pub trait IndexAsLarge<V>: Dtype {}

macro_rules! indices {
    ($trait:ident: $([$($index:ident)*] beside $values:tt;)*) => {$($(
        indices!(@each $trait $index $values);
    )*)*};
    (@each $trait:ident $index:ident [$($value:ident)*]) => {$(
        #[diagnostic::do_not_recommend]
        impl $trait<$value> for $index {}
    )*};
}

#[diagnostic::do_not_recommend]
impl ArgIndex for i32 {}
#[diagnostic::do_not_recommend]
impl ArgIndex for u32 {}
indices! {
    IndexBeside:
    [i16 u16] beside [i16 u16 f16];
    [i32 u32] beside [i16 u16 f16 i32 u32 f32];
}
indices! {
    IndexAsLarge:
    [i16 u16] beside [i16 u16 f16 bf16];
    [i32 u32] beside [i32 u32 f32];
}

/// Issues the form without values.
#[inline(always)]
fn find<'k, O, M, D, S, X>(
    index: D,
    src: &S,
    tmp: &mut X,
    region: fn((usize, usize)) -> (usize, usize),
    at: Site,
) -> RecordEvent<O, Live<D::Tile>>
where
    O: Op,
    M: Semantics,
    D: Write<'k, O>,
    S: Read<'k, O>,
    X: Scratch<'k, O>,
{
    let (mut index, src) = (index.into_tile(INNER), src.data_of(INNER));
    let (unit, valid) = (index.core().unit(), src.valid());
    if valid.0 == 0 || valid.1 == 0 {
        unit.fail(Trouble::EmptyReduction { code: O::CODE }, at);
    }
    take_region::<O>(&mut index, region(valid), at);
    let operands = [index.operand(), tmp.scratch(INNER).operand(), src.operand()];
    unit.issue::<O, Wide<M>>(&operands, 2, 0, at);
    RecordEvent::new(Live(index))
}

/// What the forms with values return: the values, and where they are.
type Found<'k, O, V, D> = RecordEvent<O, (Live<TileOf<'k, V>>, Live<TileOf<'k, D>>)>;

/// Issues the form with values.
#[inline(always)]
fn find_value<'k, O, M, V, D, S, X>(
    value: V,
    index: D,
    src: &S,
    tmp: &mut X,
    region: fn((usize, usize)) -> (usize, usize),
    at: Site,
) -> Found<'k, O, V, D>
where
    O: Op,
    M: Semantics,
    V: Write<'k, O>,
    D: Write<'k, O>,
    S: Read<'k, O>,
    X: Scratch<'k, O>,
{
    let (mut value, mut index) = (value.into_tile(INNER), index.into_tile(INNER));
    let src = src.data_of(INNER);
    let (unit, valid) = (index.core().unit(), src.valid());
    if valid.0 == 0 || valid.1 == 0 {
        unit.fail(Trouble::EmptyReduction { code: O::CODE }, at);
    }
    take_region::<O>(&mut value, region(valid), at);
    take_region::<O>(&mut index, region(valid), at);
    let tmp = tmp.scratch(INNER).operand();
    let operands = [value.operand(), index.operand(), tmp, src.operand()];
    unit.issue::<O, Wide<M>>(&operands, 3, 0, at);
    RecordEvent::new((Live(value), Live(index)))
}

macro_rules! arg_rows {
    ([$($attr:tt)*] $name:ident: $op:ident { $best:ident }) => {
        $($attr)*
        ///
        /// Of equal elements the first one. A NaN is skipped; the index is 0 where a row has nothing else.
        ///
        /// `index` is a column of i32 or u32 with one element for each valid row of `src`. The device needs `tmp`, a scratch tile like
        /// `src`.
        ///
        /// # Errors
        ///
        /// If `src` has no valid element, or `index` cannot take its rows, the kernel stops with a [`Fault`](crate::Fault).
        pub fn $name<'k, D, S, X>(index: D, src: &S, tmp: &mut X) -> RecordEvent<$op, Live<D::Tile>>
        where
            D: Write<'k, $op, Tile: AnyTile<'k, Elem: ArgIndex>>,
            S: Read<'k, $op, Tile: VectorTile<'k, $op> + HasIndexCol<D::Tile>>,
            X: Scratch<'k, $op, Tile: Like<S::Tile>>,
        {
            find::<$op, RowArg<$best, ElemOf<'k, S>, ElemOf<'k, D>>, _, _, _>(
                index, src, tmp, |(rows, _)| (rows, 1), Location::caller(),
            )
        }
    };
}

macro_rules! rows_value {
    ([$($attr:tt)*] $name:ident: $op:ident { $best:ident, $index_only:literal }) => {
        $($attr)*
        ///
        #[doc = concat!("As [`", $index_only, "`], and the elements themselves: both come back behind one token, to be taken apart with `.split()`.")]
        /// Where a row has nothing but NaN the value is the infinity that every number is better than.
        ///
        /// The indices of 16-bit elements may be i16 or u16 as well.
        ///
        /// # Errors
        ///
        #[doc = concat!("As for [`", $index_only, "`].")]
        pub fn $name<'k, V, D, S, X>(value: V, index: D, src: &S, tmp: &mut X) -> Found<'k, $op, V, D>
        where
            V: Write<'k, $op>,
            D: Write<'k, $op, Tile: AnyTile<'k, Elem: IndexBeside<ElemOf<'k, S>>>>,
            S: Read<'k, $op, Tile: VectorTile<'k, $op> + HasCol<V::Tile> + HasIndexCol<D::Tile>>,
            X: Scratch<'k, $op, Tile: Like<S::Tile>>,
        {
            find_value::<$op, RowArgValue<$best, ElemOf<'k, S>, ElemOf<'k, D>>, _, _, _, _>(
                value, index, src, tmp, |(rows, _)| (rows, 1), Location::caller(),
            )
        }
    };
}

/// Whether scratch tile `X` suffices for a search in the columns of `S`: three registers, or three rows where those are shorter.
const fn three_registers<'k, X: AnyTile<'k>, S: AnyTile<'k>>() -> bool {
    let (cols, size) = (S::TYPE.shape().1, S::TYPE.dtype.size());
    let row = if cols * size < 256 { cols * size } else { 256 };
    !needs_scratch::<S>() || X::TYPE.bytes() >= 3 * row
}

macro_rules! arg_cols {
    ([$($attr:tt)*] $name:ident: $op:ident { $best:ident }) => {
        $($attr)*
        ///
        /// Of equal elements the first one. A NaN is skipped; the index is 0 where a column has nothing else. On a device a NaN is
        /// target-defined.
        ///
        /// PTO has u16 and u32 on a2a3 too, but there it compares their bits as floats; and so they are left out.
        ///
        /// `index` is a row of i32 or u32 with one element for each valid column of `src`. a2a3 needs `tmp`, a scratch tile of three
        /// rows, or 768 bytes if that is less: a smaller one fails the build.
        ///
        /// # Errors
        ///
        /// If `src` has no valid element, or `index` cannot take its columns, the kernel stops with a [`Fault`](crate::Fault).
        pub fn $name<'k, D, S, X>(index: D, src: &S, tmp: &mut X) -> RecordEvent<$op, Live<D::Tile>>
        where
            D: Write<'k, $op, Tile: AnyTile<'k, Elem: ArgIndex>>,
            S: Read<'k, $op, Tile: VectorTile<'k, $op> + HasIndexRow<D::Tile>>,
            X: Scratch<'k, $op, Tile: VectorTile<'k, $op, Elem = ElemOf<'k, S>>>,
        {
            const { assert!(three_registers::<X::Tile, S::Tile>(), concat!("the scratch tile of `", stringify!($name), "` is too small")) }
            find::<$op, ColArg<$best, ElemOf<'k, S>, ElemOf<'k, D>>, _, _, _>(
                index, src, tmp, |(_, cols)| (1, cols), Location::caller(),
            )
        }
    };
}

macro_rules! cols_value {
    ([$($attr:tt)*] $name:ident: $op:ident { $best:ident, $index_only:literal }) => {
        $($attr)*
        ///
        #[doc = concat!("As [`", $index_only, "`], and the elements themselves: both come back behind one token, to be taken apart with `.split()`.")]
        /// Where a column has nothing but NaN the value is the infinity that every number is better than.
        ///
        /// The indices are as large as the elements: i16 or u16, or i32 or u32.
        ///
        /// # Errors
        ///
        #[doc = concat!("As for [`", $index_only, "`].")]
        pub fn $name<'k, V, D, S, X>(value: V, index: D, src: &S, tmp: &mut X) -> Found<'k, $op, V, D>
        where
            V: Write<'k, $op>,
            D: Write<'k, $op, Tile: AnyTile<'k, Elem: IndexAsLarge<ElemOf<'k, S>>>>,
            S: Read<'k, $op, Tile: VectorTile<'k, $op> + HasRow<V::Tile> + HasIndexRow<D::Tile>>,
            X: Scratch<'k, $op, Tile: VectorTile<'k, $op, Elem = ElemOf<'k, S>>>,
        {
            const { assert!(three_registers::<X::Tile, S::Tile>(), concat!("the scratch tile of `", stringify!($name), "` is too small")) }
            find_value::<$op, ColArgValue<$best, ElemOf<'k, S>, ElemOf<'k, D>>, _, _, _, _>(
                value, index, src, tmp, |(_, cols)| (1, cols), Location::caller(),
            )
        }
    };
}

ops! {
    ARG:
    arg_rows fn trowargmax = TRowArgMax("TROWARGMAX") "index[i] = where the max of src[i,j] over j is" { Greatest }
        a2a3 [i16 i32 f16 f32] a5 [i16 u16 i32 u32 f16 f32];
    rows_value fn trowargmax_value = TRowArgMax("TROWARGMAX") "value[i] = max of src[i,j] over j; index[i] = where it is" { Greatest, "trowargmax" }
        a2a3 "i16 i32 f16 f32" a5 "i16 u16 i32 u32 f16 f32";
    arg_rows fn trowargmin = TRowArgMin("TROWARGMIN") "index[i] = where the min of src[i,j] over j is" { Least }
        a2a3 [i16 i32 f16 f32] a5 [i16 u16 i32 u32 f16 f32];
    rows_value fn trowargmin_value = TRowArgMin("TROWARGMIN") "value[i] = min of src[i,j] over j; index[i] = where it is" { Least, "trowargmin" }
        a2a3 "i16 i32 f16 f32" a5 "i16 u16 i32 u32 f16 f32";
    arg_cols fn tcolargmax = TColArgMax("TCOLARGMAX") "index[0,j] = where the max of src[i,j] over i is" { Greatest }
        a2a3 [f16 f32] a5 [i8 u8 i16 u16 i32 u32 f16 bf16 f32];
    cols_value fn tcolargmax_value = TColArgMax("TCOLARGMAX") "value[0,j] = max of src[i,j] over i; index[0,j] = where it is" { Greatest, "tcolargmax" }
        a2a3 "f16 f32" a5 "i16 u16 i32 u32 f16 bf16 f32";
    arg_cols fn tcolargmin = TColArgMin("TCOLARGMIN") "index[0,j] = where the min of src[i,j] over i is" { Least }
        a2a3 [f16 f32] a5 [i8 u8 i16 u16 i32 u32 f16 bf16 f32];
    cols_value fn tcolargmin_value = TColArgMin("TCOLARGMIN") "value[0,j] = min of src[i,j] over i; index[0,j] = where it is" { Least, "tcolargmin" }
        a2a3 "f16 f32" a5 "i16 u16 i32 u32 f16 bf16 f32";
}
