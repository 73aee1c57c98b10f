//! All schedules up to equivalence.
//!
//! *Persistent sets*: an instruction that nothing which can run before it depends on is run at once, with no alternative.
//! *Sleep sets*: where there are alternatives, one that was tried already is not tried again until something that depends on it
//! has run. Together they run each class of equivalent schedules exactly once.

use std::collections::HashMap;

use super::limits::{LeftOut, Limits, Work};
use super::machine::{Machine, Progress, State};
use super::{Ending, Exploration, Failure, FailureKind};
use crate::exec::check::cluster::network::Network;

/// How many stages of a program are looked at to count its interleavings.
const MOST_STAGES: usize = 20_000;
/// How many instructions a program may have for its interleavings to be counted.
const MOST_INSTRUCTIONS: usize = 200;

pub(super) fn explore(network: Network<'_>, limits: Limits) -> Exploration {
    let count: usize = network.cores.iter().map(|core| core.program.instrs.len()).sum();
    let mut work = Work(limits.work);
    let exploration = Exploration { schedules: 0, left_out: None, failures: Vec::new() };
    let Some(machine) = Machine::new(network, &mut work) else {
        let instructions = count as u64;
        let left_out = LeftOut { out_of_work: true, choices: 0, instructions };
        return Exploration { left_out: Some(left_out), ..exploration };
    };
    let reached = vec![false; count];
    let mut search = Search { machine: &machine, work, reached, first: None, exploration };
    search.run(limits.schedules);
    search.exploration
}

struct Search<'m, 'p> {
    machine: &'m Machine<'p>,
    work: Work,
    /// By instruction: whether some schedule has come to it.
    reached: Vec<bool>,
    /// The ending of the first schedule, which the others are compared with.
    first: Option<Ending>,
    exploration: Exploration,
}

/// A stage of a run from which there are several ways on.
struct Branch {
    state: State,
    /// The ways on, the next one last.
    ways: Vec<u32>,
    /// What is not tried from here: it was, and nothing that depends on it has run since.
    sleep: Vec<u32>,
}

/// The work was used up here.
struct OutOfWork(Box<Branch>);

impl Branch {
    /// The next way that is to be tried.
    fn next(&mut self) -> Option<u32> {
        while let Some(next) = self.ways.pop() {
            if !self.sleep.contains(&next) {
                return Some(next);
            }
        }
        None
    }
}

impl Search<'_, '_> {
    /// Depth first, on a stack of its own.
    fn run(&mut self, cap: u64) {
        let mut branches: Vec<Branch> = Vec::new();
        let start = Branch { state: self.machine.start(), ways: Vec::new(), sleep: Vec::new() };
        let mut outcome = self.follow(start);
        loop {
            match outcome {
                Ok(branch) => branches.extend(branch),
                Err(OutOfWork(branch)) => {
                    branches.push(*branch);
                    return self.leave_out(branches, true);
                }
            }
            let Some(branch) = branches.last_mut() else { return };
            let Some(next) = branch.next() else {
                branches.pop();
                outcome = Ok(None);
                continue;
            };
            let machine = self.machine;
            let enough = self.exploration.schedules >= cap;
            if enough || self.work.spend(machine.size()).is_none() {
                branch.ways.push(next);
                return self.leave_out(branches, !enough);
            }
            let mut state = branch.state.clone();
            let independent = |&other: &u32| !machine.dependent(other, next);
            let sleep = branch.sleep.iter().copied().filter(independent).collect();
            branch.sleep.push(next);
            self.step(&mut state, next);
            outcome = self.follow(Branch { state, ways: Vec::new(), sleep });
        }
    }

    fn step(&mut self, state: &mut State, next: u32) {
        self.machine.step(state, next);
        self.reached[next as usize] = true;
    }

    /// Goes on as long as there is one way alone; `None` at the end of the run, or where all ways on sleep.
    fn follow(&mut self, mut at: Branch) -> Result<Option<Branch>, OutOfWork> {
        let machine = self.machine;
        loop {
            let enabled = machine.enabled(&at.state.progress, &mut self.work);
            if enabled.is_empty() {
                self.finished(&at.state);
                return Ok(None);
            }
            let mut ways =
                enabled.iter().map(|&next| (next, self.is_alone(&at.state.progress, next)));
            let alone = ways.find(|&(_, alone)| alone != Some(false));
            let Some((next, Some(_))) = alone else {
                at.ways = enabled;
                at.ways.reverse();
                return if alone.is_none() { Ok(Some(at)) } else { Err(OutOfWork(Box::new(at))) };
            };
            if at.sleep.contains(&next) {
                return Ok(None);
            }
            at.sleep.retain(|&other| !machine.dependent(other, next));
            self.step(&mut at.state, next);
        }
    }

    /// Whether nothing that depends on `next` can run before it; `None` if there is no work left to find out.
    fn is_alone(&mut self, progress: &Progress, next: u32) -> Option<bool> {
        let machine = self.machine;
        let mut progress = progress.clone();
        // Copying is fast.
        self.work.spend(progress.ran().len() / 16)?;
        loop {
            let mut others = machine.enabled(&progress, &mut self.work);
            others.retain(|&other| other != next);
            if others.is_empty() {
                return Some(true);
            }
            for other in others {
                let looks = machine.cells.touched(other).min(machine.cells.touched(next)) + 1;
                self.work.spend(looks)?;
                if machine.dependent(other, next) {
                    return Some(false);
                }
                machine.advance(&mut progress, other);
            }
        }
    }

    fn leave_out(&mut self, branches: Vec<Branch>, out_of_work: bool) {
        let mut choices = 0;
        for mut branch in branches {
            choices += std::iter::from_fn(|| branch.next()).count() as u64;
        }
        let instructions = self.reached.iter().filter(|&&reached| !reached).count() as u64;
        self.exploration.left_out = Some(LeftOut { out_of_work, choices, instructions });
    }

    fn finished(&mut self, state: &State) {
        let ending = self.machine.ending(state);
        let first = *self.first.get_or_insert(ending);
        self.exploration.schedules += 1;
        let differs = (ending.digest != first.digest).then_some(FailureKind::Differs);
        for kind in ending.failures().chain(differs) {
            if !self.exploration.has(kind) {
                let schedule = state.schedule.clone();
                self.exploration.failures.push(Failure { kind, schedule });
            }
        }
    }
}

/// The number of schedules, equivalent or not, counted over the stages that a run can be in.
pub(super) fn interleavings(machine: &Machine<'_>) -> Option<u128> {
    fn count(
        machine: &Machine<'_>,
        progress: &Progress,
        known: &mut HashMap<Vec<bool>, u128>,
    ) -> Option<u128> {
        if let Some(&count) = known.get(progress.ran()) {
            return Some(count);
        }
        if known.len() >= MOST_STAGES {
            return None;
        }
        let enabled = machine.enabled(progress, &mut Work::unlimited());
        let mut sum = u128::from(enabled.is_empty());
        for next in enabled {
            let mut after = progress.clone();
            machine.advance(&mut after, next);
            sum = sum.checked_add(count(machine, &after, known)?)?;
        }
        known.insert(progress.ran().to_vec(), sum);
        Some(sum)
    }
    if machine.len() > MOST_INSTRUCTIONS {
        return None;
    }
    count(machine, &machine.start().progress, &mut HashMap::new())
}
