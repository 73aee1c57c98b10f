//! Launches that own their buffers.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::caller::Caller;
use super::engine::lane::{Point, Task};
use super::error::{Error, Returned};
use super::fork;
use super::launch::{Outcome, kernel, task};
use super::stream::Stream;
use super::wait::{Patience, wait_for};
use super::workers;

/// Buffers that a stream has: it owns them until the work that was launched with them is done.
///
/// More work for the same buffers is queued with [`then`](InFlight::then), on another stream after
/// [`hand_to`](InFlight::hand_to), and they come back with [`synchronize`](InFlight::synchronize).
/// Dropping an `InFlight` waits for nothing: the buffers are freed when the work is done.
///
/// ```
/// use tilesync::runtime::{Device, DeviceBuffer, Stream};
///
/// let [producer, consumer] = [(); 2].map(|()| Stream::new(Device::current()));
/// let buffer = DeviceBuffer::filled(Device::current(), 4, 0_u32)?;
/// let buffer = producer
///     .launch_with(buffer, |buffer| buffer.fill(20))?
///     .hand_to(&consumer)?
///     .then(|buffer| buffer.iter_mut().for_each(|x| *x += 1))?
///     .synchronize()?;
/// assert_eq!(*buffer, [21; 4]);
/// # Ok::<(), tilesync::runtime::Error>(())
/// ```
#[must_use = "the buffers are freed when the work is done, unless they are asked back"]
pub struct InFlight<B> {
    stream: Stream,
    point: Point,
    /// A failure that `synchronize` has reported before does not keep the buffers back again.
    reported: bool,
    /// Locked by kernels, one after the other, and emptied when all of them are done.
    buffers: Arc<Mutex<Option<B>>>,
}

impl Stream {
    /// Queues a kernel that works on `buffers`, which the stream owns until then.
    ///
    /// # Errors
    ///
    /// As for [`launch`](Stream::launch), and gives the buffers back.
    pub fn launch_with<B: Send + 'static, R: Outcome>(
        &self,
        buffers: B,
        run: impl FnOnce(&mut B) -> R + Send + 'static,
    ) -> Result<InFlight<B>, Returned<B>> {
        if let Err(error) = fork::refuse_in_child() {
            return Err(Returned { error, buffers });
        }
        let resting = InFlight {
            stream: self.clone(),
            point: self.lane.point(),
            reported: false,
            buffers: Arc::new(Mutex::new(Some(buffers))),
        };
        resting.then(run).map_err(|refused| {
            let error = refused.error;
            match refused.buffers.buffers.lock().take() {
                Some(buffers) => Returned { error, buffers },
                None => unreachable!("a kernel that was refused has not run"),
            }
        })
    }

    /// Queues a copy of the elements of `source` to `target`: from or to the host, or between
    /// buffers of any devices. The stream owns both until then.
    ///
    /// ```
    /// use tilesync::runtime::{Device, DeviceBuffer, Stream};
    ///
    /// let stream = Stream::new(Device::current());
    /// let buffer = DeviceBuffer::filled(Device::current(), 3, 0)?;
    /// let (_host, buffer) = stream.copy(vec![1, 2, 3], buffer)?.synchronize()?;
    /// assert_eq!(*buffer, [1, 2, 3]);
    /// # Ok::<(), tilesync::runtime::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`], if they have not the same length: nothing is queued. Else as for
    /// [`launch`](Stream::launch). Both come back.
    #[expect(clippy::type_complexity, reason = "the same shape as that of `launch_with`")]
    pub fn copy<T, S, D>(
        &self,
        source: S,
        mut target: D,
    ) -> Result<InFlight<(S, D)>, Returned<(S, D)>>
    where
        T: Copy,
        S: AsRef<[T]> + Send + 'static,
        D: AsMut<[T]> + Send + 'static,
    {
        if let Err(error) = self.same_length(source.as_ref(), target.as_mut()) {
            let buffers = (source, target);
            return Err(Returned { error, buffers });
        }
        self.launch_with((source, target), |(source, target)| {
            target.as_mut().copy_from_slice(source.as_ref());
        })
    }

    pub(crate) fn same_length<T>(&self, source: &[T], target: &[T]) -> Result<(), Error> {
        if source.len() == target.len() {
            return Ok(());
        }
        Err(Error::LengthMismatch {
            device: self.device(),
            stream: self.id(),
            source_len: source.len(),
            target_len: target.len(),
        })
    }
}

