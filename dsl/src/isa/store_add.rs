//! Sums in global memory: TSTORE with `AtomicType::AtomicAdd`.

use std::marker::PhantomData;
use std::panic::Location;

use half::{bf16, f16};

use super::store::{Storable, Store, StoreOf, Stores, operands};
use crate::compute::outlet::{Narrowed, Outlet, Quant};
use crate::global::{AddedTo, Region};
use crate::memory::{GlobalAdd, Semantics, Src};
use crate::sealed::INNER;
use crate::tile::{Dtype, Space};
use crate::unit::Site;

/// In the immediate of a store: it adds.
const ATOMIC_ADD: u64 = 1 << 33;

#[tilesync_macros::op(TStoreVec | TStoreMat | TStoreAcc("TSTORE") "dst[i,j] += src[i,j]" a2a3 "i8 i16 i32" a5 "i8 i16 i32")]
/// In global memory, for whole numbers (TSTORE with `AtomicType::AtomicAdd`).
///
/// Blocks may add to one element at the same time: each term is added once, and since integers wrap, the sum is the same in every
/// order. `dst` is a region of a [`GlobalSum`](crate::global::GlobalSum). All else is as for [`tstore`](super::tstore).
///
/// ```
/// # use tilesync::prelude::*;
/// # fn k<'k>(
/// #     out: &GlobalSum<'k, i32, RowMajor, PipeFix>,
/// #     acc: Event<TMatmul, TStoreAcc, Live<AccTile<'k, i32, 16, 16>>>,
/// # ) {
/// let stored = tstore_add(&out.tile(0, 0), acc);
/// # let _ = stored;
/// # }
/// ```
///
/// From `Vec` and `Mat` tiles of the same type, or an `Acc` tile of i32. For floats see
/// [`tstore_add_any_order`].
///
/// # Errors
///
/// As for [`tstore`](super::tstore).
#[doc(alias = "AtomicAdd")]
pub fn tstore_add<'k, T, L, A, S>(dst: &Region<'k, T, A, L>, src: S) -> S::Stored<StoreOf<'k, S>>
where
    T: ExactSum,
    A: AddedTo<StoreOf<'k, S>>,
    S: Store<'k, StoreOf<'k, S>, Tile: Stores<'k, T, L> + Storable<'k>>,
{
    add(dst, src.stored(INNER), Location::caller());
    src.after_store(INNER)
}

#[tilesync_macros::op(TStoreVec | TStoreMat | TStoreAcc("TSTORE") "dst[i,j] += src[i,j]" a2a3 "f16 bf16 f32" a5 "f16 bf16 f32")]
/// [`tstore_add`] for floats, whose sums depend on the order of the terms.
///
/// Each term is added once, but blocks add as they come, and each addition rounds: **the bits may differ from one run to the next**,
/// and from those of another executor. Where that will not do, let each block store its own part, and add the parts in one block.
///
/// From `Vec` and `Mat` tiles of the same type, or an `Acc` tile of f32.
///
/// # Errors
///
/// As for [`tstore`](super::tstore).
#[doc(alias = "AtomicAdd")]
pub fn tstore_add_any_order<'k, T, L, A, S>(
    dst: &Region<'k, T, A, L>,
    src: S,
) -> S::Stored<StoreOf<'k, S>>
where
    T: RoundedSum,
    A: AddedTo<StoreOf<'k, S>>,
    S: Store<'k, StoreOf<'k, S>, Tile: Stores<'k, T, L> + Storable<'k>>,
{
    add(dst, src.stored(INNER), Location::caller());
    src.after_store(INNER)
}

/// Sums of this element type in global memory are exact, in any order: i8, i16, i32.
#[diagnostic::on_unimplemented(
    message = "`tstore_add` does not add elements of type {Self}",
    label = "not i8, i16 or i32",
    note = "sums of floats depend on the order in which blocks come: `tstore_add_any_order` says so; other types cannot be added in global memory"
)]
pub trait ExactSum: Dtype {}

/// Sums of this element type in global memory are rounded, and depend on their order: f16, bf16, f32.
#[diagnostic::on_unimplemented(
    message = "`tstore_add_any_order` does not add elements of type {Self}",
    label = "not a float",
    note = "sums of i8, i16 and i32 are exact: `tstore_add`"
)]
pub trait RoundedSum: Dtype {}

macro_rules! sums {
    ($($kind:ident: $($t:ty)*;)*) => {$($(impl $kind for $t {})*)*};
}

sums! {
    ExactSum: i8 i16 i32;
    RoundedSum: f16 bf16 f32;
}

#[inline(always)]
fn add<'k, T: Dtype, A, L, X: Storable<'k>>(dst: &Region<'k, T, A, L>, tile: &X, at: Site) {
    if let Some(operands) = operands::<X::Op, _, _, _, _>(dst, tile, at) {
        let unit = tile.core().unit();
        if X::TYPE.space.index() == Space::Acc.index() {
            unit.issue::<X::Op, Added<Narrowed<T>>>(&operands, 1, ATOMIC_ADD, at);
        } else {
            unit.issue::<X::Op, Added<AsIs<T>>>(&operands, 1, ATOMIC_ADD, at);
        }
    }
}

/// The elements of a tile that is stored as it is.
struct AsIs<T>(PhantomData<T>);

impl<T: Dtype> Outlet for AsIs<T> {
    type Acc = T;
    type Out = T;

    #[inline(always)]
    fn out(x: T, _: Quant, _: bool) -> T {
        x
    }
}

/// Adds what becomes of a tile's elements to a region.
struct Added<X>(PhantomData<X>);

impl<X: Outlet> Semantics for Added<X> {
    type Views<'a> = (GlobalAdd<'a, X::Out>, Src<'a, X::Acc>);
    const FORM: Option<&'static str> = Some("ADD");

    #[inline(always)]
    fn run((dst, src): Self::Views<'_>, _: u64) {
        for row in 0..src.valid.0 {
            for col in 0..src.valid.1 {
                let element = src.data[src.index(row, col, size_of::<X::Acc>())];
                dst.add(row, col, X::out(element, Quant::NONE, false));
            }
        }
    }
}
