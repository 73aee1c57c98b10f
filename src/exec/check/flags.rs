//! Flags: each set waited on once, none set again while raised, none that a library body uses.

use std::collections::{HashSet, VecDeque};

use super::channels::Channels;
use super::code::Code;
use super::finding::written;
use super::findings::Findings;
use super::library::{library_flags_of, straddled};
use super::order::{Step, When};
use crate::inner::{Clock, IDS};
use crate::op::Pipe;
use crate::program::{Flag, InstrKind, OpInstr, Program};

pub(super) struct Flags<'p> {
    program: &'p Program,
    numbers: &'p Channels,
    channels: Vec<Channel>,
    straddled: HashSet<(u32, Pipe, Pipe)>,
    /// Whether a flag is told by its source and its id alone.
    strict: bool,
}

/// One id of one pair.
#[derive(Clone, Default)]
struct Channel {
    /// Sets that are not waited on yet.
    raised: VecDeque<u32>,
    /// The last wait, and the set that it consumed.
    waited: Option<(When, u32)>,
    /// The last op of each pipe whose library body uses the id.
    library: Vec<When>,
}

impl Channel {
    /// A set that some schedule has not consumed yet where `known` is known: on `pipe`, at its turn.
    fn may_be_raised(&self, known: &Clock, pipe: Pipe) -> Option<u32> {
        // A wait blocks its own pipe, whether or not the ops before it have completed.
        let open = |(wait, _): &(When, u32)| wait.pipe != pipe && !wait.before(known);
        self.raised.back().copied().or_else(|| self.waited.filter(open).map(|(_, set)| set))
    }
}

impl<'p> Flags<'p> {
    pub(super) fn new(program: &'p Program, numbers: &'p Channels, strict: bool) -> Self {
        let channels = vec![Channel::default(); numbers.count];
        Flags { program, numbers, channels, straddled: straddled(program), strict }
    }

    /// A flag of the same pipe and id, to another pipe, that may be raised.
    fn of_same_source(&self, step: &Step<'_>, flag: &Flag) -> Option<(u32, Pipe)> {
        let others = Pipe::ALL.into_iter().filter(|&dst| dst != flag.dst);
        let mut others =
            others.filter_map(|dst| Some((self.numbers.find(flag.src, dst, flag.id)?, dst)));
        others.find_map(|(number, dst)| {
            let raised = self.channels[number].may_be_raised(&step.known, step.when.pipe)?;
            Some((raised, dst))
        })
    }

    /// A set has its turn.
    pub(super) fn set(&mut self, step: &Step<'_>, flag: &Flag, findings: &mut Findings<'_>) {
        if self.strict
            && let Some((earlier, dst)) = self.of_same_source(step, flag)
        {
            findings.add(Code::SharedSource, &[earlier, step.when.index], |text| {
                text.message = format!(
                    "flag {flag} is set while {}'s flag of the same id to {dst} may be raised",
                    flag.src
                );
                text.labels = vec![
                    format!("raised here, for {dst}"),
                    format!("set here, for {}, with the same id", flag.dst),
                ];
                text.repair = format!("use another id for one of the two flags of {}", flag.src);
            });
        }
        let channel = &mut self.channels[self.numbers.of(flag)];
        let index = step.when.index;
        if let Some(earlier) = channel.may_be_raised(&step.known, step.when.pipe) {
            findings.add(Code::SetWhileRaised, &[earlier, index], |text| {
                text.message = format!("flag {flag} is set again while it may still be raised");
                text.labels = vec![
                    "raised here".to_owned(),
                    format!("set again here, and {} may not have waited yet", flag.dst),
                ];
                text.repair = format!(
                    "use another id for one of the two, or make {} wait for a flag that {} sets after its \
                     `wait_flag({}, {}, {})`",
                    flag.src, flag.dst, flag.src, flag.dst, flag.id
                );
            });
        }
        for op in &channel.library {
            if !op.before(&step.known) {
                let straddled = self.straddled.contains(&(op.index, flag.src, flag.dst));
                clash(self.program, index, op.index, (flag, straddled), findings);
            }
        }
        channel.raised.push_back(index);
    }

    /// A wait has its turn.
    pub(super) fn wait(&mut self, step: &Step<'_>, flag: &Flag) {
        let channel = &mut self.channels[self.numbers.of(flag)];
        if let Some(set) = channel.raised.pop_front() {
            channel.waited = Some((step.when, set));
        }
    }

