//! Semantics of the ops that put elements between each other, and take them apart.

use std::marker::PhantomData;

use crate::memory::{Dst, Semantics, Src};
use crate::tile::{Dtype, Float};

/// Row `row` of a row-major tile.
#[inline(always)]
fn elements<'a, T>(tile: &Src<'a, T>, row: usize) -> &'a [T] {
    &tile.data[tile.row(row)]
}

/// Element by element of `x` and `y` in turn.
#[inline(always)]
fn interleave<T: Dtype>(d: &mut [T], x: &[T], y: &[T]) {
    let (pairs, _) = d.as_chunks_mut::<2>();
    for (pair, (x, y)) in pairs.iter_mut().zip(x.iter().zip(y)) {
        *pair = [*x, *y];
    }
}

/// The elements of `x` at even places to `even`, those at odd places to `odd`.
#[inline(always)]
fn deinterleave<T: Dtype>(even: &mut [T], odd: &mut [T], x: &[T]) {
    let (pairs, _) = x.as_chunks::<2>();
    for ((even, odd), pair) in even.iter_mut().zip(odd).zip(pairs) {
        [*even, *odd] = *pair;
    }
}

/// `dst0` and then `dst1` = the elements of `src0` and `src1` in turn.
pub(crate) struct Interleaved<T>(PhantomData<T>);

impl<T: Dtype> Semantics for Interleaved<T> {
    type Views<'a> = (Dst<'a, T>, Dst<'a, T>, Src<'a, T>, Src<'a, T>);

    #[inline(always)]
    fn run((dst1, dst0, src1, src0): Self::Views<'_>, _: u64) {
        for row in 0..src0.valid.0 {
            let (x, y) = (elements(&src0, row), elements(&src1, row));
            let half = x.len() / 2;
            let (first, second) = (dst0.row(row), dst1.row(row));
            interleave(&mut dst0.data[first], &x[..half], &y[..half]);
            interleave(&mut dst1.data[second], &x[half..], &y[half..]);
        }
    }
}

/// `dst0` = the elements of `src0` and then `src1` at even places, `dst1` = those at odd places.
pub(crate) struct Deinterleaved<T>(PhantomData<T>);

impl<T: Dtype> Semantics for Deinterleaved<T> {
    type Views<'a> = (Dst<'a, T>, Dst<'a, T>, Src<'a, T>, Src<'a, T>);

    #[inline(always)]
    fn run((dst1, dst0, src1, src0): Self::Views<'_>, _: u64) {
        for row in 0..src0.valid.0 {
            let (even, odd) = (dst0.row(row), dst1.row(row));
            let (even, odd) = (&mut dst0.data[even], &mut dst1.data[odd]);
            let half = even.len() / 2;
            deinterleave(&mut even[..half], &mut odd[..half], elements(&src0, row));
            deinterleave(&mut even[half..], &mut odd[half..], elements(&src1, row));
        }
    }
}

/// `dst0` = the elements of `src` at even places, `dst1` = those at odd places.
pub(crate) struct Split<T>(PhantomData<T>);

impl<T: Dtype> Semantics for Split<T> {
    type Views<'a> = (Dst<'a, T>, Dst<'a, T>, Src<'a, T>);

    #[inline(always)]
    fn run((dst1, dst0, src): Self::Views<'_>, _: u64) {
        for row in 0..src.valid.0 {
            let (even, odd) = (dst0.row(row), dst1.row(row));
            deinterleave(&mut dst0.data[even], &mut dst1.data[odd], elements(&src, row));
        }
    }
}

/// `dst` = the sums of neighbours, then zeros.
pub(crate) struct PairSums<T>(PhantomData<T>);

impl<T: Float> Semantics for PairSums<T> {
    type Views<'a> = (Dst<'a, T>, Src<'a, T>);

    #[inline(always)]
    fn run((dst, src): Self::Views<'_>, _: u64) {
        for row in 0..dst.valid.0 {
            let range = dst.row(row);
            let (pairs, last) = elements(&src, row).as_chunks::<2>();
            let (sums, rest) = dst.data[range].split_at_mut(pairs.len());
            for (d, [x, y]) in sums.iter_mut().zip(pairs) {
                *d = x.add(*y);
            }
            rest.fill(T::ZERO);
            if let ([first, ..], [last]) = (rest, last) {
                *first = *last;
            }
        }
    }
}
