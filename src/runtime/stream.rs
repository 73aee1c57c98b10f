//! Streams: in-order queues of work.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::caller::Caller;
use super::context;
use super::device::Device;
use super::engine::job::Place;
use super::engine::lane::{Lane, Task};
use super::error::Error;
use super::event::Event;
use super::fork;
use super::platform;
use super::wait::{Patience, wait_for};
use super::workers;

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

/// A queue of work of one device. A clone is another handle of the same queue.
///
/// # Order
///
/// The work of one stream runs in the order in which it was given to it, one piece at a time, each
/// *happening before* the next. Two streams are ordered only by events: what was given to a stream
/// before [`Event::record_on`] happens before what is given to another after its
/// [`wait`](Stream::wait) for that record. Giving work to a stream happens before the work, and the
/// work happens before the return of a [`synchronize`](Stream::synchronize) that waited for it.
///
/// All methods may be called from any thread. Work given by two threads is queued in the order in
/// which the calls happen.
///
/// # Failure
///
/// When a kernel returns an error or panics, its stream is *poisoned*: kernels queued behind it are
/// dropped unrun, captures and all, in order, while waits are still waited for. Events recorded behind
/// it complete with its error, and streams that wait for such an event are poisoned in turn. A poisoned
/// stream takes no more kernels: a launch answers with the error that poisoned it.
///
/// The next synchronize of the stream, by whatever thread, reports the error, and the stream is as good
/// as new. Where several threads share a stream, nobody's work is lost in silence: a thread whose
/// kernel failed or was dropped is told by its own next synchronize of the stream (or of the device),
/// even if another was told before. An [`InFlight`](super::InFlight), an [`Event`] and a
/// [`scope`](super::scope) know by themselves what became of the work before them.
///
/// # Dropping
///
/// Dropping the last handle neither waits nor cancels: what was queued still runs. An error that
/// nobody has asked for by then is lost.
///
/// ```
/// use tilesync::runtime::{Device, Event, Stream};
///
/// let [first, second] = [(); 2].map(|()| Stream::new(Device::current()));
/// first.launch(|| println!("before"))?;
/// let event = Event::new();
/// event.record_on(&first)?;
/// second.wait(&event)?;
/// second.launch(|| println!("after"))?;
/// second.synchronize()?;
/// # Ok::<(), tilesync::runtime::Error>(())
/// ```
#[derive(Clone)]
pub struct Stream {
    pub(crate) lane: Arc<Lane>,
}

impl Stream {
    /// Makes a stream of low priority on `device`. It costs memory, not a thread.
    #[must_use]
    pub fn new(device: Device) -> Self {
        Self::with_priority(device, Priority::Low)
    }

    /// Makes a stream on `device`.
    #[must_use]
    pub fn with_priority(device: Device, priority: Priority) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let lane = Arc::new(Lane::new(Place {
            device,
            stream: StreamId(NEXT.fetch_add(1, Ordering::Relaxed)),
            priority,
        }));
        platform::remember(&lane);
        Self { lane }
    }

    /// The next stream of the device's pool, which holds 32 of each priority and hands them out in
    /// turn: the 33rd call gives the first stream again.
    #[must_use]
    pub fn from_pool(device: Device, priority: Priority) -> Self {
        platform::pooled_stream(device, priority).clone()
    }

    /// Which stream this is.
    #[must_use]
    pub fn id(&self) -> StreamId {
        self.lane.place.stream
    }

    /// The device that the stream belongs to.
    #[must_use]
    pub fn device(&self) -> Device {
        self.lane.place.device
    }

    /// The priority that the stream was made with.
    #[must_use]
    pub fn priority(&self) -> Priority {
        self.lane.place.priority
    }

    /// Makes this the current stream of its device on this thread, and that the current device.
    /// [`StreamGuard`](super::StreamGuard) does so for a while.
    pub fn make_current(&self) {
        context::set_stream(self.device(), Some(self.clone()));
        self.device().make_current();
    }

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

    /// Whether all work that was given to the stream is done. It neither waits nor reports failures.
    ///
    /// # Errors
    ///
    /// [`Error::Forked`] in a forked child, unless all was done when the process forked.
    #[inline]
    pub fn query(&self) -> Result<bool, Error> {
        if self.lane.is_idle() {
            return Ok(true);
        }
        fork::refuse_in_child()?;
        Ok(false)
    }

    /// Waits until all work that was given to the stream before the call is done. Meanwhile the thread
    /// runs some of that work itself, if no other thread does, else it sleeps.
    ///
    /// # Errors
    ///
    /// The error that poisoned the stream, which is thereby cleared; else, once, the error because of
    /// which work of this thread's came to nothing, if another thread has cleared it. [`Error::InsideKernel`] in a
    /// kernel, of whatever stream: two kernels that wait for each other's streams would never end.
    /// [`Error::Forked`] in a forked child.
    pub fn synchronize(&self) -> Result<(), Error> {
        self.synchronize_with(Patience::Helping)
    }

    /// [`synchronize`](Stream::synchronize), but no longer than `limit`, and asleep all the while.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`], if the work is not done by then; nothing is cancelled, and no failure is
    /// cleared. Else as for [`synchronize`](Stream::synchronize).
    pub fn synchronize_timeout(&self, limit: Duration) -> Result<(), Error> {
        self.synchronize_with(Patience::AtMost(limit))
    }

    fn synchronize_with(&self, patience: Patience) -> Result<(), Error> {
        wait_for(&self.lane, self.lane.submitted(), patience)?;
        match self.lane.take_failure(Caller::present()) {
            Some(failure) => Err(failure.into()),
            None => Ok(()),
        }
    }
}

// No method leaves a stream half changed.
impl UnwindSafe for Stream {}
impl RefUnwindSafe for Stream {}

impl PartialEq for Stream {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

impl Eq for Stream {}

impl Hash for Stream {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id().hash(state);
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream")
            .field("id", &self.id())
            .field("device", &self.device())
            .field("priority", &self.priority())
            .field("idle", &self.lane.is_idle())
            .finish()
    }
}
