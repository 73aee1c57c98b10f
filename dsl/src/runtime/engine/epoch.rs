//! What the points of a queue know of its failures.

use super::job::Failure;
use super::sync::{AtomicBool, Mutex, Ordering};

/// Tasks that were not done, one behind the other, because of one failure.
struct Stopped {
    /// The count of the task that failed.
    first: u64,
    /// The count of the last one that was dropped.
    last: u64,
    failure: Failure,
}

/// The points of a queue that were made between two reports of failures, and what they must know.
///
/// The queue writes to an epoch while points of it are not reached, and each point keeps its own epoch
/// alone: a failure is kept for as long as somebody could ask about it, and no longer.
pub(crate) struct Epoch {
    /// Whether there is anything in `stopped`: read after a point was reached, and written before.
    any: AtomicBool,
    /// In ascending order.
    stopped: Mutex<Vec<Stopped>>,
}

impl Epoch {
    pub(crate) fn new() -> Self {
        Self { any: AtomicBool::new(false), stopped: Mutex::new(Vec::new()) }
    }

    /// The task that `count` ends with was not done, because of the failure at `first`.
    pub(crate) fn stop(&self, first: u64, count: u64, failure: &Failure) {
        let mut stopped = self.stopped.lock();
        match stopped.last_mut() {
            Some(last) if last.first == first => last.last = count,
            _ => stopped.push(Stopped { first, last: count, failure: failure.clone() }),
        }
        self.any.store(true, Ordering::Release);
    }

    pub(crate) fn failure_at(&self, count: u64) -> Option<Failure> {
        if !self.any.load(Ordering::Acquire) {
            return None;
        }
        let stopped = self.stopped.lock();
        let behind = stopped.partition_point(|stopped| stopped.last < count);
        let stopped = stopped.get(behind).filter(|stopped| stopped.first <= count)?;
        Some(stopped.failure.clone())
    }
}
