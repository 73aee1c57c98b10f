//! The cores of a launch and the counters between them: what each instruction about other cores raises, and takes.

use std::collections::HashMap;

use crate::chip::ChipId;
use crate::exec::check::region::Region;
use crate::program::{
    ClusterProgram, Core, Cross, CrossMode, Fifo, InstrKind, Operand, Participants, Program,
};
use crate::tile::Space;

/// All cores of a launch.
pub(in crate::exec) struct Network<'p> {
    pub(in crate::exec) cores: Vec<Member<'p>>,
    pub(in crate::exec) groups: Vec<Group>,
    pub(in crate::exec) counters: Vec<Counter>,
    /// By core: what its instructions about other cores do.
    effects: Vec<HashMap<u32, Effect>>,
    /// Tensors of the kernel: their memories are numbered first, then those of the FIFOs of each block.
    tensors: usize,
    resident: usize,
}

/// A core of a launch.
pub(in crate::exec) struct Member<'p> {
    pub(in crate::exec) block: usize,
    pub(in crate::exec) core: Core,
    pub(in crate::exec) program: &'p Program,
}

/// Cores that set a flag together: it is raised when each of them has set it.
pub(in crate::exec) struct Group {
    pub(in crate::exec) members: Vec<usize>,
    /// The counters that it raises.
    pub(in crate::exec) raises: Vec<usize>,
}

/// A flag as one core sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::exec) struct Counter {
    pub(in crate::exec) core: usize,
    pub(in crate::exec) id: u8,
}

/// What an instruction about other cores does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::exec) enum Effect {
    /// Nothing to others.
    Nothing,
    /// Arrives in these groups, as the member of this number.
    Arrive(Vec<(usize, usize)>),
    /// Takes these counters down, each by so much, as soon as it can.
    Take(Vec<(usize, usize)>),
    /// Meets all these cores, for the n-th time.
    Meet(Participants, usize),
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    All { vector: bool, id: u8 },
    Sub { block: usize, vector: bool, id: u8 },
    Cluster { block: usize, vector: bool, id: u8 },
    Intra { core: usize, id: u8 },
}

impl<'p> Network<'p> {
    pub(in crate::exec) fn new(launch: &'p ClusterProgram) -> Self {
        let cores: Vec<_> = launch
            .programs()
            .map(|(block, program)| {
                // A program of no core in particular is that of the first vector core.
                Member { block, core: program.core.unwrap_or(Core::Vector0), program }
            })
            .collect();
        let tensors = cores.iter().map(|core| core.program.globals.len()).max().unwrap_or(0);
        let resident =
            launch.resident.map_or(launch.blocks.len(), |resident| resident.max(1) as usize);
        let mut maker = Maker { cores: &cores, ..Maker::default() };
        let effects = (0..cores.len()).map(|core| maker.effects_of(core)).collect();
        let Maker { groups, counters, .. } = maker;
        Network { effects, groups, counters, tensors, resident, cores }
    }

    /// A program on its own: whatever it waits for, another core does.
    pub(in crate::exec) fn alone(program: &'p Program) -> Self {
        let core = program.core.unwrap_or(Core::Vector0);
        Network {
            cores: vec![Member { block: 0, core, program }],
            groups: Vec::new(),
            counters: Vec::new(),
            effects: vec![HashMap::new()],
            tensors: program.globals.len(),
            resident: 1,
        }
    }

    /// What instruction `index` of a core does to others.
    pub(in crate::exec) fn effect(&self, core: usize, index: u32) -> &Effect {
        self.effects[core].get(&index).unwrap_or(&Effect::Nothing)
    }

    /// The core's instructions about other cores that meet, as [`Effect::Meet`] counts them.
    pub(in crate::exec) fn meeting(
        &self,
        core: usize,
        of: Participants,
        nth: usize,
    ) -> Option<u32> {
        let found = self.effects[core].iter().find(|(_, effect)| **effect == Effect::Meet(of, nth));
        found.map(|(&index, _)| index)
    }

    /// The cores that meet.
    pub(in crate::exec) fn participants(&self, of: Participants) -> impl Iterator<Item = usize> {
        (0..self.cores.len()).filter(move |&core| of.include(self.cores[core].core))
    }

    /// Whether a block has started when so many blocks have ended.
    pub(in crate::exec) fn has_started(&self, block: usize, ended: usize) -> bool {
        block < self.resident.saturating_add(ended)
    }

    /// How many blocks run at a time.
    pub(in crate::exec) fn resident(&self) -> usize {
        self.resident
    }

