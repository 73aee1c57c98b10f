//! Races of two cores through memory that they share, and data that one of them cannot see.
//!
//! As the races of one core, by region, with the last access of each pipe of each core. A scalar pipe reads and writes global memory
//! through a cache: what it wrote others see when it has been written back, and what others wrote it sees when it has forgotten what
//! it held. `dcci` does both.

use super::network::Network;
use super::talk::Wide;
use super::told::Told;
use crate::exec::check::between::is_atomic;
use crate::exec::check::code::Code;
use crate::exec::check::finding::written;
use crate::exec::check::order::{Step, When};
use crate::exec::check::region::{Region, Regions};
use crate::op::Pipe;
use crate::program::{OpInstr, Operand, Place};

pub(super) struct CoreRaces<'n, 'p> {
    network: &'n Network<'p>,
    regions: Regions,
    /// By core: the number of its first operand.
    first: Vec<usize>,
    states: Vec<State>,
}

#[derive(Clone, Copy, Debug)]
struct Access {
    core: usize,
    when: When,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Read,
    Write,
    /// Two of these, in whatever order, come to the same.
    Add,
}

#[derive(Clone, Default)]
struct State {
    write: Option<Access>,
    /// Since then, one of each kind of each pipe.
    others: Vec<Access>,
    /// What each core's cache was rid of since then, and what that core knew.
    cleaned: Vec<(usize, When, Wide)>,
    filled: bool,
}

impl Access {
    fn before(&self, known: &Wide) -> bool {
        known[self.core * Pipe::COUNT + self.when.pipe.index()] >= self.when.time
    }
}

impl<'n, 'p> CoreRaces<'n, 'p> {
    pub(super) fn new(network: &'n Network<'p>) -> Self {
        let mut first = Vec::new();
        let mut operands = Vec::new();
        for (core, member) in network.cores.iter().enumerate() {
            first.push(operands.len());
            let of_core = member.program.all_operands().iter();
            operands.extend(of_core.map(|operand| network.shared(core, operand)));
        }
        let regions = Regions::of(operands.into_iter());
        let states = vec![State::default(); regions.distinct.len()];
        CoreRaces { network, regions, first, states }
    }

