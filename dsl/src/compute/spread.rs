//! Semantics of the expanding ops: one operand is a column or a row, and stands for a whole tile.

use std::marker::PhantomData;
use std::ops::Range;

use super::elementwise::{At, HIGH_PRECISION};
use crate::memory::{Dst, Over, Semantics, Src};
use crate::op::precision::Precision;
use crate::simd::fetch_expected;
use crate::tile::Dtype;

/// What an expanding op computes for an element and the value that is spread to it. Must be `#[inline(always)]`.
pub(crate) trait MapSpread<T>: 'static {
    fn map(x: T, y: T) -> T;

    /// Whether [`MapSpread::finish`] does anything.
    const FINISHES: bool = false;

    /// What is left to do with neighbours, once `map` has been computed for all of them.
    #[inline(always)]
    fn finish(_: &mut [T]) {}

    /// Which form of the op this is.
    const FORM: Option<&'static str> = None;
}

impl<P: Precision, F: MapSpread<T>, T> MapSpread<T> for At<P, F> {
    const FORM: Option<&'static str> = if P::HIGH { Some(HIGH_PRECISION) } else { F::FORM };
    const FINISHES: bool = F::FINISHES;

    #[inline(always)]
    fn map(x: T, y: T) -> T {
        F::map(x, y)
    }

    #[inline(always)]
    fn finish(elements: &mut [T]) {
        F::finish(elements);
    }
}

/// Neighbours that are computed at a time where there is something to finish: so few that they stay in registers.
const PIECE: usize = 64;

/// `map(x, y)` for neighbours, and what is left to do with them.
#[inline(always)]
fn piece<F: MapSpread<T>, T: Dtype>(x: &[T; PIECE], y: impl Iterator<Item = T>) -> [T; PIECE] {
    // In a value of its own, which overlaps nothing.
    let mut piece = *x;
    for (x, y) in piece.iter_mut().zip(y) {
        *x = F::map(*x, y);
    }
    F::finish(&mut piece);
    piece
}

/// Which way a column or a row is spread.
pub(crate) trait Spread: 'static {
    /// The values that it stands for in columns `cols` of row `row`.
    fn row<T: Copy>(values: &Src<'_, T>, row: usize, cols: Range<usize>)
    -> impl Iterator<Item = T>;
}

/// A column, which may be the first one of a row-major tile: each of its values fills a row.
pub(crate) enum AlongRows {}

impl Spread for AlongRows {
    #[inline(always)]
    fn row<T: Copy>(values: &Src<'_, T>, row: usize, _: Range<usize>) -> impl Iterator<Item = T> {
        std::iter::repeat(values.data[values.first(row)])
    }
}

/// A row-major tile: each of its rows is repeated along a row.
pub(crate) enum Repeated {}

impl Spread for Repeated {
    #[inline(always)]
    fn row<T: Copy>(
        values: &Src<'_, T>,
        row: usize,
        cols: Range<usize>,
    ) -> impl Iterator<Item = T> {
        values.data[values.row(row)].iter().copied().cycle().skip(cols.start)
    }
}

/// A row: it stands for every row.
pub(crate) enum AlongCols {}

impl Spread for AlongCols {
    #[inline(always)]
    fn row<T: Copy>(values: &Src<'_, T>, _: usize, cols: Range<usize>) -> impl Iterator<Item = T> {
        values.data[cols].iter().copied()
    }
}

/// `dst = values`.
pub(crate) struct Copied<W, T>(PhantomData<(W, T)>);

impl<W: Spread, T: Dtype> Semantics for Copied<W, T> {
    type Views<'a> = (Dst<'a, T>, Src<'a, T>);

    #[inline(always)]
    fn run((dst, values): Self::Views<'_>, _: u64) {
        for row in 0..dst.valid.0 {
            let range = dst.row(row);
            let y = W::row(&values, row, 0..dst.valid.1);
            for (d, y) in dst.data[range].iter_mut().zip(y) {
                *d = y;
            }
        }
    }
}

/// `dst = map(src, values)`.
pub(crate) struct Zipped<W, F, T>(PhantomData<(W, F, T)>);

impl<W: Spread, F: MapSpread<T>, T: Dtype> Semantics for Zipped<W, F, T> {
    type Views<'a> = (Over<'a, T>, Src<'a, T>, Src<'a, T>);
    const FORM: Option<&'static str> = F::FORM;

    #[inline(always)]
    fn run((Over(dst), src, values): Self::Views<'_>, _: u64) {
        for row in 0..dst.valid.0 {
            let range = dst.row(row);
            let (mut dst, mut x) = (&mut dst.data[range.clone()], &src.data[range]);
            let (mut first, cols) = (0, dst.len());
            if F::FINISHES {
                let (pieces, rest) = dst.as_chunks_mut();
                let (of_x, rest_of_x) = x.as_chunks();
                for (dst, x) in pieces.iter_mut().zip(of_x) {
                    fetch_expected(x);
                    *dst = piece::<F, T>(x, W::row(&values, row, first..first + PIECE));
                    first += PIECE;
                }
                (dst, x) = (rest, rest_of_x);
            }
            let y = W::row(&values, row, first..cols);
            for ((d, x), y) in dst.iter_mut().zip(x).zip(y) {
                *d = F::map(*x, y);
            }
            F::finish(dst);
        }
    }
}

/// `dst = map(dst, values)`.
pub(crate) struct ZippedInPlace<W, F, T>(PhantomData<(W, F, T)>);

impl<W: Spread, F: MapSpread<T>, T: Dtype> Semantics for ZippedInPlace<W, F, T> {
    type Views<'a> = (Dst<'a, T>, Src<'a, T>);
    const FORM: Option<&'static str> = F::FORM;

    #[inline(always)]
    fn run((dst, values): Self::Views<'_>, _: u64) {
        for row in 0..dst.valid.0 {
            let range = dst.row(row);
            let mut dst = &mut dst.data[range];
            let (mut first, cols) = (0, dst.len());
            if F::FINISHES {
                let (pieces, rest) = dst.as_chunks_mut();
                for dst in pieces {
                    *dst = piece::<F, T>(dst, W::row(&values, row, first..first + PIECE));
                    first += PIECE;
                }
                dst = rest;
            }
            let y = W::row(&values, row, first..cols);
            for (d, y) in dst.iter_mut().zip(y) {
                *d = F::map(*d, y);
            }
            F::finish(dst);
        }
    }
}
