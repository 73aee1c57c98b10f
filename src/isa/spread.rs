//! Semantics of the expanding ops: one operand is a column or a row, and stands for a whole tile.

use std::marker::PhantomData;

use super::elementwise::Map2;
use crate::issue::{Dst, Over, Semantics, Src, Unseen};
use crate::tile::Dtype;

/// Which way a column or a row is spread.
pub(super) trait Spread: 'static {
    /// The values that it stands for in row `row` of `cols` columns.
    fn row<T: Copy>(values: &[T], row: usize, cols: usize) -> impl Iterator<Item = T>;
}

/// A column: each of its values fills a row.
pub(super) enum AlongRows {}

impl Spread for AlongRows {
    #[inline(always)]
    fn row<T: Copy>(values: &[T], row: usize, _: usize) -> impl Iterator<Item = T> {
        std::iter::repeat(values[row])
    }
}

/// A row: it stands for every row.
pub(super) enum AlongCols {}

impl Spread for AlongCols {
    #[inline(always)]
    fn row<T: Copy>(values: &[T], _: usize, cols: usize) -> impl Iterator<Item = T> {
        values[..cols].iter().copied()
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
            let y = W::row(values.data, row, dst.valid.1);
            for (d, y) in dst.data[range].iter_mut().zip(y) {
                *d = y;
            }
        }
    }
}

/// `dst = map(src, values)`.
pub(super) struct Zipped<W, F, T>(PhantomData<(W, F, T)>);

impl<W: Spread, F: Map2<T>, T: Dtype> Semantics for Zipped<W, F, T> {
    type Views<'a> = (Over<'a, T>, Src<'a, T>, Src<'a, T>);

    #[inline(always)]
    fn run((Over(dst), src, values): Self::Views<'_>, _: u64) {
        for row in 0..dst.valid.0 {
            let range = dst.row(row);
            let y = W::row(values.data, row, dst.valid.1);
            let x = &src.data[range.clone()];
            let dst = &mut dst.data[range];
            for ((d, x), y) in dst.iter_mut().zip(x).zip(y) {
                *d = F::map(*x, y);
            }
            F::finish(dst);
        }
    }
}

/// `dst = map(dst, values)`.
pub(super) struct ZippedInPlace<W, F, T>(PhantomData<(W, F, T)>);

impl<W: Spread, F: Map2<T>, T: Dtype> Semantics for ZippedInPlace<W, F, T> {
    type Views<'a> = (Dst<'a, T>, Src<'a, T>);

    #[inline(always)]
    fn run((dst, values): Self::Views<'_>, _: u64) {
        for row in 0..dst.valid.0 {
            let range = dst.row(row);
            let y = W::row(values.data, row, dst.valid.1);
            let dst = &mut dst.data[range];
            for (d, y) in dst.iter_mut().zip(y) {
                *d = F::map(*d, y);
            }
            F::finish(dst);
        }
    }
}

/// [`Zipped`], with a scratch tile as the second operand, which only the device uses.
pub(super) struct ZippedWithScratch<W, F, T>(PhantomData<(W, F, T)>);

impl<W: Spread, F: Map2<T>, T: Dtype> Semantics for ZippedWithScratch<W, F, T> {
    type Views<'a> = (Over<'a, T>, Unseen, Src<'a, T>, Src<'a, T>);

    #[inline(always)]
    fn run((dst, _, src, values): Self::Views<'_>, imm: u64) {
        Zipped::<W, F, T>::run((dst, src, values), imm);
    }
}

/// [`ZippedInPlace`], with a scratch tile as the second operand.
pub(super) struct ZippedInPlaceWithScratch<W, F, T>(PhantomData<(W, F, T)>);

impl<W: Spread, F: Map2<T>, T: Dtype> Semantics for ZippedInPlaceWithScratch<W, F, T> {
    type Views<'a> = (Dst<'a, T>, Unseen, Src<'a, T>);

    #[inline(always)]
    fn run((dst, _, values): Self::Views<'_>, imm: u64) {
        ZippedInPlace::<W, F, T>::run((dst, values), imm);
    }
}
