//! Tensors as a kernel sees them, and regions of them.

use std::marker::PhantomData;
use std::panic::Location;

use super::expr::Number;
use super::part::Part;
use crate::op::pipe::{PipeFix, PipeMte3, PipeV};
use crate::op::{MScatter, TStoreAcc, TStoreMat, TStoreVec};
use crate::program::{Operand, Place, Symbol};
use crate::unit::{Site, Trouble, Unit};

use crate::sealed::Sealed;
use crate::tile::RowMajor;

/// A block's part of a tensor in global memory, as a kernel sees it. See [`GlobalIn`], [`GlobalOut`] and [`GlobalSum`].
pub struct Global<'k, T, A, L = RowMajor> {
    pub(super) unit: &'k Unit,
    pub(super) arg: u16,
    pub(super) part: Part,
    brand: PhantomData<fn(&'k ()) -> (&'k (), T, A, L)>,
}

/// A tensor that the kernel loads from.
pub type GlobalIn<'k, T, L = RowMajor> = Global<'k, T, In, L>;

/// A tensor that the kernel stores to: this block's own part, which no other block can reach.
///
/// One pipe, `P`, stores to it, so that its stores are in order: MTE3 (of `Vec` and `Mat` tiles), or FIX (of `Acc` tiles), spelled
/// `GlobalOut<'k, f32, RowMajor, PipeFix>`, or V, where [`mscatter`](crate::isa::mscatter) writes to it. What a kernel loads as well is a [`GlobalInOut`](super::GlobalInOut).
pub type GlobalOut<'k, T, L = RowMajor, P = PipeMte3> = Global<'k, T, Out<P>, L>;

/// A tensor that the kernel adds to, with [`tstore_add`](crate::isa::tstore_add): all blocks may add to all of it, and nobody reads
/// it before the launch is over.
///
/// The host passes it as any [`GlobalTensorMut`](super::GlobalTensorMut), mostly [whole](super::GlobalTensorMut::whole); what is
/// in it is added to, so that it starts with zeros for a plain sum. One pipe, `P`, stores to it, as to a [`GlobalOut`].
pub type GlobalSum<'k, T, L = RowMajor, P = PipeMte3> = Global<'k, T, Sum<P>, L>;

/// A tensor of which each element keeps the greatest that comes to it, by [`mscatter_max`](crate::isa::mscatter_max): all blocks may
/// change all of it, and nobody reads it before the launch is over. Passed as a [`GlobalSum`] is.
pub type GlobalMax<'k, T, L = RowMajor, P = PipeV> = Global<'k, T, Max<P>, L>;

/// As [`GlobalMax`], for the least: [`mscatter_min`](crate::isa::mscatter_min).
pub type GlobalMin<'k, T, L = RowMajor, P = PipeV> = Global<'k, T, Min<P>, L>;

/// The tensor is an input, or a region that was stored to earlier, borrowed from the token `H` that says so.
#[derive(Debug)]
pub struct In<H = ()>(PhantomData<H>);

/// The tensor is an output that pipe `P` stores to.
#[derive(Debug)]
pub struct Out<P = PipeMte3>(PhantomData<P>);

/// The tensor is one that pipe `P` adds to.
#[derive(Debug)]
pub struct Sum<P = PipeMte3>(PhantomData<P>);

/// The tensor is one in which pipe `P` keeps the greatest.
#[derive(Debug)]
pub struct Max<P = PipeV>(PhantomData<P>);

/// The tensor is one in which pipe `P` keeps the least.
#[derive(Debug)]
pub struct Min<P = PipeV>(PhantomData<P>);

/// Borrowed from the token of a [`GlobalInOut`](super::GlobalInOut), which stays where it is for so long; pipe `P` stores to it.
#[derive(Debug)]
pub struct Held<'c, P = ()>(PhantomData<(&'c (), P)>);

impl<T, A, L> Sealed for Global<'_, T, A, L> {}

/// Op `O` stores on this pipe, and so may store to an output of it.
#[diagnostic::on_unimplemented(
    message = "`{O}` cannot store to this output: it belongs to `{Self}`",
    label = "an output that another pipe stores to",
    note = "one pipe stores to an output, since two would race: MTE3, `GlobalOut<'k, T>`, from `Vec` and `Mat` tiles; FIX, `GlobalOut<'k, T, RowMajor, PipeFix>`, from `Acc` tiles; V, `GlobalOut<'k, T, RowMajor, PipeV>`, by MSCATTER"
)]
pub trait StoredBy<O> {}
impl StoredBy<TStoreVec> for PipeMte3 {}
impl StoredBy<TStoreMat> for PipeMte3 {}
impl StoredBy<TStoreAcc> for PipeFix {}
impl StoredBy<MScatter> for PipeV {}
#[diagnostic::do_not_recommend]
impl<O, P: StoredBy<O>> StoredBy<O> for Held<'_, P> {}

