//! Events.

#![allow(unsafe_code, non_snake_case)]

use std::ffi::c_uint;

use tilesync::runtime::{Device, Event};

use crate::handle::Handle;
use crate::objects::{EVENTS, STREAMS};
use crate::status::{Status, answer, answer_query, put, require};

/// `orEventEnableTiming`; 0 is the only other value.
const ENABLE_TIMING: c_uint = 1;

/// Makes an event of the current device, without timing.
///
/// # Safety
///
/// `event` is null, which is refused, or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orEventCreate(event: *mut Handle) -> Status {
    // SAFETY: as the caller promises.
    unsafe { orEventCreateWithFlags(event, 0) }
}

/// Makes an event of the current device, with timing if `flags` is 1, without if it is 0.
///
/// # Safety
///
/// `event` is null, which is refused, or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orEventCreateWithFlags(event: *mut Handle, flags: c_uint) -> Status {
    answer(|| {
        require(!event.is_null() && flags <= ENABLE_TIMING)?;
        let timing = flags == ENABLE_TIMING;
        let device = Device::current();
        let kind = device.index() * 2 + usize::from(timing);
        let like = Event::builder().device(device).timing(timing).across_devices(true);
        let made = EVENTS.create(kind, || like.build())?;
        // SAFETY: as the caller promises.
        unsafe { put(event, made) }
    })
}

/// Ends an event. Who waits for its record already, goes on waiting.
#[unsafe(no_mangle)]
pub extern "C" fn orEventDestroy(event: Handle) -> Status {
    answer(|| {
        EVENTS.destroy(event, |event| {
            event.reset();
            matches!(event.query(), Ok(true))
        })
    })
}

/// Records the event on a stream, of whatever device. The event stays one of its own device.
#[unsafe(no_mangle)]
pub extern "C" fn orEventRecord(event: Handle, stream: Handle) -> Status {
    answer(|| Ok(EVENTS.get(event)?.record_on(STREAMS.get(stream)?)?))
}

/// Waits for the event's latest record.
#[unsafe(no_mangle)]
pub extern "C" fn orEventSynchronize(event: Handle) -> Status {
    answer(|| Ok(EVENTS.get(event)?.synchronize()?))
}

/// [`Status::Success`] if the event's latest record was reached, else [`Status::NotReady`].
#[unsafe(no_mangle)]
pub extern "C" fn orEventQuery(event: Handle) -> Status {
    match EVENTS.get(event) {
        Ok(event) if event.is_settled() => Status::Success,
        Ok(event) => query(event),
        Err(status) => status,
    }
}

/// Apart, and such that nothing unwinds out of it, so that what is settled already is answered without a
/// stack frame.
#[cold]
#[inline(never)]
extern "C" fn query(event: &Event) -> Status {
    answer_query(&event.query())
}

/// Writes the milliseconds between two records that were reached, of events of one device.
///
/// # Safety
///
/// `ms` is null, which is refused, or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orEventElapsedTime(ms: *mut f32, start: Handle, end: Handle) -> Status {
    answer(|| {
        require(!ms.is_null())?;
        let elapsed = EVENTS.get(start)?.elapsed(EVENTS.get(end)?)?;
        // SAFETY: as the caller promises.
        unsafe { put(ms, elapsed as f32) }
    })
}
