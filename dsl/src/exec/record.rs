//! Records what each block of a launch issues, for those who look at programs. Nothing is computed but what a kernel looks at.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::cluster::{self, Cluster};
use super::kernel::Kernel;
use super::launch::{LaunchError, bind, check, record, unit};
use super::phases::{Nth, Phase, Phased, Sequence, Visit, check as check_phases};
use crate::global::{Args, ViewsOf};
use crate::memory::{GlobalSlot, Memory};
use crate::program::{Instr, InstrKind, Program};
use crate::sealed::INNER;
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

/// Is shown the phases of a kernel, each as a kernel of its own.
pub trait EachPhase {
    /// Why no more phases are to be shown.
    type Error: From<LaunchError>;

    /// The next phase, and its arguments.
    ///
    /// # Errors
    ///
    /// Whatever is to end it.
    fn phase<K: Kernel>(
        &mut self,
        kernel: &K,
        args: &<K::Args as Args>::Host<'_>,
    ) -> Result<(), Self::Error>;
}

/// Shows `each` all phases of `kernel`, the first one first.
///
/// # Errors
///
/// As [`Eager::launch_phases`](super::Eager::launch_phases), and those of `each`.
pub fn phases<K: Phased, V: EachPhase>(
    kernel: &K,
    grid: usize,
    args: &<K::Args as Args>::Host<'_>,
    each: &mut V,
) -> Result<(), V::Error> {
    check_phases::<K>(grid, args)?;
    let mut show = Show { kernel, args, each, error: None };
    let shown = K::Phases::each(&mut show, INNER);
    show.error.take().map_or(Ok(()), Err)?;
    Ok(shown?)
}

struct Show<'a, 'h, K: Phased, V: EachPhase> {
    kernel: &'a K,
    args: &'a <K::Args as Args>::Host<'h>,
    each: &'a mut V,
    error: Option<V::Error>,
}

impl<K: Phased, V: EachPhase> Visit<K> for Show<'_, '_, K, V> {
    fn phase<const N: usize>(&mut self) -> Result<(), LaunchError>
    where
        K: Phase<N>,
    {
        // The first error is the one; what comes behind it is not shown.
        if self.error.is_none() {
            let args = K::Views::host(self.args, INNER);
            self.error = self.each.phase(&Nth::<K, N>(self.kernel), &args).err();
        }
        Ok(())
    }
}

/// Calls `each` with the number of every block, the programs of its cores, and the launch's tensors.
///
/// # Errors
///
/// As [`Eager::launch_cluster`](super::Eager::launch_cluster), and those of `each`.
pub fn cluster_programs<'h, C: Cluster, E: From<LaunchError>>(
    cluster: &C,
    grid: usize,
    args: (&<C::CubeArgs as Args>::Host<'h>, &<C::VectorArgs as Args>::Host<'h>),
    mut each: impl FnMut(usize, Vec<Program>, &[GlobalSlot]) -> Result<(), E>,
) -> Result<(), E> {
    cluster::check::<C>(grid, args)?;
    let mut units = cluster::units::<C>(grid);
    for block in 0..grid {
        let programs = cluster::record(cluster, &mut units, args, block)?.programs;
        let globals = units.globals();
        cluster::launched(vec![programs])
            .blocks
            .into_iter()
            .try_for_each(|programs| each(block, programs, globals))?;
    }
    Ok(())
}