/// A kernel loads from a region of this kind: an input, or a [`GlobalInOut`](super::GlobalInOut) on MTE2.
#[diagnostic::on_unimplemented(
    message = "a kernel cannot load from this region",
    label = "not a region of an input",
    note = "an output is stored to and a sum is added to; memory that is loaded as well is a `GlobalInOut<'k, T>`, on MTE2: `.on::<TLoad>()`; a message of an `A2V` or a `V2M` is read where it lies: `slot.as_tile::<R, C>()`"
)]
pub trait Loadable {}
impl<H> Loadable for In<H> {}

/// Op `O` stores to a region of this kind: to an output of its pipe, or to a [`GlobalInOut`](super::GlobalInOut) there.
#[diagnostic::on_unimplemented(
    message = "a kernel cannot store to this region",
    label = "not a region of an output",
    note = "a kernel stores to a `GlobalOut<'k, T>`, loads from a `GlobalIn`, and adds to a `GlobalSum` with `tstore_add`; memory that is loaded as well is a `GlobalInOut`"
)]
pub trait StoredTo<O> {}
impl<O, P: StoredBy<O>> StoredTo<O> for Out<P> {}

/// Op `O` adds to a region of this kind: to a sum of its pipe.
#[diagnostic::on_unimplemented(
    message = "a kernel cannot add to this region",
    label = "not a region of a sum",
    note = "what all blocks add to is a `GlobalSum<'k, T>` of the kernel"
)]
pub trait AddedTo<O> {}
impl<O, P: StoredBy<O>> AddedTo<O> for Sum<P> {}

/// Where in a tensor an op starts. How much it moves is the tile's matter: as much as fits, up to the edge.
#[must_use = "pass it to `tload` or `tstore`"]
pub struct Region<'k, T, A, L = RowMajor> {
    unit: &'k Unit,
    arg: u16,
    /// The first row and column of the block's part, and how many there are.
    base: (usize, usize),
    limit: (usize, usize),
    origin: Origin,
    /// Rows and columns at most.
    at_most: (usize, usize),
    /// Where what is named above comes from: row, column, rows and columns at most.
    symbols: [Symbol; 4],
    brand: PhantomData<fn(&'k ()) -> (&'k (), T, A, L)>,
}

#[derive(Clone, Copy, Debug)]
enum Origin {
    /// In elements.
    Element(usize, usize),
    /// In tiles of the receiving tile's shape.
    Tile(usize, usize),
}

crate::event::no_operand!([T, A, L] Region<'k, T, A, L>);

impl<'k, T, A, L> Global<'k, T, A, L> {
    pub(crate) fn new(unit: &'k Unit, arg: u16, part: Part) -> Self {
        Global { unit, arg, part, brand: PhantomData }
    }

    /// Rows of the block's part.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.part.extent.0
    }

    /// Columns of the block's part.
    #[must_use]
    pub fn cols(&self) -> usize {
        self.part.extent.1
    }

    /// Where the block's part lies: its first row and column, counted in the whole tensor.
    ///
    /// ```
    /// # use tilesync::prelude::*;
    /// # fn k<'k>(tile: VecTile<'k, f32, 8, 8>, x: &GlobalIn<'k, f32>, y: &GlobalOut<'k, f32>) {
    /// // `x` is passed whole, `y` in parts: the rows of `x` that belong to this block's part of `y`.
    /// let (row, _) = y.origin();
    /// let loaded = tload(tile, &x.at(row, 0));
    /// # let _ = loaded;
    /// # }
    /// ```
    #[must_use]
    pub fn origin(&self) -> (usize, usize) {
        self.part.origin
    }

    /// Which part this is, down and across; (0, 0) for a whole tensor.
    #[must_use]
    pub fn part(&self) -> (usize, usize) {
        self.part.index
    }

    /// How many parts there are, down and across.
    #[must_use]
    pub fn grid(&self) -> (usize, usize) {
        self.part.grid
    }

    /// The region that starts at (`row`, `col`), in elements. A number is a `usize`, or one that was read in global memory.
    ///
    /// An origin outside of the tensor stops the kernel with [`Trouble::OutOfBounds`] at the op that uses it.
    #[track_caller]
    #[inline(always)]
    pub fn at(&self, row: impl Number, col: impl Number) -> Region<'k, T, A, L> {
        let symbols = [row.symbol(), col.symbol(), Symbol::NONE, Symbol::NONE];
        let at = Location::caller();
        self.region(Origin::Element(row.number(at), col.number(at)), symbols)
    }

    /// The region of tile (`i`, `j`), where the tensor is cut into tiles of the shape that the op moves.
    ///
    /// Out of bounds as [`Global::at`].
    #[track_caller]
    #[inline(always)]
    pub fn tile(&self, i: impl Number, j: impl Number) -> Region<'k, T, A, L> {
        let symbols = [i.symbol(), j.symbol(), Symbol::NONE, Symbol::NONE];
        let at = Location::caller();
        self.region(Origin::Tile(i.number(at), j.number(at)), symbols)
    }

    #[inline(always)]
    fn region(&self, origin: Origin, symbols: [Symbol; 4]) -> Region<'k, T, A, L> {
        Region {
            unit: self.unit,
            arg: self.arg,
            base: self.part.origin,
            limit: self.part.extent,
            origin,
            at_most: (usize::MAX, usize::MAX),
            symbols,
            brand: PhantomData,
        }
    }
}

