//! Which tokens an op takes as operands: one rule each for writing, modifying, reading and scratch.

use super::payload::{HasTile, Live, Single, Written};
use super::{Event, Reader, RecordEvent, Retired, Shared};
use crate::chip::Chip;
use crate::op::precision::{Precision, Usual};
use crate::op::{Includes, Op, PassesTo};
use crate::sealed::{INNER, NotForKernels};
use crate::tile::{AnyTile, Dtype, Layout, SpaceType, Tile, Valid};

/// What is passed to an op as an operand, rightly or not: names the tile, so that what is wrong with the operand is one error.
#[diagnostic::on_unimplemented(
    message = "this operand is not a tile or the token of a tile",
    label = "expected a tile, or the token that owns it",
    note = "operands come in the order destination, sources, scratch: `dst` by value, `&src`, `&mut tmp`"
)]
pub trait OfTile<'k> {
    /// The tile's type.
    type Tile: AnyTile<'k>;
    /// What its store by `O` returns: a token, where the operand owns the tile.
    type Stored<O>;
    /// How exactly an op computes that writes to it.
    type Precision: Precision;
}

impl<'k, S, T, const R: usize, const C: usize, L, V: Valid, Ch: Chip> OfTile<'k>
    for Tile<'k, S, T, R, C, L, V, Ch>
where
    Self: AnyTile<'k>,
{
    type Tile = Self;
    type Stored<O> = RecordEvent<O, Live<Self>>;
    type Precision = Usual;
}

macro_rules! of_tile {
    ($(<$($param:ident),*> $token:ty $(, stored: $stored:ty)?;)*) => {$(
        impl<'k, $($param,)* P: HasTile<'k>> OfTile<'k> for $token {
            type Tile = P::Tile;
            type Precision = Usual;
            of_tile!(@stored P $($stored)?);
        }
    )*};
    (@stored $p:ident) => { type Stored<O> = RecordEvent<O, Live<$p::Tile>>; };
    (@stored $p:ident $stored:ty) => { type Stored<O> = $stored; };
    (wrong $($wrong:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<'k, X: OfTile<'k>> OfTile<'k> for $wrong {
            type Tile = X::Tile;
            type Stored<O> = RecordEvent<O, Live<X::Tile>>;
            type Precision = X::Precision;
        }
    )*};
}

of_tile! {
    <Src> RecordEvent<Src, P>;
    <Src, Dst> Event<Src, Dst, P>;
    <Dst> Reader<'_, Dst, P>, stored: ();
    <Src, Dst1, Dst2> Shared<Src, Dst1, Dst2, P>;
}

#[diagnostic::do_not_recommend]
impl<'k, X: OfTile<'k>> OfTile<'k> for Retired<X> {
    type Tile = X::Tile;
    type Stored<O> = RecordEvent<O, Live<X::Tile>>;
    type Precision = X::Precision;
}

// No op takes these, nor a tile that is retired, and that is all that the message is to say.
of_tile!(wrong & X, &mut X, Option<X>, [X; 1], [X; 2], [X; 3], [X; 4]);

/// What op `O` may overwrite, taken by value: a free [`Tile`], an [`Event`] recorded for `O` or its class, or a
/// [`RecordEvent`] of the same pipe.
#[diagnostic::on_unimplemented(
    message = "`{O}` cannot write to this operand",
    label = "not a tile that `{O}` may write now",
    note = "the destination stands first, and is passed by value: a free `Tile`, an `Event` recorded for `{O}`, or what an op of the same pipe returned",
    note = "if another pipe still uses the tile, it must be handed back first: `.release::<{O}>()`"
)]
pub trait Write<'k, O>: OfTile<'k> {
    #[doc(hidden)]
    fn into_tile(self, _: NotForKernels) -> Self::Tile;
}

/// What op `O` may change in place, taken by value: as [`Write`], and the tile holds data.
#[diagnostic::on_unimplemented(
    message = "`{O}` cannot change this operand in place",
    label = "not a tile with data that `{O}` may use now",
    note = "an in-place op takes an `Event` recorded for `{O}`, or what an op of the same pipe returned, by value, and the tile must have been written; an event of the host orders streams, and owns no tile"
)]
pub trait Modify<'k, O>: OfTile<'k> {
    #[doc(hidden)]
    fn into_tile(self, _: NotForKernels) -> Self::Tile;
}

