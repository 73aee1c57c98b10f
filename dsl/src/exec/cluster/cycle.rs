//! Whether the roles of a block wait for each other in a circle: decided before anything runs.
//!
//! A core's scalar unit stops where it waits for a message or a credit, and all that it issued before completes by itself. So the cores are
//! sequential processes that meet in FIFOs with a bounded number of slots, a Kahn network: if one schedule of them comes to the end, all
//! do, and if one stops, all stop there. One run of what the cores say to each other decides it.

use crate::exec::LaunchError;
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

/// Fails where the cores of a block would stop.
pub(super) fn judge(block: usize, programs: &[Program]) -> Result<(), LaunchError> {
    let Some(first) = programs.first() else { return Ok(()) };
    let said: Vec<Said<'_>> = programs.iter().map(Said::of).collect();
    let stops = stops(&said, &first.fifos);
    if stops.is_empty() {
        return Ok(());
    }
    let waits = stops.iter().filter_map(|&(core, place)| said[core].waits(place)).collect();
    let shallow = shallow(&said, &first.fifos, &stops);
    Err(Box::new(CyclicWait { block, waits, shallow }).into())
}

/// What one core says to the others, in order: the instruction's index, and what it is.
struct Said<'p> {
    program: &'p Program,
    core: Core,
    steps: Vec<(usize, Cross)>,
}

impl<'p> Said<'p> {
    fn of(program: &'p Program) -> Self {
        let steps = program.instrs.iter().enumerate().filter_map(|(index, instr)| {
            if let InstrKind::Cross(cross) = instr.kind { Some((index, cross)) } else { None }
        });
        let core = program.core.unwrap_or(Core::Cube);
        Said { program, core, steps: steps.collect() }
    }

    fn waits(&self, place: usize) -> Option<Waits> {
        let (index, cross) = self.steps[place];
        let (fifo, message, for_a_slot) = match cross {
            Cross::Alloc { fifo, message } => (fifo, message, true),
            Cross::Pop { fifo, message } => (fifo, message, false),
            Cross::Drain { fifo, .. } => (fifo, self.messages(fifo), true),
            _ => return None,
        };
        let fifo = self.program.fifos[fifo as usize].name.clone();
        let at = self.program.line(self.program.instrs[index].at);
        Some(Waits { core: self.core, fifo, message, for_a_slot, at })
    }

    fn messages(&self, of: u32) -> u32 {
        let pushes = self
            .steps
            .iter()
            .filter(|(_, cross)| matches!(cross, Cross::Push { fifo, .. } if *fifo == of));
        pushes.count() as u32
    }
}

/// What has happened at one FIFO, as one core sees it.
#[derive(Clone, Copy, Default)]
struct Seen {
    pushed: u32,
    credits: u32,
    taken: u32,
}

/// Runs the cores until all are done or none can go on; which ones stopped, and at which of their steps.
fn stops(said: &[Said<'_>], fifos: &[Fifo]) -> Vec<(usize, usize)> {
    let mut seen = vec![vec![Seen::default(); said.len()]; fifos.len()];
    let mut places = vec![0; said.len()];
    loop {
        let before = places.clone();
        for core in 0..said.len() {
            while let Some((_, cross)) = said[core].steps.get(places[core])
                && passes(said, fifos, &mut seen, core, *cross)
            {
                places[core] += 1;
            }
        }
        if places == before {
            break;
        }
    }
    let left = places.into_iter().enumerate();
    left.filter(|&(core, place)| place < said[core].steps.len()).collect()
}

/// Lets `core` do one step, if nothing holds it.
fn passes(
    said: &[Said<'_>],
    fifos: &[Fifo],
    seen: &mut [Vec<Seen>],
    core: usize,
    cross: Cross,
) -> bool {
    // Of the cores at the other end, the one that is furthest behind.
    let least = |seen: &[Vec<Seen>], fifo: u32, of: fn(&Seen) -> u32| {
        let producer = fifos[fifo as usize].is_producer(said[core].core);
        let others = (0..said.len())
            .filter(|&other| fifos[fifo as usize].is_producer(said[other].core) != producer);
        others.map(|other| of(&seen[fifo as usize][other])).min().unwrap_or(0)
    };
    match cross {
        Cross::Push { fifo, .. } => seen[fifo as usize][core].pushed += 1,
        Cross::Free { fifo, message } => {
            seen[fifo as usize][core].credits +=
                u32::from(fifos[fifo as usize].gives_credit(message));
        }
        Cross::Pop { fifo, message } => return least(seen, fifo, |seen| seen.pushed) > message,
        Cross::Alloc { fifo, message } if fifos[fifo as usize].waits_for_credit(message) => {
            if least(seen, fifo, |seen| seen.credits) <= seen[fifo as usize][core].taken {
                return false;
            }
            seen[fifo as usize][core].taken += 1;
        }
        Cross::Drain { fifo, .. } => {
            let own = seen[fifo as usize][core];
            let left = fifos[fifo as usize].credits_left(own.pushed);
            return least(seen, fifo, |seen| seen.credits) >= own.taken + left;
        }
        _ => {}
    }
    true
}

/// Which FIFOs need how many slots, so that all cores come to the end.
fn shallow(said: &[Said<'_>], fifos: &[Fifo], stops: &[(usize, usize)]) -> Vec<Shallow> {
    let mut deep = fifos.to_vec();
    let mut wanted = Vec::new();
    let mut stops = stops.to_vec();
    // A producer that waits for a slot gets all that it may ever need; then perhaps another one waits.
    while !stops.is_empty() {
        let waits = stops.iter().filter_map(|&(core, place)| match said[core].steps[place].1 {
            Cross::Alloc { fifo, .. } => Some((fifo, said[core].messages(fifo))),
            _ => None,
        });
        let Some((fifo, messages)) = waits.into_iter().find(|(fifo, _)| !wanted.contains(fifo))
        else {
            return Vec::new();
        };
        wanted.push(fifo);
        set_slots(&mut deep[fifo as usize], messages.next_multiple_of(2));
        stops = self::stops(said, &deep);
    }
    // Then each gives back what it does not need.
    for &fifo in &wanted {
        let at = fifo as usize;
        let most = deep[at].slots;
        let depths = (fifos[at].slots + 1..most).filter(|slots| *slots <= 3 || slots % 2 == 0);
        for slots in depths {
            set_slots(&mut deep[at], slots);
            if self::stops(said, &deep).is_empty() {
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
