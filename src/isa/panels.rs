//! The inner loop of the matrix products: lines of the left factor times packed panels of the right one, in f32 for every
//! element type.
//!
//! A product of f32 is added with one rounding ([`f32::mul_add`]), k by k in ascending order, so that the bits depend neither
//! on the CPU nor on how the work is cut. f16 and bf16 widen exactly. Products of i8 are summed in f32 too, which is exact for
//! [`DEPTH`] of them, and then added to the i32.

use half::{bf16, f16};

use crate::issue::{Dst, Src};
use crate::tile::layout::FRACTAL_ROWS;
use crate::tile::{Dtype, LayoutId};

/// How many products are summed in one go.
const DEPTH: usize = 64;
/// Columns of a panel of the right factor: with [`DEPTH`] rows, what the first cache holds.
const WIDTH: usize = 128;
/// Products that are added to a line of sums before it is stored.
const GROUP: usize = 8;

/// An element type of a matrix product's factors.
pub trait Factor: Dtype {
    /// What the products are summed in.
    type Acc: Dtype;
    #[doc(hidden)]
    fn factor(self) -> f32;
    /// Where the sum of some products starts, if `acc` is what was summed before.
    #[doc(hidden)]
    fn start(acc: Self::Acc) -> f32;
    /// The sum, from what was before and what `start` has become.
    #[doc(hidden)]
    fn finish(acc: Self::Acc, sum: f32) -> Self::Acc;
}

macro_rules! float_factors {
    ($($t:ty)*) => {$(
        impl Factor for $t {
            type Acc = f32;

            #[inline(always)]
            fn factor(self) -> f32 {
                self.widen()
            }
            #[inline(always)]
            fn start(acc: f32) -> f32 {
                acc
            }
            #[inline(always)]
            fn finish(_: f32, sum: f32) -> f32 {
                sum
            }
        }
    )*};
}

float_factors!(f32 f16 bf16);

impl Factor for i8 {
    type Acc = i32;

    #[inline(always)]
    fn factor(self) -> f32 {
        f32::from(self)
    }
    #[inline(always)]
    fn start(_: i32) -> f32 {
        0.0
    }
    #[inline(always)]
    fn finish(acc: i32, sum: f32) -> i32 {
        acc.wrapping_add(sum as i32)
    }
}

/// Rows of the right factor.
type Panel = [[f32; WIDTH]; DEPTH];

/// `acc += left * right` over the valid region of `acc` and the valid columns of `left`.
#[inline(always)]
pub(super) fn multiply<T: Factor>(
    acc: &mut Dst<'_, T::Acc>,
    left: &Src<'_, T>,
    right: &Src<'_, T>,
) {
    let ((rows, cols), depth) = (acc.valid, left.valid.1);
    let mut panel = [[0.0; WIDTH]; DEPTH];
    for k in (0..depth).step_by(DEPTH) {
        let ks = DEPTH.min(depth - k);
        for col in (0..cols).step_by(WIDTH) {
            let width = WIDTH.min(cols - col);
            pack(&mut panel, right, (k, col), (ks, width));
            for row in 0..rows {
                let line = widened(left, (row, k), ks);
                add_line::<T>(acc, (row, col), width, &line[..ks], &panel[..ks]);
            }
        }
    }
}

/// `ks` elements of a row of the left factor.
#[inline(always)]
fn widened<T: Factor>(left: &Src<'_, T>, (row, from): (usize, usize), ks: usize) -> [f32; DEPTH] {
    let mut line = [0.0; DEPTH];
    let (run, _) = left.layout.along_row(left.shape, size_of::<T>());
    for k in (0..ks).step_by(run) {
        let first = left.index(row, from + k, size_of::<T>());
        for (to, x) in line[k..ks].iter_mut().zip(&left.data[first..first + run]) {
            *to = x.factor();
        }
    }
    line
}

/// Fills a panel with `ks` rows and `cols` columns of the right factor.
#[inline(always)]
fn pack<T: Factor>(
    panel: &mut Panel,
    right: &Src<'_, T>,
    from: (usize, usize),
    (ks, cols): (usize, usize),
) {
    let (run, _) = right.layout.along_col(right.shape, size_of::<T>());
    for k in (0..ks).step_by(run) {
        for col in 0..cols {
            let first = right.index(from.0 + k, from.1 + col, size_of::<T>());
            for (line, x) in panel[k..ks].iter_mut().zip(&right.data[first..first + run]) {
                line[col] = x.factor();
            }
        }
    }
}

/// Adds the product of a line of the left factor and a panel to `width` elements of a row of `acc`.
#[inline(always)]
fn add_line<T: Factor>(
    acc: &mut Dst<'_, T::Acc>,
    (row, col): (usize, usize),
    width: usize,
    line: &[f32],
    panel: &[[f32; WIDTH]],
) {
    let mut sums = [0.0; WIDTH];
    let (shape, size) = (acc.shape, size_of::<T::Acc>());
    let first = |part| LayoutId::NzAcc.index((row, col + part), shape, size);
    for part in (0..width).step_by(FRACTAL_ROWS) {
        let from = &acc.data[first(part)..first(part) + FRACTAL_ROWS];
        for (sum, acc) in sums[part..].iter_mut().zip(from) {
            *sum = T::start(*acc);
        }
    }
    let (lines, panels) = (line.chunks_exact(GROUP), panel.chunks_exact(GROUP));
    let rest = lines.remainder().iter().zip(panels.remainder());
    for (x, y) in lines.zip(panels) {
        for col in 0..WIDTH {
            let mut sum = sums[col];
            for k in 0..GROUP {
                sum = x[k].mul_add(y[k][col], sum);
            }
            sums[col] = sum;
        }
    }
    for (x, y) in rest {
        for (sum, y) in sums.iter_mut().zip(y) {
            *sum = x.mul_add(*y, *sum);
        }
    }
    for part in (0..width).step_by(FRACTAL_ROWS) {
        let end = width.min(part + FRACTAL_ROWS);
        for (sum, acc) in sums[part..end].iter().zip(&mut acc.data[first(part)..]) {
            *acc = T::finish(*acc, *sum);
        }
    }
}
