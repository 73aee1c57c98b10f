//! The end of a token: what a kernel must return.

use std::marker::PhantomData;
use std::panic::Location;

use super::hand_over::settle;
use super::{Event, NoTile, Payload, RecordEvent, Shared, Union};
use crate::chip::Chip;
use crate::op::Op;
use crate::sealed::Sealed;
use crate::tile::layout::Placed;
use crate::tile::{AnyTile, Buffers, Tile, Valid};

/// The kernel is done with `P`; no op takes it. A kernel returns its whole plan retired, and so cannot lose a tile or
/// leave a flag raised.
///
/// # Why it holds
///
/// **Invariant.** For each `Retired<P>` the owners of as many tiles as `P` has, of the same types, were given up, and each flag that they
/// owed has been waited on. So a whole plan that is retired leaves no flag raised, and no tile that an op could use.
///
/// **Established by** [`retire`](Retire::retire) of a tile or a token, which takes it by value and waits, if a wait is owed; by
/// [`and`](Self::and) and arrays, of several; and by [`plan`](Self::plan), of all parts of a plan.
///
/// **Kept because** it has no data and no public constructor, and is neither `Clone` nor `Copy`. A type of a user's that implements
/// [`Retire`], [`GivesBack`] or [`TokensOf`] must get the `Retired` that it returns from one of these. `P` is invariant and has the
/// brand `'k`: a tile of another invocation cannot stand for one of this, whereas two tiles of one type can stand for each other.
#[must_use = "a kernel returns it"]
pub struct Retired<P>(PhantomData<fn(P) -> P>);

/// A token that can be retired: a tile in any state, or a pair or an array of them.
#[diagnostic::on_unimplemented(
    message = "this cannot be retired",
    label = "not a tile, a token, or a pair or an array of tokens",
    note = "a plan is retired by the names of its fields, each with the token that owns it now: `Ub::retire(UbTokens {{ x: token, .. }})`",
    note = "several slots are an array, whose type counts them; a `Vec` may have lost one"
)]
pub trait Retire<'k> {
    /// What is retired: the tile, or a pair or an array of tiles.
    type Tile;

    /// Ends the token's life: the wait, if one is owed.
    fn retire(self) -> Retired<Self::Tile>;
}

/// The tokens of a plan `P`, by the names of its fields: the struct that `#[derive(Buffers)]` makes for `P::retire`.
///
/// The names are there so that none is missing. Tokens of two fields may be swapped, where both have as many tiles in one memory space: each of
/// the tiles is retired all the same, each flag waited on, and behind that no op is issued that could tell one from the other.
pub trait TokensOf<P> {
    /// Retires each of them.
    fn retire(self) -> Retired<P>;
}

/// What was retired is the field `F` of a plan, all of it: as many tiles, in the same memory spaces.
///
/// A plan counts its tiles and forgets what they were used as: a tile may have been seen through
/// [`treshape`](crate::RecordEvent::treshape). A part is no tile. An impl for anything else could not make the `Retired<F>` that it
/// must return.
#[diagnostic::on_unimplemented(
    message = "this does not give the field of the plan back",
    label = "the tiles of this token are not those of the field",
    note = "each field of the plan is retired with the token of its own tiles; one in parts is put together first, `RecordEvent::all(parts).whole()`, and a union is closed, `place.close(token)`",
    note = "where a slot of a ring is out, put it back first: `let ring = open.put(token);`"
)]
pub trait GivesBack<F>: Sized {
    /// The field, retired.
    fn field(retired: Retired<Self>) -> Retired<F>;
}

#[rustfmt::skip]
#[diagnostic::do_not_recommend]
impl<'k, S, T, U, const R: usize, const C: usize, const R2: usize, const C2: usize, L, L2, V, V2, Ch>
    GivesBack<Tile<'k, S, T, R, C, L, V, Ch>> for Tile<'k, S, U, R2, C2, L2, V2, Ch>
where
    L2: Placed,
    V: Valid,
    V2: Valid,
    Ch: Chip,
{
    #[inline(always)]
    fn field(_: Retired<Self>) -> Retired<Tile<'k, S, T, R, C, L, V, Ch>> {
        Retired::new()
    }
}

// An operand that is none is an error of its own; it need not be one again where its token is retired.
#[diagnostic::do_not_recommend]
impl<F> GivesBack<F> for NoTile {
    fn field(_: Retired<Self>) -> Retired<F> {
        unreachable!("there is no such tile")
    }
}

#[diagnostic::do_not_recommend]
impl<A, B> GivesBack<Union<A, B>> for Union<A, B> {
    #[inline(always)]
    fn field(retired: Retired<Self>) -> Retired<Self> {
        retired
    }
}

#[diagnostic::do_not_recommend]
impl<F, X: GivesBack<F>, const N: usize> GivesBack<[F; N]> for [X; N] {
    #[inline(always)]
    fn field(_: Retired<Self>) -> Retired<[F; N]> {
        Retired::new()
    }
}

