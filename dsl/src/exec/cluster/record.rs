//! Records the roles of a block, one after the other, and judges what they say to each other.

use std::sync::Arc;

use super::super::kernel::PlanChip;
use super::super::launch::{MOST_TENSORS, check_parts, outcome, plan, program, unit, usage};
use super::cycle::Turn;
use super::slots::SlotsOfFifos;
use super::{Cluster, Hosts, StepOf, cycle, unpushed};
use crate::chip::{Chip, ChipId};
use crate::cluster::{
    FifoPart, FifoPlacer, FifoUses, Fifos, FifosAt, OnCube, OnVector, Schedule, Split,
};
use crate::event::Retired;
use crate::exec::LaunchError;
use crate::global::Args;
use crate::memory::{GlobalSlot, Memory, Slots};
use crate::program::{self, ClusterProgram, Fifo, InstrKind, Program, TileInfo};
use crate::sealed::INNER;
use crate::tile::Space;
use crate::unit::{Core, Fault, Half, Keep, Mode, Recorder, Runner, Trouble, Unit};

/// The cores of a cluster, and the slots of its FIFOs.
pub(in crate::exec) struct Units {
    /// The cube core, then the vector cores.
    pub(in crate::exec) cores: Vec<Unit>,
    fifos: Arc<[Fifo]>,
    /// The slots of each FIFO.
    slots: Vec<Slots>,
    /// By core, those of them that are its tiles.
    slot_tiles: Vec<Vec<TileInfo>>,
}

impl Units {
    /// The tensors of the block that they were bound to.
    pub(in crate::exec) fn globals(&self) -> &[GlobalSlot] {
        &self.cores[0].memory.globals
    }
}

/// The ends of cluster `C`'s FIFOs on the side of `R`.
type Ends<'k, C, R> = <FifosAt<'k, <C as Cluster>::Fifos, R> as Fifos<'k>>::Parts;

const fn uses<C: Cluster + ?Sized>() -> FifoUses {
    const {
        let uses = <Ends<'static, C, OnCube> as FifoPart<'static>>::USES;
        let other = <Ends<'static, C, OnVector> as FifoPart<'static>>::USES;
        let halves_by_cols = if C::Split::CORES == 2 { Some(C::Split::BY_COLS) } else { None };
        let names = <FifosAt<'static, C::Fifos, OnCube> as Fifos<'static>>::NAMES;
        uses.check(&other, halves_by_cols, names);
        let mat = usage::<C::CubePlan>().bytes[Space::Mat.index()];
        let vec = usage::<C::VectorPlan>().bytes[Space::Vec.index()];
        uses.check_room(Space::Mat, mat, C::Split::CORES);
        uses.check_room(Space::Vec, vec, C::Split::CORES);
        let chip = <<Ends<'static, C, OnCube> as FifoPart<'static>>::Chip as Chip>::ID as u8;
        assert!(
            chip == <PlanChip<C::CubePlan> as Chip>::ID as u8
                && chip == <PlanChip<C::VectorPlan> as Chip>::ID as u8,
            "a cluster is of one chip: its FIFOs and the plans of both sides name the same one"
        );
        assert!(
            C::CubeArgs::TENSORS.saturating_add(C::VectorArgs::TENSORS) + names.len()
                <= MOST_TENSORS,
            "a cluster has at most 65,535 tensors as arguments, its FIFOs counted: pass those of one shape as one tensor, cut into parts"
        );
        uses
    }
}

/// Checks a launch before anything is recorded.
pub(in crate::exec) fn check<C: Cluster>(
    grid: usize,
    args: Hosts<'_, '_, C>,
) -> Result<(), LaunchError> {
    if grid == 0 {
        return Err(LaunchError::EmptyGrid);
    }
    check_parts::<C::CubeArgs>(grid, args.0)?;
    check_parts::<C::VectorArgs>(grid, args.1)
}

/// The cores for blocks of cluster `C`.
pub(in crate::exec) fn units<C: Cluster>(grid: usize) -> Units {
    let mut cores = vec![unit::<C::CubePlan>(grid)];
    for second in [false, true].into_iter().take(C::Split::CORES) {
        let mut vector = unit::<C::VectorPlan>(grid);
        vector.half = (C::Split::CORES == 2).then_some(Half { by_cols: C::Split::BY_COLS, second });
        cores.push(vector);
    }
    let (uses, first) = (uses::<C>(), C::CubeArgs::TENSORS + C::VectorArgs::TENSORS);
    let names = <FifosAt<'static, C::Fifos, OnCube> as Fifos<'static>>::NAMES;
    let fifos = uses.iter().zip(names).enumerate().map(|(number, (fifo, name))| {
        let (slots, ready) = (fifo.slots as u32, FifoUses::ready_flag(number));
        Fifo {
            name: (*name).to_owned(),
            direction: fifo.direction,
            slots,
            slot_bytes: fifo.slot_bytes() as u32,
            period: Fifo::period_of(slots),
            ready,
            free: ready + 1,
            split: C::Split::CORES == 2,
            memory: (first + number) as u32,
            direct: fifo.direct,
        }
    });
    let fifos = fifos.collect();
    let slots = SlotsOfFifos { uses, cores: C::Split::CORES, by_cols: C::Split::BY_COLS };
    let memories = slots.memories();
    let plans = [usage::<C::CubePlan>(), usage::<C::VectorPlan>()];
    let slot_tiles = cores.iter_mut().enumerate().map(|(core, unit)| {
        slots.place((unit, core == 0), &memories, (&plans[core.min(1)], names))
    });
    let slot_tiles = slot_tiles.collect();
    Units { cores, fifos, slots: memories, slot_tiles }
}

