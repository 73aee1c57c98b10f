//! Arithmetic on two tiles: TADD, TSUB, TMUL, TDIV, TMAX, TMIN.

use std::panic::Location;

use half::{bf16, f16};

use super::issuing::{map2, map2_assign};
use super::operand::{Like, VectorTile, dtypes};
use crate::compute::elementwise::Map2;
use crate::event::{Live, Modify, Read, RecordEvent, Write};
use crate::op::*;
use crate::tile::Dtype;

macro_rules! binary_ops {
    ($(
        $(#[$doc:meta])*
        $name:ident, $assign:ident = $op:ident($pto:literal, $formula:literal) by $map:ident:
        a2a3 [$($a:ty)*] a5 [$($b:ty)*];
    )*) => {$(
        impl<T: Dtype> Map2<T> for $op {
            #[inline(always)]
            fn map(x: T, y: T) -> T {
                x.$map(y)
            }
        }

        dtypes!($op: a2a3 [$($a)*] a5 [$($b)*]);

        #[doc = concat!("`dst[i,j] = ", $formula, "` (", $pto, ").")]
        ///
        $(#[$doc])*
        #[doc = concat!("Element types: ", stringify!($($a),*), " on a2a3; ", stringify!($($b),*), " on a5.")]
        ///
        /// The sources' valid regions must be equal, else the kernel stops with a [`Fault`](crate::Fault); `dst` takes it.
        #[doc(alias = $pto)]
        #[track_caller]
        #[inline(always)]
        #[tilesync_macros::declared_at($name)]
        pub fn $name<'k, D, S0, S1>(dst: D, src0: &S0, src1: &S1) -> RecordEvent<$op, Live<D::Tile>>
        where
            D: Write<'k, $op, Tile: VectorTile<'k, $op>>,
            S0: Read<'k, $op, Tile: Like<D::Tile>>,
            S1: Read<'k, $op, Tile: Like<D::Tile>>,
        {
            map2::<$op, _, _, _>(dst, src0, src1, Location::caller())
        }

        #[doc = concat!("[`", stringify!($name), "`] in place: `dst` is the first source as well.")]
        #[doc(alias = $pto)]
        #[track_caller]
        #[inline(always)]
        #[tilesync_macros::declared_at($assign)]
        pub fn $assign<'k, D, S>(dst: D, src: &S) -> RecordEvent<$op, Live<D::Tile>>
        where
            D: Modify<'k, $op, Tile: VectorTile<'k, $op>>,
            S: Read<'k, $op, Tile: Like<D::Tile>>,
        {
            map2_assign::<$op, _, _>(dst, src, Location::caller())
        }
    )*};
}

binary_ops! {
    /// Integers wrap.
    tadd, tadd_assign = TAdd("TADD", "src0[i,j] + src1[i,j]") by add:
        a2a3 [i16 i32 f16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32];
    /// Integers wrap.
    tsub, tsub_assign = TSub("TSUB", "src0[i,j] - src1[i,j]") by sub:
        a2a3 [i16 i32 f16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32];
    /// Integers wrap.
    tmul, tmul_assign = TMul("TMUL", "src0[i,j] * src1[i,j]") by mul:
        a2a3 [i16 i32 f16 f32] a5 [i16 u16 i32 u32 i64 u64 f16 bf16 f32];
    /// An integer divided by zero gives 0 here; on a device the result is target-defined.
    tdiv, tdiv_assign = TDiv("TDIV", "src0[i,j] / src1[i,j]") by div:
        a2a3 [f16 f32] a5 [i16 u16 i32 u32 i64 u64 f16 f32];
    /// Of a number and a NaN, the number.
    tmax, tmax_assign = TMax("TMAX", "max(src0[i,j], src1[i,j])") by max:
        a2a3 [i16 i32 f16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32];
    /// Of a number and a NaN, the number.
    tmin, tmin_assign = TMin("TMIN", "min(src0[i,j], src1[i,j])") by min:
        a2a3 [i16 i32 f16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32];
}
