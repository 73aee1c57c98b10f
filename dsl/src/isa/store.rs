//! From on-chip to global memory: TSTORE.

use std::marker::PhantomData;
use std::panic::Location;

use super::drained::Drained;
use super::operand::{DtypeOf, Same, TileOf};
use crate::chip::{A2A3, A5, Chip};
use crate::compute::outlet::Narrowed;
use crate::compute::round::Nearest;
use crate::compute::wide::Wide;
use crate::event::{Event, Live, NoTile, OfTile, Reader, RecordEvent, Single, Written};
use crate::global::{Region, StoredTo};
use crate::memory::{GlobalDst, Semantics, Src};
use crate::op::{Includes, Op, PassesTo, TStoreAcc, TStoreMat, TStoreVec};
use crate::program::Operand;
use crate::sealed::{INNER, NotForKernels};
use crate::tile::layout::InOrder;
use crate::tile::{
    AnyTile, ColMajor, Dtype, Layout, LayoutId, Nc1hwc0, Nz, NzAcc, RowMajor, Space, Tile, Valid,
    space,
};
use crate::unit::{Site, Trouble};

/// The op that stores the tile of token `S`.
pub(super) type StoreOf<'k, S> = <TileOf<'k, S> as Storable<'k>>::Op;

#[tilesync_macros::op(TStoreVec | TStoreMat | TStoreAcc("TSTORE") "dst[i,j] = src[i,j]" a2a3 "all; from `Acc` see the table" a5 "all; from `Acc` see the table")]
/// To global memory. Moves the valid region of `src`. A token is given back, to hand the buffer to its next writer; a
/// [`Reader`] of a shared tile gives nothing back, since its [`Shared`](crate::event::Shared) still owns the tile.
///
/// | from | op | element types |
/// |---|---|---|
/// | `Vec` | `TStoreVec` | all, as they are |
/// | `Mat`, on a2a3 | `TStoreMat` | all, as they are |
/// | `Acc` | `TStoreAcc` | f32 to f32, f16 or bf16, rounded to nearest; i32 to i32; see [`tstore_with`](super::tstore_with) for scales and ReLU |
///
/// Tile and tensor have one layout. An accumulator goes to a [`RowMajor`] tensor, to one in [`Nz`] unless of i32; on a2a3 to images
/// in [`Nc1hwc0`], one image or less; and on a5 to a [`ColMajor`] tensor, whose columns are the channels of PTO's `NCHW`.
///
/// An output belongs to the pipe of the op: see [`GlobalOut`](crate::global::GlobalOut).
///
/// # Errors
///
/// Where less remains than `src` holds, or the region starts outside of the tensor, the kernel stops with a
/// [`Fault`](crate::Fault) that names this line.
pub fn tstore<'k, T, L, A, S>(dst: &Region<'k, T, A, L>, src: S) -> S::Stored<StoreOf<'k, S>>
where
    T: Dtype,
    A: StoredTo<StoreOf<'k, S>>,
    S: Store<'k, StoreOf<'k, S>, Tile: Stores<'k, T, L> + Storable<'k>>,
{
    store::<T, _, _, _>(dst, src.stored(INNER), Location::caller());
    src.after_store(INNER)
}

/// The store of all that is valid of `tile`, by its own op.
#[inline(always)]
pub(super) fn store<'k, T: Dtype, A, L, X: Storable<'k>>(
    dst: &Region<'k, T, A, L>,
    tile: &X,
    at: Site,
) {
    if let Some(operands) = operands::<X::Op, _, _, _, _>(dst, tile, at) {
        let unit = tile.core().unit();
        if X::TYPE.space.index() == Space::Acc.index() {
            unit.issue::<X::Op, Wide<Drained<Narrowed<T>>>>(&operands, 1, 0, at);
        } else {
            unit.issue::<X::Op, Stored<T>>(&operands, 1, 0, at);
        }
    }
}

