//! The function's body: loops, branches, and the instructions with their flags.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::layout::{Page, camel};
use super::tensors::Tensors;
use super::tiles::Tiles;
use crate::chip::ChipId;
use crate::emit::EmitError;
use crate::emit::calls::{self, Arg, Template};
use crate::emit::linear::{Atom, Linear};
use crate::emit::links::{Link, Step};
use crate::emit::operands::{OpShape, PIECE, Piece};
use crate::emit::question::Question;
use crate::emit::ring::Ring;
use crate::emit::types;
use crate::emit::walk::{Named, Visitor, Walk};
use crate::emit::words::What;
use crate::op::{OpCode, Pipe};

/// What an instruction is to the eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Set,
    Wait,
    Work,
}

pub(super) struct Body<'b> {
    pub(super) page: Page,
    chip: ChipId,
    links: &'b [Link],
    walk: &'b Walk<'b>,
    tiles: &'b Tiles<'b>,
    tensors: &'b Tensors<'b>,
    /// Lines that issue ops; flags of other lines are commented.
    op_lines: HashSet<(u32, u32)>,
    /// The pipe of the last instruction, and what kind it is.
    last: Option<(Pipe, Kind)>,
    /// Where the code is run; and the loops around it.
    when: Question,
    outer: Vec<(Question, bool)>,
    /// Whether that is an `else`.
    in_else: bool,
    /// What was last set of each tile; and what was set before the condition that the code is under.
    set: HashMap<String, String>,
    before: HashMap<String, String>,
    /// The names of sizes that were computed last.
    sizes: HashMap<String, String>,
    /// How many sizes have names.
    named: usize,
    /// How often each name was given.
    names: HashMap<String, usize>,
    error: Option<EmitError>,
}

impl<'b> Body<'b> {
    pub(super) fn new(
        chip: ChipId,
        links: &'b [Link],
        walk: &'b Walk<'b>,
        tiles: &'b Tiles<'b>,
        tensors: &'b Tensors<'b>,
    ) -> Self {
        let words = walk.words;
        let is_op = |shape: &u32| matches!(words.shapes[*shape as usize].what, What::Op(_));
        let ops = (0..words.shapes.len() as u32).filter(is_op);
        Body {
            page: Page::default(),
            chip,
            links,
            walk,
            tiles,
            tensors,
            op_lines: ops.map(|shape| words.start(shape)).collect(),
            last: None,
            when: Question::Yes,
            outer: Vec::new(),
            in_else: false,
            set: HashMap::new(),
            before: HashMap::new(),
            sizes: HashMap::new(),
            named: 0,
            names: HashMap::new(),
            error: None,
        }
    }

    /// The whole body.
    pub(super) fn all(&mut self) -> Result<(), EmitError> {
        let walk = self.walk;
        walk.all(self);
        self.error.take().map_or(Ok(()), Err)
    }

    /// What was set elsewhere may be another thing here.
    fn forget(&mut self) {
        self.last = None;
        self.set.clear();
        self.before.clear();
        self.sizes.clear();
    }

    fn comment(&self, shape: u32) -> String {
        self.walk.words.place_name(shape)
    }

    fn name(&mut self, base: String) -> String {
        let times = self.names.entry(base.clone()).or_default();
        *times += 1;
        if *times == 1 { base } else { format!("{base}{times}") }
    }

    fn flag(&mut self, call: &str, src: Pipe, dst: Pipe, shape: u32, numbers: &[Linear]) {
        let ring = self.walk.words.rings(shape)[0];
        let [number, first, stride] = [&numbers[0], &numbers[1], &numbers[2]];
        let id = match (first.as_constant(), stride.as_constant()) {
            (Some(first), Some(stride)) => {
                // One id alone is the first.
                let id = number.in_ring(Ring { first, stride, count: ring.count.max(2) });
                match id.as_constant() {
                    Some(id) => format!("EVENT_ID{id}"),
                    None if id.is_plain() => format!("(event_t){}", id.text()),
                    None => format!("(event_t)({})", id.text()),
                }
            }
            _ if number.as_constant() == Some(0) => format!("(event_t){}", first.factor()),
            _ => {
                let (first, number) = (first.text(), number.in_ring(ring));
                match stride.as_constant() {
                    Some(1) => format!("(event_t)({first} + {})", number.text()),
                    _ => format!("(event_t)({first} + {} * {})", stride.factor(), number.factor()),
                }
            }
        };
        let has_op = self.op_lines.contains(&self.walk.words.start(shape));
        let comment = if has_op { String::new() } else { self.comment(shape) };
        let [src, dst] = [src, dst].map(types::pipe);
        self.page.commented(&format!("{call}({src}, {dst}, {id});"), &comment);
    }

