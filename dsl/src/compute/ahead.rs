//! What the next product will read, asked for while this one is computed.

use crate::memory::Src;
use crate::simd::{CACHE_LINE, prefetch_near};
use crate::tile::{Dtype, LayoutId};

/// The windows that follow along k, in factors that lie in lines of an input: most kernels take them next.
///
/// Line by line, so that the loads of the inner loop need not queue behind many of them.
pub(crate) struct Ahead<'a, T> {
    left: Lines<'a, T>,
    right: Lines<'a, T>,
}

impl<'a, T: Dtype> Ahead<'a, T> {
    /// While `left` is read up to column `k` from row `row` on, `height` rows of it, and `right` up to row `k`.
    #[inline(always)]
    pub(crate) fn new(
        (left, row, height): (&Src<'a, T>, usize, usize),
        (right, cols): (&Src<'a, T>, usize),
        k: usize,
        ks: usize,
    ) -> Self {
        Ahead {
            left: Lines::new(left, (row, k), (height, ks)),
            right: Lines::new(right, (k, 0), (ks, cols)),
        }
    }

    /// Asks for the next line of each.
    #[inline(always)]
    pub(crate) fn fetch(&mut self) {
        self.left.fetch();
        self.right.fetch();
    }
}

/// The rest of a region that is asked for.
struct Lines<'a, T> {
    data: &'a [T],
    pitch: usize,
    /// Cache lines of a row.
    width: usize,
    /// The first element of the row, the next cache line of it, and how many rows remain.
    row: usize,
    line: usize,
    rows: usize,
}

impl<'a, T: Dtype> Lines<'a, T> {
    #[inline(always)]
    fn new(tile: &Src<'a, T>, from: (usize, usize), (rows, cols): (usize, usize)) -> Self {
        // A tile with bytes of its own is in the caches already, and never in this layout.
        let rows = if tile.layout == LayoutId::Nd { rows } else { 0 };
        let pitch = tile.shape.1;
        Lines {
            data: tile.data,
            pitch,
            width: (cols * size_of::<T>()).div_ceil(CACHE_LINE),
            row: from.0 * pitch + from.1,
            line: 0,
            rows,
        }
    }

    #[inline(always)]
    fn fetch(&mut self) {
        if self.rows == 0 {
            return;
        }
        let at = self.row + self.line * (CACHE_LINE / size_of::<T>());
        prefetch_near(self.data.as_ptr().wrapping_add(at));
        self.line += 1;
        if self.line == self.width {
            self.line = 0;
            self.row += self.pitch;
            self.rows -= 1;
        }
    }
}
