//! The machine as rules: which instructions may run next, and what each does.
//!
//! Instructions are numbered through all cores of a launch; a program on its own is a launch of one core.

mod state;

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::cells::Cells;
use super::limits::Work;
use crate::exec::check::cluster::network::{Effect, Network};
use crate::exec::check::library::{library_flags_of, straddled};
use crate::exec::check::order::stops_issue;
use crate::exec::check::units::{Units, Used};
use crate::op::Pipe;
use crate::program::{Cross, Flag, Instr, InstrKind, Phase, Program};

pub(super) use state::State;

pub(super) struct Machine<'p> {
    network: Network<'p>,
    pub(super) cells: Cells,
    cores: Vec<CoreMachine<'p>>,
    /// By instruction: its core.
    core_of: Vec<u32>,
    /// By instruction, how many ops stand before it.
    ops_before: Vec<usize>,
    ops: usize,
    /// How many flags, and unit flags, all cores have.
    channels: usize,
    units: usize,
}

struct CoreMachine<'p> {
    program: &'p Program,
    /// The numbers of its instructions.
    instrs: Range<u32>,
    /// Those of each pipe.
    queues: [Vec<u32>; Pipe::COUNT],
    /// Which counter each flag of the program uses, by pair and id.
    channels: HashMap<(Pipe, Pipe, u8), usize>,
    straddled: HashSet<(u32, Pipe, Pipe)>,
    units: Units,
    first_unit: usize,
}

/// How far a run has come.
#[derive(Clone)]
pub(super) struct Progress {
    ran: Vec<bool>,
    /// The first instruction of each pipe's queue that has not run, core by core.
    first: Vec<[usize; Pipe::COUNT]>,
    /// How often each flag is raised.
    raised: Vec<u32>,
    /// Which unit flags are up.
    units_up: Vec<bool>,
    /// How high the counters between cores stand.
    counters: Vec<u32>,
    /// By group and member: sets that the other members have not matched yet.
    arrived: Vec<Vec<u32>>,
}

impl<'p> Machine<'p> {
    /// `None` if that is more work than may be done.
    pub(super) fn new(network: Network<'p>, work: &mut Work) -> Option<Self> {
        let (mut core_of, mut ops_before, mut cores) = (Vec::new(), Vec::new(), Vec::new());
        let (mut ops, mut all_channels, mut all_units) = (0, 0, 0);
        for (core, member) in network.cores.iter().enumerate() {
            let mut queues: [Vec<u32>; Pipe::COUNT] = Default::default();
            let mut channels = HashMap::new();
            let first = core_of.len() as u32;
            for (index, instr) in (first..).zip(&member.program.instrs) {
                queues[instr.pipe.index()].push(index);
                core_of.push(core as u32);
                ops_before.push(ops);
                ops += usize::from(matches!(instr.kind, InstrKind::Op(_)));
                if let InstrKind::Set(flag) | InstrKind::Wait(flag) = &instr.kind {
                    let next = all_channels + channels.len();
                    channels.entry((flag.src, flag.dst, flag.id)).or_insert(next);
                }
            }
            let (units, first_unit) = (Units::new(member.program), all_units);
            all_channels += channels.len();
            all_units += units.count;
            let (program, instrs) = (member.program, first..core_of.len() as u32);
            cores.push(CoreMachine {
                program,
                instrs,
                queues,
                channels,
                straddled: straddled(program),
                units,
                first_unit,
            });
        }
        let cells = Cells::new(&network, work)?;
        let (channels, units) = (all_channels, all_units);
        Some(Machine { network, cells, cores, core_of, ops_before, ops, channels, units })
    }

    /// How many instructions there are.
    pub(super) fn len(&self) -> usize {
        self.core_of.len()
    }

    fn core(&self, index: u32) -> (usize, &CoreMachine<'p>) {
        let core = self.core_of[index as usize] as usize;
        (core, &self.cores[core])
    }

