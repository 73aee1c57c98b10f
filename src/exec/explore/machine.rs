//! The machine as rules: which instructions may run next, and what each does.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::Ending;
use super::cells::Cells;
use super::limits::Work;
use super::schedule::{ReplayError, Schedule, Turn};
use crate::exec::Order;
use crate::exec::check::library::library_flags;
use crate::exec::check::order::stops_issue;
use crate::exec::check::units::Units;
use crate::exec::pipelined::OUTPUT_FIRST;
use crate::op::Pipe;
use crate::program::{Flag, InstrKind, Phase, Program};

pub(super) struct Machine<'p> {
    pub(super) program: &'p Program,
    pub(super) cells: Cells,
    units: Units,
    /// By instruction, how many ops stand before it.
    ops_before: Vec<usize>,
    /// Indices of the instructions of each pipe.
    queues: [Vec<u32>; Pipe::COUNT],
    /// Which counter each flag of the program uses, by pair and id.
    channels: HashMap<(Pipe, Pipe, u8), usize>,
}

/// How far a run has come.
#[derive(Clone)]
pub(super) struct Progress {
    ran: Vec<bool>,
    /// The first instruction of each pipe's queue that has not run.
    first: [usize; Pipe::COUNT],
    /// How often each flag is raised.
    raised: Vec<u32>,
    /// Which unit flags are up.
    units_up: Vec<bool>,
}

/// A run.
#[derive(Clone)]
pub(super) struct State {
    pub(super) progress: Progress,
    pub(super) schedule: Schedule,
    memory: Vec<u64>,
    /// What each op found, by the op's number: the same in programs that differ in their synchronisation alone.
    found: Vec<u64>,
    set_twice: bool,
    library_id: bool,
}

impl<'p> Machine<'p> {
    /// `None` if that is more work than may be done.
    pub(super) fn new(program: &'p Program, work: &mut Work) -> Option<Self> {
        let mut queues: [Vec<u32>; Pipe::COUNT] = Default::default();
        let mut channels = HashMap::new();
        let mut ops_before = Vec::new();
        let mut ops = 0;
        for (index, instr) in program.instrs.iter().enumerate() {
            queues[instr.pipe.index()].push(index as u32);
            ops_before.push(ops);
            ops += usize::from(matches!(instr.kind, InstrKind::Op(_)));
            if let InstrKind::Set(flag) | InstrKind::Wait(flag) = &instr.kind {
                let next = channels.len();
                channels.entry((flag.src, flag.dst, flag.id)).or_insert(next);
            }
        }
        let (cells, units) = (Cells::new(program, work)?, Units::new(program));
        Some(Machine { program, cells, units, ops_before, queues, channels })
    }

    pub(super) fn start(&self) -> State {
        let count = self.program.instrs.len();
        let progress = Progress {
            ran: vec![false; count],
            first: [0; Pipe::COUNT],
            raised: vec![0; self.channels.len()],
            units_up: vec![false; self.units.count],
        };
        State {
            progress,
            schedule: Schedule::default(),
            memory: (0..self.cells.count as u64).collect(),
            found: vec![0; self.program.ops().count()],
            set_twice: false,
            library_id: false,
        }
    }

    fn channel(&self, flag: &Flag) -> usize {
        self.channels[&(flag.src, flag.dst, flag.id)]
    }