    fn op(&mut self, op: &OpShape, shape: u32, numbers: &[Linear]) -> Result<(), &'static str> {
        let pushed = self.pushed(op, numbers);
        let call = calls::call(op, self.chip, self.tensors.elements())?;
        let rings = self.walk.words.rings(shape);
        let (mut names, mut types) = (Vec::new(), Vec::new());
        let mut first_lines = Vec::new();
        for (index, piece) in op.operands.iter().enumerate() {
            let numbers = &numbers[index * PIECE..];
            match *piece {
                Piece::Tile { field, ty } => {
                    let used = self.tiles.use_of(op, field, ty, numbers, rings[index * PIECE])?;
                    for (what, value) in used.before {
                        if self.set.insert(what.clone(), value.clone()).as_ref() != Some(&value) {
                            self.page.line(&(what + &value));
                        }
                    }
                    names.push(used.text);
                    types.push(used.ty);
                }
                Piece::Global { arg, .. }
                    if let Some([slot, ty]) = self.tensors.slot(op, arg, numbers) =>
                {
                    names.push(slot);
                    types.push(ty);
                }
                Piece::Global { arg, .. } => {
                    self.tensors.check(op, arg, numbers, self.chip)?;
                    let variable = self.name(self.tensors.variable(arg));
                    first_lines.push(self.tensors.region(op, arg, numbers, &variable));
                    names.push(variable);
                    types.push(self.tensors.type_name(op, arg, numbers));
                }
                Piece::Word => {
                    names.push(numbers[0].text());
                    types.push("uint32_t".to_owned());
                }
            }
        }
        if let Some(link) = pushed {
            if !call.is_plain() {
                return Err("a message that lies on the chip is pushed as it is");
            }
            let (base, split) = (camel(&link.name), link.sharing.name());
            let call =
                format!("TPUSH<{base}Pipe, {}, {split}>({}, {});", types[1], link.pipe(), names[1]);
            let comment = self.comment(shape);
            self.page.commented(&call, &comment);
            return Ok(());
        }
        for line in first_lines {
            self.page.line(&line);
        }
        let extra = op.operands.len() * PIECE;
        let arg = |arg: Arg| match arg {
            Arg::Operand(index) => names[index].clone(),
            Arg::Address(index) => format!("&{}", names[index]),
            Arg::Number(index) => numbers[extra + index].text(),
            Arg::Text(text) => text,
        };
        let args: Vec<String> = call.args.into_iter().map(arg).collect();
        let template = call.template.into_iter().map(|part| match part {
            Template::Of(index) => types[index].clone(),
            Template::Text(text) => text.to_owned(),
        });
        let template: Vec<String> = template.collect();
        let template =
            if template.is_empty() { String::new() } else { format!("<{}>", template.join(", ")) };
        let line = format!("{}{template}({});", call.name, args.join(", "));
        let comment = self.comment(shape);
        self.page.commented(&line, &comment);
        Ok(())
    }

    /// The numbers, with names for sizes that are computed from scalars.
    fn with_sizes<'n>(&mut self, op: &OpShape, numbers: &'n [Linear]) -> Cow<'n, [Linear]> {
        let mut numbers = Cow::Borrowed(numbers);
        for &(at, _) in op.added.iter().filter(|(at, _)| at % PIECE >= 2) {
            let text = numbers[at].text();
            let name = self.sizes.get(&text).cloned().unwrap_or_else(|| {
                self.named += 1;
                let name = format!("size{}", self.named);
                self.page.line(&format!("const int64_t {name} = {text};"));
                self.sizes.insert(text, name.clone());
                name
            });
            let size = Atom { text: name, most: None };
            numbers.to_mut()[at] = Linear::default().plus(&size, 1);
        }
        numbers
    }

    /// A scalar from global memory.
    fn scalar(&mut self, op: &OpShape, shape: u32, numbers: &[Linear]) {
        let Some(Piece::Global { arg, .. }) = op.operands.first() else { return };
        let Some(element) = self.tensors.element(*arg, numbers) else {
            return self.no_call(op.code.name(), "a scalar of an image is not written yet", shape);
        };
        let (name, comment) = (self.walk.words.scalar_name(shape), self.comment(shape));
        // What was set by it is another number from here on.
        self.set.clear();
        self.before.clear();
        self.sizes.clear();
        self.page.commented(&format!("{name} = {element};"), &comment);
    }

    /// A message that is pushed to where it lies on the chip, by the store of which the library waits for the slot and says that it is full.
    fn pushed(&self, op: &OpShape, numbers: &[Linear]) -> Option<&'b Link> {
        let &[Piece::Global { arg, .. }, Piece::Tile { .. }] = &op.operands[..] else {
            return None;
        };
        self.tensors.slot(op, arg, numbers)?;
        self.links.iter().find(|link| link.on_chip && link.memory == arg)
    }

    /// A step of a FIFO whose messages lie on the chip.
    fn step_on_chip(&mut self, step: Step, link: &Link, shape: u32) {
        let (base, split, pipe) = (camel(&link.name), link.sharing.name(), link.pipe());
        let call = match step {
            // The store does both.
            Step::Alloc | Step::Push => return,
            Step::Free => format!("TFREE<{base}Pipe, {split}>({pipe});"),
            Step::Pop => match self.tiles.popped(&link.slot()) {
                Some([tile, ty]) => format!("TPOP<{base}Pipe, {ty}, {split}>({pipe}, {tile});"),
                None => return self.no_call("TPOP", "no op reads the message", shape),
            },
        };
        let comment = self.comment(shape);
        self.page.commented(&call, &comment);
    }

    /// A step of a FIFO.
    fn step(&mut self, step: Step, fifo: u32, shape: u32) {
        let link = &self.links[fifo as usize];
        if link.on_chip {
            return self.step_on_chip(step, link, shape);
        }
        let name = match step {
            Step::Alloc => "TALLOC",
            Step::Push => "TPUSH",
            Step::Pop => "TPOP",
            Step::Free => "TFREE",
        };
        let (base, split) = (camel(&link.name), link.sharing.name());
        let call =
            format!("{name}<{base}Pipe, {base}Slot, {split}>({}, {});", link.pipe(), link.slot());
        let comment = self.comment(shape);
        self.page.commented(&call, &comment);
    }

    fn no_call(&mut self, op: &'static str, what: &'static str, shape: u32) {
        let (chip, at) = (self.chip, self.walk.words.line(shape).clone());
        self.error.get_or_insert(EmitError::NoCall { op, chip, what, at });
    }
}

