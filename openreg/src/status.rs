//! What every function answers.

#![allow(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind};

use tilesync::runtime::Error;

/// `orError_t`.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It was done.
    Success = 0,
    /// It was refused, or failed.
    Unknown = 1,
    /// It has not happened yet.
    NotReady = 2,
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        match error {
            Error::NotReady { .. } => Self::NotReady,
            _ => Self::Unknown,
        }
    }
}

/// Answers for `run`. No panic crosses the boundary.
pub(crate) fn answer(run: impl FnOnce() -> Result<(), Status>) -> Status {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(())) => Status::Success,
        Ok(Err(status)) => status,
        Err(_) => Status::Unknown,
    }
}

/// Answers with what cannot panic.
pub(crate) fn answer_lightly(result: Result<(), Status>) -> Status {
    result.err().unwrap_or(Status::Success)
}

/// Answers a query, which takes next to no time and cannot panic.
#[inline]
pub(crate) fn answer_query(done: &Result<bool, Error>) -> Status {
    match done {
        Ok(true) => Status::Success,
        Ok(false) => Status::NotReady,
        Err(_) => Status::Unknown,
    }
}

/// Refuses what is not as it must be.
pub(crate) fn require(condition: bool) -> Result<(), Status> {
    if condition { Ok(()) } else { Err(Status::Unknown) }
}

/// Writes a result to where the caller wants it.
///
/// # Safety
///
/// `out` is null, or may be written to.
pub(crate) unsafe fn put<T>(out: *mut T, value: T) -> Result<(), Status> {
    require(!out.is_null())?;
    // SAFETY: it is not null, and so, as the caller promises, may be written to.
    unsafe { out.write(value) };
    Ok(())
}
