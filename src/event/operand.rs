//! Which tokens an op takes as operands: one rule each for writing, modifying, reading and scratch.

use super::payload::{Live, OneTile};
use super::{Event, Reader, RecordEvent};
use crate::chip::Chip;
use crate::op::{Admits, Op, SamePipe};
use crate::sealed::{INNER, NotForKernels, Sealed};
use crate::tile::{AnyTile, Tile, Valid};

/// A token of one tile: where the op depends on the tile's memory space, this names it.
#[diagnostic::on_unimplemented(
    message = "this operand is not a tile or a token of one tile",
    label = "expected one tile",
    note = "two tiles behind one flag are taken apart first, with `.split()`"
)]
pub trait Holds<'k> {
    /// The tile's type.
    type Tile: AnyTile<'k>;
}

impl<'k, S, T, const R: usize, const C: usize, L, V: Valid, Ch: Chip> Holds<'k>
    for Tile<'k, S, T, R, C, L, V, Ch>
where
    Self: AnyTile<'k>,
{
    type Tile = Self;
}

impl<'k, Src, P: OneTile<'k>> Holds<'k> for RecordEvent<Src, P> {
    type Tile = P::Tile;
}

impl<'k, Src, Dst, P: OneTile<'k>> Holds<'k> for Event<Src, Dst, P> {
    type Tile = P::Tile;
}

impl<'k, Dst, P: OneTile<'k>> Holds<'k> for Reader<'_, Dst, P> {
    type Tile = P::Tile;
}

/// What op `O` may overwrite, taken by value: a free [`Tile`], an [`Event`] recorded for `O` or its class, or a
/// [`RecordEvent`] of the same pipe.
#[diagnostic::on_unimplemented(
    message = "`{O}` cannot write to this operand",
    label = "not a tile that `{O}` may write now",
    note = "a destination is passed by value: a free `Tile`, an `Event` recorded for `{O}`, or what an op of the same pipe returned",
    note = "if another pipe still uses the tile, it must be handed back first: `.release::<{O}>()`"
)]
pub trait Write<'k, O> {
    /// The tile's type.
    type Tile: AnyTile<'k>;
    #[doc(hidden)]
    fn into_tile(self, _: NotForKernels) -> Self::Tile;
}

/// What op `O` may change in place, taken by value: as [`Write`], and the tile holds data.
#[diagnostic::on_unimplemented(
    message = "`{O}` cannot change this operand in place",
    label = "not a tile with data that `{O}` may use now",
    note = "an in-place op takes an `Event` recorded for `{O}`, or what an op of the same pipe returned, by value, and the tile must have been written"
)]
pub trait Modify<'k, O> {
    /// The tile's type.
    type Tile: AnyTile<'k>;
    #[doc(hidden)]
    fn into_tile(self, _: NotForKernels) -> Self::Tile;
}

/// What op `O` may read, by reference: an [`Event`] recorded for `O` or its class (waited on at its first use), a
/// [`RecordEvent`] of the same pipe, or a [`Reader`] of a shared tile.
#[diagnostic::on_unimplemented(
    message = "`{O}` cannot read this operand",
    label = "not a tile with data that `{O}` may read now",
    note = "a source is passed by reference: `&event`, recorded for `{O}` or for its class, or what an op of the same pipe returned",
    note = "a `Tile` that no op has written holds nothing to read: load it first, `tload(tile, &region).record::<{O}>()`"
)]
pub trait Read<'k, O> {
    /// The tile's type.
    type Tile: AnyTile<'k>;
    #[doc(hidden)]
    fn tile(&self, _: NotForKernels) -> &Self::Tile;
}

/// A payload that an op can read: one tile, and an op has written it.
#[diagnostic::on_unimplemented(
    message = "this operand is not a tile with data",
    label = "no op has written it, it was handed back since, or it is two tiles",
    note = "what an op returned holds data, and keeps it through `.record()`; a free tile, a primed one and one that was handed back with `.release()` hold none",
    note = "two tiles behind one flag are taken apart first, with `.split()`"
)]
pub trait HasData<'k>: Sealed {
    /// The tile's type.
    type Tile: AnyTile<'k>;
    #[doc(hidden)]
    fn data(&self, _: NotForKernels) -> &Self::Tile;
    #[doc(hidden)]
    fn into_data(self, _: NotForKernels) -> Self::Tile;
}

