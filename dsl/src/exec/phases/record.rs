//! Records the phases of a kernel, one after the other, on all blocks.

use super::{Nth, Phase, Phased, Sequence, Visit, check};
use crate::exec::kernel::{Kernel, PlanAt};
use crate::exec::launch::{LaunchError, record, usage};
use crate::exec::record::Looks;
use crate::global::{Args, ViewsOf};
use crate::program::{ClusterProgram, Program};
use crate::sealed::INNER;
use crate::tile::plan::describe;
use crate::unit::{Fault, Keep, Mode, Recorder, Runner, Site, Trouble, Unit};

/// A phase on all blocks: its units are ready, and what they have recorded of earlier phases is with them.
pub(in crate::exec) trait Round {
    /// Runs the body of each block, or records it.
    fn round<K: Kernel>(
        &mut self,
        kernel: &K,
        units: &mut [Unit],
        args: &<K::Args as Args>::Host<'_>,
    ) -> Result<(), LaunchError>;
}

/// What all blocks have issued in all phases.
pub(in crate::exec) struct Recorded {
    /// By block.
    units: Vec<Unit>,
    resident: u32,
}

impl Recorded {
    /// Gives `round` one phase after the other; `runner` is who works off what a block records.
    pub(in crate::exec) fn of<K: Phased>(
        kernel: &K,
        grid: usize,
        args: &<K::Args as Args>::Host<'_>,
        at: Site,
        runner: impl Fn(usize) -> Box<dyn Runner>,
        round: &mut impl Round,
    ) -> Result<Self, LaunchError> {
        let whole = check::<K>(grid, args)?;
        let new_unit = |block| {
            let mut unit = whole.unit(grid);
            unit.block = block;
            K::Args::slots(args, &mut unit.memory.globals);
            let mut program = Program::new(whole.chip());
            program.globals.extend(unit.memory.globals.iter().map(Into::into));
            let recording = unit.recording.get_mut();
            recording.recorder = Some(Recorder::new(program, Keep::All));
            recording.runner = Some(runner(block));
            unit
        };
        let units = (0..grid).map(new_unit).collect();
        let mut rounds = Rounds { kernel, args, units, round, tiles: 0, at };
        K::Phases::each(&mut rounds, INNER)?;
        Ok(Recorded { units: rounds.units, resident: whole.cores() as u32 })
    }

    /// The programs of all blocks, one each.
    pub(in crate::exec) fn program(self) -> ClusterProgram {
        let blocks = self.units.into_iter().map(|unit| {
            let recorder = unit.recording.into_inner().recorder;
            recorder.map(|recorder| recorder.program).into_iter().collect()
        });
        ClusterProgram { blocks: blocks.collect(), resident: Some(self.resident) }
    }
}

struct Rounds<'a, 'h, K: Phased, R> {
    kernel: &'a K,
    args: &'a <K::Args as Args>::Host<'h>,
    units: Vec<Unit>,
    round: &'a mut R,
    /// The numbers that the tiles of earlier phases have.
    tiles: usize,
    at: Site,
}

impl<K: Phased, R: Round> Visit<K> for Rounds<'_, '_, K, R> {
    fn phase<const N: usize>(&mut self) -> Result<(), LaunchError>
    where
        K: Phase<N>,
    {
        let (kernel, args) = (Nth::<K, N>(self.kernel), K::Views::host(self.args, INNER));
        for unit in &mut self.units {
            begin::<Nth<'_, K, N>>(unit, &args, self.tiles, (N > 0).then_some(self.at));
        }
        self.tiles += usage::<K::Plan>().slots();
        self.round.round(&kernel, &mut self.units, &args)
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
        recorder.next_plan(describe::<PlanAt<'static, K::Plan>>());
    });
}

/// What the blocks of a launch issue in all phases. Nothing is computed.
///
/// # Errors
///
/// As [`Eager::launch_phases`](crate::exec::Eager::launch_phases); and if a phase looks at data, which nothing has computed.
#[track_caller]
pub fn phase_programs<K: Phased>(
    kernel: &K,
    grid: usize,
    args: &<K::Args as Args>::Host<'_>,
) -> Result<ClusterProgram, LaunchError> {
    let at = std::panic::Location::caller();
    let blind = |_| Box::new(Looks::Nothing) as Box<dyn Runner>;
    Ok(Recorded::of(kernel, grid, args, at, blind, &mut RecordAlone)?.program())
}

struct RecordAlone;

impl Round for RecordAlone {
    fn round<K: Kernel>(
        &mut self,
        kernel: &K,
        units: &mut [Unit],
        args: &<K::Args as Args>::Host<'_>,
    ) -> Result<(), LaunchError> {
        for unit in units {
            record(kernel, unit, args)?;
            let mut looked = None;
            unit.record(|recorder| looked = recorder.looked);
            if let Some(at) = looked {
                let at = Some(at.into());
                return Err(Fault { trouble: Trouble::NoData, block: unit.block, at }.into());
            }
        }
        Ok(())
    }
}
