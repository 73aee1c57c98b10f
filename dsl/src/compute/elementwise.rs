//! Element-wise computing: what the ops of one and of two tiles have in common.

use std::marker::PhantomData;

use super::wide::Wide;
use crate::memory::{Dst, Over, Semantics, Src};
use crate::op::precision::Precision;
use crate::simd::{SliceLoop, fetch_expected, vectorize_slices};
use crate::tile::Dtype;

/// What an op on one tile computes for an element; `imm` is its scalar operand, if it has one. Must be
/// `#[inline(always)]`, as must be [`Map2::map`].
pub(crate) trait Map1<T>: 'static {
    fn map(x: T, imm: T) -> T;

    /// Which form of the op this is: see [`Semantics::FORM`].
    const FORM: Option<&'static str> = None;

    /// [`Map1::map`] in high precision.
    #[inline(always)]
    fn map_high(x: T, imm: T) -> T {
        Self::map(x, imm)
    }

    /// Which form of the op [`Map1::map_high`] is.
    const HIGH_FORM: &'static str = HIGH_PRECISION;

    /// How many elements are computed at a time, of an op that takes long; so many [`Map1::are_moderate`] is asked about at once.
    const PIECE: usize = usize::MAX;

    /// Whether [`Map1::map_moderate`] may take the place of [`Map1::map`] for all of these.
    #[inline(always)]
    fn are_moderate(_: &[T]) -> bool {
        false
    }

    /// The same bits as [`Map1::map`], for less work.
    #[inline(always)]
    fn map_moderate(x: T, imm: T) -> T {
        Self::map(x, imm)
    }
}

/// What an op on two tiles computes for an element.
pub(crate) trait Map2<T>: 'static {
    fn map(x: T, y: T) -> T;

    /// How many elements are computed at a time, of an op that takes long.
    const PIECE: usize = usize::MAX;

    /// [`Map2::map`] in high precision.
    #[inline(always)]
    fn map_high(x: T, y: T) -> T {
        Self::map(x, y)
    }

    /// Which form of the op this is.
    const FORM: Option<&'static str> = None;
}

/// The form of an op in high precision.
pub const HIGH_PRECISION: &str = "HIGH_PRECISION";

/// `F`, as exactly as `P` says.
pub(crate) struct At<P, F>(PhantomData<(P, F)>);

impl<P: Precision, F: Map1<T>, T> Map1<T> for At<P, F> {
    const FORM: Option<&'static str> = if P::HIGH { Some(F::HIGH_FORM) } else { F::FORM };
    const PIECE: usize = if P::HIGH { usize::MAX } else { F::PIECE };

    #[inline(always)]
    fn map(x: T, imm: T) -> T {
        if P::HIGH { F::map_high(x, imm) } else { F::map(x, imm) }
    }

    #[inline(always)]
    fn are_moderate(elements: &[T]) -> bool {
        !P::HIGH && F::are_moderate(elements)
    }

    #[inline(always)]
    fn map_moderate(x: T, imm: T) -> T {
        F::map_moderate(x, imm)
    }
}

impl<P: Precision, F: Map2<T>, T> Map2<T> for At<P, F> {
    const PIECE: usize = F::PIECE;
    const FORM: Option<&'static str> = if P::HIGH { Some(HIGH_PRECISION) } else { F::FORM };

    #[inline(always)]
    fn map(x: T, y: T) -> T {
        if P::HIGH { F::map_high(x, y) } else { F::map(x, y) }
    }
}

/// While a piece of an op that takes long is computed, memory has time for what is loaded next.
#[inline(always)]
fn meanwhile<T>(computed: &[T], piece: usize) {
    if piece < usize::MAX {
        fetch_expected(computed);
    }
}

/// `dst = map(dst)` for elements side by side.
#[inline(always)]
pub(crate) fn map_all<F: Map1<T>, T: Dtype>(dst: &mut [T], imm: T) {
    for piece in dst.chunks_mut(F::PIECE) {
        meanwhile(piece, F::PIECE);
        if F::are_moderate(piece) {
            for d in piece {
                *d = F::map_moderate(*d, imm);
            }
        } else {
            for d in piece {
                *d = F::map(*d, imm);
            }
        }
    }
}

/// What is written, and up to two things that are read: as many elements side by side, or none.
pub(crate) type Neighbours<'v, T> = (&'v mut [T], &'v [T], &'v [T]);

/// Semantics that compute each element by itself, and neighbours as [`SliceLoop`] says.
pub(crate) trait Elementwise<T>: Semantics + SliceLoop<T> {
    /// All that there is to compute, where that is one run of elements.
    fn neighbours<'v>(views: &'v mut Self::Views<'_>) -> Option<Neighbours<'v, T>>;
}

/// `S` with the widest vector instructions that the machine has. Of tiles that are valid as a whole no more is passed on than where they are.
pub(crate) struct WideElementwise<S, T>(PhantomData<(S, T)>);

impl<S: Elementwise<T>, T: Dtype> Semantics for WideElementwise<S, T> {
    type Views<'a> = S::Views<'a>;
    const FORM: Option<&'static str> = S::FORM;

    #[inline(always)]
    fn run(mut views: Self::Views<'_>, imm: u64) {
        if let Some((dst, x, y)) = S::neighbours(&mut views) {
            return vectorize_slices::<S, T>(dst, x, y, imm);
        }
        Wide::<S>::run(views, imm);
    }
}

/// `dst = map(src)`.
pub(crate) struct Mapped<F, T>(PhantomData<(F, T)>);

impl<F: Map1<T>, T: Dtype> Semantics for Mapped<F, T> {
    type Views<'a> = (Over<'a, T>, Src<'a, T>);
    const FORM: Option<&'static str> = F::FORM;

