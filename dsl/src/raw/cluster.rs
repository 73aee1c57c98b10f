//! Cores of a cluster: FIFOs, cross-core flags, `SYNCALL`, the scalar pipe's cache.

use std::sync::Arc;

use super::{Block, Operand};
use crate::chip::ChipId;
use crate::op::Pipe;
use crate::program::{
    Core, Cross, CrossMode, Direction, Fifo, GlobalInfo, InstrKind, Participants, Place,
};
use crate::tile::DtypeId;

/// The FIFOs of a cluster, which its cores' blocks are made with.
#[derive(Clone, Debug, Default)]
pub struct Fifos(Vec<Fifo>);

/// One of the FIFOs of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FifoId(u32);

impl Fifos {
    /// No FIFOs yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// `TPipe<FlagID, Dir, SlotSize, SlotNum>`: flag `ready` says that a message is there, flag `ready + 1` gives slots back, in groups as the
    /// library has them. Split over both vector cores. Nothing keeps two FIFOs' flags apart.
    #[doc(alias = "TPipe")]
    pub fn add(
        &mut self,
        name: &str,
        direction: Direction,
        slots: u32,
        slot_bytes: u32,
        ready: u8,
    ) -> FifoId {
        let number = self.0.len() as u32;
        self.add_fifo(Fifo {
            name: name.to_owned(),
            direction,
            slots,
            slot_bytes,
            period: Fifo::period_of(slots),
            ready,
            free: ready.saturating_add(1),
            split: true,
            memory: number,
            direct: false,
        })
    }

    /// A FIFO in all its parts. Its slots are in the tensor of its own number, whatever it says.
    pub fn add_fifo(&mut self, fifo: Fifo) -> FifoId {
        let number = self.0.len() as u32;
        self.0.push(Fifo { memory: number, ..fifo });
        FifoId(number)
    }
}

/// How far a core has come with a FIFO.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cursor {
    allocated: u32,
    pushed: u32,
    popped: u32,
    freed: u32,
}

/// # Several cores
///
/// Each core of a cluster is a block of its own, and their programs make a [`ClusterProgram`](crate::program::ClusterProgram), which
/// `check_cluster` judges.
impl Block {
    /// One core of a cluster. The FIFOs' memories are its first tensors.
    #[must_use]
    pub fn on_core(chip: ChipId, core: Core, fifos: &Fifos) -> Self {
        let mut block = Block::new(chip);
        block.program.core = Some(core);
        block.program.fifos = Arc::from(fifos.0.as_slice());
        block.cursors = vec![Cursor::default(); fifos.0.len()];
        block.program.globals.extend(fifos.0.iter().map(|fifo| GlobalInfo {
            dtype: DtypeId::U8,
            rows: 1,
            cols: fifo.slots.saturating_mul(fifo.slot_bytes) as usize,
            writable: true,
            blank: true,
        }));
        block
    }

    fn fifo(&self, fifo: FifoId) -> Fifo {
        let listed = self.program.fifos.get(fifo.0 as usize).cloned();
        // Of another cluster: it has no slots, and no step of it does anything.
        listed.unwrap_or(Fifo {
            name: String::new(),
            direction: Direction::CubeToVector,
            slots: 1,
            slot_bytes: 0,
            period: 1,
            ready: 0,
            free: 1,
            split: true,
            memory: crate::program::NOWHERE,
            direct: false,
        })
    }

    /// The slot of a message, counted from 0, as an operand. [`Operand::bytes`] takes parts of it, counted from the FIFO's first slot.
    #[must_use]
    pub fn slot(&self, fifo: FifoId, message: u32) -> Operand {
        let Fifo { slots, slot_bytes, memory, .. } = self.fifo(fifo);
        let start = message.checked_rem(slots).unwrap_or(0).saturating_mul(slot_bytes);
        self.operand(Place::Bytes { arg: memory, start, pitch: 0 }, 1, slot_bytes)
    }

    /// The part of a message's slot that a core's half is: the first half for sub-block 0, the second for sub-block 1.
    #[must_use]
    pub fn half_slot(&self, fifo: FifoId, message: u32, sub_block: u8) -> Operand {
        let Fifo { slots, slot_bytes, memory, .. } = self.fifo(fifo);
        let half = slot_bytes / 2;
        let start = message.checked_rem(slots).unwrap_or(0).saturating_mul(slot_bytes);
        let start = start.saturating_add(half * u32::from(sub_block));
        self.operand(Place::Bytes { arg: memory, start, pitch: 0 }, 1, half)
    }

