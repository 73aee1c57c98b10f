//! Pipes that really run concurrently: a queue each, and ops that start when their flags are there.

mod cluster;
mod lanes;
mod latch;
mod phases;
mod queues;
mod together;

pub use cluster::ClusterReport;

/// What latches and lanes are made of; a model checker puts its own in this place.
mod sync {
    pub(super) use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicUsize, Ordering};
}

use std::sync::{Arc, Mutex};
use std::time::Instant;

use latch::Latch;
use queues::{Clock, Lane, Queues, Stretch};

use super::kernel::Kernel;
use super::launch::{LaunchError, bind, check, run, unit};
use super::timeline::{Span, Timeline};
use crate::global::Args;
use crate::memory::Memory;
use crate::op::Pipe;
use crate::program::Program;
use crate::unit::{Fault, Keep, Mode, Runner};

/// Runs a kernel as the device does: the scalar pipe issues, every other pipe works off its own queue in order, and pipes
/// meet only through flags.
///
/// Blocks run one after the other; within a block, ops of different pipes run at once. How late an op runs after its flags
/// are there is the [`Order`]. A kernel that compiles computes the same bits in every order, and the same as
/// [`Eager`](crate::Eager): run your own kernels under a few orders to see it.
///
/// ```
/// # use tilesync::prelude::*;
/// # #[derive(Buffers)]
/// # struct Ub<'k> { x: VecTile<'k, f32, 8, 8> }
/// #[kernel]
/// fn double<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
///     let x = tload(ub.x, &x.tile(0, 0)).record::<TMulS>();
///     let x = tmuls_assign(x, 2.0).record::<TStoreVec>();
///     Ub::retire(UbTokens { x: tstore(&y.tile(0, 0), x) })
/// }
///
/// let (x, mut y) = ([1.5; 256], [0.0; 256]);
/// let x = GlobalTensor::new(&x, &[32, 8])?;
/// let mut out = GlobalTensorMut::new(&mut y, &[32, 8])?;
/// let args = (x.parts(8, 8)?, out.parts(8, 8)?);
/// let report = Pipelined::new().order(Order::Random(1)).watch(2).launch(&double, 4, args)?;
/// println!("{}\n{}", report.program, report.timeline); // what block 2 issued, and who waited for whom
/// assert_eq!(y, [3.0; 256]);
/// # Ok::<(), LaunchError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Pipelined {
    order: Order,
    watch: usize,
}

/// When a pipe runs an op whose flags are there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// At once, on the threads of the current rayon pool.
    #[default]
    Early,
    /// As late as possible: the pipe that is nearest to the output goes first, loads go last. One thread.
    Late,
    /// One ready pipe at a time, drawn at random from this seed; the same seed gives the same order. One thread.
    Random(u64),
}

/// What a pipelined launch saw of the watched block.
#[derive(Clone, Debug)]
pub struct Report {
    /// The block.
    pub block: usize,
    /// What it issued.
    pub program: Program,
    /// When each op ran, and which pipe waited for which flag.
    pub timeline: Timeline,
}

impl Pipelined {
    /// Every op at once when its flags are there; watches block 0.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs in another order.
    #[must_use]
    pub fn order(self, order: Order) -> Self {
        Pipelined { order, ..self }
    }

    /// Reports on another block.
    #[must_use]
    pub fn watch(self, block: usize) -> Self {
        Pipelined { watch: block, ..self }
    }