    /// The instructions that may run next, in the order of issue. What that takes is spent, and more than there is.
    pub(super) fn enabled(&self, progress: &Progress, work: &mut Work) -> Vec<u32> {
        let mut looks = 0;
        let scalar = &self.queues[Pipe::S.index()][progress.first[Pipe::S.index()]..];
        let stop = scalar.iter().find(|&&index| {
            looks += 1;
            stops_issue(self.program, &self.program.instrs[index as usize])
        });
        let issued = |index: u32| stop.is_none_or(|&stop| index <= stop);
        let mut enabled = Vec::new();
        for pipe in Pipe::ALL {
            let queue = &self.queues[pipe.index()][progress.first[pipe.index()]..];
            // Where ops may overlap, one runs although an earlier one has not; elsewhere the first alone may run.
            let overlap = pipe == Pipe::V && self.program.chip.vector_needs_barrier();
            let mut all_before = true;
            for &index in queue {
                looks += 1;
                let ran = progress.ran[index as usize];
                let kind = &self.program.instrs[index as usize].kind;
                let may_run = match kind {
                    _ if ran || !issued(index) => false,
                    InstrKind::Op(_) => self.units_let_run(progress, index),
                    InstrKind::Set(_) | InstrKind::Barrier | InstrKind::Cross(_) => all_before,
                    InstrKind::Wait(flag) => progress.raised[self.channel(flag)] > 0,
                    InstrKind::BarrierAll => {
                        looks += index as usize;
                        progress.ran[..index as usize].iter().all(|&ran| ran)
                    }
                };
                if may_run {
                    enabled.push(index);
                }
                let blocks = matches!(kind, InstrKind::Wait(_) | InstrKind::Barrier);
                if !overlap || (blocks && !ran) {
                    break;
                }
                all_before &= ran;
            }
        }
        enabled.sort_unstable();
        let _spent = work.spend(looks);
        enabled
    }

    /// Whether the unit flags that an op uses are as it needs them.
    fn units_let_run(&self, progress: &Progress, index: u32) -> bool {
        self.units.of(index).is_none_or(|used| {
            used.units.iter().all(|&unit| used.may_run(progress.units_up[unit as usize]))
        })
    }

    /// Runs an instruction as far as its flags go.
    pub(super) fn advance(&self, progress: &mut Progress, index: u32) {
        progress.ran[index as usize] = true;
        let instr = &self.program.instrs[index as usize];
        let first = &mut progress.first[instr.pipe.index()];
        let queue = &self.queues[instr.pipe.index()];
        while queue.get(*first).is_some_and(|&index| progress.ran[index as usize]) {
            *first += 1;
        }
        match &instr.kind {
            InstrKind::Set(flag) => progress.raised[self.channel(flag)] += 1,
            InstrKind::Wait(flag) => progress.raised[self.channel(flag)] -= 1,
            InstrKind::Op(op) => {
                if op.phase == Some(Phase::Final)
                    && let Some(used) = self.units.of(index)
                {
                    for &unit in &used.units {
                        progress.units_up[unit as usize] = used.pipe == Pipe::M;
                    }
                }
            }
            InstrKind::Barrier | InstrKind::BarrierAll | InstrKind::Cross(_) => {}
        }
    }

    /// Runs an instruction.
    pub(super) fn step(&self, state: &mut State, index: u32) {
        let turn = self.turn(&state.progress, index);
        state.schedule.push(turn);
        let at = index as usize;
        match &self.program.instrs[at].kind {
            InstrKind::Op(op) => {
                let (writes, reads) = (&self.cells.writes[at], &self.cells.reads[at]);
                let found: Vec<u64> =
                    writes.iter().chain(reads).map(|&cell| state.memory[cell as usize]).collect();
                let op_number = self.ops_before[at];
                state.found[op_number] = hash(&(op_number, self.program.op_name(op), found));
                for &cell in writes {
                    state.memory[cell as usize] = hash(&(state.found[op_number], cell));
                }
                state.library_id |=
                    self.library_channels(index).any(|channel| state.progress.raised[channel] > 0);
            }
            InstrKind::Set(flag) => {
                state.set_twice |= state.progress.raised[self.channel(flag)] > 0;
            }
            InstrKind::Wait(_)
            | InstrKind::Barrier
            | InstrKind::BarrierAll
            | InstrKind::Cross(_) => {}
        }
        self.advance(&mut state.progress, index);
    }

