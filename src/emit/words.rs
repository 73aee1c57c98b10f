//! Programs as words: what of an instruction stays the same wherever it is repeated (its [`Shape`]), and the numbers that do not.
//!
//! Blocks share one [`Words`], so that equal instructions of two blocks have the same shape.

use std::collections::{BTreeSet, HashMap};

use super::EmitError;
use super::fields::Fields;
use super::links::{Ends, Link, Step};
use super::names::base;
use super::operands::{OpShape, PIECE, Piece};
use super::ring::Ring;
use super::sizes::Sizes;
use super::symbols::{Number, Scalars, Sum};
use super::waits::Turns;
use crate::op::{OpCode, Pipe};
use crate::program::{At, FifoSlot, InstrKind, Line, OpInstr, Operand, Place, Program};

/// What does not change of an instruction.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    pub(super) pipe: Pipe,
    pub(super) what: What,
    /// The line that issued it, in [`Words::lines`].
    pub(super) site: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum What {
    Op(OpShape),
    Set(Pipe, Pipe),
    /// The last is the line that sets the flags which take turns here.
    Wait(Pipe, Pipe, u32),
    Barrier,
    BarrierAll,
    /// A step of a FIFO, by its number.
    Fifo(Step, u32),
}

impl Shape {
    /// How many operands it has.
    fn operands(&self) -> usize {
        match &self.what {
            What::Op(op) => op.operands.len(),
            _ => 0,
        }
    }

    /// Whether it reads a scalar.
    fn reads_scalar(&self) -> bool {
        matches!(&self.what, What::Op(op) if op.code == OpCode::SCALAR)
    }
}

/// One instruction: its shape, and where its numbers are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    pub(super) shape: u32,
    first: u32,
    count: u32,
}

/// The instructions of a block.
#[derive(Debug, Default)]
pub(super) struct Text {
    pub(super) words: Vec<Word>,
    numbers: Vec<i64>,
    /// The FIFOs whose credits are taken at the end, in order.
    pub(super) drained: Vec<u32>,
}

impl Text {
    /// The numbers of all instructions, each of which belongs to one.
    #[cfg(test)]
    pub(super) fn numbers_mut(&mut self) -> &mut [i64] {
        &mut self.numbers
    }

    pub(super) fn numbers(&self, word: Word) -> &[i64] {
        &self.numbers[word.first as usize..][..word.count as usize]
    }
}

/// All shapes and lines of a launch.
#[derive(Debug, Default)]
pub(super) struct Words {
    pub(super) shapes: Vec<Shape>,
    /// Of all cores, before the first of them is read.
    pub(super) turns: Turns,
    known: HashMap<Shape, u32>,
    pub(super) lines: Vec<Line>,
    line_numbers: HashMap<Line, u32>,
    /// What is added to numbers of operands.
    pub(super) sums: Vec<Sum>,
    /// A number for the file of each line.
    files: Vec<u32>,
    /// Of each shape, for its numbers that may go round: the values that they have. A flag has the number of its id, an op that of each tile.
    values: HashMap<(u32, usize), BTreeSet<i64>>,
}

