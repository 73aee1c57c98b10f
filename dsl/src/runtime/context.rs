//! What each thread knows: its current device, its current streams, and the kernel that it is inside.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::sync::Arc;

use super::error::Error;
use super::ids::{Device, StreamId};

/// The queue of a chosen stream: of a type that knows of this file.
pub(crate) type Queue = Arc<dyn Any + Send + Sync>;

thread_local! {
    static DEVICE: Cell<Device> = const { Cell::new(Device::FIRST) };
    static RUNNING: Cell<Option<(Device, StreamId)>> = const { Cell::new(None) };
    static STREAMS: RefCell<Vec<Option<Queue>>> = const { RefCell::new(Vec::new()) };
}

pub(crate) fn device() -> Device {
    DEVICE.get()
}

/// Makes `device` current and returns the one that was.
pub(crate) fn set_device(device: Device) -> Device {
    DEVICE.replace(device)
}

/// The queue of the stream chosen for `device` on this thread, if one was.
pub(crate) fn queue(device: Device) -> Option<Queue> {
    STREAMS
        .try_with(|streams| streams.borrow().get(device.index()).cloned().flatten())
        .unwrap_or_default()
}

/// Chooses the stream of `queue` for `device` on this thread and returns the choice before. On a thread that is
/// being torn down there is nothing left to choose for.
pub(crate) fn set_queue(device: Device, queue: Option<Queue>) -> Option<Queue> {
    STREAMS
        .try_with(|streams| {
            let mut streams = streams.borrow_mut();
            if streams.len() <= device.index() {
                streams.resize(device.index() + 1, None);
            }
            std::mem::replace(&mut streams[device.index()], queue)
        })
        .unwrap_or_default()
}

pub(crate) fn is_inside_kernel() -> bool {
    RUNNING.get().is_some()
}

/// Refuses what would make a kernel wait for a stream.
pub(crate) fn refuse_inside_kernel() -> Result<(), Error> {
    match RUNNING.get() {
        Some((device, stream)) => Err(Error::InsideKernel { device, stream }),
        None => Ok(()),
    }
}

/// While this lives, the thread works for a stream: whatever of a user's it runs or drops is inside a
/// kernel, with that stream's device current and no stream chosen.
pub(crate) struct Inside {
    device: Device,
    running: Option<(Device, StreamId)>,
    streams: Vec<Option<Queue>>,
}

pub(crate) fn enter(device: Device, stream: StreamId) -> Inside {
    Inside {
        device: DEVICE.replace(device),
        running: RUNNING.replace(Some((device, stream))),
        streams: STREAMS.try_with(RefCell::take).unwrap_or_default(),
    }
}

/// What one kernel made current must not be so for the next.
pub(crate) fn begin_kernel(device: Device) {
    DEVICE.set(device);
    // A thread that is being torn down has nothing chosen.
    let _cleared = STREAMS.try_with(|streams| {
        if !streams.borrow().is_empty() {
            drop(streams.take());
        }
    });
}

impl Drop for Inside {
    fn drop(&mut self) {
        DEVICE.set(self.device);
        RUNNING.set(self.running);
        // As above.
        let _restored = STREAMS
            .try_with(|streams| streams.swap(&RefCell::new(std::mem::take(&mut self.streams))));
    }
}
