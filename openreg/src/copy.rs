//! Copies.

#![allow(unsafe_code, non_snake_case)]

use std::ffi::c_void;
use std::sync::Arc;

use crate::handle::Handle;
use crate::objects::STREAMS;
use crate::status::{Status, answer, require};
use crate::table::{self, Block, Home};

/// Copies `count` bytes, which may overlap, before it returns. `kind` says where from and where to:
/// 0 host to host, 1 host to device, 2 device to host, 3 device to device.
///
/// # Safety
///
/// What lies in no block of this library must be readable, or writable, for `count` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orMemcpy(
    target: *mut c_void,
    source: *const c_void,
    count: usize,
    kind: u32,
) -> Status {
    answer(|| {
        let copy = Copy::checked(target, source, count, kind)?;
        // SAFETY: as the caller promises.
        unsafe { copy.run() }
    })
}

/// Copies `count` bytes when the stream comes to it. Blocks of this library may be freed meanwhile.
///
/// # Safety
///
/// As for [`orMemcpy`], until the stream has done it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orMemcpyAsync(
    target: *mut c_void,
    source: *const c_void,
    count: usize,
    kind: u32,
    stream: Handle,
) -> Status {
    answer(|| {
        let stream = STREAMS.get(stream)?;
        let copy = Copy::checked(target, source, count, kind)?;
        stream.launch(move || {
            // SAFETY: as the caller promises.
            let done = unsafe { copy.run() };
            done.map_err(|_| std::io::Error::last_os_error())
        })?;
        Ok(())
    })
}

/// One side of a copy. It keeps its block, if it has one.
struct Side {
    address: usize,
    block: Option<Arc<Block>>,
}

impl Side {
    fn checked(address: usize, count: usize, on_device: bool) -> Result<Self, Status> {
        let block = table::find(address);
        if let Some(block) = &block {
            require(count <= block.len - (address - block.address))?;
        }
        let device = block.as_ref().is_some_and(|block| matches!(block.home, Home::Device(_)));
        require(device == on_device)?;
        Ok(Self { address, block })
    }

    /// Makes device memory accessible while the result lives.
    fn open(&self) -> Result<Option<Opened<'_>>, Status> {
        match &self.block {
            Some(block) if block.home != Home::Host => {
                block.open()?;
                Ok(Some(Opened(block)))
            }
            _ => Ok(None),
        }
    }
}

struct Opened<'b>(&'b Block);

impl Drop for Opened<'_> {
    fn drop(&mut self) {
        // It was opened, so it can be closed.
        let _closed = self.0.close();
    }
}

/// A copy whose arguments are as they must be.
struct Copy {
    target: Side,
    source: Side,
    count: usize,
}

impl Copy {
    fn checked(
        target: *mut c_void,
        source: *const c_void,
        count: usize,
        kind: u32,
    ) -> Result<Self, Status> {
        require(!target.is_null() && !source.is_null() && count > 0)?;
        let (to_device, from_device) = match kind {
            0 => (false, false),
            1 => (true, false),
            2 => (false, true),
            3 => (true, true),
            _ => return Err(Status::Unknown),
        };
        Ok(Self {
            target: Side::checked(target as usize, count, to_device)?,
            source: Side::checked(source as usize, count, from_device)?,
            count,
        })
    }

    /// # Safety
    ///
    /// A side that has no block must be readable, or writable, for as many bytes as are copied.
    unsafe fn run(&self) -> Result<(), Status> {
        let _open = (self.target.open()?, self.source.open()?);
        let (source, target) = (self.source.address, self.target.address);
        // SAFETY: a side with a block lies within it, is mapped because `self` keeps the block, and
        // is accessible because it has been opened. For the others the caller promises as much.
        unsafe { std::ptr::copy(source as *const u8, target as *mut u8, self.count) };
        Ok(())
    }
}
