//! The host side: devices, streams and events, as `torch.Event` and the OpenReg backend have them.
//!
//! A [`Stream`] is an in-order queue of work on a [`Device`]; streams meet through [`Event`]s. Work is
//! any closure, which owns what it uses ([`Stream::launch`]), owns it for a while
//! ([`Stream::launch_with`]), or borrows it ([`scope`]).
//!
//! ```
//! use tilesync::runtime::{self, Device, DeviceBuffer, Event, Stream};
//!
//! let device = Device::new(1)?;
//! let (copies, compute) = (Stream::new(device), Stream::new(device));
//! let host = [1.0, 2.0, 3.0];
//! let mut x = DeviceBuffer::filled(device, 3, 0.0)?;
//! let loaded = Event::builder().device(device).build();
//!
//! runtime::scope(|scope| scope.copy(&copies, &host, &mut x))?;
//! loaded.record_on(&copies)?;
//! compute.wait(&loaded)?;
//! let x = compute
//!     .launch_with(x, |x| x.iter_mut().for_each(|x| *x *= 2.0))?
//!     .synchronize()?;
//! assert_eq!(*x, [2.0, 4.0, 6.0]);
//! # Ok::<(), tilesync::runtime::Error>(())
//! ```
//!
//! # For those who know `torch.Event`
//!
//! | there | here |
//! |---|---|
//! | `Event(device, enable_timing=True, blocking=True)` | [`Event::builder`], `.device(d).timing(true).blocking(true).build()` |
//! | `record()`, `record(stream)` | [`Event::record`], [`Event::record_on`] |
//! | `wait(stream)`, `stream.wait_event(event)` | [`Stream::wait`] |
//! | `query()`, `synchronize()` | [`Event::query`], [`Event::synchronize`] |
//! | `elapsed_time(end)` | [`Event::elapsed`] |
//! | `torch.Stream(device, priority)` | [`Stream::from_pool`], and [`Stream::new`] for one of its own |
//! | `device_guard`, `with stream` | [`DeviceGuard`], [`StreamGuard`] |
//!
//! A tile [kernel](crate::Kernel) is one call: [`Stream::launch_tiles`] owns its tensors, [`Scope::launch_tiles`]
//! borrows them. What stops it comes out where its stream is synchronized.
//!
//! # What holds everywhere
//!
//! - Nothing spins. A thread that waits runs work that nobody else runs, or sleeps.
//! - A stream is not a thread: as many workers as there are processors serve any number of streams,
//!   and more are started only while kernels block them.
//! - At most 4,096 threads run kernels, besides those that wait for them. Kernels that block so many at
//!   once (a barrier of 5,000 kernels) hold up all others until one of them ends; if none can, all wait
//!   for ever.
//! - A kernel may not wait for a stream, so streams cannot lock each other up. What it cannot be kept
//!   from is waiting for a thread of its own that waits for its stream: that never ends.
//! - Whatever a user's code does on a stream (a kernel, the end of what it captured, of what it panicked
//!   with, of its error), it comes out as an [`Error`] of that stream, and nothing else is disturbed.
//!   What Rust itself answers by ending the process does so here as well: a `Drop` that panics while
//!   another panic unwinds.
//! - After a fork the child gets [`Error::Forked`], never a hang.
//! - Events cannot be shared between processes.

mod buffer;
mod caller;
mod context;
mod cores;
mod device;
mod engine;
mod error;
mod event;
mod fork;
mod guard;
mod ids;
mod in_flight;
mod kernel;
mod launch;
mod platform;
mod scope;
mod stamp;
mod stream;
mod tensor;
mod tiles;
mod wait;
mod workers;

pub use buffer::DeviceBuffer;
pub use error::{Error, KernelError, Returned};
pub use event::{Event, EventBuilder};
pub use fork::in_forked_child;
pub use guard::{DeviceGuard, StreamGuard};
pub use ids::{Device, Priority, StreamId};
pub use in_flight::InFlight;
pub use launch::Outcome;
pub use scope::{Scope, scope};
pub use stream::Stream;
pub use tensor::DeviceTensor;
pub use tiles::{TileArg, TileArgs};
