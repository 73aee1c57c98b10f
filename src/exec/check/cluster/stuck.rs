//! Why cores stand still: they wait for each other in a circle.

use super::Parts;
use super::network::{Effect, Network};
use super::talk::Talk;
use super::told::{At, Told};
use crate::exec::check::code::Code;
use crate::exec::check::deadlock::Stop;
use crate::exec::check::finding::written;
use crate::exec::check::order::End;
use crate::op::Pipe;
use crate::program::{ClusterProgram, Cross, Fifo, InstrKind, Program};

/// Slots more than there are that are tried, to say how deep a FIFO has to be.
const MORE_SLOTS: u32 = 64;

/// The cores at their ends, or where they stand still.
pub(super) struct Standstill<'n, 'p> {
    pub(super) network: &'n Network<'p>,
    pub(super) talk: Talk<'n, 'p>,
    /// By core.
    pub(super) ends: Vec<End>,
    /// How many blocks have come to their end.
    pub(super) ended: usize,
}

/// A pipe of a core.
type Lane = (usize, Pipe);

pub(super) fn report(
    launch: &ClusterProgram,
    parts: &Parts,
    stop: &Standstill<'_, '_>,
    told: &mut Told<'_, '_>,
) {
    let mut reported: Vec<Lane> = Vec::new();
    for circle in stop.circles(parts) {
        let cores: Vec<usize> = circle.iter().map(|&(core, _)| core).collect();
        // The circles of one core are found as those of a program on its own.
        if cores.iter().all(|&core| core == cores[0])
            || circle.iter().any(|lane| reported.contains(lane))
        {
            continue;
        }
        reported.extend(&circle);
        let network = stop.network;
        let name =
            |core: usize| network.core_text(network.cores[core].block, network.cores[core].core);
        let mut names: Vec<String> = cores.iter().map(|&core| name(core)).collect();
        names.dedup();
        let sites: Vec<(At, String)> = (0..circle.len())
            .filter_map(|at| {
                let ((core, pipe), (on, of)) = (circle[at], circle[(at + 1) % circle.len()]);
                let index = stop.ends[core].heads[pipe.index()]?;
                let what = written(network.cores[core].program, index);
                Some((
                    (core, index),
                    format!(
                        "stops at `{what}`, and goes on after what {of} of {} stops at",
                        name(on)
                    ),
                ))
            })
            .collect();
        let depth = too_shallow(launch, stop, &sites);
        told.add(
            Code::CyclicWait,
            format!("{} wait for each other, for ever", names.join(", ")),
            sites,
            depth.unwrap_or_else(|| {
                "move one of these waits behind what the circle comes back to, or set its flag once before the loop".to_owned()
            }),
        );
    }
}

impl Standstill<'_, '_> {
    /// The circles of pipes, each from the first pipe of it that was come to.
    fn circles(&self, parts: &Parts) -> Vec<Vec<Lane>> {
        let lanes = || (0..self.ends.len()).flat_map(|core| Pipe::ALL.map(|pipe| (core, pipe)));
        let mut seen = vec![0; self.ends.len() * Pipe::COUNT];
        let number = |(core, pipe): Lane| core * Pipe::COUNT + pipe.index();
        let mut circles = Vec::new();
        for (walk, start) in lanes().enumerate() {
            let mut path = Vec::new();
            let mut at = Some(start);
            while let Some(lane) = at {
                if seen[number(lane)] == walk + 1 {
                    let first = path.iter().position(|&other| other == lane).unwrap_or(0);
                    circles.push(path.split_off(first));
                }
                if seen[number(lane)] != 0 {
                    break;
                }
                seen[number(lane)] = walk + 1;
                path.push(lane);
                at = self.blocker(lane, parts);
            }
        }
        circles
    }

