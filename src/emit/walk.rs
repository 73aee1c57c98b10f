//! The instructions of a case as the C++ has them: with sums of counters for numbers, in the order in which they are written.

use std::borrow::Cow;
use std::cell::RefCell;

use super::blocks::{Affine, Case, Form, Grid, Test};
use super::linear::{Atom, Linear};
use super::loops::{Id, Structure, Structures};
use super::ring::Ring;
use super::when::When;
use super::words::{PIECE, Piece, What, Words};

/// Counters, the outermost first.
const COUNTERS: [&str; 6] = ["i", "j", "k", "l", "m", "n"];
/// Which of its block's cores one is.
pub(super) const CORE: &str = "sub_block";
/// Flags in a row that stand side by side rather than in a loop.
const IN_A_ROW: i64 = 4;

/// What is done with each instruction and loop. Numbers that go round are numbers of the ring's values.
pub(super) trait Visitor {
    fn instr(&mut self, shape: u32, numbers: &[Linear]);
    /// A loop begins: how often, its counter, its structure.
    fn begin(&mut self, count: &Linear, counter: &Atom, id: Id);
    fn end(&mut self);
    /// What comes next is run in some iterations of the innermost loop; or in all again.
    fn when(&mut self, when: When);
}

pub(super) struct Walk<'w> {
    pub(super) structures: &'w Structures,
    pub(super) words: &'w Words,
    pub(super) grid: Grid,
    /// Numbers that one part of the blocks has: the expression, and its name.
    pub(super) choices: RefCell<Vec<(String, String)>>,
}

