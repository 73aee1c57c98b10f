//! FIFOs between the cores of a cluster, as one core sees them: which slot it holds, and what of it is its own.
//!
//! The C++ counts messages by itself: a slot has its address from the FIFO. So regions of slots are counted from where the core's share
//! of the slot starts.

use crate::chip::ChipId;
use crate::program::{Core, Cross, Direction, FifoSlot, Program};
use crate::tile::DtypeId;

/// What is done with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Step {
    Alloc,
    Push,
    Pop,
    Free,
}

/// How the vector cores of a cluster share a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sharing {
    ByRows,
    ByCols,
    Alone,
}

impl Sharing {
    /// As the library calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Sharing::ByRows => "TileSplitAxis::TILE_UP_DOWN",
            Sharing::ByCols => "TileSplitAxis::TILE_LEFT_RIGHT",
            Sharing::Alone => "TileSplitAxis::TILE_NO_SPLIT",
        }
    }
}

/// A FIFO, and the share that cores of one side have of its messages.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub(super) name: String,
    pub(super) direction: Direction,
    pub(super) ready: u8,
    pub(super) slots: u32,
    pub(super) slot_bytes: u32,
    pub(super) dtype: DtypeId,
    /// Rows and columns of a message.
    pub(super) message: [i64; 2],
    /// Rows and columns of the share.
    pub(super) share: [i64; 2],
    pub(super) sharing: Sharing,
    /// The tensor that its slots are.
    pub(super) memory: usize,
    /// Whether they lie in the consumer's memory instead, and where there.
    pub(super) on_chip: bool,
    pub(super) first: u32,
}

impl Link {
    /// The FIFOs of a cluster, as `program`'s core sees them.
    pub(super) fn all(program: &Program, sharing: Sharing) -> Vec<Link> {
        let link = |fifo: &crate::program::Fifo| {
            let memory = &program.globals[fifo.memory as usize];
            let message = [memory.rows as i64 / i64::from(fifo.slots), memory.cols as i64];
            let mut share = message;
            match sharing {
                Sharing::ByRows if is_vector(program) => share[0] /= 2,
                Sharing::ByCols if is_vector(program) => share[1] /= 2,
                _ => {}
            }
            Link {
                name: fifo.name.clone(),
                direction: fifo.direction,
                ready: fifo.ready,
                slots: fifo.slots,
                // Of a message for two vector cores each has a half, where it lies in their memory.
                slot_bytes: match (fifo.direct, fifo.direction, sharing) {
                    (false, ..) | (_, Direction::VectorToCube, _) | (.., Sharing::Alone) => {
                        fifo.slot_bytes
                    }
                    _ => fifo.slot_bytes / 2,
                },
                dtype: memory.dtype,
                message,
                share,
                sharing,
                memory: fifo.memory as usize,
                on_chip: fifo.direct,
                first: 0,
            }
        };
        program.fifos.iter().map(link).collect()
    }

    /// The variable that is the slot which a core holds.
    pub(super) fn slot(&self) -> String {
        format!("{}_slot", self.name)
    }

    /// The variable that is the FIFO.
    pub(super) fn pipe(&self) -> String {
        format!("{}_pipe", self.name)
    }

    /// The direction, as the library calls it: on a5 slots in global memory have names of their own.
    pub(super) fn direction_name(&self, chip: ChipId) -> &'static str {
        let in_memory = chip == ChipId::A5 && !self.on_chip;
        match (self.direction, in_memory) {
            (Direction::CubeToVector, false) => "Direction::DIR_C2V",
            (Direction::CubeToVector, true) => "Direction::DIR_C2V_GM",
            (Direction::VectorToCube, false) => "Direction::DIR_V2C",
            (Direction::VectorToCube, true) => "Direction::DIR_V2C_GM",
        }
    }

    /// What the C++'s FIFO is made of: its memory, and where its slots are on the chip of the vector cores and of the cube core.
    pub(super) fn made_of(&self, memory: &str) -> String {
        match (self.on_chip, self.direction) {
            (false, _) => memory.to_owned() + ", 0, 0",
            (true, Direction::CubeToVector) => format!("nullptr, {:#x}, 0", self.first),
            (true, Direction::VectorToCube) => format!("nullptr, 0, {:#x}", self.first),
        }
    }
}

