//! Which blocks are simulated together, and for how many they stand.

use super::core::Run;
use super::job::Job;
use super::machine::{self, Setup};
use super::plan::Plan;
use super::profile::Profile;

/// What was simulated at a time: blocks of a launch.
#[derive(Debug)]
pub(super) struct Wave {
    pub(super) runs: Vec<Run>,
    /// How many cores each run stands for.
    pub(super) copies: usize,
    /// How many waves like this one there are.
    pub(super) repeated: usize,
}

impl Wave {
    pub(super) fn ticks(&self) -> u64 {
        self.runs.iter().map(|run| run.finish).max().unwrap_or(0)
    }

    /// Of all waves like this one.
    pub(super) fn all_ticks(&self) -> u64 {
        self.ticks() * self.repeated as u64
    }
}

/// Simulates the blocks of `job`, with `plans` in the place of its own. Where all blocks are alike, one of each wave stands for all: they
/// would do the same at the same time. The error is the block that is stuck.
pub(super) fn simulate(
    job: &Job,
    plans: &[Plan],
    profile: &Profile,
    cores: usize,
) -> Result<Vec<Wave>, usize> {
    let fresh = job.fresh();
    let mut waves = Vec::new();
    if job.classes() == 1 {
        let count = job.blocks.len();
        for (copies, repeated) in [(cores, count / cores), (count % cores, 1)] {
            if copies > 0 && repeated > 0 {
                let setup = Setup { clusters: 1, cores: job.cores, copies, fresh };
                let runs =
                    machine::run(plans, &[0], profile, setup).map_err(|stuck| stuck.block)?;
                waves.push(Wave { runs, copies, repeated });
            }
        }
    } else {
        let setup = Setup { clusters: cores, cores: job.cores, copies: 1, fresh };
        let runs = machine::run(plans, &job.blocks, profile, setup).map_err(|stuck| stuck.block)?;
        waves.push(Wave { runs, copies: 1, repeated: 1 });
    }
    Ok(waves)
}
