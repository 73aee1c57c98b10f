//! Events: points on streams, to wait for and to tell the time by.

use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::context;
use super::engine::job::Job;
use super::engine::lane::{Point, Task};
use super::error::Error;
use super::fork;
use super::ids::Device;
use super::stamp::Stamp;
use super::stream::Stream;
use super::wait::{Patience, wait_for};
use super::workers;

/// What one call of [`Event::record_on`] leaves behind.
#[derive(Clone)]
struct Record {
    point: Point,
    stamp: Option<Stamp>,
}

/// A point on a stream of one device, that other streams and the host can wait for.
///
/// It belongs to the host. The events of a kernel, between two pipes of one core, are [`tilesync::Event<Src, Dst, P>`](crate::Event).
///
/// An event stands for its *latest record*. Each record is a point of its own: recording again moves
/// the event to a new point and leaves alone whoever waits for the old one. Before the first record
/// the event counts as complete. Nothing is allocated until then.
///
/// # Order
///
/// What was given to a stream before a record *happens before* the return of a
/// [`synchronize`](Event::synchronize) or of a [`query`](Event::query) that says `true`, and before
/// what another stream was given after its [`wait`](Stream::wait). All methods may be called from any
/// thread; calls that meet take effect one after the other. An event may be dropped at any time.
///
/// # Failure
///
/// A record behind a failed kernel completes with its error, which every `query` and `synchronize` of
/// that record reports. Only a synchronize of the stream clears the stream.
///
/// ```
/// use tilesync::runtime::{Device, Event, Stream};
///
/// let stream = Stream::new(Device::current());
/// let [start, end] = [(); 2].map(|()| Event::builder().timing(true).build());
/// start.record_on(&stream)?;
/// stream.launch(|| std::thread::sleep(std::time::Duration::from_millis(2)))?;
/// end.record_on(&stream)?;
/// end.synchronize()?;
/// assert!(start.elapsed(&end)? >= 2.0);
/// # Ok::<(), tilesync::runtime::Error>(())
/// ```
pub struct Event {
    device: Device,
    timing: bool,
    blocking: bool,
    across_devices: bool,
    /// The latest record was reached and nothing had failed, or there is none. Written under the lock
    /// of `latest`.
    settled: AtomicBool,
    latest: Mutex<Option<Record>>,
}

/// Says what an [`Event`] is to be like.
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct EventBuilder {
    device: Device,
    timing: bool,
    blocking: bool,
    across_devices: bool,
}

impl EventBuilder {
    /// The device whose streams the event can be recorded on; else the current device.
    pub fn device(mut self, device: Device) -> Self {
        self.device = device;
        self
    }

    /// Whether records keep the time, for [`Event::elapsed`]; else they do not.
    pub fn timing(mut self, timing: bool) -> Self {
        self.timing = timing;
        self
    }

    /// Whether [`Event::synchronize`] always sleeps; else it runs waiting work of the stream itself
    /// where no other thread does.
    pub fn blocking(mut self, blocking: bool) -> Self {
        self.blocking = blocking;
        self
    }

    /// Whether the event can be recorded on streams of other devices too, as the events of OpenReg's C
    /// functions can; else that is refused. It stays an event of its own device: no time between it
    /// and an event of another is told.
    pub fn across_devices(mut self, across_devices: bool) -> Self {
        self.across_devices = across_devices;
        self
    }

    /// Makes the event.
    #[must_use]
    pub fn build(self) -> Event {
        Event {
            device: self.device,
            timing: self.timing,
            blocking: self.blocking,
            across_devices: self.across_devices,
            settled: AtomicBool::new(true),
            latest: Mutex::new(None),
        }
    }
}

impl Default for Event {
    fn default() -> Self {
        Self::new()
    }
}

impl Event {
    /// An event of the current device, without timing.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// For events that are to be like something else.
    pub fn builder() -> EventBuilder {
        EventBuilder {
            device: Device::current(),
            timing: false,
            blocking: false,
            across_devices: false,
        }
    }

    /// The device whose streams the event can be recorded on.
    #[must_use]
    pub fn device(&self) -> Device {
        self.device
    }

    /// Records the event on the current stream of its own device.
    ///
    /// # Errors
    ///
    /// As for [`record_on`](Event::record_on).
    pub fn record(&self) -> Result<(), Error> {
        self.record_on(&self.device.current_stream())
    }

    /// Records the event on `stream`: it now stands for the work that was given to `stream` so far.
    ///
    /// # Errors
    ///
    /// [`Error::DeviceMismatch`] if the stream is one of another device, unless the event was built
    /// [`across_devices`](EventBuilder::across_devices): nothing is recorded, and the event stands for
    /// what it stood for. [`Error::Forked`] in a forked child; [`Error::NoThread`].
    pub fn record_on(&self, stream: &Stream) -> Result<(), Error> {
        fork::refuse_in_child()?;
        if stream.device() != self.device && !self.across_devices {
            return Err(Error::DeviceMismatch {
                what: "the event",
                device: self.device,
                stream: stream.id(),
                stream_device: stream.device(),
            });
        }
        let mut latest = self.latest.lock();
        let record = if self.timing {
            let before = latest.as_ref().and_then(|record| record.stamp.as_ref());
            let stamp = before.map_or_else(Stamp::first, Stamp::next);
            let job = Job::Stamp(stamp.clone());
            Record {
                point: workers::submit_brief(&stream.lane, Task::Job(job))?,
                stamp: Some(stamp),
            }
        } else {
            Record { point: stream.lane.point(), stamp: None }
        };
        let settled = matches!(record.point.outcome(), Some(Ok(())));
        self.settled.store(settled, Ordering::Release);
        let before = latest.replace(record);
        // The old record may be the last that is left of a user's error: no lock is held at its end.
        drop(latest);
        drop(before);
        Ok(())
    }

