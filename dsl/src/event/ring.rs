//! Rings: buffers that a loop uses in turn.

use crate::sealed::{INNER, NotForKernels, Sealed};

/// A ring: an array of one to eight slots, the one that has been free for longest first.
///
/// A slot is the token of a buffer (a tile, or several behind one flag), or any value made of tokens. A turn of the loop takes the
/// first slot and puts it back as the last:
///
/// ```
/// # use tilesync::prelude::*;
/// #[derive(Buffers)]
/// struct Ub<'k> {
///     x: [VecTile<'k, f32, 64, 64>; 3],
/// }
///
/// #[kernel]
/// fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
///     let mut ring = ub.x.map(|tile| tile.prime::<TStoreVec, TLoad>());
///     for i in 0..x.rows() / 64 {
///         let (slot, open) = ring.take();
///         let loaded = tload(slot, &x.tile(i, 0)).record::<TStoreVec>();
///         ring = open.put(tstore(&y.tile(i, 0), loaded).release::<TLoad>());
///     }
///     Ub::retire(UbTokens { x: ring })
/// }
/// ```
///
/// What is left is *open*: an array with one slot less. So the types count the slots that are out. A ring that misses one is
/// not the ring of the next turn, nor is it retired as the plan's field; and no more slots are taken than there are. Any number
/// of them may be out at once: each `put` closes one gap.
///
/// Slots of one type are alike. Which tiles a slot carries is known to its token, not to the ring, so that two slots, even of two
/// rings, may change places without harm.
///
/// # Why it holds
///
/// **Invariant.** None of its own: a ring is an array, and each of its slots has the invariant of its token.
///
/// **Kept because** `take` and `put` move slots, as taking the array apart would: [`Open`](HasSlot::Open) and [`Closed`](HasRoom::Closed) say
/// how many there are, so that a loop neither loses one nor makes one. A slot that goes to another place, or to another ring of the same
/// type, takes its flag and its tile along.
///
/// The guide (`tilesync::guide::loops`) goes on from here: slots of several tiles, loops that carry something else before their first
/// turn, tokens kept between calls, and what hand-written kernels need of their loops.
pub trait Ring<X>: Sealed + Sized {
    /// Takes the first slot; what is left is the open ring.
    #[inline(always)]
    #[rustfmt::skip] // The message for a slot that is not put back shows this line.
    fn take(self) -> (X, Self::Open) // and at the end of the turn: `ring = open.put(token)`
    where
        Self: HasSlot<X>,
    {
        self.take_first(INNER)
    }

    /// Puts a slot back, behind the others.
    #[inline(always)]
    fn put<T: SlotOf<X>>(self, slot: T) -> Self::Closed
    where
        Self: HasRoom<X>,
    {
        self.put_last(slot.slot(INNER), INNER)
    }
}

impl<X, const N: usize> Ring<X> for [X; N] {}

/// A ring with at least one slot in it.
#[diagnostic::on_unimplemented(
    message = "no slot is left in this ring",
    label = "all of its slots are out, or it is not an array of one to eight",
    note = "put a slot back first, `let ring = open.put(token)`, or give the field of the plan more slots"
)]
pub trait HasSlot<X>: Sealed {
    /// The ring without its first slot.
    type Open;

    #[doc(hidden)]
    fn take_first(self, _: NotForKernels) -> (X, Self::Open);
}

/// A ring with fewer than eight slots in it.
#[diagnostic::on_unimplemented(
    message = "this ring has no room for a slot",
    label = "eight slots are in it",
    note = "a ring has at most eight slots, as many as there can be flags between two pipes"
)]
pub trait HasRoom<X>: Sealed {
    /// The ring with one slot more.
    type Closed;

    #[doc(hidden)]
    fn put_last(self, slot: X, _: NotForKernels) -> Self::Closed;
}

/// A token that may be put into a ring of `X`: one of the type that `take` gives.
#[diagnostic::on_unimplemented(
    message = "this is not a slot of this ring",
    label = "not the type of token that `take` gave",
    note = "a slot is put back as it was taken, free for the op that writes it next: `ring = open.put(token.release())`"
)]
pub trait SlotOf<X> {
    #[doc(hidden)]
    fn slot(self, _: NotForKernels) -> X;
}

impl<X> SlotOf<X> for X {
    #[inline(always)]
    fn slot(self, _: NotForKernels) -> X {
        self
    }
}

macro_rules! rings {
    ($($open:literal + 1 = $closed:literal: [$($rest:ident)*];)*) => {$(
        impl<X> HasSlot<X> for [X; $closed] {
            type Open = [X; $open];

            #[inline(always)]
            fn take_first(self, _: NotForKernels) -> (X, [X; $open]) {
                let [first, $($rest),*] = self;
                (first, [$($rest),*])
            }
        }

        impl<X> HasRoom<X> for [X; $open] {
            type Closed = [X; $closed];

            #[inline(always)]
            fn put_last(self, slot: X, _: NotForKernels) -> [X; $closed] {
                let [$($rest),*] = self;
                [$($rest,)* slot]
            }
        }
    )*};
}

// Eight: as many flags as there can be between two pipes.
rings! {
    0 + 1 = 1: [];
    1 + 1 = 2: [b];
    2 + 1 = 3: [b c];
    3 + 1 = 4: [b c d];
    4 + 1 = 5: [b c d e];
    5 + 1 = 6: [b c d e f];
    6 + 1 = 7: [b c d e f g];
    7 + 1 = 8: [b c d e f g h];
}
