//! What a token can own: a tile, a tile with data in it, or several behind one flag.

use std::panic::Location;

use super::hand_over::set;
use super::{Event, Source};
use crate::chip::Chip;
use crate::op::{Op, PipeType};
use crate::sealed::{INNER, NotForKernels, Sealed};
use crate::tile::{AnyTile, Dtype, Layout, SpaceType, Tile, Valid};
use crate::unit::Unit;

/// A tile, or several, whose data may be read: an op has written it.
///
/// A plain [`Tile`] holds nothing yet, and no op reads it. An op's destination comes back `Live`; handing the buffer
/// back with [`release`](crate::event::Event::release) ends that, for what is in it is dead.
///
/// ```
/// # use tilesync::prelude::*;
/// type X<'k> = VecTile<'k, f32, 8, 8>;
///
/// fn roots<'k>(free: X<'k>, x: &GlobalIn<'k, f32>) -> Event<TSqrt, TLoad, X<'k>> {
///     let loaded: RecordEvent<TLoad, Live<X<'k>>> = tload(free, &x.tile(0, 0));
///     let roots: RecordEvent<TSqrt, Live<X<'k>>> = tsqrt_assign(loaded.record::<TSqrt>());
///     roots.release() // not `Live` any more
/// }
/// ```
///
/// In the types that helpers spell it is hidden in [`Filled`](super::Filled) and [`Resident`](super::Resident).
///
/// # Why it holds
///
/// **Invariant.** Ops that come before whatever its token admits next have written the whole valid region of each of its tiles.
///
/// **Established by** the ops, for their destination alone, whose valid region is what they write.
///
/// **Kept because** nothing public makes one or opens one: it is seen behind a token, which hands it over as it is or forgets the data
/// (`release`, `discard`, `unite`), and there is no way back but through an op. The valid region of a tile with data changes only with
/// the data: [`with_valid`](Tile::with_valid) is for tiles without.
#[derive(Debug)]
#[must_use = "a kernel returns all of its tiles, retired"]
pub struct Live<P>(pub(crate) P);

/// What a token can own: a [`Tile`], a [`Live`] one, a region of a [`GlobalInOut`](crate::global::GlobalInOut), or several payloads
/// behind one flag: a pair, or an array of one to 64.
pub trait Payload<'k>: Sealed + Sized {
    /// The same tiles with their data forgotten: what a hand-back carries.
    type Blank: Payload<'k>;

    /// The credit before a loop: hands a free tile, or several, from `Src` to `Dst`, as if `Src` had just given them back.
    ///
    /// On the device this sets one flag from the pipe of `Src` to the pipe of `Dst` (none where the two are one). `Src` may
    /// be a pair of ops, for a buffer that two pipes will read: see [`Shared`](super::Shared).
    ///
    /// The two ops are those of the hand-back at the end of a turn:
    ///
    /// ```
    /// # use tilesync::prelude::*;
    /// # #[derive(Buffers)]
    /// # struct Ub<'k> { a: VecTile<'k, f32, 8, 8> }
    /// # #[kernel]
    /// # fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    /// let mut free = ub.a.prime::<TStoreVec, TLoad>(); // as if a store had released it to the load
    /// for i in 0..x.rows() / 8 {
    ///     let loaded = tload(free, &x.tile(i, 0)).record::<TStoreVec>();
    ///     free = tstore(&y.tile(i, 0), loaded).release::<TLoad>();
    /// }
    /// Ub::retire(UbTokens { a: free }) // waits for the last store
    /// # }
    /// ```
    #[doc(alias = "set_flag")]
    #[track_caller]
    #[inline(always)]
    fn prime<Src: Source, Dst: Op>(self) -> Event<Src, Dst, Self>
    where
        Self: HasTile<'k, Blank = Self>,
    {
        set(&self, Src::pairs(Dst::Pipe::PIPE).as_ref(), Location::caller());
        Event::new(self)
    }

    #[doc(hidden)]
    fn blank(self, _: NotForKernels) -> Self::Blank;
    #[doc(hidden)]
    fn unit(&self, _: NotForKernels) -> &'k Unit;
    #[doc(hidden)]
    fn slots(&self, slots: &mut Vec<u32>, _: NotForKernels);
}

/// A payload that can be handed over: there is a tile in it, which must come back to the plan, and so the flag is waited on.
#[diagnostic::on_unimplemented(
    message = "there is no tile to hand over here",
    label = "a flag belongs to a tile",
    note = "a region of a `GlobalInOut` is handed over together with the tile that was stored to it, or loaded from it: `token.join(region).record::<Op>()`"
)]
pub trait HasTile<'k>: Payload<'k> {
    /// The type of its tile, or of the first one where there are several.
    type Tile: AnyTile<'k>;
}

#[diagnostic::do_not_recommend]
impl<'k, S, T, const R: usize, const C: usize, L, V, Ch> HasTile<'k>
    for Tile<'k, S, T, R, C, L, V, Ch>
where
    S: SpaceType,
    T: Dtype,
    L: Layout,
    V: Valid,
    Ch: Chip,
{
    type Tile = Self;
}

#[diagnostic::do_not_recommend]
impl<'k, P: HasTile<'k>> HasTile<'k> for Live<P> {
    type Tile = P::Tile;
}

