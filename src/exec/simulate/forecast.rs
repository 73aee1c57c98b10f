//! How long a launch takes, and where the time goes.

use super::core::Run;
use super::job::Job;
use super::plan::{Act, Plan, TICKS, ticks};
use super::profile::Profile;
use super::wave::Wave;
use crate::op::Pipe;

/// How long a launch takes on a chip, and where the time goes. Prints as a report for the terminal.
#[derive(Debug)]
pub struct Forecast {
    pub(super) job: Job,
    pub(super) profile: Profile,
    pub(super) cores: usize,
    pub(super) waves: Vec<Wave>,
    pub(super) queued: bool,
}

/// Where the time of a pipe goes, in cycles, all blocks and cores together. The four add up to the cycles of all cores.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Load {
    /// Ops.
    pub ops: f64,
    /// Flags and barriers themselves.
    pub sync: f64,
    /// Waiting on flags.
    pub waiting: f64,
    /// Neither: nothing was issued yet, or nothing more came.
    pub idle: f64,
}

impl Forecast {
    pub(super) fn new(
        job: Job,
        profile: Profile,
        cores: usize,
        waves: Vec<Wave>,
        queued: bool,
    ) -> Self {
        Forecast { job, profile, cores, waves, queued }
    }

    /// Ticks of the kernel, without the launch.
    pub(super) fn ticks(&self) -> u64 {
        self.waves.iter().map(Wave::all_ticks).sum()
    }

    /// Cycles from the first block's first instruction to the last block's last.
    #[must_use]
    pub fn cycles(&self) -> f64 {
        self.ticks() as f64 / TICKS
    }

    /// Microseconds, the launch included.
    #[must_use]
    pub fn us(&self) -> f64 {
        self.launch_us() + self.profile.microseconds(self.cycles())
    }

    /// Microseconds of the launch.
    #[must_use]
    pub fn launch_us(&self) -> f64 {
        if self.queued { self.profile.launch_queued } else { self.profile.launch }
    }

    /// How many cores are used; of blocks that are on several cores, how many clusters.
    #[must_use]
    pub fn cores(&self) -> usize {
        self.cores
    }

    /// How many blocks there are.
    #[must_use]
    pub fn blocks(&self) -> usize {
        self.job.blocks.len()
    }

    /// How often the cores are given blocks.
    #[must_use]
    pub fn waves(&self) -> usize {
        self.blocks().div_ceil(self.cores)
    }

    /// Where the time of `pipe` goes.
    #[must_use]
    pub fn load(&self, pipe: Pipe) -> Load {
        let mut sum = Sum::default();
        for wave in &self.waves {
            let times = (wave.copies * wave.repeated) as u64;
            for run in &wave.runs {
                sum.add(&self.plan(run).load(run, pipe, ticks(self.profile.flag)), times);
            }
        }
        let all = self.ticks() * self.cores_with(pipe) as u64;
        let idle = all - sum.ops - sum.sync - sum.waiting;
        let cycles = |ticks: u64| ticks as f64 / TICKS;
        Load {
            ops: cycles(sum.ops),
            sync: cycles(sum.sync),
            waiting: cycles(sum.waiting),
            idle: cycles(idle),
        }
    }

    /// The share of the whole time, launch included, that `pipe` spends on ops, on the average of the cores that use it.
    #[must_use]
    pub fn busy(&self, pipe: Pipe) -> f64 {
        let us = self.profile.microseconds(self.load(pipe).ops);
        us / (self.us() * self.cores_with(pipe) as f64)
    }

    /// How many cores have something to do for `pipe`; all, if none has.
    pub(super) fn cores_with(&self, pipe: Pipe) -> usize {
        match self.job.cores_with(pipe) {
            0 => self.cores * self.job.cores,
            of_block => self.cores * of_block,
        }
    }

    /// Multiplications and additions a second.
    #[must_use]
    pub fn flops(&self) -> f64 {
        self.sum(|plan| plan.sums.flops) / (self.us() * 1e-6)
    }

    /// Bytes a second out of global memory, L2 included.
    #[must_use]
    pub fn loaded(&self) -> f64 {
        self.sum(|plan| plan.sums.loaded) / (self.us() * 1e-6)
    }

    /// Bytes a second to global memory.
    #[must_use]
    pub fn stored(&self) -> f64 {
        self.sum(|plan| plan.sums.stored) / (self.us() * 1e-6)
    }

    /// The most that the cores could multiply and add in a second, with f16 elements.
    #[must_use]
    pub fn flops_roof(&self) -> f64 {
        let a_cycle = 2.0 * 16.0 * 16.0 * 16.0 / self.profile.cube_step;
        a_cycle * self.hertz() * self.cores as f64
    }

    /// The most that the cores could load in a second, out of L2.
    #[must_use]
    pub fn loaded_roof(&self) -> f64 {
        let of_block = self.roof(self.profile.gm_l1, self.profile.gm_ub);
        (of_block * self.cores as f64).min(self.profile.l2) * self.hertz()
    }

    /// The most that the cores could store in a second, to L2.
    #[must_use]
    pub fn stored_roof(&self) -> f64 {
        let of_block = self.roof(self.profile.fix_gm, self.profile.ub_gm);
        (of_block * self.cores as f64).min(self.profile.l2 / self.profile.l2_store) * self.hertz()
    }

    /// The sum over the cores of a block, of what a cube core and a vector core have.
    fn roof(&self, cube: f64, vector: f64) -> f64 {
        let cubes = self.job.cores_with(Pipe::M).min(self.job.cores);
        cube * cubes as f64 + vector * (self.job.cores - cubes) as f64
    }

    fn hertz(&self) -> f64 {
        self.profile.clock * 1e6
    }

    fn sum(&self, of: impl Fn(&Plan) -> u64) -> f64 {
        let plans = self.job.blocks.iter().flat_map(|&class| self.job.of_class(class));
        plans.map(|plan| of(plan) as f64).sum()
    }

    pub(super) fn plan(&self, run: &Run) -> &Plan {
        &self.job.plans[run.plan]
    }
}

/// As [`Load`], in ticks.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    ops: u64,
    sync: u64,
    waiting: u64,
}

impl Sum {
    fn add(&mut self, other: &Sum, times: u64) {
        self.ops += other.ops * times;
        self.sync += other.sync * times;
        self.waiting += other.waiting * times;
    }
}

impl Plan {
    fn load(&self, run: &Run, pipe: Pipe, flag: u64) -> Sum {
        let mut sum = Sum::default();
        for &index in &self.queues[pipe.index()] {
            let index = index as usize;
            let took = run.end[index] - run.begin[index];
            match self.steps[index].act {
                Act::Op => sum.ops += took,
                Act::Wait(_) | Act::Await(_) => {
                    sum.sync += flag.min(took);
                    sum.waiting += took - flag.min(took);
                }
                Act::Set(_)
                | Act::Tell(_)
                | Act::Barrier
                | Act::BarrierAll
                | Act::Meet(_)
                | Act::Nothing => sum.sync += took,
            }
        }
        sum
    }
}
