//! The inner loop of the matrix products: both factors are packed into words that the vector instructions want, then blocks of
//! sums stay in registers while k goes on.
//!
//! A product of f32 is added with one rounding ([`f32::mul_add`]), k by k in ascending order, so that the bits depend neither
//! on the CPU nor on how the work is cut. f16 and bf16 widen exactly. Products of i8 are summed exactly, and wrap as i32 does.

use half::{bf16, f16};

use super::ahead::Ahead;
use super::packing::{DEPTH, GROUPS, HEIGHT, Line, Packing, WIDTH, Word, pack_left, pack_right};
use crate::issue::{Dst, Src};
use crate::simd::{LANES, Lane, LaneWork, Lanes};
use crate::tile::{Dtype, LayoutId};

/// How many times a block asks for what comes next. At the start of its loop, when nothing else waits for memory.
const FETCHES: usize = 12;

/// An element type of a matrix product's factors.
#[allow(private_bounds, reason = "how they are multiplied is nobody else's business")]
pub trait Factor: Dtype + Multiplied<Self::Acc> {
    /// What the products are summed in.
    type Acc: Dtype;
}

/// `Self` is multiplied and summed in `A`.
pub(super) trait Multiplied<A>: Sized {
    /// `acc = left * right`, or from [`Start::Sums`] on `acc += left * right`, over the valid region of `acc` and the valid
    /// columns of `left`.
    fn multiply(acc: Dst<'_, A>, left: Src<'_, Self>, right: Src<'_, Self>, start: Start);
}

macro_rules! factors {
    ($($elem:ident into $acc:ident;)*) => {$(
        impl Factor for $elem {
            type Acc = $acc;
        }

        impl Multiplied<$acc> for $elem {
            // Compiled in the crates that multiply: the levels of all element types are most of a build of the library.
            #[inline]
            fn multiply(acc: Dst<'_, $acc>, left: Src<'_, $elem>, right: Src<'_, $elem>, start: Start) {
                Packing::with(|packing| $acc::dispatch(Product { acc, left, right, start, packing }));
            }
        }
    )*};
}

factors! {
    f32 into f32;
    f16 into f32;
    bf16 into f32;
    i8 into i32;
}

/// What the sums are before the first product.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    Zero,
    Sums,
}

pub(super) struct Product<'a, A, T> {
    pub(super) acc: Dst<'a, A>,
    pub(super) left: Src<'a, T>,
    pub(super) right: Src<'a, T>,
    pub(super) start: Start,
    pub(super) packing: &'a mut Packing<A>,
}

impl<A: Word<T> + Dtype, T: Dtype> LaneWork<A> for Product<'_, A, T> {
    #[inline(always)]
    fn run<L: Lanes<A>>(mut self, level: L) {
        let ((rows, cols), depth) = (self.acc.valid, self.left.valid.1);
        let Packing { lines, panel } = self.packing;
        // A sum of no products is zero, so there is one turn at least.
        for k in (0..depth.max(1)).step_by(DEPTH * A::ELEMENTS) {
            let ks = (DEPTH * A::ELEMENTS).min(depth - k);
            let start = if k == 0 { self.start } else { Start::Sums };
            let panel = &mut panel[..ks.div_ceil(A::ELEMENTS)];
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
                    pack_right(level, panel, &self.right, (k, col), (ks, width));
                    let mut packed = Packed { lines, panel, start, ahead: &mut ahead };
                    packed.multiply(level, &mut self.acc, (row, col), width);
                }
            }
        }
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
    panel: &'p [Line<A>],
    start: Start,
    ahead: &'p mut Ahead<'a, T>,
}

impl<A: Lane + Dtype, T: Dtype> Packed<'_, '_, A, T> {
    /// Into the sums from `at` on, `width` columns of them.
    #[inline(always)]
    fn multiply<L: Lanes<A>>(
        &mut self,
        level: L,
        acc: &mut Dst<'_, A>,
        at: (usize, usize),
        width: usize,
    ) {
        let first = acc.index(at.0, at.1, size_of::<A>());
        let (pitch, rows) = (acc.shape.0, self.lines.height);
        let (sums, _) = acc.data[first..].as_chunks_mut::<LANES>();
        if width == WIDTH {
            return self.groups(level, sums, pitch, GROUPS);
        }
        // In a copy, so that columns that are not valid keep what they hold.
        let mut copy = [[A::default(); LANES]; GROUPS * HEIGHT];
        let groups = width.div_ceil(LANES);
        let len = |group| LANES.min(width - group * LANES);
        for group in 0..groups {
            for row in 0..rows {
                let from = &sums[group * pitch + row][..len(group)];
                copy[group * HEIGHT + row][..len(group)].copy_from_slice(from);
            }
        }
        self.groups(level, &mut copy, HEIGHT, groups);
        for group in 0..groups {
            for row in 0..rows {
                let from = &copy[group * HEIGHT + row][..len(group)];
                sums[group * pitch + row][..len(group)].copy_from_slice(from);
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
                while $groups <= L::SIDE_BY_SIDE && groups - group >= $groups {
                    self.rows::<L, $groups>(level, &mut sums[group * pitch..], pitch, group);
                    group += $groups;
                }
            )*};
        }
        side_by_side!(4 2 1);
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
        macro_rules! blocks {
            ($($rows:literal)*) => {$(
                while $rows * G <= L::SUMS && height - row >= $rows {
                    self.block::<L, $rows, G>(level, &mut sums[row..], pitch, group, row);
                    row += $rows;
                }
            )*};
        }
        blocks!(12 8 6 4 2 1);
    }

    /// `R` lines by `G` groups: their sums stay in registers.
    #[inline(always)]
    fn block<L: Lanes<A>, const R: usize, const G: usize>(
        &mut self,
        level: L,
        sums: &mut [[A; LANES]],
        pitch: usize,
        group: usize,
        row: usize,
    ) {
        assert!(group + G <= GROUPS);
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
        for (word, groups) in self.panel.iter().enumerate() {
            if word < FETCHES {
                self.ahead.fetch();
            }
            let mut right = [level.splat(A::default()); G];
            for (part, right) in right.iter_mut().enumerate() {
                *right = level.load(&groups[group + part]);
            }
            for (totals, line) in totals.iter_mut().zip(lines) {
                let left = level.splat(line[word]);
                for (total, right) in totals.iter_mut().zip(right) {
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
