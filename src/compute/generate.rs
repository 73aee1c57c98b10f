//! Semantics of ops that make data of nothing.

use std::marker::PhantomData;

use crate::tile::Dtype;
use crate::unit::{Dst, Semantics};

/// Ones on one side of a diagonal, zeros on the other. The immediate is that of [`triangle`].
pub(crate) struct Triangular<T>(PhantomData<T>);

/// The immediate of [`Triangular`]: a diagonal, and which side has the ones.
#[inline(always)]
pub(crate) fn triangle(diagonal: i32, upper: bool) -> u64 {
    u64::from(diagonal.cast_unsigned()) | u64::from(upper) << u32::BITS
}

impl<T: Dtype> Semantics for Triangular<T> {
    type Views<'a> = (Dst<'a, T>,);

    #[inline(always)]
    fn run((dst,): Self::Views<'_>, imm: u64) {
        let (diagonal, upper) = ((imm as u32).cast_signed(), imm >> u32::BITS == 1);
        let (left, right) = if upper { (T::ZERO, T::ONE) } else { (T::ONE, T::ZERO) };
        for row in 0..dst.valid.0 {
            let range = dst.row(row);
            let elements = &mut dst.data[range];
            // The diagonal itself is on the side of the ones.
            let first = row as i64 + i64::from(diagonal) + i64::from(!upper);
            let split = first.clamp(0, elements.len() as i64) as usize;
            elements[..split].fill(left);
            elements[split..].fill(right);
        }
    }
}

/// Numbers in a row, from the immediate on: up, or down where `DOWN`.
pub(crate) struct Counted<T, const DOWN: bool>(PhantomData<T>);

impl<T: Dtype, const DOWN: bool> Semantics for Counted<T, DOWN> {
    type Views<'a> = (Dst<'a, T>,);

    #[inline(always)]
    fn run((dst,): Self::Views<'_>, imm: u64) {
        let range = dst.row(0);
        for (d, step) in dst.data[range].iter_mut().zip(0_u64..) {
            let number = if DOWN { imm.wrapping_sub(step) } else { imm.wrapping_add(step) };
            // The low bytes are the number in every integer type.
            *d = T::from_bits(number);
        }
    }
}
