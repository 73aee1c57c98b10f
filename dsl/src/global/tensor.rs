//! Tensors as the host makes them.

use std::marker::PhantomData;

use super::part::Cut;
use super::shape::Shape;
use super::{GlobalError, InArg, OutArg};
use crate::tile::{Dtype, Layout, LayoutId, RowMajor};

/// A tensor that kernels read, borrowed from a slice. Copies are cheap.
///
/// Five dimensions with strides, as PTO's `GlobalTensor`; fewer are filled up with ones on the outside. `L` is the layout:
/// [`RowMajor`] (ND), [`ColMajor`](crate::ColMajor) (DN) or [`Nz`](crate::Nz). A kernel sees rows and columns: for ND the
/// last dimension is the columns, all others are the rows.
///
/// ```
/// use tilesync::prelude::*;
///
/// let data: Vec<f32> = (0..2 * 100 * 64).map(|i| i as f32).collect();
/// let x: GlobalTensor<'_, f32> = GlobalTensor::new(&data, &[2, 100, 64])?; // 200 rows of 64 columns
/// let all = x.whole(); // every block sees all of it
/// let parts = x.parts(64, 64)?; // block `b` sees part `b`: of 64, 64, 64 and 8 rows
/// let each = x.batched_parts(64, 64)?; // 64 and 36 rows of each of the two batches
/// // Every other row, by strides in elements; the last of five dimensions are rows and columns.
/// let even = GlobalTensor::<f32>::with_stride(&data, [1, 1, 1, 100, 64], [0, 0, 0, 128, 1])?;
/// # let _ = (all, parts, each, even);
/// # Ok::<(), LaunchError>(())
/// ```
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
/// As [`GlobalTensor`], and no two positions are one element. The kernel says what it does with it: it takes a
/// [`GlobalOut`](super::GlobalOut), a [`GlobalInOut`](super::GlobalInOut) or a [`GlobalSum`](super::GlobalSum).
///
/// ```
/// use tilesync::prelude::*;
///
/// let mut data = vec![f32::NAN; 200 * 64];
/// let mut y = GlobalTensorMut::<f32>::new(&mut data, &[200, 64])?;
/// let parts = y.parts(64, 64)?; // block `b` writes part `b`, and no other block does
/// # let _ = parts;
/// # Ok::<(), LaunchError>(())
/// ```
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
        InArg::new(self.data, &self.shape, Cut::Whole)
    }

    /// Block `b` sees part `b`: the tensor is cut into parts of `rows` × `cols`, row after row; those at the edge are smaller.
    ///
    /// # Errors
    ///
    /// If `rows` or `cols` is 0.
    pub fn parts(&self, rows: usize, cols: usize) -> Result<InArg<'h, T, L>, GlobalError> {
        not_empty(rows, cols)?;
        Ok(InArg::new(self.data, &self.shape, Cut::Grid(rows, cols)))
    }

    /// As [`parts`](Self::parts), and no part reaches over the end of a batch.
    ///
    /// A batch is what the outer dimensions count: a tensor of shape `[b, rows, cols]` has `b` of them, each `rows` × `cols`, and
    /// each is cut on its own. Its last parts are smaller where the parts do not divide it.
    ///
    /// ```
    /// # use tilesync::prelude::*;
    /// // Three batches of 10 rows in parts of 4: 4, 4 and 2 rows of each.
    /// let data = [0.0_f32; 3 * 10 * 8];
    /// let x = GlobalTensor::<f32>::new(&data, &[3, 10, 8])?.batched_parts(4, 8)?;
    /// # let _ = x;
    /// # Ok::<(), tilesync::global::GlobalError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If `rows` or `cols` is 0, or the layout is [`Nz`](crate::Nz), whose outer dimensions are no batches.
    pub fn batched_parts(&self, rows: usize, cols: usize) -> Result<InArg<'h, T, L>, GlobalError> {
        Ok(InArg::new(self.data, &self.shape, batches::<L>(&self.shape, rows, cols)?))
    }

    /// Block `b` sees the rows from `offsets[b]` up to `offsets[b + 1]`, all columns: sequences of different lengths, one after the
    /// other. A sequence may be empty.
    ///
    /// # Errors
    ///
    /// If there are fewer than two offsets, one is less than the one before, or the last lies beyond the tensor.
    pub fn ragged_parts(&self, offsets: &'h [u32]) -> Result<InArg<'h, T, L>, GlobalError> {
        Ok(InArg::new(self.data, &self.shape, ragged::<L>(&self.shape, offsets)?))
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

    /// The only block of the grid writes the whole tensor; or every block adds to it, where the kernel takes a
    /// [`GlobalSum`](super::GlobalSum).
    #[must_use]
    pub fn whole(&mut self) -> OutArg<'_, T, L> {
        OutArg::new(self.data, &self.shape, Cut::Whole)
    }

    /// Block `b` writes part `b`, cut as by [`GlobalTensor::parts`]. The parts are disjoint.
    ///
    /// # Errors
    ///
    /// If `rows` or `cols` is 0.
    pub fn parts(&mut self, rows: usize, cols: usize) -> Result<OutArg<'_, T, L>, GlobalError> {
        not_empty(rows, cols)?;
        Ok(OutArg::new(self.data, &self.shape, Cut::Grid(rows, cols)))
    }

    /// Block `b` writes part `b`, cut as by [`GlobalTensor::batched_parts`]. The parts are disjoint.
    ///
    /// # Errors
    ///
    /// As [`GlobalTensor::batched_parts`].
    pub fn batched_parts(
        &mut self,
        rows: usize,
        cols: usize,
    ) -> Result<OutArg<'_, T, L>, GlobalError> {
        let cut = batches::<L>(&self.shape, rows, cols)?;
        Ok(OutArg::new(self.data, &self.shape, cut))
    }

    /// Block `b` writes a sequence of rows, cut as by [`GlobalTensor::ragged_parts`]. The sequences are disjoint.
    ///
    /// # Errors
    ///
    /// As [`GlobalTensor::ragged_parts`].
    pub fn ragged_parts<'s>(
        &'s mut self,
        offsets: &'s [u32],
    ) -> Result<OutArg<'s, T, L>, GlobalError> {
        let cut = ragged::<L>(&self.shape, offsets)?;
        Ok(OutArg::new(self.data, &self.shape, cut))
    }

    /// The whole tensor, or parts that are not empty, for as long as the slice is borrowed.
    pub(crate) fn into_arg(self, part: Option<(usize, usize)>) -> OutArg<'h, T, L> {
        let cut = part.map_or(Cut::Whole, |(rows, cols)| Cut::Grid(rows, cols));
        OutArg::new(self.data, &self.shape, cut)
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

