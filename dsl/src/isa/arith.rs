//! Arithmetic on two tiles: TADD, TSUB, TMUL, TDIV, TMAX, TMIN.

use super::declare::scope::*;
use super::declare::{binary, ops};
use crate::op::*;

ops! {
    ARITH:
    /// Integers wrap.
    binary fn tadd, tadd_assign = TAdd("TADD") "dst[i,j] = src0[i,j] + src1[i,j]" { Dtype |x, y| x.add(y) }
        a2a3 [i16 i32 f16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32];
    /// Integers wrap.
    binary fn tsub, tsub_assign = TSub("TSUB") "dst[i,j] = src0[i,j] - src1[i,j]" { Dtype |x, y| x.sub(y) }
        a2a3 [i16 i32 f16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32];
    /// Integers wrap.
    binary fn tmul, tmul_assign = TMul("TMUL") "dst[i,j] = src0[i,j] * src1[i,j]" { Dtype |x, y| x.mul(y) }
        a2a3 [i16 i32 f16 f32] a5 [i16 u16 i32 u32 i64 u64 f16 bf16 f32];
    /// An integer divided by zero gives 0 here; on a device the result is target-defined.
    binary fn tdiv, tdiv_assign = TDiv("TDIV") "dst[i,j] = src0[i,j] / src1[i,j]" { Dtype |x, y| x.div(y), in pieces of 256 }
        a2a3 [f16 f32] a5 [i16 u16 i32 u32 i64 u64 f16 f32] high [f16 f32];
    /// Of a number and a NaN, the number.
    binary fn tmax, tmax_assign = TMax("TMAX") "dst[i,j] = max(src0[i,j], src1[i,j])" { Dtype |x, y| x.max(y) }
        a2a3 [i16 i32 f16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32];
    /// Of a number and a NaN, the number.
    binary fn tmin, tmin_assign = TMin("TMIN") "dst[i,j] = min(src0[i,j], src1[i,j])" { Dtype |x, y| x.min(y) }
        a2a3 [i16 i32 f16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32];
}
