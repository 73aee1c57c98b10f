//! Scalars in global memory: read by the kernel's own code, and what is computed from them.

use std::marker::PhantomData;
use std::ops::{Add, Div, Mul, Rem, Sub};
use std::panic::Location;

use super::GlobalIn;
use crate::memory;
use crate::memory::{GlobalSrc, Semantics};
use crate::op::Scalar;
use crate::program::{Arithmetic, Symbol};
use crate::sealed::Sealed;
use crate::tile::Dtype;
use crate::unit::{Site, Trouble, Unit};

/// A whole number that the kernel read in global memory ([`GlobalIn::scalar`]), or computed from such.
///
/// It is an `i64`. It places and sizes regions as a `usize` does, and the recorded [`Program`](crate::program::Program) keeps how it
/// was computed, so that the program can be run on other data. To steer the kernel's own code, ask for its [`value`](Expr::value).
///
/// ```
/// # use tilesync::prelude::*;
/// # fn k<'k>(tile: VecTile<'k, f32, 8, 64, Dyn>, x: &GlobalIn<'k, f32>, starts: &GlobalIn<'k, i32>) {
/// let (first, next) = (starts.scalar(0, 3), starts.scalar(0, 4));
/// let rows = (next - first).min(8);
/// let loaded = tload(tile, &x.at(first, 0).sized(rows, 64));
/// # let _ = loaded;
/// # }
/// ```
///
/// # Errors
///
/// Where a sum, a difference or a product overflows, or a divisor is 0, the kernel stops with a [`Fault`](crate::Fault) that names
/// the line; so it does where a negative number places or sizes a region.
#[derive(Clone, Copy)]
pub struct Expr<'k> {
    unit: &'k Unit,
    value: i64,
    symbol: Symbol,
    brand: PhantomData<fn(&'k ()) -> &'k ()>,
}

/// A number that places or sizes a region: a `usize`, or an [`Expr`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not place or size a region",
    label = "expected a `usize` or a scalar from global memory",
    note = "convert other integers, as in `i as usize`; a scalar is read with `x.scalar(row, col)`"
)]
pub trait Number: Sealed + Copy {
    #[doc(hidden)]
    fn number(self, at: Site) -> usize;
    #[doc(hidden)]
    fn symbol(self) -> Symbol;
}

impl Sealed for usize {}
impl Number for usize {
    #[inline(always)]
    fn number(self, _: Site) -> usize {
        self
    }

    #[inline(always)]
    fn symbol(self) -> Symbol {
        Symbol::NONE
    }
}

impl Sealed for Expr<'_> {}
impl Number for Expr<'_> {
    fn number(self, at: Site) -> usize {
        usize::try_from(self.value)
            .unwrap_or_else(|_| self.unit.stop(Trouble::NegativeNumber { value: self.value }, at))
    }

    fn symbol(self) -> Symbol {
        self.symbol
    }
}

/// An element type whose values are scalars that a kernel computes with: i8, i16, i32, i64, u8, u16, u32.
#[diagnostic::on_unimplemented(
    message = "an element of type {Self} is not read as a scalar",
    label = "not a tensor of whole numbers that fit `i64`",
    note = "lengths, offsets and indices lie in tensors of i32 or u32, say"
)]
pub trait WholeNumber: Dtype + Into<i64> {}

macro_rules! whole_numbers {
    ($($t:ty)*) => {$(impl WholeNumber for $t {})*};
}

whole_numbers! { i8 i16 i32 i64 u8 u16 u32 }

