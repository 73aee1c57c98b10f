//! The critical path: what the end of the launch waited for, back to its begin.

use super::core::Run;
use super::forecast::Forecast;
use super::job::Member;
use super::plan::{Plan, Step, TICKS};
use super::waits::{Instruction, Setters};
use crate::op::Pipe;
use crate::program::{Core, InstrKind, Line};

/// A stretch of the critical path: ops of one line, or flags that are handed over there, one after the other.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Stretch {
    /// What the time goes into.
    pub what: Spent,
    /// The core of the cluster; none where a block is on one core.
    pub core: Option<Core>,
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
        let Some(last) = runs.iter().max_by_key(|run| run.finish) else { return Vec::new() };
        let first = self.job.blocks[last.block] * self.job.cores;
        let mut team: Vec<&Run> = runs.iter().filter(|run| run.block == last.block).collect();
        team.sort_by_key(|run| run.plan);
        let walk = Walk {
            team,
            first,
            plans: self.job.of_class(self.job.blocks[last.block]),
            members: &self.job.members[first..][..self.job.cores],
        };
        let mut path: Vec<Stretch> = Vec::new();
        for (at, what, ticks) in walk.steps(last.plan).into_iter().rev() {
            let (pipe, line) = (walk.step(at).pipe, walk.line(at));
            let (core, cycles) = (walk.plan(at).core, ticks as f64 / TICKS);
            match path.last_mut() {
                Some(last)
                    if last.what == what
                        && (last.core, last.pipe) == (core, pipe)
                        && last.line == line =>
                {
                    last.cycles += cycles;
                    last.count += 1;
                }
                _ => path.push(Stretch { what, core, pipe, line, cycles, count: 1 }),
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
                line.what == stretch.what
                    && (line.core, line.pipe) == (stretch.core, stretch.pipe)
                    && line.line == stretch.line
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

/// The cores of a block.
struct Walk<'a> {
    team: Vec<&'a Run>,
    /// The number of the first one's plan.
    first: usize,
    plans: &'a [Plan],
    members: &'a [Member],
}

impl Walk<'_> {
    fn run(&self, (plan, _): Instruction) -> &Run {
        self.team[plan - self.first]
    }

    fn plan(&self, (plan, _): Instruction) -> &Plan {
        &self.plans[plan - self.first]
    }

    fn step(&self, at: Instruction) -> &Step {
        &self.plan(at).steps[at.1]
    }

    fn begin(&self, at: Instruction) -> u64 {
        self.run(at).begin[at.1]
    }

    fn end(&self, at: Instruction) -> u64 {
        self.run(at).end[at.1]
    }

    fn line(&self, at: Instruction) -> Line {
        let program = &self.members[at.0 - self.first].program;
        program.line(program.instrs[at.1].at)
    }

    /// Instructions from the last one of a plan back, with what each spends and how long.
    fn steps(&self, last: usize) -> Vec<(Instruction, Spent, u64)> {
        let setters = Setters::new(self.plans, self.first);
        let before: Vec<_> = self.plans.iter().map(before).collect();
        let run = self.run((last, 0));
        let ends = (0..run.end.len()).map(|index| (last, index));
        let mut steps = Vec::new();
        let (mut at, mut until) = (ends.max_by_key(|&at| (self.end(at), at)), run.finish);
        let (start, mut first) = (run.start, None);
        while let Some(one) = at {
            first = Some(one);
            let begin = self.begin(one);
            let set = setters.of(one).into_iter().max_by_key(|&set| self.end(set));
            let set = set.map(|set| (set, self.end(set))).filter(|(_, raised)| *raised > begin);
            match set {
                // The flag came after the pipe did: go on at the pipe that set it.
                Some((set, raised)) if raised < until => {
                    steps.push((one, Spent::HandOver(self.step(one).pipe), until - raised));
                    (at, until) = (Some(set), raised);
                }
                _ => {
                    if until > begin {
                        steps.push((one, self.spent(one), until - begin));
                    }
                    let previous = before[one.0 - self.first][one.1];
                    let previous = previous.map(|index| (one.0, index));
                    let ended = previous.map_or(start, |previous| self.end(previous));
                    if ended >= begin {
                        (at, until) = (previous, begin);
                        continue;
                    }
                    at = self.cause(one, begin);
                    until = at.map_or(begin, |cause| self.end(cause));
                    if until < begin {
                        steps.push((one, Spent::Issue, begin - until));
                    }
                }
            }
        }
        if let Some(first) = first
            && until > start
        {
            steps.push((first, Spent::Issue, until - start));
        }
        steps
    }

    /// What an instruction waited for that was late for another reason than its pipe: what the scalar pipe did last, or a unit flag.
    fn cause(&self, at: Instruction, begin: u64) -> Option<Instruction> {
        let (plan, index) = at;
        let moved = |&other: &usize| {
            self.end((plan, other)) == begin && self.step((plan, other)).unit.is_some()
        };
        if self.step(at).unit.is_some()
            && let Some(unit) = (0..index).rev().find(moved)
        {
            return Some((plan, unit));
        }
        let scalar = &self.plan(at).queues[Pipe::S.index()];
        let earlier = scalar.partition_point(|&scalar| (scalar as usize) < index);
        scalar[..earlier].last().map(|&scalar| (plan, scalar as usize))
    }

    fn spent(&self, at: Instruction) -> Spent {
        let program = &self.members[at.0 - self.first].program;
        match &program.instrs[at.1].kind {
            InstrKind::Op(op) => Spent::Op(program.op_name(op).to_owned()),
            _ => Spent::Sync,
        }
    }
}

/// Of each instruction the one before, on the same pipe.
fn before(plan: &Plan) -> Vec<Option<usize>> {
    let mut last = [None; Pipe::COUNT];
    let steps = plan.steps.iter().enumerate();
    let before = steps.map(|(index, step)| last[step.pipe.index()].replace(index));
    before.collect()
}
