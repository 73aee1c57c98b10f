//! A core: where its pipes are in the program of its block.

use super::plan::Plan;
use crate::op::Pipe;
use crate::program::Participants;

/// Not known yet.
pub(super) const NEVER: u64 = u64::MAX;
pub(super) const NOBODY: u8 = u8::MAX;

/// When each instruction of a core began and ended, in one block. In ticks from the start of the launch.
#[derive(Clone, Debug, Default)]
pub(super) struct Run {
    /// The number of the block in what the machine was given.
    pub(super) block: usize,
    /// The number of the plan.
    pub(super) plan: usize,
    pub(super) core: u32,
    pub(super) start: u64,
    pub(super) finish: u64,
    /// When the scalar pipe had issued it.
    pub(super) issued: Vec<u64>,
    pub(super) begin: Vec<u64>,
    pub(super) end: Vec<u64>,
}

/// Why a pipe does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parked {
    /// It does, or an event will make it.
    No,
    /// Until the scalar pipe issues more.
    Issue,
    /// Until the flag is set; of the scalar pipe, as of any other.
    Flag,
    /// Until another core tells something.
    Talk,
    /// The scalar pipe, until all others have come.
    Meeting,
    /// Until a unit flag moves.
    Unit,
    /// The scalar pipe, until all pipes are done with what was issued.
    Drain,
    /// Until its transfer ends.
    Transfer,
}

/// A core, and where it is in its block.
pub(super) struct Core<'a> {
    pub(super) plan: &'a Plan,
    pub(super) run: Run,
    /// Instructions that have not ended.
    pub(super) left: usize,
    /// Instructions that the scalar pipe has issued.
    pub(super) next: usize,
    pub(super) position: [usize; Pipe::COUNT],
    /// Until when the pipe is busy.
    pub(super) free: [u64; Pipe::COUNT],
    pub(super) parked: [Parked; Pipe::COUNT],
    /// When a flag is seen.
    pub(super) seen: Vec<u64>,
    /// The pipe that waits on a flag.
    pub(super) waiter: Vec<u8>,
    /// Whether a unit flag is up, and since when it is as it is.
    pub(super) units: Vec<(bool, u64)>,
    /// How many meetings it has been at, by who met.
    pub(super) met: Vec<Participants>,
}

impl<'a> Core<'a> {
    /// At the begin of a block.
    pub(super) fn new(
        plans: &'a [Plan],
        number: usize,
        block: usize,
        core: u32,
        start: u64,
    ) -> Self {
        let plan = &plans[number];
        let count = plan.steps.len();
        let times = || vec![0; count];
        let run = Run {
            block,
            plan: number,
            core,
            start,
            finish: start,
            issued: times(),
            begin: times(),
            end: times(),
        };
        Core {
            plan,
            run,
            left: count,
            next: 0,
            position: [0; Pipe::COUNT],
            free: [start; Pipe::COUNT],
            parked: [Parked::Issue; Pipe::COUNT],
            seen: vec![NEVER; plan.flags as usize],
            waiter: vec![NOBODY; plan.flags as usize],
            units: vec![(false, start); plan.unit_flags],
            met: Vec::new(),
        }
    }

    /// Whether every pipe has ended what was issued to it.
    pub(super) fn is_drained(&self) -> bool {
        let queues = self.plan.queues.iter().zip(&self.position).skip(1);
        let mut idle = queues.zip(&self.parked[1..]);
        idle.all(|((queue, &position), parked)| {
            *parked != Parked::Transfer
                && queue.get(position).is_none_or(|&index| index as usize >= self.next)
        })
    }
}
