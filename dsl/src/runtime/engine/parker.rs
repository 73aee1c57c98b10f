//! A place for one thread to sleep until it is woken once.

use std::time::{Duration, Instant};

use super::sync::{Condvar, Mutex};

/// Where a thread sleeps. Unlike the parking of the standard library it needs nothing of the thread
/// itself, so that it works also while a process exits, and wakes nobody who parks for other reasons.
pub(crate) struct Parker {
    woken: Mutex<bool>,
    changed: Condvar,
}

impl Parker {
    pub(crate) fn new() -> Self {
        Self { woken: Mutex::new(false), changed: Condvar::new() }
    }

    /// Ends the sleep, present or to come.
    pub(crate) fn wake(&self) {
        *self.woken.lock() = true;
        self.changed.notify_one();
    }

    /// Sleeps until woken; `false` if the deadline came first.
    pub(crate) fn sleep(&self, deadline: Option<Instant>) -> bool {
        let mut woken = self.woken.lock();
        while !*woken {
            match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                None => self.changed.wait(&mut woken),
                Some(Duration::ZERO) => return false,
                Some(left) => drop(self.changed.wait_for(&mut woken, left)),
            }
        }
        true
    }
}
