//! The only locks, atomics and threads that the engine uses.

pub(crate) use std::sync::Arc;
pub(crate) use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
pub(crate) use std::thread::{self, Thread};

pub(crate) use parking_lot::{Condvar, Mutex};