#[diagnostic::do_not_recommend]
impl<F, G, X: GivesBack<F>, Y: GivesBack<G>> GivesBack<(F, G)> for (X, Y) {
    #[inline(always)]
    fn field(_: Retired<Self>) -> Retired<(F, G)> {
        Retired::new()
    }
}

impl<P> Retired<P> {
    #[inline(always)]
    pub(crate) fn new() -> Self {
        Retired(PhantomData)
    }

    /// Both are done.
    #[inline(always)]
    pub fn and<Q>(self, _: Retired<Q>) -> Retired<(P, Q)> {
        Retired::new()
    }

    /// A field of a plan is done: what the derived `retire` of a plan calls on each of its tokens.
    #[track_caller]
    #[inline(always)]
    pub fn field<'k, X>(token: X) -> Self
    where
        X: RetiresAs<'k, P>,
    {
        token.retire_as()
    }

    /// A plan is done when all of its parts are: what the derived `retire` of a plan calls.
    #[inline(always)]
    pub fn plan<'k>(_: Retired<P::Parts>) -> Self
    where
        P: Buffers<'k>,
    {
        Retired::new()
    }
}

#[diagnostic::do_not_recommend]
impl<'k, S, T, const R: usize, const C: usize, L, V: Valid, Ch: Chip> Retire<'k>
    for Tile<'k, S, T, R, C, L, V, Ch>
where
    Self: AnyTile<'k>,
{
    type Tile = Self;

    #[inline(always)]
    fn retire(self) -> Retired<Self> {
        Retired::new()
    }
}

#[diagnostic::do_not_recommend]
impl<'k, Src: Op, P: Payload<'k>> Retire<'k> for RecordEvent<Src, P> {
    type Tile = P::Blank;

    #[inline(always)]
    fn retire(self) -> Retired<P::Blank> {
        Retired::new()
    }
}

#[diagnostic::do_not_recommend]
impl<'k, Src, Dst: Op, P: Payload<'k>> Retire<'k> for Event<Src, Dst, P> {
    type Tile = P::Blank;

    #[track_caller]
    #[inline(always)]
    fn retire(self) -> Retired<P::Blank> {
        settle(&self.payload, Location::caller());
        Retired::new()
    }
}

#[diagnostic::do_not_recommend]
impl<'k, Src, Dst1: Op, Dst2: Op, P: Payload<'k>> Retire<'k> for Shared<Src, Dst1, Dst2, P> {
    type Tile = P::Blank;

    #[track_caller]
    #[inline(always)]
    fn retire(self) -> Retired<P::Blank> {
        settle(&self.into_payload(), Location::caller());
        Retired::new()
    }
}

#[diagnostic::do_not_recommend]
impl<'k, X: Retire<'k>, const N: usize> Retire<'k> for [X; N] {
    type Tile = [X::Tile; N];

    #[track_caller]
    #[inline(always)]
    fn retire(self) -> Retired<Self::Tile> {
        for token in self {
            let _: Retired<X::Tile> = token.retire();
        }
        Retired::new()
    }
}

/// A token that gives the field `F` of a plan back: one of the field's own tiles.
pub trait RetiresAs<'k, F> {
    /// Ends the token's life: the wait, if one is owed.
    fn retire_as(self) -> Retired<F>;
}

impl<'k, F, X: Retire<'k, Tile: GivesBack<F>>> RetiresAs<'k, F> for X {
    #[track_caller]
    #[inline(always)]
    fn retire_as(self) -> Retired<F> {
        GivesBack::field(self.retire())
    }
}

/// Said of an `Option`: it is for none.
#[diagnostic::on_unimplemented(
    message = "an `Option` may have lost its tile, and is not retired",
    label = "no one knows whether the tile is still in here",
    note = "what a loop carries in one state before its first turn and in another after it is a `Turn`, which owns the tile in both: `Turn::First(tile)`, `Turn::Later(token)`"
)]
pub trait NeverNone: Sealed {}

// For its message: no `Option` meets the bound.
impl<'k, X: Retire<'k>> Retire<'k> for Option<X>
where
    Self: NeverNone,
{
    type Tile = X::Tile;

    #[track_caller]
    fn retire(self) -> Retired<X::Tile> {
        match self {
            Some(token) => token.retire(),
            None => unreachable!("no `Option` meets the bound"),
        }
    }
}

/// What a branch has retired already is retired with the rest of the plan.
impl<P> Retire<'_> for Retired<P> {
    type Tile = P;

    #[inline(always)]
    fn retire(self) -> Self {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<'k, A: Retire<'k>, B: Retire<'k>> Retire<'k> for (A, B) {
    type Tile = (A::Tile, B::Tile);

    #[track_caller]
    #[inline(always)]
    fn retire(self) -> Retired<Self::Tile> {
        self.0.retire().and(self.1.retire())
    }
}

impl<P> std::fmt::Debug for Retired<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Retired")
    }
}
