//! What the attacks share: how many cases, and from which seed.
//!
//! Each file in `tests` is one kind of hostile input. A run in CI is short and draws the same cases each time;
//! `TILESYNC_CASES` makes it long, and `TILESYNC_SEED` draws others.

/// How many cases to try: `TILESYNC_CASES`, or `short`.
///
/// # Panics
///
/// If the variable is no number.
#[must_use]
pub fn cases(short: u32) -> u32 {
    number("TILESYNC_CASES").map_or(short, |cases| u32::try_from(cases).unwrap_or(u32::MAX))
}

/// Where the seeds begin: `TILESYNC_SEED`, or 1. Printed, so that a failure can be repeated.
///
/// # Panics
///
/// If the variable is no number.
#[must_use]
pub fn seed() -> u64 {
    let seed = number("TILESYNC_SEED").unwrap_or(1);
    println!("TILESYNC_SEED={seed}");
    seed
}

/// The head of a trace of C++ kernels: what it is, and the version that the header writes.
pub const TRACE_HEAD: &[u8] = b"TILESYN\x04";

/// Writes a number as traces have it: seven bits a byte, the lowest first, and the eighth where more follow.
pub fn push_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    match text.parse() {
        Ok(number) => Some(number),
        Err(error) => panic!("{variable}={text}: {error}"),
    }
}