impl<'k, X: AnyTile<'k>> HasData<'k> for Live<X> {
    type Tile = X;

    #[inline(always)]
    fn data(&self, _: NotForKernels) -> &X {
        &self.0
    }

    #[inline(always)]
    fn into_data(self, _: NotForKernels) -> X {
        self.0
    }
}

/// What op `O` may use as scratch, by `&mut`: a tile without data that sits on the op's pipe.
#[diagnostic::on_unimplemented(
    message = "`{O}` cannot use this operand as scratch",
    label = "not a scratch tile on the pipe of `{O}`",
    note = "make a free tile resident first, `let mut tmp = ub.tmp.on::<Vector>();`, and pass `&mut tmp`; data in a tile is given up with `.discard()`"
)]
pub trait Scratch<'k, O> {
    /// The tile's type.
    type Tile: AnyTile<'k>;
    #[doc(hidden)]
    fn scratch(&mut self, _: NotForKernels) -> &Self::Tile;
}

#[diagnostic::do_not_recommend]
impl<'k, O, S, T, const R: usize, const C: usize, L, V: Valid, Ch: Chip> Write<'k, O>
    for Tile<'k, S, T, R, C, L, V, Ch>
where
    Self: AnyTile<'k>,
{
    type Tile = Self;

    #[inline(always)]
    fn into_tile(self, _: NotForKernels) -> Self {
        self
    }
}

impl<'k, O: Op, Src: Op, P: OneTile<'k>> Write<'k, O> for RecordEvent<Src, P>
where
    Src::Pipe: SamePipe<O::Pipe>,
{
    type Tile = P::Tile;

    #[inline(always)]
    fn into_tile(self, _: NotForKernels) -> P::Tile {
        self.payload.blank(INNER)
    }
}

impl<'k, O: Op, Src, Dst: Admits<O>, P: OneTile<'k>> Write<'k, O> for Event<Src, Dst, P> {
    type Tile = P::Tile;

    #[inline(always)]
    fn into_tile(self, _: NotForKernels) -> P::Tile {
        self.payload.blank(INNER)
    }
}

impl<'k, O: Op, Src: Op, P: HasData<'k>> Modify<'k, O> for RecordEvent<Src, P>
where
    Src::Pipe: SamePipe<O::Pipe>,
{
    type Tile = P::Tile;

    #[inline(always)]
    fn into_tile(self, _: NotForKernels) -> P::Tile {
        self.payload.into_data(INNER)
    }
}

impl<'k, O: Op, Src, Dst: Admits<O>, P: HasData<'k>> Modify<'k, O> for Event<Src, Dst, P> {
    type Tile = P::Tile;

    #[inline(always)]
    fn into_tile(self, _: NotForKernels) -> P::Tile {
        self.payload.into_data(INNER)
    }
}

impl<'k, O: Op, Src: Op, P: HasData<'k>> Read<'k, O> for RecordEvent<Src, P>
where
    Src::Pipe: SamePipe<O::Pipe>,
{
    type Tile = P::Tile;

    #[inline(always)]
    fn tile(&self, _: NotForKernels) -> &P::Tile {
        self.payload.data(INNER)
    }
}

impl<'k, O: Op, Src, Dst: Admits<O>, P: HasData<'k>> Read<'k, O> for Event<Src, Dst, P> {
    type Tile = P::Tile;

    #[inline(always)]
    fn tile(&self, _: NotForKernels) -> &P::Tile {
        self.payload.data(INNER)
    }
}

#[diagnostic::do_not_recommend]
impl<'k, O: Op, Dst: Admits<O>, P: HasData<'k>> Read<'k, O> for Reader<'_, Dst, P> {
    type Tile = P::Tile;

    #[inline(always)]
    fn tile(&self, _: NotForKernels) -> &P::Tile {
        self.payload.data(INNER)
    }
}

#[diagnostic::do_not_recommend]
impl<'k, O: Op, Src: Op, S, T, const R: usize, const C: usize, L, V: Valid, Ch: Chip> Scratch<'k, O>
    for RecordEvent<Src, Tile<'k, S, T, R, C, L, V, Ch>>
where
    Src::Pipe: SamePipe<O::Pipe>,
    Tile<'k, S, T, R, C, L, V, Ch>: AnyTile<'k>,
{
    type Tile = Tile<'k, S, T, R, C, L, V, Ch>;

    #[inline(always)]
    fn scratch(&mut self, _: NotForKernels) -> &Self::Tile {
        &self.payload
    }
}
