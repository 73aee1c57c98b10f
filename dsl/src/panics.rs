//! What is left of a panic: its message, and a value whose `Drop` is a user's code.

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A panic's value whose `Drop` panics is dropped in its turn, but not for ever.
const TRIES: usize = 8;

/// The message of a panic, if its payload is text. The payload is dropped, quietly.
pub(crate) fn message(payload: Box<dyn Any + Send>) -> Option<String> {
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned());
    drop_quietly(payload);
    text
}

/// Drops what a user made, whatever its `Drop` does. The panic hook has told of each panic; a chain of
/// panics that does not end is left where it is.
pub(crate) fn drop_quietly<T>(value: T) {
    let mut outcome = catch_unwind(AssertUnwindSafe(|| drop(value)));
    for _ in 0..TRIES {
        let Err(payload) = outcome else { return };
        outcome = catch_unwind(AssertUnwindSafe(|| drop(payload)));
    }
    mem::forget(outcome);
}