/// Binds the tensors of block `block` to each core.
pub(in crate::exec) fn bind<C: Cluster>(units: &mut Units, args: Hosts<'_, '_, C>, block: usize) {
    for unit in &mut units.cores {
        unit.memory.clear();
        let globals = &mut unit.memory.globals;
        C::CubeArgs::slots(args.0, globals);
        C::VectorArgs::slots(args.1, globals);
        unit.fifos_from = globals.len() as u16;
        globals.extend(units.slots.iter().map(|slots| slots.tensor));
        unit.block = block;
    }
}

/// What the cores of a block issue, and in which turns they come to their ends.
#[derive(Default)]
pub(in crate::exec) struct Recorded {
    pub(in crate::exec) programs: Vec<Program>,
    pub(super) turns: Vec<Turn>,
}

/// What the cores of block `block` issue; nothing runs.
pub(in crate::exec) fn record<C: Cluster>(
    cluster: &C,
    units: &mut Units,
    args: Hosts<'_, '_, C>,
    block: usize,
) -> Result<Recorded, LaunchError> {
    bind::<C>(units, args, block);
    let schedule = outcome_of(block, || cluster.schedule(block))?;
    let schedule = Schedule::new::<Ends<'static, C, OnCube>>(schedule);
    let mut programs = Vec::with_capacity(units.cores.len());
    let cores = units.cores.iter_mut().zip(&units.slot_tiles).zip(program::Core::ALL);
    for ((unit, slot_tiles), core) in cores {
        unit.memory.may_borrow = false;
        unit.mode.set(Mode::Record);
        unit.recording.get_mut().runner = Some(Box::new(NotYet));
        let mut program = match core {
            program::Core::Cube => program::<C::CubePlan>(unit),
            _ => program::<C::VectorPlan>(unit),
        };
        program.core = Some(core);
        program.fifos = Arc::clone(&units.fifos);
        program.tiles.extend_from_slice(slot_tiles);
        unit.recording.get_mut().recorder = Some(Recorder::new(program, Keep::All));
        run(cluster, unit, core, &schedule, args)?;
        programs.extend(unit.recording.get_mut().recorder.take().map(Recorder::ended));
    }
    let turns = cycle::judge(block, &programs)?;
    unpushed::judge(block, &programs)?;
    Ok(Recorded { programs, turns })
}

/// What the cores of all blocks issued, for whoever wants to see it.
///
/// On a2a3 the flags of a cluster concern both vector cores: where one works, the other one takes part in the flags alone.
pub(in crate::exec) fn launched(mut blocks: Vec<Vec<Program>>) -> ClusterProgram {
    for programs in &mut blocks {
        let [_, working] = programs.as_slice() else { continue };
        if working.chip == ChipId::A2A3 {
            let mut idle = working.clone();
            idle.core = Some(program::Core::Vector1);
            idle.instrs.retain(|instr| matches!(instr.kind, InstrKind::Cross(_)));
            programs.push(idle);
        }
    }
    ClusterProgram { blocks, resident: None }
}

/// Runs the body of the role of `core`.
fn run<C: Cluster>(
    cluster: &C,
    unit: &Unit,
    core: program::Core,
    schedule: &Schedule<StepOf<C>>,
    args: Hosts<'_, '_, C>,
) -> Result<(), Fault> {
    outcome(unit, || match core {
        program::Core::Cube => {
            let plan = plan::<C::CubePlan>(unit);
            let ends = FifoPart::place(&mut FifoPlacer::new(unit, schedule));
            let fifos = FifosAt::<C::Fifos, OnCube>::assemble(ends);
            let args = C::CubeArgs::bind(args.0, unit, 0, INNER);
            let _: Retired<_> = cluster.cube(Core::new(unit), plan, fifos, args);
        }
        program::Core::Vector0 | program::Core::Vector1 => {
            let plan = plan::<C::VectorPlan>(unit);
            let ends = FifoPart::place(&mut FifoPlacer::new(unit, schedule));
            let fifos = FifosAt::<C::Fifos, OnVector>::assemble(ends);
            let args = C::VectorArgs::bind(args.1, unit, C::CubeArgs::TENSORS as u16, INNER);
            let _: Retired<_> = cluster.vector(Core::new(unit), plan, fifos, args);
        }
    })
}

/// Runs code of the kernel that issues nothing.
fn outcome_of<R>(block: usize, code: impl FnOnce() -> R) -> Result<R, Fault> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(code)).map_err(|payload| Fault {
        trouble: Trouble::from_panic(None, payload),
        block,
        at: None,
    })
}

/// Nothing runs while a role is recorded: the other sides are not there yet.
struct NotYet;

impl Runner for NotYet {
    fn run(&mut self, program: &Program, from: usize, _: &Memory) -> Result<(), Fault> {
        let at = program.instrs[from..].last().map(|instr| program.line(instr.at));
        Err(Fault { trouble: Trouble::ReadsBack, block: 0, at })
    }
}
