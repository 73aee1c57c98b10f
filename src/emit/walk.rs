//! The instructions of a case as the C++ has them: with sums of counters for numbers, in the order in which they are written.

use super::blocks::{Affine, Case, Form, Grid, Test};
use super::linear::{Atom, Linear};
use super::loops::{Id, Structure, Structures};
use super::words::{What, Words};

/// Counters, the outermost first.
const COUNTERS: [&str; 6] = ["i", "j", "k", "l", "m", "n"];
/// Flags in a row that stand side by side rather than in a loop.
const IN_A_ROW: i64 = 4;

/// What is done with each instruction and loop.
pub(super) trait Visitor {
    fn instr(&mut self, shape: u32, numbers: &[Linear]);
    /// A loop begins: how often, its counter, its structure.
    fn begin(&mut self, count: &Linear, counter: &Atom, id: Id);
    fn end(&mut self);
}

pub(super) struct Walk<'w> {
    pub(super) structures: &'w Structures,
    pub(super) words: &'w Words,
    pub(super) grid: Grid,
}

impl Walk<'_> {
    pub(super) fn case(&self, case: &Case, visitor: &mut impl Visitor) {
        let numbers: Vec<Linear> = case.forms.iter().map(|form| self.form(*form)).collect();
        self.nodes(&case.body, &numbers, 0, visitor);
    }

    fn nodes(&self, body: &[Id], numbers: &[Linear], depth: usize, visitor: &mut impl Visitor) {
        let mut rest = numbers;
        for &id in body {
            let (mine, others) = rest.split_at(self.structures.rings(id).len());
            rest = others;
            let Structure::Loop { body, steps } = self.structures.get(id) else {
                if let Structure::Leaf(shape) = self.structures.get(id) {
                    visitor.instr(*shape, mine);
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
    }

    fn is_flags(&self, body: &[Id]) -> bool {
        body.iter().all(|&id| match self.structures.get(id) {
            Structure::Leaf(shape) => {
                matches!(self.words.shapes[*shape as usize].what, What::Set(..) | What::Wait(..))
            }
            Structure::Loop { .. } => false,
        })
    }

    fn form(&self, form: Form) -> Linear {
        match form {
            Form::Plain(affine) => self.affine(affine),
            Form::Either { test, yes, no } => {
                let [yes, no] = [yes, no].map(|affine| self.affine(affine));
                let most = yes.as_constant().zip(no.as_constant()).map(|(yes, no)| yes.max(no));
                let text = format!("({} ? {} : {})", self.test(test), yes.text(), no.text());
                Linear::default().plus(&Atom { text, most }, 1)
            }
        }
    }

    fn affine(&self, affine: Affine) -> Linear {
        let Grid { blocks, across } = self.grid;
        let most = |count: usize| Some(count as i64 - 1);
        let sum = Linear::constant(affine.base);
        if self.grid.has_rows() {
            let row = Atom { text: "block_row".to_owned(), most: most(blocks.div_ceil(across)) };
            let col = Atom { text: "block_col".to_owned(), most: most(across) };
            sum.plus(&row, affine.down).plus(&col, affine.across)
        } else {
            sum.plus(&Atom { text: "block".to_owned(), most: most(blocks) }, affine.across)
        }
    }

    pub(super) fn test(&self, test: Test) -> String {
        match test {
            Test::Before(1) => "block == 0".to_owned(),
            Test::Before(first) => format!("block < {first}"),
            Test::RowIs(at) => format!("block_row == {at}"),
            Test::ColIs(at) => format!("block_col == {at}"),
        }
    }
}
