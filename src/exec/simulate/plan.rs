//! A program with what each of its instructions costs: what the machine runs.

use std::collections::HashSet;

use super::cost::Cost;
use super::pipes::cost;
use super::profile::Profile;
use super::signals::{Talk, Talks};
use crate::exec::check::units::Units;
use crate::op::Pipe;
use crate::program::{Core, Cross, InstrKind, Participants, Phase, Place, Program};

/// Ticks of a cycle: times are whole numbers of them.
pub(super) const TICKS: f64 = 1000.0;

/// The longest op, in ticks: so that the sum of all of a program fits.
pub(super) const LONGEST: u64 = 1_000_000_000_000;

pub(super) fn ticks(cycles: f64) -> u64 {
    ((cycles * TICKS).round() as u64).min(LONGEST)
}

/// What an instruction does to the pipes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Act {
    Op,
    /// By the flag's number.
    Set(u32),
    Wait(u32),
    Barrier,
    BarrierAll,
    /// Tells other cores signals: a number in [`Plan::talks`].
    Tell(u32),
    /// Waits for signals of other cores: a number in [`Plan::talks`].
    Await(u32),
    /// Meets all these cores of the launch.
    Meet(Participants),
    /// Costs nothing: what a question of *what if* has taken away.
    Nothing,
}

/// An instruction as the machine sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Step {
    pub(super) pipe: Pipe,
    pub(super) act: Act,
    /// Of an op, with the memory to itself.
    pub(super) ticks: u64,
    /// Bytes a cycle, in thousandths, that it takes from L2, or gives to it, while it runs.
    pub(super) demand: u32,
    /// Bytes that this block has not loaded before.
    pub(super) fresh: u32,
    /// What it does to unit flags: a number in [`Plan::units`].
    pub(super) unit: Option<(u32, Phase)>,
}

/// A program as the machine sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
    /// The steps of each pipe.
    pub(super) queues: [Vec<u32>; Pipe::COUNT],
    pub(super) flags: u32,
    /// The unit flags that steps use.
    pub(super) units: Vec<Vec<u32>>,
    pub(super) unit_flags: usize,
    /// Which core it is of.
    pub(super) core: Option<Core>,
    /// The signals that steps tell and wait for.
    pub(super) talks: Vec<Vec<u32>>,
    /// Of the first core of a block: by signal, how many cores tell it.
    pub(super) tellers: Vec<u32>,
    pub(super) sums: Sums,
}

/// What a block moves and computes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Sums {
    pub(super) loaded: u64,
    pub(super) stored: u64,
    pub(super) fresh: u64,
    pub(super) flops: u64,
}

/// A region of global memory, to know it again: tensor, first row and column, rows and columns.
type Place5 = (u32, u32, u32, u32, u32);

/// The regions that the blocks of a launch load, each once.
#[derive(Debug, Default)]
pub(super) struct Regions {
    known: HashSet<Place5>,
    pub(super) bytes: u64,
}

impl Regions {
    /// Regions of which no more is known than their bytes.
    pub(super) fn of_bytes(bytes: u64) -> Self {
        Regions { known: HashSet::new(), bytes }
    }
}

