//! Devices: what is done with one.

use super::caller::Caller;
use super::context;
use super::error::Error;
use super::fork;
use super::ids::Device;
use super::platform;
use super::stream::{self, Stream};
use super::wait::{Patience, wait_for};

impl Device {
    /// The device of that number.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchDevice`], if `index` is negative or there are not so many.
    pub fn new(index: i64) -> Result<Self, Error> {
        let count = Self::count();
        match u16::try_from(index) {
            Ok(small) if usize::from(small) < count => Ok(Self::numbered(small)),
            _ => Err(Error::NoSuchDevice { index, count }),
        }
    }

    /// All devices, in order.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        #[expect(clippy::cast_possible_truncation, reason = "at most MAX")]
        (0..Self::count() as u16).map(Self::numbered)
    }

    /// How many devices there are. From the first call on that is settled.
    #[must_use]
    pub fn count() -> usize {
        platform::slots().len()
    }

    /// Settles how many devices there are.
    ///
    /// # Errors
    ///
    /// [`Error::DeviceCount`], if that was settled before, by this function or by a use of any
    /// device, or if `count` is 0 or above [`Device::MAX`].
    pub fn set_count(count: usize) -> Result<(), Error> {
        let possible = (1..=Self::MAX).contains(&count);
        if possible && platform::settle(count) {
            return Ok(());
        }
        // Asking for what cannot be settles nothing.
        let present = platform::settled().unwrap_or(Self::DEFAULT_COUNT);
        Err(Error::DeviceCount { asked: count, count: present })
    }

    /// The current device of this thread.
    #[must_use]
    pub fn current() -> Self {
        context::device()
    }

    /// Makes this the current device of this thread. [`DeviceGuard`](super::DeviceGuard) does so for
    /// a while.
    pub fn make_current(self) {
        context::set_device(self);
    }

    /// The stream of this device that is used where none is named. It is a stream like any other,
    /// the same one on all threads.
    #[must_use]
    pub fn default_stream(self) -> Stream {
        Stream::of(platform::default_lane(self))
    }

    /// The stream of this device that is current on this thread: the one last chosen with
    /// [`Stream::make_current`], else the default stream.
    #[must_use]
    pub fn current_stream(self) -> Stream {
        stream::chosen(self).unwrap_or_else(|| self.default_stream())
    }

    /// Waits until all work that was given to any stream of this device before the call is done.
    ///
    /// # Errors
    ///
    /// The failure of the first stream, in the order of their making, that has one to report; those
    /// of others stay to be reported by the next call. [`Error::InsideKernel`] in a kernel;
    /// [`Error::Forked`] in a forked child.
    pub fn synchronize(self) -> Result<(), Error> {
        fork::refuse_in_child()?;
        context::refuse_inside_kernel()?;
        let lanes = platform::lanes(self);
        let counts: Vec<u64> = lanes.iter().map(|lane| lane.submitted()).collect();
        for (lane, count) in lanes.iter().zip(counts) {
            wait_for(lane, count, Patience::Helping)?;
        }
        let caller = Caller::present();
        match lanes.iter().find_map(|lane| lane.take_failure(caller)) {
            Some(failure) => Err(failure.into()),
            None => Ok(()),
        }
    }
}
