//! Tiles in one place: used as the one or the other, one at a time.

use std::panic::Location;

use super::{Event, HasTile, Payload, RecordEvent, Retire, Retired};
use crate::program::TileInfo;
use crate::sealed::{INNER, NotForKernels, Sealed};
use crate::tile::PlanPart;
use crate::tile::plan::{Placer, Places, Usage};
use crate::unit::{Site, Trouble, Unit};

/// Two fields of a plan in one place: it is used as `A` or as `B`, each a tile, an array or a pair of them, one at a time. It takes
/// the room of the larger one.
///
/// [`first`](Self::first) gives the tiles of `A`, and the open union; [`close`](FirstOut::close) takes them back, behind whatever token
/// owns them by then. What that token owes the union owes: so the tiles of `B` are used when those of `A` are not in use any more, by
/// the op that the token was handed back to. What was in them is dead.
///
/// ```
/// use tilesync::prelude::*;
///
/// #[derive(Buffers)]
/// struct Ub<'k> {
///     place: Union<VecTile<'k, f32, 8, 8>, VecTile<'k, f16, 8, 16>>,
/// }
///
/// #[kernel]
/// fn copy<'k>(
///     ub: Ub<'k>,
///     x: GlobalIn<'k, f32>,
///     y: GlobalOut<'k, f32>,
///     x16: GlobalIn<'k, f16>,
///     y16: GlobalOut<'k, f16>,
/// ) -> Retired<Ub<'k>> {
///     let (tile, place) = ub.place.first();
///     let loaded = tload(tile, &x.tile(0, 0)).record::<TStoreVec>();
///     let stored = tstore(&y.tile(0, 0), loaded);
///
///     // The store hands the place back, and the load into the other tile waits for it.
///     let (tile, place) = place.close(stored.release::<TLoad>()).second();
///     let loaded = tload(tile, &x16.tile(0, 0)).record::<TStoreVec>();
///     let stored = tstore(&y16.tile(0, 0), loaded);
///     Ub::retire(UbTokens { place: place.close(stored.discard()) })
/// }
/// ```
///
/// More than two are a union of unions: `Union<A, Union<B, C>>`.
///
/// # Why it holds
///
/// **Invariant.** Either the union has one owner, or the tiles of one of its sides have, and those of the other side have none.
///
/// **Established by** the plan, and by [`first`](Self::first) and [`second`](Self::second), which take the union's owner by value, and give
/// out one side with all that the union owes.
///
/// **Kept because** the other side is locked in what they give beside it, which only `close` opens: with the owner of the tiles that are
/// out, by value and without data, and all of them, or the kernel ends. The union is on the pipe where they were, or handed over as they
/// were, and owes what they owed: so the invariants of [`RecordEvent`] and [`Event`] pass from the one side to the other.
#[derive(Debug)]
#[must_use = "a kernel returns all of its tiles, retired"]
pub struct Union<A, B> {
    first: A,
    second: B,
    /// The number of the first tile in it.
    slot: u16,
}

/// What owns the tiles `P`, which hold no data: a token, or, where they are free, they themselves.
#[diagnostic::on_unimplemented(
    message = "this does not own the tiles that the union gave",
    label = "expected the tiles that are out, without data, or their token",
    note = "all tiles of one side come back at once, behind one token (`a.join(b)`), and their data is given up: `token.release::<Op>()`, or `.discard()` on the pipe where they are"
)]
pub trait OwnerOf<'k, P>: Sized {
    /// The same, owning `Q`.
    type With<Q>;

    #[doc(hidden)]
    fn exchange<Q>(self, exchange: impl FnOnce(P) -> Q, _: NotForKernels) -> Self::With<Q>;
}

impl<'k, P: Payload<'k>> OwnerOf<'k, P> for P {
    type With<Q> = Q;

    #[inline(always)]
    fn exchange<Q>(self, exchange: impl FnOnce(P) -> Q, _: NotForKernels) -> Q {
        exchange(self)
    }
}

impl<'k, Src, P: Payload<'k>> OwnerOf<'k, P> for RecordEvent<Src, P> {
    type With<Q> = RecordEvent<Src, Q>;

    #[inline(always)]
    fn exchange<Q>(self, exchange: impl FnOnce(P) -> Q, _: NotForKernels) -> RecordEvent<Src, Q> {
        RecordEvent::new(exchange(self.into_payload()))
    }
}

impl<'k, Src, Dst, P: Payload<'k>> OwnerOf<'k, P> for Event<Src, Dst, P> {
    type With<Q> = Event<Src, Dst, Q>;

    #[inline(always)]
    fn exchange<Q>(self, exchange: impl FnOnce(P) -> Q, _: NotForKernels) -> Event<Src, Dst, Q> {
        Event::new(exchange(self.into_payload()))
    }
}