impl Walk<'_> {
    pub(super) fn case(&self, case: &Case, visitor: &mut impl Visitor) {
        let rings = case.body.iter().flat_map(|&id| self.structures.rings(id));
        let mut roles = Vec::new();
        case.body.iter().for_each(|&id| self.roles(id, &mut roles));
        let forms = case.forms.iter().zip(rings).zip(roles);
        let numbers = forms.map(|((form, ring), role)| self.form(*form, *ring, role));
        let numbers: Vec<Linear> = numbers.collect();
        let body: Vec<_> = case.body.iter().map(|&id| (id, When::ALWAYS)).collect();
        self.nodes(&body, &numbers, 0, visitor);
    }

    fn nodes(
        &self,
        body: &[(Id, When)],
        numbers: &[Linear],
        depth: usize,
        visitor: &mut impl Visitor,
    ) {
        let mut rest = numbers;
        let mut last = When::ALWAYS;
        for &(id, when) in body {
            let (mine, others) = rest.split_at(self.structures.rings(id).len());
            rest = others;
            if when != last {
                visitor.when(when);
                last = when;
            }
            let Structure::Loop { body, steps } = self.structures.get(id) else {
                if let Structure::Leaf(shape) = self.structures.get(id) {
                    visitor.instr(*shape, &self.with_scalars(*shape, mine));
                }
                continue;
            };
            let (count, numbers) = (&mine[0], &mine[1..]);
            match count.as_constant() {
                Some(times) if times <= IN_A_ROW && self.is_flags(body) => {
                    for time in 0..times {
                        let at = |(number, step): (&Linear, &i64)| {
                            let mut number = number.clone();
                            number.constant += time * step;
                            number
                        };
                        let numbers: Vec<_> = numbers.iter().zip(steps).map(at).collect();
                        self.nodes(body, &numbers, depth, visitor);
                    }
                }
                times => {
                    let text =
                        COUNTERS.get(depth).map_or_else(|| format!("i{depth}"), |&c| c.to_owned());
                    let counter = Atom { text, most: times.map(|times| times - 1) };
                    let at = |(number, step): (&Linear, &i64)| number.clone().plus(&counter, *step);
                    let numbers: Vec<_> = numbers.iter().zip(steps).map(at).collect();
                    visitor.begin(count, &counter, id);
                    self.nodes(body, &numbers, depth + 1, visitor);
                    visitor.end();
                }
            }
        }
        if last != When::ALWAYS {
            visitor.when(When::ALWAYS);
        }
    }

    /// The numbers of an instruction, with what is added to them.
    fn with_scalars<'n>(&self, shape: u32, numbers: &'n [Linear]) -> Cow<'n, [Linear]> {
        let mut numbers = Cow::Borrowed(numbers);
        let What::Op(op) = &self.words.shapes[shape as usize].what else { return numbers };
        for (index, piece) in op.operands.iter().enumerate() {
            let Piece::Global { added, .. } = piece else { continue };
            for (axis, sum) in added.iter().enumerate() {
                let Some(sum) = sum else { continue };
                let number = &mut numbers.to_mut()[index * PIECE + axis];
                let sum = &self.words.sums[*sum as usize];
                *number = sum.add_to(number.clone(), &|shape| self.words.scalar_name(shape));
            }
        }
        numbers
    }

    fn is_flags(&self, body: &[(Id, When)]) -> bool {
        body.iter().all(|&(id, when)| match self.structures.get(id) {
            Structure::Leaf(shape) if when == When::ALWAYS => {
                matches!(self.words.shapes[*shape as usize].what, What::Set(..) | What::Wait(..))
            }
            _ => false,
        })
    }

    /// What each number of a structure is, in a word.
    fn roles(&self, id: Id, roles: &mut Vec<&'static str>) {
        match self.structures.get(id) {
            Structure::Leaf(shape) => {
                let count = self.structures.rings(id).len();
                match &self.words.shapes[*shape as usize].what {
                    What::Op(op) => {
                        let pieces = op.operands.len() * PIECE;
                        roles.extend(["at", "at", "rows", "cols"].into_iter().cycle().take(pieces));
                        roles.extend(std::iter::repeat_n("number", count - pieces));
                    }
                    _ => roles.extend(std::iter::repeat_n("id", count)),
                }
            }
            Structure::Loop { body, .. } => {
                roles.push("rounds");
                body.iter().for_each(|&(id, _)| self.roles(id, roles));
            }
        }
    }

    /// The name of a number that depends on the block.
    fn choice(&self, text: String, role: &str) -> String {
        let mut choices = self.choices.borrow_mut();
        if let Some((_, name)) = choices.iter().find(|(known, _)| *known == text) {
            return name.clone();
        }
        let name = (1..).map(|n| if n == 1 { role.to_owned() } else { format!("{role}{n}") });
        let mut free = name.filter(|name| choices.iter().all(|(_, known)| known != name));
        let name = free.next().unwrap_or_default();
        choices.push((text, name.clone()));
        name
    }

    fn form(&self, form: Form, ring: Ring, role: &str) -> Linear {
        match form {
            Form::Plain(affine) => self.affine(affine, ring),
            Form::Either { test, yes, no } => {
                let [yes, no] = [yes, no].map(|affine| self.affine(affine, ring));
                let most = yes.as_constant().zip(no.as_constant()).map(|(yes, no)| yes.max(no));
                let text = format!("{} ? {} : {}", self.test(test), yes.text(), no.text());
                Linear::default().plus(&Atom { text: self.choice(text, role), most }, 1)
            }
        }
    }

    /// A number that goes round is counted from the ring's first.
    fn affine(&self, affine: Affine, ring: Ring) -> Linear {
        let Grid { blocks, across, cores } = self.grid;
        let atom =
            |text: &str, count: usize| Atom { text: text.to_owned(), most: Some(count as i64 - 1) };
        let goes_round = ring.count > 1;
        let base = if goes_round { (affine.base - ring.first) / ring.stride } else { affine.base };
        let sum = Linear::constant(base);
        let [down, right, core] = affine.steps;
        let sum = if self.grid.has_rows() {
            let rows = blocks.div_ceil(across);
            sum.plus(&atom("block_row", rows), down).plus(&atom("block_col", across), right)
        } else {
            sum.plus(&atom("block", blocks), right)
        };
        sum.plus(&atom(CORE, cores), core)
    }

    pub(super) fn test(&self, test: Test) -> String {
        let cores = self.grid.cores;
        match test {
            Test::Before(first) if first == cores => "block == 0".to_owned(),
            Test::Before(first) if first % cores == 0 => format!("block < {}", first / cores),
            Test::Before(first) => format!("{cores} * block + {CORE} < {first}"),
            Test::CoreIs(at) => format!("{CORE} == {at}"),
            Test::RowIs(at) => format!("block_row == {at}"),
            Test::ColIs(at) => format!("block_col == {at}"),
        }
    }
}
