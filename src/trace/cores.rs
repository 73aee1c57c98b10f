//! The cores of a launch together, where it is known which core each block is.

use std::collections::BTreeMap;

use super::{Launch, fifo};
use crate::exec::check::{Finding, check_cluster};
use crate::program::{ClusterProgram, GlobalInfo, Program};

/// Cores that are judged together: what each of them knows of all others takes memory.
pub(super) const MOST_CORES: usize = 256;

impl Launch {
    /// The programs of all cores, with one number for each allocation; `None` where both sides were compiled as one, so that nobody knows
    /// which core does what.
    #[must_use]
    pub fn cluster(&self) -> Option<ClusterProgram> {
        let mut tensors: BTreeMap<u64, GlobalInfo> = BTreeMap::new();
        let whole = || self.blocks.iter().filter(|block| block.whole);
        for block in whole() {
            block.program.core?;
            let known = block.memories.iter().zip(&block.program.globals);
            tensors.extend(known.map(|(&key, tensor)| (key, tensor.clone())));
        }
        let mut blocks: BTreeMap<u64, Vec<Program>> = BTreeMap::new();
        for block in whole() {
            let number = |key: &u64| tensors.range(..key).count() as u32;
            let numbers: Vec<u32> = block.memories.iter().map(number).collect();
            let mut program = block.program.clone();
            program.globals = tensors.values().cloned().collect();
            program.renumber(&numbers);
            blocks.entry(block.index.0).or_default().push(program);
        }
        let mut blocks: Vec<Vec<Program>> = blocks.into_values().collect();
        fifo::share(&mut blocks);
        Some(ClusterProgram { blocks, resident: None })
    }
}

/// What is wrong in a launch on several cores, and whether all were judged together. What is below `Code::CoresRace` is of one core, with
/// what it learns from the others.
pub(super) fn together(launch: &ClusterProgram) -> (Vec<Finding>, bool) {
    let together = launch.programs().count() <= MOST_CORES;
    let findings = if together {
        check_cluster(launch).findings
    } else {
        let blocks = launch.blocks.iter();
        blocks
            .flat_map(|block| check_cluster(&ClusterProgram::of_block(block.as_slice())).findings)
            .collect()
    };
    (findings, together)
}
