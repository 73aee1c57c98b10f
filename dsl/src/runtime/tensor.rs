//! Device memory with a shape, which a stream owns while a tile kernel works on it.

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use super::buffer::DeviceBuffer;
use crate::global::{GlobalError, GlobalTensor, GlobalTensorMut, InArg, OutArg};
use crate::tile::{Dtype, Layout, RowMajor};

/// A buffer with a shape: what [`Stream::launch_tiles`](super::Stream::launch_tiles) passes to a tile
/// kernel, whole or in parts.
///
/// It is the owned twin of [`GlobalTensor`] and [`GlobalTensorMut`], and as an argument stands for a
/// `GlobalIn` or a `GlobalOut` of its element type and layout. It dereferences to its buffer.
///
/// ```
/// use tilesync::runtime::{Device, DeviceBuffer, DeviceTensor};
///
/// let buffer = DeviceBuffer::filled(Device::current(), 32 * 8, 0.0_f32)?;
/// // One part of 8 x 8 for each of 4 blocks.
/// let tensor: DeviceTensor<f32> = DeviceTensor::new(buffer, &[32, 8])?.in_parts(8, 8)?;
/// assert_eq!(tensor.into_buffer().len(), 256);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct DeviceTensor<T, L = RowMajor> {
    buffer: DeviceBuffer<T>,
    shape: Vec<usize>,
    part: Option<(usize, usize)>,
    layout: PhantomData<fn() -> L>,
}

impl<T: Dtype, L: Layout> DeviceTensor<T, L> {
    /// A tensor of 1 to 5 dimensions, without gaps, passed whole.
    ///
    /// # Errors
    ///
    /// As [`GlobalTensor::new`].
    pub fn new(buffer: DeviceBuffer<T>, shape: &[usize]) -> Result<Self, GlobalError> {
        GlobalTensor::<T, L>::new(&buffer, shape)?;
        Ok(Self { buffer, shape: shape.to_vec(), part: None, layout: PhantomData })
    }

    /// Passed in parts of `rows` x `cols`, one a block, as by [`GlobalTensor::parts`].
    ///
    /// # Errors
    ///
    /// If `rows` or `cols` is 0.
    pub fn in_parts(mut self, rows: usize, cols: usize) -> Result<Self, GlobalError> {
        GlobalTensor::<T, L>::new(&self.buffer, &self.shape)?.parts(rows, cols)?;
        self.part = Some((rows, cols));
        Ok(self)
    }

    /// The buffer, without its shape.
    #[must_use]
    pub fn into_buffer(self) -> DeviceBuffer<T> {
        self.buffer
    }

    pub(crate) fn input(&self) -> Result<InArg<'_, T, L>, GlobalError> {
        let tensor = GlobalTensor::new(&self.buffer, &self.shape)?;
        match self.part {
            Some((rows, cols)) => tensor.parts(rows, cols),
            None => Ok(tensor.whole()),
        }
    }

    pub(crate) fn output(&mut self) -> Result<OutArg<'_, T, L>, GlobalError> {
        Ok(GlobalTensorMut::new(&mut self.buffer, &self.shape)?.into_arg(self.part))
    }
}

impl<T, L> Deref for DeviceTensor<T, L> {
    type Target = DeviceBuffer<T>;

    fn deref(&self) -> &DeviceBuffer<T> {
        &self.buffer
    }
}

impl<T, L> DerefMut for DeviceTensor<T, L> {
    fn deref_mut(&mut self) -> &mut DeviceBuffer<T> {
        &mut self.buffer
    }
}
