//! Judges a program, typed or raw: races, deadlocks, leaked and doubled flags, event ids, placement.
//!
//! The verdict holds for every schedule that the device may choose, not for one run. A program is a recording, free of loops and
//! of branches on data, and on such a program the check is exact: it reports a race, a flag left raised, a flag that may be
//! set while raised or a deadlock if and only if [`explore`](crate::exec::explore) has a schedule that shows it. It takes
//! time linear in ops times pipes.
//!
//! What it knows of the machine: each pipe is in order; what stands behind a wait of the scalar pipe is issued after it;
//! flags count; what the scalar pipe writes or reads needs a flag as any other pipe's accesses do; on a2a3 the vector pipe may overlap two ops that no barrier separates. Queues are taken to be unbounded, and different
//! tensors in global memory not to overlap.

mod channels;
mod code;
mod deadlock;
mod finding;
mod findings;
mod flags;
pub(crate) mod library;
mod need;
mod order;
mod placement;
mod races;
pub(super) mod region;
#[cfg(feature = "report")]
mod report;

pub use code::{Code, Level};
pub use finding::{Finding, Site};
pub use need::{Needless, needless};

use crate::program::{InstrKind, Program};

/// The verdict on a program: see [`check`]. Prints its findings.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Verdict {
    /// What was found, in the order of the program.
    pub findings: Vec<Finding>,
}

/// Checks a program.
///
/// Warnings ([`Level::Warning`]) name what is legal and often meant, such as two tiles that share bytes.
#[must_use]
pub fn check(program: &Program) -> Verdict {
    let mut findings = findings::Findings::new(program);
    placement::report(program, &mut findings);
    let channels = channels::Channels::new(program);
    flags::count(program, &channels, &mut findings);
    let mut races = races::Races::new(program);
    let mut flags = flags::Flags::new(program, &channels);
    let heads = order::walk(program, &channels, |step| match &step.instr.kind {
        InstrKind::Op(op) => {
            races.op(step, op, &mut findings);
            flags.op(step, op, &mut findings);
        }
        InstrKind::Set(flag) => flags.set(step, flag, &mut findings),
        InstrKind::Wait(flag) => flags.wait(step, flag),
        InstrKind::Barrier | InstrKind::BarrierAll => {}
    });
    deadlock::report(program, &heads, &mut findings);
    Verdict { findings: findings.finish() }
}

impl Verdict {
    /// Whether there is no error; warnings may remain.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.iter().all(|finding| finding.level() != Level::Error)
    }

    /// The codes of the findings, in order, each once.
    #[must_use]
    pub fn codes(&self) -> Vec<Code> {
        let mut codes: Vec<_> = self.findings.iter().map(|finding| finding.code).collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    /// Whether there is a finding of this kind.
    #[must_use]
    pub fn has(&self, code: Code) -> bool {
        self.findings.iter().any(|finding| finding.code == code)
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for finding in &self.findings {
            writeln!(f, "{finding}\n")?;
        }
        match self.findings.len() {
            0 => write!(f, "no findings"),
            1 => write!(f, "1 finding"),
            many => write!(f, "{many} findings"),
        }
    }
}
