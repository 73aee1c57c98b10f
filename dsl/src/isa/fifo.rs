//! Into and out of a FIFO between the cores of a cluster: TPUSH, TPOP, TALLOC, TFREE.

use std::panic::Location;

use super::load::{Moves, load};
use super::operand::TileOf;
use super::store::{Storable, Store, StoreOf, Stores, store};
use crate::cluster::{Access, AnyEnd, Consumer, Producer, Slot, Step};
use crate::event::{Live, RecordEvent, Write};
use crate::global::{Loadable, StoredTo};
use crate::op::TLoad;
use crate::program::Cross;
use crate::sealed::INNER;
use crate::tile::AnyTile;
use crate::unit::{Site, Trouble};

/// The kind of the regions of a slot.
type Regions<'c, 'k, E> = <<E as AnyEnd<'k>>::Role as Access<<E as AnyEnd<'k>>::Direction>>::As<'c>;

/// Gives up a step for the slot of its message, to be stored to (TALLOC).
///
/// On the device it waits for a free slot. Store to the slot on FIX from the cube core, on MTE3 from a vector core, any number of times, and
/// [push](tpush_slot) it.
#[doc(alias = "TALLOC")]
#[track_caller]
#[inline(always)]
pub fn talloc<'k, E: Producer<'k>>(step: Step<E>) -> Slot<E> {
    let link = step.end.link(INNER);
    link.record(|fifo, message| Cross::Alloc { fifo, message }, Location::caller());
    Slot { end: step.end }
}

/// Pushes a slot that was stored to (TPUSH of a slot), and gives the end back.
///
/// On the device a flag says to the other side that the message is there, behind the stores, on their pipe.
#[doc(alias = "TPUSH")]
#[track_caller]
#[inline(always)]
pub fn tpush_slot<'k, E: Producer<'k>>(slot: Slot<E>) -> E {
    let link = slot.end.link(INNER);
    link.record(|fifo, message| Cross::Push { fifo, message }, Location::caller());
    slot.end.done(INNER)
}

/// Stores a tile as a message, and gives the tile and the end back (TPUSH): [`talloc`], a store of all that is valid, [`tpush_slot`].
///
/// The tile has the shape of this core's share of a message: all of it on the cube core, its half on each of two vector cores. From `Acc`
/// it is converted as [`tstore`](super::tstore) does.
///
/// ```
/// # use tilesync::prelude::*;
/// # type Sums<'k> = C2V<'k, OnCube, usize, f32, 16, 16, 2>;
/// # fn push<'k>(sums: Sums<'k>, acc: Event<TMatmul, TStoreAcc, Live<AccTile<'k, f32, 16, 16>>>) -> Next<Sums<'k>, Retired<Sums<'k>>> {
/// # let step = match sums.next() { Next::Step(step) => step, Next::End(end) => return Next::End(end) };
/// let (stored, sums) = tpush(step, acc);
/// let free = stored.release::<TMatmul>();
/// # let _ = free;
/// # Next::Step(sums)
/// # }
/// ```
///
/// # Errors
///
/// A tile of another shape stops the role with a [`Fault`](crate::Fault) that names this line, before anything runs.
#[doc(alias = "TPUSH")]
#[track_caller]
#[inline(always)]
pub fn tpush<'k, E, S>(step: Step<E>, src: S) -> (S::Stored<StoreOf<'k, S>>, E)
where
    E: Producer<'k>,
    S: Store<'k, StoreOf<'k, S>, Tile: Stores<'k, E::Elem, E::Layout> + Storable<'k>>,
    for<'c> Regions<'c, 'k, E>: StoredTo<StoreOf<'k, S>>,
{
    let at = Location::caller();
    let slot = talloc(step);
    let tile = src.stored(INNER);
    same_shape("TPUSH", &slot, tile, at);
    store::<E::Elem, _, _, _>(&slot.at(0, 0), tile, at);
    (src.after_store(INNER), tpush_slot(slot))
}

/// Gives up a step for its message, to be loaded from (TPOP of a slot).
///
/// On the device it waits until the message is there. Load from the slot any number of times, or of an [`A2V`](crate::cluster::A2V) or a
/// [`V2M`](crate::cluster::V2M) read it [where it is](Slot::as_tile), and [free](tfree) it.
#[doc(alias = "TPOP")]
#[track_caller]
#[inline(always)]
pub fn tpop_slot<'k, E: Consumer<'k>>(step: Step<E>) -> Slot<E> {
    let link = step.end.link(INNER);
    link.record(|fifo, message| Cross::Pop { fifo, message }, Location::caller());
    Slot { end: step.end }
}

/// Gives a slot back to the other side (TFREE), and the end to this one.
///
/// On the device a credit is given behind the loads, on MTE2 (behind the reads of the vector pipe, or of MTE1): there is no need to wait
/// for them.
#[doc(alias = "TFREE")]
#[track_caller]
#[inline(always)]
pub fn tfree<'k, E: Consumer<'k>>(slot: Slot<E>) -> E {
    let link = slot.end.link(INNER);
    link.record(|fifo, message| Cross::Free { fifo, message }, Location::caller());
    slot.end.done(INNER)
}

/// Loads a message into a tile, and gives the tile and the end back (TPOP): [`tpop_slot`], a load, [`tfree`].
///
/// The tile has the shape of this core's share of a message. What was pushed is as large: where less was, load from the slot,
/// `slot.at(0, 0).sized(rows, cols)`.
///
/// ```
/// # use tilesync::prelude::*;
/// # type Sums<'k> = C2V<'k, OnVector, usize, f32, 16, 16, 2>;
/// # fn pop<'k>(sums: Sums<'k>, free: VecTile<'k, f32, 8, 16>) -> Next<Sums<'k>, Retired<Sums<'k>>> {
/// # let step = match sums.next() { Next::Step(step) => step, Next::End(end) => return Next::End(end) };
/// let (loaded, sums) = tpop(step, free); // the upper or the lower half of a message of 16 x 16
/// let sum = loaded.record::<TAddS>();
/// # let _ = sum;
/// # Next::Step(sums)
/// # }
/// ```
///
/// # Errors
///
/// A tile of another shape stops the role with a [`Fault`](crate::Fault) that names this line, before anything runs.
#[doc(alias = "TPOP")]
#[track_caller]
#[inline(always)]
pub fn tpop<'k, E, D>(step: Step<E>, dst: D) -> (RecordEvent<TLoad, Live<TileOf<'k, D>>>, E)
where
    E: Consumer<'k>,
    D: Write<'k, TLoad, Tile: Moves<'k, E::Elem, E::Layout>>,
    for<'c> Regions<'c, 'k, E>: Loadable,
{
    let at = Location::caller();
    let slot = tpop_slot(step);
    let tile = dst.into_tile(INNER);
    same_shape("TPOP", &slot, &tile, at);
    let loaded = RecordEvent::new(Live(load(tile, &slot.at(0, 0), at)));
    (loaded, tfree(slot))
}

/// Stops the role where the tile is not as large as this core's share of a message.
#[inline(always)]
fn same_shape<'k, E: AnyEnd<'k>, X: AnyTile<'k>>(
    name: &'static str,
    slot: &Slot<E>,
    tile: &X,
    at: Site,
) {
    let (share, tile_shape) = (slot.shape(), X::TYPE.shape());
    if share != tile_shape {
        let trouble = Trouble::MessageShape { name, tile: tile_shape, share };
        tile.core().unit().fail(trouble, at);
    }
}
