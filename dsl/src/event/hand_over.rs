//! The tokens and what is done with them: record, release, prime, wait, join, split.

use std::marker::PhantomData;
use std::panic::Location;

use super::{HasTile, Payload};
use crate::chip::Chip;
use crate::op::{Class, Joins, Op, PassesTo, Pipe, PipeType};
use crate::sealed::{INNER, NotForKernels, Sealed};
use crate::tile::{Dtype, Layout, SpaceType, Tile, Valid};
use crate::unit::Site;

/// What an op returns: `P` sits on the pipe of `Src`.
///
/// Another op of the same pipe takes it as it is (the pipe is in order). For an op of another pipe it is handed over with
/// [`record`](RecordEvent::record). PTO's struct of this name is untyped and empty; this one owns the tile.
///
/// ```
/// # use tilesync::prelude::*;
/// # fn k<'k>(a: VecTile<'k, f32, 8, 8>, x: &GlobalIn<'k, f32>) {
/// let loaded: RecordEvent<TLoad, _> = tload(a, &x.tile(0, 0)); // on MTE2
/// let exp: RecordEvent<TExp, _> = texp_assign(loaded.record::<TExp>()); // on V, by way of a flag
/// let abs: RecordEvent<TAbs, _> = tabs_assign(exp); // on V as well: no flag
/// # let _ = abs;
/// # }
/// ```
///
/// # Why it holds
///
/// **Invariant.** It is the only owner of `P`. Each access to `P` that was issued so far is on the pipe of `Src`, or comes before all that
/// this pipe is given from now on. `P` owes no flag.
///
/// **Established by** the ops, whose pipe has waited on what their operands owed before it runs them; by [`Event::wait`], which does the
/// same on the pipe of its `Dst`; and by `on` of a free tile or region, which nothing has accessed.
///
/// **Kept because** all that takes it, by value or by reference, is on the same pipe ([`PassesTo`], [`Joins`]) and so in order; or it sets
/// a flag on that pipe, behind those accesses ([`record`](RecordEvent::record), [`release`](RecordEvent::release),
/// [`share`](RecordEvent::share)); or it is [`retire`](super::Retire::retire), which has nothing to wait for.
#[must_use = "it owns a tile: record it for the op that uses the tile next, or retire it"]
pub struct RecordEvent<Src, P> {
    pub(super) payload: P,
    src: PhantomData<fn() -> Src>,
}

/// `P`, handed over from `Src` to `Dst`: the flag is set, and `Dst` waits on it at its first use of `P`.
///
/// Only `Dst` can use `P` (every op of its pipe, where `Dst` is a class such as [`Vector`](crate::op::Vector)).
///
/// ```
/// # use tilesync::prelude::*;
/// # fn k<'k>(
/// #     a: VecTile<'k, f32, 8, 8>, b: VecTile<'k, f32, 8, 8>, c: VecTile<'k, f32, 8, 8>, x: &GlobalIn<'k, f32>) {
/// let e: Event<TLoad, Vector, _> = tload(a, &x.tile(0, 0)).record(); // sets a flag from MTE2 to V
/// let double = tadd(b, &e, &e); // waits on it
/// let root = tsqrt(c, &e); // does not wait again
/// let free: Event<Vector, TLoad, _> = e.release(); // sets a flag from V to MTE2: the tile may be loaded again
/// # let _ = (double, root, free);
/// # }
/// ```
///
/// It is a value of a kernel, between two pipes of one core. The event of the host, which orders work on streams as `torch.Event` does, is
/// [`runtime::Event`](crate::runtime::Event): it has no type parameters, and no op takes it.
///
/// # Why it holds
///
/// **Invariant.** It is the only owner of `P`. Each access to `P` that was issued so far comes before the flag, on the pipe of `Src`; or it
/// is on the pipe of `Dst`, behind the wait. What `P` owes is that flag (two, where `Src` is a pair of ops; none, where the two pipes are
/// one), until `Dst` has waited on it.
///
/// **Established by** [`record`](RecordEvent::record), [`release`](RecordEvent::release), [`prime`](Payload::prime) and
/// [`unite`](super::Shared::unite), which set the flag behind all that the pipe of `Src` was given.
///
/// **Kept because** only ops on the pipe of `Dst` take it ([`Includes`](crate::op::Includes)), and the first one waits: what a tile owes is
/// noted at the tile, and whoever pays strikes it out, so that it is waited on once. A reference admits reading alone. It ends in such
/// an op, in [`wait`](Self::wait), in another `release`, or [retired](super::Retire::retire); each waits, if nobody has. It cannot end
/// otherwise: the kernel returns its plan [`Retired`](super::Retired), for which it needs every tile. A region of a
/// [`GlobalInOut`](crate::global::GlobalInOut) can be dropped, and so it is handed over with a tile, which owes the same flag.
#[doc(alias = "set_flag")]
#[doc(alias = "wait_flag")]
#[must_use = "a flag is set: use the tile in the op that the event was recorded for, hand it on, or retire it"]
pub struct Event<Src, Dst, P> {
    pub(super) payload: P,
    ops: PhantomData<fn() -> (Src, Dst)>,
}

