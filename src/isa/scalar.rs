//! A tile and a scalar: TADDS, TSUBS, TMULS, TDIVS, TMAXS, TMINS, and TEXPANDS, which fills a tile.

use std::marker::PhantomData;
use std::panic::Location;

use half::{bf16, f16};

use super::issuing::{map1, map1_assign};
use super::operand::{ElemOf, Like, VectorTile, dtypes};
use crate::compute::elementwise::Map1;
use crate::compute::wide::Wide;
use crate::event::{Live, Modify, Read, RecordEvent, Write};
use crate::op::*;
use crate::sealed::INNER;
use crate::tile::{AnyTile, Dtype};
use crate::unit::{Dst, Semantics};

macro_rules! scalar_ops {
    ($(
        $(#[$doc:meta])*
        $name:ident, $assign:ident = $op:ident($pto:literal, $formula:literal) by $map:ident:
        a2a3 [$($a:ty)*] a5 [$($b:ty)*];
    )*) => {$(
        impl<T: Dtype> Map1<T> for $op {
            #[inline(always)]
            fn map(x: T, c: T) -> T {
                x.$map(c)
            }
        }

        dtypes!($op: a2a3 [$($a)*] a5 [$($b)*]);

        #[doc = concat!("`dst[i,j] = ", $formula, "` (", $pto, ").")]
        ///
        $(#[$doc])*
        #[doc = concat!("Element types: ", stringify!($($a),*), " on a2a3; ", stringify!($($b),*), " on a5.")]
        ///
        /// `dst` takes the valid region of `src`; where it cannot, the kernel stops with a [`Fault`](crate::Fault).
        #[doc(alias = $pto)]
        #[track_caller]
        #[inline(always)]
        #[tilesync_macros::declared_at($name)]
        pub fn $name<'k, D, S>(dst: D, src: &S, c: ElemOf<'k, D>) -> RecordEvent<$op, Live<D::Tile>>
        where
            D: Write<'k, $op, Tile: VectorTile<'k, $op>>,
            S: Read<'k, $op, Tile: Like<D::Tile>>,
        {
            map1::<$op, $op, _, _>(dst, src, c, Location::caller())
        }

        #[doc = concat!("[`", stringify!($name), "`] in place: `dst` is the source as well.")]
        #[doc(alias = $pto)]
        #[track_caller]
        #[inline(always)]
        #[tilesync_macros::declared_at($assign)]
        pub fn $assign<'k, D>(dst: D, c: <D::Tile as AnyTile<'k>>::Elem) -> RecordEvent<$op, Live<D::Tile>>
        where
            D: Modify<'k, $op, Tile: VectorTile<'k, $op>>,
        {
            map1_assign::<$op, $op, _>(dst, c, Location::caller())
        }
    )*};
}

scalar_ops! {
    /// Integers wrap.
    tadds, tadds_assign = TAddS("TADDS", "src[i,j] + c") by add:
        a2a3 [i16 i32 f16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32];
    /// Integers wrap.
    tsubs, tsubs_assign = TSubS("TSUBS", "src[i,j] - c") by sub:
        a2a3 [i16 i32 f16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32];
    /// Integers wrap.
    tmuls, tmuls_assign = TMulS("TMULS", "src[i,j] * c") by mul:
        a2a3 [i16 i32 f16 f32] a5 [i16 u16 i32 u32 i64 u64 f16 bf16 f32];
    /// An integer divided by zero gives 0 here; on a device the result is target-defined. For `c / src[i,j]` see
    /// [`tdivs_into`].
    tdivs, tdivs_assign = TDivS("TDIVS", "src[i,j] / c") by div:
        a2a3 [i16 i32 f16 f32] a5 [i16 u16 i32 u32 i64 u64 f16 f32];
    /// Of a number and a NaN, the number.
    tmaxs, tmaxs_assign = TMaxS("TMAXS", "max(src[i,j], c)") by max:
        a2a3 [i16 i32 f16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32];
    /// Of a number and a NaN, the number.
    tmins, tmins_assign = TMinS("TMINS", "min(src[i,j], c)") by min:
        a2a3 [i16 i32 f16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32];
}

/// The second overload of TDIVS.
enum DivideScalar {}

impl<T: Dtype> Map1<T> for DivideScalar {
    #[inline(always)]
    fn map(x: T, c: T) -> T {
        c.div(x)
    }
}

/// `dst[i,j] = c / src[i,j]` (TDIVS with the scalar first). All else is as for [`tdivs`].
#[doc(alias = "TDIVS")]
#[track_caller]
#[inline(always)]
pub fn tdivs_into<'k, D, S>(dst: D, c: ElemOf<'k, D>, src: &S) -> RecordEvent<TDivS, Live<D::Tile>>
where
    D: Write<'k, TDivS, Tile: VectorTile<'k, TDivS>>,
    S: Read<'k, TDivS, Tile: Like<D::Tile>>,
{
    map1::<TDivS, DivideScalar, _, _>(dst, src, c, Location::caller())
}

/// [`tdivs_into`] in place: `dst` is the source as well.
#[doc(alias = "TDIVS")]
#[track_caller]
#[inline(always)]
pub fn tdivs_into_assign<'k, D>(
    dst: D,
    c: <D::Tile as AnyTile<'k>>::Elem,
) -> RecordEvent<TDivS, Live<D::Tile>>
where
    D: Modify<'k, TDivS, Tile: VectorTile<'k, TDivS>>,
{
    map1_assign::<TDivS, DivideScalar, _>(dst, c, Location::caller())
}

dtypes!(TExpandS: a2a3 [i8 u8 i16 u16 i32 u32 f16 bf16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32]);

/// `dst[i,j] = c` in the valid region that `dst` has (TEXPANDS).
///
/// A free tile is valid as a whole; [`Tile::with_valid`](crate::Tile::with_valid) chooses another region. Element types: i8, u8,
/// i16, u16, i32, u32, f16, bf16, f32 on a2a3; those, i64 and u64 on a5.
#[doc(alias = "TEXPANDS")]
#[track_caller]
#[inline(always)]
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
