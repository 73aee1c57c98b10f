//! What is left of a panic: its message, and a value whose `Drop` is a user's code.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The message of a panic, if its payload is text. The payload is dropped, quietly.
pub(crate) fn message(payload: Box<dyn Any + Send>) -> Option<String> {
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned());
    drop_quietly(payload);
    text
}

/// Drops what a user made, and never unwinds: if its `Drop` panics, the panic hook has told of it.
///
/// What that panic carries is forgotten, since its `Drop` might panic in turn.
pub(crate) fn drop_quietly<T>(value: T) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        std::mem::forget(payload);
    }
}
