//! TRECIP in place, which one chip has; TRSQRT with a scratch tile, which is exact on both.

use super::declare::scope::*;
use super::issuing::take_region;
use super::operand::InPlace;
use crate::chip::A5;
use crate::compute::elementwise::{At, Mapped};
use crate::compute::scratch::WithScratch;
use crate::compute::wide::Wide;
use crate::op::precision::High;
use crate::op::{TRecip, TRsqrt};
use crate::sealed::INNER;

#[diagnostic::do_not_recommend]
impl InPlace<TRecip> for A5 {}

#[tilesync_macros::op(TRecip("TRECIP") "dst[i,j] = 1 / dst[i,j]" a2a3 "" a5 "i16 i32 f16 f32")]
/// [`trecip`](crate::isa::trecip) in place: `dst` is the source as well.
pub fn trecip_assign<'k, D>(dst: D) -> RecordEvent<TRecip, Live<D::Tile>>
where
    D: Modify<'k, TRecip, Tile: VectorTile<'k, TRecip>>,
    <D::Tile as AnyTile<'k>>::Chip: InPlace<TRecip>,
{
    map1_assign::<TRecip, TRecip, _>(dst, Dtype::ZERO, Location::caller())
}

#[tilesync_macros::op(TRsqrt("TRSQRT") "dst[i,j] = 1 / sqrt(src[i,j])" a2a3 "f16 f32" a5 "f16 f32")]
/// [`trsqrt`](crate::isa::trsqrt) as it is in [high precision](crate::isa::high_precision), on a2a3 as well: a square root and a division
/// for which the device needs `tmp`, a block of 32 bytes, in place of one estimate.
///
/// `dst` takes the valid region of `src`; where it cannot, the kernel stops with a [`Fault`](crate::Fault).
pub fn trsqrt_with_tmp<'k, D, S, X>(
    dst: D,
    src: &S,
    tmp: &mut X,
) -> RecordEvent<TRsqrt, Live<D::Tile>>
where
    D: Write<'k, TRsqrt, Tile: VectorTile<'k, TRsqrt, Elem: Float>>,
    S: Read<'k, TRsqrt, Tile: Like<D::Tile>>,
    X: Scratch<'k, TRsqrt, Tile: VectorTile<'k, TRsqrt, Elem = ElemOf<'k, D>>>,
{
    let at = Location::caller();
    let (mut dst, src) = (dst.into_tile(INNER), src.data_of(INNER));
    take_region::<TRsqrt>(&mut dst, src.valid(), at);
    let operands = [dst.operand(), tmp.scratch(INNER).operand(), src.operand()];
    let unit = dst.core().unit();
    unit.issue::<TRsqrt, Wide<WithScratch<Mapped<At<High, TRsqrt>, ElemOf<'k, D>>>>>(
        &operands, 2, 0, at,
    );
    RecordEvent::new(Live(dst))
}