    /// Each block draws an order of its own.
    fn random(self, block: usize) -> fastrand::Rng {
        let Order::Random(seed) = self.order else { return fastrand::Rng::with_seed(0) };
        let of_block = (block as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        fastrand::Rng::with_seed(seed.wrapping_add(of_block))
    }

    /// Runs `kernel` for each block of `grid`, and reports on the watched block (the last one, if the grid has no such).
    ///
    /// # Errors
    ///
    /// As [`Eager::launch`](crate::Eager::launch). A panic in an op stops its block: nothing hangs, the error names the op and
    /// the line that issued it.
    #[expect(clippy::needless_pass_by_value, reason = "an output is passed to one launch only")]
    pub fn launch<K: Kernel>(
        &self,
        kernel: &K,
        grid: usize,
        args: <K::Args as Args>::Host<'_>,
    ) -> Result<Report, LaunchError> {
        check::<K>(grid, &args)?;
        let watch = self.watch.min(grid - 1);
        let mut unit = unit::<K::Plan>(grid);
        let mut report = None;
        for block in 0..grid {
            let keep = if block == watch { Keep::All } else { Keep::Pending };
            bind::<K>(&mut unit, &args, block, Mode::Record, keep);
            let spans = Arc::<Spans>::default();
            let pipes = Pipes {
                order: self.order,
                random: self.random(block),
                latches: Latches::default(),
                start: Instant::now(),
                spans: (block == watch).then(|| Arc::clone(&spans)),
            };
            unit.recording.get_mut().runner = Some(Box::new(pipes));
            run(kernel, &unit, &args)?;
            if block == watch {
                let program =
                    unit.recording.get_mut().recorder.take().map(|recorder| recorder.program);
                report = program.map(|program| {
                    let timeline = Timeline::new(block, &[None], &[], &spans[..]);
                    Report { block, program, timeline }
                });
            }
        }
        report.ok_or(LaunchError::EmptyGrid)
    }
}

type Spans = [Mutex<Vec<Span>>; Pipe::COUNT];

/// The flags of a block, by number. One may be set in one stretch of the program and waited on in the next, whoever runs it.
#[derive(Clone, Default)]
struct Latches(Arc<parking_lot::Mutex<Vec<Latch>>>);

impl Latches {
    /// All that `program` has so far.
    fn of(&self, program: &Program) -> parking_lot::MutexGuard<'_, Vec<Latch>> {
        let mut latches = self.0.lock();
        latches.resize_with(program.flag_count as usize, Latch::default);
        latches
    }
}

/// The pipes of the core that runs one block.
struct Pipes {
    order: Order,
    random: fastrand::Rng,
    latches: Latches,
    start: Instant,
    spans: Option<Arc<Spans>>,
}

/// The pipes in the order of [`Order::Late`].
pub const OUTPUT_FIRST: [Pipe; Pipe::COUNT] =
    [Pipe::S, Pipe::Fix, Pipe::Mte3, Pipe::M, Pipe::V, Pipe::Mte1, Pipe::Mte2];

impl Runner for Pipes {
    fn run(&mut self, program: &Program, from: usize, memory: &Memory) -> Result<(), Fault> {
        let clock = self.spans.as_deref().map(|spans| Clock { start: self.start, spans });
        let latches = self.latches.of(program);
        for core in Stretch::of(program, from, memory, &latches) {
            let queues = Queues::new(&core, clock);
            work(&queues, self.order, &mut self.random, 1);
            if let Some(fault) = queues.into_fault() {
                return Err(fault);
            }
        }
        Ok(())
    }
}

/// Works off the queues of so many cores.
fn work(queues: &Queues<'_>, order: Order, random: &mut fastrand::Rng, cores: usize) {
    match order {
        Order::Early => {
            let helpers =
                queues.busy_lanes().min(rayon_core::current_num_threads()).saturating_sub(1);
            rayon_core::in_place_scope(|scope| {
                for _ in 0..helpers {
                    scope.spawn(|_| queues.work());
                }
                queues.work();
            });
        }
        Order::Late => {
            let lanes = OUTPUT_FIRST
                .into_iter()
                .flat_map(|pipe| (0..cores).map(move |core| Lane::new(core, pipe)));
            let lanes: Vec<_> = lanes.collect();
            queues.work_in_order(|ready| {
                let first = lanes.iter().find(|&&lane| ready.contains(lane));
                first.copied().unwrap_or(lanes[0])
            });
        }
        Order::Random(_) => {
            queues.work_in_order(|ready| ready.nth(random.usize(..ready.count())));
        }
    }
}