/// Said of an event that is recorded again: it is for none.
#[diagnostic::on_unimplemented(
    message = "this tile was recorded already, for `{Dst}`",
    label = "an event, and not what an op returned",
    note = "when `{Dst}` is done with it, it hands the buffer back to its next writer: `.release::<Op>()`",
    note = "to hand the data on to a third pipe: `.wait().record::<Op>()`"
)]
pub trait NotYetRecorded<Dst>: Sealed {
    /// Whatever the caller takes it for: a second message about that says nothing more.
    type Recorded<Next>;
    #[doc(hidden)]
    fn recorded<Next>(self, _: NotForKernels) -> Self::Recorded<Next>;
}

/// An event whose tile holds data: `X`, recorded by `Src` for `Dst`.
///
/// The type that helpers and loops spell for what they load, or compute, and hand on:
///
/// ```
/// use tilesync::prelude::*;
///
/// type X<'k> = VecTile<'k, f32, 64, 64>;
///
/// fn load<'k>(slot: Free<TStoreVec, TLoad, X<'k>>, x: &GlobalIn<'k, f32>, row: usize) -> Filled<TLoad, TMulS, X<'k>> {
///     tload(slot, &x.tile(row, 0)).record()
/// }
/// ```
pub type Filled<Src, Dst, X> = Event<Src, Dst, super::Live<X>>;

/// An event whose tile was handed back: `X`, released by `Src` (or primed) for `Dst` to overwrite. See [`Filled`].
pub type Free<Src, Dst, X> = Event<Src, Dst, X>;

/// A tile with data that stays on the pipe of op or class `K`: what a loop carries from turn to turn, `Resident<Vector, X>`.
///
/// One without data, such as a scratch tile, is a `RecordEvent<Vector, X>`.
pub type Resident<K, X> = RecordEvent<K, super::Live<X>>;

impl<Src, P> RecordEvent<Src, P> {
    #[inline(always)]
    pub(crate) fn new(payload: P) -> Self {
        RecordEvent { payload, src: PhantomData }
    }

    #[inline(always)]
    pub(crate) fn payload(&self) -> &P {
        &self.payload
    }

    #[inline(always)]
    pub(crate) fn into_payload(self) -> P {
        self.payload
    }
}

impl<Src, Dst, P> Event<Src, Dst, P> {
    #[inline(always)]
    pub(super) fn new(payload: P) -> Self {
        Event { payload, ops: PhantomData }
    }

    #[inline(always)]
    pub(crate) fn payload(&self) -> &P {
        &self.payload
    }

    #[inline(always)]
    pub(crate) fn into_payload(self) -> P {
        self.payload
    }
}

/// Sets a flag for each of `pairs`, from the first pipe to the second.
#[inline(always)]
pub(super) fn set<'k, P: Payload<'k>>(payload: &P, pairs: &[(Pipe, Pipe)], at: Site) {
    if payload.unit(INNER).flags_matter() {
        set_recorded(payload, pairs, at);
    }
}

#[cold]
fn set_recorded<'k, P: Payload<'k>>(payload: &P, pairs: &[(Pipe, Pipe)], at: Site) {
    let unit = payload.unit(INNER);
    let mut outcome = Ok(());
    unit.record(|recorder| outcome = recorder.set(pairs, |tiles| payload.slots(tiles, INNER), at));
    if let Err(trouble) = outcome {
        unit.fail(trouble, at);
    }
}

/// Waits on what `payload` owes.
#[inline(always)]
pub(crate) fn settle<'k, P: Payload<'k>>(payload: &P, at: Site) {
    let unit = payload.unit(INNER);
    if unit.flags_matter() {
        unit.record(|recorder| recorder.settle(|tiles| payload.slots(tiles, INNER), at));
    }
}

