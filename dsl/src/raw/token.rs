//! PTO's `Event<SrcOp, DstOp>`, as unchecked as it is there.

use super::Block;
use crate::chip::ChipId;
use crate::op::{OpCode, Pipe};

/// Event ids that PTO's automatic tokens rotate through.
const IDS: u8 = 8;

/// An `Event<SrcOp, DstOp>` with an automatic id, which is taken when it is made and not when it is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    src: Pipe,
    dst: Pipe,
    id: u8,
}

impl Token {
    /// The event id, 0 to 7.
    #[must_use]
    pub fn id(self) -> u8 {
        self.id
    }
}

/// The next id of each pair of pipes.
#[derive(Clone, Debug, Default)]
pub(super) struct RoundRobin([[u8; Pipe::COUNT]; Pipe::COUNT]);

impl Block {
    /// `Event<SrcOp, DstOp> event;`: takes the next id of the pair, round-robin over 8, whether it is in use or not.
    pub fn event(&mut self, src: OpCode, dst: OpCode) -> Token {
        let (src, dst) = (src.pipe(), dst.pipe());
        let next = &mut self.tokens.0[src.index()][dst.index()];
        let id = *next;
        *next = (id + 1) % IDS;
        Token { src, dst, id }
    }

    /// `event = TXXX(..)`: sets the flag; nothing where both ops are on one pipe.
    #[track_caller]
    pub fn record(&mut self, token: Token) {
        if token.src == token.dst {
            self.line = None;
        } else {
            self.set_flag(token.src, token.dst, token.id);
        }
    }

    /// `event.Wait()`: waits on the flag; where both ops are on one pipe, the barrier that PTO puts there (a5 has it only on
    /// MTE2 and MTE3).
    #[track_caller]
    pub fn wait(&mut self, token: Token) {
        if token.src != token.dst {
            self.wait_flag(token.src, token.dst, token.id);
        } else if self.program.chip == ChipId::A2A3 || matches!(token.src, Pipe::Mte2 | Pipe::Mte3)
        {
            self.pipe_barrier(token.src);
        } else {
            self.line = None;
        }
    }
}