pub(super) fn batches<L: Layout>(
    shape: &Shape,
    rows: usize,
    cols: usize,
) -> Result<Cut<'static>, GlobalError> {
    not_empty(rows, cols)?;
    let [.., inner_rows, inner_cols] = shape.extent;
    let (all_rows, all_cols) = shape.axes(L::ID);
    let batch = match L::ID {
        LayoutId::Nd => (inner_rows, all_cols.extent()),
        LayoutId::Dn => (all_rows.extent(), inner_cols),
        _ => return Err(GlobalError::NoBatches),
    };
    Ok(Cut::Batches { part: (rows, cols), batch })
}

fn ragged<'o, L: Layout>(shape: &Shape, offsets: &'o [u32]) -> Result<Cut<'o>, GlobalError> {
    let rows = shape.axes(L::ID).0.extent();
    let [_, _, ..] = offsets else {
        return Err(GlobalError::TooFewOffsets { offsets: offsets.len() });
    };
    if let Some(at) = offsets.windows(2).position(|pair| pair[0] > pair[1]) {
        let (first, next) = (offsets[at] as usize, offsets[at + 1] as usize);
        return Err(GlobalError::FallingOffsets { at, first, next });
    }
    match offsets.last() {
        Some(&end) if end as usize > rows => {
            Err(GlobalError::OffsetBeyond { offset: end as usize, rows })
        }
        _ => Ok(Cut::Ragged(offsets)),
    }
}

fn not_empty(rows: usize, cols: usize) -> Result<(), GlobalError> {
    if rows == 0 || cols == 0 { Err(GlobalError::EmptyPart { rows, cols }) } else { Ok(()) }
}
