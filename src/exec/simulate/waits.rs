//! Waits, by the line that waits: how long, and for whom.

use std::collections::HashMap;

use super::core::Run;
use super::forecast::Forecast;
use super::job::Job;
use super::plan::{Act, Plan, TICKS, ticks};
use crate::op::Pipe;
use crate::program::{At, Core, InstrKind, Line};

/// What is waited for at one line, for the flags that are set at one other: all blocks and turns together.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Wait {
    /// The core of the cluster that waits; none where a block is on one core.
    pub core: Option<Core>,
    /// The pipe that waits.
    pub pipe: Pipe,
    /// The line at which it waits.
    pub line: Line,
    /// The core that it waits for.
    pub on_core: Option<Core>,
    /// The pipe that it waits for.
    pub on: Pipe,
    /// The last op there before the flag; none, where the flag is set before any.
    pub op: Option<String>,
    /// The line that issued that op, or that set the flag where there is none.
    pub op_line: Line,
    /// How often it is waited there.
    pub count: u64,
    /// Cycles of one core, on the average of the cores; of blocks that are on several, on the average of the clusters.
    pub cycles: f64,
    /// Which waits these are.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(super) at: Group,
}

impl std::fmt::Display for Wait {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let late = self.op.as_deref().unwrap_or("the first turn");
        let (pipe, on) = (Spot(self.core, self.pipe), Spot(self.on_core, self.on));
        write!(f, "{pipe:<5} at {} waits for {late} on {on} at {}", self.line, self.op_line)
    }
}

/// A pipe, of a core where there are several: `V`, `cube M`.
pub(super) struct Spot(pub(super) Option<Core>, pub(super) Pipe);

impl std::fmt::Display for Spot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(core) => f.pad(&format!("{} {}", core.short(), self.1.short())),
            None => f.pad(self.1.short()),
        }
    }
}

impl Wait {
    /// Whether what is waited for is a buffer that is handed back, against the way of the data: with more buffers there would be less to
    /// wait for.
    #[must_use]
    pub fn is_hand_back(&self) -> bool {
        let way = [Pipe::Mte2, Pipe::Mte1, Pipe::M, Pipe::V, Pipe::Fix, Pipe::Mte3];
        let place = |pipe| way.iter().position(|&known| known == pipe);
        self.core == self.on_core && place(self.on) > place(self.pipe)
    }
}

/// The plans of the two cores, the pipes, and the lines of the wait and of the set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Group {
    pub(super) plan: usize,
    pub(super) pipe: Pipe,
    pub(super) on_plan: usize,
    pub(super) on: Pipe,
    pub(super) wait: At,
    pub(super) late: At,
}

/// An instruction: the number of its plan, and its own.
pub(super) type Instruction = (usize, usize);

/// The instructions that set flags and tell signals, in the plans of the cores of a block.
pub(super) struct Setters<'p> {
    plans: &'p [Plan],
    first: usize,
    /// By core, by the flag's number.
    flags: Vec<Vec<u32>>,
    /// By signal.
    signals: Vec<Vec<Instruction>>,
}

impl<'p> Setters<'p> {
    /// Of a class of blocks; `plans` are those of its cores, `first` is the number of the first one.
    pub(super) fn new(plans: &'p [Plan], first: usize) -> Self {
        let mut flags = Vec::new();
        let mut signals: Vec<Vec<Instruction>> = vec![Vec::new(); plans[0].tellers.len()];
        for (core, plan) in plans.iter().enumerate() {
            let mut of_core = vec![u32::MAX; plan.flags as usize];
            for (index, step) in plan.steps.iter().enumerate() {
                match step.act {
                    Act::Set(flag) => of_core[flag as usize] = index as u32,
                    Act::Tell(talk) => {
                        let told = &plan.talks[talk as usize];
                        told.iter()
                            .for_each(|&one| signals[one as usize].push((first + core, index)));
                    }
                    _ => {}
                }
            }
            flags.push(of_core);
        }
        Setters { plans, first, flags, signals }
    }

    /// What has set what an instruction waits for: one for a flag, and for signals each core that tells one.
    pub(super) fn of(&self, (plan, index): Instruction) -> Vec<Instruction> {
        let core = plan - self.first;
        match self.plans[core].steps[index].act {
            Act::Wait(flag) => match self.flags[core].get(flag as usize) {
                Some(&set) if set != u32::MAX => vec![(plan, set as usize)],
                _ => Vec::new(),
            },
            Act::Await(talk) => {
                let signals = self.plans[core].talks[talk as usize].iter();
                signals.flat_map(|&one| &self.signals[one as usize]).copied().collect()
            }
            _ => Vec::new(),
        }
    }
}

