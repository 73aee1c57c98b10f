//! Which waits of a line are one in turn: those whose flags one line sets.
//!
//! A line may wait for several flags, such as an op does for each of its operands; each of them goes round by itself.

use std::collections::HashMap;

use crate::program::{At, InstrKind, Program};

/// A line that waits, and the pair of pipes.
type Waiter = (At, usize, usize);

/// For each wait of a program, the flags that it takes turns with.
#[derive(Debug, Default)]
pub(super) struct Turns {
    /// The first of the ids that a waiter takes in turn, for each of them.
    first: HashMap<(Waiter, u8), u8>,
}

impl Turns {
    pub(super) fn of(program: &Program) -> Self {
        let mut set_at: HashMap<(usize, usize, u8), At> = HashMap::new();
        let mut of_line: HashMap<(Waiter, At), u8> = HashMap::new();
        let mut turns = Turns::default();
        for instr in &program.instrs {
            match &instr.kind {
                InstrKind::Set(flag) => {
                    set_at.insert((flag.src.index(), flag.dst.index(), flag.id), instr.at);
                }
                InstrKind::Wait(flag) => {
                    let (src, dst) = (flag.src.index(), flag.dst.index());
                    let waiter = (instr.at, src, dst);
                    let Some(&line) = set_at.get(&(src, dst, flag.id)) else { continue };
                    let other = *of_line.entry((waiter, line)).or_insert(flag.id);
                    turns.unite(waiter, other, flag.id);
                }
                _ => {}
            }
        }
        turns
    }

    fn unite(&mut self, waiter: Waiter, one: u8, other: u8) {
        let [one, other] = [one, other].map(|id| *self.first.entry((waiter, id)).or_insert(id));
        let (least, greatest) = (one.min(other), one.max(other));
        if least != greatest {
            let mine = self.first.iter_mut().filter(|((of, _), _)| *of == waiter);
            mine.filter(|(_, first)| **first == greatest).for_each(|(_, first)| *first = least);
        }
    }

    /// The first of the flags that this one takes turns with.
    pub(super) fn first(&self, at: At, src: usize, dst: usize, id: u8) -> u8 {
        self.first.get(&((at, src, dst), id)).copied().unwrap_or(id)
    }
}