impl Words {
    /// The instructions of `program`; an error names one that no word says.
    pub(super) fn read(
        &mut self,
        program: &Program,
        fields: &Fields,
        links: &[Link],
    ) -> Result<Text, EmitError> {
        let mut text = Text::default();
        let (mut scalars, mut sizes) = (Scalars::default(), Sizes::default());
        let mut ends = Ends::of(program);
        let mut sites: HashMap<At, (u32, Option<u32>)> = HashMap::new();
        for (number, instr) in (0..).zip(&program.instrs) {
            let (site, waiter) = *sites.entry(instr.at).or_insert_with(|| {
                let line = program.line(instr.at);
                let waiter = self.turns.number(&line);
                (self.site(line), waiter)
            });
            let first = text.numbers.len() as u32;
            let no_call = |op, what| {
                let (chip, at) = (program.chip, program.line(instr.at));
                EmitError::NoCall { op, chip, what, at }
            };
            let what = match &instr.kind {
                InstrKind::Op(op) => {
                    let mut shape = OpShape::of(program, op, fields, &mut text.numbers);
                    let numbers = &mut text.numbers[first as usize..];
                    for (piece, numbers) in shape.operands.iter().zip(numbers.chunks_mut(PIECE)) {
                        if let Piece::Global { arg } = *piece {
                            let place = [numbers[0], numbers[1]];
                            let place = ends.in_slot(program, links, arg, place);
                            numbers[..2].copy_from_slice(&place);
                        }
                    }
                    for (operand, numbers) in
                        program.operands(op).iter().zip(numbers.chunks_mut(PIECE))
                    {
                        let Some(slot) = slot_of(program, operand) else { continue };
                        if !ends.is_held(slot, links) {
                            let what =
                                "it reads a message that is not the one which was popped last";
                            return Err(no_call(shape.code.name(), what));
                        }
                        numbers[0] = 0;
                    }
                    self.symbols(program, op, (&scalars, &mut sizes), &mut shape, numbers)
                        .map_err(|what| no_call(shape.code.name(), what))?;
                    What::Op(shape)
                }
                InstrKind::Set(flag) => {
                    text.numbers.extend([flag.id.into(), 0, 1]);
                    What::Set(flag.src, flag.dst)
                }
                InstrKind::Wait(flag) => {
                    text.numbers.extend([flag.id.into(), 0, 1]);
                    let (src, dst) = (flag.src.index(), flag.dst.index());
                    What::Wait(flag.src, flag.dst, self.turns.set_at(waiter, src, dst, flag.id))
                }
                InstrKind::Barrier => What::Barrier,
                InstrKind::BarrierAll => What::BarrierAll,
                InstrKind::Cross(cross) => {
                    let step = ends.step(program, *cross);
                    match step.map_err(|what| no_call("what it says to other cores", what))? {
                        Some((step, fifo)) => What::Fifo(step, fifo),
                        None => continue,
                    }
                }
            };
            let shape = self.shape(Shape { pipe: instr.pipe, what, site });
            if self.shapes[shape as usize].reads_scalar() {
                scalars.read(number, shape);
            }
            for piece in 0..self.shapes[shape as usize].operands() {
                let value = text.numbers[first as usize + piece * PIECE];
                self.values.entry((shape, piece)).or_default().insert(value);
            }
            let count = text.numbers.len() as u32 - first;
            text.words.push(Word { shape, first, count });
        }
        text.drained = ends.drained;
        self.number_ids(&mut text);
        Ok(text)
    }

    /// Ids of flags become numbers of those that a line takes, with the first one and how far they are apart: what another block's lines take
    /// may be others.
    fn number_ids(&mut self, text: &mut Text) {
        let is_flag =
            |shape: u32| matches!(self.shapes[shape as usize].what, What::Set(..) | What::Wait(..));
        let flags: Vec<Word> =
            text.words.iter().copied().filter(|word| is_flag(word.shape)).collect();
        let mut ids: HashMap<u32, BTreeSet<i64>> = HashMap::new();
        for word in &flags {
            ids.entry(word.shape).or_default().insert(text.numbers(*word)[0]);
        }
        let rings: HashMap<u32, Ring> =
            ids.iter().map(|(shape, ids)| (*shape, Ring::of(ids))).collect();
        for word in &flags {
            let Ring { first, stride, .. } = rings[&word.shape];
            let numbers = &mut text.numbers[word.first as usize..][..3];
            let number = (numbers[0] - first) / stride;
            numbers.copy_from_slice(&[number, first, stride]);
            self.values.entry((word.shape, 0)).or_default().insert(number);
        }
    }

