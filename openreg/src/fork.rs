//! What a fork does: nobody else holds a lock of this library meanwhile.

#![allow(unsafe_code)]

use crate::lock::OverFork;
use crate::objects::{EVENTS, STREAMS};
use crate::table::BLOCKS;

/// All locks. No thread takes one while it has another, so that any order will do.
fn locks() -> [&'static dyn OverFork; 3] {
    [&BLOCKS, EVENTS.lock(), STREAMS.lock()]
}

/// Runs when the library is loaded: before any lock can be taken.
#[cfg(target_os = "linux")]
#[used]
#[unsafe(link_section = ".init_array")]
static WATCH: extern "C" fn() = {
    extern "C" fn watch() {
        // SAFETY: the handlers are functions for ever. Registering fails only for want of memory; a
        // child then may find a lock taken, which breaks no memory rule.
        unsafe { libc::pthread_atfork(Some(hold), Some(release), Some(release)) };
    }
    watch
};

extern "C" fn hold() {
    for lock in locks() {
        lock.hold();
    }
}

extern "C" fn release() {
    for lock in locks() {
        // SAFETY: the thread that forks has called `hold` just now.
        unsafe { lock.release() };
    }
}
