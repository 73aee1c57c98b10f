//! What cores have told each other so far, while they are walked.

use std::collections::{HashMap, VecDeque};
use std::ops::{Index, IndexMut};

use super::network::{Effect, Network};
use super::told::At;
use crate::exec::check::order::{Lanes, Others};
use crate::op::Pipe;
use crate::program::Participants;

/// How many instructions of each pipe of each core are known to have completed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wide(Box<[u32]>);

impl Wide {
    pub(super) fn nothing(lanes: usize) -> Self {
        Wide(vec![0; lanes].into())
    }
}

impl Index<usize> for Wide {
    type Output = u32;

    fn index(&self, lane: usize) -> &u32 {
        &self.0[lane]
    }
}

impl IndexMut<usize> for Wide {
    fn index_mut(&mut self, lane: usize) -> &mut u32 {
        &mut self.0[lane]
    }
}

impl Lanes for Wide {
    fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            *mine = (*mine).max(*theirs);
        }
    }
}

/// The counters, the groups, and the meetings.
pub(super) struct Talk<'n, 'p> {
    network: &'n Network<'p>,
    /// By group and member: what each set that the others have not set yet carries.
    arrived: Vec<Vec<VecDeque<Wide>>>,
    /// By counter: what each raise carries.
    raised: Vec<VecDeque<Wide>>,
    /// Who has come to which meeting, and what they know together.
    meetings: HashMap<(Participants, usize), (Vec<usize>, Wide)>,
    /// By counter: the last set of each pipe of each group, and the last wait of each pipe.
    last: Vec<[Vec<Last>; 2]>,
    /// Two uses of one counter in no fixed order.
    mixed: Vec<(usize, At, At)>,
}

/// The last use of a counter by one pipe.
#[derive(Clone, Copy)]
struct Last {
    group: Option<usize>,
    at: At,
    lane: usize,
    time: u32,
}

impl<'n, 'p> Talk<'n, 'p> {
    pub(super) fn new(network: &'n Network<'p>) -> Self {
        let members = |group: &super::network::Group| vec![VecDeque::new(); group.members.len()];
        Talk {
            network,
            arrived: network.groups.iter().map(members).collect(),
            raised: vec![VecDeque::new(); network.counters.len()],
            meetings: HashMap::new(),
            last: vec![Default::default(); network.counters.len()],
            mixed: Vec::new(),
        }
    }

    /// Two uses of one counter, that two pipes make in no fixed order.
    pub(super) fn mixed(&self) -> &[(usize, At, At)] {
        &self.mixed
    }

    /// A pipe uses a counter: comes that after what other pipes have used it for?
    fn note(&mut self, counter: usize, one: Last, known: &Wide) {
        let list = &mut self.last[counter][usize::from(one.group.is_none())];
        // What cores set together is one set.
        let other = |last: &&Last| {
            last.lane != one.lane
                && (last.group != one.group || one.group.is_none() || last.at.0 == one.at.0)
        };
        if let Some(last) = list.iter().filter(other).find(|last| known[last.lane] < last.time) {
            self.mixed.push((counter, last.at, one.at));
        }
        list.retain(|last| last.lane != one.lane || last.group != one.group);
        list.push(one);
    }

    /// How high a counter stands.
    pub(super) fn height(&self, counter: usize) -> usize {
        self.raised[counter].len()
    }

    /// How many sets of a member of a group have not been matched by its other members.
    pub(super) fn unmatched(&self, group: usize, member: usize) -> usize {
        self.arrived[group][member].len()
    }

    /// Whether a core has come to a meeting.
    pub(super) fn has_come(&self, core: usize, of: Participants, nth: usize) -> bool {
        self.meetings.get(&(of, nth)).is_some_and(|(cores, _)| cores.contains(&core))
    }

    /// What one of the cores has to do with the others.
    pub(super) fn of(&mut self, core: usize) -> Mouth<'_, 'n, 'p> {
        Mouth { talk: self, core }
    }

    fn arrive(&mut self, (group, member): (usize, usize), carried: Wide) {
        self.arrived[group][member].push_back(carried);
        if self.arrived[group].iter().any(VecDeque::is_empty) {
            return;
        }
        let mut together: Option<Wide> = None;
        for clock in self.arrived[group].iter_mut().filter_map(VecDeque::pop_front) {
            match &mut together {
                Some(together) => together.merge(&clock),
                None => together = Some(clock),
            }
        }
        for &counter in &self.network.groups[group].raises {
            self.raised[counter].extend(together.clone());
        }
    }
}

/// A core that talks.
pub(super) struct Mouth<'t, 'n, 'p> {
    talk: &'t mut Talk<'n, 'p>,
    core: usize,
}

impl Others<Wide> for Mouth<'_, '_, '_> {
    fn let_run(&mut self, index: u32, here: impl FnOnce() -> Wide) -> bool {
        let Talk { network, raised, meetings, .. } = &mut *self.talk;
        match network.effect(self.core, index) {
            Effect::Nothing | Effect::Arrive(_) => true,
            Effect::Take(counters) => {
                counters.iter().all(|&(counter, times)| raised[counter].len() >= times)
            }
            &Effect::Meet(of, nth) => {
                let here = here();
                let (come, together) =
                    meetings.entry((of, nth)).or_insert_with(|| (Vec::new(), here.clone()));
                if !come.contains(&self.core) {
                    come.push(self.core);
                    together.merge(&here);
                }
                network.participants(of).all(|core| come.contains(&core))
            }
        }
    }

    fn run(&mut self, index: u32, known: &mut Wide, carried: Wide) {
        let network = self.talk.network;
        let pipe = network.cores[self.core].program.instrs[index as usize].pipe;
        let lane = self.core * Pipe::COUNT + pipe.index();
        let last = Last { group: None, at: (self.core, index), lane, time: carried[lane] };
        match network.effect(self.core, index) {
            Effect::Nothing => {}
            Effect::Arrive(arrivals) => {
                for &arrival in arrivals {
                    for &counter in &network.groups[arrival.0].raises {
                        self.talk.note(counter, Last { group: Some(arrival.0), ..last }, known);
                    }
                    self.talk.arrive(arrival, carried.clone());
                }
            }
            Effect::Take(counters) => {
                for &(counter, times) in counters {
                    self.talk.note(counter, last, known);
                    for clock in self.talk.raised[counter].drain(..times) {
                        known.merge(&clock);
                    }
                }
            }
            &Effect::Meet(of, nth) => {
                if let Some((_, together)) = self.talk.meetings.get(&(of, nth)) {
                    known.merge(together);
                }
            }
        }
    }
}
