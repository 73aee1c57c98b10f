//! What a launch issues, with loops and blocks found again; and the comparison of the two.

use std::collections::HashMap;

use super::EmitError;
use super::fields::{Fields, Finder};
use super::links::{Link, Sharing, is_vector};
use super::plan::Plan;
use super::structures::{Node, Structures, Way};
use super::tensor::Tensor;
use super::words::{Text, Words};
use crate::chip::{Chip, ChipId};
use crate::cluster::Split;
use crate::exec::{Cluster, Kernel, Phased, PlanChip};
use crate::global::Args;
use crate::inner::{EachPhase, Looks, cluster_programs, phases, programs};
use crate::program::{Place, Program};

/// Part of a launch, as it was issued and as it will be written: all of a kernel, a side of a cluster, or a phase.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) fields: Fields,
    pub(super) tensors: Vec<Tensor>,
    pub(super) links: Vec<Link>,
    pub(super) words: Words,
    /// What each core issued, block by block.
    pub(super) texts: Vec<Text>,
    pub(super) plan: Plan,
}

/// Reads the programs of a part.
#[derive(Default)]
struct Reader {
    finder: Finder,
    fields: Fields,
    /// As these cores see them.
    tensors: Vec<Tensor>,
    links: Vec<Link>,
    words: Words,
    texts: Vec<Text>,
    /// Where the slots of FIFOs begin in these cores' memory.
    slots: HashMap<u32, u32>,
}

impl Reader {
    /// What is one array, and which flags take turns, is known when all cores are.
    fn survey(&mut self, program: &Program) {
        self.finder.add(program);
        self.words.turns.add(program);
        for tile in &program.tiles {
            if let Some(slot) = tile.slot_of {
                let first = self.slots.entry(slot.fifo).or_insert(tile.addr);
                *first = tile.addr.min(*first);
            }
        }
    }

    fn read(
        &mut self,
        program: &Program,
        tensors: &[Tensor],
        sharing: Sharing,
    ) -> Result<(), EmitError> {
        if self.texts.is_empty() {
            self.fields = self.finder.fields(&program.tiles);
            self.links = Link::all(program, sharing);
            self.tensors = Tensor::with_slots(tensors, &self.links);
        }
        plain(program, &self.tensors)?;
        self.texts.push(self.words.read(program, &self.fields, &self.links)?);
        Ok(())
    }

    /// What was read of all cores, of which a block has so many.
    fn found(self, cores: usize) -> Result<Found, EmitError> {
        let Reader { fields, tensors, links, words, texts, .. } = self;
        let (mut best, mut odd): (Option<Plan>, _) = (None, (0, 0));
        for way in [Way::KnownFirst, Way::KnownLast, Way::Strict] {
            if way == Way::Strict && best.is_some() {
                break;
            }
            match planned(&words, &texts, cores, way) {
                Ok(plan) if best.as_ref().is_none_or(|best| plan.cost() < best.cost()) => {
                    best = Some(plan);
                }
                Ok(_) => {}
                Err(other) => odd = other,
            }
        }
        let plan = best
            .ok_or_else(|| EmitError::Irregular { block: odd.0, at: words.line(odd.1).clone() })?;
        Ok(Found { fields, tensors, links, words, texts, plan })
    }
}

/// The plan of all cores; or a block that is unlike the others, and the shape of what it does.
fn planned(words: &Words, texts: &[Text], cores: usize, way: Way) -> Result<Plan, (usize, u32)> {
    let mut structures = Structures::new(way);
    let mut nodes: Vec<_> = texts.iter().map(|text| structures.nodes(text, words)).collect();
    let ids = |nodes: &[Node]| nodes.iter().map(|node| node.id).collect::<Vec<_>>();
    nodes.iter_mut().flatten().for_each(|node| structures.settle(node));
    if way != Way::Strict && nodes.iter().any(|other| ids(other) != ids(&nodes[0])) {
        // What is a loop of a later core may be run once by an earlier one.
        nodes = texts.iter().map(|text| structures.nodes(text, words)).collect();
    }
    nodes.iter_mut().flatten().for_each(|node| structures.settle(node));
    let (body, runs) = structures.root(nodes);
    Plan::new(&structures, words, texts, (&body, &runs), cores)
}

impl Found {
    pub(super) fn of<K: Kernel>(
        kernel: &K,
        grid: usize,
        args: &<K::Args as Args>::Host<'_>,
        names: &[&str],
    ) -> Result<Self, EmitError> {
        let (mut reader, mut tensors, mut known) = (Reader::default(), Vec::new(), Vec::new());
        K::Args::names(names, &mut known);
        programs(kernel, grid, args, Looks::Nothing, |_, program, _| {
            reader.survey(&program);
            Ok::<_, EmitError>(())
        })?;
        programs(kernel, grid, args, Looks::Nothing, |block, program, slots| {
            if block == 0 {
                tensors = Tensor::all(slots, &known);
            }
            reader.read(&program, &tensors, Sharing::Alone)
        })?;
        reader.found(1)
    }