    /// An op has its turn: its library body may use flags of its own.
    pub(super) fn op(&mut self, step: &Step<'_>, op: &OpInstr, findings: &mut Findings<'_>) {
        for &(src, dst) in library_flags_of(self.program, op) {
            let Some(number) = self.numbers.find(src, dst, 0) else { continue };
            let flag = Flag { src, dst, id: 0, number: 0 };
            let channel = &mut self.channels[number];
            if let Some(set) = channel.may_be_raised(&step.known, step.when.pipe) {
                let straddled = self.straddled.contains(&(step.when.index, src, dst));
                clash(self.program, set, step.when.index, (&flag, straddled), findings);
            }
            channel.library.retain(|other| other.pipe != step.when.pipe);
            channel.library.push(step.when);
        }
    }
}

/// A flag may be raised while a library body uses its id. `straddled`: the body takes it.
fn clash(
    program: &Program,
    set: u32,
    op: u32,
    (flag, straddled): (&Flag, bool),
    findings: &mut Findings<'_>,
) {
    let name = written(program, op);
    let repair = format!("use an id from 1 to 7 between {} and {}", flag.src, flag.dst);
    let uses = format!("the library's `{name}` sets and waits on {flag} itself");
    if straddled {
        findings.add(Code::LibraryId, &[set, op], |text| {
            text.message =
                format!("flag {flag} may be raised while the body of `{name}` uses the same id");
            text.labels = vec!["raised here".to_owned(), uses];
            text.repair = repair;
        });
    } else {
        findings.add(Code::SetWhileRaised, &[op, set], |text| {
            text.message =
                format!("flag {flag} may be raised when the body of `{name}` sets it too");
            text.labels = vec![uses, "raised here".to_owned()];
            text.repair = repair;
        });
    }
}

/// What is wrong with the flags whatever runs when: their number, their ids, their pipes.
pub(super) fn count(program: &Program, channels: &Channels, findings: &mut Findings<'_>) {
    let mut sets = vec![Vec::new(); channels.count];
    let mut waits = vec![Vec::new(); channels.count];
    for (index, instr) in program.instrs.iter().enumerate() {
        let (InstrKind::Set(flag) | InstrKind::Wait(flag)) = &instr.kind else { continue };
        let index = index as u32;
        if usize::from(flag.id) >= IDS {
            findings.add(Code::IdOutOfRange, &[index], |text| {
                text.message = format!("event id {} does not exist: a pair of pipes has ids 0 to 7", flag.id);
                text.labels = vec!["no such id".to_owned()];
                text.repair = "reuse an id whose flag is consumed, or hand several tiles over behind one flag".to_owned();
            });
        }
        if flag.src == flag.dst {
            findings.add(Code::SamePipeFlag, &[index], |text| {
                text.message = format!("flag {flag} leads from a pipe to itself");
                text.labels = vec![format!("both ends are {}", flag.src)];
                text.repair = format!(
                    "a pipe is in order: drop the pair, or use `pipe_barrier({})`",
                    flag.src
                );
            });
        }
        match instr.kind {
            InstrKind::Set(_) => sets[channels.of(flag)].push(index),
            _ => waits[channels.of(flag)].push(index),
        }
    }
    for (sets, waits) in sets.iter().zip(&waits) {
        for &set in sets.iter().skip(waits.len()) {
            left_raised(program, set, findings);
        }
        for &wait in waits.iter().skip(sets.len()) {
            never_set(program, wait, findings);
        }
    }
}

fn left_raised(program: &Program, set: u32, findings: &mut Findings<'_>) {
    findings.add(Code::FlagLeftRaised, &[set], |text| {
        let InstrKind::Set(flag) = &program.instrs[set as usize].kind else { return };
        text.message = format!("flag {flag} is still raised when the program ends");
        text.labels = vec!["set here, and no wait is left to consume it".to_owned()];
        text.repair = format!(
            "drain it: `wait_flag({}, {}, {})` before the end, or drop this set",
            flag.src, flag.dst, flag.id
        );
    });
}

fn never_set(program: &Program, wait: u32, findings: &mut Findings<'_>) {
    findings.add(Code::WaitWithoutSet, &[wait], |text| {
        let InstrKind::Wait(flag) = &program.instrs[wait as usize].kind else { return };
        text.message = format!("{} waits for flag {flag}, and no set is left for it", flag.dst);
        text.labels = vec!["waits here for ever".to_owned()];
        text.repair = format!(
            "prime it: `set_flag({}, {}, {})` before, or drop this wait",
            flag.src, flag.dst, flag.id
        );
    });
}
