//! A tile taken apart, and put together again.

use std::cmp::{max, min};
use std::panic::Location;

use super::payload::NotEmpty;
use super::{Event, Live, Payload, RecordEvent};
use crate::chip::Chip;
use crate::memory::own;
use crate::sealed::{INNER, NotForKernels};
use crate::tile::parts::{Cut, Next, PartIn, Parted};
use crate::tile::{AnyTile, Dtype, Full, Tile, VecPart, VecParts, space};
use crate::unit::{Site, Trouble};

/// What can be taken apart: a [`VecParts`], with data or without.
#[diagnostic::on_unimplemented(
    message = "this tile cannot be taken apart",
    label = "the plan does not say into which parts",
    note = "the plan's field says it: `x: VecParts<'k, f32, 8, 64, [Rows<1>; 8]>` instead of `x: VecTile<'k, f32, 8, 64>`"
)]
pub trait Apart<'k>: Payload<'k> {
    /// Its parts: an array or pairs, as the plan says.
    type Parts;

    #[doc(hidden)]
    fn apart(self, _: NotForKernels) -> Self::Parts;
}

/// Parts of a tile: one, or several in arrays and pairs.
#[diagnostic::on_unimplemented(
    message = "these are not parts of one tile",
    label = "not parts, or some with data and some without",
    note = "`whole` takes what `parts` gave, joined behind one token: `a.join(b).whole()`, `RecordEvent::all(rows).whole()`"
)]
pub trait PartsOf<'k>: Payload<'k> {
    /// What they are parts of.
    type Whole: Payload<'k>;
    /// All parts of it.
    type All;

    /// Puts free parts together: the tile is whole again. What tokens own they put together themselves:
    /// [`RecordEvent::whole`], [`Event::whole`].
    ///
    /// # Errors
    ///
    /// As for [`RecordEvent::whole`].
    #[track_caller]
    #[inline(always)]
    fn whole(self) -> Self::Whole
    where
        Self: AllOf<Self::All>,
    {
        whole(self, Location::caller())
    }

    #[doc(hidden)]
    fn seen(&self, seen: &mut Seen, _: NotForKernels);
    #[doc(hidden)]
    fn together(&self, seen: Seen, at: Site, _: NotForKernels) -> Self::Whole;
}

/// All parts of a tile.
#[diagnostic::on_unimplemented(
    message = "these are not all parts of the tile, as it was taken apart",
    label = "a part is missing, or they are paired in another way",
    note = "the whole comes back from each of its parts, once: what `parts` gave, in the same array or pairs"
)]
pub trait AllOf<All>: Sized {}
impl<P> AllOf<P> for P {}

/// Where parts lie.
#[derive(Clone, Copy, Debug)]
#[allow(unreachable_pub, reason = "in the signature of a sealed trait")]
pub struct Seen {
    addr: u32,
    /// The least and the greatest number of a part.
    slots: (u16, u16),
}

impl Seen {
    const NOTHING: Seen = Seen { addr: u32::MAX, slots: (u16::MAX, 0) };

    fn part(&mut self, addr: u32, slot: u16) {
        self.addr = min(self.addr, addr);
        self.slots = (min(self.slots.0, slot), max(self.slots.1, slot));
    }

    /// Whether so many parts are those of one tile: their numbers follow each other, and between those of two tiles there is the
    /// number of a whole.
    fn is_one_tile(&self, parts: usize) -> bool {
        usize::from(self.slots.1 - self.slots.0) + 1 == parts
    }
}

#[inline(always)]
#[expect(clippy::needless_pass_by_value, reason = "the parts are no more")]
fn whole<'k, P: PartsOf<'k>>(parts: P, at: Site) -> P::Whole {
    let mut seen = Seen::NOTHING;
    parts.seen(&mut seen, INNER);
    parts.together(seen, at, INNER)
}

impl<'k, T: Dtype, const R: usize, const C: usize, X: Cut, Ch: Chip> VecParts<'k, T, R, C, X, Ch> {
    /// Takes the free tile apart, as the plan says.
    #[doc(alias = "TSUBVIEW")]
    #[inline(always)]
    pub fn parts(self) -> X::Tiles<'k, T, R, C, PartIn<X, R, C>, Ch> {
        self.apart(INNER)
    }
}

