//! Unit flags: which bytes of L0C have one, and which ops use it.
//!
//! The flag is down until a final op of PIPE_M raises it, and up until a final op of PIPE_FIX takes it down.

use std::collections::{BTreeMap, HashMap};

use super::region::Region;
use crate::op::Pipe;
use crate::program::{InstrKind, Place, Program};
use crate::tile::Space;

/// L0C, cut at every edge of an operand that is used with its unit flag.
#[derive(Default)]
pub(in crate::exec) struct Units {
    /// By instruction.
    used: HashMap<u32, Used>,
    pub(in crate::exec) count: usize,
}

/// The unit flags that an op uses.
pub(in crate::exec) struct Used {
    /// PIPE_M or PIPE_FIX.
    pub(in crate::exec) pipe: Pipe,
    pub(in crate::exec) units: Vec<u32>,
}

impl Used {
    /// Whether the op may run where a flag of its own is up, or is not.
    pub(in crate::exec) fn may_run(&self, up: bool) -> bool {
        up == (self.pipe == Pipe::Fix)
    }
}

impl Units {
    pub(in crate::exec) fn new(program: &Program) -> Self {
        let mut spans: Vec<(u32, Pipe, Vec<(u64, u64)>)> = Vec::new();
        let mut cuts: BTreeMap<u64, u32> = BTreeMap::new();
        for (index, instr) in program.instrs.iter().enumerate() {
            let InstrKind::Op(op) = &instr.kind else { continue };
            if op.phase.is_none() || !matches!(instr.pipe, Pipe::M | Pipe::Fix) {
                continue;
            }
            let accumulators = program.operands(op).iter().filter(
                |operand| matches!(operand.place, Place::Tile { ty, .. } if ty.space == Space::Acc),
            );
            let regions = accumulators.filter_map(|operand| Region::of(program, operand));
            let used: Vec<_> = regions.map(|region| region.span()).collect();
            cuts.extend(used.iter().flat_map(|&(start, end)| [(start, 0), (end, 0)]));
            if !used.is_empty() {
                spans.push((index as u32, instr.pipe, used));
            }
        }
        for (unit, number) in cuts.values_mut().enumerate() {
            *number = unit as u32;
        }
        let units = |spans: Vec<(u64, u64)>| {
            let cut = |(start, end)| cuts.range(start..end).map(|(_, &unit)| unit);
            let mut units: Vec<u32> = spans.into_iter().flat_map(cut).collect();
            units.sort_unstable();
            units.dedup();
            units
        };
        let used = spans.into_iter();
        let used = used.map(|(index, pipe, spans)| (index, Used { pipe, units: units(spans) }));
        Units { used: used.collect(), count: cuts.len() }
    }

    /// The flags that an instruction uses, if it uses any.
    pub(in crate::exec) fn of(&self, index: u32) -> Option<&Used> {
        self.used.get(&index)
    }
}