    /// How many blocks there are.
    pub(in crate::exec) fn blocks(&self) -> usize {
        self.cores.iter().map(|core| core.block + 1).max().unwrap_or(0)
    }

    /// The FIFO whose slots are in this tensor.
    pub(in crate::exec) fn fifo_of(program: &Program, arg: u32) -> Option<&Fifo> {
        program.fifos.iter().find(|fifo| fifo.memory == arg)
    }

    /// What an operand covers of memory that cores share; nothing if it is on chip, or empty.
    ///
    /// Memories are numbered from [`Space::COUNT`] on.
    pub(in crate::exec) fn shared(&self, core: usize, operand: &Operand) -> Option<Region> {
        let member = &self.cores[core];
        let in_fifo = member.program.in_fifo(operand);
        let region = Region::of(member.program, in_fifo.as_ref().unwrap_or(operand))?;
        let arg = region.memory.checked_sub(Space::COUNT as u32)?;
        if Self::fifo_of(member.program, arg).is_none() {
            return Some(region);
        }
        let memory = Space::COUNT + self.tensors * (member.block + 1) + arg as usize;
        Some(region.of_memory(memory as u32))
    }

    /// As [`Network::shared`]; what is on chip is told apart by its core.
    pub(in crate::exec) fn anywhere(&self, core: usize, operand: &Operand) -> Option<Region> {
        let on_chip = || {
            let region = Region::of(self.cores[core].program, operand)?;
            let first = Space::COUNT + self.tensors * (self.blocks() + 1);
            let memory = first + core * Space::COUNT + region.memory as usize;
            Some(region.of_memory(memory as u32))
        };
        self.shared(core, operand).or_else(on_chip)
    }

    /// Whether nothing is in a memory that cores share before the launch, by the number that [`Network::shared`] gives it.
    pub(in crate::exec) fn is_blank(&self, memory: u32) -> bool {
        let Some(number) = (memory as usize).checked_sub(Space::COUNT) else { return false };
        // Behind the tensors are the FIFOs of each block, and then what is on chip.
        if self.tensors == 0 || number >= self.tensors * (self.blocks() + 1) {
            return false;
        }
        let arg = number % self.tensors;
        self.cores
            .iter()
            .any(|core| core.program.globals.get(arg).is_some_and(|tensor| tensor.blank))
    }

    /// A counter as its core's program writes it.
    pub(in crate::exec) fn counter_text(&self, counter: usize) -> String {
        let Counter { core, id } = self.counters[counter];
        let Member { block, core, .. } = &self.cores[core];
        format!("flag {id} of {}", self.core_text(*block, *core))
    }

    /// A core in words; the block is named where there are several.
    pub(in crate::exec) fn core_text(&self, block: usize, core: Core) -> String {
        if self.blocks() > 1 { format!("block {block}'s {core}") } else { core.to_string() }
    }
}

#[derive(Default)]
struct Maker<'n, 'p> {
    cores: &'n [Member<'p>],
    groups: Vec<Group>,
    known_groups: HashMap<Key, usize>,
    counters: Vec<Counter>,
    known_counters: HashMap<Counter, usize>,
}

impl Maker<'_, '_> {
    fn effects_of(&mut self, core: usize) -> HashMap<u32, Effect> {
        let mut meetings: HashMap<Participants, usize> = HashMap::new();
        let mut effects = HashMap::new();
        for (index, instr) in (0..).zip(&self.cores[core].program.instrs) {
            let InstrKind::Cross(cross) = instr.kind else { continue };
            let effect = match cross {
                Cross::SyncAll(of) if of.include(self.cores[core].core) => {
                    let nth = meetings.entry(of).or_default();
                    *nth += 1;
                    Effect::Meet(of, *nth - 1)
                }
                _ => self.effect(core, cross),
            };
            effects.insert(index, effect);
        }
        effects
    }

    fn effect(&mut self, core: usize, cross: Cross) -> Effect {
        let Member { program, .. } = self.cores[core];
        let fifo = |fifo: u32| program.fifos.get(fifo as usize);
        match cross {
            Cross::Set { mode, id } => Effect::Arrive(vec![self.arrival(core, mode, id)]),
            Cross::Wait { id } => Effect::Take(vec![(self.counter(core, id), 1)]),
            Cross::Push { fifo: number, .. } => {
                fifo(number).map_or(Effect::Nothing, |fifo| self.tell(core, fifo, fifo.ready))
            }
            Cross::Pop { fifo: number, .. } => {
                fifo(number).map_or(Effect::Nothing, |fifo| self.take(core, fifo, fifo.ready, 1))
            }
            Cross::Alloc { fifo: number, message } => match fifo(number) {
                Some(fifo) if fifo.waits_for_credit(message) => self.take(core, fifo, fifo.free, 1),
                _ => Effect::Nothing,
            },
            Cross::Free { fifo: number, message } => match fifo(number) {
                Some(fifo) if fifo.gives_credit(message) => self.tell(core, fifo, fifo.free),
                _ => Effect::Nothing,
            },
            Cross::Drain { fifo: number, credits } => match fifo(number) {
                Some(fifo) if credits > 0 => self.take(core, fifo, fifo.free, credits as usize),
                _ => Effect::Nothing,
            },
            Cross::SyncAll(_) | Cross::Cache { .. } | Cross::Fence => Effect::Nothing,
        }
    }

