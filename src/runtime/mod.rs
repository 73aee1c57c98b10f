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
//! A tile [kernel](crate::Kernel) is launched from such a closure; what stops it comes out where its stream is synchronized:
//!
//! ```
//! use tilesync::prelude::*;
//! use tilesync::runtime::{self, Device};
//!
//! #[derive(Buffers)]
//! struct Ub<'k> { x: VecTile<'k, f32, 8, 8> }
//!
//! #[kernel]
//! fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
//!     let x = tload(ub.x, &x.tile(0, 0)).record::<TStoreVec>();
//!     Ub::retire(UbTokens { x: tstore(&y.tile(0, 0), x) })
//! }
//!
//! let stream = runtime::Stream::new(Device::current());
//! let (x, mut y) = (vec![1.0; 64], vec![0.0; 64]);
//! runtime::scope(|scope| {
//!     scope.launch(&stream, || -> Result<(), LaunchError> {
//!         let x = GlobalTensor::new(&x, &[8, 8])?;
//!         let mut y = GlobalTensorMut::new(&mut y, &[8, 8])?;
//!         Eager::new().launch(&copy, 1, (x.whole(), y.whole()))
//!     })
//! })?;
//! assert_eq!(x, y);
//! # Ok::<(), tilesync::runtime::Error>(())
//! ```
//!
//! # What holds everywhere
//!
//! - Nothing spins. A thread that waits runs work that nobody else runs, or sleeps.
//! - A stream is not a thread: as many workers as there are processors serve any number of streams,
//!   and more are started only while kernels block them.
//! - A kernel may not wait for a stream, so streams cannot lock each other up.
//! - After a fork the child gets [`Error::Forked`], never a hang.
//! - Events cannot be shared between processes.

mod buffer;
mod context;
mod device;
mod engine;
mod error;
mod event;
mod fork;
mod guard;
mod in_flight;
mod kernel;
mod launch;
mod platform;
mod scope;
mod stamp;
mod stream;
mod wait;
mod workers;

pub use buffer::DeviceBuffer;
pub use device::Device;
pub use error::{Error, KernelError, Returned};
pub use event::{Event, EventBuilder};
pub use fork::in_forked_child;
pub use guard::{DeviceGuard, StreamGuard};
pub use in_flight::InFlight;
pub use launch::Outcome;
pub use scope::{Scope, scope};
pub use stream::{Priority, Stream, StreamId};
