//! What FIX makes of the elements of an accumulator, and the loops that take them to another tile.

use std::marker::PhantomData;

use super::round::{Nearest, Rounded};
use crate::tile::Dtype;
use crate::tile::layout::FRACTAL_ROWS;
use crate::unit::{Dst, Semantics, Src};

/// Elements of a row of an accumulator that lie side by side.
pub(crate) const LINE: usize = FRACTAL_ROWS;

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

impl<A: Rounded, T: Nearest> Outlet for Scaled<A, T> {
    type Acc = A;
    type Out = T;

    #[inline(always)]
    fn out(x: A, scale: f32, relu: bool) -> T {
        let scaled = x.to_f64() * f64::from(scale);
        // Neither a NaN nor a negative zero is greater than zero.
        let kept = if !relu || scaled > 0.0 { scaled } else { 0.0 };
        T::nearest(kept)
    }
}

/// How an op of FIX treats its accumulator: what its immediate says.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Way {
    pub(crate) scale: f32,
    pub(crate) relu: bool,
    /// The corner of the window: in the accumulator, or in the tile that it is inserted into.
    pub(crate) corner: (usize, usize),
}

impl Way {
    /// As an immediate. No on-chip memory has room for a tile of 2^15 rows of a fractal, or columns of one.
    pub(crate) fn to_imm(self) -> u64 {
        let (row, col) = (self.corner.0 as u64, self.corner.1 as u64);
        u64::from(self.scale.to_bits()) | u64::from(self.relu) << 32 | row << 33 | col << 48
    }

    pub(crate) fn of_imm(imm: u64) -> Self {
        let corner = ((imm >> 33) as usize & 0x7fff, (imm >> 48) as usize);
        Way { scale: f32::from_bits(imm as u32), relu: imm >> 32 & 1 == 1, corner }
    }
}

/// The scales of the columns of an accumulator: one for all, or one each, as words whose low half is the scale.
#[derive(Clone, Copy)]
pub(crate) enum Scales<'a> {
    All(f32),
    Each(&'a [u64]),
}

impl Scales<'_> {
    /// Those of up to [`LINE`] columns from `col` on.
    #[inline(always)]
    pub(crate) fn line(&self, col: usize) -> [f32; LINE] {
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

/// Which of the two tiles the corner of the window lies in.
pub(crate) trait Window: 'static {
    /// The corner in the destination, the corner in the accumulator, and the extent of the window.
    fn place(
        corner: (usize, usize),
        dst: (usize, usize),
        src: (usize, usize),
    ) -> [(usize, usize); 3];
}

/// A window of the accumulator fills the valid region of the tile.
pub(crate) struct Cut;

impl Window for Cut {
    #[inline(always)]
    fn place(
        corner: (usize, usize),
        dst: (usize, usize),
        _: (usize, usize),
    ) -> [(usize, usize); 3] {
        [(0, 0), corner, dst]
    }
}

/// The valid region of the accumulator fills a window of the tile.
pub(crate) struct Inserted;

impl Window for Inserted {
    #[inline(always)]
    fn place(
        corner: (usize, usize),
        _: (usize, usize),
        src: (usize, usize),
    ) -> [(usize, usize); 3] {
        [corner, (0, 0), src]
    }
}

/// An accumulator to a tile, through a window of one of the two.
pub(crate) struct Drained<X, W>(PhantomData<(X, W)>);

impl<X: Outlet, W: Window> Semantics for Drained<X, W> {
    type Views<'a> = (Dst<'a, X::Out>, Src<'a, X::Acc>);

    #[inline(always)]
    fn run((mut dst, src): Self::Views<'_>, imm: u64) {
        let way = Way::of_imm(imm);
        let window = W::place(way.corner, dst.valid, src.valid);
        drain::<X>(&mut dst, &src, window, way.relu, Scales::All(way.scale));
    }
}

/// As [`Drained`], with a scale for each column of the accumulator.
pub(crate) struct DrainedBy<X, W>(PhantomData<(X, W)>);

impl<X: Outlet, W: Window> Semantics for DrainedBy<X, W> {
    type Views<'a> = (Dst<'a, X::Out>, Src<'a, X::Acc>, Src<'a, u64>);

    #[inline(always)]
    fn run((mut dst, src, table): Self::Views<'_>, imm: u64) {
        let way = Way::of_imm(imm);
        let window = W::place(way.corner, dst.valid, src.valid);
        drain::<X>(&mut dst, &src, window, way.relu, Scales::Each(table.data));
    }
}

