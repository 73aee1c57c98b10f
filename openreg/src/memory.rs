//! Memory: allocating, freeing, access, and whose a pointer is.

#![allow(unsafe_code, non_snake_case)]

use std::ffi::{c_int, c_void};

use tilesync::runtime::Device;

use crate::device::as_int;
use crate::status::{Status, answer, put, require};
use crate::table::{self, Block, Home};

/// `orPointerAttributes`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PointerAttributes {
    /// 0 for memory that was not allocated here, 1 for host memory, 2 for device memory.
    pub kind: c_int,
    /// The device, or -1.
    pub device: c_int,
    /// Where the block begins, or the pointer itself if it is in no block.
    pub pointer: *mut c_void,
}

/// Allocates memory of the current device.
///
/// # Safety
///
/// `pointer` is null, which is refused, or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orMalloc(pointer: *mut *mut c_void, size: usize) -> Status {
    // SAFETY: as the caller promises.
    unsafe { allocate(pointer, size, Home::Device(Device::current().index())) }
}

/// Allocates host memory.
///
/// # Safety
///
/// `pointer` is null, which is refused, or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orMallocHost(pointer: *mut *mut c_void, size: usize) -> Status {
    // SAFETY: as the caller promises.
    unsafe { allocate(pointer, size, Home::Host) }
}

/// # Safety
///
/// `pointer` is null, which is refused, or may be written to.
unsafe fn allocate(pointer: *mut *mut c_void, size: usize, home: Home) -> Status {
    answer(|| {
        require(!pointer.is_null() && size > 0)?;
        let block = table::allocate(size, home)?;
        // SAFETY: as the caller promises.
        unsafe { put(pointer, block.address as *mut c_void) }
    })
}

/// Frees device memory, when the copies that use it are done.
#[unsafe(no_mangle)]
pub extern "C" fn orFree(pointer: *mut c_void) -> Status {
    free(pointer, |home| matches!(home, Home::Device(_)))
}

/// Frees host memory, when the copies that use it are done.
#[unsafe(no_mangle)]
pub extern "C" fn orFreeHost(pointer: *mut c_void) -> Status {
    free(pointer, |home| home == Home::Host)
}

fn free(pointer: *mut c_void, is_home: fn(Home) -> bool) -> Status {
    answer(|| {
        if pointer.is_null() {
            return Ok(());
        }
        table::forget(pointer as usize, is_home)
    })
}

/// Lets the host access the device memory that `pointer` lies in, until as many calls of
/// [`orMemoryProtect`] have followed.
#[unsafe(no_mangle)]
pub extern "C" fn orMemoryUnprotect(pointer: *mut c_void) -> Status {
    with_device_block(pointer, Block::open)
}

/// Takes one [`orMemoryUnprotect`] back.
#[unsafe(no_mangle)]
pub extern "C" fn orMemoryProtect(pointer: *mut c_void) -> Status {
    with_device_block(pointer, Block::close)
}

fn with_device_block(
    pointer: *mut c_void,
    run: impl FnOnce(&Block) -> Result<(), Status>,
) -> Status {
    answer(|| {
        let block = table::find(pointer as usize).ok_or(Status::Unknown)?;
        require(block.home != Home::Host)?;
        run(&block)
    })
}

/// Writes whose memory `pointer` points to.
///
/// # Safety
///
/// `attributes` is null, which is refused, or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orPointerGetAttributes(
    attributes: *mut PointerAttributes,
    pointer: *const c_void,
) -> Status {
    answer(|| {
        require(!attributes.is_null() && !pointer.is_null())?;
        let (kind, device, start) = match table::find(pointer as usize) {
            None => (0, -1, pointer as usize),
            Some(block) => match block.home {
                Home::Host => (1, -1, block.address),
                Home::Device(index) => (2, as_int(index), block.address),
            },
        };
        let found = PointerAttributes { kind, device, pointer: start as *mut c_void };
        // SAFETY: as the caller promises.
        unsafe { put(attributes, found) }
    })
}
