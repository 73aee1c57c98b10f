//! The inner loop of the matrix products: both factors are packed into words that the vector instructions want, then blocks of
//! sums stay in registers while k goes on.
//!
//! A product of f32 is added with one rounding ([`f32::mul_add`]), k by k in ascending order, so that the bits depend neither
//! on the CPU nor on how the work is cut. f16, bf16 and floats of 8 bits widen exactly. Products of i8 are summed exactly, and wrap as i32 does.

use super::ahead::Ahead;
use super::packing::{
    DEPTH, GROUPS, HEIGHT, Line, MOST, Packing, WIDTH, Word, pack_left, pack_right,
};
use crate::memory::{Dst, Src};
use crate::simd::{LANES, Lane, LaneWork, Lanes};
use crate::tile::{Dtype, LayoutId};

/// How many times a block asks for what comes next. At the start of its loop, when nothing else waits for memory.
const FETCHES: usize = 12;

/// What the sums are before the first product.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    Zero,
    Sums,
}

pub(crate) struct Product<'a, A, T> {
    pub(crate) acc: Dst<'a, A>,
    pub(crate) left: Src<'a, T>,
    pub(crate) right: Src<'a, T>,
    pub(crate) start: Start,
    pub(crate) packing: &'a mut Packing<A>,
}

impl<A: Word<T> + Dtype, T: Dtype> LaneWork<A> for Product<'_, A, T> {
    #[inline(always)]
    fn run<L: Lanes<A>>(mut self, level: L) {
        let ((rows, cols), depth) = (self.acc.valid, self.left.valid.1);
        let Packing { lines, panel, part } = self.packing;
        // A sum of no products is zero, so there is one turn at least.
        for k in (0..depth.max(1)).step_by(DEPTH * L::ELEMENTS) {
            let ks = (DEPTH * L::ELEMENTS).min(depth - k);
            let start = if k == 0 { self.start } else { Start::Sums };
            let panel = &mut panel[..ks.div_ceil(L::ELEMENTS)];
            for row in (0..rows).step_by(HEIGHT) {
                let height = HEIGHT.min(rows - row);
                let (left, right) = ((&self.left, row, height), (&self.right, cols));
                let mut ahead = Ahead::new(left, right, k + ks, ks);
                let lines = match A::words(self.left.data) {
                    // They lie well as they are.
                    Some(words) if self.left.layout == LayoutId::Nd => {
                        let pitch = self.left.shape.1;
                        Lines { words: &words[row * pitch + k..], pitch, height }
                    }
                    _ => {
                        pack_left(level, &mut lines[..height], &self.left, (row, k), ks);
                        Lines { words: lines.as_flattened(), pitch: DEPTH, height }
                    }
                };
                for col in (0..cols).step_by(WIDTH) {
                    let width = WIDTH.min(cols - col);
                    let fresh = Fresh::new::<A, L>(&self.right, (k, col), (height, width));
                    if fresh.is_none() {
                        pack_right(level, panel, &self.right, (k, col), (ks, width));
                    }
                    let panel = &mut *panel;
                    let excess = excess(level, panel);
                    let ahead = &mut ahead;
                    let mut packed = Packed { lines, panel, fresh, excess, start, ahead };
                    packed.multiply(level, &mut self.acc, (row, col), width, part);
                }
            }
        }
    }
}

/// What the bias of the left factor adds to the sums of each group, where it has one.
#[inline(always)]
fn excess<A: Lane, L: Lanes<A>>(level: L, panel: &[Line<A>]) -> Line<A> {
    let mut excess = [[A::default(); LANES]; GROUPS];
    if const { L::BIASED } {
        let mut zero = [A::default()];
        level.bias(&mut zero);
        let mut sums = [level.splat(A::default()); GROUPS];
        for line in panel {
            for (sum, words) in sums.iter_mut().zip(line) {
                *sum = level.multiply_add(level.splat(zero[0]), level.load(words), *sum);
            }
        }
        for (excess, sum) in excess.iter_mut().zip(sums) {
            level.store(sum, excess);
        }
    }
    excess
}