/// Takes a window of an accumulator to a window of a tile, one column of blocks after the other.
#[inline(always)]
fn drain<X: Outlet>(
    dst: &mut Dst<'_, X::Out>,
    src: &Src<'_, X::Acc>,
    [to, from, (rows, cols)]: [(usize, usize); 3],
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
pub(crate) fn part<X: Outlet>(
    to: &mut [X::Out],
    from: &[X::Acc],
    scales: &[f32; LINE],
    relu: bool,
) {
    if let (Some(to), Some(from)) = (to.as_mut_array(), from.as_array()) {
        *to = line::<X, LINE>(*from, scales, relu);
    } else if let (Some(to), Some(from)) = (to.as_mut_array(), from.as_array()) {
        *to = line::<X, { LINE / 2 }>(*from, scales, relu);
    } else {
        for ((to, from), scale) in to.iter_mut().zip(from).zip(scales) {
            *to = X::out(*from, *scale, relu);
        }
    }
}

/// By value, so that it becomes vector instructions: a slice that is written could overlap the one that is read.
#[inline(always)]
fn line<X: Outlet, const N: usize>(
    from: [X::Acc; N],
    scales: &[f32; LINE],
    relu: bool,
) -> [X::Out; N] {
    let mut to = [X::Out::ZERO; N];
    for i in 0..N {
        to[i] = X::out(from[i], scales[i], relu);
    }
    to
}

#[cfg(test)]
mod tests {
    use half::f16;

    use super::*;

    fn scaled<T: Nearest>(x: f32, scale: f32, relu: bool) -> T {
        Scaled::<f32, T>::out(x, scale, relu)
    }

    #[test]
    fn halves_go_to_the_even_neighbour() {
        let of = |x| scaled::<i8>(x, 1.0, false);
        assert_eq!([0.5, 1.5, 2.5, -0.5, -1.5, -2.5].map(of), [0, 2, 2, 0, -2, -2]);
        assert_eq!(of(0.500_000_06), 1);
        assert_eq!(scaled::<u8>(1.0, 2.5, false), 2);
    }

    #[test]
    fn bytes_are_rounded_as_by_a_conversion() {
        for step in -3000..3000 {
            let x = f64::from(step) / 8.0;
            assert_eq!(i8::nearest(x), i8::rounded(x, f64::round_ties_even), "{x}");
            assert_eq!(u8::nearest(x), u8::rounded(x, f64::round_ties_even), "{x}");
        }
    }

    #[test]
    fn integers_saturate_and_a_nan_is_zero() {
        for (x, low, high) in [(1e30, 127, 255), (f32::INFINITY, 127, 255), (f32::NAN, 0, 0)] {
            assert_eq!(scaled::<i8>(x, 1.0, false), low);
            assert_eq!(scaled::<u8>(x, 1.0, false), high);
        }
        for x in [-129.0, -1e30, f32::NEG_INFINITY] {
            assert_eq!(scaled::<i8>(x, 1.0, false), -128);
            assert_eq!(scaled::<u8>(x, 1.0, false), 0);
            assert_eq!(scaled::<i8>(x, 1.0, true), 0);
        }
        assert_eq!(scaled::<i8>(f32::INFINITY, 0.0, false), 0, "infinity times zero is a NaN");
        assert_eq!(Scaled::<i32, i8>::out(i32::MIN, 1.0, false), -128);
        assert_eq!(Scaled::<i32, u8>::out(i32::MAX, 1.0, false), 255);
    }

    #[test]
    fn floats_overflow_to_infinity_and_relu_makes_zeros() {
        assert_eq!(scaled::<f16>(65_504.0, 1.0, false), f16::MAX);
        assert_eq!(scaled::<f16>(65_520.0, 1.0, false), f16::INFINITY);
        assert_eq!(scaled::<f16>(-1.0, 1e30, false), f16::NEG_INFINITY);
        assert!(scaled::<f16>(f32::NAN, 1.0, false).is_nan());
        assert_eq!(scaled::<f32>(f32::MAX, 2.0, false), f32::INFINITY);
        assert_eq!(scaled::<f32>(-0.0, 1.0, false).to_bits(), (-0.0_f32).to_bits());
        for x in [-0.0, f32::NAN, -1.0, f32::NEG_INFINITY] {
            assert_eq!(scaled::<f32>(x, 1.0, true).to_bits(), 0, "{x}");
            assert_eq!(Narrowed::<f32>::out(x, 1.0, true).to_bits(), 0, "{x}");
            assert_eq!(Narrowed::<f16>::out(x, 1.0, true).to_bits(), 0, "{x}");
        }
    }

    #[test]
    fn an_immediate_says_all() {
        let way = Way { scale: -0.1, relu: true, corner: (16_383, 32_767) };
        let back = Way::of_imm(way.to_imm());
        assert_eq!((back.scale, back.relu, back.corner), (way.scale, way.relu, way.corner));
    }
}
