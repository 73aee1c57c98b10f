//! Which waits of a line are one in turn: those whose flags one line sets.
//!
//! A line may wait for several flags, such as an op does for each of its operands; each of them goes round by itself.

use std::collections::HashMap;

use crate::program::{At, InstrKind, Line, Program};

/// A line that waits, by its number, and the pair of pipes.
type Waiter = (u32, usize, usize);

/// For the waits of all cores, the flags that each takes turns with.
#[derive(Debug, Default)]
pub(super) struct Turns {
    numbers: HashMap<Line, u32>,
    /// For each line that sets flags which a waiter waits for, the first one of them.
    of_line: HashMap<(Waiter, u32), u8>,
    /// The first of the ids that a waiter takes in turn, for each of them.
    first: HashMap<(Waiter, u8), u8>,
    /// The line that sets them; of several the first in the source.
    lines: HashMap<(Waiter, u8), u32>,
}

impl Turns {
    /// Takes in what a core waits for.
    pub(super) fn add(&mut self, program: &Program) {
        let mut numbers: HashMap<At, u32> = HashMap::new();
        let mut set_at: HashMap<(usize, usize, u8), At> = HashMap::new();
        for instr in &program.instrs {
            match &instr.kind {
                InstrKind::Set(flag) => {
                    set_at.insert((flag.src.index(), flag.dst.index(), flag.id), instr.at);
                }
                InstrKind::Wait(flag) => {
                    let (src, dst) = (flag.src.index(), flag.dst.index());
                    let Some(&at) = set_at.get(&(src, dst, flag.id)) else { continue };
                    let known = self.numbers.len() as u32;
                    let number = *numbers.entry(instr.at).or_insert_with(|| {
                        *self.numbers.entry(program.line(instr.at)).or_insert(known)
                    });
                    let waiter = (number, src, dst);
                    let line = program.line(at).line();
                    let other = *self.of_line.entry((waiter, line)).or_insert(flag.id);
                    self.unite(waiter, other, flag.id, line);
                }
                _ => {}
            }
        }
    }

    fn unite(&mut self, waiter: Waiter, one: u8, other: u8, line: u32) {
        let [one, other] = [one, other].map(|id| *self.first.entry((waiter, id)).or_insert(id));
        let (least, greatest) = (one.min(other), one.max(other));
        if least != greatest {
            let mine = self.first.iter_mut().filter(|((of, _), _)| *of == waiter);
            mine.filter(|(_, first)| **first == greatest).for_each(|(_, first)| *first = least);
        }
        let lines = [least, greatest].map(|first| self.lines.get(&(waiter, first)).copied());
        let line = lines.into_iter().flatten().fold(line, u32::min);
        self.lines.insert((waiter, least), line);
    }

    /// The number of a line that waits.
    pub(super) fn number(&self, at: &Line) -> Option<u32> {
        self.numbers.get(at).copied()
    }

    /// The line that sets the flags which this one takes turns with; `number` is that of the line which waits.
    pub(super) fn set_at(&self, number: Option<u32>, src: usize, dst: usize, id: u8) -> u32 {
        let Some(number) = number else { return 0 };
        let waiter = (number, src, dst);
        let first = self.first.get(&(waiter, id)).copied().unwrap_or(id);
        self.lines.get(&(waiter, first)).copied().unwrap_or_default()
    }
}
