//! The algebra: a token owns its tile.
//!
//! A tile is owned by exactly one of four kinds of value, all move-only and without public constructors:
//!
//! | value | meaning | on the device |
//! |---|---|---|
//! | [`Tile`](crate::Tile) | nobody is using it, it holds nothing | – |
//! | [`RecordEvent<Src, P>`] | returned by op `Src`; `P` sits on `Src`'s pipe | – |
//! | [`Event<Src, Dst, P>`] | handed over from `Src`'s pipe to `Dst`; carries `P` | a flag is set |
//! | [`Retired<P>`] | the kernel is done with it; no op takes it | – |
//!
//! [`Shared`] is an event that two pipes read at once. The payload `P` is a tile, a [`Live`] one (it holds data), or
//! pairs of them behind one flag.
//!
//! Data goes forward with `record`, a buffer goes back with `release`; both set a flag where the pipes differ. The
//! [tutorial](crate::guide::algebra) has the picture.

mod hand_over;
mod operand;
mod payload;
mod retired;
mod shared;
mod sync;

use std::marker::PhantomData;

pub use operand::{Modify, Read, Scratch, Write};
pub use payload::{Live, OneTile, Payload};
pub use retired::{Retire, Retired};
pub use shared::{Reader, Shared, Source};
pub use sync::{Synced, tsync};

/// What an op returns: `P` sits on the pipe of `Src`.
///
/// Another op of the same pipe takes it as it is (the pipe is in order). For an op of another pipe it is handed over with
/// [`record`](RecordEvent::record). PTO's struct of this name is untyped and empty; this one owns the tile.
#[must_use = "it owns a tile: record it for the op that uses the tile next, or retire it"]
pub struct RecordEvent<Src, P> {
    payload: P,
    src: PhantomData<fn() -> Src>,
}

/// `P`, handed over from `Src` to `Dst`: the flag is set, and `Dst` waits on it at its first use of `P`.
///
/// Only `Dst` can use `P` (every op of its pipe, where `Dst` is a class such as [`Vector`](crate::op::Vector)).
#[doc(alias = "set_flag")]
#[doc(alias = "wait_flag")]
#[must_use = "a flag is set: use the tile in the op that the event was recorded for, hand it on, or retire it"]
pub struct Event<Src, Dst, P> {
    payload: P,
    ops: PhantomData<fn() -> (Src, Dst)>,
}

impl<Src, P> RecordEvent<Src, P> {
    #[inline(always)]
    pub(crate) fn new(payload: P) -> Self {
        RecordEvent { payload, src: PhantomData }
    }
}

impl<Src, Dst, P> Event<Src, Dst, P> {
    #[inline(always)]
    fn new(payload: P) -> Self {
        Event { payload, ops: PhantomData }
    }
}

impl<Src, P: std::fmt::Debug> std::fmt::Debug for RecordEvent<Src, P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("RecordEvent").field(&self.payload).finish()
    }
}

impl<Src, Dst, P: std::fmt::Debug> std::fmt::Debug for Event<Src, Dst, P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Event").field(&self.payload).finish()
    }
}
