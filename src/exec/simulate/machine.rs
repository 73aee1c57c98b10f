//! Cores with their pipes in virtual time.
//!
//! A pipe runs ahead as far as it knows what it waits for: when an instruction begins is the greatest of a few known times, in whatever
//! order they became known. Only transfers must begin in the order of time, as they slow each other down.
//!
//! One long file: the states of a pipe, and all that changes them.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::plan::{Act, LONGEST, Plan, ticks};
use super::profile::Profile;
use super::shared::Shared;
use crate::op::Pipe;
use crate::program::Phase;

/// Not known yet.
const NEVER: u64 = u64::MAX;
const NOBODY: u8 = u8::MAX;

/// When each instruction of a block began and ended. In ticks from the start of the launch.
#[derive(Clone, Debug, Default)]
pub(super) struct Run {
    /// The number of the block in what the machine was given.
    pub(super) block: usize,
    pub(super) core: u32,
    pub(super) start: u64,
    pub(super) finish: u64,
    /// When the scalar pipe had issued it.
    pub(super) issued: Vec<u64>,
    pub(super) begin: Vec<u64>,
    pub(super) end: Vec<u64>,
}

/// Pipes that wait for ever: the instruction that each stands at.
#[derive(Clone, Debug)]
pub(super) struct Stuck {
    /// The number of the block in what the machine was given.
    pub(super) block: usize,
}

/// Costs of a profile in ticks.
#[derive(Clone, Copy, Debug)]
struct Rates {
    issue: u64,
    flag: u64,
    token: u64,
    barrier: u64,
    /// Ticks a byte that no block has loaded before, for each core; in thousandths.
    fresh: u64,
    /// How many cores each simulated one stands for.
    copies: u64,
}

/// What a launch is, beside its blocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setup {
    /// Cores that are simulated.
    pub(super) cores: usize,
    /// How many cores each stands for.
    pub(super) copies: usize,
    /// Of the bytes that blocks load for their first time, the share that the chip does.
    pub(super) fresh: f64,
}

/// Runs `blocks`, each the number of a plan, on the cores: a core takes the next one when it is done.
pub(super) fn run(
    plans: &[Plan],
    blocks: &[usize],
    profile: &Profile,
    setup: Setup,
) -> Result<Vec<Run>, Stuck> {
    let all_cores = (setup.cores * setup.copies) as f64;
    let rates = Rates {
        issue: ticks(profile.issue),
        flag: ticks(profile.flag),
        token: ticks(profile.token),
        barrier: ticks(profile.barrier),
        fresh: (setup.fresh * all_cores / profile.hbm * 1e6).round() as u64,
        copies: setup.copies as u64,
    };
    let mut machine = Machine {
        plans,
        rates,
        waiting: (0..blocks.len()).collect(),
        blocks,
        cores: Vec::new(),
        events: BinaryHeap::new(),
        shared: Shared::new(ticks(profile.l2)),
        done: Vec::new(),
    };
    for core in 0..setup.cores as u32 {
        if let Some(block) = machine.waiting.pop_front() {
            machine.cores.push(Core::new(plans, blocks, block, core, 0));
            machine.events.push(Reverse((0, core, Pipe::S.index() as u8)));
        }
    }
    machine.work();
    match machine.cores.iter().find(|core| core.left > 0) {
        Some(core) => Err(Stuck { block: core.run.block }),
        None => Ok(machine.done),
    }
}

struct Machine<'a> {
    plans: &'a [Plan],
    rates: Rates,
    blocks: &'a [usize],
    /// Blocks that no core has taken.
    waiting: VecDeque<usize>,
    cores: Vec<Core<'a>>,
    /// When a pipe of a core goes on.
    events: BinaryHeap<Reverse<(u64, u32, u8)>>,
    shared: Shared,
    done: Vec<Run>,
}

/// Why a pipe does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parked {
    /// It does, or an event will make it.
    No,
    /// Until the scalar pipe issues more.
    Issue,
    /// Until the flag is set; of the scalar pipe, as of any other.
    Flag,
    /// Until a unit flag moves.
    Unit,
    /// The scalar pipe, until all pipes are done with what was issued.
    Drain,
    /// Until its transfer ends.
    Transfer,
}

struct Core<'a> {
    plan: &'a Plan,
    run: Run,
    /// Instructions that have not ended.
    left: usize,
    /// Instructions that the scalar pipe has issued.
    next: usize,
    position: [usize; Pipe::COUNT],
    /// Until when the pipe is busy.
    free: [u64; Pipe::COUNT],
    parked: [Parked; Pipe::COUNT],
    /// When a flag is seen.
    seen: Vec<u64>,
    /// The pipe that waits on a flag.
    waiter: Vec<u8>,
    /// Whether a unit flag is up, and since when it is as it is.
    units: Vec<(bool, u64)>,
}

