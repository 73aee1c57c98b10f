//! Memory that a kernel stores to and loads: regions that are owned, as tiles are.

use std::marker::PhantomData;
use std::panic::Location;

use super::expr::Number;
use super::part::{Cut, Part};
use super::region::{Global, Held, In, Out, Region};
use crate::event::{Event, Payload, RecordEvent, settle};
use crate::op::pipe::{PipeFix, PipeMte2, PipeMte3};
use crate::op::{Includes, Op, PassesTo, PipeType};
use crate::sealed::{NotForKernels, Sealed};
use crate::tile::RowMajor;
use crate::unit::{Site, Trouble, Unit};

/// A tensor, or a region of one, that the kernel stores to and loads: this block's own.
///
/// Loads run on MTE2 and stores on another pipe, `P` (MTE3, or FIX for `Acc` tiles). So the region is owned, as a tile is: it cannot
/// be copied, sits on one pipe at a time, and moves to another with a tile behind one flag, in the same tokens.
///
/// ```
/// # use tilesync::prelude::*;
/// #[derive(Buffers)]
/// struct Ub<'k> {
///     a: VecTile<'k, f32, 64, 64>,
/// }
///
/// /// Adds 1 to each element, in place.
/// #[kernel]
/// fn increment<'k>(ub: Ub<'k>, x: GlobalInOut<'k, f32>) -> Retired<Ub<'k>> {
///     let mut free = ub.a.prime::<TStoreVec, TLoad>();
///     for cell in x.cells(64, 64) {
///         let (a, cell) = tload_cell(free, cell).record::<TAddS>().split();
///         let sum = tadds_assign(a, 1.0).join(cell.wait()).record::<TStoreVec>();
///         (free, _) = tstore_cell(sum).release::<TLoad>().split();
///     }
///     Ub::retire(UbTokens { a: free })
/// }
/// ```
///
/// | value | what may be done with the region |
/// |---|---|
/// | `GlobalInOut`: nobody is using it | cut it into [`cells`](Self::cells); load or store it; [`on`](Self::on) |
/// | a token on MTE2: `RecordEvent<TLoad, _>`, `Event<_, TLoad, _>` | load from it: `tload(tile, &token.tile(i, j))`, any number of times |
/// | a token on `P` | store to it: `tstore(&token.tile(i, j), tile)`, any number of times |
///
/// A region alone cannot be handed over: it is [joined](RecordEvent::join) with a tile. The tile must come back to the plan, and so
/// the flag that serves both is waited on, even where the region is dropped.
///
/// # Why it holds
///
/// **Invariant.** Of each element of the tensor there is at most one owner in all blocks: a `GlobalInOut`, or a token with it in its payload.
/// While the owner is a `GlobalInOut`, no op has accessed the region. Of a token the invariant is that of [`RecordEvent`] or [`Event`],
/// and the pipe is one that [reaches](Reaches) the region: MTE2, which only loads, or `P`, which only stores. (On another pipe a token
/// can take the region along, but not use it.)
///
/// **Established by** the launch, which binds one to each block's part, and the parts of a tensor are disjoint; and by
/// [`cells`](Self::cells), which takes it by value and gives each cell out once.
///
/// **Kept because** a region is moved as a tile is: it is neither `Clone` nor `Copy`, an op by value ([`tload_cell`](crate::isa::tload_cell),
/// [`tstore_cell`](crate::isa::tstore_cell)) gives it back in its token, and what [`at`](RecordEvent::at) and [`tile`](RecordEvent::tile)
/// give borrows the token. It leaves a pipe by a flag alone, in a payload that [has a tile](crate::event::HasTile). So a store and
/// a load of one element are always ordered; two stores are, on one pipe in order; two loads need no order. It may be dropped at any time:
/// nobody can access it then, and what it owed the tile owes, too.
#[must_use = "cut it into cells, load it, or store to it"]
pub struct GlobalInOut<'k, T, L = RowMajor, P = PipeMte3> {
    unit: &'k Unit,
    arg: u16,
    /// The recorder's slot; no matter where nothing is recorded.
    slot: u32,
    part: Part,
    brand: PhantomData<fn(&'k ()) -> (&'k (), T, L, P)>,
}

impl<'k, T, L, P> GlobalInOut<'k, T, L, P> {
    pub(super) fn new(unit: &'k Unit, arg: u16, part: Part) -> Self {
        let mut slot = u32::MAX;
        unit.record(|recorder| slot = recorder.region_slot());
        GlobalInOut { unit, arg, slot, part, brand: PhantomData }
    }

