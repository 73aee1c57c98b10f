//! What MGATHER and MSCATTER do: elements and rows of a table in global memory, by index.

use std::marker::PhantomData;

use super::indexed::Index;
use crate::tile::Dtype;
use crate::unit::{Dst, GlobalAdd, GlobalDst, GlobalSrc, Semantics, Src};

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

/// `table[idx[i,j]] += src[i,j]`.
pub(crate) struct Added<T, I>(PhantomData<(T, I)>);

impl<T: Dtype, I: Index> Semantics for Added<T, I> {
    type Views<'a> = (GlobalAdd<'a, T>, Src<'a, T>, Src<'a, I>);

    #[inline(always)]
    fn run((table, src, idx): Self::Views<'_>, imm: u64) {
        let (rows, cols) = table.extent();
        each(&src, &idx, |x, index| {
            if let Some(at) = remap(index, rows * cols, imm) {
                table.add(at / cols, at % cols, x);
            }
        });
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
