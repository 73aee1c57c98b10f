//! A place in a queue: what an event remembers of a record.

use std::sync::OnceLock;

use super::job::Failure;
use super::lane::Lane;
use super::sync::{Arc, AtomicU64, Ordering};

/// The life of a queue between two failures that were reported.
///
/// A queue points to its present epoch and so does every [`Point`] made meanwhile: a failure is kept
/// for as long as somebody could ask about it, and no longer.
pub(crate) struct Epoch {
    /// The count of the task that failed, and how. Set once, by the thread that runs the queue.
    failure: OnceLock<(u64, Failure)>,
    /// The count of the last task that was dropped because of the failure.
    last_dropped: AtomicU64,
}

impl Epoch {
    pub(crate) fn new() -> Self {
        Self { failure: OnceLock::new(), last_dropped: AtomicU64::new(0) }
    }

    pub(crate) fn failure(&self) -> Option<&Failure> {
        self.failure.get().map(|(_, failure)| failure)
    }

    /// The task that `count` ends with failed. The first failure of an epoch stands.
    pub(crate) fn fail(&self, count: u64, failure: Failure) {
        self.last_dropped.store(count, Ordering::Release);
        let _first_stands = self.failure.set((count, failure));
    }

    /// The task that `count` ends with was dropped, because of the failure.
    pub(crate) fn drop_until(&self, count: u64) {
        self.last_dropped.store(count, Ordering::Release);
    }
}

/// A place in a queue, reached once `count` of its tasks are finished. It never moves.
#[derive(Clone)]
pub(crate) struct Point {
    pub(crate) lane: Arc<Lane>,
    pub(crate) count: u64,
    pub(crate) epoch: Arc<Epoch>,
}

impl Point {
    pub(crate) fn is_reached(&self) -> bool {
        self.lane.progress.completed() >= self.count
    }

    /// What came of the work before the point, once it is reached: the failure that stopped it, if
    /// one did. A failure behind the point, or one reported before the point was made, is not its own.
    pub(crate) fn outcome(&self) -> Option<Result<(), Failure>> {
        if !self.is_reached() {
            return None;
        }
        Some(match self.epoch.failure.get() {
            Some((first, failure))
                if (*first..=self.epoch.last_dropped.load(Ordering::Acquire))
                    .contains(&self.count) =>
            {
                Err(failure.clone())
            }
            _ => Ok(()),
        })
    }
}
