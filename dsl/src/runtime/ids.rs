//! What names devices and streams: numbers, which everything else here may know.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// One of the simulated devices.
///
/// There are two, unless [`Device::set_count`] was called first. Each thread has a *current device*,
/// at first device 0, on which streams, events and buffers are made that are not told otherwise.
/// Inside a kernel, the current device is the one that the kernel runs on.
///
/// ```
/// use tilesync::runtime::{Device, DeviceGuard};
///
/// let second = Device::new(1)?;
/// {
///     let _guard = DeviceGuard::new(second);
///     assert_eq!(Device::current(), second);
/// }
/// assert_eq!(Device::current().index(), 0);
/// assert!(Device::new(2).is_err());
/// # Ok::<(), tilesync::runtime::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Device(u16);

impl Device {
    pub(crate) const FIRST: Self = Self(0);
    pub(crate) const DEFAULT_COUNT: usize = 2;

    /// The largest number of devices that can be set.
    pub const MAX: usize = 256;

    /// The device of that number, of which there are more.
    pub(crate) const fn numbered(index: u16) -> Self {
        Self(index)
    }

    /// The number of the device, from 0.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "device {}", self.0)
    }
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Device({})", self.0)
    }
}

/// Which streams go first where there is more to do than processors to do it.
///
/// It orders streams, not the work of one stream, and is a wish: a stream of low priority is never
/// held up for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Priority {
    /// Priority 0, the least.
    #[default]
    Low = 0,
    /// Priority 1, the greatest.
    High = 1,
}

impl Priority {
    /// The priority nearest to `level`, where 0 is the least and 1 the greatest.
    #[must_use]
    pub fn clamped(level: i64) -> Self {
        if level > 0 { Self::High } else { Self::Low }
    }
}

/// Tells streams apart, also in messages. No two streams of a process have the same.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(u64);

impl StreamId {
    /// One that no stream has yet.
    pub(crate) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "stream {}", self.0)
    }
}

impl fmt::Debug for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StreamId({})", self.0)
    }
}
