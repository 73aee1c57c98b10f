//! Tensors borrowed from `ndarray` arrays (feature `ndarray`).

use ndarray::{ArrayBase, Data, DataMut, Dimension};

use super::{GlobalError, GlobalTensor, GlobalTensorMut};
use crate::tile::{Dtype, RowMajor};

impl<'h, T: Dtype> GlobalTensor<'h, T, RowMajor> {
    /// Borrows an array of 1 to 5 dimensions, in any order of axes.
    ///
    /// # Errors
    ///
    /// If there are more than 5 dimensions, one is 0, or the elements are not contiguous in memory.
    pub fn from_array<S, D>(array: &'h ArrayBase<S, D>) -> Result<Self, GlobalError>
    where
        S: Data<Elem = T>,
        D: Dimension,
    {
        let (extent, stride) = five(array.shape(), array.strides())?;
        let data = array.as_slice_memory_order().ok_or(GlobalError::NotContiguous)?;
        Self::with_stride(data, extent, stride)
    }
}

impl<'h, T: Dtype> GlobalTensorMut<'h, T, RowMajor> {
    /// Borrows an array of 1 to 5 dimensions, in any order of axes.
    ///
    /// # Errors
    ///
    /// As [`GlobalTensor::from_array`].
    pub fn from_array<S, D>(array: &'h mut ArrayBase<S, D>) -> Result<Self, GlobalError>
    where
        S: DataMut<Elem = T>,
        D: Dimension,
    {
        let (extent, stride) = five(array.shape(), array.strides())?;
        let data = array.as_slice_memory_order_mut().ok_or(GlobalError::NotContiguous)?;
        Self::with_stride(data, extent, stride)
    }
}

/// Shape and strides, filled up to five dimensions.
fn five(shape: &[usize], strides: &[isize]) -> Result<([usize; 5], [usize; 5]), GlobalError> {
    let dims = shape.len();
    if dims == 0 || dims > 5 {
        return Err(GlobalError::Dims { dims });
    }
    let (mut extent, mut stride) = ([1; 5], [0; 5]);
    extent[5 - dims..].copy_from_slice(shape);
    for (to, &from) in stride[5 - dims..].iter_mut().zip(strides) {
        *to = usize::try_from(from).map_err(|_| GlobalError::NegativeStride { stride: from })?;
    }
    Ok((extent, stride))
}
