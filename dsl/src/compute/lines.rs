//! How semantics walk over a tile: line by line.

use std::ops::Range;

use crate::memory::TileView;
use crate::tile::LayoutId;

/// The valid region of a plain tile as lines of equal length: its rows, or the columns of a column-major tile. Where
/// lines touch, they are one.
#[derive(Clone, Copy)]
pub(crate) struct Lines {
    pub(crate) count: usize,
    pub(crate) len: usize,
    pitch: usize,
}

impl Lines {
    #[inline(always)]
    pub(crate) fn range(&self, line: usize) -> Range<usize> {
        line * self.pitch..line * self.pitch + self.len
    }

    /// All of them, where they are one.
    #[inline(always)]
    pub(crate) fn only(&self) -> Option<Range<usize>> {
        (self.count == 1).then(|| self.range(0))
    }
}

impl<D> TileView<D> {
    /// The valid region as lines.
    #[inline(always)]
    pub(crate) fn lines(&self) -> Lines {
        let (count, len, pitch) = match self.layout {
            LayoutId::Dn => (self.valid.1, self.valid.0, self.shape.0),
            _ => (self.valid.0, self.valid.1, self.shape.1),
        };
        if len == pitch {
            Lines { count: 1, len: count * len, pitch: 0 }
        } else {
            Lines { count, len, pitch }
        }
    }

    /// The valid part of row `row` of a row-major tile.
    #[inline(always)]
    pub(crate) fn row(&self, row: usize) -> Range<usize> {
        row * self.shape.1..row * self.shape.1 + self.valid.1
    }

    /// Where the first element of row `row` of a plain tile is.
    #[inline(always)]
    pub(crate) fn first(&self, row: usize) -> usize {
        row * if self.layout == LayoutId::Dn { 1 } else { self.shape.1 }
    }

    /// Where element (`row`, `col`) is.
    #[inline(always)]
    pub(crate) fn index(&self, row: usize, col: usize, size: usize) -> usize {
        self.layout.index((row, col), self.shape, size)
    }
}