    /// Sets one of a FIFO's flags.
    fn tell(&mut self, core: usize, fifo: &Fifo, id: u8) -> Effect {
        Effect::Arrive(match self.cores[core].program.chip {
            ChipId::A2A3 => vec![self.arrival(core, CrossMode::Cluster, id)],
            ChipId::A5 => {
                let ids = self.ids_on_a5(core, fifo, id);
                ids.into_iter().map(|id| self.arrival(core, CrossMode::Intra, id)).collect()
            }
        })
    }

    /// Waits for one of a FIFO's flags.
    fn take(&mut self, core: usize, fifo: &Fifo, id: u8, times: usize) -> Effect {
        let ids = match self.cores[core].program.chip {
            ChipId::A2A3 => vec![id],
            ChipId::A5 => self.ids_on_a5(core, fifo, id),
        };
        Effect::Take(ids.into_iter().map(|id| (self.counter(core, id), times)).collect())
    }

    /// The cube has a flag for each vector core at the FIFO's end.
    fn ids_on_a5(&self, core: usize, fifo: &Fifo, id: u8) -> Vec<u8> {
        let both = !self.cores[core].core.is_vector() && fifo.split;
        if both { vec![id, id.saturating_add(16)] } else { vec![id] }
    }

    fn counter(&mut self, core: usize, id: u8) -> usize {
        let counter = Counter { core, id };
        *self.known_counters.entry(counter).or_insert_with(|| {
            self.counters.push(counter);
            self.counters.len() - 1
        })
    }

    /// The group that a set belongs to, and which of its members the core is.
    fn arrival(&mut self, core: usize, mode: CrossMode, id: u8) -> (usize, usize) {
        let (block, vector) = (self.cores[core].block, self.cores[core].core.is_vector());
        let key = match mode {
            CrossMode::AllCores => Key::All { vector, id },
            CrossMode::SubCores => Key::Sub { block, vector, id },
            CrossMode::Cluster => Key::Cluster { block, vector, id },
            CrossMode::Intra => Key::Intra { core, id },
        };
        let alike = |other: &usize| {
            let other = &self.cores[*other];
            other.core.is_vector() == vector
                && (mode == CrossMode::AllCores || other.block == block)
        };
        let of_block = |vector: bool, sub: Option<u8>| -> Vec<usize> {
            let all = (0..self.cores.len()).filter(|&other| {
                let other = &self.cores[other];
                other.block == block
                    && other.core.is_vector() == vector
                    && sub.is_none_or(|sub| other.core.sub_block() == sub)
            });
            all.collect()
        };
        let sub_block = self.cores[core].core.sub_block();
        let (members, reached): (Vec<usize>, Vec<(usize, u8)>) = match mode {
            CrossMode::AllCores | CrossMode::SubCores => {
                let members: Vec<_> = (0..self.cores.len()).filter(alike).collect();
                let reached = members.iter().map(|&core| (core, id)).collect();
                (members, reached)
            }
            CrossMode::Cluster => {
                let members = if vector { of_block(true, None) } else { vec![core] };
                let reached = of_block(!vector, None).into_iter().map(|core| (core, id)).collect();
                (members, reached)
            }
            CrossMode::Intra if vector => {
                let seen = id.saturating_add(16 * sub_block);
                let reached = of_block(false, None).into_iter().map(|core| (core, seen)).collect();
                (vec![core], reached)
            }
            CrossMode::Intra => {
                let reached = of_block(true, Some(id / 16));
                (vec![core], reached.into_iter().map(|core| (core, id % 16)).collect())
            }
        };
        let number = members.iter().position(|&member| member == core).unwrap_or(0);
        if let Some(&group) = self.known_groups.get(&key) {
            return (group, number);
        }
        let raises = reached.into_iter().map(|(core, id)| self.counter(core, id)).collect();
        self.groups.push(Group { members, raises });
        self.known_groups.insert(key, self.groups.len() - 1);
        (self.groups.len() - 1, number)
    }
}
