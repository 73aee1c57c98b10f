//! What happens before what: vector clocks over one run of the program.
//!
//! Flags count, pipes are in order, and nothing in a program depends on data: so every schedule runs the same instructions
//! under the same order relation, and one run finds it.
//!
//! The cores of a cluster are walked side by side ([`super::cluster`]): each knows instructions of all cores, and what it says to the
//! others, and learns from them, is theirs to keep ([`Others`]). A program on its own has none.

use std::collections::VecDeque;
use std::ops::IndexMut;

use super::channels::Channels;
use super::units::Units;
use crate::inner::{Clock, merge};
use crate::op::Pipe;
use crate::program::{Cross, Instr, InstrKind, Phase, Program};

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
    mut visit: impl FnMut(&Step<'_>),
) -> End {
    let mut walk = Walk::new(program, channels, units, Clock::default(), 0);
    walk.run(&mut Alone, |step, _| visit(step));
    walk.end()
}

/// How many instructions of each pipe have completed: of one core, or of several, one after another.
pub(super) trait Lanes: Clone + IndexMut<usize, Output = u32> {
    fn merge(&mut self, other: &Self);
}

impl Lanes for Clock {
    fn merge(&mut self, other: &Self) {
        merge(self, other);
    }
}

/// What a core has to do with others.
pub(super) trait Others<L> {
    /// Whether an instruction about other cores may run. `here` tells what the core knows when everything before it has run.
    fn let_run(&mut self, index: u32, here: impl FnOnce() -> L) -> bool;
    /// It runs: `known` learns from others, who are told `carried`.
    fn run(&mut self, index: u32, known: &mut L, carried: L);
}

/// A program on its own: whatever it waits for, another core does.
pub(super) struct Alone;

impl<L> Others<L> for Alone {
    fn let_run(&mut self, _: u32, _: impl FnOnce() -> L) -> bool {
        true
    }

    fn run(&mut self, _: u32, _: &mut L, _: L) {}
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

/// A core on its way through its program.
pub(super) struct Walk<'p, L> {
    program: &'p Program,
    channels: &'p Channels,
    units: &'p Units,
    /// Indices of the instructions of each pipe, and how many of them have run.
    queues: [Vec<u32>; Pipe::COUNT],
    done: [usize; Pipe::COUNT],
    /// Where the core's own pipes begin in a clock.
    base: usize,
    clocks: [L; Pipe::COUNT],
    /// What the scalar pipe stops at, and later instructions are issued after.
    stops: Vec<u32>,
    /// What it knew after each of those that have run, and how many of them each pipe's next instruction comes after.
    issued: Vec<(u32, L)>,
    seen: [usize; Pipe::COUNT],
    /// What each raised flag carries.
    raised: Vec<VecDeque<L>>,
    /// By unit: what raised its flag, if it is up, and what its last change carries.
    units_up: Vec<Option<u32>>,
    units_carry: Vec<L>,
}

