//! Copies between tiles of any two layouts, whole or through a window, and between tiles and lines of global memory.

use std::marker::PhantomData;

use crate::memory::{Dst, Fill, Lent, Semantics, Src};
use crate::tile::Dtype;

/// `dst[i,j] = src[i,j]`.
pub(crate) struct Copied<T>(PhantomData<T>);

/// A semantics that works through a window of one of its tiles, and finds its corner in its immediate.
pub(crate) trait Windows: Semantics {
    /// The immediate of a window whose upper left corner is at (`row`, `col`), of tiles with so many valid columns.
    fn imm((row, col): (usize, usize), _dst: usize, _src: usize) -> u64 {
        (row as u64) << u32::BITS | col as u64
    }
}

fn corner(imm: u64) -> (usize, usize) {
    ((imm >> u32::BITS) as usize, imm as u32 as usize)
}

impl<T: Dtype> Semantics for Copied<T> {
    type Views<'a> = (Dst<'a, T>, Src<'a, T>);

    #[inline(always)]
    fn run((mut dst, src): Self::Views<'_>, _: u64) {
        let extent = dst.valid;
        copy(&mut dst, &src, [(0, 0); 2], extent, |x| x);
    }
}

/// `dst[i,j] = src[row + i, col + j]`. What lies in an input stays there, where fractals may lie in lines.
pub(crate) struct Windowed<T>(PhantomData<T>);

impl<T: Dtype> Windows for Windowed<T> {}

impl<T: Dtype> Semantics for Windowed<T> {
    type Views<'a> = (Fill<'a, T>, Lent<'a, T>);
    const FORM: Option<&'static str> = Some("EXTRACT");

    #[inline(always)]
    fn run((fill, src): Self::Views<'_>, imm: u64) {
        let from = corner(imm);
        if let Some(mut dst) = fill.lie_in_window(&src, from) {
            let src = src.tile;
            let alike = (src.layout, src.shape) == (dst.layout, dst.shape);
            if alike && from == (0, 0) && dst.valid == dst.shape {
                dst.data.copy_from_slice(src.data);
            } else {
                let extent = dst.valid;
                copy(&mut dst, &src, [(0, 0), from], extent, |x| x);
            }
        }
    }
}

/// `dst[row + i, col + j] = src[i,j]`; the rest of `dst` stays.
pub(crate) struct Placed<T>(PhantomData<T>);

impl<T: Dtype> Windows for Placed<T> {}

impl<T: Dtype> Semantics for Placed<T> {
    type Views<'a> = (Dst<'a, T>, Src<'a, T>);
    const FORM: Option<&'static str> = Some("INSERT");

    #[inline(always)]
    fn run((mut dst, src): Self::Views<'_>, imm: u64) {
        copy(&mut dst, &src, [corner(imm), (0, 0)], src.valid, |x| x);
    }
}

/// `dst[0,j] = src[0,j]` in the type that sums are computed in.
pub(crate) struct Widened<T>(PhantomData<T>);

impl<T: Dtype> Semantics for Widened<T> {
    type Views<'a> = (Dst<'a, T::Sum>, Src<'a, T>);

    #[inline(always)]
    fn run((mut dst, src): Self::Views<'_>, _: u64) {
        let extent = dst.valid;
        copy(&mut dst, &src, [(0, 0); 2], extent, T::widen);
    }
}

/// Takes a window of `src` to a window of `dst`, line by line in the direction in which the elements of `dst` are neighbours.
#[inline(always)]
fn copy<S: Dtype, D: Dtype>(
    dst: &mut Dst<'_, D>,
    src: &Src<'_, S>,
    [to, from]: [(usize, usize); 2],
    (rows, cols): (usize, usize),
    map: impl Fn(S) -> D,
) {
    let (d_size, s_size) = (size_of::<D>(), size_of::<S>());
    let by_rows = dst.layout.along_row(dst.shape, d_size).1 == 1;
    let (lines, len) = if by_rows { (rows, cols) } else { (cols, rows) };
    let (d_start, s_start) = if by_rows { (to.1, from.1) } else { (to.0, from.0) };
    let (d_run, (s_run, s_step)) = if by_rows {
        (dst.layout.along_row(dst.shape, d_size).0, src.layout.along_row(src.shape, s_size))
    } else {
        (dst.layout.along_col(dst.shape, d_size).0, src.layout.along_col(src.shape, s_size))
    };
    for line in 0..lines {
        let mut at = 0;
        while at < len {
            let (d_left, s_left) = (d_run - (d_start + at) % d_run, s_run - (s_start + at) % s_run);
            let both = d_left.min(s_left).min(len - at);
            let (row, col) = if by_rows { (line, at) } else { (at, line) };
            let d = dst.index(to.0 + row, to.1 + col, d_size);
            let s = src.index(from.0 + row, from.1 + col, s_size);
            if s_step == 1 {
                for (d, s) in dst.data[d..d + both].iter_mut().zip(&src.data[s..s + both]) {
                    *d = map(*s);
                }
            } else {
                let from = src.data[s..].iter().step_by(s_step);
                for (d, s) in dst.data[d..d + both].iter_mut().zip(from) {
                    *d = map(*s);
                }
            }
            at += both;
        }
    }
}

impl<T: Dtype> Dst<'_, T> {
    /// Writes the first elements of a row.
    #[inline(always)]
    pub(crate) fn put_row(&mut self, row: usize, line: &[T]) {
        let (run, step) = self.layout.along_row(self.shape, size_of::<T>());
        for (part, from) in line.chunks(run).enumerate() {
            let first = self.index(row, part * run, size_of::<T>());
            put(&mut self.data[first..], step, from);
        }
    }

    /// Writes the first elements of a column.
    #[inline(always)]
    pub(crate) fn put_col(&mut self, col: usize, line: &[T]) {
        let (run, step) = self.layout.along_col(self.shape, size_of::<T>());
        for (part, from) in line.chunks(run).enumerate() {
            let first = self.index(part * run, col, size_of::<T>());
            put(&mut self.data[first..], step, from);
        }
    }
}

#[inline(always)]
fn put<T: Dtype>(to: &mut [T], step: usize, from: &[T]) {
    if step == 1 {
        to[..from.len()].copy_from_slice(from);
    } else {
        for (to, from) in to.iter_mut().step_by(step).zip(from) {
            *to = *from;
        }
    }
}
