//! Memory of a launch that is neither an input nor an output.

use std::marker::PhantomData;

use super::part::Cut;
use super::shape::Shape;
use super::tensor::batches;
use super::{GlobalError, OutArg};
use crate::tile::{Dtype, Layout, RowMajor};

/// Memory that a kernel stores to and loads, and that the host never looks at: what one phase leaves for the next.
///
/// It has no content of its own. Each launch finds other bytes in it than the last one left, NaN in floats: so a kernel that loads what no
/// block has stored is seen to be wrong. `check_cluster` and `explore_cluster` find it.
///
/// ```
/// # use tilesync::prelude::*;
/// let mut partials = Workspace::<f32>::new(&[4, 64, 64])?;
/// let args = (partials.parts(64, 64)?,);
/// # let _ = args;
/// # Ok::<(), LaunchError>(())
/// ```
#[derive(Debug)]
pub struct Workspace<T, L = RowMajor> {
    data: Vec<T>,
    shape: Shape,
    layout: PhantomData<fn() -> L>,
}

impl<T: Dtype, L: Layout> Workspace<T, L> {
    /// Memory for a tensor of 1 to 5 dimensions, as [`GlobalTensorMut::new`](super::GlobalTensorMut::new).
    ///
    /// # Errors
    ///
    /// If there are no dimensions or more than 5, one is 0, the shape does not suit the layout, or there is not so much memory.
    pub fn new(dims: &[usize]) -> Result<Self, GlobalError> {
        let shape = Shape::dense(dims, L::ID)?;
        shape.check_layout(L::ID, size_of::<T>())?;
        shape.check_addressable(L::ID)?;
        let (mut data, len) = (Vec::new(), shape.span());
        if data.try_reserve_exact(len).is_err() {
            return Err(GlobalError::NoMemory { shape: dims.to_vec() });
        }
        data.resize(len, T::ZERO);
        Ok(Workspace { data, shape, layout: PhantomData })
    }

    /// All of it, as [`GlobalTensorMut::whole`](super::GlobalTensorMut::whole).
    #[must_use]
    pub fn whole(&mut self) -> OutArg<'_, T, L> {
        self.arg(Cut::Whole)
    }

    /// Block `b` has part `b`, as [`GlobalTensorMut::parts`](super::GlobalTensorMut::parts).
    ///
    /// # Errors
    ///
    /// If `rows` or `cols` is 0.
    pub fn parts(&mut self, rows: usize, cols: usize) -> Result<OutArg<'_, T, L>, GlobalError> {
        if rows == 0 || cols == 0 {
            return Err(GlobalError::EmptyPart { rows, cols });
        }
        Ok(self.arg(Cut::Grid(rows, cols)))
    }

    /// Block `b` has part `b`, and no part reaches over the end of a batch, as [`GlobalTensorMut::batched_parts`](super::GlobalTensorMut::batched_parts).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn batched_parts(
        &mut self,
        rows: usize,
        cols: usize,
    ) -> Result<OutArg<'_, T, L>, GlobalError> {
        let cut = batches::<L>(&self.shape, rows, cols)?;
        Ok(self.arg(cut))
    }

    fn arg(&mut self, cut: Cut<'static>) -> OutArg<'_, T, L> {
        self.data.fill(T::from_bits(u64::MAX));
        OutArg::new(&mut self.data, &self.shape, cut).blank()
    }
}
