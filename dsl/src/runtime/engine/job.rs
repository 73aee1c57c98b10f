//! What a queue runs, and where it is run for.

use std::panic::{AssertUnwindSafe, catch_unwind};

pub(crate) use super::super::caller::Caller;
use super::super::context::{self, Inside};
use super::super::error::Error;
use super::super::ids::{Device, Priority, StreamId};
use super::super::kernel::Kernel;
use super::super::stamp::Stamp;
use crate::panics::{self, drop_quietly};

/// Why the work of a queue stopped. Wherever the last of it is dropped, the error of a user's that is
/// in it disturbs nobody.
#[derive(Clone)]
pub(crate) struct Failure(Option<Error>);

impl Failure {
    pub(crate) fn new(error: Error) -> Self {
        Self(Some(error))
    }
}

impl Drop for Failure {
    fn drop(&mut self) {
        if let Some(error) = self.0.take() {
            drop_quietly(error);
        }
    }
}

impl From<Failure> for Error {
    fn from(mut failure: Failure) -> Self {
        match failure.0.take() {
            Some(error) => error,
            None => unreachable!("it is there until the failure ends"),
        }
    }
}

/// Something that a queue does.
pub(crate) enum Job {
    /// Run a closure, given by a thread that is told if nothing comes of it.
    Kernel(Kernel<'static>, Option<Caller>),
    /// Write down the time.
    Stamp(Stamp),
}

/// The stream that a queue belongs to.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) device: Device,
    pub(crate) stream: StreamId,
    pub(crate) priority: Priority,
    /// Called when the stream is no more, so that its device forgets it.
    pub(crate) forget: fn(Device, StreamId),
}

impl Place {
    pub(crate) fn is_urgent(&self) -> bool {
        self.priority == Priority::High
    }

    /// Tells the thread that it works for the stream, while the result lives.
    pub(crate) fn enter(&self) -> Inside {
        context::enter(self.device, self.stream)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        (self.forget)(self.device, self.stream);
    }
}

impl Job {
    /// Whether it runs or drops what a user made.
    pub(crate) fn may_take_long(&self) -> bool {
        matches!(self, Self::Kernel(..))
    }

    /// Who must be told if nothing comes of it.
    pub(crate) fn caller(&self) -> Option<Caller> {
        match self {
            Self::Kernel(_, caller) => *caller,
            Self::Stamp(_) => None,
        }
    }

    /// Does the job. The captures of a closure are dropped when this returns.
    pub(crate) fn run(self, place: &Place) -> Result<(), Failure> {
        let kernel = match self {
            Self::Stamp(stamp) => {
                stamp.set();
                return Ok(());
            }
            Self::Kernel(kernel, _) => kernel,
        };
        let (device, stream) = (place.device, place.stream);
        context::begin_kernel(device);
        let error = match catch_unwind(AssertUnwindSafe(|| kernel.run())) {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(source)) => Error::KernelFailed { device, stream, source },
            Err(payload) => {
                let message = panics::message(payload)
                    .unwrap_or_else(|| "a panic whose value is no text".to_owned());
                Error::KernelPanicked { device, stream, message }
            }
        };
        Err(Failure::new(error))
    }

    /// Drops the job unrun.
    pub(crate) fn discard(self) {
        drop_quietly(self);
    }
}
