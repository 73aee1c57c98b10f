//! Judges a trace: each block by itself, then the blocks of a launch together.

use std::collections::HashMap;

use super::{Block, Launch, Trace};
use crate::exec::check::{Code, Verdict, check};

/// The verdict on blocks that are equal but for where in global memory they work.
#[derive(Debug)]
pub struct Judged<'t> {
    /// The launch that they belong to.
    pub launch: &'t Launch,
    /// The blocks; the verdict is on the first.
    pub blocks: Vec<&'t Block>,
    /// What was found.
    pub verdict: Verdict,
}

impl Trace {
    /// Judges every block that is whole, those that are alike once.
    ///
    /// That tiles overlap is not reported: in C++ a tile is a view, and one buffer has many.
    #[must_use]
    pub fn check(&self) -> Vec<Judged<'_>> {
        self.launches().flat_map(judge).collect()
    }
}

fn judge<'t>(launch: &'t Launch) -> Vec<Judged<'t>> {
    let mut alike: Vec<Vec<&'t Block>> = Vec::new();
    let mut known: HashMap<u64, usize> = HashMap::new();
    for block in launch.blocks.iter().filter(|block| block.whole) {
        let at = *known.entry(block.likeness).or_insert(alike.len());
        if at == alike.len() {
            alike.push(Vec::new());
        }
        alike[at].push(block);
    }
    alike.into_iter().map(|blocks| Judged { launch, verdict: verdict(blocks[0]), blocks }).collect()
}

fn verdict(block: &Block) -> Verdict {
    let mut verdict = check(&block.program);
    verdict.findings.retain(|finding| finding.code != Code::Overlap);
    verdict
}
