//! What can be wrong with a trace.

/// Why a trace, or the rest of it, cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TraceError {
    /// The file could not be read.
    #[error("the trace cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// The file is something else.
    #[error("not a trace: it does not start with the bytes that `tilesync/trace.hpp` writes")]
    NotATrace,
    /// The trace was written by another version of the header.
    #[error(
        "the trace has version {found}, and this is a reader of version {known}: trace again with the header of this build (`tilesync cxxflags`)"
    )]
    Version {
        /// That of the trace.
        found: u8,
        /// That of the reader.
        known: u8,
    },
    /// The file ends in the middle of something.
    #[error("the trace ends at byte {at}, before the program did: it crashed, or the file was cut")]
    Cut {
        /// How many bytes there are.
        at: u64,
    },
    /// A record makes no sense.
    #[error("the trace is damaged at byte {at}: {what}")]
    Damaged {
        /// Where, in the file.
        at: u64,
        /// What is wrong there.
        what: &'static str,
    },
}