/// The operands of a store of all that is valid of `tile`; none, with the kernel stopped, where the region is out of bounds.
#[inline(always)]
pub(super) fn operands<'k, O: Op, T, A, L, X: AnyTile<'k>>(
    dst: &Region<'k, T, A, L>,
    tile: &X,
    at: Site,
) -> Option<[Operand; 2]> {
    let mut region = dst.operand(X::TYPE.shape(), at)?;
    let remain = (region.rows as usize, region.cols as usize);
    let valid = tile.valid();
    if valid.0 > remain.0 || valid.1 > remain.1 {
        dst.fail(Trouble::StoreTooLarge { code: O::CODE, tile: valid, remain }, at);
    }
    (region.rows, region.cols) = (valid.0 as u32, valid.1 as u32);
    Some([region, tile.operand()])
}

/// What a store takes: an [`Event`] recorded for it, what an op of its pipe returned, or a [`Reader`] of a shared tile.
#[diagnostic::on_unimplemented(
    message = "`{O}` cannot store this operand",
    label = "not a tile with data that `{O}` may read now",
    note = "a store takes an `Event` recorded for it, `.record::<{O}>()`, by value, or a `Reader` of a shared tile"
)]
pub trait Store<'k, O>: OfTile<'k> {
    #[doc(hidden)]
    fn stored(&self, _: NotForKernels) -> &Self::Tile;
    #[doc(hidden)]
    fn after_store(self, _: NotForKernels) -> Self::Stored<O>;
}

impl<'k, O: Op, Src, Dst: Includes<O>, P: Single<'k> + Written> Store<'k, O>
    for Event<Src, Dst, P>
{
    #[inline(always)]
    fn stored(&self, _: NotForKernels) -> &P::Tile {
        crate::event::Read::<O>::data_of(self, INNER)
    }

    #[inline(always)]
    fn after_store(self, _: NotForKernels) -> Self::Stored<O> {
        RecordEvent::new(Live(crate::event::Modify::<O>::into_tile(self, INNER)))
    }
}

impl<'k, O: Op, Src: PassesTo<O>, P: Single<'k> + Written> Store<'k, O> for RecordEvent<Src, P> {
    #[inline(always)]
    fn stored(&self, _: NotForKernels) -> &P::Tile {
        crate::event::Read::<O>::data_of(self, INNER)
    }

    #[inline(always)]
    fn after_store(self, _: NotForKernels) -> Self::Stored<O> {
        RecordEvent::new(Live(crate::event::Modify::<O>::into_tile(self, INNER)))
    }
}

impl<'k, O: Op, Dst: Includes<O>, P: Single<'k> + Written> Store<'k, O> for Reader<'_, Dst, P> {
    #[inline(always)]
    fn stored(&self, _: NotForKernels) -> &P::Tile {
        crate::event::Read::<O>::data_of(self, INNER)
    }

    #[inline(always)]
    fn after_store(self, _: NotForKernels) {}
}

#[diagnostic::do_not_recommend]
impl Storable<'_> for NoTile {
    type Op = TStoreVec;
}
#[diagnostic::do_not_recommend]
impl<T, L> Stores<'_, T, L> for NoTile {}

/// A store can move `Self` to a tensor of `T` in layout `L`, and which op does it.
#[diagnostic::on_unimplemented(
    message = "{Self} cannot be stored to a tensor of {T} in layout {L}",
    label = "dtype or layout differ, or the memory space has no path to global memory",
    note = "a `Vec` tile (on a2a3 a `Mat` tile too) has the tensor's dtype and layout; an `Acc` tile of f32 goes to a `RowMajor` tensor of f32, f16 or bf16, one of i32 to i32"
)]
pub trait Stores<'k, T, L>: AnyTile<'k> {}