impl<'k, S, T, const R: usize, const C: usize, L, V, Ch> Tile<'k, S, T, R, C, L, V, Ch>
where
    S: SpaceType,
    T: Dtype,
    L: Layout,
    V: Valid,
    Ch: Chip,
{
    /// Makes the free tile resident on the pipe of a class, with no flag, since nothing else was using it.
    ///
    /// So start scratch tiles: `let mut tmp = ub.tmp.on::<Vector>();`
    #[inline(always)]
    pub fn on<K: Class>(self) -> RecordEvent<K, Self> {
        RecordEvent::new(self)
    }
}

impl<'k, Src: Op, P: Payload<'k>> RecordEvent<Src, P> {
    /// Hands the data over to `Dst`, which waits for it.
    ///
    /// On the device this sets a flag from the pipe of `Src` to the pipe of `Dst` (none where the two are one).
    ///
    /// ```
    /// # use tilesync::prelude::*;
    /// # fn k<'k>(a: VecTile<'k, f32, 8, 8>, x: &GlobalIn<'k, f32>, y: &GlobalOut<'k, f32>) {
    /// let loaded = tload(a, &x.tile(0, 0)).record::<TMulS>(); // `tmuls` uses it next
    /// let doubled = tmuls_assign(loaded, 2.0).record(); // for the op in the type of what comes next:
    /// let doubled: Event<TMulS, TStoreVec, _> = doubled;
    /// let stored = tstore(&y.tile(0, 0), doubled);
    /// # let _ = stored;
    /// # }
    /// ```
    #[doc(alias = "set_flag")]
    #[track_caller]
    #[inline(always)]
    pub fn record<Dst: Op>(self) -> Event<Src, Dst, P>
    where
        P: HasTile<'k>,
    {
        set(&self.payload, &[(Src::Pipe::PIPE, Dst::Pipe::PIPE)], Location::caller());
        Event::new(self.payload)
    }

    /// Hands the buffer back to `Dst`, which may overwrite it: as [`record`](Self::record), and what was in it is dead.
    ///
    /// ```
    /// # use tilesync::prelude::*;
    /// # fn k<'k>(a: VecTile<'k, f32, 8, 8>, x: &GlobalIn<'k, f32>, y: &GlobalOut<'k, f32>) {
    /// let first = tload(a, &x.tile(0, 0)).record::<TStoreVec>();
    /// let free = tstore(&y.tile(0, 0), first).release::<TLoad>(); // stored: the next load may have the tile
    /// let second = tload(free, &x.tile(1, 0));
    /// # let _ = second;
    /// # }
    /// ```
    #[doc(alias = "set_flag")]
    #[track_caller]
    #[inline(always)]
    pub fn release<Dst: Op>(self) -> Event<Src, Dst, P::Blank>
    where
        P: HasTile<'k>,
    {
        set(&self.payload, &[(Src::Pipe::PIPE, Dst::Pipe::PIPE)], Location::caller());
        Event::new(self.payload.blank(INNER))
    }

    /// Forgets the exact op and keeps the pipe, so that a loop can carry the token under one type, and so that the two arms of an `if`
    /// have one.
    ///
    /// ```
    /// # use tilesync::prelude::*;
    /// # fn k<'k>(sum: VecTile<'k, f32, 8, 8>, x: &Event<TLoad, Vector, Live<VecTile<'k, f32, 8, 8>>>, product: bool) {
    /// let mut sum = texpands(sum, 1.0).on::<Vector>();
    /// for _ in 0..3 {
    ///     sum = if product { tmul_assign(sum, x).on::<Vector>() } else { tadd_assign(sum, x).on::<Vector>() };
    /// }
    /// # let _ = sum;
    /// # }
    /// ```
    #[inline(always)]
    pub fn on<K: Class>(self) -> RecordEvent<K, P>
    where
        Src: PassesTo<K>,
    {
        RecordEvent::new(self.payload)
    }

