//! The executor: a kernel, or the programs of its blocks, on the cores of a chip.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::error::SimulateError;
use super::forecast::{Forecast, Wave};
use super::machine::{self, Setup};
use super::plan::{Act, Plan, Regions};
use super::profile::Profile;
use super::signals::{Signals, Talks};
use crate::exec::check::{Verdict, check, check_cluster};
use crate::exec::{Cluster, Kernel, Phased};
use crate::global::Args;
use crate::inner::{Looks, cluster_programs, phase_programs, programs};
use crate::op::Pipe;
use crate::program::{ClusterProgram, Program};

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

/// A core's program, and what it says to the other cores of its block.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) program: Arc<Program>,
    talks: Arc<Talks>,
}

/// What is simulated. Blocks that are equal but for where they work are of one class.
#[derive(Debug, Default)]
pub(super) struct Job {
    /// How many cores work on a block.
    pub(super) cores: usize,
    /// Of each class, one a core.
    pub(super) plans: Vec<Plan>,
    /// As the plans.
    pub(super) members: Vec<Member>,
    /// The class of each block.
    pub(super) blocks: Vec<usize>,
    /// Bytes that the launch loads, each once.
    regions: Regions,
    known: HashMap<u64, Vec<usize>>,
}

impl Job {
    /// Adds a block, on one core or several: as many as each other block has.
    fn add(&mut self, block: Vec<Program>, profile: &Profile) -> Result<(), SimulateError> {
        for program in &block {
            if program.chip != profile.chip {
                return Err(SimulateError::Chip { program: program.chip, profile: profile.chip });
            }
        }
        if self.blocks.is_empty() {
            self.cores = block.len();
        }
        if block.is_empty() || block.len() != self.cores {
            let (block, cores) = (self.blocks.len(), block.len());
            return Err(SimulateError::Cores { block, cores, first: self.cores });
        }
        let block = ClusterProgram::of_block(block);
        let signals = Signals::new(&block)?;
        let talks = signals.talks.into_iter().map(Arc::new);
        let programs = block.blocks.into_iter().flatten().map(Arc::new);
        let members = programs.zip(talks).map(|(program, talks)| Member { program, talks });
        let members: Vec<_> = members.collect();
        let plans = plans(&members, &signals.tellers, profile, &mut self.regions);
        let mut hasher = DefaultHasher::new();
        plans.hash(&mut hasher);
        let alike = self.known.entry(hasher.finish()).or_default();
        let cores = self.cores;
        let known =
            alike.iter().copied().find(|&class| self.plans[class * cores..][..cores] == plans);
        self.blocks.push(known.unwrap_or_else(|| {
            let class = self.members.len() / cores;
            alike.push(class);
            self.plans.extend(plans);
            self.members.extend(members);
            class
        }));
        Ok(())
    }

    /// The same blocks, with what they cost on another chip.
    fn against(&self, profile: &Profile) -> Self {
        let classes = self.members.chunks(self.cores).zip(self.plans.chunks(self.cores));
        let plans = classes.flat_map(|(members, known)| {
            plans(members, &known[0].tellers, profile, &mut Regions::default())
        });
        Job {
            cores: self.cores,
            plans: plans.collect(),
            members: self.members.clone(),
            blocks: self.blocks.clone(),
            regions: Regions::of_bytes(self.regions.bytes),
            known: HashMap::new(),
        }
    }

    /// How many kinds of blocks there are.
    pub(super) fn classes(&self) -> usize {
        self.plans.len() / self.cores.max(1)
    }

    /// The plans of the cores of a class of blocks.
    pub(super) fn of_class(&self, class: usize) -> &[Plan] {
        &self.plans[class * self.cores..][..self.cores]
    }

    /// How many cores of a block have an instruction of `pipe`.
    pub(super) fn cores_with(&self, pipe: Pipe) -> usize {
        let of_core = |core: usize| self.plans.iter().skip(core).step_by(self.cores);
        let has = |core: &usize| of_core(*core).any(|plan| !plan.queues[pipe.index()].is_empty());
        (0..self.cores).filter(has).count()
    }

    /// Whether blocks meet each other.
    fn meets(&self) -> bool {
        let mut steps = self.plans.iter().flat_map(|plan| &plan.steps);
        steps.any(|step| matches!(step.act, Act::Meet(_)))
    }

    /// What `check` finds in a block.
    fn judge(&self, block: usize) -> Verdict {
        match &self.members[self.blocks[block] * self.cores..][..self.cores] {
            [alone] => check(&alone.program),
            members => {
                let programs = members.iter().map(|member| (*member.program).clone());
                check_cluster(&ClusterProgram::of_block(programs.collect::<Vec<_>>()))
            }
        }
    }

