//! Elements that are chosen by indices, by patterns, or by their order: TGATHER to TCONCAT.

mod concat;
mod found;
mod gather;
mod mgather;
mod mscatter;
mod scatter;
mod sort;

use half::{bf16, f16};

use crate::chip::{A2A3, A5, Chip};
use crate::op::{TGather, TScatter};
use crate::sealed::Sealed;
use crate::tile::layout::{InOrder, Placed};
use crate::tile::{AnyTile, Dtype, F8E4M3, F8E5M2, HiF8, RowMajor, Tile, Valid, space};

pub use concat::*;
pub use found::*;
pub use gather::*;
pub use mgather::*;
pub use mscatter::*;
pub use scatter::*;
pub use sort::*;

pub use crate::compute::indexed::{Axis, MaskPattern};

use crate::compute::indexed::Index;

/// Integers of type `Self` are indices for op `O` on elements of type `T`, on chip `Ch`.
///
/// TGATHER takes i32 and u32, on a5 also i16 and u16 for elements of at most 4 bytes. TSCATTER takes 4 bytes for elements of 4 (on a5
/// also for 8), and 2 bytes for elements of 2 and of 1.
pub trait IndexFor<O, T, Ch>: Index {}

macro_rules! index_types {
    ($($op:ident $ch:ident: [$($index:ident)*] for [$($t:tt)*];)*) => {$(
        index_types!(@each $op $ch [$($index)*] [$($t)*]);
    )*};
    (@each $op:ident $ch:ident [$($index:ident)*] $t:tt) => {$(
        index_types!(@one $op $ch $index $t);
    )*};
    (@one $op:ident $ch:ident $index:ident [$($t:ident)*]) => {$(
        #[diagnostic::do_not_recommend]
        impl IndexFor<$op, $t, $ch> for $index {}
    )*};
}

use index_types;

index_types! {
    TGather A2A3: [i32 u32] for [i16 u16 i32 u32 f16 bf16 f32];
    TGather A5: [i16 u16] for [i8 u8 i16 u16 i32 u32 f16 bf16 f32];
    TGather A5: [i32 u32] for [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32];
    TScatter A2A3: [i32 u32] for [i32 u32 f32];
    TScatter A2A3: [i16 u16] for [i8 u8 i16 u16 f16 bf16];
    TScatter A5: [i32 u32] for [i32 u32 f32 i64 u64];
    TScatter A5: [i16 u16] for [i8 u8 i16 u16 f16 bf16];
}

/// `Self` holds one index for each element of `D`.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} does not hold indices that `{O}` takes for {D}",
    label = "expected a tile of indices of the same shape and kind of valid region, of a type that suits the elements",
    note = "for a `VecTile<T, R, C>` that is a `VecTile<I, R, C>`",
    note = "`TGather` takes i32 or u32, on a5 also i16 and u16 for elements of at most 4 bytes; `TScatter` takes 4 bytes for elements of 4 (on a5 also for 8), 2 bytes for elements of 2 and of 1"
)]
pub trait IndicesFor<'k, O, D>: AnyTile<'k> {}

#[diagnostic::do_not_recommend]
impl<'k, O, I, T, const R: usize, const C: usize, L, LD, V, Ch>
    IndicesFor<'k, O, Tile<'k, space::Vec, T, R, C, LD, V, Ch>>
    for Tile<'k, space::Vec, I, R, C, L, V, Ch>
where
    L: InOrder<RowMajor> + Placed,
    LD: InOrder<RowMajor> + Placed,
    I: IndexFor<O, T, Ch>,
    T: Dtype,
    V: Valid,
    Ch: Chip,
{
}

/// `Self` is a row-major `Vec` tile of the dtype of `D`, of any shape.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} and {D} differ in their dtypes, or are not both row-major `Vec` tiles",
    label = "expected a row-major tile of the same dtype, of any shape"
)]
pub trait SameDtype<D>: Sealed {}

#[diagnostic::do_not_recommend]
#[rustfmt::skip]
impl<'k, T, const R: usize, const C: usize, const RS: usize, const CS: usize, V, VS, Ch, L, LD>
    SameDtype<Tile<'k, space::Vec, T, R, C, L, V, Ch>> for Tile<'k, space::Vec, T, RS, CS, LD, VS, Ch>
where
    L: InOrder<RowMajor> + Placed,
    LD: InOrder<RowMajor> + Placed,
    T: Dtype,
    V: Valid,
    VS: Valid,
    Ch: Chip,
{
}

/// `Self` is a row-major `Vec` tile whose elements are as wide as those of `D`, of any shape.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} and {D} have elements of different widths, or are not both row-major `Vec` tiles",
    label = "expected a row-major tile with elements of the same width, of any shape",
    note = "a pattern copies bits: f32, i32 and u32 are alike for it, and f16, bf16, i16 and u16"
)]
pub trait SameWidth<D>: Sealed {}

#[rustfmt::skip]
#[diagnostic::do_not_recommend]
impl<'k, T, U, const R: usize, const C: usize, const RS: usize, const CS: usize, V, VS, Ch, L, LD>
    SameWidth<Tile<'k, space::Vec, T, R, C, L, V, Ch>> for Tile<'k, space::Vec, U, RS, CS, LD, VS, Ch>
where
    L: InOrder<RowMajor> + Placed,
    LD: InOrder<RowMajor> + Placed,
    T: Dtype,
    U: AsWide<T>,
    V: Valid,
    VS: Valid,
    Ch: Chip,
{
}

/// Elements of types `Self` and `T` are of one width.
pub trait AsWide<T>: Dtype {}

macro_rules! widths {
    ($([$($t:ident)*])*) => {$(
        widths!(@each [$($t)*] [$($t)*]);
    )*};
    (@each [$($t:ident)*] $all:tt) => {$(
        widths!(@one $t $all);
    )*};
    (@one $t:ident [$($u:ident)*]) => {$(
        #[diagnostic::do_not_recommend]
        impl AsWide<$u> for $t {}
    )*};
}

widths!([i8 u8 F8E4M3 F8E5M2 HiF8] [i16 u16 f16 bf16] [i32 u32 f32] [i64 u64]);