    /// `TALLOC(fifo)`: takes the next slot, and waits for a credit where it has to.
    #[doc(alias = "TALLOC")]
    #[track_caller]
    pub fn talloc(&mut self, fifo: FifoId) {
        self.step(fifo, |cursor, fifo| Cross::Alloc { fifo, message: next(&mut cursor.allocated) });
    }

    /// `TPUSH(fifo)`: the slot is full, once everything earlier on the producer's pipe has completed. The store into the slot is an op before
    /// it.
    #[doc(alias = "TPUSH")]
    #[track_caller]
    pub fn tpush(&mut self, fifo: FifoId) {
        self.step(fifo, |cursor, fifo| Cross::Push { fifo, message: next(&mut cursor.pushed) });
    }

    /// `TPOP(fifo)`: waits for the next message. The load from the slot is an op after it.
    #[doc(alias = "TPOP")]
    #[track_caller]
    pub fn tpop(&mut self, fifo: FifoId) {
        self.step(fifo, |cursor, fifo| Cross::Pop { fifo, message: next(&mut cursor.popped) });
    }

    /// `TFREE(fifo)`: gives the slot back, once everything earlier on PIPE_MTE2 has completed.
    #[doc(alias = "TFREE")]
    #[track_caller]
    pub fn tfree(&mut self, fifo: FifoId) {
        self.step(fifo, |cursor, fifo| Cross::Free { fifo, message: next(&mut cursor.freed) });
    }

    /// The producer takes the credits that are left, as the destructor of PTO's `TPipe` does.
    #[track_caller]
    pub fn drain(&mut self, fifo: FifoId) {
        let credits = self.fifo(fifo).credits_left(self.cursor(fifo).pushed);
        self.step(fifo, |_, fifo| Cross::Drain { fifo, credits });
    }

    /// `ffts_cross_core_sync(pipe, mode, id)`.
    #[track_caller]
    pub fn ffts_cross_core_sync(&mut self, pipe: Pipe, mode: CrossMode, id: u8) {
        self.cross(pipe, Cross::Set { mode, id });
    }

    /// `wait_flag_dev(id)`: the scalar pipe waits.
    #[track_caller]
    pub fn wait_flag_dev(&mut self, id: u8) {
        self.cross(Pipe::S, Cross::Wait { id });
    }

    /// `set_intra_block(pipe, id)`, of a5.
    #[track_caller]
    pub fn set_intra_block(&mut self, pipe: Pipe, id: u8) {
        self.cross(pipe, Cross::Set { mode: CrossMode::Intra, id });
    }

    /// `wait_intra_block(pipe, id)`, of a5.
    #[track_caller]
    pub fn wait_intra_block(&mut self, pipe: Pipe, id: u8) {
        self.cross(pipe, Cross::Wait { id });
    }

    /// `SYNCALL()`.
    #[doc(alias = "SYNCALL")]
    #[track_caller]
    pub fn syncall(&mut self, participants: Participants) {
        self.cross(Pipe::S, Cross::SyncAll(participants));
    }

    /// `dcci(operand)`: the scalar pipe's cache writes back and forgets what it holds of it.
    #[track_caller]
    pub fn dcci(&mut self, of: Operand) {
        let operand = self.program.operands.len() as u32;
        self.program.operands.push(of.within(self.id));
        self.cross(Pipe::S, Cross::Cache { operand });
    }

    /// `dsb()`: the scalar pipe waits until its accesses to memory are done.
    #[track_caller]
    pub fn dsb(&mut self) {
        self.cross(Pipe::S, Cross::Fence);
    }

    /// Whatever is said to other cores, on a pipe of choice.
    #[track_caller]
    pub fn cross(&mut self, pipe: Pipe, cross: Cross) {
        self.push(pipe, InstrKind::Cross(cross));
    }

    fn cursor(&mut self, fifo: FifoId) -> &mut Cursor {
        let at = fifo.0 as usize;
        if self.cursors.len() <= at {
            self.cursors.resize(at + 1, Cursor::default());
        }
        &mut self.cursors[at]
    }

    #[track_caller]
    fn step(&mut self, fifo: FifoId, step: impl FnOnce(&mut Cursor, u32) -> Cross) {
        let cross = step(self.cursor(fifo), fifo.0);
        let pipe = self.fifo(fifo).pipe_of(self.program.chip, cross);
        self.cross(pipe, cross);
    }
}

fn next(count: &mut u32) -> u32 {
    *count += 1;
    *count - 1
}