    /// Of the bytes that blocks load for their first time, the share that no other block has loaded.
    pub(super) fn fresh(&self) -> f64 {
        let plans = self.blocks.iter().flat_map(|&class| self.of_class(class));
        let of_blocks: u64 = plans.map(|plan| plan.sums.fresh).sum();
        self.regions.bytes as f64 / of_blocks.max(1) as f64
    }
}

fn plans(
    members: &[Member],
    tellers: &[u32],
    profile: &Profile,
    regions: &mut Regions,
) -> Vec<Plan> {
    let plan = |member: &Member| Plan::new(&member.program, &member.talks, profile, regions);
    let mut plans: Vec<_> = members.iter().map(plan).collect();
    if let Some(first) = plans.first_mut() {
        first.tellers = tellers.to_vec();
    }
    plans
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
            job.add(vec![program], &self.profile)
        })?;
        self.forecast(job)
    }

    /// Forecasts `cluster` on a grid of `grid` blocks, each on a cluster of cores. [`cores`](Self::cores) are clusters then.
    ///
    /// # Errors
    ///
    /// As [`Eager::launch_cluster`](crate::Eager::launch_cluster); and if the kernel is for another chip than the profile.
    #[expect(clippy::needless_pass_by_value, reason = "an output is passed to one launch only")]
    pub fn launch_cluster<'h, C: Cluster>(
        &self,
        cluster: &C,
        grid: usize,
        cube: <C::CubeArgs as Args>::Host<'h>,
        vector: <C::VectorArgs as Args>::Host<'h>,
    ) -> Result<Forecast, SimulateError> {
        let mut job = Job::default();
        cluster_programs(cluster, grid, (&cube, &vector), |_, programs, _| {
            job.add(programs, &self.profile)
        })?;
        self.forecast(job)
    }

    /// Forecasts `kernel` on a grid of `grid` blocks, which meet between its phases. Outputs keep what is in them.
    ///
    /// # Errors
    ///
    /// As [`Eager::launch_phases`](crate::Eager::launch_phases); if the kernel is for another chip than the profile; and if a phase looks
    /// at its data, since nothing is computed: [`Pipelined::launch_phases`](crate::Pipelined::launch_phases) reports what such a kernel
    /// issues, and [`run_cluster`](Self::run_cluster) takes it.
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "an output is passed to one launch only")]
    pub fn launch_phases<K: Phased>(
        &self,
        kernel: &K,
        grid: usize,
        args: <K::Args as Args>::Host<'_>,
    ) -> Result<Forecast, SimulateError> {
        self.run_cluster(&phase_programs(kernel, grid, &args)?)
    }

    /// Forecasts a program, as a launch of one block. What it says to other cores takes no time.
    ///
    /// # Errors
    ///
    /// If it is for another chip than the profile, waits for another core of its block, or waits for ever.
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
            job.add(vec![program.clone()], &self.profile)?;
        }
        self.forecast(job)
    }

    /// Forecasts what a launch on several cores issued. [`cores`](Self::cores) are clusters then. Blocks tell each other nothing but by
    /// `SYNCALL`.
    ///
    /// # Errors
    ///
    /// As [`Simulated::run_all`]; and if blocks are on different numbers of cores.
    pub fn run_cluster(&self, launch: &ClusterProgram) -> Result<Forecast, SimulateError> {
        let mut job = Job::default();
        for block in &launch.blocks {
            job.add(block.clone(), &self.profile)?;
        }
        self.forecast(job)
    }

    fn forecast(&self, job: Job) -> Result<Forecast, SimulateError> {
        if job.blocks.is_empty() {
            return Err(SimulateError::NoBlocks);
        }
        let cores = self.cores.unwrap_or_else(|| self.all_cores(&job)).min(job.blocks.len());
        if job.meets() && job.blocks.len() > cores {
            return Err(SimulateError::Meeting { blocks: job.blocks.len(), cores });
        }
        let waves = simulate(&job, &job.plans, &self.profile, cores)
            .map_err(|block| SimulateError::Stuck { block, verdict: job.judge(block) })?;
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
        let again = Simulated { queued: forecast.queued, ..self.clone() };
        again.forecast(forecast.job.against(&self.profile))
    }

    /// Cube cores if there is a matrix op, vector cores otherwise.
    fn all_cores(&self, job: &Job) -> usize {
        let of_cube = [Pipe::M, Pipe::Mte1, Pipe::Fix];
        let is_cube = of_cube.into_iter().any(|pipe| job.cores_with(pipe) > 0);
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
