//! What ops that choose elements by index or pattern compute.

use std::marker::PhantomData;
use std::ops::Range;

use crate::memory::{Dst, Semantics, Src, Unseen};
use crate::tile::Dtype;
use crate::tile::layout::BLOCK_BYTES;

/// Which elements a pattern takes, the last digit first: of two neighbours, or of four, those with a 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MaskPattern {
    /// The first of two.
    P0101,
    /// The second of two.
    P1010,
    /// The first of four.
    P0001,
    /// The second of four.
    P0010,
    /// The third of four.
    P0100,
    /// The fourth of four.
    P1000,
    /// All.
    P1111,
}

impl MaskPattern {
    /// Every pattern, in PTO's order; an op's immediate is the index.
    pub const ALL: [MaskPattern; 7] = [
        MaskPattern::P0101,
        MaskPattern::P1010,
        MaskPattern::P0001,
        MaskPattern::P0010,
        MaskPattern::P0100,
        MaskPattern::P1000,
        MaskPattern::P1111,
    ];

    /// The first element that it takes, and the distance from one to the next.
    #[must_use]
    pub const fn first_and_step(self) -> (usize, usize) {
        match self {
            MaskPattern::P0101 => (0, 2),
            MaskPattern::P1010 => (1, 2),
            MaskPattern::P0001 => (0, 4),
            MaskPattern::P0010 => (1, 4),
            MaskPattern::P0100 => (2, 4),
            MaskPattern::P1000 => (3, 4),
            MaskPattern::P1111 => (0, 1),
        }
    }

    /// How many of `len` elements it takes.
    #[must_use]
    pub const fn count(self, len: usize) -> usize {
        let (first, step) = self.first_and_step();
        len.saturating_sub(first).div_ceil(step)
    }
}

/// Along what a pattern chooses. PTO's `GatherAxis` and `ScatterAxis`.
#[doc(alias = "GatherAxis")]
#[doc(alias = "ScatterAxis")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Axis {
    /// Elements of each row: PTO's `GATHER_ROW` and `SCATTER_ROW`.
    Row,
    /// Whole rows: PTO's `GATHER_COL` and `SCATTER_COL`.
    Col,
}

/// An integer that names an element: i16, u16, i32, u32.
pub trait Index: Dtype {
    /// Its value; a negative one names no element.
    #[doc(hidden)]
    fn position(self) -> usize;
}

macro_rules! indices {
    ($($t:ident)*) => {$(
        impl Index for $t {
            #[inline(always)]
            fn position(self) -> usize {
                // A negative number becomes one that no tile has.
                self as usize
            }
        }
    )*};
}

indices!(i16 u16 i32 u32);

/// A pattern and its axis as an immediate.
pub(crate) fn pattern_imm(pattern: MaskPattern, axis: Axis) -> u64 {
    (axis as u64) << 8 | pattern as u64
}

/// What such an immediate says.
pub fn pattern_of(imm: u64) -> (MaskPattern, Axis) {
    let axis = if imm >> 8 == Axis::Row as u64 { Axis::Row } else { Axis::Col };
    (MaskPattern::ALL[imm as usize & 0xff], axis)
}

/// `dst = src[idx]`. The second operand is the device's scratch tile.
pub(crate) struct Gathered<T, I>(PhantomData<(T, I)>);

impl<T: Dtype, I: Index> Semantics for Gathered<T, I> {
    type Views<'a> = (Dst<'a, T>, Unseen, Src<'a, T>, Src<'a, I>);

    #[inline(always)]
    fn run((dst, _, src, idx): Self::Views<'_>, _: u64) {
        let (rows, cols) = src.valid;
        let width = src.shape.1;
        let lines = &src.data[..rows * width];
        for row in 0..dst.valid.0 {
            let range = dst.row(row);
            let pairs = dst.data[range.clone()].iter_mut().zip(&idx.data[range]);
            if cols == width {
                for (d, at) in pairs {
                    *d = lines.get(at.position()).copied().unwrap_or(T::ZERO);
                }
            } else {
                for (d, at) in pairs {
                    let at = at.position();
                    let x = lines.get(at).copied().unwrap_or(T::ZERO);
                    *d = if at % width < cols { x } else { T::ZERO };
                }
            }
        }
    }
}

/// `dst` = every `step`th of `src`.
pub(crate) struct Compacted<T, S>(PhantomData<(T, S)>);

impl<T: Dtype, S: Dtype> Semantics for Compacted<T, S> {
    type Views<'a> = (Dst<'a, T>, Src<'a, S>);

