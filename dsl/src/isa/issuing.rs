//! Issuing: what the ops of one and of two tiles have in common, and the valid regions of operands.

use super::operand::{ElemOf, Like, VectorTile};
use crate::compute::elementwise::{
    At, Map1, Map2, Mapped, MappedInPlace, WideElementwise, Zipped, ZippedInPlace,
};
use crate::compute::scratch::WithScratch;
use crate::compute::wide::Wide;
use crate::event::{Live, Modify, Read, RecordEvent, Scratch, Write};
use crate::op::Op;
use crate::sealed::INNER;
use crate::tile::{AnyTile, Dtype};
use crate::unit::{Site, Trouble};

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
    dst.core().unit().issue::<O, WideElementwise<Mapped<At<D::Precision, F>, _>, _>>(
        &operands,
        1,
        imm.to_bits(),
        at,
    );
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
    unit.issue::<O, WideElementwise<MappedInPlace<At<D::Precision, F>, _>, _>>(
        &[dst.operand()],
        1,
        imm.to_bits(),
        at,
    );
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
    dst.core()
        .unit()
        .issue::<O, WideElementwise<Zipped<At<D::Precision, O>, _>, _>>(&operands, 1, 0, at);
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
    dst.core()
        .unit()
        .issue::<O, WideElementwise<ZippedInPlace<At<D::Precision, O>, _>, _>>(&operands, 1, 0, at);
    RecordEvent::new(Live(dst))
}

/// Issues `dst = map(src, imm)`, with a scratch tile.
#[inline(always)]
pub(crate) fn map1_with_tmp<'k, O, D, S, X>(
    dst: D,
    src: &S,
    imm: ElemOf<'k, D>,
    tmp: &mut X,
    at: Site,
) -> RecordEvent<O, Live<D::Tile>>
where
    O: Op + Map1<ElemOf<'k, D>>,
    D: Write<'k, O>,
    S: Read<'k, O>,
    X: Scratch<'k, O>,
{
    let (mut dst, src) = (dst.into_tile(INNER), src.data_of(INNER));
    take_region::<O>(&mut dst, src.valid(), at);
    let operands = [dst.operand(), tmp.scratch(INNER).operand(), src.operand()];
    let unit = dst.core().unit();
    unit.issue::<O, Wide<WithScratch<Mapped<At<D::Precision, O>, ElemOf<'k, D>>>>>(
        &operands,
        2,
        imm.to_bits(),
        at,
    );
    RecordEvent::new(Live(dst))
}

/// Issues `dst = map(dst, imm)`, with a scratch tile.
#[inline(always)]
pub(crate) fn map1_assign_with_tmp<'k, O, D, X>(
    dst: D,
    imm: ElemOf<'k, D>,
    tmp: &mut X,
    at: Site,
) -> RecordEvent<O, Live<D::Tile>>
where
    O: Op + Map1<ElemOf<'k, D>>,
    D: Modify<'k, O>,
    X: Scratch<'k, O>,
{
    let dst = dst.into_tile(INNER);
    let operands = [dst.operand(), tmp.scratch(INNER).operand()];
    let unit = dst.core().unit();
    unit.issue::<O, Wide<WithScratch<MappedInPlace<At<D::Precision, O>, ElemOf<'k, D>>>>>(
        &operands,
        2,
        imm.to_bits(),
        at,
    );
    RecordEvent::new(Live(dst))
}

/// Issues `dst = map(src0, src1)`, with a scratch tile.
#[inline(always)]
pub(crate) fn map2_with_tmp<'k, O, D, S0, S1, X>(
    dst: D,
    src0: &S0,
    src1: &S1,
    tmp: &mut X,
    at: Site,
) -> RecordEvent<O, Live<D::Tile>>
where
    O: Op + Map2<ElemOf<'k, D>>,
    D: Write<'k, O>,
    S0: Read<'k, O>,
    S1: Read<'k, O>,
    X: Scratch<'k, O>,
{
    let (mut dst, src0, src1) = (dst.into_tile(INNER), src0.data_of(INNER), src1.data_of(INNER));
    take_region::<O>(&mut dst, src0.valid(), at);
    same_region::<O>(&dst, src1.valid(), at);
    let tmp = tmp.scratch(INNER).operand();
    let operands = [dst.operand(), tmp, src0.operand(), src1.operand()];
    let unit = dst.core().unit();
    unit.issue::<O, Wide<WithScratch<Zipped<At<D::Precision, O>, ElemOf<'k, D>>>>>(
        &operands, 2, 0, at,
    );
    RecordEvent::new(Live(dst))
}

/// Issues `dst = map(dst, src)`, with a scratch tile.
#[inline(always)]
pub(crate) fn map2_assign_with_tmp<'k, O, D, S, X>(
    dst: D,
    src: &S,
    tmp: &mut X,
    at: Site,
) -> RecordEvent<O, Live<D::Tile>>
where
    O: Op + Map2<ElemOf<'k, D>>,
    D: Modify<'k, O>,
    S: Read<'k, O>,
    X: Scratch<'k, O>,
{
    let (dst, src) = (dst.into_tile(INNER), src.data_of(INNER));
    same_region::<O>(&dst, src.valid(), at);
    let operands = [dst.operand(), tmp.scratch(INNER).operand(), src.operand()];
    let unit = dst.core().unit();
    unit.issue::<O, Wide<WithScratch<ZippedInPlace<At<D::Precision, O>, ElemOf<'k, D>>>>>(
        &operands, 2, 0, at,
    );
    RecordEvent::new(Live(dst))
}