impl<'a> Core<'a> {
    fn new(plans: &'a [Plan], blocks: &[usize], block: usize, core: u32, start: u64) -> Self {
        let plan = &plans[blocks[block]];
        let count = plan.steps.len();
        let times = || vec![0; count];
        let run = Run {
            block,
            core,
            start,
            finish: start,
            issued: times(),
            begin: times(),
            end: times(),
        };
        Core {
            plan,
            run,
            left: count,
            next: 0,
            position: [0; Pipe::COUNT],
            free: [start; Pipe::COUNT],
            parked: [Parked::Issue; Pipe::COUNT],
            seen: vec![NEVER; plan.flags as usize],
            waiter: vec![NOBODY; plan.flags as usize],
            units: vec![(false, start); plan.unit_flags],
        }
    }

    /// Whether every pipe has ended what was issued to it.
    fn is_drained(&self) -> bool {
        let queues = self.plan.queues.iter().zip(&self.position).skip(1);
        let mut idle = queues.zip(&self.parked[1..]);
        idle.all(|((queue, &position), parked)| {
            *parked != Parked::Transfer
                && queue.get(position).is_none_or(|&index| index as usize >= self.next)
        })
    }
}

impl Machine<'_> {
    fn work(&mut self) {
        loop {
            let own = self.events.peek().map(|Reverse((time, ..))| *time);
            match (own, self.shared.next()) {
                (None, None) => return,
                (own, Some(end)) if own.is_none_or(|own| end <= own) => {
                    if let Some((core, pipe)) = self.shared.end(end) {
                        self.ended(core, pipe, end);
                    }
                }
                _ => {
                    let Some(Reverse((time, core, pipe))) = self.events.pop() else { return };
                    self.go_on(core, usize::from(pipe), time);
                }
            }
        }
    }

    fn go_on(&mut self, core: u32, pipe: usize, time: u64) {
        self.cores[core as usize].parked[pipe] = Parked::No;
        if pipe == Pipe::S.index() {
            self.issue(core, time);
        } else {
            self.step(core, pipe, time);
        }
    }

    /// A transfer has ended.
    fn ended(&mut self, number: u32, pipe: u8, time: u64) {
        let pipe = usize::from(pipe);
        let core = &mut self.cores[number as usize];
        let index = core.plan.queues[pipe][core.position[pipe]] as usize;
        core.parked[pipe] = Parked::No;
        self.end_op(number, pipe, index, time);
        self.step(number, pipe, time);
    }

    /// The scalar pipe issues until it has to wait.
    fn issue(&mut self, number: u32, time: u64) {
        let at = Pipe::S.index();
        let rates = self.rates;
        let core = &mut self.cores[number as usize];
        core.free[at] = core.free[at].max(time);
        while let Some(step) =
            self.cores[number as usize].plan.steps.get(self.cores[number as usize].next)
        {
            let core = &mut self.cores[number as usize];
            let index = core.next;
            let now = core.free[at];
            if step.pipe != Pipe::S {
                core.next += 1;
                core.free[at] = now + rates.issue;
                core.run.issued[index] = now + rates.issue;
                let pipe = step.pipe.index();
                if core.parked[pipe] == Parked::Issue {
                    core.parked[pipe] = Parked::No;
                    self.events.push(Reverse((now + rates.issue, number, pipe as u8)));
                }
                continue;
            }
            core.run.issued[index] = now;
            core.run.begin[index] = now;
            let end = match step.act {
                Act::Op => now + step.ticks,
                Act::Set(flag) => {
                    self.raise(number, flag, now + rates.flag + rates.token);
                    now + rates.flag
                }
                Act::Wait(flag) => match core.seen[flag as usize] {
                    NEVER => {
                        core.waiter[flag as usize] = at as u8;
                        core.parked[at] = Parked::Flag;
                        return;
                    }
                    seen => now.max(seen) + rates.flag,
                },
                Act::BarrierAll if !core.is_drained() => {
                    core.parked[at] = Parked::Drain;
                    return;
                }
                Act::BarrierAll => core.free.iter().copied().fold(now, u64::max) + rates.barrier,
                Act::Barrier => now + rates.barrier,
                Act::Nothing => now,
            };
            let core = &mut self.cores[number as usize];
            core.next += 1;
            core.position[at] += 1;
            core.free[at] = end;
            core.run.end[index] = end;
            core.left -= 1;
        }
        self.finish(number);
    }

    /// A pipe runs until it has to wait.
    fn step(&mut self, number: u32, pipe: usize, time: u64) {
        let rates = self.rates;
        loop {
            let core = &mut self.cores[number as usize];
            core.free[pipe] = core.free[pipe].max(time);
            let index = core.plan.queues[pipe].get(core.position[pipe]).copied();
            let Some(index) = index.map(|index| index as usize).filter(|&index| index < core.next)
            else {
                core.parked[pipe] = Parked::Issue;
                self.drained(number);
                return;
            };
            let step = &core.plan.steps[index];
            let begin = core.free[pipe].max(core.run.issued[index]);
            core.run.begin[index] = begin;
            let end = match step.act {
                Act::Op => match self.op(number, pipe, index, begin) {
                    Some(end) => {
                        self.end_op(number, pipe, index, end);
                        continue;
                    }
                    None => return,
                },
                Act::Set(flag) => {
                    self.raise(number, flag, begin + rates.flag + rates.token);
                    begin + rates.flag
                }
                Act::Wait(flag) => match core.seen[flag as usize] {
                    NEVER => {
                        core.waiter[flag as usize] = pipe as u8;
                        core.parked[pipe] = Parked::Flag;
                        return;
                    }
                    seen => begin.max(seen) + rates.flag,
                },
                Act::Barrier | Act::BarrierAll => begin + rates.barrier,
                Act::Nothing => begin,
            };
            self.end(number, pipe, index, end);
        }
    }

    /// Starts an op; nothing if it does not end yet, and then the pipe is parked or an event will make it go on.
    fn op(&mut self, number: u32, pipe: usize, index: usize, mut begin: u64) -> Option<u64> {
        let core = &mut self.cores[number as usize];
        let step = &core.plan.steps[index];
        if let Some((units, _)) = step.unit {
            let wanted = pipe == Pipe::Fix.index();
            for &unit in &core.plan.units[units as usize] {
                let (up, since) = core.units[unit as usize];
                if up != wanted {
                    core.parked[pipe] = Parked::Unit;
                    return None;
                }
                begin = begin.max(since);
            }
            core.run.begin[index] = begin;
        }
        if step.demand == 0 {
            return Some(begin + step.ticks);
        }
        let is_next = self.events.peek().is_none_or(|Reverse((next, ..))| begin <= *next)
            && self.shared.next().is_none_or(|next| begin <= next);
        if is_next {
            let fresh = f64::from(step.fresh) * self.rates.fresh as f64 / 1000.0;
            let ticks = step.ticks + (fresh as u64).min(LONGEST);
            let demand = u64::from(step.demand) * self.rates.copies;
            core.parked[pipe] = Parked::Transfer;
            self.shared.begin(begin, ticks, demand, (number, pipe as u8));
        } else {
            self.events.push(Reverse((begin, number, pipe as u8)));
        }
        None
    }

    fn end_op(&mut self, number: u32, pipe: usize, index: usize, end: u64) {
        let core = &mut self.cores[number as usize];
        if let Some((units, Phase::Final)) = core.plan.steps[index].unit {
            let raised = pipe == Pipe::M.index();
            for &unit in &core.plan.units[units as usize] {
                core.units[unit as usize] = (raised, end);
            }
            for other in [Pipe::M, Pipe::Fix].map(Pipe::index) {
                if core.parked[other] == Parked::Unit {
                    core.parked[other] = Parked::No;
                    self.events.push(Reverse((end, number, other as u8)));
                }
            }
        }
        self.end(number, pipe, index, end);
    }

    fn end(&mut self, number: u32, pipe: usize, index: usize, end: u64) {
        let core = &mut self.cores[number as usize];
        core.run.end[index] = end;
        core.free[pipe] = end;
        core.position[pipe] += 1;
        core.left -= 1;
        self.finish(number);
    }

    /// A flag that is seen from then on.
    fn raise(&mut self, number: u32, flag: u32, seen: u64) {
        let core = &mut self.cores[number as usize];
        core.seen[flag as usize] = seen;
        let waiter = std::mem::replace(&mut core.waiter[flag as usize], NOBODY);
        if waiter != NOBODY {
            let pipe = usize::from(waiter);
            core.parked[pipe] = Parked::No;
            let at = core.free[pipe].max(core.run.start);
            self.events.push(Reverse((at, number, waiter)));
        }
    }

    /// The scalar pipe may have waited for this pipe to be done.
    fn drained(&mut self, number: u32) {
        let core = &mut self.cores[number as usize];
        let at = Pipe::S.index();
        if core.parked[at] == Parked::Drain && core.is_drained() {
            core.parked[at] = Parked::No;
            let free = core.free[at];
            self.events.push(Reverse((free, number, at as u8)));
        }
    }

    /// A block that has come to its end makes room for the next one.
    fn finish(&mut self, number: u32) {
        let core = &mut self.cores[number as usize];
        if core.left > 0 || core.next < core.plan.steps.len() || core.run.finish == NEVER {
            return;
        }
        let end = core.free.iter().copied().fold(core.run.start, u64::max);
        let mut run = std::mem::take(&mut core.run);
        core.run.finish = NEVER;
        run.finish = end;
        self.done.push(run);
        if let Some(block) = self.waiting.pop_front() {
            self.cores[number as usize] = Core::new(self.plans, self.blocks, block, number, end);
            self.events.push(Reverse((end, number, Pipe::S.index() as u8)));
        }
    }
}
