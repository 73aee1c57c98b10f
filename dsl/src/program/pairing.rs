//! Which wait consumes which set.

use std::collections::HashMap;

use super::{InstrKind, Program};
use crate::op::Pipe;

impl Program {
    /// Numbers the flags as a device counts them: the n-th wait on an id belongs to its n-th set. A wait without a set gets a
    /// number of its own.
    pub(crate) fn number_flags(&mut self) {
        let mut sets: HashMap<(Pipe, Pipe, u8), Vec<u32>> = HashMap::new();
        let mut next = 0;
        for instr in &mut self.instrs {
            if let InstrKind::Set(flag) = &mut instr.kind {
                flag.number = next;
                sets.entry((flag.src, flag.dst, flag.id)).or_default().push(next);
                next += 1;
            }
        }
        let mut waits: HashMap<(Pipe, Pipe, u8), usize> = HashMap::new();
        for instr in &mut self.instrs {
            if let InstrKind::Wait(flag) = &mut instr.kind {
                let key = (flag.src, flag.dst, flag.id);
                let nth = waits.entry(key).or_default();
                let number = sets.get(&key).and_then(|sets| sets.get(*nth)).copied();
                *nth += 1;
                flag.number = number.unwrap_or_else(|| {
                    next += 1;
                    next - 1
                });
            }
        }
        self.flag_count = next;
    }
}
