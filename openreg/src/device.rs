//! Devices.

#![allow(unsafe_code, non_snake_case)]

use std::ffi::c_int;

use tilesync::runtime::{Device, Priority};

use crate::status::{Status, answer, answer_lightly, put};

/// Writes the number of devices to `count`.
///
/// # Safety
///
/// `count` is null, which is refused, or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orGetDeviceCount(count: *mut c_int) -> Status {
    // SAFETY: as the caller promises.
    answer_lightly(unsafe { put(count, as_int(Device::count())) })
}

/// Makes a device current on this thread.
#[unsafe(no_mangle)]
pub extern "C" fn orSetDevice(device: c_int) -> Status {
    answer_lightly(match Device::new(i64::from(device)) {
        Ok(device) => {
            device.make_current();
            Ok(())
        }
        Err(error) => Err(error.into()),
    })
}

/// Writes the number of this thread's current device to `device`.
///
/// # Safety
///
/// `device` is null, which is refused, or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orGetDevice(device: *mut c_int) -> Status {
    // SAFETY: as the caller promises.
    answer_lightly(unsafe { put(device, as_int(Device::current().index())) })
}

/// Writes the least and the greatest stream priority.
///
/// # Safety
///
/// Each pointer is null, which is refused, or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orDeviceGetStreamPriorityRange(
    least: *mut c_int,
    greatest: *mut c_int,
) -> Status {
    if least.is_null() || greatest.is_null() {
        return Status::Unknown;
    }
    // SAFETY: as the caller promises.
    answer_lightly(unsafe {
        put(least, Priority::Low as c_int).and_then(|()| put(greatest, Priority::High as c_int))
    })
}

/// Waits for all streams of this thread's current device.
#[unsafe(no_mangle)]
pub extern "C" fn orDeviceSynchronize() -> Status {
    answer(|| Ok(Device::current().synchronize()?))
}

pub(crate) fn as_int(index: usize) -> c_int {
    c_int::try_from(index).unwrap_or(c_int::MAX)
}