    /// Forgets the data: the tile stays on its pipe, for scratch or to be overwritten there. No flag is set.
    ///
    /// ```
    /// # use tilesync::prelude::*;
    /// # fn k<'k>(
    /// #     max: VecCol<'k, f32, 8>,
    /// #     exp: RecordEvent<TExp, Live<VecTile<'k, f32, 8, 8>>>,
    /// #     x: &Event<TLoad, Vector, Live<VecTile<'k, f32, 8, 8>>>,
    /// # ) {
    /// let mut tmp = exp.discard(); // what `texp` computed is done with
    /// let max = trowmax(max, x, &mut tmp);
    /// # let _ = max;
    /// # }
    /// ```
    #[inline(always)]
    pub fn discard(self) -> RecordEvent<Src, P::Blank> {
        RecordEvent::new(self.payload.blank(INNER))
    }

    /// Puts two payloads of one pipe behind one token, so that one flag serves both.
    #[inline(always)]
    pub fn join<Src2: Joins<Src>, Q: Payload<'k>>(
        self,
        other: RecordEvent<Src2, Q>,
    ) -> RecordEvent<Src2, (P, Q)> {
        RecordEvent::new((self.payload, other.payload))
    }
}

impl<'k, Src, Dst: Op, P: Payload<'k>> Event<Src, Dst, P> {
    /// An event is recorded already: to hand the data on to a third pipe, [`wait`](Self::wait) first.
    #[doc(hidden)]
    pub fn record<Next>(self) -> <Self as NotYetRecorded<Dst>>::Recorded<Next>
    where
        Self: NotYetRecorded<Dst>,
    {
        self.recorded(INNER)
    }

    /// `Dst` gives the buffer back to `Next`, which may overwrite it; what was in it is dead.
    ///
    /// On the device: the wait, if nobody has waited yet, then a flag from the pipe of `Dst` to the pipe of `Next`, set when
    /// everything that `Dst`'s pipe was given so far has completed.
    ///
    /// ```
    /// # use tilesync::prelude::*;
    /// # fn k<'k>(a: VecTile<'k, f32, 8, 8>, b: VecTile<'k, f32, 8, 8>, x: &GlobalIn<'k, f32>) {
    /// let loaded = tload(a, &x.tile(0, 0)).record::<TMulS>();
    /// let doubled = tmuls(b, &loaded, 2.0);
    /// let free = loaded.release::<TLoad>(); // `tmuls` has read it: the next load may have the tile
    /// let again = tload(free, &x.tile(1, 0));
    /// # let _ = (doubled, again);
    /// # }
    /// ```
    #[doc(alias = "set_flag")]
    #[track_caller]
    #[inline(always)]
    pub fn release<Next: Op>(self) -> Event<Dst, Next, P::Blank>
    where
        P: HasTile<'k>,
    {
        set(&self.payload, &[(Dst::Pipe::PIPE, Next::Pipe::PIPE)], Location::caller());
        Event::new(self.payload.blank(INNER))
    }

    /// Waits: the payload now sits on the pipe of `Dst`, as if `Dst` had returned it.
    ///
    /// Needed only to join a region with a tile, to hand the data on ([`record`](RecordEvent::record)) to a third pipe, to read scalars
    /// ([`get`](RecordEvent::get)), or to wait earlier than at the first use.
    #[doc(alias = "wait_flag")]
    #[track_caller]
    #[inline(always)]
    pub fn wait(self) -> RecordEvent<Dst, P> {
        settle(&self.payload, Location::caller());
        RecordEvent::new(self.payload)
    }

    /// Waits, and forgets the exact op: the payload sits on the pipe of a class, so that a loop can carry the token.
    ///
    /// ```
    /// # use tilesync::prelude::*;
    /// # fn k<'k>(a: VecTile<'k, f32, 8, 8>, x: &GlobalIn<'k, f32>) {
    /// let mut best: Resident<Vector, VecTile<'k, f32, 8, 8>> = tload(a, &x.tile(0, 0)).record::<TMaxS>().on::<Vector>();
    /// for floor in [0.0, 1.0] {
    ///     best = tmaxs_assign(best, floor).on::<Vector>();
    /// }
    /// # let _ = best;
    /// # }
    /// ```
    #[doc(alias = "wait_flag")]
    #[track_caller]
    #[inline(always)]
    pub fn on<K: Class>(self) -> RecordEvent<K, P>
    where
        Dst: PassesTo<K>,
    {
        self.wait().on::<K>()
    }

    /// Puts the payloads of two events of the same ops behind one token, to be handed on together.
    #[inline(always)]
    pub fn join<Q: Payload<'k>>(self, other: Event<Src, Dst, Q>) -> Event<Src, Dst, (P, Q)> {
        Event::new((self.payload, other.payload))
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
