//! Judges a program, typed or raw: races, deadlocks, leaked and doubled flags, event ids, placement.
//!
//! The verdict holds for every schedule that the device may choose, not for one run. A program is a recording, free of loops and
//! of branches on data, and on such a program the check is exact: it reports a race, a flag left raised, a flag that may be
//! set while raised or a deadlock if and only if [`explore`](crate::exec::explore) has a schedule that shows it. It takes
//! time linear in ops times pipes.
//!
//! What it knows of the machine: each pipe is in order; what stands behind a wait of the scalar pipe, or behind
//! a read into one of its registers, is issued after it; flags count; what the scalar pipe writes needs a flag as any other
//! pipe's writes do; on a2a3 the vector pipe may overlap two ops that no barrier separates. Queues are taken to be unbounded, and different
//! tensors in global memory not to overlap.

pub(crate) mod between;
mod channels;
pub(super) mod cluster;
mod code;
mod deadlock;
mod finding;
mod findings;
mod flags;
pub(crate) mod library;
mod need;
pub(super) mod order;
mod placement;
mod races;
pub(super) mod region;
#[cfg(feature = "report")]
mod report;
pub(super) mod units;

pub use between::check_launch;
pub use cluster::check_cluster;
pub use code::{Code, Level};
pub use finding::{Finding, Site};
pub use need::{Needless, needless};
pub(crate) use placement::is_inside;

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
/// Errors ([`Level::Error`]) are what some schedule shows to be wrong. Warnings name what is legal and often meant, such as two
/// tiles that share bytes; a program with warnings alone is clean.
#[must_use]
pub fn check(program: &Program) -> Verdict {
    judge(program, false)
}

/// As [`check`], in the strict reading of flags: as if a device told them by the pipe that sets them and the id alone, and not by the pair
/// of pipes. What public documents say is the pair; a failing kernel was once explained by the other reading. Finds [`Code::SharedSource`]
/// besides.
#[must_use]
pub fn check_strict(program: &Program) -> Verdict {
    judge(program, true)
}

fn judge(program: &Program, strict: bool) -> Verdict {
    let mut findings = findings::Findings::new(program);
    placement::report(program, &mut findings);
    let channels = channels::Channels::new(program);
    flags::count(program, &channels, &mut findings);
    let mut races = races::Races::new(program);
    let mut flags = flags::Flags::new(program, &channels, strict);
    let units = units::Units::new(program);
    let end = order::walk(program, &channels, &units, |step| match &step.instr.kind {
        InstrKind::Op(op) => {
            races.op(step, op, &mut findings);
            flags.op(step, op, &mut findings);
        }
        InstrKind::Set(flag) => flags.set(step, flag, &mut findings),
        InstrKind::Wait(flag) => flags.wait(step, flag),
        InstrKind::Barrier | InstrKind::BarrierAll | InstrKind::Cross(_) => {}
    });
    deadlock::report(program, &units, &end, &mut findings);
    Verdict { findings: findings.finish() }
}

impl Verdict {
    /// Whether there is no error; warnings may remain.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.iter().all(|finding| finding.level != Level::Error)
    }

    /// How many errors and warnings there are, in words.
    #[must_use]
    pub fn summary(&self) -> String {
        let count = |level| self.findings.iter().filter(|finding| finding.level == level).count();
        let words = |level| match count(level) {
            0 => None,
            1 => Some(format!("1 {level}")),
            many => Some(format!("{many} {level}s")),
        };
        let words: Vec<_> = [Level::Error, Level::Warning].into_iter().filter_map(words).collect();
        if words.is_empty() { "no findings".to_owned() } else { words.join(", ") }
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
        f.write_str(&self.summary())
    }
}
