//! Bits: TAND, TOR, TXOR, TNOT, TSHL, TSHR, and the same with a scalar.

use super::declare::scope::*;
use super::declare::{binary, binary_with_tmp, ops, scalar, scalar_with_tmp, unary};
use super::issuing::{map1_assign_with_tmp, map1_with_tmp, map2_assign_with_tmp, map2_with_tmp};
use super::operand::{InPlace, needs_scratch};
use crate::chip::A5;
use crate::op::*;
use crate::tile::Int;

/// Whether scratch tile `X` suffices: it is as large as `D`.
const fn as_large<'k, X: AnyTile<'k>, D: AnyTile<'k>>() -> bool {
    let ((rows, cols), (least_rows, least_cols)) = (X::TYPE.shape(), D::TYPE.shape());
    !needs_scratch::<D>() || rows >= least_rows && cols >= least_cols
}

ops! {
    BITS:
    binary fn tand, tand_assign = TAnd("TAND") "dst[i,j] = src0[i,j] & src1[i,j]" { Int |x, y| x.and(y) }
        a2a3 [i8 u8 i16 u16 i32 u32] a5 [i8 u8 i16 u16 i32 u32];
    binary fn tor, tor_assign = TOr("TOR") "dst[i,j] = src0[i,j] | src1[i,j]" { Int |x, y| x.or(y) }
        a2a3 [i8 u8 i16 u16 i32 u32] a5 [i8 u8 i16 u16 i32 u32];
    binary_with_tmp fn txor, txor_assign = TXor("TXOR") "dst[i,j] = src0[i,j] ^ src1[i,j]" {
            Int |x, y| x.xor(y),
            /// a2a3 needs `tmp`, a scratch tile as large as `dst`; a smaller one fails the build.
            tmp as_large
        }
        a2a3 [i8 u8 i16 u16 i32 u32] a5 [i8 u8 i16 u16 i32 u32];
    unary fn tnot, tnot_assign = TNot("TNOT") "dst[i,j] = !src[i,j]" { Int |x| x.not() }
        a2a3 [i8 u8 i16 u16 i32 u32] a5 [i8 u8 i16 u16 i32 u32];
    /// 0 where `src1[i,j]` is negative, or no less than the number of bits of an element. On a device that is target-defined.
    binary fn tshl, tshl_assign = TShl("TSHL") "dst[i,j] = src0[i,j] << src1[i,j]" { Int |x, y| x.shl(y) }
        a2a3 [i8 u8 i16 u16 i32 u32] a5 [i8 u8 i16 u16 i32 u32 i64 u64];
    /// The sign is shifted in. Nothing else is left where `src1[i,j]` is negative, or no less than the number of bits of an element:
    /// 0, or -1 of a negative element. On a device that is target-defined.
    binary fn tshr, tshr_assign = TShr("TSHR") "dst[i,j] = src0[i,j] >> src1[i,j]" { Int |x, y| x.shr(y) }
        a2a3 [i8 u8 i16 u16 i32 u32] a5 [i8 u8 i16 u16 i32 u32 i64 u64];
    /// The device fills `dst` with `c` first, and so there is no in-place form.
    scalar fn tands = TAndS("TANDS") "dst[i,j] = src[i,j] & c" { Int |x, c| x.and(c) }
        a2a3 [i8 u8 i16 u16 i32 u32] a5 [i8 u8 i16 u16 i32 u32];
    /// The device fills `dst` with `c` first, and so there is no in-place form.
    scalar fn tors = TOrS("TORS") "dst[i,j] = src[i,j] | c" { Int |x, c| x.or(c) }
        a2a3 [i8 u8 i16 u16 i32 u32] a5 [i8 u8 i16 u16 i32 u32];
    scalar_with_tmp fn txors, txors_assign = TXorS("TXORS") "dst[i,j] = src[i,j] ^ c" {
            Int |x, c| x.xor(c),
            /// a2a3 needs `tmp`, a scratch tile as large as `dst`; a smaller one fails the build.
            tmp as_large
        }
        a2a3 [i8 u8 i16 u16 i32 u32] a5 [i8 u8 i16 u16 i32 u32];
    /// 0 where `c` is negative, or no less than the number of bits of an element. On a device that is target-defined.
    scalar fn tshls, tshls_assign = TShlS("TSHLS") "dst[i,j] = src[i,j] << c" { Int |x, c| x.shl(c) }
        a2a3 [i16 u16 i32 u32] a5 [i8 u8 i16 u16 i32 u32 i64 u64];
    /// The sign is shifted in. Nothing else is left where `c` is negative, or no less than the number of bits of an element: 0, or -1
    /// of a negative element. On a device that is target-defined.
    scalar fn tshrs, tshrs_assign = TShrS("TSHRS") "dst[i,j] = src[i,j] >> c" { Int |x, c| x.shr(c) }
        a2a3 [i16 u16 i32 u32] a5 [i8 u8 i16 u16 i32 u32 i64 u64];
}
