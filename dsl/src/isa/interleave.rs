//! Elements in turn: TINTERLEAVE, TDEINTERLEAVE, TPAIRREDUCESUM.

use super::declare::scope::*;
use super::issuing::{mismatch, same_region, take_region};
use super::operand::{PartOf, RowMajorTile, TileOf};
use crate::compute::interleave::{Deinterleaved, Interleaved, PairSums, Split};
use crate::compute::wide::Wide;
use crate::op::*;
use crate::sealed::INNER;
use crate::unit::Site;

/// What the ops with two results return, in the order of their arguments.
type Both<'k, O, D1, D0> = RecordEvent<O, (Live<TileOf<'k, D1>>, Live<TileOf<'k, D0>>)>;

/// Stops the kernel where `src` has an odd number of valid columns.
#[inline(always)]
fn even<'k, O: Op>(src: &impl AnyTile<'k>, at: Site) {
    let (rows, cols) = src.valid();
    if cols % 2 == 1 {
        mismatch::<O>(src, (rows, cols + 1), at);
    }
}

#[tilesync_macros::op(TInterleave("TINTERLEAVE") "dst0, dst1 = src0[i,0], src1[i,0], src0[i,1], src1[i,1], .." a2a3 [] a5 [i8 u8 i16 u16 i32 u32 f16 bf16 f32])]
/// The elements of a row of both sources in turn: the first half of them to `dst0`, the second half to `dst1`. The arguments stand in PTO's order,
/// the second of each two first; both results come back behind one token, to be taken apart with `.split()`.
///
/// # Errors
///
/// If the sources' valid regions differ, or have an odd number of columns, or a destination cannot take them, the kernel stops with a
/// [`Fault`](crate::Fault).
pub fn tinterleave<'k, D1, D0, S1, S0>(
    dst1: D1,
    dst0: D0,
    src1: &S1,
    src0: &S0,
) -> Both<'k, TInterleave, D1, D0>
where
    D1: Write<'k, TInterleave, Tile: Like<D0::Tile>>,
    D0: Write<'k, TInterleave, Tile: VectorTile<'k, TInterleave> + RowMajorTile>,
    S1: Read<'k, TInterleave, Tile: Like<D0::Tile>>,
    S0: Read<'k, TInterleave, Tile: Like<D0::Tile>>,
{
    let at = Location::caller();
    let (mut dst1, mut dst0) = (dst1.into_tile(INNER), dst0.into_tile(INNER));
    let (src1, src0) = (src1.data_of(INNER), src0.data_of(INNER));
    even::<TInterleave>(src0, at);
    same_region::<TInterleave>(src0, src1.valid(), at);
    take_region::<TInterleave>(&mut dst0, src0.valid(), at);
    take_region::<TInterleave>(&mut dst1, src0.valid(), at);
    let operands = [dst1.operand(), dst0.operand(), src1.operand(), src0.operand()];
    let unit = dst0.core().unit();
    unit.issue::<TInterleave, Wide<Interleaved<ElemOf<'k, D0>>>>(&operands, 2, 0, at);
    RecordEvent::new((Live(dst1), Live(dst0)))
}

#[tilesync_macros::op(TDeinterleave("TDEINTERLEAVE") "dst0 = src[i,0], src[i,2], ..; dst1 = src[i,1], src[i,3], .., with src = src0, src1" a2a3 [] a5 [i8 u8 i16 u16 i32 u32 f16 bf16 f32])]
/// What [`tinterleave`] has put in turn is taken apart. The arguments stand in PTO's order, the second of each two first; both results
/// come back behind one token, to be taken apart with `.split()`.
///
/// # Errors
///
/// As for [`tinterleave`].
pub fn tdeinterleave<'k, D1, D0, S1, S0>(
    dst1: D1,
    dst0: D0,
    src1: &S1,
    src0: &S0,
) -> Both<'k, TDeinterleave, D1, D0>
where
    D1: Write<'k, TDeinterleave, Tile: Like<D0::Tile>>,
    D0: Write<'k, TDeinterleave, Tile: VectorTile<'k, TDeinterleave> + RowMajorTile>,
    S1: Read<'k, TDeinterleave, Tile: Like<D0::Tile>>,
    S0: Read<'k, TDeinterleave, Tile: Like<D0::Tile>>,
{
    let at = Location::caller();
    let (mut dst1, mut dst0) = (dst1.into_tile(INNER), dst0.into_tile(INNER));
    let (src1, src0) = (src1.data_of(INNER), src0.data_of(INNER));
    even::<TDeinterleave>(src0, at);
    same_region::<TDeinterleave>(src0, src1.valid(), at);
    take_region::<TDeinterleave>(&mut dst0, src0.valid(), at);
    take_region::<TDeinterleave>(&mut dst1, src0.valid(), at);
    let operands = [dst1.operand(), dst0.operand(), src1.operand(), src0.operand()];
    let unit = dst0.core().unit();
    unit.issue::<TDeinterleave, Wide<Deinterleaved<ElemOf<'k, D0>>>>(&operands, 2, 0, at);
    RecordEvent::new((Live(dst1), Live(dst0)))
}

