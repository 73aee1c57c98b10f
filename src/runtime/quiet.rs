//! The end of what a user made, where it may not disturb anybody.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A panic's value whose `Drop` panics is dropped in its turn, but not for ever.
const TRIES: usize = 8;

/// Drops `value`, whatever its `Drop` does. The panic hook has told of each panic; a chain of panics
/// that does not end is left where it is.
pub(crate) fn drop_quietly<T>(value: T) {
    let mut outcome = catch_unwind(AssertUnwindSafe(|| drop(value)));
    for _ in 0..TRIES {
        let Err(payload) = outcome else { return };
        outcome = catch_unwind(AssertUnwindSafe(|| drop(payload)));
    }
    mem::forget(outcome);
}
