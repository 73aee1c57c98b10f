//! Streams: in-order queues of work.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::Duration;

use super::caller::Caller;
use super::context;
use super::engine::lane::Lane;
use super::error::Error;
use super::fork;
use super::ids::{Device, Priority, StreamId};
use super::platform;
use super::wait::{Patience, wait_for};

/// A queue of work of one device. A clone is another handle of the same queue.
///
/// # Order
///
/// The work of one stream runs in the order in which it was given to it, one piece at a time, each
/// *happening before* the next. Two streams are ordered only by events: what was given to a stream
/// before [`Event::record_on`](super::Event::record_on) happens before what is given to another after its
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
/// even if another was told before. An [`InFlight`](super::InFlight), an [`Event`](super::Event) and a
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
        Self { lane: platform::new_lane(device, priority) }
    }

    /// The stream of that queue.
    pub(crate) fn of(lane: &Arc<Lane>) -> Self {
        Self { lane: Arc::clone(lane) }
    }

    /// The next stream of the device's pool, which holds 32 of each priority and hands them out in
    /// turn: the 33rd call gives the first stream again.
    #[must_use]
    pub fn from_pool(device: Device, priority: Priority) -> Self {
        Self::of(platform::pooled_lane(device, priority))
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
        choose(self.device(), Some(self.clone()));
        context::set_device(self.device());
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

/// The stream chosen for `device` on this thread, if one was.
pub(crate) fn chosen(device: Device) -> Option<Stream> {
    context::queue(device).and_then(stream)
}

/// Chooses `stream` for `device` on this thread and returns the choice before.
pub(crate) fn choose(device: Device, choice: Option<Stream>) -> Option<Stream> {
    let queue = choice.map(|stream| -> context::Queue { stream.lane });
    context::set_queue(device, queue).and_then(stream)
}

fn stream(queue: context::Queue) -> Option<Stream> {
    queue.downcast().ok().map(|lane| Stream { lane })
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