#[tilesync_macros::op(TDeinterleave("TDEINTERLEAVE") "dst0 = src[i,0], src[i,2], ..; dst1 = src[i,1], src[i,3], .." a2a3 "" a5 "i8 u8 i16 u16 i32 u32 f16 bf16 f32")]
/// As [`tdeinterleave`], of one source, which the destinations need not have the shape of: they take its valid rows, and half of its columns.
///
/// # Errors
///
/// If `src` has an odd number of valid columns, or a destination cannot take its half, the kernel stops with a [`Fault`](crate::Fault).
pub fn tdeinterleave_one<'k, D1, D0, S>(
    dst1: D1,
    dst0: D0,
    src: &S,
) -> Both<'k, TDeinterleave, D1, D0>
where
    D1: Write<'k, TDeinterleave, Tile: Like<D0::Tile>>,
    D0: Write<'k, TDeinterleave, Tile: VectorTile<'k, TDeinterleave> + RowMajorTile>,
    S: Read<'k, TDeinterleave, Tile: AnyTile<'k> + PartOf<D0::Tile>>,
{
    let at = Location::caller();
    let (mut dst1, mut dst0) = (dst1.into_tile(INNER), dst0.into_tile(INNER));
    let src = src.data_of(INNER);
    even::<TDeinterleave>(src, at);
    let half = (src.valid().0, src.valid().1 / 2);
    take_region::<TDeinterleave>(&mut dst0, half, at);
    take_region::<TDeinterleave>(&mut dst1, half, at);
    let operands = [dst1.operand(), dst0.operand(), src.operand()];
    let unit = dst0.core().unit();
    unit.issue::<TDeinterleave, Wide<Split<ElemOf<'k, D0>>>>(&operands, 2, 0, at);
    RecordEvent::new((Live(dst1), Live(dst0)))
}

#[tilesync_macros::op(TPairReduceSum("TPAIRREDUCESUM") "dst[i,j] = src[i,2j] + src[i,2j+1], then zeros" a2a3 [f16 f32] a5 [f16 f32])]
/// Of an odd number of columns the last one stands for its own sum. The zeros and that sum are those of the simulator of PTO; on a
/// device what is behind the sums is target-defined.
///
/// `dst` takes the valid region of `src`; where it cannot, the kernel stops with a [`Fault`](crate::Fault).
pub fn tpairreducesum<'k, D, S>(dst: D, src: &S) -> RecordEvent<TPairReduceSum, Live<D::Tile>>
where
    D: Write<'k, TPairReduceSum, Tile: VectorTile<'k, TPairReduceSum, Elem: Float> + RowMajorTile>,
    S: Read<'k, TPairReduceSum, Tile: Like<D::Tile>>,
{
    let at = Location::caller();
    let (mut dst, src) = (dst.into_tile(INNER), src.data_of(INNER));
    take_region::<TPairReduceSum>(&mut dst, src.valid(), at);
    let operands = [dst.operand(), src.operand()];
    let unit = dst.core().unit();
    unit.issue::<TPairReduceSum, Wide<PairSums<ElemOf<'k, D>>>>(&operands, 1, 0, at);
    RecordEvent::new(Live(dst))
}
