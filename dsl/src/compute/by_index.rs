//! What MGATHER and MSCATTER do: elements and rows of a table in global memory, by index.

use std::cmp::Ordering;
use std::marker::PhantomData;

use super::indexed::Index;
use crate::memory::{Dst, GlobalAdd, GlobalDst, GlobalSrc, Semantics, Src};
use crate::tile::Dtype;

/// What becomes of an index that is outside of a table, by the immediate: the order of `GatherOob` and of `ScatterOob`.
#[inline(always)]
fn remap(index: usize, count: usize, imm: u64) -> Option<usize> {
    if index < count {
        return Some(index);
    }
    match imm {
        1 => count.checked_sub(1),
        // The device counts in 32 bits, negative ones too.
        2 => (index as u32 as usize).checked_rem(count),
        _ => None,
    }
}

/// `dst[i,j] = table[idx[i,j]]`.
pub(crate) struct Gathered<T, I>(PhantomData<(T, I)>);

impl<T: Dtype, I: Index> Semantics for Gathered<T, I> {
    type Views<'a> = (Dst<'a, T>, GlobalSrc<'a, T>, Src<'a, I>);

    #[inline(always)]
    fn run((dst, table, idx): Self::Views<'_>, imm: u64) {
        let (rows, cols) = table.extent;
        // A packed table is one slice.
        let packed = if table.one_slice() { table.run(0, 0, rows * cols) } else { &[] };
        for row in 0..dst.valid.0 {
            let range = dst.row(row);
            for (d, index) in dst.data[range.clone()].iter_mut().zip(&idx.data[range]) {
                *d = match remap(index.position(), rows * cols, imm) {
                    None => T::ZERO,
                    Some(at) if packed.is_empty() => table.run(at / cols, at % cols, 1)[0],
                    Some(at) => packed[at],
                };
            }
        }
    }
}

/// `dst[i,j] = table[idx[0,i], j]`.
pub(crate) struct GatheredRows<T, I>(PhantomData<(T, I)>);

impl<T: Dtype, I: Index> Semantics for GatheredRows<T, I> {
    type Views<'a> = (Dst<'a, T>, GlobalSrc<'a, T>, Src<'a, I>);

    #[inline(always)]
    fn run((dst, table, idx): Self::Views<'_>, imm: u64) {
        for (row, index) in idx.data[..dst.valid.0].iter().enumerate() {
            let to = dst.row(row);
            let to = &mut dst.data[to];
            match remap(index.position(), table.extent.0, imm) {
                None => to.fill(T::ZERO),
                Some(from) if table.rows_contiguous() => {
                    to.copy_from_slice(table.run(from, 0, to.len()));
                }
                Some(from) => {
                    for (col, to) in to.iter_mut().enumerate() {
                        *to = table.run(from, col, 1)[0];
                    }
                }
            }
        }
    }
}

/// As [`GatheredRows`], into fractals, with indices in global memory.
pub(crate) struct GatheredFractals<T, I>(PhantomData<(T, I)>);

impl<T: Dtype, I: Index> Semantics for GatheredFractals<T, I> {
    type Views<'a> = (Dst<'a, T>, GlobalSrc<'a, T>, GlobalSrc<'a, I>);

    #[inline(always)]
    fn run((mut dst, table, idx): Self::Views<'_>, imm: u64) {
        let (rows, cols) = dst.valid;
        let zeros = vec![T::ZERO; cols];
        for row in 0..rows {
            match remap(idx.run(0, row, 1)[0].position(), table.extent.0, imm) {
                None => dst.put_row(row, &zeros),
                Some(from) if table.rows_contiguous() => dst.put_row(row, table.run(from, 0, cols)),
                Some(from) => {
                    for col in 0..cols {
                        let at = dst.index(row, col, size_of::<T>());
                        dst.data[at] = table.run(from, col, 1)[0];
                    }
                }
            }
        }
    }
}

/// `table[idx[i,j]] = src[i,j]`.
pub(crate) struct Scattered<T, I>(PhantomData<(T, I)>);

impl<T: Dtype, I: Index> Semantics for Scattered<T, I> {
    type Views<'a> = (GlobalDst<'a, T>, Src<'a, T>, Src<'a, I>);

    #[inline(always)]
    fn run((mut table, src, idx): Self::Views<'_>, imm: u64) {
        let (rows, cols) = table.extent;
        if table.one_slice() {
            let packed = table.run_mut(0, 0, rows * cols);
            each(&src, &idx, |x, index| {
                if let Some(at) = remap(index, packed.len(), imm) {
                    packed[at] = x;
                }
            });
        } else {
            each(&src, &idx, |x, index| {
                if let Some(at) = remap(index, rows * cols, imm) {
                    table.run_mut(at / cols, at % cols, 1)[0] = x;
                }
            });
        }
    }
}

/// What becomes of an element in global memory and one that comes to it: the same in any order, but for the rounding of sums.
pub(crate) trait Combine: 'static {
    fn of<T: Dtype>(old: T, new: T) -> T;

    /// Which form of MSCATTER it makes.
    const FORM: &'static str;
}

/// The sum.
pub(crate) struct Added;

impl Combine for Added {
    const FORM: &'static str = "ADD";

