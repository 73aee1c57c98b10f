//! What can go wrong on the host side.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::ids::{Device, StreamId};

/// What a failed kernel returned.
pub type KernelError = Arc<dyn std::error::Error + Send + Sync>;

/// Everything that can go wrong with devices, streams, events and buffers.
///
/// One failure may be reported in several places (by its stream, and by every event behind it), so
/// the type is cheap to clone.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no device of that number.
    #[error("there is no device {index}: devices are numbered from 0, and there are {count}")]
    NoSuchDevice {
        /// The number asked for.
        index: i64,
        /// How many devices there are.
        count: usize,
    },
    /// The number of devices was set after it had been used, or to something that cannot be.
    #[error(
        "cannot have {asked} devices: there are {count}; set a number from 1 to {}, once, and before \
         any device is used",
        Device::MAX
    )]
    DeviceCount {
        /// The number asked for.
        asked: usize,
        /// How many devices there are, or will be if nobody asks for another number.
        count: usize,
    },
    /// Something that lives on one device was used on a stream of another.
    #[error(
        "{what} belongs to {device}, but {stream} runs on {stream_device}: use one of {device}"
    )]
    DeviceMismatch {
        /// What was used: an event or a buffer.
        what: &'static str,
        /// Where it lives.
        device: Device,
        /// The stream that it was used on.
        stream: StreamId,
        /// The device of that stream.
        stream_device: Device,
    },
    /// A kernel returned an error. What was queued behind it was not run, and what is launched before a
    /// synchronize of the stream has cleared it is answered with it.
    #[error(
        "a kernel on {stream} of {device} failed: {source}; what was queued behind it was dropped, \
         synchronize the stream before using it again"
    )]
    KernelFailed {
        /// The device of the stream.
        device: Device,
        /// The stream that the kernel ran on.
        stream: StreamId,
        /// What the kernel returned.
        source: KernelError,
    },
    /// A kernel panicked. Else as [`KernelFailed`](Error::KernelFailed).
    #[error(
        "a kernel on {stream} of {device} panicked: {message}; what was queued behind it was \
         dropped, synchronize the stream before using it again"
    )]
    KernelPanicked {
        /// The device of the stream.
        device: Device,
        /// The stream that the kernel ran on.
        stream: StreamId,
        /// The message of the panic.
        message: String,
    },
    /// A kernel tried to wait for a stream, an event or a device.
    #[error(
        "a kernel on {stream} of {device} tried to wait for a stream, which could never end: use \
         events to order streams, and synchronize from the host"
    )]
    InsideKernel {
        /// The device of the stream that the kernel runs on.
        device: Device,
        /// The stream that the kernel runs on.
        stream: StreamId,
    },
    /// The time given to a synchronize ran out. Nothing was cancelled.
    #[error("{stream} of {device} was not done after {waited:?}: it is still running, wait again")]
    TimedOut {
        /// The device of the stream.
        device: Device,
        /// The stream that was waited for.
        stream: StreamId,
        /// How long.
        waited: Duration,
    },
    /// The time between two events was asked for before both were reached.
    #[error("an event on {stream} of {device} has not been reached yet: synchronize it first")]
    NotReady {
        /// The device of the stream.
        device: Device,
        /// The stream that the pending event was recorded on.
        stream: StreamId,
    },
    /// The time between two events was asked for, one of which was never recorded.
    #[error("the {which} event of {device} was never recorded: record it before asking for times")]
    NotRecorded {
        /// `"start"` or `"end"`.
        which: &'static str,
        /// The device of the event.
        device: Device,
    },
    /// The time between two events was asked for, one of which keeps no times.
    #[error("the {which} event of {device} keeps no times: build it with `timing(true)`")]
    NoTiming {
        /// `"start"` or `"end"`.
        which: &'static str,
        /// The device of the event.
        device: Device,
    },
    /// The time between events of two devices was asked for.
    #[error(
        "the start event belongs to {start}, the end event to {end}: their clocks are not compared"
    )]
    TwoClocks {
        /// The device of the start event.
        start: Device,
        /// The device of the end event.
        end: Device,
    },
    /// A copy between a source and a target of two lengths. Nothing was copied.
    #[error(
        "cannot copy {source_len} elements into {target_len} on {stream} of {device}: make both \
         lengths the same"
    )]
    LengthMismatch {
        /// The device of the stream.
        device: Device,
        /// The stream of the copy.
        stream: StreamId,
        /// The length of the source.
        source_len: usize,
        /// The length of the target.
        target_len: usize,
    },
    /// There is not enough memory for a buffer.
    #[error("{device} has no room for a buffer of {len} elements: free some, or ask for less")]
    OutOfMemory {
        /// The device asked.
        device: Device,
        /// How many elements were asked for.
        len: usize,
    },
    /// The process was forked after streams had been used, and this is the child.
    #[error(
        "this process was forked after streams had been used, and the threads that run them stayed \
         behind: fork first, or use exec in the child"
    )]
    Forked,
    /// No thread could be started to run streams.
    #[error("no thread could be started to run streams: {source}; free some threads")]
    NoThread {
        /// Why not.
        source: Arc<io::Error>,
    },
}

/// An error, together with what was handed over: nothing is lost.
///
/// It turns into its [`Error`] through `?`, for those who do not want the rest.
#[derive(thiserror::Error)]
#[error("{error}")]
pub struct Returned<B> {
    /// What went wrong.
    #[source]
    pub error: Error,
    /// What had been handed over. After a failed kernel its contents are whatever the kernel left.
    pub buffers: B,
}

impl<B> std::fmt::Debug for Returned<B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Returned").field("error", &self.error).finish_non_exhaustive()
    }
}

impl<B> From<Returned<B>> for Error {
    fn from(returned: Returned<B>) -> Self {
        returned.error
    }
}
