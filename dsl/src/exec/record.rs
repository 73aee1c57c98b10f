//! Records what each block of a launch issues, for those who look at programs. Nothing is computed but what a kernel looks at.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::cluster::{self, Cluster};
use super::launch::{Kernel, LaunchError, bind, check, record, unit};
use crate::global::Args;
use crate::memory::{GlobalSlot, Memory};
use crate::program::{Instr, InstrKind, Program};
use crate::unit::{Fault, Keep, Mode, Runner, Trouble};

/// What a kernel finds that looks at its data.
#[derive(Clone, Copy, Debug)]
pub enum Looks {
    /// What it would find in a launch; what it has stored before is stored.
    Data,
    /// [`Trouble::NoData`].
    Nothing,
}

impl Runner for Looks {
    fn run(&mut self, program: &Program, from: usize, memory: &Memory) -> Result<(), Fault> {
        let fault = |trouble, instr: &Instr| {
            Err(Fault { trouble, block: 0, at: Some(program.line(instr.at)) })
        };
        if let (Looks::Nothing, Some(last)) = (*self, program.instrs.last()) {
            return fault(Trouble::NoData, last);
        }
        for instr in &program.instrs[from..] {
            let InstrKind::Op(op) = &instr.kind else { continue };
            let run = || op.run.run(memory, program.operands(op), op.writes, op.imm);
            if let Err(payload) = catch_unwind(AssertUnwindSafe(run)) {
                return fault(Trouble::from_panic(op.code, payload), instr);
            }
        }
        Ok(())
    }
}

/// Calls `each` with the program of every block, and with the launch's tensors.
///
/// # Errors
///
/// As [`Eager::launch`](super::Eager::launch), and those of `each`.
pub fn programs<K: Kernel, E: From<LaunchError>>(
    kernel: &K,
    grid: usize,
    args: &<K::Args as Args>::Host<'_>,
    looks: Looks,
    mut each: impl FnMut(usize, Program, &[GlobalSlot]) -> Result<(), E>,
) -> Result<(), E> {
    check::<K>(grid, args)?;
    let mut unit = unit::<K::Plan>(grid);
    for block in 0..grid {
        bind::<K>(&mut unit, args, block, Mode::Record, Keep::All);
        unit.recording.get_mut().runner = Some(Box::new(looks));
        record(kernel, &unit, args).map_err(LaunchError::Fault)?;
        if let Some(mut recorder) = unit.recording.get_mut().recorder.take() {
            if let (Looks::Nothing, Some(at)) = (looks, recorder.looked) {
                let at = recorder.program.place(at);
                let at = Some(recorder.program.line(at));
                let fault = Fault { trouble: Trouble::NoData, block, at };
                return Err(LaunchError::Fault(fault).into());
            }
            each(block, recorder.program, &unit.memory.globals)?;
        }
    }
    Ok(())
}

/// Calls `each` with the programs of the cores of every block.
///
/// # Errors
///
/// As [`Eager::launch_cluster`](super::Eager::launch_cluster), and those of `each`.
pub fn cluster_programs<'h, C: Cluster, E: From<LaunchError>>(
    cluster: &C,
    grid: usize,
    args: (&<C::CubeArgs as Args>::Host<'h>, &<C::VectorArgs as Args>::Host<'h>),
    mut each: impl FnMut(Vec<Program>) -> Result<(), E>,
) -> Result<(), E> {
    cluster::check::<C>(grid, args)?;
    let mut units = cluster::units::<C>(grid);
    for block in 0..grid {
        let programs = cluster::record(cluster, &mut units, args, block)?.programs;
        cluster::launched(vec![programs]).blocks.into_iter().try_for_each(&mut each)?;
    }
    Ok(())
}