    #[inline(always)]
    fn of<T: Dtype>(old: T, new: T) -> T {
        old.add(new)
    }
}

/// The greater; of a number and a NaN the number; of two zeros the positive one.
pub(crate) struct Greater;

impl Combine for Greater {
    const FORM: &'static str = "MAX";

    #[inline(always)]
    fn of<T: Dtype>(old: T, new: T) -> T {
        // The sign is the highest bit.
        better(old, new, Ordering::Greater, old.to_bits() > new.to_bits())
    }
}

/// The lesser; of a number and a NaN the number; of two zeros the negative one.
pub(crate) struct Lesser;

impl Combine for Lesser {
    const FORM: &'static str = "MIN";

    #[inline(always)]
    fn of<T: Dtype>(old: T, new: T) -> T {
        better(old, new, Ordering::Less, old.to_bits() < new.to_bits())
    }
}

/// `new` where it is `than` the old one; of what compares as equal, and of two NaN, where `else_new`.
#[inline(always)]
fn better<T: Dtype>(old: T, new: T, than: Ordering, else_new: bool) -> T {
    let is_nan = |x: T| x.partial_cmp(&x).is_none();
    let takes_new = match new.partial_cmp(&old) {
        None if is_nan(old) != is_nan(new) => is_nan(old),
        None | Some(Ordering::Equal) => else_new,
        Some(order) => order == than,
    };
    if takes_new { new } else { old }
}

/// `table[idx[i,j]] += src[i,j]`, where nobody else adds: one after the other, in row order.
pub(crate) struct AddedAlone<T, I>(PhantomData<(T, I)>);

impl<T: Dtype, I: Index> Semantics for AddedAlone<T, I> {
    type Views<'a> = (GlobalDst<'a, T>, Src<'a, T>, Src<'a, I>);

    #[inline(always)]
    fn run((mut table, src, idx): Self::Views<'_>, imm: u64) {
        let (rows, cols) = table.extent;
        each(&src, &idx, |x, index| {
            if let Some(at) = remap(index, rows * cols, imm) {
                let element = &mut table.run_mut(at / cols, at % cols, 1)[0];
                *element = element.add(x);
            }
        });
    }
}

/// `table[idx[i,j]]` and `src[i,j]` combined, while other blocks may do so.
pub(crate) struct Combined<F, T, I>(PhantomData<(F, T, I)>);

impl<F: Combine, T: Dtype, I: Index> Semantics for Combined<F, T, I> {
    type Views<'a> = (GlobalAdd<'a, T>, Src<'a, T>, Src<'a, I>);
    const FORM: Option<&'static str> = Some(F::FORM);

    #[inline(always)]
    fn run((table, src, idx): Self::Views<'_>, imm: u64) {
        let (rows, cols) = table.extent();
        each(&src, &idx, |x, index| {
            if let Some(at) = remap(index, rows * cols, imm) {
                table.update(at / cols, at % cols, |old| F::of(old, x));
            }
        });
    }
}

/// `table[idx[0,i], j]` and `src[i,j]` combined, while other blocks may do so.
pub(crate) struct CombinedRows<F, T, I>(PhantomData<(F, T, I)>);

impl<F: Combine, T: Dtype, I: Index> Semantics for CombinedRows<F, T, I> {
    type Views<'a> = (GlobalAdd<'a, T>, Src<'a, T>, Src<'a, I>);
    const FORM: Option<&'static str> = Some(F::FORM);

    #[inline(always)]
    fn run((table, src, idx): Self::Views<'_>, imm: u64) {
        for (row, index) in idx.data[..src.valid.0].iter().enumerate() {
            let Some(to) = remap(index.position(), table.extent().0, imm) else { continue };
            for (col, x) in src.data[src.row(row)].iter().enumerate() {
                table.update(to, col, |old| F::of(old, *x));
            }
        }
    }
}

/// Each valid element with its index, in row order.
#[inline(always)]
fn each<T: Dtype, I: Index>(src: &Src<'_, T>, idx: &Src<'_, I>, mut tell: impl FnMut(T, usize)) {
    for row in 0..src.valid.0 {
        let range = src.row(row);
        for (x, index) in src.data[range.clone()].iter().zip(&idx.data[range]) {
            tell(*x, index.position());
        }
    }
}

/// `table[idx[0,i], j] = src[i,j]`.
pub(crate) struct ScatteredRows<T, I>(PhantomData<(T, I)>);

impl<T: Dtype, I: Index> Semantics for ScatteredRows<T, I> {
    type Views<'a> = (GlobalDst<'a, T>, Src<'a, T>, Src<'a, I>);

    #[inline(always)]
    fn run((mut table, src, idx): Self::Views<'_>, imm: u64) {
        for (row, index) in idx.data[..src.valid.0].iter().enumerate() {
            let Some(to) = remap(index.position(), table.extent.0, imm) else { continue };
            let from = &src.data[src.row(row)];
            if table.rows_contiguous() {
                table.run_mut(to, 0, from.len()).copy_from_slice(from);
            } else {
                for (col, from) in from.iter().enumerate() {
                    table.run_mut(to, col, 1)[0] = *from;
                }
            }
        }
    }
}