/// Of each instruction the last op of its pipe that is before it.
fn last_ops(plan: &Plan) -> Vec<Option<usize>> {
    let mut last = [None; Pipe::COUNT];
    let before = plan.steps.iter().enumerate().map(|(index, step)| {
        if step.act == Act::Op {
            last[step.pipe.index()] = Some(index);
        }
        last[step.pipe.index()]
    });
    before.collect()
}

/// The waits of a core's plan, by instruction: which each is, and the instruction that it waits for, the last op before the flag or the set
/// itself. None for what is not a wait.
pub(super) type Groups = Vec<Option<(Group, usize)>>;

impl Job {
    /// The groups of all plans.
    pub(super) fn groups(&self) -> Vec<Groups> {
        let last: Vec<_> = self.plans.iter().map(last_ops).collect();
        let mut all = Vec::new();
        for class in 0..self.classes() {
            let first = class * self.cores;
            let setters = Setters::new(self.of_class(class), first);
            for plan in first..first + self.cores {
                let at = |(plan, index): Instruction| self.members[plan].program.instrs[index].at;
                let group = |(index, step): (usize, &super::plan::Step)| {
                    let &(on_plan, set) = setters.of((plan, index)).first()?;
                    let late = last[on_plan][set].unwrap_or(set);
                    let on = self.plans[on_plan].steps[set].pipe;
                    let (wait, late_at) = (at((plan, index)), at((on_plan, late)));
                    let pipe = step.pipe;
                    Some((Group { plan, pipe, on_plan, on, wait, late: late_at }, late))
                };
                all.push(self.plans[plan].steps.iter().enumerate().map(group).collect());
            }
        }
        all
    }
}

impl Forecast {
    /// Where pipes wait. A pipe that has little to do waits most, and that hurts nobody: so waits are ranked by how long they are, times how
    /// busy their pipe is. For another core it is often the scalar pipe that waits, and issues nothing meanwhile: that counts as the busiest.
    #[must_use]
    pub fn waits(&self) -> Vec<Wait> {
        let flag = ticks(self.profile.flag);
        let mut found: HashMap<Group, (u64, u64, usize)> = HashMap::new();
        let groups = self.job.groups();
        for wave in &self.waves {
            let times = (wave.copies * wave.repeated) as u64;
            for run in &wave.runs {
                for (index, group) in groups[run.plan].iter().enumerate() {
                    let Some((group, late)) = group else { continue };
                    let (waited, count, _) = found.entry(*group).or_insert((0, 0, *late));
                    *waited += waited_ticks(run, index, flag) * times;
                    *count += times;
                }
            }
        }
        let mut waits: Vec<Wait> = found
            .into_iter()
            .filter(|(_, (waited, ..))| *waited > 0)
            .map(|(at, (waited, count, late))| self.wait(at, waited, count, late))
            .collect();
        let busy = Pipe::ALL.map(|pipe| (pipe, self.busy(pipe)));
        let busiest = busy.iter().map(|(_, busy)| *busy).fold(0.0, f64::max);
        let weight = |wait: &Wait| {
            let own = busy.iter().find(|(pipe, _)| *pipe == wait.pipe);
            let own = own.map_or(0.0, |(_, busy)| *busy);
            wait.cycles * if wait.core == wait.on_core { own } else { busiest }
        };
        waits.sort_by(|a, b| {
            let heavier = weight(b).total_cmp(&weight(a));
            let place = |wait: &Wait| {
                (wait.line.clone(), wait.op_line.clone(), wait.pipe, wait.core, wait.on_core)
            };
            heavier.then_with(|| place(a).cmp(&place(b)))
        });
        waits
    }

    /// A wait for instruction `late` of the other core, or of its own.
    fn wait(&self, at: Group, waited: u64, count: u64, late: usize) -> Wait {
        let program = &self.job.members[at.on_plan].program;
        let op = match &program.instrs[late].kind {
            InstrKind::Op(op) => Some(program.op_name(op).to_owned()),
            _ => None,
        };
        Wait {
            core: self.job.plans[at.plan].core,
            pipe: at.pipe,
            line: self.job.members[at.plan].program.line(at.wait),
            on_core: self.job.plans[at.on_plan].core,
            on: at.on,
            op,
            op_line: program.line(at.late),
            count,
            cycles: waited as f64 / TICKS / self.cores as f64,
            at,
        }
    }
}

fn waited_ticks(run: &Run, index: usize, flag: u64) -> u64 {
    (run.end[index] - run.begin[index]).saturating_sub(flag)
}