    /// The flags of the program that the body of this op uses as well.
    fn library_channels(&self, index: u32) -> impl Iterator<Item = usize> {
        let pairs = match &self.program.instrs[index as usize].kind {
            InstrKind::Op(op) => {
                op.code.map_or(&[][..], |code| library_flags(self.program.chip, code))
            }
            _ => &[],
        };
        pairs.iter().filter_map(|&(src, dst)| self.channels.get(&(src, dst, 0)).copied())
    }

    /// Whether the order of two instructions can be seen.
    pub(super) fn dependent(&self, one: u32, two: u32) -> bool {
        let flag = |index: u32| match &self.program.instrs[index as usize].kind {
            InstrKind::Set(flag) | InstrKind::Wait(flag) => Some(self.channel(flag)),
            _ => None,
        };
        match (flag(one), flag(two)) {
            (Some(one), Some(two)) => one == two,
            (Some(flag), None) => self.library_channels(two).any(|channel| channel == flag),
            (None, Some(flag)) => self.library_channels(one).any(|channel| channel == flag),
            (None, None) => self.cells.conflict(one, two) || self.share_unit(one, two),
        }
    }

    fn share_unit(&self, one: u32, two: u32) -> bool {
        let (Some(one), Some(two)) = (self.units.of(one), self.units.of(two)) else { return false };
        one.units.iter().any(|unit| two.units.contains(unit))
    }

    /// What it takes to copy a run.
    pub(super) fn size(&self) -> usize {
        self.ops_before.len() + self.cells.count
    }

    fn turn(&self, progress: &Progress, index: u32) -> Turn {
        let pipe = self.program.instrs[index as usize].pipe;
        let queue = &self.queues[pipe.index()][progress.first[pipe.index()]..];
        let pending = queue.iter().filter(|&&other| !progress.ran[other as usize]);
        Turn { pipe, skip: pending.take_while(|&&other| other != index).count() as u32 }
    }

    pub(super) fn ending(&self, state: &State) -> Ending {
        Ending {
            digest: hash(&(&state.found, &state.memory)),
            stuck: !state.progress.ran.iter().all(|&ran| ran),
            raised: state.progress.raised.iter().any(|&count| count > 0)
                || state.progress.units_up.contains(&true),
            set_twice: state.set_twice,
            library_id: state.library_id,
        }
    }

    pub(super) fn run(&self, order: Order) -> (Schedule, Ending) {
        let mut random = match order {
            Order::Random(seed) => Some(fastrand::Rng::with_seed(seed)),
            Order::Early | Order::Late => None,
        };
        let pipe = |index: u32| self.program.instrs[index as usize].pipe;
        let late = |&index: &u32| OUTPUT_FIRST.iter().position(|&first| first == pipe(index));
        let mut state = self.start();
        loop {
            let enabled = self.enabled(&state.progress, &mut Work::unlimited());
            let next = match (&mut random, order) {
                (Some(random), _) => random.choice(&enabled).copied(),
                (None, Order::Late) => enabled.iter().copied().min_by_key(late),
                (None, _) => enabled.iter().copied().min(),
            };
            match next {
                Some(next) => self.step(&mut state, next),
                None => return (state.schedule.clone(), self.ending(&state)),
            }
        }
    }

    pub(super) fn replay(&self, schedule: &Schedule) -> Result<Ending, ReplayError> {
        let mut state = self.start();
        for (step, &turn) in schedule.turns().iter().enumerate() {
            let enabled = self.enabled(&state.progress, &mut Work::unlimited());
            let mut enabled = enabled.into_iter();
            let index = enabled
                .find(|&index| self.turn(&state.progress, index) == turn)
                .ok_or(ReplayError::CannotRun { step, turn: turn.to_string() })?;
            self.step(&mut state, index);
        }
        Ok(self.ending(&state))
    }
}

impl Progress {
    /// Tells two stages of a run apart.
    pub(super) fn ran(&self) -> &[bool] {
        &self.ran
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