    /// Numbers of an op's regions that are computed from scalars become constants and what is added to them.
    fn symbols(
        &mut self,
        program: &Program,
        op: &OpInstr,
        (scalars, sizes): (&Scalars, &mut Sizes),
        shape: &mut OpShape,
        numbers: &mut [i64],
    ) -> Result<(), &'static str> {
        const EARLIER: &str = "its place, or its size, is computed from a scalar that was read in an earlier round, or in too many steps";
        for index in 0..shape.operands.len() {
            if !matches!(shape.operands[index], Piece::Global { .. }) {
                continue;
            }
            let formula = program.formula(op, index);
            let (end_row, end_col) = formula.end;
            let axes = [(formula.row, formula.rows, end_row), (formula.col, formula.cols, end_col)];
            for (axis, (place, size, end)) in axes.into_iter().enumerate() {
                let Some(id) = place else { continue };
                let (sum, constant) = scalars.number(program, id).ok_or(EARLIER)?;
                let extent = numbers[index * PIECE + 2 + axis];
                let is_whole = [constant, end.into()].iter().all(|n| n % extent == 0);
                if size.is_none() && extent != 1 && !(is_whole && sum.is_multiple(extent)) {
                    return Err(
                        "its size follows from a place that is read from memory: other data may leave less of the tensor",
                    );
                }
                self.add(shape, numbers, index * PIECE + axis, (sum, constant));
            }
        }
        for (number, size) in sizes.of(program, op)? {
            let size = size.number(program, scalars).ok_or(EARLIER)?;
            self.add(shape, numbers, number, size);
        }
        Ok(())
    }

    /// Number `at` is a constant with a sum added to it.
    fn add(
        &mut self,
        shape: &mut OpShape,
        numbers: &mut [i64],
        at: usize,
        (sum, constant): Number,
    ) {
        numbers[at] = constant;
        let known = self.sums.iter().position(|known| *known == sum);
        let known = known.unwrap_or_else(|| {
            self.sums.push(sum);
            self.sums.len() - 1
        });
        shape.added.push((at, known as u32));
    }

    fn site(&mut self, line: Line) -> u32 {
        let lines = &mut self.lines;
        let files = &mut self.files;
        *self.line_numbers.entry(line).or_insert_with_key(|line| {
            let same = lines.iter().position(|other| other.file() == line.file());
            files.push(same.map_or(lines.len() as u32, |other| files[other]));
            lines.push(line.clone());
            lines.len() as u32 - 1
        })
    }

    fn shape(&mut self, shape: Shape) -> u32 {
        let shapes = &mut self.shapes;
        *self.known.entry(shape).or_insert_with_key(|shape| {
            shapes.push(shape.clone());
            shapes.len() as u32 - 1
        })
    }

    /// How many shapes read a scalar.
    pub(super) fn scalars(&self) -> usize {
        self.shapes.iter().filter(|shape| shape.reads_scalar()).count()
    }

    /// What the C++ calls the scalar that instructions of a shape read.
    pub(super) fn scalar_name(&self, shape: u32) -> String {
        let before = self.shapes[..shape as usize].iter();
        format!("scalar{}", 1 + before.filter(|shape| shape.reads_scalar()).count())
    }

    /// The line of a shape.
    pub(super) fn line(&self, shape: u32) -> &Line {
        &self.lines[self.shapes[shape as usize].site as usize]
    }

    /// The line of a shape, as comments have it.
    pub(super) fn place_name(&self, shape: u32) -> String {
        let line = self.line(shape);
        format!("{}:{}", base(line.file()), line.line())
    }

    /// File and line of a shape, to be compared.
    pub(super) fn start(&self, shape: u32) -> (u32, u32) {
        let site = self.shapes[shape as usize].site;
        (self.files[site as usize], self.lines[site as usize].line())
    }

    /// Whether instructions of a shape do something, and do not only wait or signal.
    pub(super) fn is_work(&self, shape: u32) -> bool {
        matches!(self.shapes[shape as usize].what, What::Op(_) | What::Fifo(..))
    }

    /// Which numbers of a shape are sizes.
    pub(super) fn sizes(&self, shape: u32) -> Vec<bool> {
        let pieces = self.shapes[shape as usize].operands() * PIECE;
        (0..self.rings(shape).len()).map(|at| at < pieces && at % PIECE >= 2).collect()
    }

    /// Which numbers of a shape say where it works, and not on how much: each by its place among the numbers; all, where `all` is asked for.
    pub(super) fn places(&self, shape: u32, all: bool) -> Vec<(usize, Ring)> {
        let pieces = self.shapes[shape as usize].operands() * PIECE;
        let is_op = pieces > 0;
        let is_place = |at: usize| if at < pieces { at % PIECE < 2 } else { is_op };
        let rings = self.rings(shape).into_iter().enumerate();
        // Tiles that take turns go on doing so where a loop ends and another begins.
        let goes_round = |ring: &Ring| ring.count > 1;
        rings.filter(|(at, ring)| all || (is_place(*at) && !goes_round(ring))).collect()
    }

    /// Which numbers of a shape go round: the numbers of its tiles, and event ids.
    pub(super) fn rings(&self, shape: u32) -> Vec<Ring> {
        match &self.shapes[shape as usize].what {
            What::Op(op) => {
                let mut rings = Vec::new();
                for (index, piece) in op.operands.iter().enumerate() {
                    rings.push(match piece {
                        Piece::Tile { .. } => self.ring(shape, index),
                        Piece::Global { .. } | Piece::Word => Ring::NONE,
                    });
                    rings.extend([Ring::NONE; PIECE - 1]);
                }
                rings.extend(std::iter::repeat_n(Ring::NONE, op.extra));
                rings
            }
            What::Set(..) | What::Wait(..) => vec![self.ring(shape, 0), Ring::NONE, Ring::NONE],
            What::Barrier | What::BarrierAll | What::Fifo(..) => Vec::new(),
        }
    }

    /// The ring of the values that a number has.
    fn ring(&self, shape: u32, piece: usize) -> Ring {
        Ring::of(&self.values[&(shape, piece)])
    }
}

/// The slot of a FIFO that an operand is, in this core's memory.
fn slot_of(program: &Program, operand: &Operand) -> Option<FifoSlot> {
    match operand.place {
        Place::Tile { slot, .. } => program.tiles[slot as usize].slot_of,
        _ => None,
    }
}
