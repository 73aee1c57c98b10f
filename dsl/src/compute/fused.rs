//! Semantics of ops that compute several steps at once.

use std::marker::PhantomData;

use half::f16;

use super::round::Rounded;
use crate::memory::{Dst, Over, Semantics, Src};
use crate::tile::{Dtype, DtypeId, Float};

/// What an op on its destination and two tiles computes for an element. Must be `#[inline(always)]`.
pub(crate) trait Map3<T>: 'static {
    fn map(d: T, x: T, y: T) -> T;
}

/// `dst = map(dst, src0, src1)`.
pub(crate) struct Updated<F, T>(PhantomData<(F, T)>);

impl<F: Map3<T>, T: Dtype> Semantics for Updated<F, T> {
    type Views<'a> = (Dst<'a, T>, Src<'a, T>, Src<'a, T>);

    #[inline(always)]
    fn run((dst, src0, src1): Self::Views<'_>, _: u64) {
        let lines = dst.lines();
        for line in 0..lines.count {
            let range = lines.range(line);
            let (x, y) = (&src0.data[range.clone()], &src1.data[range.clone()]);
            for ((d, x), y) in dst.data[range].iter_mut().zip(x).zip(y) {
                *d = F::map(*d, *x, *y);
            }
        }
    }
}

/// `dst = imm * src + dst`; the immediate is of the type of `src`.
pub(crate) struct Axpy<T, S>(PhantomData<(T, S)>);

impl<T: Float, S: Float> Semantics for Axpy<T, S> {
    type Views<'a> = (Dst<'a, T>, Src<'a, S>);

    #[inline(always)]
    fn run((dst, src): Self::Views<'_>, imm: u64) {
        let a = T::from_f32(S::from_bits(imm).to_f32());
        let lines = dst.lines();
        for line in 0..lines.count {
            let range = lines.range(line);
            for (d, x) in dst.data[range.clone()].iter_mut().zip(&src.data[range]) {
                *d = d.add(a.mul(T::from_f32(x.to_f32())));
            }
        }
    }
}

/// `dst = map(src0, src1)`, what is negative as 0, in another element type; a float that is too large as the greatest one where `SATURATES`.
pub(crate) struct ReluConverted<F, S, D, const SATURATES: bool>(PhantomData<(F, S, D)>);

/// A sum or a difference.
pub(crate) trait Combine: 'static {
    fn of<T: Dtype>(x: T, y: T) -> T;
}

impl<F: Combine, S: Rounded, D: Rounded, const SATURATES: bool> Semantics
    for ReluConverted<F, S, D, SATURATES>
{
    type Views<'a> = (Over<'a, D>, Src<'a, S>, Src<'a, S>);

    #[inline(always)]
    fn run((Over(dst), src0, src1): Self::Views<'_>, _: u64) {
        let halves = SATURATES && matches!(D::ID, DtypeId::F16);
        let greatest = if halves { f16::MAX.to_f32_const() } else { f32::INFINITY };
        let lines = dst.lines();
        for line in 0..lines.count {
            let range = lines.range(line);
            let (x, y) = (&src0.data[range.clone()], &src1.data[range.clone()]);
            for ((d, x), y) in dst.data[range].iter_mut().zip(x).zip(y) {
                // Exactly: all sources have values of an `f32`.
                let value = F::of(*x, *y).max(S::ZERO).to_f64() as f32;
                *d = D::nearest_f32(if value > greatest { greatest } else { value });
            }
        }
    }
}

/// `dst = (src0 + src1) * imm`, what is negative as 0; the immediate is an `f32`.
pub(crate) enum AddDequantized {}

/// The sum is scaled down before it is scaled, so that it stays in the range of an f16 on its way, and up again after it.
const SHIFT: f32 = 131_072.0;

impl Semantics for AddDequantized {
    type Views<'a> = (Over<'a, f16>, Src<'a, i32>, Src<'a, i32>);

    #[inline(always)]
    fn run((Over(dst), src0, src1): Self::Views<'_>, imm: u64) {
        let scale: f32 = Dtype::from_bits(imm);
        let lines = dst.lines();
        for line in 0..lines.count {
            let range = lines.range(line);
            let (x, y) = (&src0.data[range.clone()], &src1.data[range.clone()]);
            for ((d, x), y) in dst.data[range].iter_mut().zip(x).zip(y) {
                let sum = x.wrapping_add(*y) as f32;
                let scaled = sum * (1.0 / SHIFT) * scale * SHIFT;
                *d = Float::from_f32(Dtype::max(scaled, 0.0));
            }
        }
    }
}
