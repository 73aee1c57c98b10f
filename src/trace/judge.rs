//! Judges a trace: each block by itself, then the blocks of a launch together.

use std::collections::HashMap;

use super::{Block, Launch, Trace, cores};
use crate::exec::check::between::{Filled, Member, races, unwritten};
use crate::exec::check::{Code, Finding, Verdict, check, check_strict};
use crate::program::{InstrKind, Program};

/// The verdict on a launch.
#[derive(Debug)]
pub struct Judged<'t> {
    /// The launch.
    pub launch: &'t Launch,
    /// Its blocks, those that are alike together.
    pub blocks: Vec<Alike<'t>>,
    /// What the blocks do to each other, and what they read that nobody wrote.
    pub between: Verdict,
    /// Whether its cores are too many to be judged together, and were judged block by block: races of one block with another, and meetings
    /// of all of them, were not looked for.
    pub apart: bool,
}

/// Blocks that are equal but for where in global memory they work.
#[derive(Debug)]
pub struct Alike<'t> {
    /// The blocks.
    pub blocks: Vec<&'t Block>,
    /// The verdict on the first, which is that on the others.
    pub verdict: Verdict,
}

impl Trace {
    /// Judges every block that is whole, those that are alike once, and what the blocks of a launch do to each other.
    ///
    /// That tiles overlap is not reported: in C++ a tile is a view, and one buffer has many.
    #[must_use]
    pub fn check(&self) -> Vec<Judged<'_>> {
        self.judge(check)
    }

    /// As [`Trace::check`], in the strict reading of flags: see [`check_strict`].
    #[must_use]
    pub fn check_strict(&self) -> Vec<Judged<'_>> {
        self.judge(check_strict)
    }

    fn judge(&self, check: fn(&Program) -> Verdict) -> Vec<Judged<'_>> {
        let mut numbers = HashMap::new();
        let mut filled = Filled::default();
        for (&allocation, known) in &self.launches.allocations {
            let next = numbers.len() as u32;
            let memory = *numbers.entry(allocation).or_insert(next);
            filled.host(memory, (0, 0));
            for &range in &known.filled {
                filled.host(memory, range);
            }
        }
        self.launches().map(|launch| judge(launch, &mut numbers, &mut filled, check)).collect()
    }
}

/// `numbers` are those of allocations.
fn judge<'t>(
    launch: &'t Launch,
    numbers: &mut HashMap<u64, u32>,
    filled: &mut Filled,
    check: fn(&Program) -> Verdict,
) -> Judged<'t> {
    let mut alike: Vec<Vec<&'t Block>> = Vec::new();
    let mut known: HashMap<u64, usize> = HashMap::new();
    let mut members = Vec::new();
    for block in launch.blocks.iter().filter(|block| block.whole) {
        let at = *known.entry(block.likeness).or_insert(alike.len());
        if at == alike.len() {
            alike.push(Vec::new());
        }
        alike[at].push(block);
        let mut number = |&allocation: &u64| {
            let next = numbers.len() as u32;
            *numbers.entry(allocation).or_insert(next)
        };
        members.push(Member {
            program: &block.program,
            index: block.index.0,
            memories: block.memories.iter().map(&mut number).collect(),
            meetings: &block.meetings,
        });
    }
    // Cores that talk to each other are judged with what they say.
    let (mut findings, of_cores, together) = match launch.cluster() {
        Some(cluster) => {
            let (found, together) = cores::together(&cluster);
            let between = |finding: &Finding| finding.code >= Code::CoresRace;
            let (between, of_cores): (Vec<_>, Vec<_>) = found.into_iter().partition(between);
            (between, Some(of_cores), together)
        }
        None => (races(&members), None, true),
    };
    findings.extend(unwritten(&members, filled));
    let alike = alike.into_iter().map(|blocks| {
        let mut verdict = verdict(blocks[0], check);
        // Another core may order what a core by itself does not.
        if let Some(of_cores) = &of_cores {
            verdict.findings.retain(|finding| {
                !finding.code.is_race() || of_cores.iter().any(|other| is_of(finding, other))
            });
        }
        Alike { verdict, blocks }
    });
    Judged { launch, blocks: alike.collect(), between: Verdict { findings }, apart: !together }
}

/// Whether two findings are one kind of fault at the same lines.
fn is_of(one: &Finding, other: &Finding) -> bool {
    let same_lines =
        one.sites.iter().map(|site| &site.at).eq(other.sites.iter().map(|site| &site.at));
    one.code == other.code && same_lines
}

fn verdict(block: &Block, check: fn(&Program) -> Verdict) -> Verdict {
    let mut verdict = check(&block.program);
    verdict.findings.retain(|finding| finding.code != Code::Overlap);
    let program = &block.program;
    let unplaced = block.unplaced.iter().filter_map(|&index| {
        let InstrKind::Op(op) = &program.instrs.get(index)?.kind else { return None };
        let name = program.op_name(op);
        let text = [
            format!("`{name}` has a tile without an address"),
            "this tile is nowhere, and not judged".to_owned(),
            "call `TASSIGN` for it, and again where the variable is given a new tile".to_owned(),
        ];
        Some(Finding::of_one(program, Code::Unplaced, index, text))
    });
    verdict.findings.extend(unplaced);
    verdict
}

impl Judged<'_> {
    /// So many cores are judged together.
    pub const MOST_CORES: usize = cores::MOST_CORES;

    /// Whether there is no error; warnings may remain.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.between.is_clean() && self.blocks.iter().all(|alike| alike.verdict.is_clean())
    }
}