/// What op `O` may read, by reference: an [`Event`] recorded for `O` or its class (waited on at its first use), a
/// [`RecordEvent`] of the same pipe, or a [`Reader`] of a shared tile.
#[diagnostic::on_unimplemented(
    message = "`{O}` cannot read this operand",
    label = "not a tile with data that `{O}` may read now",
    note = "a source is passed by reference: `&event`, recorded for `{O}` or for its class, or what an op of the same pipe returned",
    note = "a `Tile` that no op has written holds nothing to read: load it first, `tload(tile, &region).record::<{O}>()`; so does an event of the host, which orders streams"
)]
pub trait Read<'k, O>: OfTile<'k> {
    #[doc(hidden)]
    fn data_of(&self, _: NotForKernels) -> &Self::Tile;
}

/// What op `O` may use as scratch, by `&mut`: a tile without data that sits on the op's pipe.
#[diagnostic::on_unimplemented(
    message = "`{O}` cannot use this operand as scratch",
    label = "not a scratch tile on the pipe of `{O}`",
    note = "make a free tile resident first, `let mut tmp = ub.tmp.on::<Vector>();`, and pass `&mut tmp`; data in a tile is given up with `.discard()`"
)]
pub trait Scratch<'k, O>: OfTile<'k> {
    #[doc(hidden)]
    fn scratch(&mut self, _: NotForKernels) -> &Self::Tile;
}

#[diagnostic::do_not_recommend]
impl<'k, O, S, T, const R: usize, const C: usize, L, V: Valid, Ch: Chip> Write<'k, O>
    for Tile<'k, S, T, R, C, L, V, Ch>
where
    Self: AnyTile<'k>,
{
    #[inline(always)]
    fn into_tile(self, _: NotForKernels) -> Self {
        self
    }
}

impl<'k, O, Src: PassesTo<O>, P: Single<'k>> Write<'k, O> for RecordEvent<Src, P> {
    #[inline(always)]
    fn into_tile(self, _: NotForKernels) -> P::Tile {
        self.payload.into_tile(INNER)
    }
}

impl<'k, O, Src, Dst: Includes<O>, P: Single<'k>> Write<'k, O> for Event<Src, Dst, P> {
    #[inline(always)]
    fn into_tile(self, _: NotForKernels) -> P::Tile {
        self.payload.into_tile(INNER)
    }
}

impl<'k, O, Src: PassesTo<O>, P: Single<'k> + Written> Modify<'k, O> for RecordEvent<Src, P> {
    #[inline(always)]
    fn into_tile(self, _: NotForKernels) -> P::Tile {
        self.payload.into_tile(INNER)
    }
}

impl<'k, O, Src, Dst: Includes<O>, P: Single<'k> + Written> Modify<'k, O> for Event<Src, Dst, P> {
    #[inline(always)]
    fn into_tile(self, _: NotForKernels) -> P::Tile {
        self.payload.into_tile(INNER)
    }
}

impl<'k, O, Src: PassesTo<O>, P: Single<'k> + Written> Read<'k, O> for RecordEvent<Src, P> {
    #[inline(always)]
    fn data_of(&self, _: NotForKernels) -> &P::Tile {
        self.payload.tile(INNER)
    }
}

impl<'k, O, Src, Dst: Includes<O>, P: Single<'k> + Written> Read<'k, O> for Event<Src, Dst, P> {
    #[inline(always)]
    fn data_of(&self, _: NotForKernels) -> &P::Tile {
        self.payload.tile(INNER)
    }
}

#[diagnostic::do_not_recommend]
impl<'k, O: Op, Dst: Includes<O>, P: Single<'k> + Written> Read<'k, O> for Reader<'_, Dst, P> {
    #[inline(always)]
    fn data_of(&self, _: NotForKernels) -> &P::Tile {
        self.payload.tile(INNER)
    }
}

#[diagnostic::do_not_recommend]
impl<'k, O: Op, Src: Op, S, T, const R: usize, const C: usize, L, V, Ch> Scratch<'k, O>
    for RecordEvent<Src, Tile<'k, S, T, R, C, L, V, Ch>>
where
    Src: PassesTo<O>,
    S: SpaceType,
    T: Dtype,
    L: Layout,
    V: Valid,
    Ch: Chip,
{
    #[inline(always)]
    fn scratch(&mut self, _: NotForKernels) -> &Self::Tile {
        &self.payload
    }
}
