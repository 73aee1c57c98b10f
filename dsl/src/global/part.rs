//! How a tensor is cut into parts, and where a part lies.

use crate::memory::{Axis, GlobalSlot, Pointer};
use crate::tile::DtypeId;
use crate::unit::Half;

/// Where a block's part lies in its tensor.
#[derive(Clone, Copy, Debug)]
#[allow(unreachable_pub, reason = "in the signature of sealed traits")]
pub struct Part {
    /// Its first row and column.
    pub(super) origin: (usize, usize),
    /// Its rows and columns.
    pub(super) extent: (usize, usize),
    /// Which part it is, down and across.
    pub(super) index: (usize, usize),
    /// How many parts there are, down and across.
    pub(super) grid: (usize, usize),
}

impl Part {
    /// A tensor of `shape` that is not cut.
    pub(crate) fn all_of(shape: (usize, usize)) -> Self {
        Part { origin: (0, 0), extent: shape, index: (0, 0), grid: (1, 1) }
    }

    /// The same, so many rows further down.
    pub(crate) fn below(self, rows: usize) -> Self {
        Part { origin: (self.origin.0 + rows, self.origin.1), ..self }
    }

    /// One half of it, where a part that is not at an edge has `whole` rows and columns.
    pub(crate) fn half(self, half: Half, whole: (usize, usize)) -> Self {
        let cut = |origin: usize, extent: usize, whole: usize| {
            let middle = whole.div_ceil(2);
            if half.second {
                (origin + middle.min(extent), extent.saturating_sub(middle))
            } else {
                (origin, middle.min(extent))
            }
        };
        let Part { mut origin, mut extent, .. } = self;
        if half.by_cols {
            (origin.1, extent.1) = cut(origin.1, extent.1, whole.1);
        } else {
            (origin.0, extent.0) = cut(origin.0, extent.0, whole.0);
        }
        Part { origin, extent, ..self }
    }
}

/// How a tensor is cut. Two parts of one cut are disjoint.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cut<'h> {
    /// Not at all.
    Whole,
    /// Into parts of so many rows and columns, those at the edges smaller.
    Grid(usize, usize),
    /// As [`Cut::Grid`], each batch on its own: so many rows and columns are a batch.
    Batches { part: (usize, usize), batch: (usize, usize) },
    /// Part `i` goes from row `offsets[i]` to row `offsets[i + 1]`; never empty, never falling, inside of the tensor.
    Ragged(&'h [u32]),
}

/// A tensor as the host passes it: its memory, its axes, and how it is cut.
#[derive(Clone, Copy, Debug)]
#[allow(unreachable_pub, reason = "in the signature of sealed traits")]
pub struct Tensor<'h> {
    pub(super) whole: GlobalSlot,
    cut: Cut<'h>,
}

/// Parts of up to `part` positions that cover `extent`, in batches of `batch`: how many, and where number `index` lies.
#[derive(Clone, Copy)]
struct Steps {
    extent: usize,
    part: usize,
    batch: usize,
}

impl Steps {
    fn each(self) -> usize {
        self.batch.div_ceil(self.part)
    }

    /// None of what is empty.
    fn count(self) -> usize {
        self.extent.checked_div(self.batch).unwrap_or(0) * self.each()
    }

    /// First position and length.
    fn at(self, index: usize) -> (usize, usize) {
        let within = index % self.each() * self.part;
        (index / self.each() * self.batch + within, self.part.min(self.batch - within))
    }
}

impl Cut<'_> {
    /// How many parts there are of a tensor of `extent`.
    pub(super) fn count(&self, extent: (usize, usize)) -> usize {
        let (down, across) = self.grid(extent);
        down * across
    }

    /// Part `index`, counted row after row; the whole tensor, if it is not cut.
    pub(super) fn part(&self, extent: (usize, usize), index: usize) -> Part {
        let grid = self.grid(extent);
        if let Cut::Ragged(offsets) = *self {
            let (first, next) = (offsets[index] as usize, offsets[index + 1] as usize);
            let extent = (next - first, extent.1);
            return Part { origin: (first, 0), extent, index: (index, 0), grid };
        }
        let Some([down, across]) = self.steps(extent) else {
            return Part { origin: (0, 0), extent, index: (0, 0), grid };
        };
        let index = (index / grid.1, index % grid.1);
        let ((row, rows), (col, cols)) = (down.at(index.0), across.at(index.1));
        Part { origin: (row, col), extent: (rows, cols), index, grid }
    }

    /// How many parts there are, down and across.
    fn grid(&self, extent: (usize, usize)) -> (usize, usize) {
        match (*self, self.steps(extent)) {
            (Cut::Ragged(offsets), _) => (offsets.len() - 1, 1),
            (_, Some([down, across])) => (down.count(), across.count()),
            (_, None) => (1, 1),
        }
    }

    /// Down and across, where it is cut evenly.
    fn steps(&self, extent: (usize, usize)) -> Option<[Steps; 2]> {
        let (part, batch) = match *self {
            Cut::Grid(rows, cols) => ((rows, cols), extent),
            Cut::Batches { part, batch } => (part, batch),
            Cut::Whole | Cut::Ragged(_) => return None,
        };
        Some([
            Steps { extent: extent.0, part: part.0, batch: batch.0 },
            Steps { extent: extent.1, part: part.1, batch: batch.1 },
        ])
    }
}

impl<'h> Tensor<'h> {
    pub(super) fn new(
        (data, len): (Pointer, usize),
        dtype: DtypeId,
        (rows, cols): (Axis, Axis),
        cut: Cut<'h>,
        writable: bool,
    ) -> Self {
        let extent = (rows.extent(), cols.extent());
        let blank = false;
        Tensor { whole: GlobalSlot { data, len, dtype, rows, cols, extent, writable, blank }, cut }
    }

    /// The same memory, not cut.
    pub(super) fn uncut(self) -> Self {
        Tensor { cut: Cut::Whole, ..self }
    }

    /// The same memory, that nobody stores to.
    pub(super) fn read_only(mut self) -> Self {
        self.whole.writable = false;
        self
    }

    /// Into how many parts it is cut; `None` for a whole one.
    pub(super) fn parts(&self) -> Option<usize> {
        (!matches!(self.cut, Cut::Whole)).then_some(self.cut.count(self.whole.extent))
    }

    /// What block `index` sees.
    pub(super) fn part(&self, index: usize) -> Part {
        self.cut.part(self.whole.extent, index)
    }

    /// What a core sees of the part of block `index`: its half, where it has only one.
    pub(super) fn share(&self, index: usize, half: Option<Half>) -> Part {
        let part = self.part(index);
        let whole = match self.cut {
            Cut::Grid(rows, cols) | Cut::Batches { part: (rows, cols), .. } => (rows, cols),
            Cut::Whole | Cut::Ragged(_) => part.extent,
        };
        half.map_or(part, |half| part.half(half, whole))
    }
}
