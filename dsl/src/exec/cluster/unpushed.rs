//! Whether a core loads from a message what the other side has not stored to it: known before anything runs.

use crate::exec::LaunchError;
use crate::program::{At, Cross, Fifo, InstrKind, Operand, Place, Program};
use crate::unit::{Fault, Trouble};

/// Rows and columns of a message, from the first to the one behind the last.
#[derive(Clone, Copy)]
struct Rect {
    rows: (u32, u32),
    cols: (u32, u32),
}

/// A part of a message that an op stores or loads.
struct Access<'p> {
    /// The FIFO's number, and the message's.
    message: (usize, u32),
    rect: Rect,
    stores: bool,
    program: &'p Program,
    at: At,
}

/// Fails where a core of the block loads what was not stored.
pub(super) fn judge(block: usize, programs: &[Program]) -> Result<(), LaunchError> {
    let fifos = programs.first().map_or(&[][..], |program| &program.fifos);
    let (mut stored, mut loaded) = (Vec::new(), Vec::new());
    for program in programs {
        accesses(program, |access| {
            if access.stores { &mut stored } else { &mut loaded }.push(access);
        });
    }
    stored.sort_by_key(|access| access.message);
    loaded.sort_by_key(|access| access.message.0);
    for load in &loaded {
        let first = stored.partition_point(|access| access.message < load.message);
        let same = stored[first..].iter().take_while(|access| access.message == load.message);
        let mut left = vec![load.rect];
        for store in same {
            left = left.into_iter().flat_map(|rect| rect.less(store.rect)).collect();
        }
        if !left.is_empty() {
            let Rect { rows, cols } = load.rect;
            let trouble = Trouble::NotPushed {
                fifo: fifos[load.message.0].name.clone(),
                message: load.message.1,
                corner: (rows.0 as usize, cols.0 as usize),
                extent: ((rows.1 - rows.0) as usize, (cols.1 - cols.0) as usize),
            };
            return Err(Fault { trouble, block, at: Some(load.program.line(load.at)) }.into());
        }
    }
    Ok(())
}

/// Tells what the ops of a core store to, or load from, the messages of its FIFOs.
fn accesses<'p>(program: &'p Program, mut tell: impl FnMut(Access<'p>)) {
    let fifos = &program.fifos;
    // By FIFO, the message that it is at.
    let mut now = vec![None; fifos.len()];
    for instr in &program.instrs {
        match &instr.kind {
            InstrKind::Cross(Cross::Alloc { fifo, message } | Cross::Pop { fifo, message }) => {
                now[*fifo as usize] = Some(*message);
            }
            InstrKind::Op(op) => {
                for (index, operand) in program.operands(op).iter().enumerate() {
                    let in_fifo = program.in_fifo(operand);
                    let operand = in_fifo.as_ref().unwrap_or(operand);
                    let Place::Global { arg, .. } = operand.place else { continue };
                    let Some(number) = fifos.iter().position(|fifo| fifo.memory == arg) else {
                        continue;
                    };
                    let (fifo, Some(message)) = (&fifos[number], now[number]) else { continue };
                    let rows = program.globals[arg as usize].rows as u32 / fifo.slots;
                    if let Some(rect) = Rect::of(operand, fifo, message, rows) {
                        let (stores, at) = (index < op.writes.into(), instr.at);
                        tell(Access { message: (number, message), rect, stores, program, at });
                    }
                }
            }
            _ => {}
        }
    }
}

impl Rect {
    /// What `operand` has of a message of `rows` rows, if it is in the FIFO.
    fn of(operand: &Operand, fifo: &Fifo, message: u32, rows: u32) -> Option<Self> {
        let Place::Global { arg, row, col } = operand.place else { return None };
        if arg != fifo.memory || operand.rows == 0 || operand.cols == 0 {
            return None;
        }
        let row = row - message % fifo.slots * rows;
        Some(Rect { rows: (row, row + operand.rows), cols: (col, col + operand.cols) })
    }

    /// What of it is not in `other`: up to four pieces.
    fn less(self, other: Rect) -> impl Iterator<Item = Rect> {
        let Rect { rows, cols } = self;
        let (top, bottom) =
            (other.rows.0.clamp(rows.0, rows.1), other.rows.1.clamp(rows.0, rows.1));
        let (left, right) =
            (other.cols.0.clamp(cols.0, cols.1), other.cols.1.clamp(cols.0, cols.1));
        let (top, bottom) = if left < right { (top, bottom) } else { (rows.1, rows.1) };
        let pieces = [
            Rect { rows: (rows.0, top), cols },
            Rect { rows: (top, bottom), cols: (cols.0, left) },
            Rect { rows: (top, bottom), cols: (right, cols.1) },
            Rect { rows: (bottom, rows.1), cols },
        ];
        pieces.into_iter().filter(|rect| rect.rows.0 < rect.rows.1 && rect.cols.0 < rect.cols.1)
    }
}
