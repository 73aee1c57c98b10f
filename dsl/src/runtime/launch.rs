//! Launching host closures as kernels.

use std::error;
use std::sync::Arc;

use super::caller::Caller;
use super::engine::job::Job;
use super::engine::lane::Task;
use super::error::{Error, KernelError};
use super::fork;
use super::kernel::Kernel;
use super::stream::Stream;
use super::workers;

/// What a kernel may return: nothing, or a result whose error poisons the stream.
#[diagnostic::on_unimplemented(
    message = "a kernel cannot return `{Self}`",
    label = "returns neither `()` nor `Result<(), E>` with an error type `E`",
    note = "end the kernel with `;` if its value is not wanted; write `|| -> ()` if it never \
            returns; box no errors: `E` must be `std::error::Error + Send + Sync`"
)]
pub trait Outcome {
    /// The error, if there is one.
    ///
    /// # Errors
    ///
    /// What the kernel failed with.
    fn into_result(self) -> Result<(), KernelError>;
}

impl Outcome for () {
    fn into_result(self) -> Result<(), KernelError> {
        Ok(())
    }
}

impl<E: error::Error + Send + Sync + 'static> Outcome for Result<(), E> {
    fn into_result(self) -> Result<(), KernelError> {
        self.map_err(|error| Arc::new(error) as KernelError)
    }
}

/// The kernel that does what a user's closure does.
pub(crate) fn kernel<'k, R: Outcome>(run: impl FnOnce() -> R + Send + 'k) -> Kernel<'k> {
    Kernel::new(move || run().into_result())
}

/// The task of a kernel; `caller` is told by its next synchronize if nothing comes of it.
pub(crate) fn task(kernel: Kernel<'static>, caller: Option<Caller>) -> Task {
    Task::Job(Job::Kernel(kernel, caller))
}

impl Stream {
    /// Queues a kernel behind all that the stream has been given, and returns at once.
    ///
    /// The kernel owns what it captures. To get buffers back afterwards use
    /// [`launch_with`](Stream::launch_with); to lend them use [`scope`](super::scope). It runs on any
    /// thread, with the stream's device current, and may block for as long as it likes (of the threads
    /// that run kernels, 4,096 at most can be blocked at once). Waiting for a stream is refused inside a
    /// kernel. A kernel that joins a thread which waits for the kernel's stream is not found out: neither
    /// ever ends.
    ///
    /// A kernel that returns an error or panics poisons the stream: see [`Stream`].
    ///
    /// ```
    /// use tilesync::runtime::{Device, Error, Stream};
    ///
    /// let stream = Stream::new(Device::current());
    /// stream.launch(|| "not a number".parse::<f32>().map(drop))?;
    /// assert!(matches!(stream.synchronize(), Err(Error::KernelFailed { .. })));
    /// assert!(stream.synchronize().is_ok());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The error of a kernel that failed before, until it is cleared by a synchronize of the stream;
    /// [`Error::Forked`] in a forked child; [`Error::NoThread`]. The kernel is dropped.
    pub fn launch<R: Outcome>(
        &self,
        run: impl FnOnce() -> R + Send + 'static,
    ) -> Result<(), Error> {
        fork::refuse_in_child()?;
        workers::submit(&self.lane, task(kernel(run), Caller::present()))
    }
}
