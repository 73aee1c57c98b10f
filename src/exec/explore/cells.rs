//! The memory of a program, cut at every edge of an operand: cells that an op touches wholly or not at all.

use std::collections::BTreeMap;

use super::limits::Work;
use crate::exec::check::between::is_atomic;
use crate::exec::check::cluster::network::Network;
use crate::exec::check::region::Region;
use crate::program::{Cross, InstrKind};

/// Which cells each instruction writes, reads and adds to. Instructions are numbered through all cores.
pub(super) struct Cells {
    /// By instruction.
    pub(super) writes: Vec<Vec<u32>>,
    pub(super) reads: Vec<Vec<u32>>,
    /// By stores that add to what is there, in whatever order; in launches on several cores.
    pub(super) adds: Vec<Vec<u32>>,
    pub(super) count: usize,
    /// By cell: whether nothing is in it before the launch. On chip that is for each core to know.
    pub(super) blank: Vec<bool>,
}

impl Cells {
    /// `None` if that is more work than may be done.
    pub(super) fn new(network: &Network<'_>, work: &mut Work) -> Option<Self> {
        let regions: Vec<Vec<_>> = (0..network.cores.len())
            .map(|core| {
                let operands = network.cores[core].program.all_operands().iter();
                operands.map(|operand| network.anywhere(core, operand)).collect()
            })
            .collect();
        let mut starts: BTreeMap<(u32, u64), u32> = BTreeMap::new();
        for region in regions.iter().flatten().flatten() {
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
        let blank = starts.keys().map(|&(memory, _)| network.is_blank(memory)).collect();
        let mut cells =
            Cells { writes: Vec::new(), reads: Vec::new(), adds: Vec::new(), count: 0, blank };
        for (member, regions) in network.cores.iter().zip(&regions) {
            for instr in &member.program.instrs {
                let (operands, written, adds) = match &instr.kind {
                    InstrKind::Op(op) => {
                        let adds = network.cores.len() > 1 && is_atomic(member.program, op);
                        (member.program.operand_range(op), op.writes.min(op.operand_count), adds)
                    }
                    InstrKind::Cross(Cross::Cache { operand }) => {
                        let operand = (*operand as usize).min(regions.len());
                        (operand..(operand + 1).min(regions.len()), 1, false)
                    }
                    _ => (0..0, 0, false),
                };
                let middle = (operands.start + usize::from(written)).min(operands.end);
                let written = touched(regions.get(operands.start..middle))?;
                let mut read = touched(regions.get(middle..operands.end))?;
                let [written, added] =
                    if adds { [Vec::new(), written] } else { [written, Vec::new()] };
                read.retain(|cell| added.binary_search(cell).is_err());
                cells.writes.push(written);
                cells.reads.push(read);
                cells.adds.push(added);
            }
        }
        Some(Cells { count: starts.len(), ..cells })
    }

    /// Whether two instructions touch a cell that one of them changes.
    pub(super) fn conflict(&self, one: u32, two: u32) -> bool {
        let [one, two] = [one, two].map(|at| at as usize);
        let of = |at: usize| [&self.writes[at], &self.reads[at], &self.adds[at]];
        let ([writes, reads, adds], [other_writes, other_reads, other_adds]) = (of(one), of(two));
        [other_writes, other_reads, other_adds].into_iter().any(|other| meet(writes, other))
            || [reads, adds].into_iter().any(|mine| meet(mine, other_writes))
            || meet(reads, other_adds)
            || meet(adds, other_reads)
    }

    /// How many cells an instruction touches.
    pub(super) fn touched(&self, index: u32) -> usize {
        let at = index as usize;
        self.writes[at].len() + self.reads[at].len() + self.adds[at].len()
    }
}

/// Whether two sorted lists have a cell in common.
fn meet(one: &[u32], two: &[u32]) -> bool {
    let (few, many) = if one.len() <= two.len() { (one, two) } else { (two, one) };
    few.iter().any(|cell| many.binary_search(cell).is_ok())
}
