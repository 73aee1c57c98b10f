//! What happens before what: vector clocks over one run of the program.
//!
//! Flags count, pipes are in order, and nothing in a program depends on data: so every schedule runs the same instructions
//! under the same order relation, and one run finds it.

use std::collections::VecDeque;

use super::channels::Channels;
use super::units::Units;
use crate::op::Pipe;
use crate::program::{Cross, Instr, InstrKind, Phase, Program};
use crate::unit::flags::{Clock, merge};

/// An instruction, as one that others may come after.
#[derive(Clone, Copy, Debug)]
pub(super) struct When {
    /// The index in the program.
    pub(super) index: u32,
    pub(super) pipe: Pipe,
    /// Its number on its pipe, from 1.
    pub(super) time: u32,
}

impl When {
    /// Whether it has completed wherever `known` is known.
    pub(super) fn before(&self, known: &Clock) -> bool {
        known[self.pipe.index()] >= self.time
    }
}

/// An instruction whose turn has come.
pub(super) struct Step<'a> {
    pub(super) when: When,
    pub(super) instr: &'a Instr,
    /// What has completed when it runs: the first so many instructions of each pipe.
    pub(super) known: Clock,
}

/// What each pipe stopped at; all `None` if everything has run.
pub(super) type Heads = [Option<u32>; Pipe::COUNT];

/// How the run ended.
pub(super) struct End {
    pub(super) heads: Heads,
    /// By unit: the op that raised its flag, if it is up.
    pub(super) up: Vec<Option<u32>>,
}

/// Runs the program once and shows each instruction to `visit`, in an order that keeps to the flags.
pub(super) fn walk(
    program: &Program,
    channels: &Channels,
    units: &Units,
    visit: impl FnMut(&Step<'_>),
) -> End {
    let mut walk = Walk::new(program, channels, units);
    walk.run(visit);
    End { heads: walk.heads(), up: walk.units_up }
}

/// Whether the scalar pipe issues nothing more until this instruction of its own has run: a wait, a full barrier, or a read
/// into a register, which it needs to go on.
pub(in crate::exec) fn stops_issue(program: &Program, instr: &Instr) -> bool {
    instr.pipe == Pipe::S
        && match &instr.kind {
            InstrKind::Wait(_) | InstrKind::BarrierAll => true,
            InstrKind::Op(op) => op.writes == 0 && op.operand_count > 0,
            InstrKind::Set(_) | InstrKind::Barrier => false,
            InstrKind::Cross(cross) => cross.blocks(&program.fifos),
        }
}

struct Walk<'p> {
    program: &'p Program,
    channels: &'p Channels,
    units: &'p Units,
    /// Indices of the instructions of each pipe, and how many of them have run.
    queues: [Vec<u32>; Pipe::COUNT],
    done: [usize; Pipe::COUNT],
    clocks: [Clock; Pipe::COUNT],
    /// What the scalar pipe stops at, and later instructions are issued after.
    stops: Vec<u32>,
    /// What it knew after each of those that have run, and how many of them each pipe's next instruction comes after.
    issued: Vec<(u32, Clock)>,
    seen: [usize; Pipe::COUNT],
    /// What each raised flag carries.
    raised: Vec<VecDeque<Clock>>,
    /// By unit: what raised its flag, if it is up, and what its last change carries.
    units_up: Vec<Option<u32>>,
    units_carry: Vec<Clock>,
}

impl<'p> Walk<'p> {
    fn new(program: &'p Program, channels: &'p Channels, units: &'p Units) -> Self {
        let mut queues: [Vec<u32>; Pipe::COUNT] = Default::default();
        for (index, instr) in program.instrs.iter().enumerate() {
            queues[instr.pipe.index()].push(index as u32);
        }
        let stops = queues[Pipe::S.index()]
            .iter()
            .copied()
            .filter(|&index| stops_issue(program, &program.instrs[index as usize]));
        Walk {
            program,
            channels,
            units,
            stops: stops.collect(),
            queues,
            done: [0; Pipe::COUNT],
            clocks: [[0; Pipe::COUNT]; Pipe::COUNT],
            issued: Vec::new(),
            seen: [0; Pipe::COUNT],
            raised: vec![VecDeque::new(); channels.count],
            units_up: vec![None; units.count],
            units_carry: vec![Clock::default(); units.count],
        }
    }

    fn head(&self, pipe: Pipe) -> Option<u32> {
        self.queues[pipe.index()].get(self.done[pipe.index()]).copied()
    }

