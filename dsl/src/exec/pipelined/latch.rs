//! A flag between two pipes of the simulated core: set once, waited on once, and then ready to be used again.
//!
//! The state is one byte. The setter may find a pipe parked on the flag; it is then the setter's duty to make that pipe
//! ready again, and nobody else's: a wake-up is neither lost nor given twice. `models/tests/latch_model.rs` runs this file under loom.

use super::sync::{AtomicU8, Ordering};

/// Neither set nor waited on.
const UNSET: u8 = 0;
/// A pipe has come to its wait before the flag was set; only [`Latch::set`] may leave this state.
const PARKED: u8 = 1;
/// Set, and nobody has waited yet; only [`Latch::wait`] may leave this state.
const SET: u8 = 2;

/// One flag.
#[derive(Debug, Default)]
pub(super) struct Latch(AtomicU8);

impl Latch {
    /// Sets the flag. Returns whether a pipe was parked on it: that pipe has now waited, and the caller must resume it.
    ///
    /// Everything that the setter did before is visible to whoever gets past the wait.
    #[must_use]
    pub(super) fn set(&self) -> bool {
        // Release: the op before the set. Acquire: what the parked pipe left behind, since the caller resumes it. Where it is
        // parked already no swap is needed, since nobody else leaves that state.
        let parked = self.0.load(Ordering::Acquire) == PARKED
            || self.0.swap(SET, Ordering::AcqRel) == PARKED;
        if parked {
            // Set and waited on. Nobody else looks at the flag before its next use, which comes after this one.
            self.0.store(UNSET, Ordering::Relaxed);
        }
        parked
    }

    /// Comes to the wait. Returns whether the flag was there, and consumes it; if not, the pipe is parked and must not be
    /// touched any more.
    #[must_use]
    pub(super) fn wait(&self) -> bool {
        // Nor is one where the flag is set already.
        let park = || self.0.compare_exchange(UNSET, PARKED, Ordering::AcqRel, Ordering::Acquire);
        let there = self.is_set() || park().is_err();
        if there {
            self.0.store(UNSET, Ordering::Relaxed);
        }
        there
    }

    /// Whether the flag is set; parks nobody and consumes nothing.
    #[must_use]
    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire) == SET
    }
}
