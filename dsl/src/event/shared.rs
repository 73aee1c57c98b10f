//! One tile that two pipes read at once.

use std::marker::PhantomData;
use std::panic::Location;

use super::hand_over::set;
use super::{Event, HasTile, Payload, RecordEvent};
use crate::op::{Op, Pipe, PipeType};
use crate::sealed::{INNER, Sealed};

/// `P`, handed over from `Src` to two readers, `Dst1` and `Dst2`: a flag is set for each.
///
/// While it is shared nobody can write it. [`unite`](Shared::unite) takes it back from both readers at once, so that the
/// next writer waits for the two of them: the hand-back that is most easily forgotten in hand-written kernels.
///
/// ```
/// # use tilesync::prelude::*;
/// # #[derive(Buffers)]
/// # struct Ub<'k> { x: VecTile<'k, f32, 8, 8>, square: VecTile<'k, f32, 8, 8> }
/// /// Stores what was loaded on MTE3, while V squares it.
/// #[kernel]
/// fn copy_and_square<'k>(
///     ub: Ub<'k>,
///     x: GlobalIn<'k, f32>,
///     copy: GlobalOut<'k, f32>,
///     square: GlobalOut<'k, f32>,
/// ) -> Retired<Ub<'k>> {
///     let mut free = ub.x.prime::<(TMul, TStoreVec), TLoad>(); // from both readers
///     let mut result = ub.square.prime::<TStoreVec, TMul>();
///     for i in 0..x.rows() / 8 {
///         let both = tload(free, &x.tile(i, 0)).share::<TMul, TStoreVec>(); // two flags
///         let product = tmul(result, &both.first(), &both.first()).record::<TStoreVec>();
///         tstore(&copy.tile(i, 0), both.second());
///         free = both.unite::<TLoad>(); // the next load waits for both
///         result = tstore(&square.tile(i, 0), product).release::<TMul>();
///     }
///     Ub::retire(UbTokens { x: free, square: result })
/// }
/// ```
///
/// # Why it holds
///
/// **Invariant.** It is the only owner of `P`. Each access to `P` that was issued so far comes before both flags, on the pipe of `Src`; or it
/// reads, on the pipe of a reader, behind its wait. `P` owes each flag until the reader's pipe has waited on it.
///
/// **Established by** [`share`](RecordEvent::share) alone.
///
/// **Kept because** no op takes it but through a [`Reader`], which borrows it and can only be read, on the pipe of its `Dst`, where the first
/// one waits. What ends it, [`unite`](Self::unite) or [`retire`](super::Retire::retire), takes it by value, so that no `Reader` is left,
/// and waits on both flags, if nobody has; `unite` then sets a flag on each reader's pipe, behind its reads.
#[must_use = "two flags are set: let both pipes read the tile, then unite it, or retire it"]
pub struct Shared<Src, Dst1, Dst2, P> {
    payload: P,
    ops: PhantomData<fn() -> (Src, Dst1, Dst2)>,
}

/// One reader's view of a [`Shared`] tile: op `Dst` may read it.
#[must_use = "pass it to the op that reads the tile"]
pub struct Reader<'a, Dst, P> {
    pub(super) payload: &'a P,
    dst: PhantomData<fn() -> Dst>,
}

/// Where an event comes from: an op, or the two ops that have read a [`Shared`] tile.
pub trait Source: Sealed {
    #[doc(hidden)]
    type Pairs: AsRef<[(Pipe, Pipe)]>;
    #[doc(hidden)]
    fn pairs(dst: Pipe) -> Self::Pairs;
}

impl<O: Op> Source for O {
    type Pairs = [(Pipe, Pipe); 1];

    #[inline(always)]
    fn pairs(dst: Pipe) -> Self::Pairs {
        [(O::Pipe::PIPE, dst)]
    }
}

impl<A: Op, B: Op> Source for (A, B) {
    type Pairs = [(Pipe, Pipe); 2];

    #[inline(always)]
    fn pairs(dst: Pipe) -> Self::Pairs {
        [(A::Pipe::PIPE, dst), (B::Pipe::PIPE, dst)]
    }
}

impl<'k, Src: Op, P: Payload<'k>> RecordEvent<Src, P> {
    /// Hands the data over to two readers on different pipes.
    ///
    /// On the device this sets a flag from the pipe of `Src` to that of each reader.
    #[doc(alias = "set_flag")]
    #[track_caller]
    #[inline(always)]
    pub fn share<Dst1: Op, Dst2: Op>(self) -> Shared<Src, Dst1, Dst2, P>
    where
        P: HasTile<'k>,
    {
        let src = Src::Pipe::PIPE;
        let pairs = [(src, Dst1::Pipe::PIPE), (src, Dst2::Pipe::PIPE)];
        set(&self.payload, &pairs, Location::caller());
        Shared { payload: self.payload, ops: PhantomData }
    }
}

impl<'k, Src, Dst1: Op, Dst2: Op, P: Payload<'k>> Shared<Src, Dst1, Dst2, P> {
    /// The view of the first reader, `Dst1`.
    #[inline(always)]
    pub fn first(&self) -> Reader<'_, Dst1, P> {
        Reader { payload: &self.payload, dst: PhantomData }
    }

    /// The view of the second reader, `Dst2`.
    #[inline(always)]
    pub fn second(&self) -> Reader<'_, Dst2, P> {
        Reader { payload: &self.payload, dst: PhantomData }
    }

    /// Both readers give the buffer back to `Next`, which may overwrite it; what was in it is dead.
    ///
    /// On the device: each reader's wait, if it has not waited yet, then a flag from the pipe of each to the pipe of `Next`.
    #[doc(alias = "set_flag")]
    #[track_caller]
    #[inline(always)]
    pub fn unite<Next: Op>(self) -> Event<(Dst1, Dst2), Next, P::Blank> {
        let pairs = <(Dst1, Dst2) as Source>::pairs(Next::Pipe::PIPE);
        set(&self.payload, &pairs, Location::caller());
        Event::new(self.payload.blank(INNER))
    }

    pub(super) fn into_payload(self) -> P {
        self.payload
    }
}

impl<Dst, P> Clone for Reader<'_, Dst, P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Dst, P> Copy for Reader<'_, Dst, P> {}

impl<Src, Dst1, Dst2, P: std::fmt::Debug> std::fmt::Debug for Shared<Src, Dst1, Dst2, P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Shared").field(&self.payload).finish()
    }
}

impl<Dst, P: std::fmt::Debug> std::fmt::Debug for Reader<'_, Dst, P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Reader").field(self.payload).finish()
    }
}
