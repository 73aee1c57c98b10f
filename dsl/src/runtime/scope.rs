//! Launches that borrow their buffers.

#![allow(unsafe_code)]

use std::marker::PhantomData;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process;

use parking_lot::Mutex;

use super::context;
use super::engine::job::Failure;
use super::engine::lane::Point;
use super::error::Error;
use super::fork;
use super::launch::{Outcome, kernel, task};
use super::stream::Stream;
use super::wait::{Patience, wait_for};
use super::workers;
use crate::panics::drop_quietly;

/// Where kernels may borrow what lives longer than the scope: see [`scope`].
#[derive(Debug)]
pub struct Scope<'scope, 'env: 'scope> {
    launched: Mutex<Vec<Launched>>,
    /// Neither lifetime may be shortened or lengthened behind the scope's back.
    _scope: PhantomData<&'scope mut &'scope ()>,
    _env: PhantomData<&'env mut &'env ()>,
}

struct Launched(Point);

impl std::fmt::Debug for Launched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "on {}", self.0.lane.place.stream)
    }
}

/// Lets kernels borrow: everything that was launched in the scope is done when `scope` returns,
/// however `body` ends.
///
/// ```
/// use tilesync::runtime::{self, Device, DeviceBuffer, Stream};
///
/// let streams = [(); 2].map(|()| Stream::new(Device::current()));
/// let input = DeviceBuffer::new(Device::current(), vec![1, 2, 3, 4]);
/// let mut output = DeviceBuffer::filled(Device::current(), 4, 0)?;
///
/// runtime::scope(|scope| {
///     let halves = output.chunks_mut(2).zip(input.chunks(2));
///     for (stream, (out, input)) in streams.iter().zip(halves) {
///         scope.launch(stream, || out.copy_from_slice(input))?;
///     }
///     Ok(())
/// })?;
/// assert_eq!(output, input);
/// # Ok::<(), tilesync::runtime::Error>(())
/// ```
///
/// A buffer that a launch may write cannot be touched by anybody else until the scope ends:
///
/// ```compile_fail,E0499
/// # use tilesync::runtime::{self, Device, DeviceBuffer, Stream};
/// # let streams = [(); 2].map(|()| Stream::new(Device::current()));
/// # let mut buffer = DeviceBuffer::filled(Device::current(), 4, 0)?;
/// runtime::scope(|scope| {
///     scope.launch(&streams[0], || buffer.fill(1))?;
///     scope.launch(&streams[1], || buffer.fill(2)) // `buffer` is in flight
/// })?;
/// # Ok::<(), tilesync::runtime::Error>(())
/// ```
///
/// A scope ends by waiting. To upload on one stream and compute on another without the host waiting in
/// between, let the streams own the buffers, and hand them on with [`hand_to`](super::InFlight::hand_to):
///
/// ```
/// use tilesync::runtime::{Device, DeviceBuffer, Stream};
///
/// let [uploads, compute] = [(); 2].map(|()| Stream::new(Device::current()));
/// let target = DeviceBuffer::filled(Device::current(), 3, 0)?;
/// let (_host, result) = uploads
///     .copy(vec![1, 2, 3], target)?
///     .hand_to(&compute)?
///     .then(|(_, x)| x.iter_mut().for_each(|x| *x *= 2))?
///     .synchronize()?;
/// assert_eq!(*result, [2, 4, 6]);
/// # Ok::<(), tilesync::runtime::Error>(())
/// ```
///
/// # Errors
///
/// The error of `body`, else the first failure of what was launched, in launch order; that stream's
/// failure is thereby reported, as by [`Stream::synchronize`]. Those of other streams, and those of
/// what others launched behind, stay to be reported by their streams. [`Error::InsideKernel`] in a kernel and [`Error::Forked`] in a forked child: the
/// body is not called.
///
/// # Panics
///
/// If `body` panics: all that was launched is waited for, and the panic goes on.
pub fn scope<'env, R>(
    body: impl for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> Result<R, Error>,
) -> Result<R, Error> {
    fork::refuse_in_child()?;
    context::refuse_inside_kernel()?;
    let scope = Scope { launched: Mutex::new(Vec::new()), _scope: PhantomData, _env: PhantomData };
    // The borrows end when this function does, so it must not be left before all work is done.
    let result = catch_unwind(AssertUnwindSafe(|| body(&scope)));
    let bomb = AbortOnUnwind;
    let finished = scope.finish();
    mem::forget(bomb);
    match (result, finished) {
        (Err(payload), finished) => {
            drop(finished);
            resume_unwind(payload)
        }
        (Ok(Err(error)), _) => Err(error),
        (Ok(Ok(value)), Ok(())) => Ok(value),
        (Ok(Ok(value)), Err(failure)) => {
            drop_quietly(value);
            Err(failure.into())
        }
    }
}

/// Nothing unwinds while kernels may still borrow. If it did, there would be no way on.
struct AbortOnUnwind;

impl Drop for AbortOnUnwind {
    fn drop(&mut self) {
        process::abort();
    }
}

impl<'scope> Scope<'scope, '_> {
    /// Queues a kernel on `stream`, as [`Stream::launch`] does, which may borrow what lives longer
    /// than the scope.
    ///
    /// # Errors
    ///
    /// As for [`Stream::launch`].
    pub fn launch<R: Outcome>(
        &'scope self,
        stream: &Stream,
        run: impl FnOnce() -> R + Send + 'scope,
    ) -> Result<(), Error> {
        fork::refuse_in_child()?;
        // SAFETY: the kernel is gone before its point is reached: `Job::run` and `Job::discard` end it
        // before the count advances. `scope` does not return before `finish` has waited for that point.
        // One that is refused is dropped before `submit_marked` returns. In a forked child nobody runs
        // or drops a queued kernel any more, so `finish` need not wait.
        let kernel = unsafe { kernel(run).forget_lifetime() };
        let point = workers::submit_marked(&stream.lane, task(kernel, None))?;
        self.launched.lock().push(Launched(point));
        Ok(())
    }

    /// Queues a copy, as [`Stream::copy`] does, that borrows both sides.
    ///
    /// # Errors
    ///
    /// As for [`Stream::copy`].
    pub fn copy<T: Copy + Send + Sync>(
        &'scope self,
        stream: &Stream,
        source: &'scope [T],
        target: &'scope mut [T],
    ) -> Result<(), Error> {
        stream.same_length(source, target)?;
        self.launch(stream, || target.copy_from_slice(source))
    }

    /// Waits for all that was launched, also by kernels of the scope, and returns the first failure.
    fn finish(&self) -> Result<(), Failure> {
        let mut done = 0;
        let mut first_failure = None;
        loop {
            // A kernel that launches another does so before its own point is reached.
            let next = self.launched.lock().get(done).map(|at| at.0.clone());
            let Some(point) = next else { break };
            match wait_for(&point.lane, point.count, Patience::Helping) {
                Ok(()) => {}
                Err(error @ Error::Forked) => return Err(Failure::new(error)),
                // Whatever hinders this thread from helping, it must not go on before.
                Err(_) => point.lane.progress.sleep_until(point.count, None),
            }
            if let (None, Some(Err(failure))) = (&first_failure, point.outcome()) {
                point.lane.forget_failure(point.count);
                first_failure = Some(failure);
            }
            done += 1;
        }
        first_failure.map_or(Ok(()), Err)
    }
}