    fn heads(&self) -> Heads {
        Pipe::ALL.map(|pipe| self.head(pipe))
    }

    /// Of the instructions that can run, the one issued first has its turn.
    fn run(&mut self, mut visit: impl FnMut(&Step<'_>)) {
        let next = |walk: &Self| {
            let heads = Pipe::ALL.into_iter().filter_map(|pipe| Some((walk.head(pipe)?, pipe)));
            heads.filter(|&(index, _)| walk.may_run(index)).min()
        };
        while let Some((index, pipe)) = next(self) {
            visit(&self.step(pipe, index));
        }
    }

    fn may_run(&self, index: u32) -> bool {
        if self.stops.get(self.issued.len()).is_some_and(|&stop| stop < index) {
            return false;
        }
        match &self.program.instrs[index as usize].kind {
            InstrKind::Wait(flag) => !self.raised[self.channels.of(flag)].is_empty(),
            InstrKind::BarrierAll | InstrKind::Cross(Cross::SyncAll(_)) => {
                self.heads().iter().flatten().all(|&head| head >= index)
            }
            InstrKind::Op(op) if op.phase.is_some() => self.units.of(index).is_none_or(|used| {
                used.units.iter().all(|&unit| used.may_run(self.units_up[unit as usize].is_some()))
            }),
            InstrKind::Op(_) | InstrKind::Set(_) | InstrKind::Barrier | InstrKind::Cross(_) => true,
        }
    }

    fn step(&mut self, pipe: Pipe, index: u32) -> Step<'p> {
        let instr = &self.program.instrs[index as usize];
        let at = pipe.index();
        let before = self.done[at] as u32;
        let time = before + 1;
        self.done[at] += 1;
        if pipe != Pipe::S {
            self.learn_issue(pipe, index);
        }
        // Ops of the vector pipe may overlap; every other pipe has completed an instruction when the next one starts.
        let overlapping = pipe == Pipe::V && self.program.chip.vector_needs_barrier();
        if !overlapping {
            self.clocks[at][at] = before;
        }
        let mut known = self.clocks[at];
        match &instr.kind {
            InstrKind::Op(op) => {
                if let Some(phase) = op.phase {
                    self.pass_units(phase, (index, pipe, time), &mut known);
                }
            }
            InstrKind::Wait(flag) => {
                if let Some(carried) = self.raised[self.channels.of(flag)].pop_front() {
                    merge(&mut known, &carried);
                    self.clocks[at] = known;
                }
            }
            InstrKind::Set(flag) => {
                known[at] = before;
                let mut carried = known;
                carried[at] = time;
                self.raised[self.channels.of(flag)].push_back(carried);
            }
            InstrKind::Barrier => self.clocks[at][at] = time,
            InstrKind::BarrierAll | InstrKind::Cross(Cross::SyncAll(_)) => {
                for clock in &self.clocks {
                    merge(&mut known, clock);
                }
                for (known, &done) in known.iter_mut().zip(&self.done) {
                    *known = done as u32;
                }
                self.clocks[at] = known;
            }
            InstrKind::Cross(_) => known[at] = before,
        }
        if self.stops.get(self.issued.len()) == Some(&index) {
            self.clocks[at][at] = time;
            self.issued.push((index, self.clocks[at]));
        }
        Step { when: When { index, pipe, time }, instr, known }
    }

    /// An op with a unit flag comes after what changed the flag last, and changes it if it is the final one.
    fn pass_units(
        &mut self,
        phase: Phase,
        (index, pipe, time): (u32, Pipe, u32),
        known: &mut Clock,
    ) {
        let Some(used) = self.units.of(index) else { return };
        for &unit in &used.units {
            merge(known, &self.units_carry[unit as usize]);
        }
        self.clocks[pipe.index()] = *known;
        if phase == Phase::Final {
            for &unit in &used.units {
                let carry = &mut self.units_carry[unit as usize];
                *carry = *known;
                carry[pipe.index()] = time;
                self.units_up[unit as usize] = (pipe == Pipe::M).then_some(index);
            }
        }
    }

    /// An instruction is issued when the scalar pipe has got past all that it had to stop at before.
    fn learn_issue(&mut self, pipe: Pipe, index: u32) {
        let seen = &mut self.seen[pipe.index()];
        let before = *seen;
        while self.issued.get(*seen).is_some_and(|&(stop, _)| stop < index) {
            *seen += 1;
        }
        if *seen > before {
            merge(&mut self.clocks[pipe.index()], &self.issued[*seen - 1].1);
        }
    }
}
