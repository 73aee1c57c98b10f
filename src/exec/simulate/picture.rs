//! A forecast as a timeline.

use std::time::Duration;

use super::core::Run;
use super::forecast::Forecast;
use super::plan::{Act, TICKS, ticks};
use crate::exec::timeline::{CoreLine, Span, Timeline, What};
use crate::inner::{Builder, ROWS};
use crate::op::Pipe;
use crate::program::InstrKind;

/// How many cores a timeline shows.
const CORES: usize = 64;
/// How many waits stand beside it.
const WAITS: usize = 40;

impl Forecast {
    /// The first wave in virtual time: of blocks that are alike one, of others each, as far as there is room. Beside it stand the waits.
    #[must_use]
    pub fn timeline(&self) -> Timeline {
        let mut builder = Builder::new(format!("{:.2} us on {}", self.us(), self.profile.chip));
        if let Some(wave) = self.waves.first() {
            let mut runs: Vec<&Run> = wave.runs.iter().collect();
            runs.sort_by_key(|run| (run.core, run.start));
            let mut cores: Vec<(u32, CoreLine)> = Vec::new();
            for run in runs {
                let pipes = self.spans(run, &mut builder);
                if let Some((core, line)) = cores.last_mut()
                    && *core == run.core
                {
                    join(line, pipes);
                } else if cores.len() < CORES {
                    let cluster = run.core as usize / self.job.cores;
                    let name = match (wave.copies, self.plan(run).core) {
                        (1, None) => format!("core {}", run.core),
                        (1, Some(core)) => format!("cluster {cluster}, {core}"),
                        (copies, None) => format!("each of {copies} cores"),
                        (copies, Some(core)) => format!("each of {copies} clusters, {core}"),
                    };
                    cores.push((run.core, CoreLine { name, pipes }));
                }
            }
            cores.into_iter().for_each(|(_, line)| builder.core(line));
        }
        let rows = self.waits().into_iter().take(WAITS).map(|wait| {
            let share = format!("{:.1} %", 100.0 * wait.cycles / self.cycles().max(1.0));
            [share, wait.to_string(), wait.line.to_string()]
        });
        let rows = rows.collect();
        builder.finish(rows)
    }

    fn spans(&self, run: &Run, builder: &mut Builder) -> Vec<(Pipe, Vec<Span>)> {
        let (plan, program) = (self.plan(run), &self.job.members[run.plan].program);
        let flag = ticks(self.profile.flag);
        let mut pipes = Vec::new();
        for pipe in ROWS {
            let mut spans = Vec::new();
            for &index in &plan.queues[pipe.index()] {
                let index = index as usize;
                let (instr, begin, end) =
                    (&program.instrs[index], run.begin[index], run.end[index]);
                let what = match (&instr.kind, plan.steps[index].act) {
                    (InstrKind::Op(op), _) => match op.code {
                        Some(code) => What::Op(code),
                        None => builder.other(program.op_name(op)),
                    },
                    (InstrKind::Wait(of), Act::Wait(_)) if end - begin > flag => What::Wait(*of),
                    (InstrKind::Cross(cross), Act::Await(_)) if end - begin > flag => {
                        builder.meet(&program.cross_text(instr.pipe, cross))
                    }
                    _ => continue,
                };
                let line = program.line(instr.at);
                spans.push(builder.span(what, self.time(begin), self.time(end), line));
            }
            if !spans.is_empty() {
                pipes.push((pipe, spans));
            }
        }
        pipes
    }

    fn time(&self, ticks: u64) -> Duration {
        let us = self.profile.microseconds(ticks as f64 / TICKS);
        Duration::from_nanos((us * 1e3).round() as u64)
    }
}

/// What the same core did after.
fn join(line: &mut CoreLine, more: Vec<(Pipe, Vec<Span>)>) {
    for (pipe, spans) in more {
        match line.pipes.iter_mut().find(|(known, _)| *known == pipe) {
            Some((_, known)) => known.extend(spans),
            None => line.pipes.push((pipe, spans)),
        }
    }
}
