//! Locks that the child of a fork finds open.
//!
//! The child has the memory of its parent and one of its threads. A lock that another thread held would
//! stay locked for ever, and what it guards might be half changed. So the thread that forks takes these
//! locks first, and both processes open them afterwards. They are those of the standard library, which
//! are one word; those of `parking_lot` keep their waiters in a table that has locks of its own.

#![allow(unsafe_code)]

use std::cell::UnsafeCell;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A lock on `T`, in a `static`.
pub(crate) struct Lock<T: 'static> {
    inner: Mutex<T>,
    /// Held here during a fork.
    forking: UnsafeCell<Option<MutexGuard<'static, T>>>,
}

// SAFETY: `forking` is used by `hold`, once it has the lock, and by `release`, which is called by the
// same thread (in the child: by its copy) while it still has it. The guard never leaves that thread.
unsafe impl<T: Send> Sync for Lock<T> {}

impl<T> Lock<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self { inner: Mutex::new(value), forking: UnsafeCell::new(None) }
    }

    /// Takes the lock. Nothing that is done under it leaves a thing half changed, not even a panic.
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a fork does with each lock.
pub(crate) trait OverFork: Sync {
    /// Takes the lock and keeps it.
    fn hold(&'static self);

    /// Opens it again.
    ///
    /// # Safety
    ///
    /// The last call of [`hold`](Self::hold) was made by this thread, and was not undone.
    unsafe fn release(&'static self);
}

impl<T: Send> OverFork for Lock<T> {
    fn hold(&'static self) {
        let guard = self.lock();
        // SAFETY: this thread has the lock.
        unsafe { *self.forking.get() = Some(guard) };
    }

    unsafe fn release(&'static self) {
        // SAFETY: as the caller promises, this thread has the lock.
        drop(unsafe { (*self.forking.get()).take() });
    }
}
