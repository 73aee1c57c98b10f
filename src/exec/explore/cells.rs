//! The memory of a program, cut at every edge of an operand: cells that an op touches wholly or not at all.

use std::collections::BTreeMap;

use crate::exec::check::region::Region;
use crate::program::{InstrKind, Program};

/// Which cells each instruction writes and reads.
pub(super) struct Cells {
    /// By instruction.
    pub(super) writes: Vec<Vec<u32>>,
    pub(super) reads: Vec<Vec<u32>>,
    pub(super) count: usize,
}

impl Cells {
    pub(super) fn new(program: &Program) -> Self {
        let regions: Vec<_> =
            program.operands.iter().map(|operand| Region::of(program, operand)).collect();
        let mut starts: BTreeMap<(u32, u64), u32> = BTreeMap::new();
        for region in regions.iter().flatten() {
            for (start, end) in region.runs() {
                starts.extend([((region.memory, start), 0), ((region.memory, end), 0)]);
            }
        }
        for (cell, number) in starts.values_mut().enumerate() {
            *number = cell as u32;
        }
        let cells = |region: &Region| -> Vec<u32> {
            let run = |(start, end)| {
                starts.range((region.memory, start)..(region.memory, end)).map(|(_, &cell)| cell)
            };
            region.runs().flat_map(run).collect()
        };
        let touched = |range: std::ops::Range<usize>| {
            regions[range].iter().flatten().flat_map(cells).collect::<Vec<_>>()
        };
        let (mut writes, mut reads) = (Vec::new(), Vec::new());
        for instr in &program.instrs {
            let (first, middle, end) = match &instr.kind {
                InstrKind::Op(op) => {
                    let first = op.first_operand as usize;
                    let end = first + usize::from(op.operand_count);
                    (first, (first + usize::from(op.writes)).min(end), end)
                }
                _ => (0, 0, 0),
            };
            writes.push(touched(first..middle));
            reads.push(touched(middle..end));
        }
        Cells { writes, reads, count: starts.len() }
    }

    /// Whether two instructions touch a cell that one of them writes.
    pub(super) fn conflict(&self, one: u32, two: u32) -> bool {
        let (one, two) = (one as usize, two as usize);
        let hits = |writer: usize, other: usize| {
            let touched =
                |cell| self.writes[other].contains(cell) || self.reads[other].contains(cell);
            self.writes[writer].iter().any(touched)
        };
        hits(one, two) || hits(two, one)
    }
}
