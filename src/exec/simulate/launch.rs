//! The executor: a kernel, or the programs of its blocks, on the cores of a chip.

use std::collections::HashMap;
use std::sync::Arc;

use super::error::SimulateError;
use super::forecast::{Forecast, Wave};
use super::machine::{self, Setup};
use super::plan::{Plan, Regions};
use super::profile::Profile;
use crate::exec::Kernel;
use crate::exec::check::check;
use crate::global::Args;
use crate::inner::{Looks, programs};
use crate::op::Pipe;
use crate::program::Program;

/// Runs kernels in virtual time: says how long they take on a chip.
///
/// ```
/// use tilesync::exec::simulate::{Profile, Simulated};
/// # use tilesync::prelude::*;
/// # #[derive(Buffers)]
/// # struct Ub<'k> { x: VecTile<'k, f32, 8, 8> }
/// # #[kernel]
/// # fn double<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
/// #     let x = tload(ub.x, &x.tile(0, 0)).record::<TMulS>();
/// #     let x = tmuls_assign(x, 2.0).record::<TStoreVec>();
/// #     Ub::retire(UbTokens { x: tstore(&y.tile(0, 0), x) })
/// # }
/// let (x, mut y) = ([1.5; 256], [0.0; 256]);
/// let x = GlobalTensor::new(&x, &[32, 8])?;
/// let mut out = GlobalTensorMut::new(&mut y, &[32, 8])?;
/// let simulated = Simulated::new(Profile::a2a3()).cores(2);
/// let forecast = simulated.launch(&double, 4, (x.parts(8, 8)?, out.parts(8, 8)?))?;
/// println!("{forecast}");
/// assert_eq!(forecast.waves(), 2); // four blocks on two cores
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Simulated {
    profile: Profile,
    cores: Option<usize>,
    queued: bool,
}

/// Blocks that are equal but for where they work.
#[derive(Clone, Debug)]
pub(super) struct Class {
    pub(super) program: Arc<Program>,
    pub(super) blocks: Vec<usize>,
}

/// What is simulated.
#[derive(Debug, Default)]
pub(super) struct Job {
    pub(super) plans: Vec<Plan>,
    pub(super) classes: Vec<Class>,
    /// The class of each block.
    pub(super) blocks: Vec<usize>,
    /// Bytes that the launch loads, each once.
    regions: Regions,
    known: HashMap<u64, Vec<usize>>,
}

impl Job {
    fn add(&mut self, program: Program, profile: &Profile) -> Result<(), SimulateError> {
        if program.chip != profile.chip {
            return Err(SimulateError::Chip { program: program.chip, profile: profile.chip });
        }
        let plan = Plan::new(&program, profile, &mut self.regions)?;
        let block = self.blocks.len();
        let alike = self.known.entry(plan.likeness()).or_default();
        match alike.iter().copied().find(|&class| self.plans[class] == plan) {
            Some(class) => {
                self.classes[class].blocks.push(block);
                self.blocks.push(class);
            }
            None => {
                let class = self.classes.len();
                alike.push(class);
                self.plans.push(plan);
                self.classes.push(Class { program: Arc::new(program), blocks: vec![block] });
                self.blocks.push(class);
            }
        }
        Ok(())
    }

    /// The same blocks, with what they cost on another chip.
    fn against(&self, profile: &Profile) -> Result<Self, SimulateError> {
        let plan = |class: &Class| Plan::new(&class.program, profile, &mut Regions::default());
        Ok(Job {
            plans: self.classes.iter().map(plan).collect::<Result<_, _>>()?,
            classes: self.classes.clone(),
            blocks: self.blocks.clone(),
            regions: Regions::of_bytes(self.regions.bytes),
            known: HashMap::new(),
        })
    }

    /// Whether any block has an instruction of `pipe`.
    pub(super) fn has(&self, pipe: Pipe) -> bool {
        self.plans.iter().any(|plan| !plan.queues[pipe.index()].is_empty())
    }

    /// Of the bytes that blocks load for their first time, the share that no other block has loaded.
    pub(super) fn fresh(&self) -> f64 {
        let of_blocks: u64 = self.blocks.iter().map(|&class| self.plans[class].sums.fresh).sum();
        self.regions.bytes as f64 / of_blocks.max(1) as f64
    }
}

