//! Streams.

#![allow(unsafe_code, non_snake_case)]

use std::ffi::{c_int, c_uint};

use tilesync::runtime::{Device, Error, Priority, Stream};

use crate::handle::Handle;
use crate::objects::{EVENTS, STREAMS};
use crate::status::{Status, answer, answer_query, put, require};

/// Makes a stream of priority 0 on the current device.
///
/// # Safety
///
/// `stream` is null, which is refused, or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orStreamCreate(stream: *mut Handle) -> Status {
    // SAFETY: as the caller promises.
    unsafe { orStreamCreateWithPriority(stream, 0, Priority::Low as c_int) }
}

/// Makes a stream on the current device. There are no flags; they are not looked at.
///
/// # Safety
///
/// `stream` is null, which is refused, or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orStreamCreateWithPriority(
    stream: *mut Handle,
    _flags: c_uint,
    priority: c_int,
) -> Status {
    answer(|| {
        require(!stream.is_null())?;
        let level = Priority::clamped(i64::from(priority));
        require(level as c_int == priority)?;
        let device = Device::current();
        let kind = device.index() * 2 + level as usize;
        let made = STREAMS.create(kind, || Stream::with_priority(device, level))?;
        // SAFETY: as the caller promises.
        unsafe { put(stream, made) }
    })
}

/// Writes the priority that the stream was made with.
///
/// # Safety
///
/// `priority` is null, which is refused, or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orStreamGetPriority(stream: Handle, priority: *mut c_int) -> Status {
    answer(|| {
        let level = STREAMS.get(stream)?.priority() as c_int;
        // SAFETY: as the caller promises.
        unsafe { put(priority, level) }
    })
}

/// Ends a stream when all of its work is done, or, in a forked child, where it never will be, at once.
/// A failure that nobody asked for is forgotten.
#[unsafe(no_mangle)]
pub extern "C" fn orStreamDestroy(stream: Handle) -> Status {
    answer(|| {
        // Before the handle ends: inside a kernel this is refused, and the stream lives on.
        if let Err(error @ Error::InsideKernel { .. }) = STREAMS.get(stream)?.synchronize() {
            return Err(error.into());
        }
        // And after, for what another thread has added meanwhile.
        STREAMS.destroy(stream, |stream| {
            drop(stream.synchronize());
            matches!(stream.query(), Ok(true))
        })
    })
}

/// [`Status::Success`] if all work that the stream was given is done, else [`Status::NotReady`].
#[unsafe(no_mangle)]
pub extern "C" fn orStreamQuery(stream: Handle) -> Status {
    match STREAMS.get(stream) {
        Ok(stream) => answer_query(&stream.query()),
        Err(status) => status,
    }
}

/// Waits for the work of a stream.
#[unsafe(no_mangle)]
pub extern "C" fn orStreamSynchronize(stream: Handle) -> Status {
    answer(|| Ok(STREAMS.get(stream)?.synchronize()?))
}

/// Lets later work of the stream wait for the latest record of the event. `flags` must be 0.
#[unsafe(no_mangle)]
pub extern "C" fn orStreamWaitEvent(stream: Handle, event: Handle, flags: c_uint) -> Status {
    answer(|| {
        require(flags == 0)?;
        Ok(STREAMS.get(stream)?.wait(EVENTS.get(event)?)?)
    })
}
