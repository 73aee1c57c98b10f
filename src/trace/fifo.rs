//! The FIFOs of a launch: as the trace has them, and as one table for all of its cores.

use super::TraceError;
use super::format::Records;
use crate::inner::NOWHERE;
use crate::program::{Cross, Direction, Fifo, InstrKind, Program};

/// More slots, or bytes of one, than any FIFO has.
const MOST: u64 = 1 << 28;

/// Reads what a FIFO's type says. Its slots are where its ops find them, in the kernel's own tensors.
pub(super) fn read(from: &mut Records<'_>) -> Result<Fifo, TraceError> {
    let (ready, from_cube) = (from.number()?, from.number()?);
    let (slots, slot_bytes, split) = (from.number()?, from.number()?, from.number()?);
    let ready = u8::try_from(ready).map_err(|_| from.damaged("no flag has such an id"))?;
    if slots == 0 || slots > MOST || slot_bytes > MOST {
        return Err(from.damaged("no FIFO has so many slots, or so large ones"));
    }
    Ok(Fifo {
        name: format!("TPipe<{ready}>"),
        direction: match from_cube {
            0 => Direction::VectorToCube,
            _ => Direction::CubeToVector,
        },
        slots: slots as u32,
        slot_bytes: slot_bytes as u32,
        period: Fifo::period_of(slots as u32),
        ready,
        free: ready.saturating_add(1),
        split: split != 0,
        memory: NOWHERE,
        direct: false,
    })
}

/// The step of this number, of the first FIFO. What is left to drain is known by how many messages were pushed.
pub(super) fn step(number: u64, message: u32) -> Option<Cross> {
    Some(match number {
        0 => Cross::Alloc { fifo: 0, message },
        1 => Cross::Push { fifo: 0, message },
        2 => Cross::Pop { fifo: 0, message },
        3 => Cross::Free { fifo: 0, message },
        4 => Cross::Drain { fifo: 0, credits: message },
        _ => return None,
    })
}

/// The FIFO's number in a table, in which it is afterwards.
pub(super) fn number(table: &mut Vec<Fifo>, fifo: &Fifo) -> u32 {
    let known = table.iter().position(|known| known == fifo);
    known.unwrap_or_else(|| {
        table.push(fifo.clone());
        table.len() - 1
    }) as u32
}

/// The same step of another FIFO.
pub(super) fn of_fifo(step: Cross, fifo: u32) -> Cross {
    match step {
        Cross::Alloc { message, .. } => Cross::Alloc { fifo, message },
        Cross::Push { message, .. } => Cross::Push { fifo, message },
        Cross::Pop { message, .. } => Cross::Pop { fifo, message },
        Cross::Free { message, .. } => Cross::Free { fifo, message },
        Cross::Drain { credits, .. } => Cross::Drain { fifo, credits },
        other => other,
    }
}

/// Gives all programs one table.
pub(super) fn share(programs: &mut [Vec<Program>]) {
    let mut table = Vec::new();
    for program in programs.iter_mut().flatten() {
        let numbers: Vec<u32> = program.fifos.iter().map(|fifo| number(&mut table, fifo)).collect();
        for instr in &mut program.instrs {
            if let InstrKind::Cross(cross) = &mut instr.kind
                && let Some(&number) = cross.fifo().and_then(|fifo| numbers.get(fifo as usize))
            {
                *cross = of_fifo(*cross, number);
            }
        }
    }
    let table: std::sync::Arc<[Fifo]> = table.into();
    for program in programs.iter_mut().flatten() {
        program.fifos = table.clone();
    }
}
