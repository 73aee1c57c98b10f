//! Guards: a current device or stream for a while.

use super::context;
use super::ids::Device;
use super::stream::{self, Stream};

/// Makes a device current on this thread until it is dropped, by a return or by a panic; then the
/// device is current again that was before.
///
/// ```
/// use tilesync::runtime::{Device, DeviceGuard};
///
/// let second = Device::new(1)?;
/// let caught = std::panic::catch_unwind(|| {
///     let _guard = DeviceGuard::new(second);
///     assert_eq!(Device::current(), second);
///     panic!("on the way out");
/// });
/// assert!(caught.is_err());
/// assert_eq!(Device::current().index(), 0);
/// # Ok::<(), tilesync::runtime::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "the device is current only while the guard lives"]
pub struct DeviceGuard {
    before: Device,
    /// A guard restores what is current on the thread that made it, so it must stay there.
    _stays: std::marker::PhantomData<*const ()>,
}

impl DeviceGuard {
    /// Makes `device` current.
    pub fn new(device: Device) -> Self {
        Self { before: context::set_device(device), _stays: std::marker::PhantomData }
    }
}

impl Drop for DeviceGuard {
    fn drop(&mut self) {
        context::set_device(self.before);
    }
}

/// Makes a stream current on this thread, and with it its device, until it is dropped.
///
/// ```
/// use tilesync::runtime::{Device, Stream, StreamGuard};
///
/// let device = Device::current();
/// let side = Stream::new(device);
/// {
///     let _guard = StreamGuard::new(&side);
///     assert_eq!(device.current_stream(), side);
/// }
/// assert_eq!(device.current_stream(), device.default_stream());
/// ```
#[derive(Debug)]
#[must_use = "the stream is current only while the guard lives"]
pub struct StreamGuard {
    before: Option<Stream>,
    of: Device,
    _device: DeviceGuard,
}

impl StreamGuard {
    /// Makes `stream` and its device current.
    pub fn new(stream: &Stream) -> Self {
        let of = stream.device();
        Self { before: stream::choose(of, Some(stream.clone())), of, _device: DeviceGuard::new(of) }
    }
}

impl Drop for StreamGuard {
    fn drop(&mut self) {
        stream::choose(self.of, self.before.take());
    }
}
