//! Tensors as the host makes them.

use std::marker::PhantomData;

use super::shape::Shape;
use super::{GlobalError, InArg, OutArg};
use crate::tile::{Dtype, Layout, RowMajor};

/// A tensor that kernels read, borrowed from a slice. Copies are cheap.
///
/// Five dimensions with strides, as PTO's `GlobalTensor`; fewer are filled up with ones on the outside. `L` is the layout:
/// [`RowMajor`] (ND), [`ColMajor`](crate::ColMajor) (DN) or [`Nz`](crate::Nz). A kernel sees rows and columns: for ND the
/// last dimension is the columns, all others are the rows.
#[derive(Debug)]
pub struct GlobalTensor<'h, T, L = RowMajor> {
    data: &'h [T],
    shape: Shape,
    layout: PhantomData<fn() -> L>,
}

impl<T, L> Clone for GlobalTensor<'_, T, L> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, L> Copy for GlobalTensor<'_, T, L> {}

/// A tensor that a kernel writes, borrowed from a slice exclusively.
///
/// As [`GlobalTensor`], and no two positions are one element.
#[derive(Debug)]
pub struct GlobalTensorMut<'h, T, L = RowMajor> {
    data: &'h mut [T],
    shape: Shape,
    layout: PhantomData<fn() -> L>,
}

impl<'h, T: Dtype, L: Layout> GlobalTensor<'h, T, L> {
    /// A tensor of 1 to 5 dimensions, without gaps.
    ///
    /// # Errors
    ///
    /// If there are no dimensions or more than 5, one is 0, the slice does not have as many elements as the shape, or the
    /// shape does not suit the layout.
    pub fn new(data: &'h [T], shape: &[usize]) -> Result<Self, GlobalError> {
        let shape = dense::<T, L>(data.len(), shape)?;
        Ok(GlobalTensor { data, shape, layout: PhantomData })
    }

    /// A tensor with strides, in elements; a stride of 0 repeats what is inside of it.
    ///
    /// # Errors
    ///
    /// If a dimension is 0, the slice is too short, or the shape does not suit the layout.
    pub fn with_stride(
        data: &'h [T],
        extent: [usize; 5],
        stride: [usize; 5],
    ) -> Result<Self, GlobalError> {
        let shape = strided::<T, L>(data.len(), Shape { extent, stride })?;
        Ok(GlobalTensor { data, shape, layout: PhantomData })
    }

    /// Every block sees the whole tensor.
    #[must_use]
    pub fn whole(&self) -> InArg<'h, T, L> {
        InArg::new(self.data, &self.shape, None)
    }

    /// Block `b` sees part `b`: the tensor is cut into parts of `rows` × `cols`, row after row; those at the edge are smaller.
    ///
    /// # Errors
    ///
    /// If `rows` or `cols` is 0.
    pub fn parts(&self, rows: usize, cols: usize) -> Result<InArg<'h, T, L>, GlobalError> {
        not_empty(rows, cols)?;
        Ok(InArg::new(self.data, &self.shape, Some((rows, cols))))
    }
}

impl<'h, T: Dtype, L: Layout> GlobalTensorMut<'h, T, L> {
    /// As [`GlobalTensor::new`].
    ///
    /// # Errors
    ///
    /// As [`GlobalTensor::new`].
    pub fn new(data: &'h mut [T], shape: &[usize]) -> Result<Self, GlobalError> {
        let shape = dense::<T, L>(data.len(), shape)?;
        Ok(GlobalTensorMut { data, shape, layout: PhantomData })
    }

    /// A tensor with strides, in elements.
    ///
    /// # Errors
    ///
    /// As [`GlobalTensor::with_stride`], and if two positions are one element: each stride must step over everything
    /// inside of it.
    pub fn with_stride(
        data: &'h mut [T],
        extent: [usize; 5],
        stride: [usize; 5],
    ) -> Result<Self, GlobalError> {
        let shape = strided::<T, L>(data.len(), Shape { extent, stride })?;
        shape.check_disjoint()?;
        Ok(GlobalTensorMut { data, shape, layout: PhantomData })
    }

    /// The only block of the grid writes the whole tensor.
    #[must_use]
    pub fn whole(&mut self) -> OutArg<'_, T, L> {
        OutArg::new(self.data, &self.shape, None)
    }

    /// Block `b` writes part `b`, cut as by [`GlobalTensor::parts`]. The parts are disjoint.
    ///
    /// # Errors
    ///
    /// If `rows` or `cols` is 0.
    pub fn parts(&mut self, rows: usize, cols: usize) -> Result<OutArg<'_, T, L>, GlobalError> {
        not_empty(rows, cols)?;
        Ok(OutArg::new(self.data, &self.shape, Some((rows, cols))))
    }

    /// The whole tensor, or parts that are not empty, for as long as the slice is borrowed.
    pub(crate) fn into_arg(self, part: Option<(usize, usize)>) -> OutArg<'h, T, L> {
        OutArg::new(self.data, &self.shape, part)
    }
}

fn dense<T: Dtype, L: Layout>(len: usize, dims: &[usize]) -> Result<Shape, GlobalError> {
    let shape = Shape::dense(dims, L::ID)?;
    shape.check_layout(L::ID, size_of::<T>())?;
    if shape.span() != len {
        return Err(GlobalError::Length { shape: dims.to_vec(), needed: shape.span(), len });
    }
    shape.check_addressable(L::ID)?;
    Ok(shape)
}

fn strided<T: Dtype, L: Layout>(len: usize, shape: Shape) -> Result<Shape, GlobalError> {
    if shape.extent.contains(&0) {
        return Err(GlobalError::Empty { shape: shape.extent.to_vec() });
    }
    shape.check_layout(L::ID, size_of::<T>())?;
    if shape.span() > len {
        let needed = shape.span();
        return Err(GlobalError::Length { shape: shape.extent.to_vec(), needed, len });
    }
    shape.check_addressable(L::ID)?;
    Ok(shape)
}

fn not_empty(rows: usize, cols: usize) -> Result<(), GlobalError> {
    if rows == 0 || cols == 0 { Err(GlobalError::EmptyPart { rows, cols }) } else { Ok(()) }
}
