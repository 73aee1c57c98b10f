//! When something happened, in eight bytes.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

static ORIGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// A moment on the monotonic clock, written down at most once.
#[derive(Debug, Default)]
pub(crate) struct Stamp {
    /// Nanoseconds since a fixed moment, plus one; zero while nothing is written down.
    nanos: AtomicU64,
}

impl Stamp {
    /// Writes down the present moment.
    pub(crate) fn set(&self) {
        let nanos = u64::try_from(ORIGIN.elapsed().as_nanos()).unwrap_or(u64::MAX - 1);
        self.nanos.store(nanos + 1, Ordering::Release);
    }

    /// How many milliseconds `end` is later than this; `None` while either is not written down.
    pub(crate) fn millis_until(&self, end: &Self) -> Option<f64> {
        let (start, end) = (self.nanos()?, end.nanos()?);
        #[expect(clippy::cast_precision_loss, reason = "exact up to 104 days")]
        let millis = |nanos: u64| nanos as f64 / 1e6;
        Some(if end >= start {
            millis(end - start)
        } else {
            -millis(start - end)
        })
    }

    fn nanos(&self) -> Option<u64> {
        self.nanos.load(Ordering::Acquire).checked_sub(1)
    }
}
