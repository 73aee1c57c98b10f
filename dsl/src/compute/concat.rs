//! What TCONCAT computes.

use std::marker::PhantomData;

use crate::memory::{Dst, Semantics, Src};
use crate::tile::Dtype;

/// An integer that says how long a row is: of at most 4 bytes.
#[diagnostic::on_unimplemented(
    message = "{Self} is no type of a row's length",
    label = "expected an integer of at most 4 bytes"
)]
pub trait Length: Dtype {
    #[doc(hidden)]
    fn bytes(self) -> usize;
    #[doc(hidden)]
    fn of_bytes(bytes: usize) -> Self;
}

macro_rules! lengths {
    ($($t:ident)*) => {$(
        impl Length for $t {
            #[inline(always)]
            fn bytes(self) -> usize {
                usize::try_from(self).unwrap_or(0)
            }

            #[inline(always)]
            fn of_bytes(bytes: usize) -> Self {
                bytes as $t
            }
        }
    )*};
}

lengths!(i8 u8 i16 u16 i32 u32);

/// Row i of `dst` = row i of one, then row i of the other.
pub(crate) struct Joined<T>(PhantomData<T>);

impl<T: Dtype> Semantics for Joined<T> {
    type Views<'a> = (Dst<'a, T>, Src<'a, T>, Src<'a, T>);

    #[inline(always)]
    fn run((dst, a, b): Self::Views<'_>, _: u64) {
        for row in 0..dst.valid.0 {
            let to = dst.row(row);
            let (left, right) = dst.data[to].split_at_mut(a.valid.1);
            left.copy_from_slice(&a.data[a.row(row)]);
            right.copy_from_slice(&b.data[b.row(row)]);
        }
    }
}

/// Row i of `dst` = the first elements of row i of each, then zeros.
pub(crate) struct JoinedByLength<T, I>(PhantomData<(T, I)>);

impl<T: Dtype, I: Length> Semantics for JoinedByLength<T, I> {
    type Views<'a> = (Dst<'a, T>, Src<'a, T>, Src<'a, T>, Src<'a, I>, Src<'a, I>);

    fn run((mut dst, a, b, la, lb): Self::Views<'_>, _: u64) {
        for row in 0..dst.valid.0 {
            join(&mut dst, (&a, &b), (&la, &lb), row);
        }
    }
}

/// As [`JoinedByLength`]; the second operand gets the lengths.
pub(crate) struct JoinedCounted<T, I>(PhantomData<(T, I)>);

impl<T: Dtype, I: Length> Semantics for JoinedCounted<T, I> {
    type Views<'a> = (Dst<'a, T>, Dst<'a, I>, Src<'a, T>, Src<'a, T>, Src<'a, I>, Src<'a, I>);

    fn run((mut dst, ln, a, b, la, lb): Self::Views<'_>, _: u64) {
        for row in 0..dst.valid.0 {
            let count = join(&mut dst, (&a, &b), (&la, &lb), row);
            ln.data[ln.row(row).start] = I::of_bytes(count * size_of::<I>());
        }
    }
}

/// Joins a row, and tells how long it has become.
fn join<T: Dtype, I: Length>(
    dst: &mut Dst<'_, T>,
    (a, b): (&Src<'_, T>, &Src<'_, T>),
    (la, lb): (&Src<'_, I>, &Src<'_, I>),
    row: usize,
) -> usize {
    let length = |of: &Src<'_, I>| of.data[of.row(row).start].bytes() / size_of::<I>();
    let to = dst.row(row);
    let to = &mut dst.data[to];
    to.fill(T::ZERO);
    let left = length(la).min(to.len());
    let right = length(lb).min(to.len() - left);
    for (to, from) in to[..left].iter_mut().zip(&a.data[a.row(row)]) {
        *to = *from;
    }
    for (to, from) in to[left..left + right].iter_mut().zip(&b.data[b.row(row)]) {
        *to = *from;
    }
    left + right
}
