//! Tensors as a kernel sees them, and regions of them.

use std::marker::PhantomData;

use crate::issue::{Site, Trouble, Unit};
use crate::op::pipe::{PipeFix, PipeMte3};
use crate::op::{PipeType, TStoreAcc, TStoreMat, TStoreVec};
use crate::program::{Operand, Place};
use crate::sealed::Sealed;
use crate::tile::RowMajor;

/// A block's part of a tensor in global memory, as a kernel sees it. See [`GlobalIn`] and [`GlobalOut`].
pub struct Global<'k, T, A, L = RowMajor> {
    unit: &'k Unit,
    arg: u16,
    rows: usize,
    cols: usize,
    brand: PhantomData<fn(&'k ()) -> (&'k (), T, A, L)>,
}

/// A tensor that the kernel loads from.
pub type GlobalIn<'k, T, L = RowMajor> = Global<'k, T, In, L>;

/// A tensor that the kernel stores to: this block's own part, which no other block can reach.
///
/// One pipe, `P`, stores to it, so that its stores are in order: MTE3 (of `Vec` and `Mat` tiles), or FIX (of `Acc` tiles), spelled
/// `GlobalOut<'k, f32, RowMajor, PipeFix>`.
pub type GlobalOut<'k, T, L = RowMajor, P = PipeMte3> = Global<'k, T, Out<P>, L>;

/// The tensor is an input.
#[derive(Debug)]
pub enum In {}

/// The tensor is an output that pipe `P` stores to.
#[derive(Debug)]
pub struct Out<P = PipeMte3>(PhantomData<P>);

impl Sealed for In {}
impl<P> Sealed for Out<P> {}

/// Op `O` stores on this pipe, and so may store to an output of it.
#[diagnostic::on_unimplemented(
    message = "`{O}` cannot store to this output: it belongs to `{Self}`",
    label = "an output that another pipe stores to",
    note = "one pipe stores to an output, since two would race: MTE3, `GlobalOut<'k, T>`, from `Vec` and `Mat` tiles; FIX, `GlobalOut<'k, T, RowMajor, PipeFix>`, from `Acc` tiles"
)]
pub trait StoredBy<O>: PipeType {}
impl StoredBy<TStoreVec> for PipeMte3 {}
impl StoredBy<TStoreMat> for PipeMte3 {}
impl StoredBy<TStoreAcc> for PipeFix {}

/// Where in a tensor an op starts. How much it moves is the tile's matter: as much as fits, up to the edge.
#[must_use = "pass it to `tload` or `tstore`"]
pub struct Region<'k, T, A, L = RowMajor> {
    unit: &'k Unit,
    arg: u16,
    /// Rows and columns of the tensor.
    limit: (usize, usize),
    origin: Origin,
    /// Rows and columns at most.
    at_most: (usize, usize),
    brand: PhantomData<fn(&'k ()) -> (&'k (), T, A, L)>,
}

#[derive(Clone, Copy, Debug)]
enum Origin {
    /// In elements.
    Element(usize, usize),
    /// In tiles of the receiving tile's shape.
    Tile(usize, usize),
}

impl<'k, T, A, L> Global<'k, T, A, L> {
    pub(super) fn new(unit: &'k Unit, arg: u16, rows: usize, cols: usize) -> Self {
        Global { unit, arg, rows, cols, brand: PhantomData }
    }

    /// Rows of the block's part.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Columns of the block's part.
    #[must_use]
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// The region that starts at (`row`, `col`), in elements.
    ///
    /// An origin outside of the tensor stops the kernel with [`Trouble::OutOfBounds`] at the op that uses it.
    #[inline(always)]
    pub fn at(&self, row: usize, col: usize) -> Region<'k, T, A, L> {
        self.region(Origin::Element(row, col))
    }

    /// The region of tile (`i`, `j`), where the tensor is cut into tiles of the shape that the op moves.
    ///
    /// Out of bounds as [`Global::at`].
    #[inline(always)]
    pub fn tile(&self, i: usize, j: usize) -> Region<'k, T, A, L> {
        self.region(Origin::Tile(i, j))
    }

    #[inline(always)]
    fn region(&self, origin: Origin) -> Region<'k, T, A, L> {
        Region {
            unit: self.unit,
            arg: self.arg,
            limit: (self.rows, self.cols),
            origin,
            at_most: (usize::MAX, usize::MAX),
            brand: PhantomData,
        }
    }
}

impl<T, A, L> Region<'_, T, A, L> {
    /// The region, cut down to at most `rows` × `cols` elements.
    #[inline(always)]
    pub fn sized(mut self, rows: usize, cols: usize) -> Self {
        self.at_most = (rows, cols);
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
        let rows = (self.limit.0 - origin.0).min(self.at_most.0);
        let cols = (self.limit.1 - origin.1).min(self.at_most.1);
        Some(Operand {
            place: Place::Global {
                arg: u32::from(self.arg),
                row: origin.0 as u32,
                col: origin.1 as u32,
            },
            rows: rows as u32,
            cols: cols as u32,
        })
    }

    /// Stops the kernel: what is moved does not fit.
    #[cold]
    pub(crate) fn fail(&self, trouble: Trouble, at: Site) {
        self.unit.fail(trouble, at);
    }
}

impl<T, A, L> std::fmt::Debug for Global<'_, T, A, L> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Global #{} {}x{}", self.arg, self.rows, self.cols)
    }
}

impl<T, A, L> std::fmt::Debug for Region<'_, T, A, L> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Region of #{} from {:?}", self.arg, self.origin)
    }
}
