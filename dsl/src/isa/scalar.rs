//! A tile and a scalar: TADDS, TSUBS, TMULS, TDIVS, TMAXS, TMINS, TLRELU, and TEXPANDS, which fills a tile.

use std::marker::PhantomData;

use super::declare::scope::*;
use super::declare::{ops, scalar};
use crate::compute::elementwise::Map1;
use crate::compute::wide::Wide;
use crate::memory::{Dst, Semantics};
use crate::op::*;
use crate::sealed::INNER;

ops! {
    SCALAR:
    /// Integers wrap.
    scalar fn tadds, tadds_assign = TAddS("TADDS") "dst[i,j] = src[i,j] + c" { Dtype |x, c| x.add(c) }
        a2a3 [i16 i32 f16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32];
    /// Integers wrap.
    scalar fn tsubs, tsubs_assign = TSubS("TSUBS") "dst[i,j] = src[i,j] - c" { Dtype |x, c| x.sub(c) }
        a2a3 [i16 i32 f16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32];
    /// Integers wrap.
    scalar fn tmuls, tmuls_assign = TMulS("TMULS") "dst[i,j] = src[i,j] * c" { Dtype |x, c| x.mul(c) }
        a2a3 [i16 i32 f16 f32] a5 [i16 u16 i32 u32 i64 u64 f16 bf16 f32];
    /// An integer divided by zero gives 0 here; on a device the result is target-defined. For `c / src[i,j]` see
    /// [`tdivs_into`].
    scalar fn tdivs, tdivs_assign = TDivS("TDIVS") "dst[i,j] = src[i,j] / c" { Dtype |x, c| x.div(c) }
        a2a3 [i16 i32 f16 f32] a5 [i16 u16 i32 u32 i64 u64 f16 f32] high [f16 f32];
    /// Of a number and a NaN, the number.
    scalar fn tmaxs, tmaxs_assign = TMaxS("TMAXS") "dst[i,j] = max(src[i,j], c)" { Dtype |x, c| x.max(c) }
        a2a3 [i16 i32 f16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32];
    /// Of a number and a NaN, the number.
    scalar fn tmins, tmins_assign = TMinS("TMINS") "dst[i,j] = min(src[i,j], c)" { Dtype |x, c| x.min(c) }
        a2a3 [i16 i32 f16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32];
    /// A NaN stays one.
    scalar fn tlrelu, tlrelu_assign = TLRelu("TLRELU") "dst[i,j] = src[i,j] > 0 ? src[i,j] : c * src[i,j]" { Float |x, c| x.leaky(c) }
        a2a3 [f16 f32] a5 [f16 f32];
}

/// The second overload of TDIVS.
enum DivideScalar {}

impl<T: Dtype> Map1<T> for DivideScalar {
    const FORM: Option<&'static str> = Some("INTO");
    const HIGH_FORM: &'static str = "INTO_HIGH_PRECISION";

    #[inline(always)]
    fn map(x: T, c: T) -> T {
        c.div(x)
    }
}

#[tilesync_macros::op(TDivS("TDIVS") "dst[i,j] = c / src[i,j]" a2a3 "i16 i32 f16 f32" a5 "i16 u16 i32 u32 i64 u64 f16 f32")]
/// TDIVS with the scalar first. All else is as for [`tdivs`].
pub fn tdivs_into<'k, D, S>(dst: D, c: ElemOf<'k, D>, src: &S) -> RecordEvent<TDivS, Live<D::Tile>>
where
    D: Write<'k, TDivS, Tile: VectorTile<'k, TDivS>>,
    S: Read<'k, TDivS, Tile: Like<D::Tile>>,
{
    map1::<TDivS, DivideScalar, _, _>(dst, src, c, Location::caller())
}

#[tilesync_macros::op(TDivS("TDIVS") "dst[i,j] = c / dst[i,j]" a2a3 "i16 i32 f16 f32" a5 "i16 u16 i32 u32 i64 u64 f16 f32")]
/// [`tdivs_into`] in place: `dst` is the source as well.
pub fn tdivs_into_assign<'k, D>(
    dst: D,
    c: <D::Tile as AnyTile<'k>>::Elem,
) -> RecordEvent<TDivS, Live<D::Tile>>
where
    D: Modify<'k, TDivS, Tile: VectorTile<'k, TDivS>>,
{
    map1_assign::<TDivS, DivideScalar, _>(dst, c, Location::caller())
}

#[tilesync_macros::op(TExpandS("TEXPANDS") "dst[i,j] = c" a2a3 [i8 u8 i16 u16 i32 u32 f16 bf16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32])]
/// In the valid region that `dst` has. A free tile is valid as a whole; [`Tile::with_valid`](crate::Tile::with_valid) chooses another region.
pub fn texpands<'k, D>(dst: D, c: ElemOf<'k, D>) -> RecordEvent<TExpandS, Live<D::Tile>>
where
    D: Write<'k, TExpandS, Tile: VectorTile<'k, TExpandS>>,
{
    let dst = dst.into_tile(INNER);
    let unit = dst.core().unit();
    let operands = [dst.operand()];
    unit.issue::<TExpandS, Wide<Filled<ElemOf<'k, D>>>>(
        &operands,
        1,
        c.to_bits(),
        Location::caller(),
    );
    RecordEvent::new(Live(dst))
}

/// `dst = imm`.
pub(super) struct Filled<T>(PhantomData<T>);

impl<T: Dtype> Semantics for Filled<T> {
    type Views<'a> = (Dst<'a, T>,);

    #[inline(always)]
    fn run((dst,): Self::Views<'_>, imm: u64) {
        let lines = dst.lines();
        for line in 0..lines.count {
            dst.data[lines.range(line)].fill(T::from_bits(imm));
        }
    }
}
