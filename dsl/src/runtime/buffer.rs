//! Device memory.

use std::ops::{Deref, DerefMut};

use super::error::Error;
use super::ids::Device;

/// Memory of a device, holding `T`s.
///
/// It is a value that one owner has, and that is what makes it safe: a launch either
/// [takes it](super::Stream::launch_with) and gives it back when the work is done, or
/// [borrows it](super::scope) until the end of a scope that waits for the work. Between, nobody can
/// free it, read it or write it:
///
/// ```compile_fail,E0382
/// # use tilesync::runtime::{Device, DeviceBuffer, Stream};
/// # let stream = Stream::new(Device::current());
/// let buffer = DeviceBuffer::filled(Device::current(), 4, 0_u32)?;
/// let filling = stream.launch_with(buffer, |buffer| buffer.fill(1))?;
/// println!("{}", buffer[0]); // the launch has it
/// # Ok::<(), tilesync::runtime::Error>(())
/// ```
///
/// The devices are simulated and share the memory of the host: a buffer dereferences to a slice, and
/// a kernel may use buffers of any device.
#[derive(Debug, PartialEq, Eq)]
pub struct DeviceBuffer<T> {
    device: Device,
    data: Vec<T>,
}

impl<T> DeviceBuffer<T> {
    /// Makes memory of `device` from what a vector holds, without copying it.
    #[must_use]
    pub fn new(device: Device, data: Vec<T>) -> Self {
        Self { device, data }
    }

    /// Allocates `len` elements, all `value`.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`], if there is no room for them.
    pub fn filled(device: Device, len: usize, value: T) -> Result<Self, Error>
    where
        T: Clone,
    {
        let mut data = Vec::new();
        if data.try_reserve_exact(len).is_err() {
            return Err(Error::OutOfMemory { device, len });
        }
        data.resize(len, value);
        Ok(Self { device, data })
    }

    /// The device whose memory this is.
    #[must_use]
    pub fn device(&self) -> Device {
        self.device
    }

    /// What the buffer holds, as a vector, without copying it.
    #[must_use]
    pub fn into_vec(self) -> Vec<T> {
        self.data
    }
}

impl<T> Deref for DeviceBuffer<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.data
    }
}

impl<T> DerefMut for DeviceBuffer<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.data
    }
}

impl<T> AsRef<[T]> for DeviceBuffer<T> {
    fn as_ref(&self) -> &[T] {
        self
    }
}

impl<T> AsMut<[T]> for DeviceBuffer<T> {
    fn as_mut(&mut self) -> &mut [T] {
        self
    }
}
