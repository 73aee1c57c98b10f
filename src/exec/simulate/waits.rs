//! Waits, by the line that waits: how long, and for whom.

use std::collections::HashMap;

use super::forecast::Forecast;
use super::machine::Run;
use super::plan::{Act, Plan, TICKS, ticks};
use crate::op::Pipe;
use crate::program::{At, InstrKind, Line, Program};

/// What is waited for at one line, for the flags that are set at one other: all blocks and turns together.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Wait {
    /// The pipe that waits.
    pub pipe: Pipe,
    /// The line at which it waits.
    pub line: Line,
    /// The pipe that it waits for.
    pub on: Pipe,
    /// The last op there before the flag; none, where the flag is set before any.
    pub op: Option<String>,
    /// The line that issued that op, or that set the flag where there is none.
    pub op_line: Line,
    /// How often it is waited there.
    pub count: u64,
    /// Cycles of one core, on the average of the cores.
    pub cycles: f64,
    /// Which waits these are.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(super) at: Group,
}

impl Wait {
    /// Whether what is waited for is a buffer that is handed back, against the way of the data: with more buffers there would be less to
    /// wait for.
    #[must_use]
    pub fn is_hand_back(&self) -> bool {
        let way = [Pipe::Mte2, Pipe::Mte1, Pipe::M, Pipe::V, Pipe::Fix, Pipe::Mte3];
        let place = |pipe| way.iter().position(|&known| known == pipe);
        place(self.on) > place(self.pipe)
    }
}

/// The class of the blocks, the pipes, and the lines of the wait and of the set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Group {
    pub(super) class: usize,
    pub(super) pipe: Pipe,
    pub(super) on: Pipe,
    pub(super) wait: At,
    pub(super) late: At,
}

/// The instructions that set flags, by the flag's number.
pub(super) fn setters(plan: &Plan) -> Vec<u32> {
    let mut setters = vec![u32::MAX; plan.flags as usize];
    for (index, step) in (0..).zip(&plan.steps) {
        if let Act::Set(flag) = step.act {
            setters[flag as usize] = index;
        }
    }
    setters
}

/// Of each instruction the last op of its pipe that is before it.
fn last_ops(plan: &Plan) -> Vec<u32> {
    let mut last = [u32::MAX; Pipe::COUNT];
    let steps = (0..).zip(&plan.steps);
    let before = steps.map(|(index, step)| {
        if step.act == Act::Op {
            last[step.pipe.index()] = index;
        }
        last[step.pipe.index()]
    });
    before.collect()
}

/// The groups of the waits of a class of blocks, by instruction; none for what is not a wait.
pub(super) fn groups(class: usize, plan: &Plan, program: &Program) -> Vec<Option<Group>> {
    let (setters, last) = (setters(plan), last_ops(plan));
    let group = |(index, step): (usize, &super::plan::Step)| {
        let Act::Wait(flag) = step.act else { return None };
        let set = *setters.get(flag as usize)?;
        let InstrKind::Set(of) = program.instrs.get(set as usize)?.kind else { return None };
        let late = match last[set as usize] {
            u32::MAX => set,
            op => op,
        };
        let at = |index: usize| program.instrs[index].at;
        let (wait, late) = (at(index), at(late as usize));
        Some(Group { class, pipe: step.pipe, on: of.src, wait, late })
    };
    plan.steps.iter().enumerate().map(group).collect()
}

impl Forecast {
    /// Where pipes wait. A pipe that has little to do waits most, and that hurts nobody: so waits are ranked by how long they are, times how
    /// busy their pipe is.
    #[must_use]
    pub fn waits(&self) -> Vec<Wait> {
        let flag = ticks(self.profile.flag);
        let mut found: HashMap<Group, (u64, u64, usize)> = HashMap::new();
        let classes = self.job.plans.iter().zip(&self.job.classes).enumerate();
        let of_classes: Vec<_> =
            classes.map(|(class, (plan, of))| groups(class, plan, &of.program)).collect();
        for wave in &self.waves {
            let times = (wave.copies * wave.repeated) as u64;
            for run in &wave.runs {
                for (index, group) in of_classes[self.job.blocks[run.block]].iter().enumerate() {
                    let Some(group) = group else { continue };
                    let (waited, count, _) = found.entry(*group).or_insert((0, 0, index));
                    *waited += waited_ticks(run, index, flag) * times;
                    *count += times;
                }
            }
        }
        let mut waits: Vec<Wait> = found
            .into_iter()
            .filter(|(_, (waited, ..))| *waited > 0)
            .map(|(at, (waited, count, index))| self.wait(at, waited, count, index))
            .collect();
        waits.sort_by(|a, b| {
            let weight = |wait: &Wait| wait.cycles * self.busy(wait.pipe);
            let heavier = weight(b).total_cmp(&weight(a));
            heavier.then_with(|| (&a.line, &a.op_line, a.pipe).cmp(&(&b.line, &b.op_line, b.pipe)))
        });
        waits
    }

    fn wait(&self, at: Group, waited: u64, count: u64, index: usize) -> Wait {
        let (plan, program) = (&self.job.plans[at.class], &self.job.classes[at.class].program);
        let op = match plan.steps[index].act {
            Act::Wait(flag) => {
                let set = setters(plan)[flag as usize] as usize;
                let before = plan.steps[..set].iter().zip(&program.instrs).rev();
                let op = before.filter(|(step, _)| step.pipe == at.on && step.act == Act::Op);
                op.map(|(_, instr)| instr).next()
            }
            _ => None,
        };
        let name = op.and_then(|instr| match &instr.kind {
            InstrKind::Op(op) => Some(program.op_name(op).to_owned()),
            _ => None,
        });
        Wait {
            pipe: at.pipe,
            line: program.line(at.wait),
            on: at.on,
            op: name,
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