impl Visitor for Body<'_> {
    fn instr(&mut self, shape: u32, numbers: &[Linear]) {
        let words = self.walk.words;
        let it = &words.shapes[shape as usize];
        let kind = match it.what {
            What::Set(..) => Kind::Set,
            What::Wait(..) => Kind::Wait,
            What::Op(_) | What::Barrier | What::BarrierAll | What::Fifo(..) => Kind::Work,
        };
        // A stage is what one pipe does; flags in a row are one paragraph.
        let goes_on = |(pipe, last)| pipe == it.pipe || (last == kind && kind != Kind::Work);
        if !self.last.is_some_and(goes_on) {
            self.page.blank();
        }
        self.last = Some((it.pipe, kind));
        match &it.what {
            What::Op(op) if op.code == OpCode::SCALAR => self.scalar(op, shape, numbers),
            What::Op(op) => {
                let numbers = self.with_sizes(op, numbers);
                if let Err(what) = self.op(op, shape, &numbers) {
                    self.no_call(op.code.name(), what, shape);
                }
            }
            What::Fifo(step, fifo) => self.step(*step, *fifo, shape),
            What::Set(src, dst) => self.flag("set_flag", *src, *dst, shape, numbers),
            What::Wait(src, dst, _) => self.flag("wait_flag", *src, *dst, shape, numbers),
            What::Barrier => self.page.line(&format!("pipe_barrier({});", types::pipe(it.pipe))),
            What::BarrierAll => self.page.line("pipe_barrier(PIPE_ALL);"),
        }
    }

    fn begin(&mut self, bound: &str, counter: &str, named: &[Named]) {
        self.page.blank();
        self.page.open(&format!("for (int {counter} = 0; {counter} < {bound}; ++{counter})"));
        for Named { text, name, .. } in named {
            self.page.line(&format!("const int {name} = {text};"));
        }
        let outer = std::mem::replace(&mut self.when, Question::Yes);
        self.outer.push((outer, std::mem::take(&mut self.in_else)));
        self.forget();
    }

    fn end(&mut self) {
        self.page.close("}");
        (self.when, self.in_else) = self.outer.pop().unwrap_or((Question::Yes, false));
        self.forget();
    }

    fn when(&mut self, question: &Question) {
        if *question == self.when {
            return;
        }
        let before = std::mem::replace(&mut self.when, question.clone());
        let in_else = std::mem::take(&mut self.in_else);
        if before != Question::Yes && !in_else && *question == before.not() {
            self.page.close("} else {");
            self.page.reopen();
            self.in_else = true;
        } else {
            match before {
                Question::Yes => {}
                _ if in_else => self.page.close_else(&before.text()),
                _ => self.page.close_short(),
            }
            if *question != Question::Yes {
                self.page.open(&format!("if ({})", question.text()));
            }
        }
        // What is under a condition may not be run.
        if before != Question::Yes {
            let is_set = |what: &String, value: &mut String| self.set.get(what) == Some(value);
            self.before.retain(is_set);
            self.set.clone_from(&self.before);
        }
        self.before.clone_from(&self.set);
        self.sizes.clear();
    }
}