    /// An op has its turn.
    pub(super) fn op(
        &mut self,
        core: usize,
        (step, known): (&Step<'_>, &Wide),
        op: &OpInstr,
        told: &mut Told<'_, '_>,
    ) {
        let program = self.network.cores[core].program;
        let atomic = is_atomic(program, op);
        let range = program.operand_range(op);
        let written = usize::from(op.writes.min(op.operand_count));
        let mut accesses = Vec::new();
        for (number, operand) in range.enumerate() {
            let Some(region) = self.regions.of_operand(self.first[core] + operand) else {
                continue;
            };
            let kind = match number < written {
                true if atomic => Kind::Add,
                true => Kind::Write,
                // What an adding store reads is what it adds to.
                false if atomic => continue,
                false => Kind::Read,
            };
            accesses.push((region, operand, Access { core, when: step.when, kind }));
        }
        for (region, operand, access) in &accesses {
            let operand = &program.all_operands()[*operand];
            if access.kind != Kind::Write {
                self.check_filled(*region, access, operand, told);
            }
            self.conflicts(*region, access, operand, known, told);
        }
        for (region, _, access) in accesses {
            let state = &mut self.states[region as usize];
            if access.kind == Kind::Write {
                *state = State { write: Some(access), filled: true, ..State::default() };
                continue;
            }
            let same = |other: &Access| {
                (other.core, other.when.pipe, other.kind) == (core, access.when.pipe, access.kind)
            };
            state.others.retain(|other| !same(other));
            state.others.push(access);
        }
    }

    /// A core's cache is rid of what it holds, of an operand or of all.
    pub(super) fn clean(&mut self, core: usize, operand: u32, when: When, known: &Wide) {
        let operand = self.first[core] + operand as usize;
        let of =
            self.regions.of_operand(operand).map(|region| self.regions.distinct[region as usize]);
        for (region, state) in self.regions.distinct.iter().zip(&mut self.states) {
            if of.is_none_or(|of| region.covered_by(&[of])) {
                state.cleaned.retain(|(other, ..)| *other != core);
                state.cleaned.push((core, when, known.clone()));
            }
        }
    }

    fn conflicts(
        &self,
        region: u32,
        access: &Access,
        operand: &Operand,
        known: &Wide,
        told: &mut Told<'_, '_>,
    ) {
        for touched in self.regions.touched(region) {
            let state = &self.states[touched as usize];
            for other in state.write.iter().chain(&state.others) {
                let conflict = match (other.kind, access.kind) {
                    (Kind::Read, Kind::Read) | (Kind::Add, Kind::Add) => false,
                    _ => other.core != access.core,
                };
                if !conflict {
                    continue;
                }
                if !other.before(known) {
                    self.report(other, access, operand, told);
                } else if other.kind != Kind::Read {
                    self.check_visible(state, other, access, operand, known, told);
                }
            }
        }
    }

    fn report(&self, one: &Access, two: &Access, operand: &Operand, told: &mut Told<'_, '_>) {
        let verb = |access: &Access| match access.kind {
            Kind::Read => "reads",
            Kind::Write => "writes",
            Kind::Add => "adds to",
        };
        let member = |access: &Access| &self.network.cores[access.core];
        let name = member(two).program.name(operand);
        let op = |access: &Access| written(member(access).program, access.when.index);
        let core =
            |access: &Access| self.network.core_text(member(access).block, member(access).core);
        let message = format!(
            "`{}` of {} {} {name} while `{}` of {} may not have run, or still runs",
            op(two),
            core(two),
            verb(two),
            op(one),
            core(one)
        );
        let sites = [
            ((one.core, one.when.index), format!("`{}` {} it here", op(one), verb(one))),
            (
                (two.core, two.when.index),
                format!("`{}` {} it here, and nothing orders the two cores", op(two), verb(two)),
            ),
        ];
        let repair = format!(
            "let {} set a cross-core flag after the first, in the order of its {}, and {} wait for it before the second; or hand the data over through a FIFO",
            core(one),
            one.when.pipe,
            core(two)
        );
        told.add(Code::CoresRace, message, sites, repair);
    }

    /// Two accesses in order: is what the first wrote out of its cache, and is the second's rid of what it held?
    fn check_visible(
        &self,
        state: &State,
        write: &Access,
        access: &Access,
        operand: &Operand,
        known: &Wide,
        told: &mut Told<'_, '_>,
    ) {
        let cleaned = |core: usize| state.cleaned.iter().find(|(other, ..)| *other == core);
        let [one, two] = [write, access].map(|access| &self.network.cores[access.core]);
        let [core, other] =
            [one, two].map(|member| self.network.core_text(member.block, member.core));
        let name = two.program.name(operand);
        let held = write.when.pipe == Pipe::S
            && cleaned(write.core).is_none_or(|&(core, when, _)| {
                let clean = Access { core, when, kind: Kind::Read };
                !clean.before(known)
            });
        let stale = access.when.pipe == Pipe::S
            && access.kind == Kind::Read
            && cleaned(access.core).is_none_or(|(.., knew)| !write.before(knew));
        let message = match (held, stale) {
            (true, _) => format!(
                "{other} may not see what {core} wrote to {name}: it may still be in the cache of {core}'s scalar pipe"
            ),
            (_, true) => format!(
                "{other}'s scalar pipe may read {name} from its cache, from before {core} wrote it"
            ),
            _ => return,
        };
        let sites = [
            ((write.core, write.when.index), format!("{core} writes it here")),
            ((access.core, access.when.index), format!("{other} uses it here, after that")),
        ];
        let repair = if held {
            "write the cache back with `dcci` and `dsb` after the store, before the other core is told"
        } else {
            "call `dcci` on it after the wait, before the load"
        };
        told.add(Code::NotVisible, message, sites, repair);
    }

    /// Reports a read of a slot or a workspace, or of a part of one, that nobody has written. What adds to memory reads it.
    fn check_filled(
        &mut self,
        region: u32,
        access: &Access,
        operand: &Operand,
        told: &mut Told<'_, '_>,
    ) {
        let member = &self.network.cores[access.core];
        let place = member.program.in_fifo(operand).map_or(operand.place, |operand| operand.place);
        let (Place::Global { arg, .. } | Place::Bytes { arg, .. }) = place else { return };
        let fifo = Network::fifo_of(member.program, arg);
        let blank = member.program.globals.get(arg as usize).is_some_and(|tensor| tensor.blank);
        if fifo.is_none() && !blank {
            return;
        }
        if std::mem::replace(&mut self.states[region as usize].filled, true) {
            return;
        }
        let written_parts: Vec<Region> = self
            .regions
            .touched(region)
            .filter(|&part| self.states[part as usize].write.is_some())
            .map(|part| self.regions.distinct[part as usize])
            .collect();
        if self.regions.distinct[region as usize].covered_by(&written_parts) {
            return;
        }
        let op = written(member.program, access.when.index);
        let core = self.network.core_text(member.block, member.core);
        let (code, what, repair) = match fifo {
            Some(fifo) => (
                Code::NeverWritten,
                format!("a slot of FIFO {}", fifo.name),
                "pop before the read, and read the slot of the message that was popped: `message % slots`",
            ),
            None => (
                Code::GlobalNeverWritten,
                format!("{}, a workspace", member.program.name(operand)),
                "store to all of it before, in an earlier phase; or pass a tensor that has something in it",
            ),
        };
        told.add(
            code,
            format!("`{op}` of {core} reads {what}, and nobody has written all of it"),
            [((access.core, access.when.index), format!("`{op}` reads it here"))],
            repair,
        );
    }
}
