//! Element-wise computing: what the ops of one and of two tiles have in common.

use std::marker::PhantomData;

use super::operand::{ElemOf, Like, VectorTile};
use super::wide::Wide;
use crate::event::{Live, Modify, Read, RecordEvent, Write};
use crate::issue::{Dst, Over, Semantics, Site, Src, Trouble};
use crate::op::Op;
use crate::sealed::INNER;
use crate::tile::{AnyTile, Dtype};

/// What an op on one tile computes for an element; `imm` is its scalar operand, if it has one. Must be
/// `#[inline(always)]`, as must be [`Map2::map`].
pub(crate) trait Map1<T>: 'static {
    fn map(x: T, imm: T) -> T;

    /// How many elements [`Map1::are_moderate`] is asked about at once.
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
}

/// `dst = map(dst)` for elements side by side.
#[inline(always)]
pub(crate) fn map_all<F: Map1<T>, T: Dtype>(dst: &mut [T], imm: T) {
    for piece in dst.chunks_mut(F::PIECE) {
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

/// `dst = map(src)`.
pub(crate) struct Mapped<F, T>(PhantomData<(F, T)>);

impl<F: Map1<T>, T: Dtype> Semantics for Mapped<F, T> {
    type Views<'a> = (Over<'a, T>, Src<'a, T>);

    #[inline(always)]
    fn run((Over(dst), src): Self::Views<'_>, imm: u64) {
        let lines = dst.lines();
        for line in 0..lines.count {
            let range = lines.range(line);
            let pieces = dst.data[range.clone()].chunks_mut(F::PIECE);
            for (dst, src) in pieces.zip(src.data[range].chunks(F::PIECE)) {
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
}

/// `dst = map(dst)`.
pub(crate) struct MappedInPlace<F, T>(PhantomData<(F, T)>);

impl<F: Map1<T>, T: Dtype> Semantics for MappedInPlace<F, T> {
    type Views<'a> = (Dst<'a, T>,);

    #[inline(always)]
    fn run((dst,): Self::Views<'_>, imm: u64) {
        let lines = dst.lines();
        for line in 0..lines.count {
            map_all::<F, T>(&mut dst.data[lines.range(line)], T::from_bits(imm));
        }
    }
}

/// `dst = map(src0, src1)`.
pub(crate) struct Zipped<F, T>(PhantomData<(F, T)>);

impl<F: Map2<T>, T: Dtype> Semantics for Zipped<F, T> {
    type Views<'a> = (Over<'a, T>, Src<'a, T>, Src<'a, T>);

    #[inline(always)]
    fn run((Over(dst), src0, src1): Self::Views<'_>, _: u64) {
        let lines = dst.lines();
        for line in 0..lines.count {
            let range = lines.range(line);
            let (x, y) = (&src0.data[range.clone()], &src1.data[range.clone()]);
            for ((d, x), y) in dst.data[range].iter_mut().zip(x).zip(y) {
                *d = F::map(*x, *y);
            }
        }
    }
}

/// `dst = map(dst, src)`.
pub(crate) struct ZippedInPlace<F, T>(PhantomData<(F, T)>);

impl<F: Map2<T>, T: Dtype> Semantics for ZippedInPlace<F, T> {
    type Views<'a> = (Dst<'a, T>, Src<'a, T>);

    #[inline(always)]
    fn run((dst, src): Self::Views<'_>, _: u64) {
        let lines = dst.lines();
        for line in 0..lines.count {
            let range = lines.range(line);
            for (d, s) in dst.data[range.clone()].iter_mut().zip(&src.data[range]) {
                *d = F::map(*d, *s);
            }
        }
    }
}

/// Gives `dst` the valid region `region`, or stops the kernel.
#[inline(always)]
pub(crate) fn take_region<'k, O: Op>(dst: &mut impl AnyTile<'k>, region: (usize, usize), at: Site) {
    if !dst.set_valid(region) {
        mismatch::<O>(dst, region, at);
    }
}

/// Stops the kernel where two regions that must be equal are not.
#[inline(always)]
pub(crate) fn same_region<'k, O: Op>(left: &impl AnyTile<'k>, right: (usize, usize), at: Site) {
    if left.valid() != right {
        mismatch::<O>(left, right, at);
    }
}

#[cold]
pub(crate) fn mismatch<'k, O: Op>(left: &impl AnyTile<'k>, right: (usize, usize), at: Site) {
    let trouble = Trouble::ValidMismatch { code: O::CODE, left: left.valid(), right };
    left.core().unit().fail(trouble, at);
}

