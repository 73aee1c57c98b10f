//! What the cores of a block tell each other.
//!
//! A counter between cores is taken down by one pipe alone, so the n-th wait is for the n-th raise, whatever the schedule: each raise is a
//! *signal* with a number of its own, which some cores tell and others wait for.

use std::collections::HashMap;

use super::error::SimulateError;
use crate::exec::check::cluster::network::{Effect, Network};
use crate::program::{ClusterProgram, InstrKind, Participants, Program};

/// What an instruction about other cores does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Talk {
    /// Tells these signals.
    Tell(Vec<u32>),
    /// Waits for all of them.
    Await(Vec<u32>),
    /// Meets all these cores of the launch.
    Meet(Participants),
}

/// By instruction of a core.
pub(super) type Talks = HashMap<u32, Talk>;

/// What the cores of a block tell each other.
#[derive(Debug, Default)]
pub(super) struct Signals {
    /// By core.
    pub(super) talks: Vec<Talks>,
    /// By signal, how many cores tell it together.
    pub(super) tellers: Vec<u32>,
}

impl Signals {
    /// Of the programs of the cores of one block.
    ///
    /// # Errors
    ///
    /// If one of them waits for what none of them tells.
    pub(super) fn new(block: &ClusterProgram) -> Result<Self, SimulateError> {
        let network = Network::new(block);
        let mut signals = Signals::default();
        // By counter, the signals that raise it, and how many of them have been waited for.
        let mut raised: Vec<(Vec<u32>, usize)> = vec![(Vec::new(), 0); network.counters.len()];
        // By group and member, how often it has told; by group, its signals.
        let mut told: HashMap<(usize, usize), usize> = HashMap::new();
        let mut of_group: Vec<Vec<u32>> = vec![Vec::new(); network.groups.len()];
        for (core, member) in network.cores.iter().enumerate() {
            let mut talks = Talks::new();
            for index in instructions(member.program) {
                let talk = match network.effect(core, index) {
                    Effect::Arrive(arrivals) => {
                        let mut tell = Vec::new();
                        for &(group, number) in arrivals {
                            let nth = told.entry((group, number)).or_default();
                            let known = &mut of_group[group];
                            if known.len() == *nth {
                                let signal = signals.tellers.len() as u32;
                                known.push(signal);
                                signals.tellers.push(network.groups[group].members.len() as u32);
                                for &counter in &network.groups[group].raises {
                                    raised[counter].0.push(signal);
                                }
                            }
                            tell.push(known[*nth]);
                            *nth += 1;
                        }
                        Talk::Tell(tell)
                    }
                    &Effect::Meet(of, _) => Talk::Meet(of),
                    Effect::Take(_) | Effect::Nothing => continue,
                };
                talks.insert(index, talk);
            }
            signals.talks.push(talks);
        }
        for (core, member) in network.cores.iter().enumerate() {
            for index in instructions(member.program) {
                let Effect::Take(counters) = network.effect(core, index) else { continue };
                let mut wait = Vec::new();
                for &(counter, times) in counters {
                    let (known, taken) = &mut raised[counter];
                    *taken += times;
                    let last = taken.checked_sub(1).and_then(|last| known.get(last));
                    wait.push(*last.ok_or_else(|| unheard(member.program, index))?);
                }
                signals.talks[core].insert(index, Talk::Await(wait));
            }
        }
        Ok(signals)
    }
}

fn unheard(program: &Program, index: u32) -> SimulateError {
    let instr = &program.instrs[index as usize];
    let waits = match &instr.kind {
        InstrKind::Cross(cross) => program.cross_text(instr.pipe, cross),
        _ => String::new(),
    };
    SimulateError::Unheard { waits, line: program.line(instr.at) }
}

fn instructions(program: &Program) -> impl Iterator<Item = u32> {
    0..program.instrs.len() as u32
}
