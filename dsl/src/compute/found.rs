//! Where the elements are that compare with a number of their row: TGATHER's compare forms.

use std::marker::PhantomData;

use half::f16;

use crate::memory::{Dst, Semantics, Src, Unseen};
use crate::tile::Dtype;

/// An element that TGATHER compares with a whole number.
pub trait Compared: Dtype {
    /// The type of the numbers.
    type Number: Dtype;

    /// Element and number as a2a3 compares them.
    #[doc(hidden)]
    fn on_a2a3(self, number: Self::Number) -> (f64, f64);

    /// Element and number as a5 compares them.
    #[doc(hidden)]
    fn on_a5(self, number: Self::Number) -> (f64, f64);
}

macro_rules! compared {
    ($($t:ident with $number:ident: |$x:ident, $n:ident| $a2a3:expr, $a5:expr;)*) => {$(
        impl Compared for $t {
            type Number = $number;

            #[inline(always)]
            fn on_a2a3(self, number: $number) -> (f64, f64) {
                let ($x, $n) = (self, number);
                $a2a3
            }

            #[inline(always)]
            fn on_a5(self, number: $number) -> (f64, f64) {
                let ($x, $n) = (self, number);
                $a5
            }
        }
    )*};
}

compared! {
    f32 with u32: |x, n| (x.into(), (n.cast_signed() as f32).into()), (f64::from((x.round_ties_even() as i32).cast_unsigned()), n.into());
    f16 with u16: |x, n| (x.into(), f16::from_f32(n.cast_signed().into()).into()), (x.into(), n.cast_signed().into());
    i32 with u32: |x, n| (x.into(), n.cast_signed().into()), (x.cast_unsigned().into(), n.into());
    u32 with u32: |x, n| (x.into(), n.into()), (x.into(), n.into());
    i16 with u16: |x, n| (x.into(), n.into()), (x.cast_unsigned().into(), n.into());
    u16 with u16: |x, n| (x.into(), n.into()), (x.into(), n.into());
    i8 with u16: |x, n| (x.into(), n.into()), (x.cast_unsigned().into(), n.into());
    u8 with u16: |x, n| (x.into(), n.into()), (x.into(), n.into());
}

/// In each row the places of what is found, counted from the immediate on, then zeros; and how many there are. The third operand is the
/// device's scratch tile. `GREATER` looks for what is greater than the row's number, else for what equals it.
pub(crate) struct Found<T, I, const GREATER: bool, const A5: bool>(PhantomData<(T, I)>);

impl<T: Compared, I: Dtype, const GREATER: bool, const A5: bool> Semantics
    for Found<T, I, GREATER, A5>
{
    type Views<'a> = (Dst<'a, I>, Dst<'a, I>, Unseen, Src<'a, T>, Src<'a, T::Number>);

    fn run((dst, counts, _, src, numbers): Self::Views<'_>, imm: u64) {
        for row in 0..src.valid.0 {
            let (range, number) = (src.row(row), numbers.data[row]);
            let first = imm + range.start as u64;
            let to = &mut dst.data[range.clone()];
            let mut count = 0;
            for (x, place) in src.data[range].iter().zip(first..) {
                let (x, number) = if A5 { x.on_a5(number) } else { x.on_a2a3(number) };
                if if GREATER { x > number } else { x == number } {
                    to[count] = I::from_bits(place);
                    count += 1;
                }
            }
            to[count..].fill(I::ZERO);
            // a5 counts bytes.
            let count = if A5 { count * size_of::<I>() } else { count };
            counts.data[row] = I::from_bits(count as u64);
        }
    }
}
