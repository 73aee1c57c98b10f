//! FIFOs of a5 whose messages lie on the chip: the library says what it says by flags, and counts credits by itself.

use std::collections::BTreeMap;

use tilesync::program::{Core, Cross, CrossMode, Direction, Fifo, Instr, InstrKind, Program};

use crate::listing::{as_called, listing};

/// Flags of the second vector core, as the cube names them.
const SECOND: u8 = 16;

pub(crate) fn has_messages_on_chip(program: &Program) -> bool {
    program.fifos.iter().any(|fifo| fifo.direct)
}

/// `program` with the flags that a5's library sets and waits for, in place of the steps of its FIFOs.
pub(crate) fn by_flags(program: &Program) -> Program {
    let is_cube = program.core == Some(Core::Cube);
    let cross = |instr: &Instr, fifo: &Fifo, sets: bool, id: u8| -> Vec<Instr> {
        let second = (is_cube && fifo.split).then_some(id + SECOND);
        let flag = |id| match sets {
            true => Cross::Set { mode: CrossMode::Intra, id },
            false => Cross::Wait { id },
        };
        let with = |id| Instr { kind: InstrKind::Cross(flag(id)), ..*instr };
        [Some(id), second].into_iter().flatten().map(with).collect()
    };
    let mut said = program.clone();
    said.instrs.clear();
    // The consumer gives all slots back as the FIFO is made.
    for (number, fifo) in (0..).zip(program.fifos.iter()) {
        let frees = |instr: &&Instr| matches!(instr.kind, InstrKind::Cross(Cross::Free { fifo, .. }) if fifo == number);
        assert_eq!(
            is_cube == (fifo.direction == Direction::VectorToCube),
            program.instrs.iter().any(|instr| frees(&instr))
        );
        if let Some(instr) = program.instrs.iter().find(frees) {
            (0..fifo.period).for_each(|_| said.instrs.extend(cross(instr, fifo, true, fifo.free)));
        }
    }
    // The push of a tile waits for the slot: behind what the tile waits for.
    let mut allocated: Vec<Instr> = Vec::new();
    for instr in &program.instrs {
        let InstrKind::Cross(step) = &instr.kind else {
            let is_push =
                |wait: &Instr| matches!(instr.kind, InstrKind::Op(_)) && wait.pipe == instr.pipe;
            if allocated.first().is_some_and(is_push) {
                said.instrs.append(&mut allocated);
            }
            said.instrs.push(*instr);
            continue;
        };
        let fifo = &program.fifos[step.fifo().expect("a step of a FIFO") as usize];
        let flags = match *step {
            Cross::Alloc { message, .. } if message >= fifo.slots && message % fifo.period == 0 => {
                allocated = cross(instr, fifo, false, fifo.free);
                Vec::new()
            }
            Cross::Push { .. } => cross(instr, fifo, true, fifo.ready),
            Cross::Pop { .. } => cross(instr, fifo, false, fifo.ready),
            Cross::Free { message, .. } if (message + 1) % fifo.period == 0 => {
                cross(instr, fifo, true, fifo.free)
            }
            // The producer takes all credits back as the FIFO goes away.
            Cross::Drain { .. } => {
                (0..fifo.period).flat_map(|_| cross(instr, fifo, false, fifo.free)).collect()
            }
            _ => Vec::new(),
        };
        said.instrs.extend(flags);
    }
    said
}

/// What each pipe does, in order. Of a push what is read: where it is written is in the memory of another core.
pub(crate) fn by_pipe(program: &Program, is_issued: bool) -> BTreeMap<usize, Vec<String>> {
    let called = if is_issued { as_called } else { |_: &str, operand: &_| *operand };
    let mut numbers: Vec<String> = Vec::new();
    let mut pipes: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for (instr, [line, ..]) in program.instrs.iter().zip(listing(program, 0, None, called)) {
        let is_pushed = match &instr.kind {
            InstrKind::Op(op) if is_issued => program.writes_and_reads(op).0.iter().any(|dst| {
                let is_memory = |arg| program.fifos.iter().any(|fifo| fifo.memory == arg);
                matches!(dst.place, tilesync::program::Place::Global { arg, .. } if is_memory(arg))
            }),
            _ => line.starts_with("TPUSH"),
        };
        let line = match line.split_once("<-") {
            Some((_, read)) if is_pushed => format!("TPUSH <-{read}"),
            _ => line,
        };
        // A trace knows of a message which an op reads both as a tile and as the memory of another core: tensors stand behind tiles.
        let line = match line.split_once(", \"g") {
            Some((before, _)) if !is_issued => format!("{before}]"),
            _ => line,
        };
        // Memory of other cores, which a trace counts as it does tensors, has no number here.
        let line = match line.split_once("\"g").and_then(|(before, rest)| {
            let (number, behind) = rest.split_once('+')?;
            let known = numbers.iter().position(|known| known == number).unwrap_or_else(|| {
                numbers.push(number.to_owned());
                numbers.len() - 1
            });
            Some(format!("{before}\"g{known}+{behind}"))
        }) {
            Some(numbered) => numbered,
            None => line,
        };
        pipes.entry(instr.pipe.index()).or_default().push(line);
    }
    pipes
}
