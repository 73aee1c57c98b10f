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
    /// An instruction waits for what no core of its block tells.
    #[error(
        "`{waits}` at {line} waits for another core, and no core of its block tells it that often; simulate the programs of all cores of the block together"
    )]
    Unheard {
        /// The instruction.
        waits: String,
        /// Its line.
        line: Line,
    },
    /// Blocks are on different numbers of cores.
    #[error("block {block} has programs for {cores} cores, and the blocks before it for {first}")]
    Cores {
        /// The block.
        block: usize,
        /// How many it has.
        cores: usize,
        /// How many the first block has.
        first: usize,
    },
    /// Blocks meet, and do not all run at once.
    #[error(
        "{blocks} blocks meet at a SYNCALL, and {cores} run at a time: the others would never come; launch at most as many blocks as there are cores"
    )]
    Meeting {
        /// How many there are.
        blocks: usize,
        /// How many run at a time.
        cores: usize,
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
