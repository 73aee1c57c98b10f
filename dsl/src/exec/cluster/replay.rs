//! Runs what the cores of a block have issued, on one thread: each core in the order of issue, until it waits for another one.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::program::{Cross, InstrKind, Program};
use crate::unit::{Fault, Trouble, Unit};

/// A core, and how far it has come.
struct Core<'p> {
    program: &'p Program,
    unit: &'p Unit,
    next: usize,
    /// By FIFO: how many messages it has pushed, or freed.
    done: Vec<u32>,
}

/// Runs the programs of block `block` to their ends.
///
/// Loads may leave it at looking at an input, as where ops run when they are issued; but tiles that can be taken apart have changed hands
/// when they were recorded, which is too early for that.
pub(super) fn replay(block: usize, programs: &[Program], units: &mut [Unit]) -> Result<(), Fault> {
    for (unit, program) in units.iter_mut().zip(programs) {
        unit.memory.may_borrow = program.tiles.iter().all(|tile| tile.parts == 0);
    }
    let units = &*units;
    let cores = programs.iter().zip(units);
    let mut cores: Vec<Core<'_>> = cores
        .map(|(program, unit)| Core { program, unit, next: 0, done: vec![0; program.fifos.len()] })
        .collect();
    // Which op runs, if one panics.
    let now = Cell::new((0, 0));
    let run = || {
        while cores.iter().any(|core| core.next < core.program.instrs.len()) {
            let before: usize = cores.iter().map(|core| core.next).sum();
            for at in 0..cores.len() {
                while let Some(instr) = cores[at].program.instrs.get(cores[at].next) {
                    match instr.kind {
                        InstrKind::Op(op) => {
                            let core = &cores[at];
                            now.set((at, core.next));
                            let operands = core.program.operands(&op);
                            op.run.run(&core.unit.memory, operands, op.writes, op.imm);
                        }
                        InstrKind::Cross(cross) if !passes(&mut cores, at, cross) => break,
                        _ => {}
                    }
                    cores[at].next += 1;
                }
            }
            let after: usize = cores.iter().map(|core| core.next).sum();
            assert!(before < after, "a cyclic wait is found before anything runs");
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

/// Lets core `at` take a step, if the others have come far enough.
fn passes(cores: &mut [Core<'_>], at: usize, cross: Cross) -> bool {
    // How many messages have come from the core at the other end that is furthest behind.
    let others = |cores: &[Core<'_>], fifo: u32| {
        let table = &cores[at].program.fifos[fifo as usize];
        let produces =
            |core: &Core<'_>| core.program.core.is_some_and(|core| table.is_producer(core));
        let mine = produces(&cores[at]);
        let others = cores.iter().filter(|core| produces(core) != mine);
        others.map(|core| core.done[fifo as usize]).min().unwrap_or(0)
    };
    match cross {
        Cross::Push { fifo, .. } | Cross::Free { fifo, .. } => {
            cores[at].done[fifo as usize] += 1;
            true
        }
        Cross::Pop { fifo, message } => others(cores, fifo) > message,
        Cross::Alloc { fifo, message } => {
            message < others(cores, fifo) + cores[at].program.fifos[fifo as usize].slots
        }
        _ => true,
    }
}