/// Issues `dst = map(src, imm)`.
#[inline(always)]
pub(crate) fn map1<'k, O, F, D, S>(
    dst: D,
    src: &S,
    imm: ElemOf<'k, D>,
    at: Site,
) -> RecordEvent<O, Live<D::Tile>>
where
    O: Op,
    F: Map1<ElemOf<'k, D>>,
    D: Write<'k, O, Tile: VectorTile<'k, O>>,
    S: Read<'k, O, Tile: Like<D::Tile>>,
{
    let (mut dst, src) = (dst.into_tile(INNER), src.data_of(INNER));
    take_region::<O>(&mut dst, src.valid(), at);
    let operands = [dst.operand(), src.operand()];
    dst.core().unit().issue::<O, Wide<Mapped<F, _>>>(&operands, 1, imm.to_bits(), at);
    RecordEvent::new(Live(dst))
}

/// Issues `dst = map(dst, imm)`.
#[inline(always)]
pub(crate) fn map1_assign<'k, O, F, D>(
    dst: D,
    imm: <D::Tile as AnyTile<'k>>::Elem,
    at: Site,
) -> RecordEvent<O, Live<D::Tile>>
where
    O: Op,
    F: Map1<<D::Tile as AnyTile<'k>>::Elem>,
    D: Modify<'k, O, Tile: VectorTile<'k, O>>,
{
    let dst = dst.into_tile(INNER);
    let unit = dst.core().unit();
    unit.issue::<O, Wide<MappedInPlace<F, _>>>(&[dst.operand()], 1, imm.to_bits(), at);
    RecordEvent::new(Live(dst))
}

/// Issues `dst = map(src0, src1)`.
#[inline(always)]
pub(crate) fn map2<'k, O, D, S0, S1>(
    dst: D,
    src0: &S0,
    src1: &S1,
    at: Site,
) -> RecordEvent<O, Live<D::Tile>>
where
    O: Op + Map2<ElemOf<'k, D>>,
    D: Write<'k, O, Tile: VectorTile<'k, O>>,
    S0: Read<'k, O, Tile: Like<D::Tile>>,
    S1: Read<'k, O, Tile: Like<D::Tile>>,
{
    let (mut dst, src0, src1) = (dst.into_tile(INNER), src0.data_of(INNER), src1.data_of(INNER));
    take_region::<O>(&mut dst, src0.valid(), at);
    same_region::<O>(&dst, src1.valid(), at);
    let operands = [dst.operand(), src0.operand(), src1.operand()];
    dst.core().unit().issue::<O, Wide<Zipped<O, _>>>(&operands, 1, 0, at);
    RecordEvent::new(Live(dst))
}

/// Issues `dst = map(dst, src)`.
#[inline(always)]
pub(crate) fn map2_assign<'k, O, D, S>(dst: D, src: &S, at: Site) -> RecordEvent<O, Live<D::Tile>>
where
    O: Op + Map2<<D::Tile as AnyTile<'k>>::Elem>,
    D: Modify<'k, O, Tile: VectorTile<'k, O>>,
    S: Read<'k, O, Tile: Like<D::Tile>>,
{
    let (dst, src) = (dst.into_tile(INNER), src.data_of(INNER));
    same_region::<O>(&dst, src.valid(), at);
    let operands = [dst.operand(), src.operand()];
    dst.core().unit().issue::<O, Wide<ZippedInPlace<O, _>>>(&operands, 1, 0, at);
    RecordEvent::new(Live(dst))
}
