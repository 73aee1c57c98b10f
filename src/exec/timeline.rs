//! A timeline of one block: when each pipe worked, and when it waited.

use std::fmt::{Display, Formatter};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::op::{OpCode, Pipe};
use crate::program::Flag;

/// What the pipes of one block did, and when. Prints as a chart for the terminal: a row a pipe, a letter an op.
#[derive(Clone, Debug)]
pub struct Timeline {
    block: usize,
    pipes: Vec<(Pipe, Vec<Span>)>,
}

/// A stretch of time on one pipe, counted from the start of the block.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// What the pipe did.
    pub what: What,
    /// When it began.
    pub begin: Duration,
    /// When it ended.
    pub end: Duration,
}

/// What a pipe did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It ran an op.
    Op(OpCode),
    /// It waited on a flag.
    Wait(Flag),
}

impl Span {
    pub(super) fn op(code: OpCode, begin: Duration, end: Duration) -> Self {
        Span { what: What::Op(code), begin, end }
    }

    pub(super) fn wait(flag: Flag, begin: Duration) -> Self {
        Span { what: What::Wait(flag), begin, end: begin }
    }
}

/// Columns of the chart.
const WIDTH: usize = 96;

/// Rows of the chart: the way of the data.
const ROWS: [Pipe; Pipe::COUNT] =
    [Pipe::S, Pipe::Mte2, Pipe::Mte1, Pipe::M, Pipe::V, Pipe::Fix, Pipe::Mte3];

impl Timeline {
    pub(super) fn new(block: usize, spans: &[Mutex<Vec<Span>>; Pipe::COUNT]) -> Self {
        let take = |pipe: Pipe| {
            let spans = spans[pipe.index()].lock().unwrap_or_else(PoisonError::into_inner);
            (pipe, spans.clone())
        };
        let pipes = ROWS.into_iter().map(take).filter(|(_, spans)| !spans.is_empty());
        Timeline { block, pipes: pipes.collect() }
    }

    /// The spans of each pipe that did anything, in order.
    #[must_use]
    pub fn pipes(&self) -> &[(Pipe, Vec<Span>)] {
        &self.pipes
    }

    fn spans(&self) -> impl Iterator<Item = &Span> {
        self.pipes.iter().flat_map(|(_, spans)| spans)
    }

    /// The ops in the order in which they first began, each with its letter.
    fn letters(&self) -> Vec<(OpCode, char)> {
        let mut spans: Vec<_> = self.spans().collect();
        spans.sort_by_key(|span| span.begin);
        let mut codes: Vec<OpCode> = Vec::new();
        for span in spans {
            if let What::Op(code) = span.what
                && !codes.contains(&code)
            {
                codes.push(code);
            }
        }
        codes.into_iter().zip(('A'..='Z').chain('a'..='z').chain(std::iter::repeat('#'))).collect()
    }
}

impl Display for Timeline {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let begin = self.spans().map(|span| span.begin).min().unwrap_or_default();
        let end = self.spans().map(|span| span.end).max().unwrap_or_default();
        let total = end.saturating_sub(begin);
        let column = total.as_secs_f64().max(1e-9) / WIDTH as f64;
        let letters = self.letters();
        writeln!(
            f,
            "timeline of block {}: {}, one column is {}",
            self.block,
            time(total),
            time(Duration::from_secs_f64(column))
        )?;
        for (pipe, spans) in &self.pipes {
            let mut row = vec![' '; WIDTH];
            // Waits first, so that an op shorter than a column stays visible.
            for wanted_wait in [true, false] {
                for span in spans {
                    let (glyph, is_wait) = match span.what {
                        What::Wait(_) => ('.', true),
                        What::Op(code) => {
                            let letter = letters.iter().find(|(known, _)| *known == code);
                            (letter.map_or('#', |(_, letter)| *letter), false)
                        }
                    };
                    if is_wait == wanted_wait {
                        let at = |time: Duration| ((time - begin).as_secs_f64() / column) as usize;
                        let first = at(span.begin).min(WIDTH - 1);
                        let last = at(span.end).clamp(first + 1, WIDTH);
                        row[first..last].fill(glyph);
                    }
                }
            }
            let busy: Duration =
                spans.iter().filter(|span| matches!(span.what, What::Op(_))).map(length).sum();
            let share = 100.0 * busy.as_secs_f64() / total.as_secs_f64().max(1e-9);
            let row: String = row.into_iter().collect();
            writeln!(f, "{:>5} |{row}| {share:3.0} % busy", pipe.short())?;
        }
        for (code, letter) in &letters {
            let of_code = || self.spans().filter(|span| span.what == What::Op(*code));
            let sum: Duration = of_code().map(length).sum();
            writeln!(
                f,
                "{letter:>7} {:<14} {:>5} x, {}",
                code.name(),
                of_code().count(),
                time(sum)
            )?;
        }
        for (pipe, spans) in &self.pipes {
            let waits = spans.iter().filter(|span| matches!(span.what, What::Wait(_)));
            let (count, sum) = waits
                .fold((0, Duration::ZERO), |(count, sum), span| (count + 1, sum + length(span)));
            if count > 0 {
                writeln!(f, "{:>7} {} waited {count} x, {}", '.', pipe, time(sum))?;
            }
        }
        Ok(())
    }
}

fn length(span: &Span) -> Duration {
    span.end.saturating_sub(span.begin)
}

/// A time with a unit that suits it.
fn time(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    match seconds {
        _ if seconds < 1e-6 => format!("{:.0} ns", seconds * 1e9),
        _ if seconds < 1e-3 => format!("{:.2} us", seconds * 1e6),
        _ => format!("{:.2} ms", seconds * 1e3),
    }
}
