//! The critical path: what the end of the launch waited for, back to its begin.

use super::forecast::Forecast;
use super::machine::Run;
use super::plan::{Act, Plan, TICKS};
use super::waits::setters;
use crate::op::Pipe;
use crate::program::{InstrKind, Line, Program};

/// A stretch of the critical path: ops of one line, or flags that are handed over there, one after the other.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Stretch {
    /// What the time goes into.
    pub what: Spent,
    /// The pipe.
    pub pipe: Pipe,
    /// The line.
    pub line: Line,
    /// Cycles.
    pub cycles: f64,
    /// How many instructions these are.
    pub count: u64,
}

/// What the critical path goes through.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Spent {
    /// An op, by its name.
    Op(String),
    /// From a flag's set on this pipe to its being seen on the other one.
    HandOver(Pipe),
    /// Flags and barriers themselves.
    Sync,
    /// The scalar pipe issues.
    Issue,
}

impl Forecast {
    /// The critical path of the first wave's block that ends last, from its begin: what follows each other without a gap, so that the
    /// cycles add up to the block's. Instructions of one line that follow each other are one stretch.
    #[must_use]
    pub fn critical_path(&self) -> Vec<Stretch> {
        let runs = self.waves.first().map_or(&[][..], |wave| &wave.runs);
        let Some(run) = runs.iter().max_by_key(|run| run.finish) else { return Vec::new() };
        let class = self.job.blocks[run.block];
        let program = &self.job.classes[class].program;
        let walk = Walk { run, plan: &self.job.plans[class], program };
        let mut path: Vec<Stretch> = Vec::new();
        for (index, what, ticks) in walk.steps().into_iter().rev() {
            let (pipe, line) =
                (walk.plan.steps[index].pipe, program.line(program.instrs[index].at));
            let cycles = ticks as f64 / TICKS;
            match path.last_mut() {
                Some(last) if last.what == what && last.pipe == pipe && last.line == line => {
                    last.cycles += cycles;
                    last.count += 1;
                }
                _ => path.push(Stretch { what, pipe, line, cycles, count: 1 }),
            }
        }
        path
    }

    /// The critical path, all stretches of one line together, the longest first.
    #[must_use]
    pub fn critical_lines(&self) -> Vec<Stretch> {
        let mut lines: Vec<Stretch> = Vec::new();
        for stretch in self.critical_path() {
            let same = |line: &&mut Stretch| {
                line.what == stretch.what && line.pipe == stretch.pipe && line.line == stretch.line
            };
            match lines.iter_mut().find(same) {
                Some(line) => {
                    line.cycles += stretch.cycles;
                    line.count += stretch.count;
                }
                None => lines.push(stretch),
            }
        }
        lines.sort_by(|a, b| b.cycles.total_cmp(&a.cycles));
        lines
    }
}

struct Walk<'a> {
    run: &'a Run,
    plan: &'a Plan,
    program: &'a Program,
}

impl Walk<'_> {
    /// Instructions from the last one back, with what each spends and how long.
    fn steps(&self) -> Vec<(usize, Spent, u64)> {
        let setters = setters(self.plan);
        let before = self.before();
        let last = (0..self.plan.steps.len()).max_by_key(|&index| (self.run.end[index], index));
        let mut steps = Vec::new();
        let (mut at, mut until) = (last, self.run.finish);
        while let Some(index) = at {
            let (begin, set) = match self.plan.steps[index].act {
                Act::Wait(flag) => {
                    let set = setters[flag as usize] as usize;
                    let raised = self.run.end[set];
                    (
                        self.run.begin[index],
                        (raised > self.run.begin[index]).then_some((set, raised)),
                    )
                }
                _ => (self.run.begin[index], None),
            };
            match set {
                // The flag came after the pipe did: go on at the pipe that set it.
                Some((set, raised)) if raised < until => {
                    steps.push((
                        index,
                        Spent::HandOver(self.plan.steps[index].pipe),
                        until - raised,
                    ));
                    (at, until) = (Some(set), raised);
                }
                _ => {
                    if until > begin {
                        steps.push((index, self.spent(index), until - begin));
                    }
                    let previous = before[index];
                    let ended = previous.map_or(self.run.start, |previous| self.run.end[previous]);
                    if ended >= begin {
                        (at, until) = (previous, begin);
                        continue;
                    }
                    at = self.cause(index, begin);
                    until = at.map_or(begin, |cause| self.run.end[cause]);
                    if until < begin {
                        steps.push((index, Spent::Issue, begin - until));
                    }
                }
            }
        }
        if until > self.run.start && !steps.is_empty() {
            steps.push((0, Spent::Issue, until - self.run.start));
        }
        steps
    }

    /// The instruction before, on the same pipe.
    fn before(&self) -> Vec<Option<usize>> {
        let mut last = [None; Pipe::COUNT];
        let steps = self.plan.steps.iter().enumerate();
        let before = steps.map(|(index, step)| last[step.pipe.index()].replace(index));
        before.collect()
    }

    /// What an instruction waited for that was late for another reason than its pipe: what the scalar pipe did last, or a unit flag.
    fn cause(&self, index: usize, begin: u64) -> Option<usize> {
        let moved =
            |other: &usize| self.run.end[*other] == begin && self.plan.steps[*other].unit.is_some();
        if self.plan.steps[index].unit.is_some()
            && let Some(unit) = (0..index).rev().find(moved)
        {
            return Some(unit);
        }
        let scalar = self.plan.queues[Pipe::S.index()].iter().map(|&scalar| scalar as usize);
        scalar.take_while(|&scalar| scalar < index).last()
    }

    fn spent(&self, index: usize) -> Spent {
        match &self.program.instrs[index].kind {
            InstrKind::Op(op) => Spent::Op(self.program.op_name(op).to_owned()),
            _ => Spent::Sync,
        }
    }
}
