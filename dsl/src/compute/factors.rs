//! Which element types are multiplied with each other, and what their products are summed in.

use half::{bf16, f16};

use super::packing::Packing;
use super::panels::{Product, Start};
use crate::memory::{Dst, Src};
use crate::simd::Lane;
use crate::tile::{Dtype, F8E4M3, F8E5M2, Float, HiF8, LayoutId};

/// An element type of a matrix product's factors.
#[allow(private_bounds, reason = "how they are multiplied is nobody else's business")]
pub trait Factor: Dtype + Multiplied<Self::Acc> {
    /// What the products are summed in.
    type Acc: Dtype;
}

/// `Self` is multiplied and summed in `A`.
pub(crate) trait Multiplied<A>: Sized {
    /// `acc = left * right`, or from [`Start::Sums`] on `acc += left * right`, over the valid region of `acc` and the valid
    /// columns of `left`.
    fn multiply(acc: Dst<'_, A>, left: Src<'_, Self>, right: Src<'_, Self>, start: Start);
}

/// A right factor of `Self` goes with a left one of `L`: both of one element type, or [`F8E4M3`] and [`F8E5M2`].
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: a product has no factors of {L} and {Self}",
    label = "expected a right factor of the left one's dtype",
    note = "the factors of a product have one dtype; on a5 `F8E4M3` and `F8E5M2` go with each other"
)]
#[allow(private_bounds, reason = "how they are multiplied is nobody else's business")]
pub trait Beside<L>: Dtype + MultipliedAfter<L> {}

/// `Self` is multiplied after `L`, as [`Multiplied`] says.
pub(crate) trait MultipliedAfter<L>: Sized {
    fn multiply_after(acc: Dst<'_, L::Acc>, left: Src<'_, L>, right: Src<'_, Self>, start: Start)
    where
        L: Factor;
}

#[diagnostic::do_not_recommend]
impl<T: Dtype> Beside<T> for T {}

impl<T: Dtype> MultipliedAfter<T> for T {
    #[inline]
    fn multiply_after(acc: Dst<'_, T::Acc>, left: Src<'_, T>, right: Src<'_, T>, start: Start)
    where
        T: Factor,
    {
        T::multiply(acc, left, right, start);
    }
}

/// Factors of two types are widened first, which is exact.
macro_rules! beside {
    ($($right:ident after $left:ident;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl Beside<$left> for $right {}

        impl MultipliedAfter<$left> for $right {
            // As for `multiply`: it alone would bring all levels of f32 into the library.
            #[inline]
            fn multiply_after(acc: Dst<'_, f32>, left: Src<'_, $left>, right: Src<'_, $right>, start: Start) {
                let (left, right) = (Widened::new(&left), Widened::new(&right));
                f32::multiply(acc, left.rows(), right.rows(), start);
            }
        }
    )*};
}

beside! {
    F8E4M3 after F8E5M2;
    F8E5M2 after F8E4M3;
}

/// The valid elements of a factor, row after row.
struct Widened {
    elements: Vec<f32>,
    extent: (usize, usize),
}

impl Widened {
    fn new<T: Float>(factor: &Src<'_, T>) -> Self {
        let (rows, cols) = factor.valid;
        let mut elements = Vec::with_capacity(rows * cols);
        for row in 0..rows {
            for col in 0..cols {
                elements.push(factor.data[factor.index(row, col, size_of::<T>())].to_f32());
            }
        }
        Widened { elements, extent: (rows, cols) }
    }

    fn rows(&self) -> Src<'_, f32> {
        Src { data: &self.elements, valid: self.extent, shape: self.extent, layout: LayoutId::Nd }
    }
}

macro_rules! factors {
    ($($elem:ident into $acc:ident;)*) => {$(
        impl Factor for $elem {
            type Acc = $acc;
        }

        impl Multiplied<$acc> for $elem {
            // Compiled in the crates that multiply: the levels of all element types are most of a build of the library.
            #[inline]
            fn multiply(acc: Dst<'_, $acc>, left: Src<'_, $elem>, right: Src<'_, $elem>, start: Start) {
                Packing::with(|packing| $acc::dispatch(Product { acc, left, right, start, packing }));
            }
        }
    )*};
}

factors! {
    f32 into f32;
    f16 into f32;
    bf16 into f32;
    i8 into i32;
    F8E4M3 into f32;
    F8E5M2 into f32;
    HiF8 into f32;
}