    fn instr(&self, index: u32) -> &'p Instr {
        let (_, core) = self.core(index);
        &core.program.instrs[(index - core.instrs.start) as usize]
    }

    fn effect(&self, index: u32) -> &Effect {
        let (number, core) = self.core(index);
        self.network.effect(number, index - core.instrs.start)
    }

    /// The instructions that may run next, in the order of issue. What that takes is spent, and more than there is.
    pub(super) fn enabled(&self, progress: &Progress, work: &mut Work) -> Vec<u32> {
        let mut enabled = Vec::new();
        for core in 0..self.cores.len() {
            if self.has_started(core, progress) {
                self.enabled_of(core, progress, work, &mut enabled);
            }
        }
        enabled.sort_unstable();
        enabled
    }

    fn has_started(&self, core: usize, progress: &Progress) -> bool {
        let blocks = self.network.blocks();
        if self.network.resident() >= blocks {
            return true;
        }
        let ended = |block: &usize| {
            let mut cores = self.cores.iter().zip(&self.network.cores);
            cores.all(|(core, member)| {
                member.block != *block || all_ran(progress, core.instrs.clone())
            })
        };
        self.network.has_started(self.network.cores[core].block, (0..blocks).filter(ended).count())
    }

    fn enabled_of(
        &self,
        number: usize,
        progress: &Progress,
        work: &mut Work,
        enabled: &mut Vec<u32>,
    ) {
        let (core, first) = (&self.cores[number], &progress.first[number]);
        let mut looks = 0;
        let scalar = &core.queues[Pipe::S.index()][first[Pipe::S.index()]..];
        let stop = scalar.iter().find(|&&index| {
            looks += 1;
            stops_issue(core.program, self.instr(index))
        });
        let issued = |index: u32| stop.is_none_or(|&stop| index <= stop);
        for pipe in Pipe::ALL {
            let queue = &core.queues[pipe.index()][first[pipe.index()]..];
            // Where ops may overlap, one runs although an earlier one has not; elsewhere the first alone may run.
            let overlap = pipe == Pipe::V && core.program.chip.vector_needs_barrier();
            let mut all_before = true;
            for &index in queue {
                looks += 1;
                let ran = progress.ran[index as usize];
                let kind = &self.instr(index).kind;
                let may_run = match kind {
                    _ if ran || !issued(index) => false,
                    InstrKind::Op(_) => self.units_let_run(progress, index),
                    InstrKind::Set(_) | InstrKind::Barrier => all_before,
                    InstrKind::Wait(flag) => progress.raised[core.channel(flag)] > 0,
                    InstrKind::BarrierAll => {
                        looks += (index - core.instrs.start) as usize;
                        all_ran(progress, core.instrs.start..index)
                    }
                    InstrKind::Cross(cross) => {
                        looks += 1;
                        all_before && self.others_let_run(progress, index, cross)
                    }
                };
                if may_run {
                    enabled.push(index);
                }
                let blocks = match kind {
                    InstrKind::Wait(_) | InstrKind::Barrier => true,
                    InstrKind::Cross(cross) => cross.blocks(&core.program.fifos),
                    _ => false,
                };
                if !overlap || (blocks && !ran) {
                    break;
                }
                all_before &= ran;
            }
        }
        let _spent = work.spend(looks);
    }

    /// Whether the other cores let an instruction run.
    fn others_let_run(&self, progress: &Progress, index: u32, cross: &Cross) -> bool {
        let (_, core) = self.core(index);
        if matches!(cross, Cross::SyncAll(_)) && !all_ran(progress, core.instrs.start..index) {
            return false;
        }
        match self.effect(index) {
            Effect::Nothing | Effect::Arrive(_) => true,
            Effect::Take(counters) => counters
                .iter()
                .all(|&(counter, times)| progress.counters[counter] as usize >= times),
            &Effect::Meet(of, nth) => self.network.participants(of).all(|other| {
                let start = self.cores[other].instrs.start;
                let meeting = self.network.meeting(other, of, nth);
                self.has_started(other, progress)
                    && meeting.is_some_and(|meeting| all_ran(progress, start..start + meeting))
            }),
        }
    }

    fn units_of(&self, index: u32) -> Option<(&Used, usize)> {
        let (_, core) = self.core(index);
        core.units.of(index - core.instrs.start).map(|used| (used, core.first_unit))
    }

    /// Whether the unit flags that an op uses are as it needs them.
    fn units_let_run(&self, progress: &Progress, index: u32) -> bool {
        self.units_of(index).is_none_or(|(used, first)| {
            let up = |unit: u32| progress.units_up[first + unit as usize];
            used.units.iter().all(|&unit| used.may_run(up(unit)))
        })
    }

    /// Runs an instruction as far as its flags go.
    pub(super) fn advance(&self, progress: &mut Progress, index: u32) {
        progress.ran[index as usize] = true;
        let (number, core) = self.core(index);
        let instr = self.instr(index);
        let first = &mut progress.first[number][instr.pipe.index()];
        let queue = &core.queues[instr.pipe.index()];
        while queue.get(*first).is_some_and(|&index| progress.ran[index as usize]) {
            *first += 1;
        }
        match &instr.kind {
            InstrKind::Set(flag) => progress.raised[core.channel(flag)] += 1,
            InstrKind::Wait(flag) => progress.raised[core.channel(flag)] -= 1,
            InstrKind::Op(op) => {
                if op.phase == Some(Phase::Final)
                    && let Some((used, first)) = self.units_of(index)
                {
                    for &unit in &used.units {
                        progress.units_up[first + unit as usize] = used.pipe == Pipe::M;
                    }
                }
            }
            InstrKind::Cross(_) => self.tell(progress, index),
            InstrKind::Barrier | InstrKind::BarrierAll => {}
        }
    }

    /// What an instruction does to the counters between cores.
    fn tell(&self, progress: &mut Progress, index: u32) {
        match self.effect(index) {
            Effect::Nothing | Effect::Meet(..) => {}
            Effect::Arrive(arrivals) => {
                for &(group, member) in arrivals {
                    let arrived = &mut progress.arrived[group];
                    arrived[member] += 1;
                    if arrived.iter().all(|&sets| sets > 0) {
                        arrived.iter_mut().for_each(|sets| *sets -= 1);
                        for &counter in &self.network.groups[group].raises {
                            progress.counters[counter] += 1;
                        }
                    }
                }
            }
            Effect::Take(counters) => {
                for &(counter, times) in counters {
                    // Who looks ahead lets all run that may: two pipes may take what is there for one.
                    let left = &mut progress.counters[counter];
                    *left = left.saturating_sub(times as u32);
                }
            }
        }
    }

    /// The flags of the program that the body of this op uses as well, and whether it takes one of them.
    fn library_channels(&self, index: u32) -> impl Iterator<Item = (usize, bool)> {
        let (_, core) = self.core(index);
        let pairs = match &self.instr(index).kind {
            InstrKind::Op(op) => library_flags_of(core.program, op),
            _ => &[],
        };
        let own = index - core.instrs.start;
        pairs.iter().filter_map(move |&(src, dst)| {
            let channel = *core.channels.get(&(src, dst, 0))?;
            Some((channel, core.straddled.contains(&(own, src, dst))))
        })
    }

    /// Whether the order of two instructions can be seen.
    pub(super) fn dependent(&self, one: u32, two: u32) -> bool {
        let flag = |index: u32| match &self.instr(index).kind {
            InstrKind::Set(flag) | InstrKind::Wait(flag) => Some(self.core(index).1.channel(flag)),
            _ => None,
        };
        match (flag(one), flag(two)) {
            (Some(one), Some(two)) => one == two,
            (Some(flag), None) => self.library_channels(two).any(|(channel, _)| channel == flag),
            (None, Some(flag)) => self.library_channels(one).any(|(channel, _)| channel == flag),
            (None, None) => {
                self.cells.conflict(one, two) || self.share_unit(one, two) || self.talk(one, two)
            }
        }
    }

    fn share_unit(&self, one: u32, two: u32) -> bool {
        let (Some((one, first)), Some((two, other))) = (self.units_of(one), self.units_of(two))
        else {
            return false;
        };
        first == other && one.units.iter().any(|unit| two.units.contains(unit))
    }

    /// Whether two instructions use one counter between cores.
    fn talk(&self, one: u32, two: u32) -> bool {
        let uses = |index: u32, counter: usize| match self.effect(index) {
            Effect::Arrive(arrivals) => arrivals
                .iter()
                .any(|&(group, _)| self.network.groups[group].raises.contains(&counter)),
            Effect::Take(counters) => counters.iter().any(|&(other, _)| other == counter),
            Effect::Nothing | Effect::Meet(..) => false,
        };
        match self.effect(one) {
            Effect::Arrive(arrivals) => arrivals.iter().any(|&(group, _)| {
                self.network.groups[group].raises.iter().any(|&counter| uses(two, counter))
            }),
            Effect::Take(counters) => counters.iter().any(|&(counter, _)| uses(two, counter)),
            Effect::Nothing | Effect::Meet(..) => false,
        }
    }

    /// What it takes to copy a run.
    pub(super) fn size(&self) -> usize {
        self.ops_before.len() + self.cells.count
    }
}

impl CoreMachine<'_> {
    fn channel(&self, flag: &Flag) -> usize {
        self.channels[&(flag.src, flag.dst, flag.id)]
    }
}

impl Progress {
    /// Tells two stages of a run apart.
    pub(super) fn ran(&self) -> &[bool] {
        &self.ran
    }
}

fn all_ran(progress: &Progress, instrs: Range<u32>) -> bool {
    progress.ran[instrs.start as usize..instrs.end as usize].iter().all(|&ran| ran)
}
