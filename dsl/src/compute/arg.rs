//! Semantics of the reductions that say where: the index of the greatest or least element of a row or a column.

use std::marker::PhantomData;

use crate::memory::{Dst, Semantics, Src, Unseen};
use crate::tile::Dtype;

/// Elements looked at side by side.
const LANES: usize = 32;

/// Which of two elements is looked for.
pub(crate) trait Best: 'static {
    /// What every element is better than that may be found.
    fn start<T: Dtype>() -> T;
    /// Whether `x` is better; no NaN is.
    fn better<T: Dtype>(x: T, than: T) -> bool;
}

/// The greatest.
pub(crate) enum Greatest {}

impl Best for Greatest {
    #[inline(always)]
    fn start<T: Dtype>() -> T {
        T::LOWEST
    }
    #[inline(always)]
    fn better<T: Dtype>(x: T, than: T) -> bool {
        x > than
    }
}

/// The least.
pub(crate) enum Least {}

impl Best for Least {
    #[inline(always)]
    fn start<T: Dtype>() -> T {
        T::HIGHEST
    }
    #[inline(always)]
    fn better<T: Dtype>(x: T, than: T) -> bool {
        x < than
    }
}

/// Where the best element of `row` is, and which it is; at 0, the worst that there is, if none is better than that.
#[inline(always)]
fn best_of<F: Best, T: Dtype>(row: &[T]) -> (usize, T) {
    let (chunks, rest) = row.as_chunks::<LANES>();
    let mut lanes = [F::start::<T::Sum>(); LANES];
    for chunk in chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            let x = x.widen();
            *lane = if F::better(x, *lane) { x } else { *lane };
        }
    }
    let mut best = F::start::<T::Sum>();
    for x in lanes.into_iter().chain(rest.iter().map(|x| x.widen())) {
        best = if F::better(x, best) { x } else { best };
    }
    let is_best = |x: &T| x.widen() == best;
    let holds = |chunk: &&[T; LANES]| chunk.iter().fold(false, |found, x| found | is_best(x));
    let before = chunks.iter().take_while(|chunk| !holds(chunk)).count() * LANES;
    // A row of nothing but NaN does not hold what no element was better than.
    match row[before..].iter().position(is_best) {
        Some(at) => (before + at, row[before + at]),
        None => (0, F::start()),
    }
}

/// `index[i]` = where the best of row i is.
pub(crate) struct RowArg<F, T, I>(PhantomData<(F, T, I)>);

impl<F: Best, T: Dtype, I: Dtype> Semantics for RowArg<F, T, I> {
    type Views<'a> = (Dst<'a, I>, Unseen, Src<'a, T>);

    #[inline(always)]
    fn run((index, _, src): Self::Views<'_>, _: u64) {
        for row in 0..src.valid.0 {
            let (at, _) = best_of::<F, T>(&src.data[src.row(row)]);
            let place = index.first(row);
            index.data[place] = I::from_bits(at as u64);
        }
    }
}

/// `value[i]` = the best of row i, `index[i]` = where it is.
pub(crate) struct RowArgValue<F, T, I>(PhantomData<(F, T, I)>);

impl<F: Best, T: Dtype, I: Dtype> Semantics for RowArgValue<F, T, I> {
    type Views<'a> = (Dst<'a, T>, Dst<'a, I>, Unseen, Src<'a, T>);

    #[inline(always)]
    fn run((value, index, _, src): Self::Views<'_>, _: u64) {
        for row in 0..src.valid.0 {
            let (at, best) = best_of::<F, T>(&src.data[src.row(row)]);
            let places = (value.first(row), index.first(row));
            value.data[places.0] = best;
            index.data[places.1] = I::from_bits(at as u64);
        }
    }
}

/// The best of each column and where it is, some columns at a time.
#[inline(always)]
fn best_of_columns<F: Best, T: Dtype>(src: &Src<'_, T>, mut found: impl FnMut(usize, T::Sum, u32)) {
    let (rows, cols) = src.valid;
    for first in (0..cols).step_by(LANES) {
        let width = LANES.min(cols - first);
        let (mut best, mut at) = ([F::start::<T::Sum>(); LANES], [0_u32; LANES]);
        for row in 0..rows {
            let elements = &src.data[row * src.shape.1 + first..][..width];
            for ((best, at), x) in best.iter_mut().zip(&mut at).zip(elements) {
                let x = x.widen();
                let better = F::better(x, *best);
                *best = if better { x } else { *best };
                *at = if better { row as u32 } else { *at };
            }
        }
        for (lane, (best, mut at)) in best.into_iter().zip(at).take(width).enumerate() {
            // No element was better than the worst there is, but one may be equal, behind some NaN.
            if best == F::start() {
                let is_best =
                    |row: &usize| src.data[row * src.shape.1 + first + lane].widen() == best;
                at = (0..rows).find(is_best).unwrap_or_default() as u32;
            }
            found(first + lane, best, at);
        }
    }
}

/// `index[0,j]` = where the best of column j is.
pub(crate) struct ColArg<F, T, I>(PhantomData<(F, T, I)>);

impl<F: Best, T: Dtype, I: Dtype> Semantics for ColArg<F, T, I> {
    type Views<'a> = (Dst<'a, I>, Unseen, Src<'a, T>);

    #[inline(always)]
    fn run((index, _, src): Self::Views<'_>, _: u64) {
        best_of_columns::<F, T>(&src, |col, _, at| index.data[col] = I::from_bits(at.into()));
    }
}

/// `value[0,j]` = the best of column j, `index[0,j]` = where it is.
pub(crate) struct ColArgValue<F, T, I>(PhantomData<(F, T, I)>);

impl<F: Best, T: Dtype, I: Dtype> Semantics for ColArgValue<F, T, I> {
    type Views<'a> = (Dst<'a, T>, Dst<'a, I>, Unseen, Src<'a, T>);

    #[inline(always)]
    fn run((value, index, _, src): Self::Views<'_>, _: u64) {
        best_of_columns::<F, T>(&src, |col, best, at| {
            value.data[col] = T::narrow(best);
            index.data[col] = I::from_bits(at.into());
        });
    }
}
