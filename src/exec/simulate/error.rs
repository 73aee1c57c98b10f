//! Why there is no forecast.

use crate::chip::ChipId;
use crate::exec::LaunchError;
use crate::exec::check::Verdict;
use crate::program::Line;

/// A kernel that has no time.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimulateError {
    /// The launch did not do its work.
    #[error(transparent)]
    Launch(#[from] LaunchError),
    /// There is nothing to simulate.
    #[error("there is no program to simulate; give at least one block")]
    NoBlocks,
    /// The program is for another chip.
    #[error(
        "the program is for {program}, and the profile is of {profile}; choose `Profile::of({program})`, or record it for {profile}"
    )]
    Chip {
        /// The program's chip.
        program: ChipId,
        /// The profile's chip.
        profile: ChipId,
    },
    /// An instruction waits for another core of its cluster, and a forecast is of one core a block.
    #[error(
        "`{waits}` at {line} waits for another core of the cluster; a forecast is of kernels of one core a block"
    )]
    Cluster {
        /// The instruction.
        waits: String,
        /// Its line.
        line: Line,
    },
    /// A block waits for ever.
    #[error("block {block} waits for ever\n{verdict}")]
    Stuck {
        /// The block.
        block: usize,
        /// What `check` finds in its program: the circle of pipes, with its lines.
        verdict: Verdict,
    },
}
