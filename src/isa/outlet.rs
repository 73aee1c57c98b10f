//! What FIX makes of the elements of an accumulator, and the loops that take them to another tile.

use std::marker::PhantomData;

use super::round::Rounded;
use crate::issue::{Dst, Semantics, Src};
use crate::tile::Dtype;
use crate::tile::layout::FRACTAL_ROWS;

/// Elements of a row of an accumulator that lie side by side.
pub(super) const LINE: usize = FRACTAL_ROWS;

/// What becomes of an element of an accumulator on its way out.
pub trait Outlet: 'static {
    /// The element type of the accumulator.
    type Acc: Dtype;
    /// The element type outside.
    type Out: Dtype;
    /// The element as it leaves; if `relu`, without what is negative.
    #[doc(hidden)]
    fn out(x: Self::Acc, scale: f32, relu: bool) -> Self::Out;
}

/// Rounded to `T`; there is no scale.
#[derive(Debug)]
pub struct Narrowed<T>(PhantomData<T>);

impl<T: Dtype> Outlet for Narrowed<T> {
    type Acc = T::Sum;
    type Out = T;

    #[inline(always)]
    fn out(x: T::Sum, _: f32, relu: bool) -> T {
        T::narrow(if relu { x.max(T::Sum::ZERO) } else { x })
    }
}

/// Times a scale, rounded to `T`.
#[derive(Debug)]
pub struct Scaled<A, T>(PhantomData<(A, T)>);

impl<A: Rounded, T: Rounded> Outlet for Scaled<A, T> {
    type Acc = A;
    type Out = T;

    #[inline(always)]
    fn out(x: A, scale: f32, relu: bool) -> T {
        let scaled = x.to_f64() * f64::from(scale);
        // Neither a NaN nor a negative zero is greater than zero.
        let kept = if !relu || scaled > 0.0 { scaled } else { 0.0 };
        T::rounded(kept, f64::round_ties_even)
    }
}

/// How an op of FIX treats its accumulator: what its immediate says.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Way {
    pub(super) scale: f32,
    pub(super) relu: bool,
    /// The corner of the window: in the accumulator, or in the tile that it is inserted into.
    pub(super) corner: (usize, usize),
}

impl Way {
    /// As an immediate. No on-chip memory has room for a tile of 2^15 rows of a fractal, or columns of one.
    pub(super) fn to_imm(self) -> u64 {
        let (row, col) = (self.corner.0 as u64, self.corner.1 as u64);
        u64::from(self.scale.to_bits()) | u64::from(self.relu) << 32 | row << 33 | col << 48
    }

    pub(super) fn of_imm(imm: u64) -> Self {
        let corner = ((imm >> 33) as usize & 0x7fff, (imm >> 48) as usize);
        Way { scale: f32::from_bits(imm as u32), relu: imm >> 32 & 1 == 1, corner }
    }
}

/// The scales of the columns of an accumulator: one for all, or one each, as words whose low half is the scale.
#[derive(Clone, Copy)]
pub(super) enum Scales<'a> {
    All(f32),
    Each(&'a [u64]),
}

impl Scales<'_> {
    /// Those of up to [`LINE`] columns from `col` on.
    #[inline(always)]
    pub(super) fn line(&self, col: usize) -> [f32; LINE] {
        match self {
            Scales::All(scale) => [*scale; LINE],
            Scales::Each(words) => {
                let mut line = [0.0; LINE];
                for (scale, word) in line.iter_mut().zip(&words[col..]) {
                    *scale = f32::from_bits(*word as u32);
                }
                line
            }
        }
    }
}

/// An accumulator, or a window of it, to a tile.
pub(super) struct Drained<X>(PhantomData<X>);

impl<X: Outlet> Semantics for Drained<X> {
    type Views<'a> = (Dst<'a, X::Out>, Src<'a, X::Acc>);

    #[inline(always)]
    fn run((mut dst, src): Self::Views<'_>, imm: u64) {
        let way = Way::of_imm(imm);
        let extent = dst.valid;
        drain::<X>(&mut dst, (0, 0), &src, way.corner, extent, way.relu, Scales::All(way.scale));
    }
}

/// Takes a window of an accumulator of `extent` to a window of a tile, line by line of a column of its blocks.
#[inline(always)]
pub(super) fn drain<X: Outlet>(
    dst: &mut Dst<'_, X::Out>,
    to: (usize, usize),
    src: &Src<'_, X::Acc>,
    from: (usize, usize),
    (rows, cols): (usize, usize),
    relu: bool,
    scales: Scales<'_>,
) {
    // In each of the layouts that a tile outside may have, a column of blocks of this width lies in one piece.
    let (width, _) = dst.layout.along_row(dst.shape, size_of::<X::Out>());
    let mut col = 0;
    while col < cols {
        let (there, here) = (to.1 + col, from.1 + col);
        let len = (width - there % width).min(LINE - here % LINE).min(cols - col);
        let first = dst.index(to.0, there, size_of::<X::Out>());
        let lines_to = dst.data[first..].chunks_mut(width).take(rows);
        let lines_from = src.data[src.index(from.0, here, size_of::<X::Acc>())..].chunks(LINE);
        let scales = scales.line(here);
        if relu {
            for (to, from) in lines_to.zip(lines_from) {
                part::<X>(&mut to[..len], &from[..len], &scales, true);
            }
        } else {
            for (to, from) in lines_to.zip(lines_from) {
                part::<X>(&mut to[..len], &from[..len], &scales, false);
            }
        }
        col += len;
    }
}

/// Takes elements of a row out: a whole line most often, or half of one.
#[inline(always)]
pub(super) fn part<X: Outlet>(
    to: &mut [X::Out],
    from: &[X::Acc],
    scales: &[f32; LINE],
    relu: bool,
) {
    if let (Some(to), Some(from)) = (to.as_mut_array(), from.as_array()) {
        line::<X, LINE>(to, from, scales, relu);
    } else if let (Some(to), Some(from)) = (to.as_mut_array(), from.as_array()) {
        line::<X, { LINE / 2 }>(to, from, scales, relu);
    } else {
        for ((to, from), scale) in to.iter_mut().zip(from).zip(scales) {
            *to = X::out(*from, *scale, relu);
        }
    }
}

#[inline(always)]
fn line<X: Outlet, const N: usize>(
    to: &mut [X::Out; N],
    from: &[X::Acc; N],
    scales: &[f32; LINE],
    relu: bool,
) {
    for i in 0..N {
        to[i] = X::out(from[i], scales[i], relu);
    }
}