macro_rules! sides {
    ($($open:ident as $out:ident: $tiles:ident, $rest:ident: $other:ident, $name:literal, behind [$($before:ident)?];)*) => {
        $(
            #[doc = concat!("A [`Union`] whose ", $name, " tiles are out.")]
            #[derive(Debug)]
            #[must_use = "the union is closed with the token of its tiles, and then retired"]
            pub struct $open<A, B> {
                $rest: $other,
                slot: u16,
                tiles: std::marker::PhantomData<fn() -> (A, B)>,
            }

            impl<'k, A: PlanPart<'k> + Payload<'k>, B: PlanPart<'k> + Payload<'k>> $open<A, B> {
                /// Takes the tiles back, and gives the token of the whole union: whatever owned the tiles owns it.
                ///
                /// # Errors
                ///
                /// Tiles of another field stop the kernel with a [`Fault`](crate::Fault) that names this line.
                #[track_caller]
                #[inline(always)]
                pub fn close<X: OwnerOf<'k, $tiles>>(self, token: X) -> X::With<Union<A, B>> {
                    let at = Location::caller();
                    token.exchange(
                        |$out| {
                            let first = usize::from(self.slot) $(+ $before::USAGE.slots())?;
                            take_back(&$out, &self.$rest, first, $tiles::USAGE.slots(), at);
                            Union { $out, $rest: self.$rest, slot: self.slot }
                        },
                        INNER,
                    )
                }
            }
        )*

        impl<'k, A: Payload<'k>, B: Payload<'k>> Union<A, B> {
            $(
                #[doc = concat!("Its ", $name, " tiles, free.")]
                #[inline(always)]
                pub fn $out(self) -> ($tiles, $open<A, B>) {
                    give_out(&self, &self.$out);
                    let Union { $out, $rest, slot } = self;
                    ($out, $open { $rest, slot, tiles: std::marker::PhantomData })
                }
            )*
        }

        impl<'k, Src, A: Payload<'k>, B: Payload<'k>> RecordEvent<Src, Union<A, B>> {
            $(
                #[doc = concat!("The ", $name, " tiles of the union, on the pipe of `Src`.")]
                #[inline(always)]
                pub fn $out(self) -> (RecordEvent<Src, $tiles>, $open<A, B>) {
                    let (tiles, open) = self.into_payload().$out();
                    (RecordEvent::new(tiles), open)
                }
            )*
        }

        impl<'k, Src, Dst, A: Payload<'k>, B: Payload<'k>> Event<Src, Dst, Union<A, B>> {
            $(
                #[doc = concat!("The ", $name, " tiles of the union, handed over as it was.")]
                #[inline(always)]
                pub fn $out(self) -> (Event<Src, Dst, $tiles>, $open<A, B>) {
                    let (tiles, open) = self.into_payload().$out();
                    (Event::new(tiles), open)
                }
            )*
        }
    };
}

sides! {
    FirstOut as first: A, second: B, "first", behind [];
    SecondOut as second: B, first: A, "second", behind [A];
}

/// What the union owes, the tiles that it gives out owe.
#[inline(always)]
fn give_out<'k>(union: &impl Payload<'k>, out: &impl Payload<'k>) {
    let slots_of = |slots: &mut Vec<u32>| out.slots(slots, INNER);
    union
        .unit(INNER)
        .record(|recorder| recorder.pass_on(|from| union.slots(from, INNER), slots_of));
}

/// What the tiles owe that come back, all of the union owes: they are `count` numbers from `first` on.
#[inline(always)]
fn take_back<'k>(
    tiles: &impl Payload<'k>,
    others: &impl Payload<'k>,
    first: usize,
    count: usize,
    at: Site,
) {
    let unit = tiles.unit(INNER);
    let mut came = Vec::new();
    tiles.slots(&mut came, INNER);
    if !came.iter().all(|&slot| (first..first + count).contains(&(slot as usize))) {
        // The union would not have its own tiles.
        unit.stop(Trouble::TilesOfAnotherField, at);
    }
    unit.record(|recorder| {
        recorder.pass_on(
            |from| from.extend(&came),
            |to| {
                to.extend(&came);
                others.slots(to, INNER);
            },
        );
    });
}

impl<A, B> Sealed for Union<A, B> {}
impl<'k, A: Payload<'k>, B: Payload<'k>> Payload<'k> for Union<A, B> {
    type Blank = Self;

    #[inline(always)]
    fn blank(self, _: NotForKernels) -> Self {
        self
    }

    #[inline(always)]
    fn unit(&self, inner: NotForKernels) -> &'k Unit {
        self.first.unit(inner)
    }

    fn slots(&self, slots: &mut Vec<u32>, _: NotForKernels) {
        self.first.slots(slots, INNER);
        self.second.slots(slots, INNER);
    }
}

#[diagnostic::do_not_recommend]
impl<'k, A: HasTile<'k>, B: Payload<'k>> HasTile<'k> for Union<A, B> {
    type Tile = A::Tile;
}

#[diagnostic::do_not_recommend]
impl<'k, A: Payload<'k>, B: Payload<'k>> Retire<'k> for Union<A, B> {
    type Tile = Self;

    #[inline(always)]
    fn retire(self) -> Retired<Self> {
        Retired::new()
    }
}

#[diagnostic::do_not_recommend]
impl<'k, A: PlanPart<'k>, B: PlanPart<'k, Chip = A::Chip>> PlanPart<'k> for Union<A, B> {
    type Chip = A::Chip;
    const USAGE: Usage = A::USAGE.or(&B::USAGE);

    #[inline(always)]
    fn place(placer: &mut Placer<'k>) -> Self {
        let slot = placer.slot();
        let (first, second) = placer.either(A::place, B::place);
        Union { first, second, slot }
    }

    fn describe(name: &mut dyn FnMut() -> String, tiles: &mut Vec<TileInfo>, places: &mut Places) {
        let (field, start, from) = (name(), places.start(), tiles.len());
        A::describe(&mut || format!("{field}.first"), tiles, places);
        let end = places.again(start);
        B::describe(&mut || format!("{field}.second"), tiles, places);
        places.behind(end);
        for tile in &mut tiles[from..] {
            tile.shares = true;
        }
    }
}