    #[inline(always)]
    fn run((dst, src): Self::Views<'_>, imm: u64) {
        let (pattern, axis) = pattern_of(imm);
        let (first, step) = pattern.first_and_step();
        let rows = match axis {
            Axis::Row => src.valid.0,
            Axis::Col => dst.valid.0,
        };
        match axis {
            Axis::Row => {
                let whole = rows > 1
                    && src.valid.1.is_multiple_of(step)
                    && src.row(0).end == src.row(1).start
                    && place_of(&dst, rows, 0).end == place_of(&dst, rows, 1).start;
                let lines = if whole { 1 } else { rows };
                for line in 0..lines {
                    // Where nothing lies between the rows, they are one.
                    let last = if whole { rows - 1 } else { line };
                    let to = place_of(&dst, rows, line).start..place_of(&dst, rows, last).end;
                    let to = &mut dst.data[to];
                    let from = &src.data[src.row(line).start..src.row(last).end];
                    match (first, step) {
                        (_, 1) => copy(to, from.iter()),
                        (0, 2) => every::<0, 2, T, S>(to, from),
                        (_, 2) => every::<1, 2, T, S>(to, from),
                        (0, _) => every::<0, 4, T, S>(to, from),
                        (1, _) => every::<1, 4, T, S>(to, from),
                        (2, _) => every::<2, 4, T, S>(to, from),
                        _ => every::<3, 4, T, S>(to, from),
                    }
                }
            }
            Axis::Col => {
                for row in 0..rows {
                    let to = place_of(&dst, rows, row);
                    copy(&mut dst.data[to], src.data[src.row(first + step * row)].iter());
                }
            }
        }
    }
}

/// Where in `dst` goes what comes of row `row` of so many: to its own row, or in one row behind the others.
#[inline(always)]
fn place_of<T: Dtype>(dst: &Dst<'_, T>, rows: usize, row: usize) -> Range<usize> {
    if dst.valid.0 == rows {
        return dst.row(row);
    }
    let count = dst.valid.1 / rows;
    row * count..(row + 1) * count
}

/// Every `STEP`th from `FIRST` on: known when this is compiled, and so it is vectorised.
#[inline(always)]
fn every<const FIRST: usize, const STEP: usize, T: Dtype, S: Dtype>(to: &mut [T], from: &[S]) {
    let (whole, rest) = from.as_chunks::<STEP>();
    copy(to, whole.iter().map(|chunk| &chunk[FIRST]));
    // What the last chunk is too short for.
    if let (Some(to), Some(from)) = (to.get_mut(whole.len()), rest.get(FIRST)) {
        *to = T::from_bits(from.to_bits());
    }
}

#[inline(always)]
fn copy<'a, T: Dtype, S: Dtype>(to: &mut [T], from: impl Iterator<Item = &'a S>) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = T::from_bits(from.to_bits());
    }
}

/// Blocks of `dst` = blocks of `src`.
pub(crate) struct GatheredBlocks<T>(PhantomData<T>);

impl<T: Dtype> Semantics for GatheredBlocks<T> {
    type Views<'a> = (Dst<'a, T>, Src<'a, T>, Src<'a, u32>);

    #[inline(always)]
    fn run((dst, src, offsets): Self::Views<'_>, _: u64) {
        let block = BLOCK_BYTES / size_of::<T>();
        for row in 0..dst.valid.0 {
            let to = dst.row(row);
            let blocks = dst.data[to].chunks_mut(block);
            for (to, &offset) in blocks.zip(&offsets.data[offsets.row(row)]) {
                to.fill(T::ZERO);
                let first = offset as usize / size_of::<T>();
                let (line, col) = (first / src.shape.1, first % src.shape.1);
                if offset.is_multiple_of(BLOCK_BYTES as u32) && line < src.valid.0 {
                    // As much of the block as is valid.
                    let from = &src.data[src.row(line)];
                    let from = from.get(col..from.len().min(col + block)).unwrap_or_default();
                    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
                }
            }
        }
    }
}

/// `dst[idx] = src`, and zeros elsewhere.
pub(crate) struct Scattered<T, I>(PhantomData<(T, I)>);

impl<T: Dtype, I: Index> Semantics for Scattered<T, I> {
    type Views<'a> = (Dst<'a, T>, Src<'a, T>, Src<'a, I>);

    #[inline(always)]
    fn run((dst, src, idx): Self::Views<'_>, _: u64) {
        dst.data.fill(T::ZERO);
        for row in 0..src.valid.0 {
            let range = src.row(row);
            for (x, at) in src.data[range.clone()].iter().zip(&idx.data[range]) {
                if let Some(d) = dst.data.get_mut(at.position()) {
                    *d = *x;
                }
            }
        }
    }
}

/// Every `step`th of `dst` = `src`, and zeros elsewhere.
pub(crate) struct Spaced<T>(PhantomData<T>);

impl<T: Dtype> Semantics for Spaced<T> {
    type Views<'a> = (Dst<'a, T>, Src<'a, T>);

    #[inline(always)]
    fn run((dst, src): Self::Views<'_>, imm: u64) {
        let (pattern, axis) = pattern_of(imm);
        let (first, step) = pattern.first_and_step();
        dst.data.fill(T::ZERO);
        for row in 0..src.valid.0 {
            let from = &src.data[src.row(row)];
            match axis {
                Axis::Row => {
                    let to = dst.row(row);
                    for (to, from) in dst.data[to].iter_mut().skip(first).step_by(step).zip(from) {
                        *to = *from;
                    }
                }
                Axis::Col => {
                    let to = dst.row(first + step * row);
                    dst.data[to].copy_from_slice(from);
                }
            }
        }
    }
}