impl Plan {
    /// What `program`, which tells other cores `talks`, costs on the chip of `profile`; adds what it loads to the launch's `regions`.
    pub(super) fn new(
        program: &Program,
        talks: &Talks,
        profile: &Profile,
        regions: &mut Regions,
    ) -> Self {
        let units = Units::new(program);
        let mut plan = Plan {
            flags: program.flag_count,
            unit_flags: units.count,
            core: program.core,
            ..Plan::default()
        };
        let fifos = program.fifos.iter().map(|fifo| fifo.memory);
        let fifos: HashSet<u32> = fifos.collect();
        let mut own: HashSet<Place5> = HashSet::new();
        // Whether what came last on the vector pipe was an op.
        let mut follows = false;
        plan.steps.reserve(program.instrs.len());
        for (index, instr) in (0..).zip(&program.instrs) {
            let mut step =
                Step { pipe: instr.pipe, act: Act::Op, ticks: 0, demand: 0, fresh: 0, unit: None };
            match &instr.kind {
                InstrKind::Op(op) => {
                    let cost = cost(program, instr, op, profile);
                    let started = follows && instr.pipe == Pipe::V;
                    step.ticks = ticks(cost.cycles - if started { cost.start } else { 0.0 });
                    let of_fifo = program.operands(op).iter().any(|operand| match operand.place {
                        Place::Global { arg, .. } | Place::Bytes { arg, .. } => {
                            fifos.contains(&arg)
                        }
                        Place::Tile { .. } | Place::Word(_) => false,
                    });
                    step.demand = demand(&cost, of_fifo, profile);
                    if cost.loaded > 0 {
                        let reads = program.writes_and_reads(op).1;
                        let places = reads.iter().filter_map(|operand| match operand.place {
                            Place::Global { arg, row, col } => {
                                Some((arg, row, col, operand.rows, operand.cols))
                            }
                            Place::Bytes { arg, start, pitch } => {
                                Some((arg, start, pitch, operand.rows, operand.cols))
                            }
                            Place::Tile { .. } | Place::Word(_) => None,
                        });
                        // What another core has just written lies in L2.
                        for place in places.filter(|(arg, ..)| !fifos.contains(arg)) {
                            if own.insert(place) {
                                step.fresh = u32::try_from(cost.loaded).unwrap_or(u32::MAX);
                            }
                            if regions.known.insert(place) {
                                regions.bytes = regions.bytes.saturating_add(cost.loaded);
                            }
                        }
                    }
                    if let (Some(phase), Some(used)) = (op.phase, units.of(index)) {
                        step.unit = Some((plan.units.len() as u32, phase));
                        plan.units.push(used.units.clone());
                    }
                    let sums = &mut plan.sums;
                    sums.loaded = sums.loaded.saturating_add(cost.loaded);
                    sums.stored = sums.stored.saturating_add(cost.stored);
                    sums.fresh += u64::from(step.fresh);
                    sums.flops = sums.flops.saturating_add(cost.flops);
                }
                InstrKind::Set(flag) => step.act = Act::Set(flag.number),
                InstrKind::Wait(flag) => step.act = Act::Wait(flag.number),
                InstrKind::Barrier => step.act = Act::Barrier,
                InstrKind::BarrierAll => step.act = Act::BarrierAll,
                InstrKind::Cross(cross) => step.act = plan.talk(talks.get(&index), cross),
            }
            if step.pipe == Pipe::V {
                follows = matches!(step.act, Act::Op | Act::Set(_));
            }
            plan.queues[step.pipe.index()].push(index);
            plan.steps.push(step);
        }
        plan
    }

    fn talk(&mut self, talk: Option<&Talk>, cross: &Cross) -> Act {
        let mut list = |signals: &Vec<u32>| {
            self.talks.push(signals.clone());
            self.talks.len() as u32 - 1
        };
        match (talk, cross) {
            (Some(Talk::Tell(signals)), _) => Act::Tell(list(signals)),
            (Some(Talk::Await(signals)), _) => Act::Await(list(signals)),
            (Some(Talk::Meet(of)), _) => Act::Meet(*of),
            // Of a core that does not take part.
            (None, Cross::SyncAll(_)) => Act::BarrierAll,
            (None, _) => Act::Nothing,
        }
    }
}

/// Bytes a cycle, in thousandths, that an op takes from L2 on the average of its time.
fn demand(cost: &Cost, of_fifo: bool, profile: &Profile) -> u32 {
    let bytes = match of_fifo {
        true => (cost.loaded + cost.stored) as f64 * profile.l2_fifo,
        false => cost.loaded as f64 + cost.stored as f64 * profile.l2_store,
    };
    if cost.cycles > 0.0 { (bytes / cost.cycles * 1000.0).round() as u32 } else { 0 }
}
