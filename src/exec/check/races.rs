//! Races: two accesses to overlapping memory, one of them a write, that nothing orders.
//!
//! For each region the last write and each pipe's last read are kept. That is exact: what came earlier on the same region
//! either happens before those, or was reported.

use super::code::Code;
use super::finding::written;
use super::findings::Findings;
use super::order::{Step, When};
use super::region::{Region, Regions};
use crate::op::Pipe;
use crate::program::{Core, OpInstr, Program};
use crate::tile::Space;

pub(super) struct Races<'p> {
    program: &'p Program,
    regions: Regions,
    states: Vec<State>,
    /// What is full before the program starts.
    filled: Vec<Region>,
}

/// Who has accessed a region.
#[derive(Clone, Default)]
struct State {
    write: Option<When>,
    reads: [Option<When>; Pipe::COUNT],
    /// Whether all of it is known to have been written (or was reported not to be).
    filled: bool,
}

impl<'p> Races<'p> {
    pub(super) fn new(program: &'p Program) -> Self {
        let regions = Regions::new(program);
        let states = vec![State::default(); regions.distinct.len()];
        let tiles = (0..).zip(&program.tiles).filter(|(_, tile)| tile.filled);
        let filled = tiles.filter_map(|(slot, tile)| Region::of_tile(program, slot, tile));
        Races { program, regions, states, filled: filled.collect() }
    }

    /// An op has its turn.
    pub(super) fn op(&mut self, step: &Step<'_>, op: &OpInstr, findings: &mut Findings<'_>) {
        let all = self.program.operand_range(op);
        let writes = all.start..all.start + usize::from(op.writes.min(op.operand_count));
        let reads = writes.end..all.end;
        for operand in reads.clone() {
            if let Some(region) = self.regions.of_operand(operand) {
                self.check_filled(step, region, operand, findings);
                self.conflicts(step, region, operand, false, findings);
            }
        }
        for operand in writes.clone() {
            if let Some(region) = self.regions.of_operand(operand) {
                self.conflicts(step, region, operand, true, findings);
            }
        }
        for operand in reads {
            if let Some(region) = self.regions.of_operand(operand) {
                self.states[region as usize].reads[step.when.pipe.index()] = Some(step.when);
            }
        }
        for operand in writes {
            if let Some(region) = self.regions.of_operand(operand) {
                let state = &mut self.states[region as usize];
                *state = State { write: Some(step.when), filled: true, ..State::default() };
            }
        }
    }

    fn conflicts(
        &self,
        step: &Step<'_>,
        region: u32,
        operand: usize,
        writes: bool,
        findings: &mut Findings<'_>,
    ) {
        for touched in self.regions.touched(region) {
            let state = &self.states[touched as usize];
            let reads = state.reads.iter().flatten().map(|read| (read, false));
            let reads = reads.take(if writes { Pipe::COUNT } else { 0 });
            for (other, wrote) in state.write.iter().map(|write| (write, true)).chain(reads) {
                if !other.before(&step.known) {
                    self.report((*other, wrote), (step.when, writes), operand, findings);
                }
            }
        }
    }

    /// Two accesses that nothing orders, each with whether it writes.
    fn report(
        &self,
        one: (When, bool),
        two: (When, bool),
        operand: usize,
        findings: &mut Findings<'_>,
    ) {
        let (first, second) = if one.0.index <= two.0.index { (one, two) } else { (two, one) };
        let code = match (first.1, second.1) {
            _ if first.0.pipe == second.0.pipe => Code::MissingBarrier,
            (true, false) => Code::ReadTooEarly,
            (false, true) => Code::OverwriteTooEarly,
            _ => Code::WriteRace,
        };
        findings.add(code, &[first.0.index, second.0.index], |text| {
            let name = self.program.name(&self.program.all_operands()[operand]);
            let verb = |writes| if writes { "writes" } else { "reads" };
            let [a, b] = [first, second].map(|(when, _)| written(self.program, when.index));
            let ing = if first.1 { "writing" } else { "reading" };
            text.message = format!(
                "`{b}` on {} {} {name} while `{a}` on {} may still be {ing} it",
                second.0.pipe,
                verb(second.1),
                first.0.pipe
            );
            text.labels = vec![
                format!("`{a}` {} {name} here", verb(first.1)),
                format!("`{b}` {} it here, and nothing orders the two", verb(second.1)),
            ];
            text.repair = if first.0.pipe == second.0.pipe {
                format!("put `pipe_barrier({})` between the two", first.0.pipe)
            } else {
                text.hand_over((first.0.index, first.0.pipe), (second.0.index, second.0.pipe))
            };
        });
    }

    /// Reports a read of on-chip memory that no op has written before.
    fn check_filled(
        &mut self,
        step: &Step<'_>,
        region: u32,
        operand: usize,
        findings: &mut Findings<'_>,
    ) {
        let at = region as usize;
        let memory = self.regions.distinct[at].memory as usize;
        // The unified buffers that a cube core reaches are those of its vector cores, which fill them.
        let of_others = self.program.core == Some(Core::Cube) && memory == Space::Vec.index();
        if self.states[at].filled || of_others || memory >= Space::COUNT {
            return;
        }
        let written_parts: Vec<Region> = self
            .regions
            .touched(region)
            .filter(|&part| self.states[part as usize].write.is_some())
            .map(|part| self.regions.distinct[part as usize])
            .chain(
                self.filled
                    .iter()
                    .filter(|tile| tile.overlaps(&self.regions.distinct[at]))
                    .copied(),
            )
            .collect();
        let whole = self.regions.distinct[at].covered_by(&written_parts);
        let of_blocks = || Region::of_blocks(self.program, &self.program.all_operands()[operand]);
        if !whole && of_blocks().is_some_and(|region| region.covered_by(&written_parts)) {
            return;
        }
        self.states[at].filled = true;
        if whole {
            return;
        }
        findings.add(Code::NeverWritten, &[step.when.index], |text| {
            let name = self.program.name(&self.program.all_operands()[operand]);
            let op = written(self.program, step.when.index);
            text.message = format!("`{op}` reads {name}, and nothing has written all of it");
            text.labels = vec![format!("`{op}` reads {name} here")];
            text.repair = format!(
                "write all of {name} first, for example with `TLOAD`, and order this op after the write"
            );
        });
    }
}
