//! How much an exploration may do, and what it left out.

use std::fmt::{Display, Formatter, Result};

/// How much [`explore`](super::explore) may do. A number stands for that many schedules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many schedules are run.
    pub schedules: u64,
    /// How much work is done: looks at an instruction or at a piece of memory.
    pub work: u64,
}

impl Limits {
    /// Work for a second or two.
    pub const WORK: u64 = 100_000_000;
}

impl From<u64> for Limits {
    fn from(schedules: u64) -> Self {
        Limits { schedules, work: Limits::WORK }
    }
}

/// What an exploration left out because it came to a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Whether the limit was that on work; else it was that on schedules.
    pub out_of_work: bool,
    /// How many choices were seen and not followed. Each stands for one schedule or many.
    pub choices: u64,
    /// How many instructions ran on no schedule.
    pub instructions: u64,
}

impl Display for LeftOut {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let limit = if self.out_of_work { "work" } else { "schedules" };
        write!(f, "stopped at the limit on {limit}: {} choices were not followed", self.choices)?;
        if self.instructions > 0 {
            write!(f, ", {} instructions were never reached", self.instructions)?;
        }
        Ok(())
    }
}

/// The work that is left to do.
#[derive(Debug)]
pub(super) struct Work(pub(super) u64);

impl Work {
    pub(super) fn unlimited() -> Self {
        Work(u64::MAX)
    }

    /// `None` where so much is not left; then nothing is.
    pub(super) fn spend(&mut self, work: usize) -> Option<()> {
        let left = self.0.checked_sub(work as u64);
        self.0 = left.unwrap_or(0);
        left.map(drop)
    }
}
