//! Whether the roles of a block wait for each other in a circle: decided before anything runs.
//!
//! A core's scalar unit stops where it waits for a message or a credit, and all that it issued before completes by itself. So the cores are
//! sequential processes that meet in FIFOs with a bounded number of slots, a Kahn network: if one schedule of them comes to the end, all
//! do, and if one stops, all stop there. One run of what the cores say to each other decides it.

use crate::program::{Core, Cross, Fifo, InstrKind, Line, Program};

/// The roles of a cluster wait for each other in a circle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("block {block}: the sides of the cluster wait for each other\n{}{}", lines(.waits), advice(.shallow))]
pub struct CyclicWait {
    /// The block of the grid.
    pub block: usize,
    /// Who waits, for what, at which line.
    pub waits: Vec<Waits>,
    /// The FIFOs that hold too few messages for this schedule; none, where no number of slots would help.
    pub shallow: Vec<Shallow>,
}

/// A core that goes on no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waits {
    /// The core.
    pub core: Core,
    /// The FIFO's field.
    pub fifo: String,
    /// The message that it is at, counted from 0.
    pub message: u32,
    /// Whether it waits for a free slot; otherwise for the message.
    pub for_a_slot: bool,
    /// The line of the role.
    pub at: Line,
}

/// A FIFO with too few slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shallow {
    /// The field.
    pub fifo: String,
    /// How many slots it has.
    pub slots: u32,
    /// How many it needs, the other FIFOs as they are said here to be, or as they are.
    pub needed: u32,
}

fn lines(waits: &[Waits]) -> String {
    let line = |wait: &Waits| {
        let Waits { core, fifo, message, for_a_slot, at } = wait;
        let what = if *for_a_slot { "a free slot of" } else { "a message in" };
        format!("  {core} waits for {what} `{fifo}` (message {message})\n    --> {at}\n")
    };
    waits.iter().map(line).collect()
}

fn advice(shallow: &[Shallow]) -> String {
    if shallow.is_empty() {
        return "  no number of slots helps: one side must push before it pops".to_owned();
    }
    let one = |fifo: &Shallow| {
        let Shallow { fifo, slots, needed } = fifo;
        format!("`{fifo}` has {slots} slots and needs {needed}")
    };
    let all: Vec<_> = shallow.iter().map(one).collect();
    format!("  {}; or let the role that runs ahead run ahead by less", all.join(", "))
}

/// A stretch of a core's program: to the instruction with this index, where it waits for another core, or to its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    pub(super) core: u32,
    pub(super) end: u32,
}

/// The turns in which the cores of a block come to their ends. Fails where they would stop.
pub(super) fn judge(block: usize, programs: &[Program]) -> Result<Vec<Turn>, Box<CyclicWait>> {
    let fifos = programs.first().map_or(&[][..], |program| &program.fifos);
    let (turns, stops) = run(programs, fifos);
    if stops.is_empty() {
        return Ok(turns);
    }
    let waits = stops.iter().filter_map(|stop| stop.waits(programs)).collect();
    let shallow = shallow(programs, fifos, &stops);
    Err(Box::new(CyclicWait { block, waits, shallow }))
}

/// A core that stops, and the instruction that it does not get past.
#[derive(Clone, Copy, Debug)]
struct Stop {
    core: usize,
    index: usize,
}

impl Stop {
    fn cross(self, programs: &[Program]) -> Option<Cross> {
        match programs[self.core].instrs[self.index].kind {
            InstrKind::Cross(cross) => Some(cross),
            _ => None,
        }
    }

    fn waits(self, programs: &[Program]) -> Option<Waits> {
        let program = &programs[self.core];
        let (fifo, message, for_a_slot) = match self.cross(programs)? {
            Cross::Alloc { fifo, message } => (fifo, message, true),
            Cross::Pop { fifo, message } => (fifo, message, false),
            Cross::Drain { fifo, .. } => (fifo, messages(program, fifo), true),
            _ => return None,
        };
        let fifo = program.fifos[fifo as usize].name.clone();
        let at = program.line(program.instrs[self.index].at);
        Some(Waits { core: core_of(program), fifo, message, for_a_slot, at })
    }
}

fn core_of(program: &Program) -> Core {
    program.core.unwrap_or(Core::Cube)
}

/// How many messages of a FIFO a core pushes.
fn messages(program: &Program, of: u32) -> u32 {
    let pushes = program.instrs.iter().filter(
        |instr| matches!(instr.kind, InstrKind::Cross(Cross::Push { fifo, .. }) if fifo == of),
    );
    pushes.count() as u32
}

/// What has happened at one FIFO, as one core sees it.
#[derive(Clone, Copy, Default)]
struct Seen {
    pushed: u32,
    credits: u32,
    taken: u32,
}