impl<B: Send + 'static> InFlight<B> {
    /// Queues another kernel for the same buffers, behind all that their stream has been given.
    ///
    /// # Errors
    ///
    /// As for [`Stream::launch`]; what was queued before stays in flight.
    pub fn then<R: Outcome>(
        mut self,
        run: impl FnOnce(&mut B) -> R + Send + 'static,
    ) -> Result<Self, Returned<Self>> {
        let buffers = Arc::clone(&self.buffers);
        let kernel = kernel(move || match buffers.lock().as_mut() {
            Some(buffers) => run(buffers),
            None => unreachable!("the buffers leave only when all kernels are done"),
        });
        let queued = fork::refuse_in_child().and_then(|()| {
            workers::submit_marked(&self.stream.lane, task(kernel, Caller::present()))
        });
        match queued {
            Ok(point) => {
                self.point = point;
                self.reported = false;
                Ok(self)
            }
            Err(error) => Err(Returned { error, buffers: self }),
        }
    }

    /// Hands the buffers to another stream, which waits for what this one does with them. From now on
    /// [`then`](InFlight::then) queues there.
    ///
    /// # Errors
    ///
    /// As for [`Stream::wait`]; the buffers stay with their stream.
    pub fn hand_to(mut self, stream: &Stream) -> Result<Self, Returned<Self>> {
        let wait = Task::Wait(Box::new(self.point.clone()));
        let queued =
            fork::refuse_in_child().and_then(|()| workers::submit_brief(&stream.lane, wait));
        match queued {
            Ok(point) => {
                self.point = point;
                self.stream = stream.clone();
                Ok(self)
            }
            Err(error) => Err(Returned { error, buffers: self }),
        }
    }

    /// The stream that has the buffers.
    #[must_use]
    pub fn stream(&self) -> &Stream {
        &self.stream
    }

    /// Whether the stream is done with the buffers.
    ///
    /// # Errors
    ///
    /// [`Error::Forked`] in a forked child.
    pub fn query(&self) -> Result<bool, Error> {
        fork::refuse_in_child()?;
        Ok(self.point.is_reached())
    }

    /// Waits until the stream is done with the buffers, and gives them back.
    ///
    /// # Errors
    ///
    /// The error that stopped the work: it is reported once, and asking what came back a second time
    /// gives the buffers, as the work left them. Only a synchronize of the stream clears the stream.
    /// Else as for [`Stream::synchronize`]; what came back is still in flight.
    pub fn synchronize(self) -> Result<B, Returned<Self>> {
        self.synchronize_with(Patience::Helping)
    }

    /// [`synchronize`](InFlight::synchronize), but no longer than `limit`, and asleep all the while.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`], if the stream is not done with them by then. Else as for
    /// [`synchronize`](InFlight::synchronize).
    pub fn synchronize_timeout(self, limit: Duration) -> Result<B, Returned<Self>> {
        self.synchronize_with(Patience::AtMost(limit))
    }

    fn synchronize_with(mut self, patience: Patience) -> Result<B, Returned<Self>> {
        let mut outcome = wait_for(&self.point.lane, self.point.count, patience);
        if outcome.is_ok() && !self.reported {
            outcome = self.point.outcome().unwrap_or(Ok(())).map_err(Error::from);
            self.reported = true;
        }
        if let Err(error) = outcome {
            return Err(Returned { error, buffers: self });
        }
        let buffers = self.buffers.lock().take();
        match buffers {
            Some(buffers) => Ok(buffers),
            None => unreachable!("the buffers leave only here"),
        }
    }
}

impl<B> fmt::Debug for InFlight<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InFlight")
            .field("stream", &self.stream)
            .field("reached", &self.point.is_reached())
            .finish_non_exhaustive()
    }
}
