//! What if: the same launch with a wait less, a slot more, a faster pipe.

use std::collections::VecDeque;

use super::forecast::Forecast;
use super::plan::{Act, Plan};
use super::waits::{Group, Groups, Spot, Wait};
use super::wave::{Wave, simulate};
use crate::op::Pipe;

/// How many of the longest waits are asked about.
const WAITS: usize = 6;
/// Shorter ones, as a share of the time, are not.
const LEAST: f64 = 0.01;

/// A change that was simulated, and what it gains.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct WhatIf {
    /// What is changed.
    pub change: Change,
    /// Microseconds of the launch then.
    pub us: f64,
    /// Microseconds that it gains; less than 0 where it loses.
    pub gain_us: f64,
}

/// A change.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Change {
    /// The pipe does not wait there. What it reads or overwrites may not be ready then: it tells what the wait costs, no more.
    WithoutWait(Box<Wait>),
    /// The ring of buffers that is waited for there has one slot more.
    OneMoreSlot(Box<Wait>),
    /// All ops of the pipe take half of their time.
    TwiceAsFast(Pipe),
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Change::WithoutWait(wait) => {
                let (pipe, on) = (Spot(wait.core, wait.pipe), Spot(wait.on_core, wait.on));
                write!(f, "{pipe} does not wait for {on} at {}", wait.line)?;
                f.write_str(if wait.is_hand_back() { "" } else { ", whose data it needs" })
            }
            Change::OneMoreSlot(wait) => {
                write!(f, "one more slot for {} at {}", Spot(wait.core, wait.pipe), wait.line)
            }
            Change::TwiceAsFast(pipe) => write!(f, "{} twice as fast", pipe.short()),
        }
    }
}

impl Forecast {
    /// Simulates changes one at a time, and ranks them by what they gain: the longest waits away, one more slot where a wait is for a
    /// buffer that comes back, each pipe twice as fast.
    #[must_use]
    pub fn what_if(&self) -> Vec<WhatIf> {
        let waits = self.waits();
        let mut changes: Vec<Change> = Vec::new();
        let long = |wait: &Wait| wait.cycles > LEAST * self.cycles();
        for wait in waits.into_iter().filter(long).take(WAITS) {
            if wait.is_hand_back() {
                changes.push(Change::OneMoreSlot(Box::new(wait.clone())));
            }
            changes.push(Change::WithoutWait(Box::new(wait)));
        }
        let busy = Pipe::ALL.into_iter().filter(|&pipe| self.load(pipe).ops > 0.0);
        changes.extend(busy.map(Change::TwiceAsFast));
        let mut answers: Vec<WhatIf> =
            changes.into_iter().filter_map(|change| self.answer(change)).collect();
        answers.sort_by(|a, b| b.gain_us.total_cmp(&a.gain_us));
        answers
    }

    /// Simulates one change; nothing where the pipes would wait for ever.
    #[must_use]
    pub fn answer(&self, change: Change) -> Option<WhatIf> {
        let mut plans = self.job.plans.clone();
        let groups = self.job.groups();
        for ((number, plan), groups) in plans.iter_mut().enumerate().zip(&groups) {
            match &change {
                Change::WithoutWait(wait) if wait.at.plan == number => {
                    unwait(plan, groups, wait.at);
                }
                Change::OneMoreSlot(wait) if wait.at.plan == number => {
                    add_slot(plan, groups, wait.at);
                }
                Change::TwiceAsFast(pipe) => {
                    let of_pipe = plan.steps.iter_mut().filter(|step| step.pipe == *pipe);
                    of_pipe.for_each(|step| {
                        step.ticks /= 2;
                        step.fresh /= 2;
                        step.demand = step.demand.saturating_mul(2);
                    });
                }
                Change::WithoutWait(_) | Change::OneMoreSlot(_) => {}
            }
        }
        let waves = simulate(&self.job, &plans, &self.profile, self.cores).ok()?;
        let ticks: u64 = waves.iter().map(Wave::all_ticks).sum();
        let us = self.launch_us() + self.profile.microseconds(ticks as f64 / super::plan::TICKS);
        Some(WhatIf { change, us, gain_us: self.us() - us })
    }
}

fn waits_of(groups: &Groups, group: Group) -> impl Iterator<Item = usize> {
    (0..groups.len()).filter(move |&index| groups[index].is_some_and(|(of, _)| of == group))
}

fn unwait(plan: &mut Plan, groups: &Groups, group: Group) {
    for index in waits_of(groups, group) {
        plan.steps[index].act = Act::Nothing;
    }
}

/// Each turn takes the slot that the turn before would have taken, and the first one a slot that is free.
fn add_slot(plan: &mut Plan, groups: &Groups, group: Group) {
    let mut flags: VecDeque<u32> = VecDeque::new();
    for index in waits_of(groups, group) {
        let Act::Wait(flag) = plan.steps[index].act else { continue };
        flags.push_back(flag);
        plan.steps[index].act = match flags.len() {
            1 => Act::Nothing,
            _ => flags.pop_front().map_or(Act::Nothing, Act::Wait),
        };
    }
}
