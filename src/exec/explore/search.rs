//! All schedules up to equivalence.
//!
//! *Persistent sets*: an instruction that nothing which can run before it depends on is run at once, with no alternative.
//! *Sleep sets*: where there are alternatives, one that was tried already is not tried again until something that depends on it
//! has run. Together they run each class of equivalent schedules exactly once.

use std::collections::HashMap;

use super::machine::{Machine, Progress, State};
use super::{Ending, Exploration, Failure, FailureKind};

/// How many stages of a program are looked at to count its interleavings.
const MOST_STAGES: usize = 20_000;
/// How many instructions a program may have for its interleavings to be counted.
const MOST_INSTRUCTIONS: usize = 200;

pub(super) fn explore(machine: &Machine<'_>, cap: u64) -> Exploration {
    let mut search = Search {
        machine,
        cap,
        first: None,
        exploration: Exploration { schedules: 0, complete: true, failures: Vec::new() },
    };
    search.from(machine.start(), Vec::new());
    search.exploration
}

struct Search<'m, 'p> {
    machine: &'m Machine<'p>,
    cap: u64,
    /// The ending of the first schedule, which the others are compared with.
    first: Option<Ending>,
    exploration: Exploration,
}

impl Search<'_, '_> {
    /// Explores what follows `state`, without the schedules that start with one of `sleep`.
    fn from(&mut self, mut state: State, mut sleep: Vec<u32>) {
        let machine = self.machine;
        loop {
            let enabled = machine.enabled(&state.progress);
            if enabled.is_empty() {
                return self.finished(&state);
            }
            let alone = enabled.iter().find(|&&next| self.is_alone(&state.progress, next));
            let Some(&next) = alone else {
                return self.branch(&state, &enabled, sleep);
            };
            if sleep.contains(&next) {
                return;
            }
            sleep.retain(|&other| !machine.dependent(other, next));
            machine.step(&mut state, next);
        }
    }

    fn branch(&mut self, state: &State, enabled: &[u32], mut sleep: Vec<u32>) {
        for &next in enabled {
            if sleep.contains(&next) {
                continue;
            }
            if self.exploration.schedules >= self.cap {
                self.exploration.complete = false;
                return;
            }
            let mut after = state.clone();
            self.machine.step(&mut after, next);
            let independent = |&other: &u32| !self.machine.dependent(other, next);
            self.from(after, sleep.iter().copied().filter(independent).collect());
            sleep.push(next);
        }
    }

    /// Whether nothing that depends on `next` can run before it.
    fn is_alone(&self, progress: &Progress, next: u32) -> bool {
        let mut progress = progress.clone();
        loop {
            let mut others = self.machine.enabled(&progress);
            others.retain(|&other| other != next);
            if others.is_empty() {
                return true;
            }
            for other in others {
                if self.machine.dependent(other, next) {
                    return false;
                }
                self.machine.advance(&mut progress, other);
            }
        }
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
        let enabled = machine.enabled(progress);
        let mut sum = u128::from(enabled.is_empty());
        for next in enabled {
            let mut after = progress.clone();
            machine.advance(&mut after, next);
            sum = sum.checked_add(count(machine, &after, known)?)?;
        }
        known.insert(progress.ran().to_vec(), sum);
        Some(sum)
    }
    if machine.program.instrs.len() > MOST_INSTRUCTIONS {
        return None;
    }
    count(machine, &machine.start().progress, &mut HashMap::new())
}