    /// Forgets the latest record: the event is as one that was never recorded. Who waits for the
    /// record already, goes on waiting. In a forked child, where no event can be recorded, it does nothing.
    pub fn reset(&self) {
        if fork::in_forked_child() {
            return;
        }
        let mut latest = self.latest.lock();
        self.settled.store(true, Ordering::Release);
        let before = latest.take();
        // As above.
        drop(latest);
        drop(before);
    }

    /// Whether the latest record was reached. It does not wait.
    ///
    /// # Errors
    ///
    /// The error of a kernel that failed before the record; [`Error::Forked`] in a forked child, unless
    /// the record was known to be reached when the process forked.
    #[inline]
    pub fn query(&self) -> Result<bool, Error> {
        if self.is_settled() { Ok(true) } else { self.query_pending() }
    }

    /// Whether it is known already that the latest record was reached and that nothing had failed before
    /// it. `false` says only that [`query`](Event::query) must look.
    #[inline]
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.settled.load(Ordering::Acquire)
    }

    fn query_pending(&self) -> Result<bool, Error> {
        fork::refuse_in_child()?;
        match self.pending().map(|point| point.outcome()) {
            None => Ok(true),
            Some(None) => Ok(false),
            Some(Some(outcome)) => Ok(outcome.map(|()| true)?),
        }
    }

    /// Waits until the record is reached that is the latest at the call. Meanwhile the thread runs work
    /// of the stream itself, if no other thread does, else it sleeps; an event built with
    /// [`blocking`](EventBuilder::blocking) always sleeps.
    ///
    /// # Errors
    ///
    /// The error of a kernel that failed before the record. [`Error::InsideKernel`] in a kernel;
    /// [`Error::Forked`] in a forked child, as for [`query`](Event::query).
    pub fn synchronize(&self) -> Result<(), Error> {
        self.synchronize_with(if self.blocking { Patience::Asleep } else { Patience::Helping })
    }

    /// [`synchronize`](Event::synchronize), but no longer than `limit`, and asleep all the while.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`], if the record is not reached by then. Else as for
    /// [`synchronize`](Event::synchronize).
    pub fn synchronize_timeout(&self, limit: Duration) -> Result<(), Error> {
        self.synchronize_with(Patience::AtMost(limit))
    }

    fn synchronize_with(&self, patience: Patience) -> Result<(), Error> {
        context::refuse_inside_kernel()?;
        if self.is_settled() {
            return Ok(());
        }
        fork::refuse_in_child()?;
        let Some(point) = self.pending() else {
            return Ok(());
        };
        wait_for(&point.lane, point.count, patience)?;
        Ok(point.outcome().unwrap_or(Ok(()))?)
    }

    /// How many milliseconds after this event's latest record the latest record of `end` was reached,
    /// by a clock that never goes back; negative if it was reached first.
    ///
    /// # Errors
    ///
    /// [`Error::NoTiming`], [`Error::NotRecorded`] or [`Error::TwoClocks`] if there is no such time,
    /// [`Error::NotReady`] if it is not known yet, and the error of a kernel that failed before either
    /// record. [`Error::Forked`] in a forked child.
    pub fn elapsed(&self, end: &Self) -> Result<f64, Error> {
        fork::refuse_in_child()?;
        for (which, event) in [("start", self), ("end", end)] {
            if !event.timing {
                let device = event.device;
                return Err(Error::NoTiming { which, device });
            }
        }
        if self.device != end.device {
            return Err(Error::TwoClocks { start: self.device, end: end.device });
        }
        let (start, end) = (self.time("start")?, end.time("end")?);
        let millis = |time: Duration| time.as_secs_f64() * 1e3;
        Ok(match end.checked_duration_since(start) {
            Some(later) => millis(later),
            None => -millis(start - end),
        })
    }

    /// When the latest record was reached.
    fn time(&self, which: &'static str) -> Result<Instant, Error> {
        let device = self.device;
        let latest = self.latest.lock();
        let Some(record) = latest.as_ref() else {
            return Err(Error::NotRecorded { which, device });
        };
        record.point.outcome().transpose()?;
        let stream = record.point.lane.place.stream;
        let time = record.stamp.as_ref().and_then(Stamp::time);
        time.ok_or(Error::NotReady { device, stream })
    }

    /// The latest record, if there is anything about it to wait for or to report.
    pub(crate) fn pending(&self) -> Option<Point> {
        if self.is_settled() {
            return None;
        }
        let latest = self.latest.lock();
        let point = &latest.as_ref()?.point;
        if matches!(point.outcome(), Some(Ok(()))) {
            self.settled.store(true, Ordering::Release);
            return None;
        }
        Some(point.clone())
    }
}

impl Stream {
    /// Lets what is given to this stream from now on wait for the latest record of `event` at this
    /// moment, on whatever device. Later records of the event, and its end, change nothing. An event
    /// that was never recorded is not waited for.
    ///
    /// # Errors
    ///
    /// [`Error::Forked`] in a forked child; [`Error::NoThread`].
    pub fn wait(&self, event: &Event) -> Result<(), Error> {
        fork::refuse_in_child()?;
        match event.pending() {
            // What is queued here comes after the record anyway.
            Some(point) if Arc::ptr_eq(&point.lane, &self.lane) => Ok(()),
            Some(point) => {
                workers::submit_brief(&self.lane, Task::Wait(Box::new(point)))?;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

// No method leaves an event half changed.
impl UnwindSafe for Event {}
impl RefUnwindSafe for Event {}

impl std::fmt::Debug for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Event")
            .field("device", &self.device)
            .field("timing", &self.timing)
            .field("blocking", &self.blocking)
            .finish_non_exhaustive()
    }
}