/// The op that stores `Self` to global memory.
#[diagnostic::on_unimplemented(
    message = "{Self} cannot be stored to global memory",
    label = "no path from this memory space to global memory",
    note = "a store takes a tile in the `Vec` or the `Acc` space, on a2a3 also in the `Mat` space"
)]
pub trait Storable<'k>: AnyTile<'k> {
    /// The op: its pipe stores.
    type Op: Op;
}

macro_rules! stores {
    ($($space:ident by $op:ty, $chip:ty $(, $generic:ident)?;)*) => {$(
        impl<'k, T, const R: usize, const C: usize, L, V, $($generic: Chip)?> Storable<'k>
            for Tile<'k, space::$space, T, R, C, L, V, $chip>
        where
            T: Dtype,
            L: Layout,
            V: Valid,
        {
            type Op = $op;
        }
    )*};
    (plain $($space:ident, $chip:ty $(, $generic:ident)?;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<'k, T, const R: usize, const C: usize, L, LT, V, $($generic: Chip)?> Stores<'k, T, LT>
            for Tile<'k, space::$space, T, R, C, L, V, $chip>
        where
            T: Dtype,
            L: InOrder<LT>,
            V: Valid,
        {
        }
    )*};
}

stores! {
    Vec by TStoreVec, Ch, Ch;
    Mat by TStoreMat, A2A3;
    Acc by TStoreAcc, Ch, Ch;
}

stores! {
    plain
    Vec, Ch, Ch;
    Mat, A2A3;
}

#[diagnostic::do_not_recommend]
impl<'k, T, A: Dtype, const R: usize, const C: usize, L, V, Ch> Stores<'k, T, L>
    for Tile<'k, space::Acc, A, R, C, NzAcc, V, Ch>
where
    T: Dtype<Sum: Same<A>> + DtypeOf<TStoreAcc, Ch>,
    L: LayoutOfSums<T, Ch>,
    V: Valid,
    Ch: Chip,
{
}

/// FIX stores an accumulator to a tensor of `T` in layout `Self`.
#[diagnostic::on_unimplemented(
    message = "on {Ch} an accumulator is not stored to a tensor of {T} in layout {Self}",
    label = "not a layout that FIX stores elements of {T} in",
    note = "an `AccTile` goes to a `RowMajor` tensor, to one in `Nz` unless of i32, on a2a3 to one in `Nc1hwc0`, and on a5 to a `ColMajor` one"
)]
pub trait LayoutOfSums<T, Ch>: Layout {}

impl<T: Dtype, Ch: Chip> LayoutOfSums<T, Ch> for RowMajor {}
// A fractal of i32 would have 16 columns, unlike one in a tile.
impl<T: Nearest, Ch: Chip> LayoutOfSums<T, Ch> for Nz {}
impl<T: Dtype> LayoutOfSums<T, A2A3> for Nc1hwc0 {}
impl<T: Dtype> LayoutOfSums<T, A5> for ColMajor {}

/// Copies a tile into a region.
struct Stored<T>(PhantomData<T>);

impl<T: Dtype> Semantics for Stored<T> {
    type Views<'a> = (GlobalDst<'a, T>, Src<'a, T>);

    #[inline(always)]
    fn run((mut dst, src): Self::Views<'_>, _: u64) {
        let (rows, cols) = src.valid;
        match src.layout {
            LayoutId::Nd if cols == src.shape.1 && rows > 0 && dst.one_slice() => {
                dst.write(0, 0, &src.data[..rows * cols]);
            }
            LayoutId::Nd if dst.rows_contiguous() => {
                for row in 0..rows {
                    dst.write(row, 0, &src.data[src.row(row)]);
                }
            }
            LayoutId::Dn if dst.cols_contiguous() => {
                for col in 0..cols {
                    let first = col * src.shape.0;
                    dst.write(0, col, &src.data[first..first + rows]);
                }
            }
            _ => {
                for row in 0..rows {
                    for col in 0..cols {
                        dst.run_mut(row, col, 1)[0] = src.data[src.index(row, col, size_of::<T>())];
                    }
                }
            }
        }
    }
}
