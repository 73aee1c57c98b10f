//! Cores with their pipes in virtual time.
//!
//! A pipe runs ahead as far as it knows what it waits for: when an instruction begins is the greatest of a few known times, in whatever
//! order they became known. Only transfers must begin in the order of time, as they slow each other down.
//!
//! One long file: all that moves a pipe.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::core::{Core, NEVER, NOBODY, Parked, Run};
use super::meeting::{Meetings, Team};
use super::plan::{Act, LONGEST, Plan, ticks};
use super::profile::Profile;
use super::shared::Shared;
use crate::op::Pipe;
use crate::program::{Participants, Phase};

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
    cross_token: u64,
    barrier: u64,
    /// Ticks a byte that no block has loaded before, for each core; in thousandths.
    fresh: u64,
    /// How many cores each simulated one stands for.
    copies: u64,
}

/// What a launch is, beside its blocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setup {
    /// Clusters that are simulated.
    pub(super) clusters: usize,
    /// How many cores a cluster has.
    pub(super) cores: usize,
    /// How many clusters each stands for.
    pub(super) copies: usize,
    /// Of the bytes that blocks load for their first time, the share that the chip does.
    pub(super) fresh: f64,
}

/// Runs `blocks` on the clusters: a cluster takes the next one when it is done. A block is the number of a class, and each class has a plan
/// a core.
pub(super) fn run(
    plans: &[Plan],
    blocks: &[usize],
    profile: &Profile,
    setup: Setup,
) -> Result<Vec<Run>, Stuck> {
    let all_cores = (setup.clusters * setup.cores * setup.copies) as f64;
    let rates = Rates {
        issue: ticks(profile.issue),
        flag: ticks(profile.flag),
        token: ticks(profile.token),
        cross_token: ticks(profile.cross_token),
        barrier: ticks(profile.barrier),
        fresh: (setup.fresh * all_cores / profile.hbm * 1e6).round() as u64,
        copies: setup.copies as u64,
    };
    let of_class = |class: usize| &plans[class * setup.cores..][..setup.cores];
    let mut machine = Machine {
        plans,
        rates,
        team: setup.cores,
        waiting: (0..blocks.len()).collect(),
        blocks,
        cores: Vec::new(),
        teams: Vec::new(),
        meetings: Meetings::new(blocks.iter().flat_map(|&class| of_class(class))),
        events: BinaryHeap::new(),
        shared: Shared::new(ticks(profile.l2)),
        done: Vec::new(),
    };
    for cluster in 0..setup.clusters {
        machine.take_block(cluster, 0);
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
    /// How many cores work on a block together.
    team: usize,
    blocks: &'a [usize],
    /// Blocks that no core has taken.
    waiting: VecDeque<usize>,
    cores: Vec<Core<'a>>,
    /// By cluster.
    teams: Vec<Team>,
    meetings: Meetings,
    /// When a pipe of a core goes on.
    events: BinaryHeap<Reverse<(u64, u32, u8)>>,
    shared: Shared,
    done: Vec<Run>,
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
                Act::Tell(talk) => {
                    self.tell(number, talk, now + rates.flag + rates.cross_token);
                    now + rates.flag
                }
                Act::Await(talk) => match self.heard(number, at, talk) {
                    Some(seen) => now.max(seen) + rates.flag,
                    None => return,
                },
                Act::BarrierAll | Act::Meet(_) if !core.is_drained() => {
                    core.parked[at] = Parked::Drain;
                    return;
                }
                Act::BarrierAll => core.free.iter().copied().fold(now, u64::max) + rates.barrier,
                Act::Meet(of) => {
                    let come = core.free.iter().copied().fold(now, u64::max) + rates.barrier;
                    match self.meet(number, of, come) {
                        Some(end) => end,
                        None => return,
                    }
                }
                Act::Barrier => now + rates.barrier,
                Act::Nothing => now,
            };
            self.end_scalar(number, end);
        }
        self.finish(number);
    }

    /// The scalar pipe is done with its own instruction.
    fn end_scalar(&mut self, number: u32, end: u64) {
        let at = Pipe::S.index();
        let core = &mut self.cores[number as usize];
        core.run.end[core.next] = end;
        core.next += 1;
        core.position[at] += 1;
        core.free[at] = end;
        core.left -= 1;
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
                Act::Tell(talk) => {
                    self.tell(number, talk, begin + rates.flag + rates.cross_token);
                    begin + rates.flag
                }
                Act::Await(talk) => match self.heard(number, pipe, talk) {
                    Some(seen) => begin.max(seen) + rates.flag,
                    None => return,
                },
                Act::Barrier | Act::BarrierAll | Act::Meet(_) => begin + rates.barrier,
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

    /// A core tells others of its cluster, who see it from then on.
    fn tell(&mut self, number: u32, talk: u32, seen: u64) {
        let core = &self.cores[number as usize];
        let team = &mut self.teams[number as usize / self.team];
        if !team.tell(&core.plan.talks[talk as usize], seen) {
            return;
        }
        for (number, pipe) in std::mem::take(&mut team.waiting) {
            let core = &mut self.cores[number as usize];
            core.parked[usize::from(pipe)] = Parked::No;
            self.events.push(Reverse((core.free[usize::from(pipe)], number, pipe)));
        }
    }

    /// When what a pipe waits for from other cores is seen; the pipe is parked where that is not known.
    fn heard(&mut self, number: u32, pipe: usize, talk: u32) -> Option<u64> {
        let core = &mut self.cores[number as usize];
        let team = &mut self.teams[number as usize / self.team];
        let seen = team.seen(&core.plan.talks[talk as usize]);
        if seen.is_none() {
            core.parked[pipe] = Parked::Talk;
            team.waiting.push((number, pipe as u8));
        }
        seen
    }

    /// A core comes to a meeting; when it goes on, if it is the last one. The others go on with it.
    fn meet(&mut self, number: u32, of: Participants, time: u64) -> Option<u64> {
        let at = Pipe::S.index();
        let core = &mut self.cores[number as usize];
        let nth = core.met.iter().filter(|met| **met == of).count();
        core.met.push(of);
        let Some((last, others)) = self.meetings.come(of, nth, number, time) else {
            core.parked[at] = Parked::Meeting;
            return None;
        };
        let end = last + self.rates.cross_token;
        for other in others {
            self.end_scalar(other, end);
            self.cores[other as usize].parked[at] = Parked::No;
            self.events.push(Reverse((end, other, at as u8)));
        }
        Some(end)
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
        let cluster = number as usize / self.team;
        let team = &mut self.teams[cluster];
        team.left -= 1;
        team.finish = team.finish.max(end);
        if team.left == 0 {
            let start = team.finish;
            self.take_block(cluster, start);
        }
    }

    /// A cluster takes the next block, if there is one.
    fn take_block(&mut self, cluster: usize, start: u64) {
        let Some(block) = self.waiting.pop_front() else { return };
        let first = self.blocks[block] * self.team;
        let team = Team::new(&self.plans[first..][..self.team]);
        match self.teams.get_mut(cluster) {
            Some(known) => *known = team,
            None => self.teams.push(team),
        }
        for member in 0..self.team {
            let number = cluster * self.team + member;
            let core = Core::new(self.plans, first + member, block, number as u32, start);
            match self.cores.get_mut(number) {
                Some(known) => *known = core,
                None => self.cores.push(core),
            }
            self.events.push(Reverse((start, number as u32, Pipe::S.index() as u8)));
        }
    }
}