    /// The pipe whose next instruction has to run before that of `lane` can.
    fn blocker(&self, (core, pipe): Lane, parts: &Parts) -> Option<Lane> {
        let heads = &self.ends[core].heads;
        let index = heads[pipe.index()]?;
        let program = self.network.cores[core].program;
        let block = self.network.cores[core].block;
        if !self.network.has_started(block, self.ended) {
            return None;
        }
        let own = Stop { program, units: &parts.units[core], end: &self.ends[core] };
        if let Some(pipe) = own.blocker(pipe) {
            return Some((core, pipe));
        }
        match self.network.effect(core, index) {
            Effect::Take(counters) => {
                let &(counter, _) =
                    counters.iter().find(|&&(counter, times)| self.talk.height(counter) < times)?;
                self.raiser(counter)
            }
            &Effect::Meet(of, nth) => {
                let missing = self
                    .network
                    .participants(of)
                    .find(|&core| !self.talk.has_come(core, of, nth))?;
                let meeting = self.network.meeting(missing, of, nth)?;
                let heads = self.ends[missing].heads;
                let behind = Pipe::ALL
                    .into_iter()
                    .find(|pipe| heads[pipe.index()].is_some_and(|head| head < meeting));
                Some((missing, behind.unwrap_or(Pipe::S)))
            }
            Effect::Nothing | Effect::Arrive(_) => None,
        }
    }

    /// The pipe that has still to set a counter's flag.
    fn raiser(&self, counter: usize) -> Option<Lane> {
        let groups = self.network.groups.iter().enumerate();
        let mut groups = groups.filter(|(_, group)| group.raises.contains(&counter));
        groups.find_map(|(number, group)| {
            let members = group.members.iter().enumerate();
            let mut open = members.filter(|&(member, _)| self.talk.unmatched(number, member) == 0);
            open.find_map(|(_, &core)| {
                let instrs = (0..).zip(&self.network.cores[core].program.instrs);
                let heads = self.ends[core].heads;
                let mut left = instrs.filter(|(index, instr)| {
                    heads[instr.pipe.index()].is_some_and(|head| head <= *index)
                });
                left.find_map(|(index, instr)| match self.network.effect(core, index) {
                    Effect::Arrive(arrivals)
                        if arrivals.iter().any(|&(group, _)| group == number) =>
                    {
                        Some((core, instr.pipe))
                    }
                    _ => None,
                })
            })
        })
    }
}

/// Which FIFO of a circle has too few slots, and how many it needs.
fn too_shallow(
    launch: &ClusterProgram,
    stop: &Standstill<'_, '_>,
    circle: &[(At, String)],
) -> Option<String> {
    let mut fifos: Vec<u32> = circle
        .iter()
        .filter_map(|&((core, index), _)| {
            match stop.network.cores[core].program.instrs[index as usize].kind {
                InstrKind::Cross(Cross::Alloc { fifo, .. }) => Some(fifo),
                _ => None,
            }
        })
        .collect();
    fifos.dedup();
    fifos.iter().find_map(|&number| {
        let more = (1..=MORE_SLOTS).find(|&more| comes_to_an_end(&deeper(launch, number, more)))?;
        let fifo = &stop.network.cores[circle[0].0.0].program.fifos[number as usize];
        Some(format!(
            "FIFO {} is too shallow by {more}: give it {} slots, or let its producer run ahead by {more} fewer steps",
            fifo.name,
            fifo.slots + more
        ))
    })
}

/// The launch with more slots in one FIFO.
fn deeper(launch: &ClusterProgram, number: u32, more: u32) -> ClusterProgram {
    let mut launch = launch.clone();
    for program in launch.blocks.iter_mut().flatten() {
        let mut fifos = program.fifos.to_vec();
        if let Some(fifo) = fifos.get_mut(number as usize) {
            let usual = fifo.period == Fifo::period_of(fifo.slots);
            fifo.slots += more;
            fifo.period = if usual { Fifo::period_of(fifo.slots) } else { fifo.period };
        }
        program.fifos = fifos.into();
        drop_drains(program, number);
    }
    launch
}

/// What is drained at the end depends on the depth.
fn drop_drains(program: &mut Program, number: u32) {
    program.instrs.retain(|instr| {
        !matches!(instr.kind, InstrKind::Cross(Cross::Drain { fifo, .. }) if fifo == number)
    });
}

fn comes_to_an_end(launch: &ClusterProgram) -> bool {
    let network = Network::new(launch);
    let stop = Parts::new(&network).run(&network, |_, _, _| {});
    stop.ends.iter().all(|end| end.heads.iter().all(Option::is_none))
}
