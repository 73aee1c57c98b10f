//! Semantics of the expanding ops: one operand is a column or a row, and stands for a whole tile.

use std::marker::PhantomData;
use std::ops::Range;

use crate::issue::{Dst, Over, Semantics, Src, Unseen};
use crate::simd::fetch_beyond;
use crate::tile::Dtype;

/// What an expanding op computes for an element and the value that is spread to it. Must be `#[inline(always)]`.
pub(super) trait MapSpread<T>: 'static {
    fn map(x: T, y: T) -> T;

    /// How many neighbours [`MapSpread::finish`] gets at once.
    const PIECE: usize = usize::MAX;

    /// What is left to do with neighbours, once `map` has been computed for all of them.
    #[inline(always)]
    fn finish(_: &mut [T]) {}
}

/// Which way a column or a row is spread.
pub(super) trait Spread: 'static {
    /// The values that it stands for in columns `cols` of row `row`.
    fn row<T: Copy>(values: &[T], row: usize, cols: Range<usize>) -> impl Iterator<Item = T>;
}

/// A column: each of its values fills a row.
pub(super) enum AlongRows {}

impl Spread for AlongRows {
    #[inline(always)]
    fn row<T: Copy>(values: &[T], row: usize, _: Range<usize>) -> impl Iterator<Item = T> {
        std::iter::repeat(values[row])
    }
}

/// A row: it stands for every row.
pub(super) enum AlongCols {}

impl Spread for AlongCols {
    #[inline(always)]
    fn row<T: Copy>(values: &[T], _: usize, cols: Range<usize>) -> impl Iterator<Item = T> {
        values[cols].iter().copied()
    }
}

/// `dst = values`.
pub(super) struct Copied<W, T>(PhantomData<(W, T)>);

impl<W: Spread, T: Dtype> Semantics for Copied<W, T> {
    type Views<'a> = (Dst<'a, T>, Src<'a, T>);

    #[inline(always)]
    fn run((dst, values): Self::Views<'_>, _: u64) {
        for row in 0..dst.valid.0 {
            let range = dst.row(row);
            let y = W::row(values.data, row, 0..dst.valid.1);
            for (d, y) in dst.data[range].iter_mut().zip(y) {
                *d = y;
            }
        }
    }
}

/// `dst = map(src, values)`.
pub(super) struct Zipped<W, F, T>(PhantomData<(W, F, T)>);

impl<W: Spread, F: MapSpread<T>, T: Dtype> Semantics for Zipped<W, F, T> {
    type Views<'a> = (Over<'a, T>, Src<'a, T>, Src<'a, T>);

    #[inline(always)]
    fn run((Over(dst), src, values): Self::Views<'_>, _: u64) {
        for row in 0..dst.valid.0 {
            let range = dst.row(row);
            let x = src.data[range.clone()].chunks(F::PIECE);
            let mut first = 0;
            for (dst, x) in dst.data[range].chunks_mut(F::PIECE).zip(x) {
                if F::PIECE < usize::MAX {
                    // There is time, and the next tile may well lie behind this one.
                    fetch_beyond(x, src.data.len());
                }
                let y = W::row(values.data, row, first..first + dst.len());
                for ((d, x), y) in dst.iter_mut().zip(x).zip(y) {
                    *d = F::map(*x, y);
                }
                F::finish(dst);
                first += dst.len();
            }
        }
    }
}

/// `dst = map(dst, values)`.
pub(super) struct ZippedInPlace<W, F, T>(PhantomData<(W, F, T)>);

impl<W: Spread, F: MapSpread<T>, T: Dtype> Semantics for ZippedInPlace<W, F, T> {
    type Views<'a> = (Dst<'a, T>, Src<'a, T>);

    #[inline(always)]
    fn run((dst, values): Self::Views<'_>, _: u64) {
        for row in 0..dst.valid.0 {
            let range = dst.row(row);
            let mut first = 0;
            for dst in dst.data[range].chunks_mut(F::PIECE) {
                let y = W::row(values.data, row, first..first + dst.len());
                for (d, y) in dst.iter_mut().zip(y) {
                    *d = F::map(*d, y);
                }
                F::finish(dst);
                first += dst.len();
            }
        }
    }
}

/// [`Zipped`], with a scratch tile as the second operand, which only the device uses.
pub(super) struct ZippedWithScratch<W, F, T>(PhantomData<(W, F, T)>);

impl<W: Spread, F: MapSpread<T>, T: Dtype> Semantics for ZippedWithScratch<W, F, T> {
    type Views<'a> = (Over<'a, T>, Unseen, Src<'a, T>, Src<'a, T>);

    #[inline(always)]
    fn run((dst, _, src, values): Self::Views<'_>, imm: u64) {
        Zipped::<W, F, T>::run((dst, src, values), imm);
    }
}

/// [`ZippedInPlace`], with a scratch tile as the second operand.
pub(super) struct ZippedInPlaceWithScratch<W, F, T>(PhantomData<(W, F, T)>);

impl<W: Spread, F: MapSpread<T>, T: Dtype> Semantics for ZippedInPlaceWithScratch<W, F, T> {
    type Views<'a> = (Dst<'a, T>, Unseen, Src<'a, T>);

    #[inline(always)]
    fn run((dst, _, values): Self::Views<'_>, imm: u64) {
        ZippedInPlace::<W, F, T>::run((dst, values), imm);
    }
}