impl Simulated {
    /// On the chip of `profile`, with as many cores as it has, or as there are blocks.
    #[must_use]
    pub fn new(profile: Profile) -> Self {
        Simulated { profile, cores: None, queued: false }
    }

    /// On so many cores (at least one).
    #[must_use]
    pub fn cores(self, cores: usize) -> Self {
        Simulated { cores: Some(cores.max(1)), ..self }
    }

    /// As one of many launches that follow each other, of which each begins while the last one ends.
    #[must_use]
    pub fn queued(self) -> Self {
        Simulated { queued: true, ..self }
    }

    /// Forecasts `kernel` on a grid of `grid` blocks. Outputs keep what is in them.
    ///
    /// A kernel that looks at its data, as [`get`](crate::RecordEvent::get) does, has what it looks at computed, and then what it has
    /// stored before is stored.
    ///
    /// # Errors
    ///
    /// As [`Eager::launch`](crate::Eager::launch); and if the kernel is for another chip than the profile. A typed kernel does not
    /// wait for ever.
    #[expect(clippy::needless_pass_by_value, reason = "an output is passed to one launch only")]
    pub fn launch<K: Kernel>(
        &self,
        kernel: &K,
        grid: usize,
        args: <K::Args as Args>::Host<'_>,
    ) -> Result<Forecast, SimulateError> {
        let mut job = Job::default();
        programs(kernel, grid, &args, Looks::Data, |_, program, _| {
            job.add(program, &self.profile)
        })?;
        self.forecast(job)
    }

    /// Forecasts a program, as a launch of one block. What it says to other cores takes no time.
    ///
    /// # Errors
    ///
    /// If it is for another chip than the profile, waits for another core of its cluster, or waits for ever.
    pub fn run(&self, program: &Program) -> Result<Forecast, SimulateError> {
        self.run_all([program])
    }

    /// Forecasts the programs of a launch's blocks.
    ///
    /// # Errors
    ///
    /// As [`Simulated::run`]; and if there are none.
    pub fn run_all<'p>(
        &self,
        programs: impl IntoIterator<Item = &'p Program>,
    ) -> Result<Forecast, SimulateError> {
        let mut job = Job::default();
        for program in programs {
            job.add(program.clone(), &self.profile)?;
        }
        self.forecast(job)
    }

    fn forecast(&self, job: Job) -> Result<Forecast, SimulateError> {
        if job.blocks.is_empty() {
            return Err(SimulateError::NoBlocks);
        }
        let cores = self.cores.unwrap_or_else(|| self.all_cores(&job)).min(job.blocks.len());
        let waves = simulate(&job, &job.plans, &self.profile, cores).map_err(|stuck| {
            let class = job.blocks[stuck];
            SimulateError::Stuck { block: stuck, verdict: check(&job.classes[class].program) }
        })?;
        Ok(Forecast::new(job, self.profile.clone(), cores, waves, self.queued))
    }

    /// The launch of `forecast` again, against the profile of this executor: what a number of it is worth.
    ///
    /// # Errors
    ///
    /// If the profile is of another chip.
    pub fn again(&self, forecast: &Forecast) -> Result<Forecast, SimulateError> {
        let (program, profile) = (forecast.profile.chip, self.profile.chip);
        if program != profile {
            return Err(SimulateError::Chip { program, profile });
        }
        self.forecast(forecast.job.against(&self.profile)?)
    }

    /// Cube cores if there is a matrix op, vector cores otherwise.
    fn all_cores(&self, job: &Job) -> usize {
        let is_cube = [Pipe::M, Pipe::Mte1, Pipe::Fix].into_iter().any(|pipe| job.has(pipe));
        let cores = if is_cube { self.profile.cube_cores } else { self.profile.vector_cores };
        (cores as usize).max(1)
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
    if plans.len() == 1 {
        let count = job.blocks.len();
        for (copies, repeated) in [(cores, count / cores), (count % cores, 1)] {
            if copies > 0 && repeated > 0 {
                let setup = Setup { cores: 1, copies, fresh };
                let runs =
                    machine::run(plans, &[0], profile, setup).map_err(|stuck| stuck.block)?;
                waves.push(Wave { runs, copies, repeated });
            }
        }
    } else {
        let setup = Setup { cores, copies: 1, fresh };
        let runs = machine::run(plans, &job.blocks, profile, setup).map_err(|stuck| stuck.block)?;
        waves.push(Wave { runs, copies: 1, repeated: 1 });
    }
    Ok(waves)
}