impl<'k, T: WholeNumber, L> GlobalIn<'k, T, L> {
    /// The element at (`row`, `col`) of the block's part, for the kernel's own code: the scalar pipe reads it, at once.
    ///
    /// An input does not change during the launch, and so there is nothing to wait for.
    ///
    /// # Errors
    ///
    /// An element outside of the part stops the kernel with [`Trouble::OutOfBounds`] at this line.
    #[doc(alias = "GetValue")]
    #[track_caller]
    #[must_use]
    pub fn scalar(&self, row: impl Number, col: impl Number) -> Expr<'k> {
        let at = Location::caller();
        let unit = self.unit;
        let Some(mut operand) = self.at(row, col).operand((1, 1), at) else { unit.leave() };
        (operand.rows, operand.cols) = (1, 1);
        unit.issue::<Scalar, Read<T>>(&[operand], 0, 0, at);
        let mut symbol = Symbol::NONE;
        unit.record(|recorder| symbol = recorder.loaded());
        let value = memory::scalar::<T>(&unit.memory, &operand).into();
        Expr { unit, value, symbol, brand: PhantomData }
    }
}

/// The read itself, for the record: it computes nothing.
struct Read<T>(PhantomData<T>);

impl<T: Dtype> Semantics for Read<T> {
    type Views<'a> = (GlobalSrc<'a, T>,);

    fn run(_: Self::Views<'_>, _: u64) {}
}

impl<'k> Expr<'k> {
    /// The number, for the kernel's own code: a bound of a loop, a condition.
    #[track_caller]
    #[must_use]
    pub fn value(self) -> i64 {
        if self.symbol != Symbol::NONE {
            let at = Location::caller();
            self.unit.record(|recorder| {
                recorder.looked.get_or_insert(at);
            });
        }
        self.value
    }

    /// The lesser of the two.
    #[track_caller]
    #[must_use]
    pub fn min(self, other: impl Term<'k>) -> Self {
        self.with(Arithmetic::Min, other, Location::caller())
    }

    /// The greater of the two.
    #[track_caller]
    #[must_use]
    pub fn max(self, other: impl Term<'k>) -> Self {
        self.with(Arithmetic::Max, other, Location::caller())
    }

    fn with(self, what: Arithmetic, other: impl Term<'k>, at: Site) -> Self {
        combine(self.unit, what, (self.symbol, self.value), other.parts(), at)
    }
}

/// What an [`Expr`] is combined with: another one, or a number of the kernel's own code.
pub trait Term<'k>: Sealed {
    #[doc(hidden)]
    fn parts(self) -> (Symbol, i64);
}

impl<'k> Term<'k> for Expr<'k> {
    fn parts(self) -> (Symbol, i64) {
        (self.symbol, self.value)
    }
}

impl Term<'_> for usize {
    fn parts(self) -> (Symbol, i64) {
        (Symbol::NONE, i64::try_from(self).unwrap_or(i64::MAX))
    }
}

fn combine<'k>(
    unit: &'k Unit,
    what: Arithmetic,
    left: (Symbol, i64),
    right: (Symbol, i64),
    at: Site,
) -> Expr<'k> {
    let Some(value) = what.of(left.1, right.1) else {
        unit.stop(Trouble::Arithmetic { what, left: left.1, right: right.1 }, at)
    };
    let mut symbol = Symbol::NONE;
    if left.0 != Symbol::NONE || right.0 != Symbol::NONE {
        unit.record(|recorder| symbol = recorder.program.combine(what, left, right));
    }
    Expr { unit, value, symbol, brand: PhantomData }
}

macro_rules! arithmetic {
    ($($op:ident $name:ident)*) => {$(
        impl<'k, X: Term<'k>> $op<X> for Expr<'k> {
            type Output = Expr<'k>;

            #[track_caller]
            fn $name(self, other: X) -> Expr<'k> {
                self.with(Arithmetic::$op, other, Location::caller())
            }
        }

        impl<'k> $op<Expr<'k>> for usize {
            type Output = Expr<'k>;

            #[track_caller]
            fn $name(self, other: Expr<'k>) -> Expr<'k> {
                combine(other.unit, Arithmetic::$op, self.parts(), other.parts(), Location::caller())
            }
        }
    )*};
}

arithmetic! { Add add Sub sub Mul mul Div div Rem rem }

impl std::fmt::Debug for Expr<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Expr({})", self.value)
    }
}
