//! Timelines: when each pipe of each core worked, and when it waited. By the clock of this machine, or in the virtual time of a forecast.
//!
//! A timeline prints as a chart for the terminal, and is drawn as [a page](Timeline::html), as [a picture](Timeline::svg), and as
//! [a trace](Timeline::chrome) for Perfetto.

mod chrome;
mod html;
mod scale;
mod svg;
mod terminal;
mod text;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::op::{OpCode, Pipe};
use crate::program::{Core, Fifo, Flag, Line};

/// What the pipes of some cores did, and when. Prints as a chart for the terminal: a row a pipe, a letter an op.
#[derive(Clone, Debug)]
pub struct Timeline {
    title: String,
    cores: Vec<CoreLine>,
    /// Names of ops that PTO does not list.
    names: Vec<String>,
    lines: Vec<Line>,
    /// What is said beside the picture: a heading and rows.
    table: Vec<[String; 3]>,
}

/// The timeline of one core.
#[derive(Clone, Debug)]
pub struct CoreLine {
    /// Which it is, as in `block 2`.
    pub name: String,
    /// The spans of each pipe that did anything, in order.
    pub pipes: Vec<(Pipe, Vec<Span>)>,
}

/// A stretch of time on one pipe, counted from the start of the timeline.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// What the pipe did.
    pub what: What,
    /// When it began.
    pub begin: Duration,
    /// When it ended.
    pub end: Duration,
    /// The line that issued it: [`Timeline::line`] tells.
    line: Option<u32>,
}

/// What a pipe did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It ran an op.
    Op(OpCode),
    /// It ran an op that PTO does not list: [`Timeline::name`] tells.
    Other(u32),
    /// It waited on a flag.
    Wait(Flag),
    /// It waited for another core: [`Timeline::name`] tells at which FIFO, or by what.
    Meet(u32),
}

impl Span {
    pub(super) fn op(code: OpCode, begin: Duration, end: Duration) -> Self {
        Span { what: What::Op(code), begin, end, line: None }
    }

    pub(super) fn wait(flag: Flag, begin: Duration) -> Self {
        Span { what: What::Wait(flag), begin, end: begin, line: None }
    }

    /// Until `end` is known, of no length.
    pub(super) fn meet(fifo: u32, begin: Duration) -> Self {
        Span { what: What::Meet(fifo), begin, end: begin, line: None }
    }

    fn is_wait(&self) -> bool {
        matches!(self.what, What::Wait(_) | What::Meet(_))
    }

    fn length(&self) -> Duration {
        self.end.saturating_sub(self.begin)
    }
}

/// Rows of the chart: the way of the data.
pub const ROWS: [Pipe; Pipe::COUNT] =
    [Pipe::S, Pipe::Mte2, Pipe::Mte1, Pipe::M, Pipe::V, Pipe::Fix, Pipe::Mte3];

impl Timeline {
    /// Of the cores of a block, by their names, with the spans of each pipe of each.
    pub(super) fn new(
        block: usize,
        cores: &[Option<Core>],
        fifos: &[Fifo],
        spans: &[Mutex<Vec<Span>>],
    ) -> Self {
        let title = format!("block {block}");
        let mut timeline = Builder::new(title.clone());
        timeline.timeline.names = fifos.iter().map(|fifo| fifo.name.clone()).collect();
        for (core, spans) in cores.iter().zip(spans.chunks(Pipe::COUNT)) {
            let take = |pipe: Pipe| {
                let spans = spans[pipe.index()].lock().unwrap_or_else(PoisonError::into_inner);
                (pipe, spans.clone())
            };
            let pipes = ROWS.into_iter().map(take).filter(|(_, spans)| !spans.is_empty());
            let name = core.map_or_else(|| title.clone(), |core| core.to_string());
            timeline.core(CoreLine { name, pipes: pipes.collect() });
        }
        timeline.finish(Vec::new())
    }

    /// What it is of.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Its cores.
    #[must_use]
    pub fn cores(&self) -> &[CoreLine] {
        &self.cores
    }

    /// The spans of each pipe of the first core that did anything, in order.
    #[must_use]
    pub fn pipes(&self) -> &[(Pipe, Vec<Span>)] {
        self.cores.first().map_or(&[], |core| &core.pipes)
    }

    /// The line that issued what the pipe did, where it is known.
    #[must_use]
    pub fn line(&self, span: &Span) -> Option<&Line> {
        self.lines.get(span.line? as usize)
    }

    /// What the pipe did, in a word: `TADD`, `waits V>MTE3#0`.
    #[must_use]
    pub fn name(&self, span: &Span) -> String {
        match span.what {
            What::Op(code) => code.name().to_owned(),
            What::Other(name) => self.names.get(name as usize).cloned().unwrap_or_default(),
            What::Wait(flag) => format!("waits {flag}"),
            What::Meet(fifo) => {
                let fifo = self.names.get(fifo as usize).map_or("another core", |name| name);
                format!("waits for {fifo}")
            }
        }
    }

    fn spans(&self) -> impl Iterator<Item = &Span> {
        let pipes = self.cores.iter().flat_map(|core| &core.pipes);
        pipes.flat_map(|(_, spans)| spans)
    }

    /// When the first span begins, and when the last one ends.
    fn extent(&self) -> (Duration, Duration) {
        let begin = self.spans().map(|span| span.begin).min().unwrap_or_default();
        let end = self.spans().map(|span| span.end).max().unwrap_or_default();
        (begin, end)
    }
}

/// Makes a timeline.
pub struct Builder {
    timeline: Timeline,
    known: HashMap<Line, u32>,
}

impl Builder {
    /// An empty one.
    pub fn new(title: String) -> Self {
        let timeline = Timeline {
            title,
            cores: Vec::new(),
            names: Vec::new(),
            lines: Vec::new(),
            table: Vec::new(),
        };
        Builder { timeline, known: HashMap::new() }
    }

    /// A span that a line issued.
    pub fn span(&mut self, what: What, begin: Duration, end: Duration, line: Line) -> Span {
        let lines = &mut self.timeline.lines;
        let line = *self.known.entry(line).or_insert_with_key(|line| {
            lines.push(line.clone());
            lines.len() as u32 - 1
        });
        Span { what, begin, end, line: Some(line) }
    }

    /// An op that PTO does not list.
    pub fn other(&mut self, name: &str) -> What {
        What::Other(self.name(name))
    }

    /// A wait for another core, by what it says.
    pub fn meet(&mut self, name: &str) -> What {
        What::Meet(self.name(name))
    }

    fn name(&mut self, name: &str) -> u32 {
        let names = &mut self.timeline.names;
        let known = names.iter().position(|known| known == name);
        known.unwrap_or_else(|| {
            names.push(name.to_owned());
            names.len() - 1
        }) as u32
    }

    /// Adds a core.
    pub fn core(&mut self, core: CoreLine) {
        self.timeline.cores.push(core);
    }

    /// The timeline, with `table` beside it.
    pub fn finish(mut self, table: Vec<[String; 3]>) -> Timeline {
        self.timeline.table = table;
        self.timeline
    }
}
