//! What a queue runs, and where it is run for.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::super::context::{self, Inside};
use super::super::device::Device;
use super::super::error::Error;
use super::super::kernel::Kernel;
use super::super::platform;
use super::super::stamp::Stamp;
use super::super::stream::{Priority, StreamId};

/// Why the work of a queue stopped.
pub(crate) type Failure = Error;

/// Something that a queue does.
pub(crate) enum Job {
    /// Run a closure.
    Kernel(Kernel<'static>),
    /// Write down the time.
    Stamp(Stamp),
}

/// The stream that a queue belongs to. Its device forgets the stream when this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) device: Device,
    pub(crate) stream: StreamId,
    pub(crate) priority: Priority,
}

impl Place {
    pub(crate) fn is_urgent(&self) -> bool {
        self.priority == Priority::High
    }

    /// Tells the thread that it works for the stream, while the result lives.
    pub(crate) fn enter(&self) -> Inside {
        context::enter(self)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        platform::forget(self.device, self.stream);
    }
}

impl Job {
    /// Whether it runs or drops what a user made.
    pub(crate) fn may_take_long(&self) -> bool {
        matches!(self, Self::Kernel(_))
    }

    /// Does the job. The captures of a closure are dropped when this returns.
    pub(crate) fn run(self, place: &Place) -> Result<(), Failure> {
        let kernel = match self {
            Self::Stamp(stamp) => {
                stamp.set();
                return Ok(());
            }
            Self::Kernel(kernel) => kernel,
        };
        let (device, stream) = (place.device, place.stream);
        context::begin_kernel(device);
        match catch_unwind(AssertUnwindSafe(|| kernel.run())) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(source)) => Err(Error::KernelFailed { device, stream, source }),
            Err(payload) => {
                let message = message_of(payload.as_ref());
                drop_quietly(payload);
                Err(Error::KernelPanicked { device, stream, message })
            }
        }
    }

    /// Drops the job unrun.
    pub(crate) fn discard(self) {
        drop_quietly(self);
    }
}

/// Drops what a user made. If that panics, the queue must not stop: the panic hook has told of it.
fn drop_quietly<T>(value: T) {
    let _told = catch_unwind(AssertUnwindSafe(|| drop(value)));
}

fn message_of(payload: &(dyn std::any::Any + Send)) -> String {
    payload
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic whose value is no text".to_owned())
}
