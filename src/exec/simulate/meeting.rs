//! Where cores meet: the signals of a block, and `SYNCALL`.

use std::collections::HashMap;

use super::plan::Plan;
use crate::program::Participants;

/// The cores that work on one block, and what they have told each other.
#[derive(Debug, Default)]
pub(super) struct Team {
    /// By signal: how many cores have yet to tell it, and when the last one did.
    signals: Vec<(u32, u64)>,
    /// Pipes that wait for a signal, each with its core.
    pub(super) waiting: Vec<(u32, u8)>,
    /// Cores that have not come to their end.
    pub(super) left: usize,
    /// When the last of those that have did.
    pub(super) finish: u64,
}

impl Team {
    /// Of the cores with these plans.
    pub(super) fn new(plans: &[Plan]) -> Self {
        let tellers = plans.first().map_or(&[][..], |plan| &plan.tellers);
        let signals = tellers.iter().map(|&tellers| (tellers, 0)).collect();
        Team { signals, left: plans.len(), ..Team::default() }
    }

    /// One core more tells these signals; whether one of them is known by that.
    pub(super) fn tell(&mut self, signals: &[u32], seen: u64) -> bool {
        let mut is_known = false;
        for &signal in signals {
            let (missing, when) = &mut self.signals[signal as usize];
            *missing = missing.saturating_sub(1);
            *when = (*when).max(seen);
            is_known |= *missing == 0;
        }
        is_known
    }

    /// When the last of these signals is seen, if that is known.
    pub(super) fn seen(&self, signals: &[u32]) -> Option<u64> {
        let seen = |&signal: &u32| match self.signals[signal as usize] {
            (0, when) => Some(when),
            _ => None,
        };
        signals.iter().map(seen).try_fold(0, |last, seen| Some(last.max(seen?)))
    }
}

/// The meetings of a launch.
#[derive(Debug, Default)]
pub(super) struct Meetings {
    /// How many cores come to each.
    cores: HashMap<Participants, usize>,
    /// By who meets and for which time: who has come, and when the last one did.
    under_way: HashMap<(Participants, usize), (Vec<u32>, u64)>,
}

impl Meetings {
    /// Of the cores with these plans.
    pub(super) fn new<'p>(plans: impl Iterator<Item = &'p Plan>) -> Self {
        let mut cores = HashMap::new();
        for core in plans.map(|plan| plan.core) {
            for of in [Participants::Cubes, Participants::Vectors, Participants::All] {
                if core.is_none_or(|core| of.include(core)) {
                    *cores.entry(of).or_default() += 1;
                }
            }
        }
        Meetings { cores, under_way: HashMap::new() }
    }

    /// A core comes to its `nth` meeting; when the last one did, and who the others are, if it is the last one.
    pub(super) fn come(
        &mut self,
        of: Participants,
        nth: usize,
        core: u32,
        time: u64,
    ) -> Option<(u64, Vec<u32>)> {
        let (come, last) = self.under_way.entry((of, nth)).or_default();
        *last = (*last).max(time);
        come.push(core);
        if come.len() < self.cores.get(&of).copied().unwrap_or(1) {
            return None;
        }
        come.pop();
        let (others, last) = self.under_way.remove(&(of, nth))?;
        Some((last, others))
    }
}
