//! Kernels in phases on pipes: all blocks run at once, and meet.

use std::panic::Location;
use std::sync::Arc;
use std::time::Instant;

use super::{ClusterReport, Order, Pipelined, Pipes, Spans};
use crate::exec::LaunchError;
use crate::exec::launch::{Kernel, run};
use crate::exec::phases::{Nth, Phase, Phased, Sequence, Visit, check};
use crate::exec::timeline::Timeline;
use crate::global::{Args, ViewsOf};
use crate::program::{ClusterProgram, Program};
use crate::sealed::INNER;
use crate::tile::plan::describe;
use crate::unit::{Fault, Keep, Mode, Recorder, Site, Unit};

impl Pipelined {
    /// Runs `kernel` for each block of `grid`, phase after phase, and reports what all blocks issued.
    ///
    /// Early, all blocks run at once, each with its pipes, and meet at the end of a phase. In the other orders one thread takes the blocks
    /// of a phase one by one, late the last one first, at random in an order that is drawn for each phase.
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
        let whole = check::<K>(grid, &args)?;
        let start = Instant::now();
        let spans = Arc::<Spans>::default();
        let watch = self.watch.min(grid - 1);
        let new_unit = |block| {
            let mut unit = whole.unit(grid);
            unit.block = block;
            K::Args::slots(&args, &mut unit.memory.globals);
            let mut program = Program::new(whole.chip());
            program.globals.extend(unit.memory.globals.iter().map(Into::into));
            let pipes = Pipes {
                order: self.order,
                random: self.random(block),
                latches: Vec::new(),
                start,
                spans: (block == watch).then(|| Arc::clone(&spans)),
            };
            let recording = unit.recording.get_mut();
            recording.recorder = Some(Recorder::new(program, Keep::All));
            recording.runner = Some(Box::new(pipes));
            unit
        };
        let mut rounds = Rounds::<K> {
            kernel,
            args: &args,
            units: (0..grid).map(new_unit).collect(),
            order: self.order,
            random: self.random(grid),
            tiles: 0,
            at: Location::caller(),
        };
        K::Phases::each(&mut rounds, INNER)?;
        let programs = rounds.units.into_iter().map(|unit| {
            let recorder = unit.recording.into_inner().recorder;
            recorder.map(|recorder| recorder.program).into_iter().collect()
        });
        let resident = Some(whole.cores() as u32);
        let program = ClusterProgram { blocks: programs.collect(), resident };
        let timeline = Timeline::new(watch, &[None], &[], &spans[..]);
        Ok(ClusterReport { program, timeline })
    }
}

/// A phase after the other, on all blocks.
struct Rounds<'a, 'h, K: Phased> {
    kernel: &'a K,
    args: &'a <K::Args as Args>::Host<'h>,
    /// By block.
    units: Vec<Unit>,
    order: Order,
    random: fastrand::Rng,
    /// The numbers that the tiles of earlier phases have.
    tiles: usize,
    at: Site,
}

impl<K: Phased> Visit<K> for Rounds<'_, '_, K> {
    fn phase<const N: usize>(&mut self) -> Result<(), LaunchError>
    where
        K: Phase<N>,
    {
        let (kernel, args) = (Nth::<K, N>(self.kernel), K::Views::host(self.args, INNER));
        for unit in &mut self.units {
            begin::<Nth<'_, K, N>>(unit, &args, self.tiles, (N > 0).then_some(self.at));
        }
        self.tiles += crate::exec::launch::usage::<K::Plan>().slots();
        match self.order {
            Order::Early => at_once(&mut self.units, |unit| run(&kernel, unit, &args))?,
            Order::Late => {
                self.units.iter().rev().try_for_each(|unit| run(&kernel, unit, &args))?;
            }
            Order::Random(_) => {
                let mut units: Vec<_> = self.units.iter().collect();
                self.random.shuffle(&mut units);
                units.into_iter().try_for_each(|unit| run(&kernel, unit, &args))?;
            }
        }
        Ok(())
    }
}

/// Prepares `unit` for the next phase, behind `tiles` tiles of earlier ones; at a line where all blocks have met, if it is not the first.
fn begin<K: Kernel>(
    unit: &mut Unit,
    args: &<K::Args as Args>::Host<'_>,
    tiles: usize,
    met: Option<Site>,
) {
    unit.memory.clear();
    unit.memory.may_borrow = false;
    K::Args::slots(args, &mut unit.memory.globals);
    unit.first_slot = tiles as u16;
    unit.mode.set(Mode::Record);
    unit.record(|recorder| {
        if let Some(at) = met {
            recorder.exchange(at);
        }
        recorder.next_plan(describe::<crate::exec::PlanAt<'static, K::Plan>>());
    });
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