pub(super) fn is_vector(program: &Program) -> bool {
    program.core.is_some_and(Core::is_vector)
}

/// The ends of a core, while its program is read.
#[derive(Debug, Default)]
pub(super) struct Ends {
    /// Of each FIFO, how often each step was taken.
    counts: Vec<[u32; 4]>,
    /// And how many stores there were to the slot that is held.
    stores: Vec<u32>,
    /// The FIFOs whose credits are taken at the end, in order.
    pub(super) drained: Vec<u32>,
}

const UNCOUNTED: &str =
    "the C++ library counts the messages of a FIFO by itself, and not like this";

impl Ends {
    pub(super) fn of(program: &Program) -> Self {
        let count = program.fifos.len();
        Ends { counts: vec![[0; 4]; count], stores: vec![0; count], drained: Vec::new() }
    }

    /// Which step of which FIFO this is; nothing, where the C++ does it without being told.
    pub(super) fn step(
        &mut self,
        program: &Program,
        cross: Cross,
    ) -> Result<Option<(Step, u32)>, &'static str> {
        let (step, fifo, message) = match cross {
            Cross::Alloc { fifo, message } => (Step::Alloc, fifo, message),
            Cross::Push { fifo, message } => (Step::Push, fifo, message),
            Cross::Pop { fifo, message } => (Step::Pop, fifo, message),
            Cross::Free { fifo, message } => (Step::Free, fifo, message),
            Cross::Drain { fifo, credits } => {
                let pushed = self.counts[fifo as usize][Step::Push as usize];
                self.drained.push(fifo);
                let expected = program.fifos[fifo as usize].credits_left(pushed);
                return if credits == expected { Ok(None) } else { Err(UNCOUNTED) };
            }
            _ => return Err("flags of the kernel's own between cores are not written"),
        };
        let stores = std::mem::take(&mut self.stores[fifo as usize]);
        if program.fifos[fifo as usize].direct && step == Step::Push && stores != 1 {
            return Err("a message that lies on the chip is stored by one op, `tpush`");
        }
        if self.drained.contains(&fifo) {
            return Err(UNCOUNTED);
        }
        let count = &mut self.counts[fifo as usize][step as usize];
        *count += 1;
        if *count == message + 1 { Ok(Some((step, fifo))) } else { Err(UNCOUNTED) }
    }

    /// Whether it is the slot in this core's memory that is held: the C++'s tile is set to that when a message is popped.
    pub(super) fn is_held(&self, slot: FifoSlot, links: &[Link]) -> bool {
        let fifo = slot.fifo as usize;
        let popped = self.counts[fifo][Step::Pop as usize];
        links.get(fifo).is_some_and(|link| popped > 0 && (popped - 1) % link.slots == slot.slot)
    }

    /// Row and column in the slot that the core holds, for those in the tensor of all slots; the place itself in any other tensor.
    pub(super) fn in_slot(
        &mut self,
        program: &Program,
        links: &[Link],
        memory: usize,
        [row, col]: [i64; 2],
    ) -> [i64; 2] {
        let Some(at) = links.iter().position(|link| link.memory == memory) else {
            return [row, col];
        };
        self.stores[at] += 1;
        let (link, counts) = (&links[at], &self.counts[at]);
        // Of the two that take a slot, one never happens here.
        let held = counts[Step::Alloc as usize].max(counts[Step::Pop as usize]).saturating_sub(1);
        let slot = i64::from(held % link.slots);
        let second = i64::from(program.core.map_or(0, Core::sub_block));
        let share = |axis: usize| {
            if link.share[axis] == link.message[axis] { 0 } else { second * link.share[axis] }
        };
        [row - slot * link.message[0] - share(0), col - share(1)]
    }
}
