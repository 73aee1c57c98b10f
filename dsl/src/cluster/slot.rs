//! A slot of a FIFO, while a role has it.

use std::marker::PhantomData;
use std::panic::Location;

use super::end::{AnyEnd, Consumer};
use super::role::{Access, Direct};
use crate::event::{OfTile, Read};
use crate::global::{Number, Region};
use crate::op::Op;
use crate::op::precision::Usual;
use crate::sealed::{INNER, NotForKernels};
use crate::tile::Dtype;
use crate::unit::{Core, Trouble};

/// What this core has of one slot of a FIFO: all of it on the cube core, its half on each of two vector cores.
///
/// The producer has it from [`talloc`](crate::isa::talloc), stores to it any number of times, and gives it up with
/// [`tpush_slot`](crate::isa::tpush_slot); the consumer has it from [`tpop_slot`](crate::isa::tpop_slot), loads from it any number of
/// times, and gives it up with [`tfree`](crate::isa::tfree). It is row-major, but of a [`V2M`](super::V2M) in fractals.
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
    <E as AnyEnd<'k>>::Layout,
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
        let view = self.end.link(INNER).view::<E::Elem, (), E::Layout>(E::SHAPE);
        (view.rows(), view.cols())
    }

    /// This core's share of a message that lies in its own memory, as a tile: what ops of the pipe that reads it take as a source, the
    /// vector pipe of an [`A2V`](super::A2V), MTE1 of a [`V2M`](super::V2M).
    ///
    /// It borrows the slot, and so nobody reads it once the slot is [free](crate::isa::tfree).
    ///
    /// ```
    /// # use tilesync::prelude::*;
    /// # type Sums<'k> = A2V<'k, OnVector, usize, f32, 16, 16, 2>;
    /// # type Free<'k> = Event<TStoreVec, TAddS, VecTile<'k, f32, 8, 16, tilesync::tile::Full, A5>>;
    /// # fn pop<'k>(sums: Sums<'k>, free: Free<'k>) -> Next<Sums<'k>, Retired<Sums<'k>>> {
    /// # let step = match sums.next() { Next::Step(step) => step, Next::End(end) => return Next::End(end) };
    /// let slot = tpop_slot(step);
    /// let more = tadds(free, &slot.as_tile::<8, 16>(), 1.0); // the upper or the lower half of a message of 16 x 16
    /// let sums = tfree(slot);
    /// # let _ = more;
    /// # Next::Step(sums)
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Another shape than that of the share stops the role with a [`Fault`](crate::Fault) that names this line, before anything runs.
    #[track_caller]
    #[inline(always)]
    pub fn as_tile<const R: usize, const C: usize>(
        &self,
    ) -> SlotTile<'_, 'k, E::Direction, E::Elem, R, C>
    where
        E: Consumer<'k, Direction: Direct>,
    {
        let (link, share) = (self.end.link(INNER), self.shape());
        if share != (R, C) {
            let trouble = Trouble::MessageShape { name: "TPOP", tile: (R, C), share };
            link.unit.fail(trouble, Location::caller());
        }
        let (number, addr) = link.tile();
        let tile = E::Direction::tile(Core::new(link.unit), addr, number, INNER);
        SlotTile { tile, slot: PhantomData }
    }
}

/// A core's share of a message that lies in its own memory: [`Slot::as_tile`].
#[must_use = "an op of the pipe that reads it takes it as a source, `&tile`"]
pub struct SlotTile<'c, 'k, D: Direct, T: Dtype, const R: usize, const C: usize> {
    tile: D::Tile<'k, T, R, C>,
    slot: PhantomData<&'c ()>,
}

impl<D: Direct, T: Dtype, const R: usize, const C: usize> std::fmt::Debug
    for SlotTile<'_, '_, D, T, R, C>
{
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SlotTile {R}x{C}")
    }
}

impl<'k, D: Direct, T: Dtype, const R: usize, const C: usize> OfTile<'k>
    for SlotTile<'_, 'k, D, T, R, C>
{
    type Tile = D::Tile<'k, T, R, C>;
    type Stored<O> = ();
    type Precision = Usual;
}

#[diagnostic::do_not_recommend]
impl<'k, O, D, T, const R: usize, const C: usize> Read<'k, O> for SlotTile<'_, 'k, D, T, R, C>
where
    O: Op,
    D: Direct<Reads = O::Pipe>,
    T: Dtype,
{
    #[inline(always)]
    fn data_of(&self, _: NotForKernels) -> &Self::Tile {
        &self.tile
    }
}
