//! The memory of a program, cut at every edge of an operand: cells that an op touches wholly or not at all.

use std::collections::BTreeMap;

use super::limits::Work;
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
    /// `None` if that is more work than may be done.
    pub(super) fn new(program: &Program, work: &mut Work) -> Option<Self> {
        let regions: Vec<_> =
            program.operands.iter().map(|operand| Region::of(program, operand)).collect();
        let mut starts: BTreeMap<(u32, u64), u32> = BTreeMap::new();
        for region in regions.iter().flatten() {
            for (start, end) in region.runs() {
                work.spend(1)?;
                starts.extend([((region.memory, start), 0), ((region.memory, end), 0)]);
            }
        }
        for (cell, number) in starts.values_mut().enumerate() {
            *number = cell as u32;
        }
        let mut touched = |operands: Option<&[Option<Region>]>| {
            let mut touched = Vec::new();
            for region in operands.unwrap_or_default().iter().flatten() {
                for (start, end) in region.runs() {
                    for (_, &cell) in starts.range((region.memory, start)..(region.memory, end)) {
                        work.spend(1)?;
                        touched.push(cell);
                    }
                }
            }
            touched.sort_unstable();
            touched.dedup();
            Some(touched)
        };
        let (mut writes, mut reads) = (Vec::new(), Vec::new());
        for instr in &program.instrs {
            let operands = match &instr.kind {
                InstrKind::Op(op) => program.operand_range(op),
                _ => 0..0,
            };
            let middle = match &instr.kind {
                InstrKind::Op(op) => operands.start + usize::from(op.writes.min(op.operand_count)),
                _ => 0,
            };
            writes.push(touched(regions.get(operands.start..middle))?);
            reads.push(touched(regions.get(middle..operands.end))?);
        }
        Some(Cells { writes, reads, count: starts.len() })
    }

    /// Whether two instructions touch a cell that one of them writes.
    pub(super) fn conflict(&self, one: u32, two: u32) -> bool {
        let (one, two) = (one as usize, two as usize);
        meet(&self.writes[one], &self.writes[two])
            || meet(&self.writes[one], &self.reads[two])
            || meet(&self.reads[one], &self.writes[two])
    }

    /// How many cells an instruction touches.
    pub(super) fn touched(&self, index: u32) -> usize {
        self.writes[index as usize].len() + self.reads[index as usize].len()
    }
}

/// Whether two sorted lists have a cell in common.
fn meet(one: &[u32], two: &[u32]) -> bool {
    let (few, many) = if one.len() <= two.len() { (one, two) } else { (two, one) };
    few.iter().any(|cell| many.binary_search(cell).is_ok())
}