impl<Src, P> RecordEvent<Src, P> {
    /// Takes the tile apart, as the plan says: its parts are behind this token, and [`split`](RecordEvent::split) gives each its own.
    ///
    /// No instruction runs and no flag is set. A part is used as any tile of its shape, also while other parts are on other pipes: no
    /// two of them have a byte in common. Before the tile is used as a whole, or retired, [`whole`](Self::whole) puts it together.
    ///
    /// ```
    /// use tilesync::prelude::*;
    ///
    /// #[derive(Buffers)]
    /// struct Ub<'k> {
    ///     x: VecParts<'k, f32, 4, 64, [Rows<1>; 4]>,
    /// }
    ///
    /// /// Row i, i times.
    /// #[kernel]
    /// fn scale<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    ///     let rows = tload(ub.x, &x.tile(0, 0)).record::<Vector>().parts().split();
    ///     let mut factor = 0.0;
    ///     let rows = rows.map(|row| {
    ///         factor += 1.0;
    ///         tmuls_assign(row, factor)
    ///     });
    ///     let x = RecordEvent::all(rows).whole().record::<TStoreVec>();
    ///     Ub::retire(UbTokens { x: tstore(&y.tile(0, 0), x) })
    /// }
    /// ```
    #[doc(alias = "TSUBVIEW")]
    #[inline(always)]
    pub fn parts<'k, Q>(self) -> RecordEvent<Src, Q>
    where
        P: Apart<'k, Parts = Q>,
    {
        RecordEvent::new(self.into_payload().apart(INNER))
    }

    /// Puts the tile together from all of its parts, which are behind this token: what [`join`](RecordEvent::join) and
    /// [`all`](RecordEvent::all) made of theirs. Of an array the order does not matter.
    ///
    /// # Errors
    ///
    /// Parts of two tiles of one type stop the kernel with a [`Fault`](crate::Fault) that names this line.
    #[track_caller]
    #[inline(always)]
    pub fn whole<'k>(self) -> RecordEvent<Src, P::Whole>
    where
        P: PartsOf<'k> + AllOf<P::All>,
    {
        RecordEvent::new(whole(self.into_payload(), Location::caller()))
    }
}

impl<Src, Dst, P> Event<Src, Dst, P> {
    /// Takes the tile apart, as [`RecordEvent::parts`] does: the one flag covers all parts, and the first use of any of them waits.
    #[doc(alias = "TSUBVIEW")]
    #[inline(always)]
    pub fn parts<'k, Q>(self) -> Event<Src, Dst, Q>
    where
        P: Apart<'k, Parts = Q>,
    {
        Event::new(self.into_payload().apart(INNER))
    }

    /// Puts the tile together, as [`RecordEvent::whole`] does; its first use waits for the flags of all parts.
    ///
    /// # Errors
    ///
    /// As for [`RecordEvent::whole`].
    #[track_caller]
    #[inline(always)]
    pub fn whole<'k>(self) -> Event<Src, Dst, P::Whole>
    where
        P: PartsOf<'k> + AllOf<P::All>,
    {
        Event::new(whole(self.into_payload(), Location::caller()))
    }
}

/// The slots of the parts of the tile in `slot`.
fn slots_of_parts<X: Cut>(slot: u16) -> impl FnOnce(&mut Vec<u32>) {
    let first = u32::from(slot) + 1;
    move |slots| slots.extend(first..first + X::SUM.count as u32)
}

impl<'k, T: Dtype, const R: usize, const C: usize, X: Cut, Ch: Chip> Apart<'k>
    for VecParts<'k, T, R, C, X, Ch>
{
    type Parts = X::Tiles<'k, T, R, C, PartIn<X, R, C>, Ch>;

    #[inline(always)]
    fn apart(self, _: NotForKernels) -> Self::Parts {
        let (core, addr, slot) = (self.core(), self.addr(), self.slot());
        let unit = core.unit();
        own::<T>(&unit.memory, &self.operand());
        unit.record(|recorder| {
            recorder.pass_on(|from| from.push(slot.into()), slots_of_parts::<X>(slot));
        });
        X::cut::<T, R, C, PartIn<X, R, C>, Ch>(&mut Next { core, addr, slot: slot + 1 }, INNER)
    }
}

