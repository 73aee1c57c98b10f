//! What every executor does with a kernel: bind its arguments, place its plan, run its body.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::cluster::cycle::CyclicWait;
use super::kernel::{Kernel, PlanAt, PlanChip};
use crate::chip::ChipId;
use crate::event::Retired;
use crate::global::{Args, GlobalError};
use crate::memory::Memory;
use crate::program::{GlobalInfo, Program};
use crate::sealed::INNER;
use crate::tile::places::room;
use crate::tile::plan::{Placer, Usage, describe};
use crate::tile::{Buffers, PlanPart};
use crate::unit::{Core, Fault, Keep, Mode, Recorder, Trouble, Unit};

/// The tiles of plan `P`: those of the plan that a kernel gets, `At`, whatever a hand-written `P` itself lists.
type PlanParts<P> = <PlanAt<'static, P> as Buffers<'static>>::Parts;

/// A launch that did not do its work.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LaunchError {
    /// A grid of no blocks.
    #[error("a grid of 0 blocks does nothing; launch at least one block")]
    EmptyGrid,
    /// The grid and the arguments' parts differ in number.
    #[error(
        "argument {arg} is cut into {parts} parts, but the grid has {grid} blocks; launch one block a part"
    )]
    GridMismatch {
        /// Which of the tensors that are cut into parts, counted from 1.
        arg: usize,
        /// How many parts it has.
        parts: usize,
        /// How many blocks the grid has.
        grid: usize,
    },
    /// More blocks than run at a time, of a kernel whose blocks meet between its phases.
    #[error(
        "all blocks of a kernel in phases run at once, since they meet: {grid} blocks are launched, and {chip} has {cores} cores for them; \
         launch fewer, and give each several parts (`Parts<..>`)"
    )]
    TooManyBlocks {
        /// How many blocks the grid has.
        grid: usize,
        /// How many of them run at a time.
        cores: usize,
        /// The chip.
        chip: ChipId,
    },
    /// A tensor cannot be made or cut as asked: so that `?` serves a function that makes tensors and launches.
    #[error(transparent)]
    Tensor(#[from] GlobalError),
    /// The sides of a cluster would wait for each other in a circle.
    #[error(transparent)]
    CyclicWait(#[from] Box<CyclicWait>),
    /// A kernel was stopped.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// As many tensors as have a number of their own: two with one number would be one to an op.
pub(super) const MOST_TENSORS: usize = u16::MAX as usize;

/// Checks a launch before anything runs.
pub(crate) fn check<K: Kernel>(
    grid: usize,
    args: &<K::Args as Args>::Host<'_>,
) -> Result<(), LaunchError> {
    const {
        assert!(
            K::Args::TENSORS <= MOST_TENSORS,
            "a kernel has at most 65,535 tensors as arguments: pass those of one shape as one tensor, cut into parts"
        );
    }
    if grid == 0 {
        return Err(LaunchError::EmptyGrid);
    }
    check_parts::<K::Args>(grid, args)
}

/// Checks that there is a part for each block.
pub(super) fn check_parts<A: Args>(grid: usize, args: &A::Host<'_>) -> Result<(), LaunchError> {
    let mut parts = Vec::new();
    A::parts(args, &mut parts);
    match parts.iter().position(|&parts| parts != grid) {
        Some(at) => Err(LaunchError::GridMismatch { arg: at + 1, parts: parts[at], grid }),
        None => Ok(()),
    }
}

/// What plan `P` takes. The build fails where it breaks a rule: memory is made by what this says, and no other way.
pub(super) const fn usage<P: Buffers<'static>>() -> Usage {
    const {
        let usage = <PlanParts<P> as PlanPart<'static>>::USAGE;
        usage.check(
            <PlanChip<P> as crate::chip::Chip>::ID,
            <PlanAt<'static, P> as Buffers<'static>>::NAMES,
        );
        usage
    }
}

/// A scalar unit for blocks of a kernel with plan `P`.
pub(crate) fn unit<P: Buffers<'static>>(grid: usize) -> Unit {
    let usage = usage::<P>();
    Unit::new(Memory::new(room(usage.bytes), usage.slots()), grid)
}

/// An empty program for the block that `unit` was bound to.
pub(super) fn program<P: Buffers<'static>>(unit: &Unit) -> Program {
    let mut program = Program::new(<PlanChip<P> as crate::chip::Chip>::ID);
    program.tiles = describe::<PlanAt<'static, P>>();
    program.globals.extend(unit.memory.globals.iter().map(GlobalInfo::from));
    program
}

/// Prepares `unit` for block `block`.
pub(crate) fn bind<K: Kernel>(
    unit: &mut Unit,
    args: &<K::Args as Args>::Host<'_>,
    block: usize,
    mode: Mode,
    keep: Keep,
) {
    unit.memory.clear();
    unit.memory.may_borrow = mode != Mode::Record;
    K::Args::slots(args, &mut unit.memory.globals);
    unit.block = block;
    unit.mode.set(mode);
    unit.recording.get_mut().recorder =
        (mode != Mode::Inline).then(|| Recorder::new(program::<K::Plan>(unit), keep));
}

/// Runs the kernel's body for the block that `unit` was prepared for, and what it recorded.
pub(super) fn run<K: Kernel>(
    kernel: &K,
    unit: &Unit,
    args: &<K::Args as Args>::Host<'_>,
) -> Result<(), Fault> {
    outcome(unit, || {
        issue(kernel, unit, args);
        unit.flush();
    })
}

/// As [`run`]; but of what the kernel recorded, no more is run than it looked at.
pub(crate) fn record<K: Kernel>(
    kernel: &K,
    unit: &Unit,
    args: &<K::Args as Args>::Host<'_>,
) -> Result<(), Fault> {
    outcome(unit, || issue(kernel, unit, args))
}

fn issue<K: Kernel>(kernel: &K, unit: &Unit, args: &<K::Args as Args>::Host<'_>) {
    let args = K::Args::bind(args, unit, 0, INNER);
    let _: Retired<_> = kernel.run(Core::new(unit), plan::<K::Plan>(unit), args);
}

/// The tiles of plan `P`, for one invocation.
pub(super) fn plan<'k, P: Buffers<'static>>(unit: &'k Unit) -> PlanAt<'k, P> {
    let parts = PlanPart::place(&mut Placer::new(unit));
    PlanAt::<P>::assemble(parts)
}

/// Runs `body`, which issues what it does at `unit`.
pub(super) fn outcome(unit: &Unit, body: impl FnOnce()) -> Result<(), Fault> {
    let outcome = catch_unwind(AssertUnwindSafe(body)).map_err(|payload| {
        let trouble = Trouble::from_panic(None, payload);
        Fault { trouble, block: unit.block, at: None }
    });
    // A fault comes before the panic that it may have led to.
    unit.fault.lock().take().map_or(outcome, Err)
}
