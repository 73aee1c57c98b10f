//! Runs what the cores of a block have issued, on one thread: each core in the order of issue, until it waits for another one.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::record::Recorded;
use crate::program::InstrKind;
use crate::unit::{Fault, Trouble, Unit};

/// Runs the programs of block `block` to their ends, in the turns that were found when they were judged.
///
/// Loads may leave it at looking at an input, as where ops run when they are issued; but tiles that can be taken apart have changed hands
/// when they were recorded, which is too early for that.
pub(super) fn replay(block: usize, recorded: &Recorded, units: &mut [Unit]) -> Result<(), Fault> {
    let Recorded { programs, turns } = recorded;
    for (unit, program) in units.iter_mut().zip(programs) {
        unit.memory.may_borrow = program.tiles.iter().all(|tile| tile.parts == 0);
    }
    let units = &*units;
    // Which op runs, if one panics.
    let now = Cell::new((0, 0));
    let run = || {
        let mut next = vec![0; programs.len()];
        for turn in turns {
            let (core, end) = (turn.core as usize, turn.end as usize);
            let program = &programs[core];
            for (index, instr) in program.instrs[..end].iter().enumerate().skip(next[core]) {
                if let InstrKind::Op(op) = &instr.kind {
                    now.set((core, index));
                    op.run.run(&units[core].memory, program.operands(op), op.writes, op.imm);
                }
            }
            next[core] = end;
        }
    };
    catch_unwind(AssertUnwindSafe(run)).map_err(|payload| {
        let (core, index) = now.get();
        let program = &programs[core];
        let instr = &program.instrs[index];
        let code = if let InstrKind::Op(op) = &instr.kind { op.code } else { None };
        let trouble = Trouble::from_panic(code, payload);
        Fault { trouble, block, at: Some(program.line(instr.at)) }
    })
}