/// Runs the cores until all are done or none can go on: their turns, and where they stopped.
fn run(programs: &[Program], fifos: &[Fifo]) -> (Vec<Turn>, Vec<Stop>) {
    let mut net = Net::new(programs, fifos);
    let mut ends = vec![0; programs.len()];
    let mut turns = Vec::new();
    loop {
        let before = turns.len();
        for (core, program) in programs.iter().enumerate() {
            let rest = &program.instrs[ends[core]..];
            let blocked = rest.iter().position(|instr| match instr.kind {
                InstrKind::Cross(cross) => !net.passes(core, cross),
                _ => false,
            });
            let ran = blocked.unwrap_or(rest.len());
            if ran > 0 {
                ends[core] += ran;
                turns.push(Turn { core: core as u32, end: ends[core] as u32 });
            }
        }
        if turns.len() == before {
            break;
        }
    }
    let stops = ends.into_iter().enumerate().map(|(core, index)| Stop { core, index });
    (turns, stops.filter(|stop| stop.index < programs[stop.core].instrs.len()).collect())
}

/// The FIFOs of a block, as its cores see them.
struct Net<'f> {
    fifos: &'f [Fifo],
    cores: usize,
    /// By FIFO and core: what has happened, and the cores at the other end.
    seen: Vec<Seen>,
    others: Vec<Vec<usize>>,
}

impl<'f> Net<'f> {
    fn new(programs: &[Program], fifos: &'f [Fifo]) -> Self {
        let cores = programs.len();
        let other = |fifo: &Fifo, core: usize| {
            let produces = |core: usize| fifo.is_producer(core_of(&programs[core]));
            (0..cores).filter(|&other| produces(other) != produces(core)).collect()
        };
        let others = fifos.iter().flat_map(|fifo| (0..cores).map(move |core| other(fifo, core)));
        let seen = vec![Seen::default(); fifos.len() * cores];
        Net { fifos, cores, seen, others: others.collect() }
    }

    /// Lets `core` do one step, if nothing holds it.
    fn passes(&mut self, core: usize, cross: Cross) -> bool {
        let Some(number) = cross.fifo() else { return true };
        let (fifo, row) = (&self.fifos[number as usize], number as usize * self.cores);
        // Of the cores at the other end, the one that is furthest behind.
        let least = |of: fn(&Seen) -> u32| {
            let others = self.others[row + core].iter();
            others.map(|other| of(&self.seen[row + other])).min().unwrap_or(0)
        };
        let own = self.seen[row + core];
        match cross {
            Cross::Push { .. } => self.seen[row + core].pushed += 1,
            Cross::Free { message, .. } => {
                self.seen[row + core].credits += u32::from(fifo.gives_credit(message));
            }
            Cross::Pop { message, .. } => return least(|seen| seen.pushed) > message,
            Cross::Alloc { message, .. } if fifo.waits_for_credit(message) => {
                if least(|seen| seen.credits) <= own.taken {
                    return false;
                }
                self.seen[row + core].taken += 1;
            }
            Cross::Drain { .. } => {
                let left = fifo.credits_left(own.pushed);
                return least(|seen| seen.credits) >= own.taken + left;
            }
            _ => {}
        }
        true
    }
}

/// Which FIFOs need how many slots, so that all cores come to the end.
fn shallow(programs: &[Program], fifos: &[Fifo], stops: &[Stop]) -> Vec<Shallow> {
    let mut deep = fifos.to_vec();
    let mut wanted = Vec::new();
    let mut stops = stops.to_vec();
    // A producer that waits for a slot gets all that it may ever need; then perhaps another one waits.
    while !stops.is_empty() {
        let waits = stops.iter().filter_map(|stop| match stop.cross(programs)? {
            Cross::Alloc { fifo, .. } => Some((fifo, messages(&programs[stop.core], fifo))),
            _ => None,
        });
        let Some((fifo, messages)) = waits.into_iter().find(|(fifo, _)| !wanted.contains(fifo))
        else {
            return Vec::new();
        };
        wanted.push(fifo);
        set_slots(&mut deep[fifo as usize], messages.next_multiple_of(2));
        stops = run(programs, &deep).1;
    }
    // Then each gives back what it does not need.
    for &fifo in &wanted {
        let at = fifo as usize;
        let most = deep[at].slots;
        let depths = (fifos[at].slots + 1..most).filter(|slots| *slots <= 3 || slots % 2 == 0);
        for slots in depths {
            set_slots(&mut deep[at], slots);
            if run(programs, &deep).1.is_empty() {
                break;
            }
            set_slots(&mut deep[at], most);
        }
    }
    let needs = |&fifo: &u32| Shallow {
        fifo: fifos[fifo as usize].name.clone(),
        slots: fifos[fifo as usize].slots,
        needed: deep[fifo as usize].slots,
    };
    wanted.iter().map(needs).collect()
}

fn set_slots(fifo: &mut Fifo, slots: u32) {
    (fifo.slots, fifo.period) = (slots, Fifo::period_of(slots));
}