/// Lines of the block that packs the right factor while it multiplies.
const FIRST: usize = 6;

/// Whether the registers hold that block, as wide as the panel.
#[inline(always)]
const fn whole_width<A: Lane, L: Lanes<A>>() -> bool {
    L::SIDE_BY_SIDE == GROUPS && L::SUMS >= FIRST * GROUPS
}

/// Columns of the right factor that the first block packs: it needs them anyway, and while it multiplies packing costs nothing.
#[derive(Clone, Copy)]
struct Fresh<'a, T> {
    /// From the first of them on.
    elements: &'a [T],
    /// From one row to the next.
    pitch: usize,
}

impl<'a, T: Dtype> Fresh<'a, T> {
    /// `None` where the factor does not lie in rows, a word is more than an element, or there is no such block: one that takes
    /// the whole width of the panel. A narrower one would come back for the other columns, to lines that are far from each other.
    #[inline(always)]
    fn new<A: Word<T>, L: Lanes<A>>(
        right: &Src<'a, T>,
        (row, col): (usize, usize),
        (height, width): (usize, usize),
    ) -> Option<Self> {
        let fits = const { L::ELEMENTS == 1 && whole_width::<A, L>() };
        if !fits || right.layout != LayoutId::Nd || width < WIDTH || height < FIRST {
            return None;
        }
        let pitch = right.shape.1;
        Some(Fresh { elements: &right.data[row * pitch + col..], pitch })
    }

    /// The words of a group of columns in one row.
    #[inline(always)]
    fn words<A: Word<T>, L: Lanes<A>>(&self, level: L, row: usize, group: usize) -> [A; LANES] {
        let first = row * self.pitch + group * LANES;
        let mut elements = [T::ZERO; LANES];
        elements.copy_from_slice(&self.elements[first..first + LANES]);
        A::pack_lanes(level, [elements; MOST])
    }
}

/// Rows of words of the left factor.
#[derive(Clone, Copy)]
struct Lines<'p, A> {
    words: &'p [A],
    /// From one row to the next.
    pitch: usize,
    height: usize,
}

/// Packed rows of the left factor, and packed columns of the right one.
struct Packed<'p, 'a, A, T> {
    lines: Lines<'p, A>,
    panel: &'p mut [Line<A>],
    /// What the first block packs into the panel.
    fresh: Option<Fresh<'a, T>>,
    /// What the sums have too much when all lines are added.
    excess: Line<A>,
    start: Start,
    ahead: &'p mut Ahead<'a, T>,
}

impl<A: Word<T> + Dtype, T: Dtype> Packed<'_, '_, A, T> {
    /// Into the sums from `at` on, `width` columns of them.
    #[inline(always)]
    fn multiply<L: Lanes<A>>(
        &mut self,
        level: L,
        acc: &mut Dst<'_, A>,
        at: (usize, usize),
        width: usize,
        part: &mut [[A; LANES]; GROUPS * HEIGHT],
    ) {
        let first = acc.index(at.0, at.1, size_of::<A>());
        let (pitch, rows) = (acc.shape.0, self.lines.height);
        let (sums, _) = acc.data[first..].as_chunks_mut::<LANES>();
        let (whole, groups) = (width == WIDTH, width.div_ceil(LANES));
        let len = |group| LANES.min(width - group * LANES);
        if !whole {
            for group in 0..groups {
                for row in 0..rows {
                    let from = &sums[group * pitch + row][..len(group)];
                    part[group * HEIGHT + row][..len(group)].copy_from_slice(from);
                }
            }
        }
        // One call for both, since its code is long.
        let (place, apart) = if whole { (&mut *sums, pitch) } else { (&mut part[..], HEIGHT) };
        self.groups(level, place, apart, groups);
        if !whole {
            for group in 0..groups {
                for row in 0..rows {
                    let from = &part[group * HEIGHT + row][..len(group)];
                    sums[group * pitch + row][..len(group)].copy_from_slice(from);
                }
            }
        }
    }

