//! The OpenReg C ABI on the streams and events of [`tilesync::runtime`]: `libopenreg.so`.
//!
//! OpenReg is the reference backend of PyTorch's `PrivateUse1` extension point: a C library that
//! simulates devices. This one has the same 28 C functions, and the one of C++, so that it can take the
//! place of the original with nothing but `LD_LIBRARY_PATH`; and [`orLaunchHostFunc`], for those who
//! have no C++. The C declarations are in `include/openreg.h`.
//!
//! Every pointer and every handle is checked before it is used: one that is null, was destroyed, is not
//! of the right kind, or was never handed out is answered with [`Status::Unknown`]. Streams and events
//! are those of `tilesync`, with its guarantees; in particular no kernel may wait for a stream.
//!
//! # Kernels
//!
//! A kernel is a function of C, or a `std::function` of libstdc++ on Linux; no other C++ library has the
//! same layout. An exception cannot leave it: a kernel that throws ends the process.
//!
//! # The child of a fork
//!
//! It has no threads that could run streams. What needs them is refused with [`Status::Unknown`], once
//! the parent has used a stream: launches, asynchronous copies, records, waits of streams, synchronizing
//! streams and devices, elapsed times, and asking or waiting for what was pending. All else works:
//! memory and copies, devices, making and destroying streams and events, and asking for what was done.
//! Destroying a stream does not wait there: its work will never be done.

mod copy;
mod device;
mod event;
mod fork;
mod handle;
mod kernel;
mod lock;
mod memory;
mod objects;
mod status;
mod stream;
mod table;

pub use copy::{orMemcpy, orMemcpyAsync};
pub use device::{
    orDeviceGetStreamPriorityRange, orDeviceSynchronize, orGetDevice, orGetDeviceCount, orSetDevice,
};
pub use event::{
    orEventCreate, orEventCreateWithFlags, orEventDestroy, orEventElapsedTime, orEventQuery,
    orEventRecord, orEventSynchronize,
};
pub use handle::Handle;
pub use kernel::{HostFunction, StdFunction, add_task_to_stream, orLaunchHostFunc};
pub use memory::{
    PointerAttributes, orFree, orFreeHost, orMalloc, orMallocHost, orMemoryProtect,
    orMemoryUnprotect, orPointerGetAttributes,
};
pub use status::Status;
pub use stream::{
    orStreamCreate, orStreamCreateWithPriority, orStreamDestroy, orStreamGetPriority,
    orStreamQuery, orStreamSynchronize, orStreamWaitEvent,
};
