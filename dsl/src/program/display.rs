//! Prints a program, one line an op.

use std::fmt::{Display, Formatter, Result};

use super::{Instr, InstrKind, NOWHERE, OpInstr, Operand, Place, Program};
use crate::op::Pipe;

/// A line of the listing: an op with the waits before it and the sets after it, or those alone.
struct Line {
    pipe: Pipe,
    text: [String; 2],
    /// Flags and barriers.
    waits: Vec<String>,
    sets: Vec<String>,
    at: String,
}

impl Line {
    fn new(program: &Program, instr: &Instr, op: &str, operands: String) -> Self {
        let at = program.line(instr.at);
        let at = format!("{}:{}", at.file(), at.line());
        let text = [op.to_owned(), operands];
        Line { pipe: instr.pipe, text, waits: Vec::new(), sets: Vec::new(), at }
    }
}

impl Display for Program {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let lines = self.lines();
        let flags = self.instrs.iter().filter(|instr| matches!(instr.kind, InstrKind::Set(_)));
        writeln!(
            f,
            "program for {}: {} tiles, {} tensors, {} ops, {} flags",
            self.chip,
            self.tiles.len(),
            self.globals.len(),
            self.ops().count(),
            flags.count()
        )?;
        let filled = self.tiles.iter().filter(|tile| tile.filled).map(|tile| tile.name.as_str());
        let filled: Vec<_> = filled.collect();
        if !filled.is_empty() {
            writeln!(f, "full at the start: {}", filled.join(", "))?;
        }
        let rows: Vec<[String; 6]> = lines
            .iter()
            .map(|line| {
                let [op, operands] = line.text.clone();
                let pipe = line.pipe.short().to_owned();
                [pipe, op, operands, line.waits.join(" "), line.sets.join(" "), line.at.clone()]
            })
            .collect();
        let titles = ["pipe", "op", "operands", "waits", "sets", "at"].map(str::to_owned);
        let mut widths = titles.each_ref().map(String::len);
        for row in &rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        for (number, row) in std::iter::once(&titles).chain(&rows).enumerate() {
            let number = number.checked_sub(1).map_or_else(String::new, |n| n.to_string());
            let mut text = format!("{number:>5}");
            for (cell, width) in row.iter().zip(widths) {
                text.push_str(&format!("  {cell:width$}"));
            }
            writeln!(f, "{}", text.trim_end())?;
        }
        Ok(())
    }
}

impl Program {
    fn lines(&self) -> Vec<Line> {
        let mut lines: Vec<Line> = Vec::new();
        // The last line of each pipe, which its sets go to, and the waits before its next op.
        let mut last = [None; Pipe::COUNT];
        let mut waits: [Vec<String>; Pipe::COUNT] = Default::default();
        for instr in &self.instrs {
            let pipe = instr.pipe.index();
            let line = match &instr.kind {
                InstrKind::Wait(_) | InstrKind::Barrier => {
                    waits[pipe].push(match &instr.kind {
                        InstrKind::Wait(flag) => flag.to_string(),
                        _ => "barrier".to_owned(),
                    });
                    last[pipe] = None;
                    continue;
                }
                InstrKind::Set(flag) => {
                    let at = *last[pipe].get_or_insert_with(|| {
                        lines.push(Line::new(self, instr, "", String::new()));
                        lines.len() - 1
                    });
                    lines[at].waits.append(&mut waits[pipe]);
                    lines[at].sets.push(flag.to_string());
                    continue;
                }
                InstrKind::Op(op) => {
                    Line::new(self, instr, self.op_name(op), self.operand_list(op))
                }
                InstrKind::BarrierAll => Line::new(self, instr, "barrier all", String::new()),
                InstrKind::Cross(cross) => {
                    Line::new(self, instr, &self.cross_text(instr.pipe, cross), String::new())
                }
            };
            last[pipe] = Some(lines.len());
            lines.push(Line { waits: std::mem::take(&mut waits[pipe]), ..line });
        }
        for pipe in Pipe::ALL {
            let left = std::mem::take(&mut waits[pipe.index()]);
            let Some(instr) = self.instrs.iter().rfind(|instr| instr.pipe == pipe) else {
                continue;
            };
            if !left.is_empty() {
                lines.push(Line { waits: left, ..Line::new(self, instr, "", String::new()) });
            }
        }
        lines
    }

    fn operand_list(&self, op: &OpInstr) -> String {
        let names: Vec<_> = self.operands(op).iter().map(|operand| self.name(operand)).collect();
        let (written, read) = names.split_at(usize::from(op.writes).min(names.len()));
        let list = match (written, read) {
            (written, []) => written.join(", "),
            (written, read) => format!("{} <- {}", written.join(", "), read.join(", ")),
        };
        op.phase.map_or(list.clone(), |phase| format!("{list} (unit flag: {phase})"))
    }

    /// The operand as a kernel writer knows it: `x[1]`; `g0[64,128]` for tensor 0 from row 64, column 128 on; `0x2a`, a number.
    #[must_use]
    pub fn name(&self, operand: &Operand) -> String {
        match operand.place {
            Place::Tile { slot, .. } => self
                .tiles
                .get(slot as usize)
                .map_or_else(|| "a tile".to_owned(), |tile| tile.name.clone()),
            Place::Global { arg: NOWHERE, .. } | Place::Bytes { arg: NOWHERE, .. } => {
                "a tensor".to_owned()
            }
            Place::Global { arg, row, col } => format!("g{arg}[{row},{col}]"),
            Place::Bytes { arg, start, .. } => format!("g{arg}+{start:#x}"),
            Place::Word(word) => format!("{word:#x}"),
        }
    }
}
