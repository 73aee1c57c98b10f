//! What is simulated: the blocks of a launch, by what they cost.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::error::SimulateError;
use super::plan::{Act, Plan, Regions};
use super::profile::Profile;
use super::signals::{Signals, Talks};
use crate::exec::check::{Verdict, check, check_cluster};
use crate::op::Pipe;
use crate::program::{ClusterProgram, Program};

/// A core's program, and what it says to the other cores of its block.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) program: Arc<Program>,
    talks: Arc<Talks>,
}

/// What is simulated. Blocks that are equal but for where they work are of one class.
#[derive(Debug, Default)]
pub(super) struct Job {
    /// How many cores work on a block.
    pub(super) cores: usize,
    /// Of each class, one a core.
    pub(super) plans: Vec<Plan>,
    /// As the plans.
    pub(super) members: Vec<Member>,
    /// The class of each block.
    pub(super) blocks: Vec<usize>,
    /// Bytes that the launch loads, each once.
    regions: Regions,
    known: HashMap<u64, Vec<usize>>,
}

impl Job {
    /// Adds a block, on one core or several: as many as each other block has.
    pub(super) fn add(
        &mut self,
        block: Vec<Program>,
        profile: &Profile,
    ) -> Result<(), SimulateError> {
        for program in &block {
            if program.chip != profile.chip {
                return Err(SimulateError::Chip { program: program.chip, profile: profile.chip });
            }
        }
        if self.blocks.is_empty() {
            self.cores = block.len();
        }
        if block.is_empty() || block.len() != self.cores {
            let (block, cores) = (self.blocks.len(), block.len());
            return Err(SimulateError::Cores { block, cores, first: self.cores });
        }
        let block = ClusterProgram::of_block(block);
        let signals = Signals::new(&block)?;
        let talks = signals.talks.into_iter().map(Arc::new);
        let programs = block.blocks.into_iter().flatten().map(Arc::new);
        let members = programs.zip(talks).map(|(program, talks)| Member { program, talks });
        let members: Vec<_> = members.collect();
        let plans = plans(&members, &signals.tellers, profile, &mut self.regions);
        let mut hasher = DefaultHasher::new();
        plans.hash(&mut hasher);
        let alike = self.known.entry(hasher.finish()).or_default();
        let cores = self.cores;
        let known =
            alike.iter().copied().find(|&class| self.plans[class * cores..][..cores] == plans);
        self.blocks.push(known.unwrap_or_else(|| {
            let class = self.members.len() / cores;
            alike.push(class);
            self.plans.extend(plans);
            self.members.extend(members);
            class
        }));
        Ok(())
    }

    /// The same blocks, with what they cost on another chip.
    pub(super) fn against(&self, profile: &Profile) -> Self {
        let classes = self.members.chunks(self.cores).zip(self.plans.chunks(self.cores));
        let plans = classes.flat_map(|(members, known)| {
            plans(members, &known[0].tellers, profile, &mut Regions::default())
        });
        Job {
            cores: self.cores,
            plans: plans.collect(),
            members: self.members.clone(),
            blocks: self.blocks.clone(),
            regions: Regions::of_bytes(self.regions.bytes),
            known: HashMap::new(),
        }
    }

    /// How many kinds of blocks there are.
    pub(super) fn classes(&self) -> usize {
        self.plans.len() / self.cores.max(1)
    }

    /// The plans of the cores of a class of blocks.
    pub(super) fn of_class(&self, class: usize) -> &[Plan] {
        &self.plans[class * self.cores..][..self.cores]
    }

    /// How many cores of a block have an instruction of `pipe`.
    pub(super) fn cores_with(&self, pipe: Pipe) -> usize {
        let of_core = |core: usize| self.plans.iter().skip(core).step_by(self.cores);
        let has = |core: &usize| of_core(*core).any(|plan| !plan.queues[pipe.index()].is_empty());
        (0..self.cores).filter(has).count()
    }

    /// Whether blocks meet each other.
    pub(super) fn meets(&self) -> bool {
        let mut steps = self.plans.iter().flat_map(|plan| &plan.steps);
        steps.any(|step| matches!(step.act, Act::Meet(_)))
    }

    /// What `check` finds in a block.
    pub(super) fn judge(&self, block: usize) -> Verdict {
        match &self.members[self.blocks[block] * self.cores..][..self.cores] {
            [alone] => check(&alone.program),
            members => {
                let programs = members.iter().map(|member| (*member.program).clone());
                check_cluster(&ClusterProgram::of_block(programs.collect::<Vec<_>>()))
            }
        }
    }

    /// Of the bytes that blocks load for their first time, the share that no other block has loaded.
    pub(super) fn fresh(&self) -> f64 {
        let plans = self.blocks.iter().flat_map(|&class| self.of_class(class));
        let of_blocks: u64 = plans.map(|plan| plan.sums.fresh).sum();
        self.regions.bytes as f64 / of_blocks.max(1) as f64
    }
}

fn plans(
    members: &[Member],
    tellers: &[u32],
    profile: &Profile,
    regions: &mut Regions,
) -> Vec<Plan> {
    let plan = |member: &Member| Plan::new(&member.program, &member.talks, profile, regions);
    let mut plans: Vec<_> = members.iter().map(plan).collect();
    if let Some(first) = plans.first_mut() {
        first.tellers = tellers.to_vec();
    }
    plans
}
