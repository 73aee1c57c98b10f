//! The products whose factors have a scale for 32 elements along k.
//!
//! Elements, scales, products and sums are computed in `f64`: products are exact, and a sum is rounded to f32 when it is written.

use super::panels::Start;
use crate::memory::{Dst, Src};
use crate::tile::float8::Small;
use crate::tile::pair::Pair;
use crate::tile::{Dtype, F4E1M2x2, F4E2M1x2, F8E4M3, F8E5M2, F8E8M0};

/// Elements along k that have one scale.
const GROUP: usize = 32;

/// An element type of an MX product's factors.
#[allow(private_bounds, reason = "how they are read is nobody else's business")]
pub trait MxFactor: Dtype + Elements {
    /// [`One`](crate::isa::bounds::One) element, or a [`Two`](crate::isa::bounds::Two).
    type Packing: 'static;
    /// How many scales so many elements along k have.
    #[doc(hidden)]
    fn groups(elements: usize) -> usize {
        (elements * Self::COUNT).div_ceil(GROUP)
    }
}

/// An element of this many bytes is one number.
#[derive(Debug)]
pub enum One {}

/// A byte holds two numbers.
#[derive(Debug)]
pub enum Two {}

/// A right factor of `Self` fits a left one of `L`: both of eight bits, or both of four.
#[diagnostic::on_unimplemented(
    message = "an MX product has no factors of {L} and {Self}",
    label = "the factors are both of 8 bits, or both of 4",
    note = "`F8E4M3` and `F8E5M2` go with each other, and so do `F4E2M1x2` and `F4E1M2x2`"
)]
pub trait MxBeside<L>: MxFactor {}

/// The numbers in an element.
trait Elements: Copy {
    const COUNT: usize;
    fn number(self, at: usize) -> f64;
}

macro_rules! factors {
    ($($packing:ident $count:literal |$x:ident, $at:ident| $number:expr, [$($t:ident)*] $beside:tt;)*) => {$($(
        impl Elements for $t {
            const COUNT: usize = $count;

            #[inline(always)]
            fn number(self, $at: usize) -> f64 {
                let $x = self;
                $number
            }
        }

        impl MxFactor for $t {
            type Packing = $packing;
        }

        beside!($t $beside);
    )*)*};
}

macro_rules! beside {
    ($t:ident [$($left:ident)*]) => {$(
        #[diagnostic::do_not_recommend]
        impl MxBeside<$left> for $t {}
    )*};
}

factors! {
    One 1 |x, _at| x.value(), [F8E4M3 F8E5M2] [F8E4M3 F8E5M2];
    Two 2 |x, at| x.parts()[at], [F4E2M1x2 F4E1M2x2] [F4E2M1x2 F4E1M2x2];
}

/// A factor and its scales.
pub(crate) struct Scaled<'a, T> {
    pub(crate) elements: Src<'a, T>,
    pub(crate) scales: Src<'a, F8E8M0>,
}

impl<T: MxFactor> Scaled<'_, T> {
    /// The numbers of a row, scaled.
    #[inline(always)]
    fn row(&self, row: usize, line: &mut [f64]) {
        for (k, number) in line.iter_mut().enumerate() {
            let at = self.elements.index(row, k / T::COUNT, size_of::<T>());
            let scale = self.scales.data[self.scales.index(row, k / GROUP, 1)];
            *number = self.elements.data[at].number(k % T::COUNT) * scale.value();
        }
    }

    /// The numbers at `k` of the columns, scaled.
    #[inline(always)]
    fn along_columns(&self, k: usize, line: &mut [f64]) {
        for (col, number) in line.iter_mut().enumerate() {
            let at = self.elements.index(k / T::COUNT, col, size_of::<T>());
            let scale = self.scales.data[self.scales.index(k / GROUP, col, 1)];
            *number = self.elements.data[at].number(k % T::COUNT) * scale.value();
        }
    }
}

/// `acc = left * right`, or from [`Start::Sums`] on `acc += left * right`, over the valid region of `acc` and the valid columns of
/// `left`.
#[inline(always)]
pub(crate) fn multiply<L: MxFactor, R: MxFactor>(
    acc: &mut Dst<'_, f32>,
    left: &Scaled<'_, L>,
    right: &Scaled<'_, R>,
    start: Start,
) {
    let ((rows, cols), depth) = (acc.valid, left.elements.valid.1 * L::COUNT);
    let mut panel = vec![0.0; depth * cols];
    for (k, line) in panel.chunks_mut(cols.max(1)).enumerate() {
        right.along_columns(k, line);
    }
    let (mut line, mut sums) = (vec![0.0; depth], vec![0.0; cols]);
    for row in 0..rows {
        left.row(row, &mut line);
        for (col, sum) in sums.iter_mut().enumerate() {
            let at = acc.index(row, col, size_of::<f32>());
            *sum = if start == Start::Sums { f64::from(acc.data[at]) } else { 0.0 };
        }
        for (x, right) in line.iter().zip(panel.chunks(cols.max(1))) {
            for (sum, y) in sums.iter_mut().zip(right) {
                *sum += x * y;
            }
        }
        for (col, sum) in sums.iter().enumerate() {
            let at = acc.index(row, col, size_of::<f32>());
            acc.data[at] = *sum as f32;
        }
    }
}
