//! Kernels in phases on pipes: all blocks run at once, and meet.

use std::panic::Location;
use std::sync::Arc;
use std::time::Instant;

use super::queues::Clock;
use super::{ClusterReport, Latches, Order, Pipelined, Pipes, Spans, together};
use crate::exec::LaunchError;
use crate::exec::kernel::Kernel;
use crate::exec::launch::{record, run};
use crate::exec::phases::{Phased, Recorded, Round};
use crate::exec::timeline::Timeline;
use crate::global::Args;
use crate::unit::{Fault, Unit};

impl Pipelined {
    /// Runs `kernel` for each block of `grid`, phase after phase, and reports what all blocks issued.
    ///
    /// All blocks run at once, each with its pipes, and meet at the end of a phase: early, on a thread each; in the other orders one thread
    /// takes the pipes of all blocks, at random one of all that may go on, late the one that is nearest to the output, of the block that is
    /// furthest behind.
    ///
    /// # Errors
    ///
    /// As [`Eager::launch_phases`](crate::Eager::launch_phases).
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "an output is passed to one launch only")]
    pub fn launch_phases<K: Phased>(
        &self,
        kernel: &K,
        grid: usize,
        args: <K::Args as Args>::Host<'_>,
    ) -> Result<ClusterReport, LaunchError> {
        let start = Instant::now();
        let spans = Arc::<Spans>::default();
        let watch = self.watch.min(grid.saturating_sub(1));
        let latches: Vec<_> = std::iter::repeat_with(Latches::default).take(grid).collect();
        let pipes = |block: usize| Pipes {
            order: self.order,
            random: self.random(block),
            latches: latches[block].clone(),
            start,
            spans: (block == watch).then(|| Arc::clone(&spans)),
        };
        let at = Location::caller();
        let clock = |block| (block == watch).then_some(Clock { start, spans: &spans[..] });
        let of = latches.iter().enumerate().map(|(block, latches)| (latches, clock(block)));
        let mut round = OnPipes { order: self.order, random: self.random(grid), of: of.collect() };
        let recorded =
            Recorded::of(kernel, grid, &args, at, |block| Box::new(pipes(block)), &mut round)?;
        let timeline = Timeline::new(watch, &[None], &[], &spans[..]);
        Ok(ClusterReport { program: recorded.program(), timeline })
    }
}

struct OnPipes<'a> {
    order: Order,
    random: fastrand::Rng,
    /// By block.
    of: Vec<together::Of<'a>>,
}

impl Round for OnPipes<'_> {
    fn round<K: Kernel>(
        &mut self,
        kernel: &K,
        units: &mut [Unit],
        args: &<K::Args as Args>::Host<'_>,
    ) -> Result<(), LaunchError> {
        if self.order == Order::Early {
            return Ok(at_once(units, |unit| run(kernel, unit, args))?);
        }
        // What a body looks at runs when it looks; the rest runs when all bodies have been issued.
        let mut bodies: Vec<_> = units.iter().collect();
        match self.order {
            Order::Random(_) => self.random.shuffle(&mut bodies),
            Order::Early | Order::Late => bodies.reverse(),
        }
        bodies.into_iter().try_for_each(|unit| record(kernel, unit, args))?;
        Ok(together::run(units, &self.of, self.order, &mut self.random)?)
    }
}

/// Runs all blocks at once, a thread each; of several faults the one of the first block is reported.
fn at_once(
    units: &mut [Unit],
    run: impl Fn(&mut Unit) -> Result<(), Fault> + Sync,
) -> Result<(), Fault> {
    std::thread::scope(|scope| {
        let run = &run;
        let blocks: Vec<_> = units.iter_mut().map(|unit| scope.spawn(|| run(unit))).collect();
        let ends = blocks
            .into_iter()
            .map(|block| block.join().unwrap_or_else(|payload| std::panic::resume_unwind(payload)));
        ends.fold(Ok(()), Result::and)
    })
}