impl<T, L> GlobalIn<'_, T, L> {
    /// The whole tensor, whatever part of it the block was given: an input is nobody's own.
    #[must_use]
    pub fn whole(&self) -> Self {
        let extent = self.unit.memory.globals[usize::from(self.arg)].extent;
        Global::new(self.unit, self.arg, Part { origin: (0, 0), extent, ..self.part })
    }

    /// The part and its neighbourhood: up to `rows` more above and below, up to `cols` more on the left and on the right, as far as
    /// the tensor reaches.
    ///
    /// Its [`origin`](Global::origin) tells how much there is: `x.origin().0 - halo.origin().0` rows above.
    ///
    /// ```
    /// # use tilesync::prelude::*;
    /// # fn k<'k>(tile: VecTile<'k, f32, 1, 64, Dyn>, x: &GlobalIn<'k, f32>) {
    /// let halo = x.halo(1, 0);
    /// let above = x.origin().0 - halo.origin().0; // 0 in the first row of parts
    /// let first = tload(tile, &halo.at(0, 0));
    /// # let _ = (above, first);
    /// # }
    /// ```
    #[must_use]
    pub fn halo(&self, rows: usize, cols: usize) -> Self {
        let whole = self.unit.memory.globals[usize::from(self.arg)].extent;
        let Part { origin, extent, .. } = self.part;
        let grown = |origin: usize, extent: usize, by: usize, whole: usize| {
            let first = origin.saturating_sub(by);
            (first, origin.saturating_add(extent).saturating_add(by).min(whole) - first)
        };
        let (row, rows) = grown(origin.0, extent.0, rows, whole.0);
        let (col, cols) = grown(origin.1, extent.1, cols, whole.1);
        let part = Part { origin: (row, col), extent: (rows, cols), ..self.part };
        Global::new(self.unit, self.arg, part)
    }
}

impl<T, A, L> Region<'_, T, A, L> {
    /// The region, cut down to at most `rows` × `cols` elements.
    #[track_caller]
    #[inline(always)]
    pub fn sized(mut self, rows: impl Number, cols: impl Number) -> Self {
        (self.symbols[2], self.symbols[3]) = (rows.symbol(), cols.symbol());
        let at = Location::caller();
        self.at_most = (rows.number(at), cols.number(at));
        self
    }

    /// As an operand of a load into, or a store from, a tile of `shape`: how much there is to move.
    ///
    /// Stops the kernel and returns nothing where the origin is out of bounds.
    #[inline(always)]
    pub(crate) fn operand(&self, shape: (usize, usize), at: Site) -> Option<Operand> {
        let origin = match self.origin {
            Origin::Element(row, col) => (row, col),
            Origin::Tile(i, j) => (i.saturating_mul(shape.0), j.saturating_mul(shape.1)),
        };
        if origin.0 >= self.limit.0 || origin.1 >= self.limit.1 {
            self.unit.fail(Trouble::OutOfBounds { origin, limit: self.limit }, at);
            return None;
        }
        if self.symbols.iter().any(|symbol| *symbol != Symbol::NONE) {
            self.note(shape);
        }
        let rows = (self.limit.0 - origin.0).min(self.at_most.0);
        let cols = (self.limit.1 - origin.1).min(self.at_most.1);
        let (row, col) = (self.base.0 + origin.0, self.base.1 + origin.1);
        let place = Place::Global { arg: u32::from(self.arg), row: row as u32, col: col as u32 };
        Some(Operand::new(place, rows as u32, cols as u32))
    }

    /// Whether numbers from global memory say how much it is at most.
    #[inline(always)]
    pub(crate) fn is_told(&self) -> bool {
        self.symbols[2..] != [Symbol::NONE; 2]
    }

    /// Tells the recorder how the place of the operand that comes next is computed.
    #[cold]
    fn note(&self, shape: (usize, usize)) {
        let step = match self.origin {
            Origin::Element(..) => (1, 1),
            Origin::Tile(..) => shape,
        };
        let Region { symbols, base, limit, .. } = *self;
        self.unit.record(|recorder| recorder.formula(symbols, step, base, limit));
    }

    /// Stops the kernel: what is moved does not fit.
    #[cold]
    pub(crate) fn fail(&self, trouble: Trouble, at: Site) {
        self.unit.fail(trouble, at);
    }
}

impl<T, A, L> std::fmt::Debug for Global<'_, T, A, L> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Global #{} {}x{}", self.arg, self.rows(), self.cols())
    }
}

impl<T, A, L> std::fmt::Debug for Region<'_, T, A, L> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Region of #{} from {:?}", self.arg, self.origin)
    }
}
