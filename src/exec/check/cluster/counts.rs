//! Cross-core flags that are not waited for as often as they are set.

use super::network::{Effect, Network};
use super::told::{At, Told};
use crate::chip::ChipId;
use crate::exec::check::code::Code;
use crate::exec::check::finding::written;
use crate::program::{Cross, CrossMode, InstrKind};

/// Who uses a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owner {
    Ready(u32),
    Free(u32),
    Flag,
    SyncAll,
}

/// The uses of a counter: sets that help to raise it; waits that take it down, and how far.
#[derive(Default)]
pub(super) struct Uses {
    pub(super) raises: Vec<(At, Owner)>,
    pub(super) takes: Vec<(At, usize, Owner)>,
}

/// All uses of all counters, and the sets of all groups.
pub(super) struct Counts<'n, 'p> {
    network: &'n Network<'p>,
    /// By counter.
    pub(super) uses: Vec<Uses>,
    /// By group and member.
    sets: Vec<Vec<Vec<At>>>,
}

impl<'n, 'p> Counts<'n, 'p> {
    pub(super) fn new(network: &'n Network<'p>) -> Self {
        let mut uses: Vec<Uses> = Vec::new();
        uses.resize_with(network.counters.len(), Uses::default);
        let mut sets: Vec<_> =
            network.groups.iter().map(|group| vec![Vec::new(); group.members.len()]).collect();
        for (core, member) in network.cores.iter().enumerate() {
            for (index, instr) in (0..).zip(&member.program.instrs) {
                let InstrKind::Cross(cross) = instr.kind else { continue };
                let owner = match cross {
                    Cross::Push { fifo, .. } | Cross::Pop { fifo, .. } => Owner::Ready(fifo),
                    Cross::Alloc { fifo, .. }
                    | Cross::Free { fifo, .. }
                    | Cross::Drain { fifo, .. } => Owner::Free(fifo),
                    _ => Owner::Flag,
                };
                let at = (core, index);
                match network.effect(core, index) {
                    Effect::Arrive(arrivals) => {
                        for &(group, member) in arrivals {
                            sets[group][member].push(at);
                            for &counter in &network.groups[group].raises {
                                uses[counter].raises.push((at, owner));
                            }
                        }
                    }
                    Effect::Take(counters) => {
                        for &(counter, times) in counters {
                            uses[counter].takes.push((at, times, owner));
                        }
                    }
                    Effect::Nothing | Effect::Meet(..) => {}
                }
            }
        }
        Counts { network, uses, sets }
    }

    fn text(&self, (core, index): At) -> String {
        written(self.network.cores[core].program, index)
    }

    fn core(&self, core: usize) -> String {
        let member = &self.network.cores[core];
        self.network.core_text(member.block, member.core)
    }

    /// The kernel's own flags, sets against waits. FIFOs are counted by their messages.
    pub(super) fn report(&self, told: &mut Told<'_, '_>) {
        let mut raised = vec![0; self.uses.len()];
        for (group, sets) in self.network.groups.iter().zip(&self.sets) {
            for &counter in &group.raises {
                raised[counter] += sets.iter().map(Vec::len).min().unwrap_or(0);
            }
        }
        for (number, uses) in self.uses.iter().enumerate() {
            let owners = uses.raises.iter().map(|&(_, owner)| owner);
            let mut owners = owners.chain(uses.takes.iter().map(|&(.., owner)| owner));
            let taken: usize = uses.takes.iter().map(|&(_, times, _)| times).sum();
            if owners.any(|owner| owner != Owner::Flag) || raised[number] == taken {
                continue;
            }
            if raised[number] < taken {
                self.waits_left(number, (raised[number], taken), told);
            } else if !self.incomplete(number, told) {
                self.sets_left(number, (raised[number], taken), told);
            }
        }
        for group in 0..self.sets.len() {
            self.group(group, told);
        }
    }