impl<'p, L: Lanes> Walk<'p, L> {
    /// At the start. `nothing` is the clock of one who knows nothing.
    pub(super) fn new(
        program: &'p Program,
        channels: &'p Channels,
        units: &'p Units,
        nothing: L,
        base: usize,
    ) -> Self {
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
            base,
            clocks: std::array::from_fn(|_| nothing.clone()),
            issued: Vec::new(),
            seen: [0; Pipe::COUNT],
            raised: vec![VecDeque::new(); channels.count],
            units_up: vec![None; units.count],
            units_carry: vec![nothing; units.count],
        }
    }

    fn head(&self, pipe: Pipe) -> Option<u32> {
        self.queues[pipe.index()].get(self.done[pipe.index()]).copied()
    }

    pub(super) fn heads(&self) -> Heads {
        Pipe::ALL.map(|pipe| self.head(pipe))
    }

    pub(super) fn end(self) -> End {
        End { heads: self.heads(), up: self.units_up }
    }

    /// Of the instructions that can run, the one issued first has its turn, until none can. Whether any did.
    pub(super) fn run(
        &mut self,
        others: &mut impl Others<L>,
        mut visit: impl FnMut(&Step<'_>, &L),
    ) -> bool {
        let mut ran = false;
        loop {
            let heads = Pipe::ALL.into_iter().filter_map(|pipe| Some((self.head(pipe)?, pipe)));
            let next = heads.filter(|&(index, _)| self.may_run(index, others)).min();
            let Some((index, pipe)) = next else { return ran };
            let (step, known) = self.step(pipe, index, others);
            visit(&step, &known);
            ran = true;
        }
    }

    fn may_run(&self, index: u32, others: &mut impl Others<L>) -> bool {
        if self.stops.get(self.issued.len()).is_some_and(|&stop| stop < index) {
            return false;
        }
        match &self.program.instrs[index as usize].kind {
            InstrKind::Wait(flag) => !self.raised[self.channels.of(flag)].is_empty(),
            InstrKind::BarrierAll => self.all_before(index),
            InstrKind::Cross(Cross::SyncAll(_)) => {
                self.all_before(index) && others.let_run(index, || self.everything())
            }
            InstrKind::Cross(_) => others.let_run(index, || self.everything()),
            InstrKind::Op(op) if op.phase.is_some() => self.units.of(index).is_none_or(|used| {
                used.units.iter().all(|&unit| used.may_run(self.units_up[unit as usize].is_some()))
            }),
            InstrKind::Op(_) | InstrKind::Set(_) | InstrKind::Barrier => true,
        }
    }

    fn all_before(&self, index: u32) -> bool {
        self.heads().iter().flatten().all(|&head| head >= index)
    }

    /// What is known when everything that has run has completed.
    fn everything(&self) -> L {
        let [mut all, others @ ..] = self.clocks.clone();
        for clock in &others {
            all.merge(clock);
        }
        for (pipe, &done) in self.done.iter().enumerate() {
            all[self.base + pipe] = done as u32;
        }
        all
    }

    fn step(&mut self, pipe: Pipe, index: u32, others: &mut impl Others<L>) -> (Step<'p>, L) {
        let instr = &self.program.instrs[index as usize];
        let (at, own) = (pipe.index(), self.base + pipe.index());
        let before = self.done[at] as u32;
        let time = before + 1;
        self.done[at] += 1;
        if pipe != Pipe::S {
            self.learn_issue(pipe, index);
        }
        // Ops of the vector pipe may overlap; every other pipe has completed an instruction when the next one starts.
        let overlapping = pipe == Pipe::V && self.program.chip.vector_needs_barrier();
        if !overlapping {
            self.clocks[at][own] = before;
        }
        let mut known = self.clocks[at].clone();
        match &instr.kind {
            InstrKind::Op(op) => {
                if let Some(phase) = op.phase {
                    self.pass_units(phase, (index, pipe, time), &mut known);
                }
            }
            InstrKind::Wait(flag) => {
                if let Some(carried) = self.raised[self.channels.of(flag)].pop_front() {
                    known.merge(&carried);
                    self.clocks[at] = known.clone();
                }
            }
            InstrKind::Set(flag) => {
                known[own] = before;
                let mut carried = known.clone();
                carried[own] = time;
                self.raised[self.channels.of(flag)].push_back(carried);
            }
            InstrKind::Barrier => self.clocks[at][own] = time,
            InstrKind::BarrierAll => {
                known = self.everything();
                self.clocks[at] = known.clone();
            }
            InstrKind::Cross(cross) => {
                if matches!(cross, Cross::SyncAll(_)) {
                    known = self.everything();
                }
                let mut carried = known.clone();
                carried[own] = time;
                others.run(index, &mut known, carried);
                if cross.blocks(&self.program.fifos) {
                    self.clocks[at] = known.clone();
                } else {
                    // Those that tell others something do so when their pipe has completed what stands before them.
                    known[own] = before;
                }
            }
        }
        if self.stops.get(self.issued.len()) == Some(&index) {
            self.clocks[at][own] = time;
            self.issued.push((index, self.clocks[at].clone()));
        }
        let own = std::array::from_fn(|pipe| known[self.base + pipe]);
        (Step { when: When { index, pipe, time }, instr, known: own }, known)
    }

    /// An op with a unit flag comes after what changed the flag last, and changes it if it is the final one.
    fn pass_units(&mut self, phase: Phase, (index, pipe, time): (u32, Pipe, u32), known: &mut L) {
        let Some(used) = self.units.of(index) else { return };
        for &unit in &used.units {
            known.merge(&self.units_carry[unit as usize]);
        }
        self.clocks[pipe.index()] = known.clone();
        if phase == Phase::Final {
            for &unit in &used.units {
                let carry = &mut self.units_carry[unit as usize];
                *carry = known.clone();
                carry[self.base + pipe.index()] = time;
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
            self.clocks[pipe.index()].merge(&self.issued[*seen - 1].1);
        }
    }
}