    #[inline(always)]
    fn run((Over(dst), src): Self::Views<'_>, imm: u64) {
        let lines = dst.lines();
        for line in 0..lines.count {
            let range = lines.range(line);
            Self::all(&mut dst.data[range.clone()], &src.data[range], &[], imm);
        }
    }
}

impl<F: Map1<T>, T: Dtype> Elementwise<T> for Mapped<F, T> {
    #[inline(always)]
    fn neighbours<'v>((Over(dst), src): &'v mut Self::Views<'_>) -> Option<Neighbours<'v, T>> {
        let range = dst.lines().only()?;
        Some((&mut dst.data[range.clone()], &src.data[range], &[]))
    }
}

impl<F: Map1<T>, T: Dtype> SliceLoop<T> for Mapped<F, T> {
    #[inline(always)]
    fn all(dst: &mut [T], src: &[T], _: &[T], imm: u64) {
        for (dst, src) in dst.chunks_mut(F::PIECE).zip(src.chunks(F::PIECE)) {
            meanwhile(src, F::PIECE);
            if F::are_moderate(src) {
                for (d, s) in dst.iter_mut().zip(src) {
                    *d = F::map_moderate(*s, T::from_bits(imm));
                }
            } else {
                for (d, s) in dst.iter_mut().zip(src) {
                    *d = F::map(*s, T::from_bits(imm));
                }
            }
        }
    }
}

/// `dst = map(dst)`.
pub(crate) struct MappedInPlace<F, T>(PhantomData<(F, T)>);

impl<F: Map1<T>, T: Dtype> Semantics for MappedInPlace<F, T> {
    type Views<'a> = (Dst<'a, T>,);
    const FORM: Option<&'static str> = F::FORM;

    #[inline(always)]
    fn run((dst,): Self::Views<'_>, imm: u64) {
        let lines = dst.lines();
        for line in 0..lines.count {
            Self::all(&mut dst.data[lines.range(line)], &[], &[], imm);
        }
    }
}

impl<F: Map1<T>, T: Dtype> Elementwise<T> for MappedInPlace<F, T> {
    #[inline(always)]
    fn neighbours<'v>((dst,): &'v mut Self::Views<'_>) -> Option<Neighbours<'v, T>> {
        let range = dst.lines().only()?;
        Some((&mut dst.data[range], &[], &[]))
    }
}

impl<F: Map1<T>, T: Dtype> SliceLoop<T> for MappedInPlace<F, T> {
    #[inline(always)]
    fn all(dst: &mut [T], _: &[T], _: &[T], imm: u64) {
        map_all::<F, T>(dst, T::from_bits(imm));
    }
}

/// `dst = map(src0, src1)`.
pub(crate) struct Zipped<F, T>(PhantomData<(F, T)>);

impl<F: Map2<T>, T: Dtype> Semantics for Zipped<F, T> {
    type Views<'a> = (Over<'a, T>, Src<'a, T>, Src<'a, T>);
    const FORM: Option<&'static str> = F::FORM;

    #[inline(always)]
    fn run((Over(dst), src0, src1): Self::Views<'_>, _: u64) {
        let lines = dst.lines();
        for line in 0..lines.count {
            let range = lines.range(line);
            let (x, y) = (&src0.data[range.clone()], &src1.data[range.clone()]);
            Self::all(&mut dst.data[range], x, y, 0);
        }
    }
}

impl<F: Map2<T>, T: Dtype> Elementwise<T> for Zipped<F, T> {
    #[inline(always)]
    fn neighbours<'v>(
        (Over(dst), src0, src1): &'v mut Self::Views<'_>,
    ) -> Option<Neighbours<'v, T>> {
        let range = dst.lines().only()?;
        Some((&mut dst.data[range.clone()], &src0.data[range.clone()], &src1.data[range]))
    }
}

impl<F: Map2<T>, T: Dtype> SliceLoop<T> for Zipped<F, T> {
    #[inline(always)]
    fn all(dst: &mut [T], x: &[T], y: &[T], _: u64) {
        let pieces = dst.chunks_mut(F::PIECE).zip(x.chunks(F::PIECE));
        for ((dst, x), y) in pieces.zip(y.chunks(F::PIECE)) {
            meanwhile(x, F::PIECE);
            for ((d, x), y) in dst.iter_mut().zip(x).zip(y) {
                *d = F::map(*x, *y);
            }
        }
    }
}

/// `dst = map(dst, src)`.
pub(crate) struct ZippedInPlace<F, T>(PhantomData<(F, T)>);

impl<F: Map2<T>, T: Dtype> Semantics for ZippedInPlace<F, T> {
    type Views<'a> = (Dst<'a, T>, Src<'a, T>);
    const FORM: Option<&'static str> = F::FORM;

    #[inline(always)]
    fn run((dst, src): Self::Views<'_>, _: u64) {
        let lines = dst.lines();
        for line in 0..lines.count {
            let range = lines.range(line);
            Self::all(&mut dst.data[range.clone()], &src.data[range], &[], 0);
        }
    }
}

impl<F: Map2<T>, T: Dtype> Elementwise<T> for ZippedInPlace<F, T> {
    #[inline(always)]
    fn neighbours<'v>((dst, src): &'v mut Self::Views<'_>) -> Option<Neighbours<'v, T>> {
        let range = dst.lines().only()?;
        Some((&mut dst.data[range.clone()], &src.data[range], &[]))
    }
}

impl<F: Map2<T>, T: Dtype> SliceLoop<T> for ZippedInPlace<F, T> {
    #[inline(always)]
    fn all(dst: &mut [T], src: &[T], _: &[T], _: u64) {
        for (d, s) in dst.iter_mut().zip(src) {
            *d = F::map(*d, *s);
        }
    }
}
