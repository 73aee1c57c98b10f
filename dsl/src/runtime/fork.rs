//! A forked child has the memory of its parent and none of its threads.
//!
//! A queue that it inherits will never be run, and a lock that it inherits may be held by a thread
//! that does not exist. So the child refuses before it takes any lock.

#![allow(unsafe_code)]

use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use super::error::Error;

static FORKED: AtomicBool = AtomicBool::new(false);

/// Whether this is the child of a process that had used streams when it was forked. There, everything
/// that needs a stream is refused with [`Error::Forked`].
#[inline]
#[must_use]
pub fn in_forked_child() -> bool {
    FORKED.load(Ordering::Relaxed)
}

#[inline]
pub(crate) fn refuse_in_child() -> Result<(), Error> {
    if in_forked_child() { Err(Error::Forked) } else { Ok(()) }
}

/// From now on a forked child is known as one.
pub(crate) fn watch() {
    static WATCH: Once = Once::new();
    WATCH.call_once(|| {
        #[cfg(unix)]
        // SAFETY: the handler is a function for ever, and does nothing but store to an atomic, which
        // is allowed between fork and exec. Registering can fail only for want of memory; the child
        // is then not recognised, which breaks no memory rule.
        unsafe {
            libc::pthread_atfork(None, None, Some(mark_child));
        }
    });
}

#[cfg(unix)]
extern "C" fn mark_child() {
    FORKED.store(true, Ordering::Relaxed);
}
