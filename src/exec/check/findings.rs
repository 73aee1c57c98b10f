//! Gathers findings; those of one kind at the same lines are one.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::code::Code;
use super::finding::{Finding, Site};
use crate::inner::{IDS, first_id};
use crate::op::Pipe;
use crate::program::{At, InstrKind, Program};

pub(super) struct Findings<'p> {
    program: &'p Program,
    used: UsedIds,
    found: Vec<Finding>,
    /// Where the finding of this kind at these lines is.
    known: HashMap<(Code, Vec<At>), usize>,
}

/// The ids that the program uses from each pipe to each other one, as bits.
type UsedIds = [[u8; Pipe::COUNT]; Pipe::COUNT];

/// The words of a finding.
pub(super) struct Text<'p> {
    program: &'p Program,
    used: UsedIds,
    pub(super) message: String,
    /// One for each site.
    pub(super) labels: Vec<String>,
    pub(super) repair: String,
}

impl<'p> Findings<'p> {
    pub(super) fn new(program: &'p Program) -> Self {
        let mut used = UsedIds::default();
        for instr in &program.instrs {
            if let InstrKind::Set(flag) | InstrKind::Wait(flag) = &instr.kind {
                let bit = 1u8.checked_shl(flag.id.into()).unwrap_or(0);
                used[flag.src.index()][flag.dst.index()] |= bit;
            }
        }
        Findings { program, used, found: Vec::new(), known: HashMap::new() }
    }

    /// Adds a finding about the instructions `at`, in the words of `write`; or counts it, if there is one at these lines.
    pub(super) fn add(&mut self, code: Code, at: &[u32], write: impl FnOnce(&mut Text<'p>)) {
        let lines = at.iter().map(|&index| self.program.instrs[index as usize].at).collect();
        // A fault of the placement has no instruction to tell it by.
        match self.known.entry((code, lines)) {
            Entry::Occupied(known) if !at.is_empty() => {
                self.found[*known.get()].times += 1;
                return;
            }
            Entry::Occupied(_) => {}
            Entry::Vacant(new) => {
                new.insert(self.found.len());
            }
        }
        let (message, repair) = Default::default();
        let mut text =
            Text { program: self.program, used: self.used, message, labels: Vec::new(), repair };
        write(&mut text);
        let sites = at.iter().zip(text.labels);
        let sites = sites.map(|(&index, label)| Site::new(self.program, index, label));
        self.found.push(Finding {
            code,
            level: code.level(),
            message: text.message,
            notes: Vec::new(),
            sites: sites.collect(),
            repair: text.repair,
            times: 1,
        });
    }

    /// In the order of the program.
    pub(super) fn finish(mut self) -> Vec<Finding> {
        self.fold();
        let first = |finding: &Finding| finding.sites.last().map_or(0, |site| site.index);
        self.found.sort_by_key(|finding| (first(finding), finding.code));
        self.found
    }
}

impl Findings<'_> {
    /// A flag that may be set again while raised is often half of a race: the pipe that waits on it does not answer the pipe
    /// that sets it. Then it is a note of that race, whose repair is the answer.
    fn fold(&mut self) {
        let (raised, mut others): (Vec<_>, Vec<_>) =
            self.found.drain(..).partition(|finding| finding.code == Code::SetWhileRaised);
        for warning in raised {
            let flag = warning.sites.last().map(|site| &self.program.instrs[site.index].kind);
            let Some(InstrKind::Set(flag)) = flag else { continue };
            let answer = others.iter_mut().find(|finding| {
                finding.code.is_race()
                    && finding.sites.iter().map(|site| site.pipe).eq([flag.dst, flag.src])
            });
            match answer {
                Some(race) => {
                    let note = format!(
                        "flag {flag} may be set again while it is raised (TS008), for want of the same hand-back"
                    );
                    if !race.notes.contains(&note) {
                        race.notes.push(note);
                    }
                }
                None => others.push(warning),
            }
        }
        self.found = others;
    }
}

impl Text<'_> {
    /// The edit that orders two instructions of different pipes.
    pub(super) fn hand_over(&self, first: (u32, Pipe), second: (u32, Pipe)) -> String {
        let (src, dst) = (first.1, second.1);
        let at = |index: u32| self.program.line(self.program.instrs[index as usize].at);
        let id = self.free_id(src, dst).map_or_else(|| "id".to_owned(), |id| id.to_string());
        format!(
            "after {}: `set_flag({src}, {dst}, {id})`; before {}: `wait_flag({src}, {dst}, {id})`",
            at(first.0),
            at(second.0)
        )
    }

    /// An id that the program does not use between two pipes.
    fn free_id(&self, src: Pipe, dst: Pipe) -> Option<usize> {
        let used = self.used[src.index()][dst.index()];
        (first_id(src, dst)..IDS).find(|&id| used & (1 << id) == 0)
    }
}