#[diagnostic::do_not_recommend]
impl<'k, X: Apart<'k, Parts: HoldData>> Apart<'k> for Live<X> {
    type Parts = <X::Parts as HoldData>::Live;

    #[inline(always)]
    fn apart(self, _: NotForKernels) -> Self::Parts {
        self.0.apart(INNER).live(INNER)
    }
}

/// Tiles as they are when they hold data.
pub trait HoldData {
    /// The same tiles, live.
    type Live;

    #[doc(hidden)]
    fn live(self, _: NotForKernels) -> Self::Live;
}

impl<'k, S, T, const R: usize, const C: usize, L, Ch: Chip> HoldData
    for Tile<'k, S, T, R, C, L, Full, Ch>
{
    type Live = Live<Self>;

    #[inline(always)]
    fn live(self, _: NotForKernels) -> Live<Self> {
        Live(self)
    }
}

impl<A: HoldData, B: HoldData> HoldData for (A, B) {
    type Live = (A::Live, B::Live);

    #[inline(always)]
    fn live(self, _: NotForKernels) -> Self::Live {
        (self.0.live(INNER), self.1.live(INNER))
    }
}

impl<P: HoldData, const N: usize> HoldData for [P; N] {
    type Live = [P::Live; N];

    #[inline(always)]
    fn live(self, _: NotForKernels) -> Self::Live {
        self.map(|payload| payload.live(INNER))
    }
}

#[rustfmt::skip]
impl<'k, T: Dtype, const R: usize, const C: usize, X: Cut, const ROWS: usize, const COLS: usize, Ch: Chip> PartsOf<'k>
    for VecPart<'k, T, R, C, X, ROWS, COLS, Ch>
{
    type Whole = VecParts<'k, T, ROWS, COLS, X, Ch>;
    type All = X::Tiles<'k, T, ROWS, COLS, PartIn<X, ROWS, COLS>, Ch>;

    #[inline(always)]
    fn seen(&self, seen: &mut Seen, _: NotForKernels) {
        own::<T>(&self.core().unit().memory, &self.operand());
        seen.part(self.addr(), self.slot());
    }

    #[inline(always)]
    fn together(&self, seen: Seen, at: Site, _: NotForKernels) -> Self::Whole {
        let (unit, slot) = (self.core().unit(), seen.slots.0 - 1);
        if !seen.is_one_tile(X::SUM.count) {
            // There is no tile that the kernel could go on with.
            unit.stop(Trouble::PartsOfTwoTiles, at);
        }
        unit.record(|recorder| {
            recorder.pass_on(slots_of_parts::<X>(slot), |to| to.push(slot.into()));
        });
        Tile::<space::Vec, T, ROWS, COLS, Parted<X>, Full, Ch>::placed(self.core(), seen.addr, slot)
    }
}

impl<'k, X: PartsOf<'k, All: HoldData>> PartsOf<'k> for Live<X> {
    type Whole = Live<X::Whole>;
    type All = <X::All as HoldData>::Live;

    #[inline(always)]
    fn seen(&self, seen: &mut Seen, _: NotForKernels) {
        self.0.seen(seen, INNER);
    }

    #[inline(always)]
    fn together(&self, seen: Seen, at: Site, _: NotForKernels) -> Self::Whole {
        Live(self.0.together(seen, at, INNER))
    }
}

impl<'k, A: PartsOf<'k>, B: PartsOf<'k>> PartsOf<'k> for (A, B) {
    type Whole = A::Whole;
    type All = A::All;

    #[inline(always)]
    fn seen(&self, seen: &mut Seen, _: NotForKernels) {
        self.0.seen(seen, INNER);
        self.1.seen(seen, INNER);
    }

    #[inline(always)]
    fn together(&self, seen: Seen, at: Site, _: NotForKernels) -> Self::Whole {
        self.0.together(seen, at, INNER)
    }
}

impl<'k, P: PartsOf<'k>, const N: usize> PartsOf<'k> for [P; N]
where
    [(); N]: NotEmpty,
{
    type Whole = P::Whole;
    type All = P::All;

    #[inline(always)]
    fn seen(&self, seen: &mut Seen, _: NotForKernels) {
        for part in self {
            part.seen(seen, INNER);
        }
    }

    #[inline(always)]
    fn together(&self, seen: Seen, at: Site, _: NotForKernels) -> Self::Whole {
        self[0].together(seen, at, INNER)
    }
}
