//! The flags of a program by pair and id, densely numbered.

use crate::op::Pipe;
use crate::program::{Flag, InstrKind, Program};

/// Pairs of pipes times what an id could be.
const KEYS: usize = Pipe::COUNT * Pipe::COUNT * 256;
const UNUSED: u16 = u16::MAX;

/// A number for each pair and id that a program uses.
pub(super) struct Channels {
    numbers: Vec<u16>,
    pub(super) count: usize,
}

impl Channels {
    pub(super) fn new(program: &Program) -> Self {
        let mut channels = Channels { numbers: vec![UNUSED; KEYS], count: 0 };
        for instr in &program.instrs {
            if let InstrKind::Set(flag) | InstrKind::Wait(flag) = &instr.kind {
                let number = &mut channels.numbers[key(flag.src, flag.dst, flag.id)];
                if *number == UNUSED {
                    *number = channels.count as u16;
                    channels.count += 1;
                }
            }
        }
        channels
    }

    /// The channel of one of the program's flags.
    pub(super) fn of(&self, flag: &Flag) -> usize {
        usize::from(self.numbers[key(flag.src, flag.dst, flag.id)])
    }

    /// The channel of a pair and an id, if the program uses it.
    pub(super) fn find(&self, src: Pipe, dst: Pipe, id: u8) -> Option<usize> {
        Some(self.numbers[key(src, dst, id)]).filter(|&number| number != UNUSED).map(usize::from)
    }
}

fn key(src: Pipe, dst: Pipe, id: u8) -> usize {
    (src.index() * Pipe::COUNT + dst.index()) * 256 + usize::from(id)
}
