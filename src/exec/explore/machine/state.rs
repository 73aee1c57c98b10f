//! A run: what each instruction does to memory, and what the run comes to.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::{Machine, Progress};
use crate::exec::Order;
use crate::exec::explore::Ending;
use crate::exec::explore::caches::Caches;
use crate::exec::explore::limits::Work;
use crate::exec::explore::schedule::{ReplayError, Schedule, Turn};
use crate::inner::OUTPUT_FIRST;
use crate::op::Pipe;
use crate::program::{Cross, InstrKind};

/// A run.
#[derive(Clone)]
pub(in crate::exec::explore) struct State {
    pub(in crate::exec::explore) progress: Progress,
    pub(in crate::exec::explore) schedule: Schedule,
    memory: Vec<u64>,
    /// What each op found, by the op's number: the same in programs that differ in their synchronisation alone.
    found: Vec<u64>,
    caches: Caches,
    set_twice: bool,
    library_id: bool,
    unwritten: bool,
}

impl Machine<'_> {
    pub(in crate::exec::explore) fn start(&self) -> State {
        let progress = Progress {
            ran: vec![false; self.len()],
            first: vec![[0; Pipe::COUNT]; self.cores.len()],
            raised: vec![0; self.channels],
            units_up: vec![false; self.units],
            counters: vec![0; self.network.counters.len()],
            arrived: self.network.groups.iter().map(|group| vec![0; group.members.len()]).collect(),
        };
        State {
            progress,
            schedule: Schedule::default(),
            memory: (0..self.cells.count as u64).collect(),
            found: vec![0; self.ops],
            caches: Caches::new(self.cells.count, self.cores.len()),
            set_twice: false,
            library_id: false,
            unwritten: false,
        }
    }

    /// Runs an instruction.
    pub(in crate::exec::explore) fn step(&self, state: &mut State, index: u32) {
        let turn = self.turn(&state.progress, index);
        state.schedule.push(turn);
        let (number, core) = self.core(index);
        let instr = self.instr(index);
        match &instr.kind {
            InstrKind::Op(op) => {
                self.compute(state, index, core.program.op_name(op));
                for (channel, straddled) in self.library_channels(index) {
                    let raised = state.progress.raised[channel] > 0;
                    state.library_id |= raised && straddled;
                    state.set_twice |= raised && !straddled;
                }
            }
            InstrKind::Set(flag) => {
                state.set_twice |= state.progress.raised[core.channel(flag)] > 0;
            }
            InstrKind::Cross(Cross::Cache { operand }) => {
                let all = *operand == Cross::WHOLE_CACHE;
                let cells = &self.cells.writes[index as usize];
                state.caches.clean(number, (!all).then_some(cells));
            }
            InstrKind::Wait(_)
            | InstrKind::Barrier
            | InstrKind::BarrierAll
            | InstrKind::Cross(_) => {}
        }
        self.advance(&mut state.progress, index);
    }

    /// An op finds what is in its operands, and leaves a hash of that behind.
    fn compute(&self, state: &mut State, index: u32, name: &str) {
        let at = index as usize;
        let [writes, reads, adds] =
            [&self.cells.writes[at], &self.cells.reads[at], &self.cells.adds[at]];
        let (core, _) = self.core(index);
        let scalar = self.instr(index).pipe == Pipe::S;
        state.caches.access(core, scalar, reads, [writes, adds]);
        state.unwritten |= reads.iter().chain(adds).any(|&cell| {
            self.cells.blank[cell as usize] && state.memory[cell as usize] == u64::from(cell)
        });
        let found: Vec<u64> =
            writes.iter().chain(reads).map(|&cell| state.memory[cell as usize]).collect();
        let op_number = self.ops_before[at];
        let found = hash(&(op_number, name, found));
        state.found[op_number] = found;
        for &cell in writes {
            state.memory[cell as usize] = hash(&(found, cell));
        }
        for &cell in adds {
            let sum = &mut state.memory[cell as usize];
            *sum = sum.wrapping_add(hash(&(found, cell)));
        }
    }

    fn turn(&self, progress: &Progress, index: u32) -> Turn {
        let (number, core) = self.core(index);
        let pipe = self.instr(index).pipe;
        let queue = &core.queues[pipe.index()][progress.first[number][pipe.index()]..];
        let pending = queue.iter().filter(|&&other| !progress.ran[other as usize]);
        let skip = pending.take_while(|&&other| other != index).count() as u32;
        let member = &self.network.cores[number];
        let core = member.program.core.filter(|_| self.cores.len() > 1);
        Turn { core: core.map(|core| (member.block as u32, core)), pipe, skip }
    }

    pub(in crate::exec::explore) fn ending(&self, state: &State) -> Ending {
        let Progress { ran, raised, units_up, counters, arrived, .. } = &state.progress;
        let mut counts = raised.iter().chain(counters).chain(arrived.iter().flatten());
        Ending {
            digest: hash(&(&state.found, &state.memory)),
            stuck: !ran.iter().all(|&ran| ran),
            raised: counts.any(|&count| count > 0) || units_up.contains(&true),
            set_twice: state.set_twice,
            library_id: state.library_id,
            stale: state.caches.stale(),
            unwritten: state.unwritten,
        }
    }

    pub(in crate::exec::explore) fn run(&self, order: Order) -> (Schedule, Ending) {
        let mut random = match order {
            Order::Random(seed) => Some(fastrand::Rng::with_seed(seed)),
            Order::Early | Order::Late => None,
        };
        let pipe = |index: u32| self.instr(index).pipe;
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

    pub(in crate::exec::explore) fn replay(
        &self,
        schedule: &Schedule,
    ) -> Result<Ending, ReplayError> {
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

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