    /// Its rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.part.extent.0
    }

    /// Its columns.
    #[must_use]
    pub fn cols(&self) -> usize {
        self.part.extent.1
    }

    /// Where it lies: its first row and column, counted in the whole tensor.
    #[must_use]
    pub fn origin(&self) -> (usize, usize) {
        self.part.origin
    }

    /// Which part of the tensor, or which cell, this is, down and across.
    #[must_use]
    pub fn part(&self) -> (usize, usize) {
        self.part.index
    }

    /// How many parts, or cells, there are, down and across.
    #[must_use]
    pub fn grid(&self) -> (usize, usize) {
        self.part.grid
    }

    /// Cuts it into cells of `rows` × `cols` elements, row after row; those at the edges are smaller.
    ///
    /// Each cell is given out once: the iterator owns what it has not given out yet.
    ///
    /// # Errors
    ///
    /// Cells of no rows or no columns stop the kernel with [`Trouble::EmptyCell`] at this line.
    #[track_caller]
    pub fn cells(self, rows: usize, cols: usize) -> Cells<'k, T, L, P> {
        if rows == 0 || cols == 0 {
            self.unit.fail_here(Trouble::EmptyCell { cell: (rows, cols) });
        }
        let cut = Cut::Grid(rows.max(1), cols.max(1));
        let count = if rows == 0 || cols == 0 { 0 } else { cut.count(self.part.extent) };
        Cells { whole: self, cut, next: 0, count }
    }

    /// Of a region that is on no pipe yet, put it on one first: [`on`](Self::on).
    #[doc(hidden)]
    pub fn tile(&self, _: impl Number, _: impl Number) -> Region<'k, T, In, L>
    where
        Self: OnAPipe,
    {
        self.all()
    }

    /// As [`tile`](Self::tile).
    #[doc(hidden)]
    pub fn at(&self, _: impl Number, _: impl Number) -> Region<'k, T, In, L>
    where
        Self: OnAPipe,
    {
        self.all()
    }

    /// Puts the region on the pipe of `O`, with no flag, since nobody is using it: to load from it, or to store to it, more than once;
    /// or to join it with a tile there that will be stored to it.
    ///
    /// ```
    /// # use tilesync::prelude::*;
    /// # fn k<'k>(
    /// #     workspace: GlobalInOut<'k, f32>,
    /// #     tile: Event<TAdd, TStoreVec, Live<VecTile<'k, f32, 8, 8>>>,
    /// # ) -> VecTile<'k, f32, 8, 8> where 'k: 'k {
    /// let workspace = workspace.on::<TStoreVec>();
    /// let stored = tstore(&workspace.tile(0, 0), tile);
    /// let (free, workspace) = stored.join(workspace).release::<TLoad>().split();
    /// let again = tload(free, &workspace.tile(0, 0));
    /// # let _ = again; todo!()
    /// # }
    /// ```
    #[inline(always)]
    pub fn on<O: Op>(self) -> RecordEvent<O, Self> {
        RecordEvent::new(self)
    }

    #[inline(always)]
    fn view<A>(&self) -> Global<'k, T, A, L> {
        Global::new(self.unit, self.arg, self.part)
    }

    /// All of it, for an op that has it to itself.
    #[inline(always)]
    #[track_caller]
    pub(crate) fn all<A>(&self) -> Region<'k, T, A, L> {
        self.view().at(0, 0)
    }
}

impl<T, L, P> Drop for GlobalInOut<'_, T, L, P> {
    #[inline(always)]
    fn drop(&mut self) {
        if self.slot != u32::MAX {
            self.unit.drop_region(self.slot);
        }
    }
}

/// Said of a region that no pipe has yet: it is for none.
#[diagnostic::on_unimplemented(
    message = "this region is on no pipe yet, to be loaded or to be stored to",
    label = "a `GlobalInOut` that nobody is using",
    note = "put it on a pipe, `let x = x.on::<TLoad>();`, for `tload(tile, &x.tile(i, j))`; or take it in cells: `for cell in x.cells(rows, cols)`, `tload_cell(tile, cell)`"
)]
pub trait OnAPipe: Sealed {}

/// The cells that a [`GlobalInOut`] was cut into.
#[must_use = "it owns the cells"]
pub struct Cells<'k, T, L = RowMajor, P = PipeMte3> {
    whole: GlobalInOut<'k, T, L, P>,
    cut: Cut<'static>,
    next: usize,
    count: usize,
}

impl<'k, T, L, P> Iterator for Cells<'k, T, L, P> {
    type Item = GlobalInOut<'k, T, L, P>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let index = self.next;
        if index >= self.count {
            return None;
        }
        self.next += 1;
        let whole = &self.whole;
        let Part { origin, extent, index, grid } = self.cut.part(whole.part.extent, index);
        let origin = (whole.part.origin.0 + origin.0, whole.part.origin.1 + origin.1);
        let part = Part { origin, extent, index, grid };
        Some(GlobalInOut::new(whole.unit, whole.arg, part))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.count - self.next;
        (left, Some(left))
    }
}

impl<T, L, P> ExactSizeIterator for Cells<'_, T, L, P> {}

/// A pipe that reaches a region whose stores are on `P`: MTE2, which loads, or `P` itself.
#[diagnostic::on_unimplemented(
    message = "`{Self}` neither loads this region nor stores to it",
    label = "loads run on MTE2, stores to this region on `{P}`",
    note = "a region is used on MTE2 or on the pipe that stores to it: `.on::<TLoad>()`, `.record::<TLoad>()`, or the same with the op that stores"
)]
pub trait Reaches<P>: PipeType {
    /// What the region is there: [`In`] or [`Out`].
    type As<'c>;
}

