//! TRECIP in place, which one chip has.

use super::declare::scope::*;
use super::operand::InPlace;
use crate::chip::A5;
use crate::op::TRecip;

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
