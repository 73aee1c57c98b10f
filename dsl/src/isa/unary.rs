//! Functions of one tile: TABS, TNEG, TEXP, TLOG, TSQRT, TRSQRT, TRECIP, TRELU.

use super::declare::scope::*;
use super::declare::{ops, unary};
use crate::compute::{exact, math};
use crate::op::*;

ops! {
    UNARY:
    /// Integers wrap: the least one stays as it is.
    unary fn tabs, tabs_assign = TAbs("TABS") "dst[i,j] = |src[i,j]|" { Dtype |x| x.abs() }
        a2a3 [f16 f32] a5 [i8 i16 i32 f16 f32];
    /// Integers wrap.
    unary fn tneg, tneg_assign = TNeg("TNEG") "dst[i,j] = -src[i,j]" { Dtype |x| x.neg() }
        a2a3 [i16 i32 f16 f32] a5 [i16 u16 i32 u32 f16 bf16 f32];
    /// At most 0.91 ulp from exact; results below the normal numbers are denormal. The same bits on every CPU.
    unary fn texp, texp_assign = TExp("TEXP") "dst[i,j] = exp(src[i,j])" { Float |x| T::from_f32(math::exp(x.to_f32())),
        if x.to_f32().abs() <= math::MODERATE => T::from_f32(math::exp_of_moderate(x.to_f32())),
        high T::from_f32(exact::exp(x.to_f32())) }
        a2a3 [f16 f32] a5 [f16 f32] high [f16 f32];
    /// At most 0.86 ulp from exact; negative infinity for a zero, NaN for a negative number. The same bits on every CPU.
    unary fn tlog, tlog_assign = TLog("TLOG") "dst[i,j] = ln(src[i,j])" { Float |x| T::from_f32(math::ln(x.to_f32())),
        high T::from_f32(exact::ln(x.to_f32())) }
        a2a3 [f16 f32] a5 [f16 f32] high [f16 f32];
    /// Correctly rounded; NaN for a negative number.
    unary fn tsqrt, tsqrt_assign = TSqrt("TSQRT") "dst[i,j] = sqrt(src[i,j])" { Float |x| T::from_f32(x.to_f32().sqrt()) }
        a2a3 [f16 f32] a5 [f16 f32] high [f16 f32];
    /// The square root is rounded to an f32, in high precision to the element type, then its reciprocal. Infinity for a zero, NaN for a negative
    /// number. A device may estimate it: [`trsqrt_with_tmp`](crate::isa::trsqrt_with_tmp) does not.
    unary fn trsqrt, trsqrt_assign = TRsqrt("TRSQRT") "dst[i,j] = 1 / sqrt(src[i,j])" { Float |x| T::from_f32(1.0 / x.to_f32().sqrt()),
        high T::ONE.div(T::from_f32(x.to_f32().sqrt())) }
        a2a3 [f16 f32] a5 [f16 f32] high [f16 f32];
    /// An integer quotient is truncated, and the reciprocal of the integer 0 is 0 here; on a device it is target-defined.
    ///
    /// On a2a3 the device needs `dst` and `src` to be two tiles, and so there is no in-place form there: see
    /// [`trecip_assign`](crate::isa::trecip_assign).
    unary fn trecip = TRecip("TRECIP") "dst[i,j] = 1 / src[i,j]" { Dtype |x| T::ONE.div(x) }
        a2a3 [i16 i32 f16 f32] a5 [i16 i32 f16 f32] high [f16 f32];
    /// Of a NaN, zero.
    unary fn trelu, trelu_assign = TRelu("TRELU") "dst[i,j] = max(src[i,j], 0)" { Dtype |x| x.max(T::ZERO) }
        a2a3 [i32 f16 f32] a5 [i32 f16 f32];
}