    /// The first `groups` groups of the panel, as many at a time as suits `level`. The sums of a group are `pitch` apart from
    /// those of the next.
    #[inline(always)]
    fn groups<L: Lanes<A>>(
        &mut self,
        level: L,
        sums: &mut [[A; LANES]],
        pitch: usize,
        groups: usize,
    ) {
        let mut group = 0;
        macro_rules! side_by_side {
            ($($groups:literal)*) => {$(
                if const { $groups <= L::SIDE_BY_SIDE } {
                    while groups - group >= $groups {
                        self.rows::<L, $groups>(level, &mut sums[group * pitch..], pitch, group);
                        group += $groups;
                    }
                }
            )*};
        }
        side_by_side!(4 1);
    }

    /// All lines, as many at a time as fit into the registers, by `G` groups of the panel from `group` on.
    #[inline(always)]
    fn rows<L: Lanes<A>, const G: usize>(
        &mut self,
        level: L,
        sums: &mut [[A; LANES]],
        pitch: usize,
        group: usize,
    ) {
        let (height, mut row) = (self.lines.height, 0);
        if const { whole_width::<A, L>() && G == GROUPS }
            && let Some(fresh) = self.fresh
        {
            self.block::<L, FIRST, G>(level, sums, pitch, (row, group), |line, word, group| {
                line[group] = fresh.words(level, word, group);
                level.load(&line[group])
            });
            row += FIRST;
        }
        // Twelve of one group: fewer sums would wait for each other.
        macro_rules! blocks {
            ($($rows:literal)*) => {$(
                if const { $rows * G <= L::SUMS } {
                    while height - row >= $rows {
                        self.block::<L, $rows, G>(level, sums, pitch, (row, group), |line, _, group| {
                            level.load(&line[group])
                        });
                        row += $rows;
                    }
                }
            )*};
        }
        blocks!(12 6 4 2 1);
    }

    /// `R` lines by `G` groups from line and group `at` on: their sums stay in registers. `right` gives the vector of a group of a
    /// line of the panel.
    #[inline(always)]
    fn block<L: Lanes<A>, const R: usize, const G: usize>(
        &mut self,
        level: L,
        sums: &mut [[A; LANES]],
        pitch: usize,
        (row, group): (usize, usize),
        right: impl Fn(&mut Line<A>, usize, usize) -> L::Vector,
    ) {
        assert!(group + G <= GROUPS);
        let sums = &mut sums[row..];
        let mut lines = [&[][..]; R];
        for (i, line) in lines.iter_mut().enumerate() {
            *line = &self.lines.words[(row + i) * self.lines.pitch..][..self.panel.len()];
        }
        let mut totals = [[level.splat(A::default()); G]; R];
        if self.start == Start::Sums {
            for (row, totals) in totals.iter_mut().enumerate() {
                for (part, total) in totals.iter_mut().enumerate() {
                    *total = level.load(&sums[part * pitch + row]);
                }
            }
        }
        if const { L::BIASED } {
            for totals in &mut totals {
                for (part, total) in totals.iter_mut().enumerate() {
                    let excess = level.load(&self.excess[group + part]);
                    *total = level.without(*total, excess);
                }
            }
        }
        for (word, line) in self.panel.iter_mut().enumerate() {
            if word < FETCHES {
                self.ahead.fetch();
            }
            let mut vectors = [level.splat(A::default()); G];
            for (part, vector) in vectors.iter_mut().enumerate() {
                *vector = right(line, word, group + part);
            }
            for (totals, line) in totals.iter_mut().zip(lines) {
                let left = level.splat(line[word]);
                for (total, right) in totals.iter_mut().zip(vectors) {
                    *total = level.multiply_add(left, right, *total);
                }
            }
        }
        for (row, totals) in totals.iter().enumerate() {
            for (part, total) in totals.iter().enumerate() {
                level.store(*total, &mut sums[part * pitch + row]);
            }
        }
    }
}
