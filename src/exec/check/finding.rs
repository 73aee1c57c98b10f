//! What `check` has to say.

use std::fmt::{Display, Formatter, Result};

use super::code::{Code, Level};
use crate::op::Pipe;
use crate::program::{Core, InstrKind, Line, Program};

/// A fault of a program: what, where, and the edit that repairs it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Finding {
    /// The kind of fault.
    pub code: Code,
    /// How bad it is: that of the code.
    pub level: Level,
    /// What is wrong, in one sentence.
    pub message: String,
    /// The instructions that it is about, in the order of issue. Empty for a fault of the placement alone.
    pub sites: Vec<Site>,
    /// What else this repair settles.
    pub notes: Vec<String>,
    /// The edit that repairs it.
    pub repair: String,
    /// How often it occurs at these lines.
    pub times: u32,
}

/// An instruction that a finding is about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Site {
    /// The index in [`Program::instrs`].
    pub index: usize,
    /// Its block and its core, in a launch on several cores.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub core: Option<(usize, Core)>,
    /// Its pipe.
    pub pipe: Pipe,
    /// What it has to do with the fault.
    pub label: String,
    /// Its line in the source.
    pub at: Line,
    /// The lines that the function with that line was called from, the innermost first, where that is known.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    pub callers: Vec<Line>,
}

impl Finding {
    /// Of one instruction, once.
    pub(crate) fn of_one(
        program: &Program,
        code: Code,
        index: usize,
        [message, label, repair]: [String; 3],
    ) -> Self {
        let sites = vec![Site::new(program, index as u32, label)];
        let (level, notes) = (code.level(), Vec::new());
        Finding { code, level, message, sites, notes, repair, times: 1 }
    }
}

impl Site {
    pub(super) fn new(program: &Program, index: u32, label: String) -> Self {
        let instr = &program.instrs[index as usize];
        let (at, callers) = (program.line(instr.at), program.callers(instr.at).to_vec());
        Site { index: index as usize, core: None, pipe: instr.pipe, label, at, callers }
    }

    /// The label, and where the function was called from.
    pub(super) fn text(&self) -> String {
        let core = self.core.map_or_else(String::new, |(_, core)| format!("{core}, "));
        let mut text = format!("{core}{}: {}", self.pipe, self.label);
        for (number, caller) in self.callers.iter().enumerate() {
            let file = caller.file();
            let name = if file == self.at.file() { "line" } else { file };
            let called = if number == 0 { " (called from" } else { ", from" };
            text.push_str(&format!("{called} {name} {}", caller.line()));
        }
        if !self.callers.is_empty() {
            text.push(')');
        }
        text
    }
}

impl Display for Finding {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}[{}]: {}", self.level, self.code, self.message)?;
        for site in &self.sites {
            write!(f, "\n  --> {}: {}", site.at, site.text())?;
        }
        for note in &self.notes {
            write!(f, "\n  = note: {note}")?;
        }
        if self.times > 1 {
            write!(f, "\n  = note: {} times at these lines", self.times)?;
        }
        write!(f, "\n  = help: {}", self.repair)
    }
}

/// An instruction as one writes it: `TADD`, `set_flag(PIPE_V, PIPE_MTE3, 1)`.
pub(super) fn written(program: &Program, index: u32) -> String {
    let instr = &program.instrs[index as usize];
    match &instr.kind {
        InstrKind::Op(op) => program.op_name(op).to_owned(),
        InstrKind::Set(flag) => format!("set_flag({}, {}, {})", flag.src, flag.dst, flag.id),
        InstrKind::Wait(flag) => format!("wait_flag({}, {}, {})", flag.src, flag.dst, flag.id),
        InstrKind::Barrier => format!("pipe_barrier({})", instr.pipe),
        InstrKind::BarrierAll => "pipe_barrier(PIPE_ALL)".to_owned(),
        InstrKind::Cross(cross) => program.cross_text(instr.pipe, cross),
    }
}
