//! The executor: a kernel, or the programs of its blocks, on the cores of a chip.

use super::error::SimulateError;
use super::forecast::Forecast;
use super::job::Job;
use super::profile::Profile;
use super::wave::simulate;
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