#[diagnostic::do_not_recommend]
impl<'k, A: HasTile<'k>, B: Payload<'k>> HasTile<'k> for (A, B) {
    type Tile = A::Tile;
}

#[diagnostic::do_not_recommend]
impl<'k, P: HasTile<'k>, const N: usize> HasTile<'k> for [P; N]
where
    [(); N]: NotEmpty,
{
    type Tile = P::Tile;
}

/// One tile, with data or without: what an op takes as an operand.
#[diagnostic::on_unimplemented(
    message = "this token holds several tiles, and an op takes one",
    label = "several tiles behind one flag",
    note = "take them apart first: `let (a, b) = token.split();`"
)]
pub trait Single<'k>: HasTile<'k> {
    #[doc(hidden)]
    fn tile(&self, _: NotForKernels) -> &Self::Tile;
    #[doc(hidden)]
    fn into_tile(self, _: NotForKernels) -> Self::Tile;
}

/// An op has written it, all of it: what an op can read.
#[diagnostic::on_unimplemented(
    message = "no op has written to this tile: there is nothing to read",
    label = "a tile without data",
    note = "what an op returned holds data, and keeps it through `.record()`; a free tile, a primed one and one that was handed back with `.release()` hold none"
)]
pub trait Written {}
#[diagnostic::do_not_recommend]
impl<P> Written for Live<P> {}
#[diagnostic::do_not_recommend]
impl<A: Written, B: Written> Written for (A, B) {}
#[diagnostic::do_not_recommend]
impl<P: Written, const N: usize> Written for [P; N] {}

impl<'k, S, T, const R: usize, const C: usize, L, V, Ch> Payload<'k>
    for Tile<'k, S, T, R, C, L, V, Ch>
where
    S: SpaceType,
    T: Dtype,
    L: Layout,
    V: Valid,
    Ch: Chip,
{
    type Blank = Self;

    #[inline(always)]
    fn blank(self, _: NotForKernels) -> Self {
        self
    }

    #[inline(always)]
    fn unit(&self, _: NotForKernels) -> &'k Unit {
        self.core().unit()
    }

    fn slots(&self, slots: &mut Vec<u32>, _: NotForKernels) {
        slots.push(self.slot().into());
    }
}

#[diagnostic::do_not_recommend]
impl<'k, S, T, const R: usize, const C: usize, L, V, Ch> Single<'k>
    for Tile<'k, S, T, R, C, L, V, Ch>
where
    S: SpaceType,
    T: Dtype,
    L: Layout,
    V: Valid,
    Ch: Chip,
{
    #[inline(always)]
    fn tile(&self, _: NotForKernels) -> &Self {
        self
    }

    #[inline(always)]
    fn into_tile(self, _: NotForKernels) -> Self {
        self
    }
}

impl<P> Sealed for Live<P> {}
impl<'k, P: Payload<'k>> Payload<'k> for Live<P> {
    type Blank = P::Blank;

    #[inline(always)]
    fn blank(self, _: NotForKernels) -> P::Blank {
        self.0.blank(INNER)
    }

    #[inline(always)]
    fn unit(&self, inner: NotForKernels) -> &'k Unit {
        self.0.unit(inner)
    }

    fn slots(&self, slots: &mut Vec<u32>, _: NotForKernels) {
        self.0.slots(slots, INNER);
    }
}

#[diagnostic::do_not_recommend]
impl<'k, X: AnyTile<'k> + HasTile<'k, Tile = X>> Single<'k> for Live<X> {
    #[inline(always)]
    fn tile(&self, _: NotForKernels) -> &X {
        &self.0
    }

    #[inline(always)]
    fn into_tile(self, _: NotForKernels) -> X {
        self.0
    }
}

impl<A, B> Sealed for (A, B) {}
impl<'k, A: Payload<'k>, B: Payload<'k>> Payload<'k> for (A, B) {
    type Blank = (A::Blank, B::Blank);

    #[inline(always)]
    fn blank(self, _: NotForKernels) -> Self::Blank {
        (self.0.blank(INNER), self.1.blank(INNER))
    }

    #[inline(always)]
    fn unit(&self, inner: NotForKernels) -> &'k Unit {
        self.0.unit(inner)
    }

    fn slots(&self, slots: &mut Vec<u32>, _: NotForKernels) {
        self.0.slots(slots, INNER);
        self.1.slots(slots, INNER);
    }
}

/// An array of one to 64: a flag without a tile would belong to nobody.
#[diagnostic::on_unimplemented(
    message = "an array of tokens has one to 64 elements",
    label = "another number of them"
)]
pub trait NotEmpty: Sealed {}

macro_rules! not_empty {
    ($($n:literal)*) => {$(impl NotEmpty for [(); $n] {})*};
}

not_empty! {
    1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32
    33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64
}

impl<'k, P: Payload<'k>, const N: usize> Payload<'k> for [P; N]
where
    [(); N]: NotEmpty,
{
    type Blank = [P::Blank; N];

    #[inline(always)]
    fn blank(self, _: NotForKernels) -> Self::Blank {
        self.map(|payload| payload.blank(INNER))
    }

    #[inline(always)]
    fn unit(&self, inner: NotForKernels) -> &'k Unit {
        self[0].unit(inner)
    }

    fn slots(&self, slots: &mut Vec<u32>, _: NotForKernels) {
        for payload in self {
            payload.slots(slots, INNER);
        }
    }
}
