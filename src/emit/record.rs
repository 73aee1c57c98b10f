//! Records what each block of a launch issues. Nothing is computed.

use super::EmitError;
use crate::exec::LaunchError;
use crate::exec::launch::{Kernel, bind, check, record, unit};
use crate::global::Args;
use crate::program::Program;
use crate::unit::memory::GlobalSlot;
use crate::unit::{Fault, Keep, Memory, Mode, Runner, Trouble};

/// Where the kernel waits for data there is none.
struct NoData;

impl Runner for NoData {
    fn run(&mut self, program: &Program, _: usize, _: &Memory) -> Result<(), Fault> {
        let at = program.instrs.last().map(|last| program.line(last.at));
        Err(Fault { trouble: Trouble::NoData, block: 0, at })
    }
}

/// Calls `each` with the program of every block, and with its tensors.
pub(super) fn programs<K: Kernel>(
    kernel: &K,
    grid: usize,
    args: &<K::Args as Args>::Host<'_>,
    mut each: impl FnMut(usize, Program, &[GlobalSlot]) -> Result<(), EmitError>,
) -> Result<(), EmitError> {
    check::<K>(grid, args)?;
    let mut unit = unit::<K::Plan>(grid);
    for block in 0..grid {
        bind::<K>(&mut unit, args, block, Mode::Record, Keep::All);
        unit.recording.get_mut().runner = Some(Box::new(NoData));
        record(kernel, &unit, args).map_err(|fault| match fault {
            Fault { trouble: Trouble::NoData, block, at: Some(at) } => {
                EmitError::Steered { block, at }
            }
            fault => LaunchError::Fault(fault).into(),
        })?;
        if let Some(recorder) = unit.recording.get_mut().recorder.take() {
            each(block, recorder.program, &unit.memory.globals)?;
        }
    }
    Ok(())
}
