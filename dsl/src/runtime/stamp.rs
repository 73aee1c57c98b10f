//! When the latest record of an event was reached.

use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;

/// The time of one record of an event with timing.
///
/// All records of an event share one place for the time, because only that of the latest can be asked
/// for: a million queued records need a million numbers, not a million allocations.
#[derive(Debug, Clone)]
pub(crate) struct Stamp {
    latest: Arc<Mutex<Latest>>,
    record: u64,
}

#[derive(Debug)]
struct Latest {
    record: u64,
    time: Option<Instant>,
}

impl Stamp {
    /// For the first record of an event.
    pub(crate) fn first() -> Self {
        let latest = Latest { record: 0, time: None };
        Self { latest: Arc::new(Mutex::new(latest)), record: 0 }
    }

    /// For the next record. The time of this one can no longer be asked for.
    pub(crate) fn next(&self) -> Self {
        let mut latest = self.latest.lock();
        latest.record += 1;
        latest.time = None;
        Self { latest: Arc::clone(&self.latest), record: latest.record }
    }

    /// Writes down the present moment, unless there is a later record.
    pub(crate) fn set(&self) {
        let mut latest = self.latest.lock();
        if latest.record == self.record {
            latest.time = Some(Instant::now());
        }
    }

    /// When the record was reached, if it was and there is no later one.
    pub(crate) fn time(&self) -> Option<Instant> {
        let latest = self.latest.lock();
        latest.time.filter(|_| latest.record == self.record)
    }
}