    /// The cube side and the vector side of a cluster.
    pub(super) fn sides<'h, C: Cluster>(
        cluster: &C,
        grid: usize,
        args: (&<C::CubeArgs as Args>::Host<'h>, &<C::VectorArgs as Args>::Host<'h>),
    ) -> Result<[Self; 2], EmitError> {
        let sharing = match (C::Split::CORES, C::Split::BY_COLS) {
            (1, _) => Sharing::Alone,
            (_, true) => Sharing::ByCols,
            (_, false) => Sharing::ByRows,
        };
        let mut names = Vec::new();
        C::CubeArgs::names(C::CUBE_ARGS, &mut names);
        C::VectorArgs::names(C::VECTOR_ARGS, &mut names);
        let (mut cube, mut vector) = (Reader::default(), Reader::default());
        let mut tensors = Vec::new();
        cluster_programs(cluster, grid, args, |_, programs, _| {
            for program in &programs {
                let side = if is_vector(program) { &mut vector } else { &mut cube };
                side.survey(program);
            }
            Ok::<_, EmitError>(())
        })?;
        cluster_programs(cluster, grid, args, |block, programs, slots| {
            if block == 0 {
                tensors = Tensor::all(slots, &names);
            }
            programs.iter().try_for_each(|program| {
                let side = if is_vector(program) { &mut vector } else { &mut cube };
                side.read(program, &tensors, sharing)
            })
        })?;
        // A producer is told where in the other core's memory they are.
        let slots: HashMap<u32, u32> =
            cube.slots.iter().chain(&vector.slots).map(|(fifo, at)| (*fifo, *at)).collect();
        for side in [&mut cube, &mut vector] {
            for (number, link) in (0..).zip(&mut side.links) {
                link.first = slots.get(&number).copied().unwrap_or_default();
            }
        }
        let cores = vector.texts.len() / grid;
        Ok([cube.found(1)?, vector.found(cores)?])
    }

    /// The phases of a kernel.
    pub(super) fn phases<K: Phased>(
        kernel: &K,
        grid: usize,
        args: &<K::Args as Args>::Host<'_>,
    ) -> Result<(ChipId, Vec<Self>), EmitError> {
        struct Each {
            grid: usize,
            names: &'static [&'static str],
            chip: ChipId,
            phases: Vec<Found>,
        }
        impl EachPhase for Each {
            type Error = EmitError;

            fn phase<K: Kernel>(
                &mut self,
                kernel: &K,
                args: &<K::Args as Args>::Host<'_>,
            ) -> Result<(), EmitError> {
                self.chip = <PlanChip<K::Plan> as Chip>::ID;
                self.phases.push(Found::of(kernel, self.grid, args, self.names)?);
                Ok(())
            }
        }
        let mut each = Each { grid, names: K::ARGS, chip: ChipId::A2A3, phases: Vec::new() };
        phases(kernel, grid, args, &mut each)?;
        Ok((each.chip, each.phases))
    }

    /// Expands what is written of each core, and compares it with what the core issued.
    pub(super) fn compare(&self) -> Result<(), EmitError> {
        (0..self.texts.len()).try_for_each(|core| self.compare_core(core))
    }

    fn compare_core(&self, core: usize) -> Result<(), EmitError> {
        let Found { words, texts, plan, .. } = self;
        let text = &texts[core];
        let mut rest = text.words.iter();
        let differs = |shape: Option<u32>| {
            let at = words.line(shape.unwrap_or_default()).clone();
            EmitError::Differs { block: core / plan.grid.cores, at }
        };
        let mut odd = None;
        let is_same = plan.expand(core, &mut |shape, numbers| {
            odd = Some(shape);
            rest.next().is_some_and(|word| word.shape == shape && text.numbers(*word) == numbers)
        });
        match rest.next() {
            _ if !is_same => Err(differs(odd)),
            None => Ok(()),
            Some(word) => Err(differs(Some(word.shape))),
        }
    }
}

/// All tensors that a program uses lie as C++ tensors do.
fn plain(program: &Program, tensors: &[Tensor]) -> Result<(), EmitError> {
    if tensors.iter().all(|tensor| tensor.odd.is_none()) {
        return Ok(());
    }
    for (instr, op) in program.ops() {
        for operand in program.operands(op) {
            let (Place::Global { arg, .. } | Place::Bytes { arg, .. }) = operand.place else {
                continue;
            };
            if let Some(what) = tensors[arg as usize].odd {
                let (arg, at) = (arg as usize, program.line(instr.at));
                let name = tensors[arg].name.clone();
                return Err(EmitError::Tensor { arg, name, what, at });
            }
        }
    }
    Ok(())
}