    fn sets_left(&self, number: usize, (raised, taken): (usize, usize), told: &mut Told<'_, '_>) {
        let (uses, text) = (&self.uses[number], self.network.counter_text(number));
        let set = uses.raises.last().map(|&(set, _)| (set, "the last set".to_owned()));
        let wait =
            uses.takes.last().map(|&(wait, ..)| (wait, format!("the last of {taken} waits")));
        told.add(
            Code::CountMismatch,
            format!("{text} is raised {raised} times and waited for {taken} times: it is still raised at the end"),
            set.into_iter().chain(wait),
            "wait as often as is set: loops of one length on both sides",
        );
    }

    fn waits_left(&self, number: usize, (raised, taken): (usize, usize), told: &mut Told<'_, '_>) {
        let (uses, text) = (&self.uses[number], self.network.counter_text(number));
        let core = self.core(self.network.counters[number].core);
        let mut sum = 0;
        let wait = uses.takes.iter().find(|(_, times, _)| {
            sum += times;
            sum > raised
        });
        let wait = wait.map(|&(wait, ..)| (wait, "no set is left for this wait".to_owned()));
        let set = uses.raises.last().map(|&(set, _)| (set, format!("the last of {raised} sets")));
        told.add(
            Code::CountMismatch,
            format!("{text} is waited for {taken} times and raised {raised} times: {core} waits for ever"),
            wait.into_iter().chain(set),
            "wait as often as is set: loops of one length on both sides",
        );
    }

    /// On a5 the cube has a flag for each vector core. Whether it waits for one of the two alone.
    fn incomplete(&self, number: usize, told: &mut Told<'_, '_>) -> bool {
        let counter = self.network.counters[number];
        let member = &self.network.cores[counter.core];
        if member.program.chip != ChipId::A5
            || member.core.is_vector()
            || !self.uses[number].takes.is_empty()
        {
            return false;
        }
        let twin = |at: &usize| {
            let other = self.network.counters[*at];
            other.core == counter.core && other.id == counter.id ^ 16
        };
        let Some(twin) = (0..self.uses.len()).find(twin) else { return false };
        let (Some(&(wait, ..)), Some(&(set, _))) =
            (self.uses[twin].takes.first(), self.uses[number].raises.first())
        else {
            return false;
        };
        let (id, waited) = (counter.id, self.network.counters[twin].id);
        told.add(
            Code::IncompleteWait,
            format!(
                "{} waits for flag {waited} of one vector core, and not for flag {id} of the other",
                self.core(counter.core)
            ),
            [
                (set, format!("raises flag {id} of the cube, which nobody waits for")),
                (wait, "waits for one of the two".to_owned()),
            ],
            format!("wait for flag {id} as well"),
        );
        true
    }

    /// Flags that several cores set together, and not all of them do.
    fn group(&self, number: usize, told: &mut Told<'_, '_>) {
        let sets = &self.sets[number];
        let few = sets.iter().enumerate().min_by_key(|(_, sets)| sets.len());
        let most = sets.iter().max_by_key(|sets| sets.len());
        let (Some((few, fewest)), Some(most)) = (few, most) else { return };
        let Some(&at) = most.get(fewest.len()) else { return };
        let instr = &self.network.cores[at.0].program.instrs[at.1 as usize];
        // Steps of a FIFO are counted by its messages.
        let InstrKind::Cross(Cross::Set { mode, .. }) = instr.kind else { return };
        let whom =
            if mode == CrossMode::AllCores { "all cores of its kind" } else { "both vector cores" };
        told.add(
            Code::ParticipantMismatch,
            format!(
                "`{}` takes {whom}, and {} sets it {} times, not {}",
                self.text(at),
                self.core(self.network.groups[number].members[few]),
                fewest.len(),
                most.len()
            ),
            [(at, "is not raised until the others have set it, too".to_owned())],
            "let every core of the group set the flag as often, also where it has no work",
        );
    }
}
