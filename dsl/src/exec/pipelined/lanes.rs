//! The lanes of a run, a pipe of a core each: which of them may go on, and how far they are.
//!
//! A lane is in exactly one of three states: *ready* (its bit is set), *running* (one worker has taken the bit), or *parked* (on a latch,
//! or at its end). Only the worker that runs a lane moves its position. `models/tests/lanes_model.rs` runs this file under loom.

use super::sync::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

/// A pipe of a core, by its number among all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lane(pub(super) u8);

impl Lane {
    pub(super) fn index(self) -> usize {
        self.0.into()
    }

    fn bit(self) -> u32 {
        1 << self.0
    }
}

/// The lanes that may go on: a bit each.
#[derive(Clone, Copy)]
pub(super) struct Ready(u32);

impl Ready {
    pub(super) fn contains(self, lane: Lane) -> bool {
        self.0 & lane.bit() != 0
    }

    pub(super) fn count(self) -> usize {
        self.0.count_ones() as usize
    }

    /// The ready lane with this number, below [`Ready::count`].
    pub(super) fn nth(self, number: usize) -> Lane {
        let mut left = self.0;
        for _ in 0..number {
            left &= left.wrapping_sub(1);
        }
        Lane(left.trailing_zeros().min(u32::BITS - 1) as u8)
    }
}

/// All lanes of a run.
pub(super) struct Lanes {
    position: Vec<AtomicUsize>,
    ready: AtomicU32,
    unfinished: AtomicUsize,
    stopped: AtomicBool,
}

impl Lanes {
    /// So many lanes, of which these have something to do.
    pub(super) fn new(lanes: usize, busy: impl Iterator<Item = Lane>) -> Self {
        let ready = busy.fold(0, |bits, lane| bits | lane.bit());
        Lanes {
            position: (0..lanes).map(|_| AtomicUsize::new(0)).collect(),
            ready: AtomicU32::new(ready),
            unfinished: AtomicUsize::new(ready.count_ones() as usize),
            stopped: AtomicBool::new(false),
        }
    }

    /// Whether all lanes are at their ends, or were stopped.
    pub(super) fn done(&self) -> bool {
        self.unfinished.load(Ordering::Acquire) == 0 || self.is_stopped()
    }

    /// No lane goes on any more.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Takes a ready lane, to run it.
    pub(super) fn take(&self) -> Option<Lane> {
        let bits = self.ready.load(Ordering::Relaxed);
        let lane = (bits != 0).then(|| Ready(bits).nth(0))?;
        // Acquire: what the lane's last worker left behind.
        let before = self.ready.fetch_and(!lane.bit(), Ordering::Acquire);
        (before & lane.bit() != 0).then_some(lane)
    }

    /// The next position of a lane, which the caller has taken. It is moved before a wait parks the lane: whoever resumes it goes on
    /// behind the wait.
    pub(super) fn advance(&self, lane: Lane) -> usize {
        let position = self.position[lane.index()].load(Ordering::Relaxed);
        self.position[lane.index()].store(position + 1, Ordering::Relaxed);
        position
    }

    /// Hands a parked lane over to its next worker.
    pub(super) fn resume(&self, lane: Lane) {
        // Release: what this worker leaves behind.
        self.ready.fetch_or(lane.bit(), Ordering::Release);
    }

    /// A lane that the caller has taken is at its end.
    pub(super) fn end(&self) {
        self.unfinished.fetch_sub(1, Ordering::Release);
    }

    /// The lanes that may go on; none, if all were stopped. For one thread alone, which leaves the bits where they are.
    pub(super) fn ready(&self) -> Ready {
        Ready(if self.is_stopped() { 0 } else { self.ready.load(Ordering::Relaxed) })
    }

    /// A lane that the one thread ran has parked, or come to its end.
    pub(super) fn park(&self, lane: Lane) {
        self.ready.fetch_and(!lane.bit(), Ordering::Relaxed);
    }
}