impl<P> Reaches<P> for PipeMte2 {
    type As<'c> = In<Held<'c>>;
}

impl Reaches<PipeMte3> for PipeMte3 {
    type As<'c> = Out<Held<'c, PipeMte3>>;
}

impl Reaches<PipeFix> for PipeFix {
    type As<'c> = Out<Held<'c, PipeFix>>;
}

type RegionAs<'c, 'k, T, L, P, Pipe> = Region<'k, T, <Pipe as Reaches<P>>::As<'c>, L>;

impl<'k, Src: Op, T, L, P> RecordEvent<Src, GlobalInOut<'k, T, L, P>> {
    /// The region that starts at (`row`, `col`), in elements: to load from, or to store to, as the pipe does.
    #[track_caller]
    #[inline(always)]
    pub fn at(&self, row: impl Number, col: impl Number) -> RegionAs<'_, 'k, T, L, P, Src::Pipe>
    where
        Src::Pipe: Reaches<P>,
    {
        self.payload().view().at(row, col)
    }

    /// The region of tile (`i`, `j`), as [`Global::tile`](super::Global::tile).
    #[track_caller]
    #[inline(always)]
    pub fn tile(&self, i: impl Number, j: impl Number) -> RegionAs<'_, 'k, T, L, P, Src::Pipe>
    where
        Src::Pipe: Reaches<P>,
    {
        self.payload().view().tile(i, j)
    }
}

impl<'k, Src, Dst: Op, T, L, P> Event<Src, Dst, GlobalInOut<'k, T, L, P>> {
    /// Waits, if nobody has waited yet: the region that starts at (`row`, `col`), in elements.
    #[track_caller]
    #[inline(always)]
    pub fn at(&self, row: impl Number, col: impl Number) -> RegionAs<'_, 'k, T, L, P, Dst::Pipe>
    where
        Dst::Pipe: Reaches<P>,
    {
        settle(self.payload(), Location::caller());
        self.payload().view().at(row, col)
    }

    /// Waits, if nobody has waited yet: the region of tile (`i`, `j`), as [`Global::tile`](super::Global::tile).
    #[track_caller]
    #[inline(always)]
    pub fn tile(&self, i: impl Number, j: impl Number) -> RegionAs<'_, 'k, T, L, P, Dst::Pipe>
    where
        Dst::Pipe: Reaches<P>,
    {
        settle(self.payload(), Location::caller());
        self.payload().view().tile(i, j)
    }
}

/// A region that op `O` may use now, taken by value: a free [`GlobalInOut`], an [`Event`] recorded for `O`, or a
/// [`RecordEvent`] of the same pipe.
#[diagnostic::on_unimplemented(
    message = "`{O}` cannot use this region now",
    label = "not a region of a `GlobalInOut` that `{O}` may use now",
    note = "a region is passed by value: a free cell, or what was handed over to `{O}` together with a tile: `.record::<{O}>()`"
)]
pub trait Cell<'k, O, T, L, P> {
    #[doc(hidden)]
    fn into_region(self, at: Site, _: NotForKernels) -> GlobalInOut<'k, T, L, P>;
}

impl<'k, O, T, L, P> Cell<'k, O, T, L, P> for GlobalInOut<'k, T, L, P> {
    #[inline(always)]
    fn into_region(self, _: Site, _: NotForKernels) -> Self {
        self
    }
}

impl<'k, O: Op, Src: PassesTo<O>, T, L, P> Cell<'k, O, T, L, P>
    for RecordEvent<Src, GlobalInOut<'k, T, L, P>>
{
    #[inline(always)]
    fn into_region(self, _: Site, _: NotForKernels) -> GlobalInOut<'k, T, L, P> {
        self.into_payload()
    }
}

impl<'k, O: Op, Src, Dst: Includes<O>, T, L, P> Cell<'k, O, T, L, P>
    for Event<Src, Dst, GlobalInOut<'k, T, L, P>>
{
    #[inline(always)]
    fn into_region(self, at: Site, _: NotForKernels) -> GlobalInOut<'k, T, L, P> {
        settle(self.payload(), at);
        self.into_payload()
    }
}

impl<T, L, P> Sealed for GlobalInOut<'_, T, L, P> {}
impl<'k, T, L, P> Payload<'k> for GlobalInOut<'k, T, L, P> {
    type Blank = Self;

    #[inline(always)]
    fn blank(self, _: NotForKernels) -> Self {
        self
    }

    #[inline(always)]
    fn unit(&self, _: NotForKernels) -> &'k Unit {
        self.unit
    }

    fn slots(&self, slots: &mut Vec<u32>, _: NotForKernels) {
        slots.push(self.slot);
    }
}

impl<T, L, P> std::fmt::Debug for GlobalInOut<'_, T, L, P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (rows, cols) = self.part.extent;
        write!(f, "GlobalInOut #{} {rows}x{cols} at {:?}", self.arg, self.part.origin)
    }
}

impl<T, L, P> std::fmt::Debug for Cells<'_, T, L, P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cells {} of {} of {:?}", self.next, self.count, self.whole)
    }
}
