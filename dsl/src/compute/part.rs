//! Semantics of the ops on two sources of which one may be smaller: where it has no element, the other one's is the result.

use std::marker::PhantomData;
use std::ops::Range;

use super::elementwise::Map2;
use crate::memory::{Dst, Over, Semantics, Src};
use crate::tile::Dtype;

/// How many elements of row `row` a tile with this valid region has.
#[inline(always)]
fn there(row: usize, (rows, cols): (usize, usize)) -> usize {
    if row < rows { cols } else { 0 }
}

/// Columns `cols` of row `row` of a row-major tile, which need not have that row if there are none.
#[inline(always)]
fn elements<'a, T>(tile: &Src<'a, T>, row: usize, cols: Range<usize>) -> &'a [T] {
    if cols.is_empty() {
        return &[];
    }
    let start = row * tile.shape.1;
    &tile.data[start + cols.start..start + cols.end]
}

/// `dst = map(src0, src1)` where both are, else the one that is.
pub(crate) struct Parts<F, T>(PhantomData<(F, T)>);

impl<F: Map2<T>, T: Dtype> Semantics for Parts<F, T> {
    type Views<'a> = (Over<'a, T>, Src<'a, T>, Src<'a, T>);

    #[inline(always)]
    fn run((Over(dst), src0, src1): Self::Views<'_>, _: u64) {
        for row in 0..dst.valid.0 {
            let (in_0, in_1) = (there(row, src0.valid), there(row, src1.valid));
            let both = in_0.min(in_1);
            let range = dst.row(row);
            let (common, rest) = dst.data[range].split_at_mut(both);
            let (x, y) = (elements(&src0, row, 0..both), elements(&src1, row, 0..both));
            for ((d, x), y) in common.iter_mut().zip(x).zip(y) {
                *d = F::map(*x, *y);
            }
            let (longer, len) = if in_0 > in_1 { (&src0, in_0) } else { (&src1, in_1) };
            rest.copy_from_slice(elements(longer, row, both..len));
        }
    }
}

/// Which of two elements is taken.
pub(crate) trait Takes: 'static {
    /// Whether it is the second one.
    fn second<T: Dtype>(x: T, y: T) -> bool;
}

/// `dst, index` = the element of `src0` or `src1` that is taken, with its index, where both are, else those of the one that is.
pub(crate) struct PartsArg<F, T, I>(PhantomData<(F, T, I)>);

impl<F: Takes, T: Dtype, I: Dtype> Semantics for PartsArg<F, T, I> {
    type Views<'a> = (Dst<'a, T>, Dst<'a, I>, Src<'a, T>, Src<'a, T>, Src<'a, I>, Src<'a, I>);

    #[inline(always)]
    fn run((dst, index, src0, src1, index0, index1): Self::Views<'_>, _: u64) {
        for row in 0..dst.valid.0 {
            let (in_0, in_1) = (there(row, src0.valid), there(row, src1.valid));
            let both = in_0.min(in_1);
            let (range, index_range) = (dst.row(row), index.row(row));
            let (common, rest) = dst.data[range].split_at_mut(both);
            let (common_index, rest_index) = index.data[index_range].split_at_mut(both);
            let (x, y) = (elements(&src0, row, 0..both), elements(&src1, row, 0..both));
            let (i, j) = (elements(&index0, row, 0..both), elements(&index1, row, 0..both));
            let results = common.iter_mut().zip(common_index);
            for (((d, at), (x, y)), (i, j)) in results.zip(x.iter().zip(y)).zip(i.iter().zip(j)) {
                let second = F::second(*x, *y);
                *d = if second { *y } else { *x };
                *at = if second { *j } else { *i };
            }
            let (longer, of_longer, len) =
                if in_0 > in_1 { (&src0, &index0, in_0) } else { (&src1, &index1, in_1) };
            rest.copy_from_slice(elements(longer, row, both..len));
            rest_index.copy_from_slice(elements(of_longer, row, both..len));
        }
    }
}
