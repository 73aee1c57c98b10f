//! Runs a small program under all schedules that the device may choose, on one thread, and compares what comes out.
//!
//! Ops do not compute here. Each leaves behind a hash of its identity and of everything that it found in its operands, the
//! written ones included. So two schedules agree if and only if every op saw the same data in both; no race is hidden by values
//! that happen to be equal, and every op of the machine is covered.
//!
//! Schedules that differ only in the order of independent instructions count as one (partial-order reduction: persistent and sleep
//! sets), and one of each kind is run. A program without a race has exactly one kind.
//!
//! ```
//! use tilesync::exec::explore::explore;
//! # use tilesync::{chip::ChipId, op::{OpCode::*, Pipe::*}, raw::Block, tile::{DtypeId::F32, Space}};
//! let mut k = Block::new(ChipId::A2A3);
//! let x = k.global_in(F32, 64, 64);
//! let a = k.tile("a", Space::Vec, 0x0, F32, 64, 64);
//! let b = k.tile("b", Space::Vec, 0x4000, F32, 64, 64);
//! k.op(TLOAD, [a], [x]);
//! k.op(TEXP, [b], [a]); // No flag: V may come first.
//! let exploration = explore(&k.finish(), 1000);
//! assert_eq!(exploration.failures[0].schedule.to_string(), "V MTE2");
//! ```

mod caches;
mod cells;
mod limits;
mod machine;
mod schedule;
mod search;

pub use limits::{LeftOut, Limits};
pub use schedule::{ReplayError, Schedule};

use super::Order;
use super::check::Level;
use super::check::cluster::network::Network;
use crate::program::{ClusterProgram, Program};
use limits::Work;
use machine::Machine;

/// What all schedules of a program came to: see [`explore`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exploration {
    /// How many schedules were run, no two of them equivalent.
    pub schedules: u64,
    /// What a limit kept from being run; `None` if that is all of them.
    pub left_out: Option<LeftOut>,
    /// What went wrong: at most one of each kind, with the first schedule that shows it.
    pub failures: Vec<Failure>,
}

/// A schedule on which something goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What goes wrong.
    pub kind: FailureKind,
    /// The schedule; [`replay`] runs it again.
    pub schedule: Schedule,
}

/// What can go wrong on a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FailureKind {
    /// Some op finds other data than on the first schedule that was run.
    Differs,
    /// Not every instruction can run.
    Stuck,
    /// A flag, or a unit flag, is raised at the end.
    Raised,
    /// A flag is set, by the program or by the body of an op, while it is raised: harmless where flags count.
    SetTwice,
    /// A flag is raised that the body of an op takes, since it uses the same id before the flag's own wait does.
    LibraryId,
    /// A core uses data that is in the cache of another one's scalar pipe, or in its own from before.
    Stale,
    /// An op reads memory between cores that nothing has written: of a workspace, or a FIFO.
    Unwritten,
}

impl FailureKind {
    /// How bad it is: as [`check`](crate::exec::check) has it.
    #[must_use]
    pub fn level(self) -> Level {
        match self {
            FailureKind::SetTwice => Level::Warning,
            FailureKind::Differs
            | FailureKind::Stuck
            | FailureKind::Raised
            | FailureKind::LibraryId
            | FailureKind::Stale
            | FailureKind::Unwritten => Level::Error,
        }
    }
}

/// What one schedule came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// A hash of what each op found and of what memory holds at the end: equal for schedules with the same data flow, also
    /// between programs that differ in their flags and barriers alone.
    pub digest: u64,
    /// Whether some instruction could not run.
    pub stuck: bool,
    /// Whether a flag, or a unit flag, is left raised.
    pub raised: bool,
    /// Whether a flag was set while it was raised, by the program or by the body of an op.
    pub set_twice: bool,
    /// Whether a flag was raised that the body of an op takes.
    pub library_id: bool,
    /// Whether a core used data that it could not see.
    pub stale: bool,
    /// Whether an op read memory between cores that nothing had written.
    pub unwritten: bool,
}

impl Ending {
    fn failures(&self) -> impl Iterator<Item = FailureKind> {
        let kinds = [
            (self.stuck, FailureKind::Stuck),
            (self.raised, FailureKind::Raised),
            (self.set_twice, FailureKind::SetTwice),
            (self.library_id, FailureKind::LibraryId),
            (self.stale, FailureKind::Stale),
            (self.unwritten, FailureKind::Unwritten),
        ];
        kinds.into_iter().filter(|(happened, _)| *happened).map(|(_, kind)| kind)
    }
}

/// Runs `program` under every schedule, up to equivalence, but within `limits`: a number of schedules, or [`Limits`].
///
/// Of a program that is too large for the limits it says what it left out.
#[must_use]
pub fn explore(program: &Program, limits: impl Into<Limits>) -> Exploration {
    search::explore(Network::alone(program), limits.into())
}

/// As [`explore`], of all cores of a launch together.
#[must_use]
pub fn explore_cluster(launch: &ClusterProgram, limits: impl Into<Limits>) -> Exploration {
    search::explore(Network::new(launch), limits.into())
}

fn machine(network: Network<'_>) -> Machine<'_> {
    Machine::new(network, &mut Work::unlimited()).expect("unlimited work is enough")
}

/// How many schedules `program` has, equivalent or not; `None` if they are too many to count.
#[must_use]
pub fn interleavings(program: &Program) -> Option<u128> {
    search::interleavings(&machine(Network::alone(program)))
}

/// Runs `program` once, with the instructions in an order of choice.
#[must_use]
pub fn run(program: &Program, order: Order) -> (Schedule, Ending) {
    machine(Network::alone(program)).run(order)
}

/// As [`run`], of all cores of a launch together.
#[must_use]
pub fn run_cluster(launch: &ClusterProgram, order: Order) -> (Schedule, Ending) {
    machine(Network::new(launch)).run(order)
}

/// Runs `program` on a schedule that an exploration has found. What the schedule leaves out does not run.
///
/// # Errors
///
/// If the schedule belongs to another program: it lets a pipe run what cannot run then.
pub fn replay(program: &Program, schedule: &Schedule) -> Result<Ending, ReplayError> {
    machine(Network::alone(program)).replay(schedule)
}

/// As [`replay`], of all cores of a launch together.
///
/// # Errors
///
/// As [`replay`].
pub fn replay_cluster(launch: &ClusterProgram, schedule: &Schedule) -> Result<Ending, ReplayError> {
    machine(Network::new(launch)).replay(schedule)
}

impl Exploration {
    /// Whether all schedules were run and none shows an error; warnings may remain.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        let error = |failure: &Failure| failure.kind.level() == Level::Error;
        self.is_complete() && !self.failures.iter().any(error)
    }

    /// Whether all schedules were run.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.left_out.is_none()
    }

    /// Whether this went wrong on some schedule.
    #[must_use]
    pub fn has(&self, kind: FailureKind) -> bool {
        self.failures.iter().any(|failure| failure.kind == kind)
    }
}

impl std::fmt::Display for Exploration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let plural = if self.schedules == 1 { "" } else { "s" };
        write!(f, "{} schedule{plural} run", self.schedules)?;
        if let Some(left_out) = &self.left_out {
            write!(f, "; {left_out}")?;
        }
        for failure in &self.failures {
            write!(f, "\n{:?} on: {}", failure.kind, failure.schedule)?;
        }
        Ok(())
    }
}
