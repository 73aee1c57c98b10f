//! A slot of a FIFO, while a role has it.

use super::end::AnyEnd;
use super::role::Access;
use crate::global::{Number, Region};
use crate::sealed::INNER;
use crate::tile::RowMajor;

/// What this core has of one slot of a FIFO: all of it on the cube core, its half on each of two vector cores.
///
/// The producer has it from [`talloc`](crate::isa::talloc), stores to it any number of times, and gives it up with
/// [`tpush_slot`](crate::isa::tpush_slot); the consumer has it from [`tpop_slot`](crate::isa::tpop_slot), loads from it any number of
/// times, and gives it up with [`tfree`](crate::isa::tfree). It is row-major.
///
/// ```
/// # use tilesync::prelude::*;
/// # type Weights<'k> = V2C<'k, OnVector, usize, f16, 32, 64, 2>;
/// # fn push<'k>(
/// #     weights: Weights<'k>,
/// #     upper: Event<TCvt, TStoreVec, Live<VecTile<'k, f16, 8, 64>>>,
/// #     lower: Event<TCvt, TStoreVec, Live<VecTile<'k, f16, 8, 64>>>,
/// # ) -> Next<Weights<'k>, Retired<Weights<'k>>> {
/// # let step = match weights.next() { Next::Step(step) => step, Next::End(end) => return Next::End(end) };
/// let slot = talloc(step);
/// let upper = tstore(&slot.at(0, 0), upper); // two stores into one slot
/// let lower = tstore(&slot.at(8, 0), lower);
/// let weights = tpush_slot(slot);
/// # let _ = (upper, lower);
/// # Next::Step(weights)
/// # }
/// ```
///
/// # Why it holds
///
/// **Invariant.** It owns the end. From when it was made, the producer (consumer) alone has the message's slot, or its half of it: a credit
/// (the ready flag) was waited for, and [`tpush_slot`](crate::isa::tpush_slot) ([`tfree`](crate::isa::tfree)) is still to come.
///
/// **Kept because** a region of it borrows it, stores are on the pipe that says that the message is there, loads on the one that says that
/// the slot is free, and both are in order.
#[derive(Debug)]
#[must_use = "a slot is pushed, `tpush_slot(slot)`, or freed, `tfree(slot)`, and so gives its end back"]
pub struct Slot<E> {
    pub(crate) end: E,
}

/// A region of a slot.
type RegionOf<'c, 'k, E> = Region<
    'k,
    <E as AnyEnd<'k>>::Elem,
    <<E as AnyEnd<'k>>::Role as Access<<E as AnyEnd<'k>>::Direction>>::As<'c>,
    RowMajor,
>;

impl<'k, E: AnyEnd<'k>> Slot<E> {
    /// The region that starts at (`row`, `col`) of this core's share, in elements: to store to, or to load from.
    #[track_caller]
    #[inline(always)]
    pub fn at(&self, row: impl Number, col: impl Number) -> RegionOf<'_, 'k, E> {
        self.end.link(INNER).view(E::SHAPE).at(row, col)
    }

    /// The region of tile (`i`, `j`) of this core's share, as [`Global::tile`](crate::global::Global::tile).
    #[track_caller]
    #[inline(always)]
    pub fn tile(&self, i: impl Number, j: impl Number) -> RegionOf<'_, 'k, E> {
        self.end.link(INNER).view(E::SHAPE).tile(i, j)
    }

    /// Rows and columns of this core's share.
    #[must_use]
    pub fn shape(&self) -> (usize, usize) {
        let view = self.end.link(INNER).view::<E::Elem, (), RowMajor>(E::SHAPE);
        (view.rows(), view.cols())
    }
}
