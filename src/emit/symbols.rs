//! Numbers that a kernel computes from scalars in global memory: the C++ computes them again.
//!
//! Such a number is a sum. Its constant is a number as any other, so that it may follow the counters of loops; what is added to that is
//! the same wherever the instruction is repeated.

use std::collections::HashMap;

use super::linear::{Atom, Linear};
use crate::program::{Arithmetic, Program, Term, TermId};

/// What is added to the constant: factors, each with what it multiplies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Sum(Vec<(Part, i64)>);

/// What is no sum.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Part {
    /// The scalar that instructions of this shape read, by what the last one of them read.
    Scalar(u32),
    Of(Arithmetic, Box<[(Sum, i64); 2]>),
}

/// A sum and its constant.
pub(super) type Number = (Sum, i64);

/// What the C++ calls the lesser and the greater of two numbers.
pub(super) const LEAST: &str = "Min";
pub(super) const GREATEST: &str = "Max";

/// Steps of a computation that are followed.
const DEPTH: u32 = 12;

/// The scalars that a block has read so far.
#[derive(Debug, Default)]
pub(super) struct Scalars {
    /// The shape of each instruction that reads one, and the last instruction of each shape.
    shapes: HashMap<u32, u32>,
    last: HashMap<u32, u32>,
}

impl Scalars {
    /// Instruction `instr` reads a scalar.
    pub(super) fn read(&mut self, instr: u32, shape: u32) {
        self.shapes.insert(instr, shape);
        self.last.insert(shape, instr);
    }

    /// What a number is; nothing, where the C++ has no name for a scalar in it any more, or it is computed in too many steps.
    pub(super) fn number(&self, program: &Program, id: TermId) -> Option<Number> {
        self.follow(program, id, DEPTH)
    }

    fn follow(&self, program: &Program, id: TermId, depth: u32) -> Option<Number> {
        let depth = depth.checked_sub(1)?;
        let (what, left, right) = match program.term(id) {
            Term::Constant(value) => return Some((Sum::default(), value)),
            Term::Loaded(instr) => {
                let shape = *self.shapes.get(&instr)?;
                let is_last = self.last.get(&shape) == Some(&instr);
                return is_last.then(|| (Sum(vec![(Part::Scalar(shape), 1)]), 0));
            }
            Term::Of(what, left, right) => (what, left, right),
            Term::TooLong => return None,
        };
        let (left, right) =
            (self.follow(program, left, depth)?, self.follow(program, right, depth)?);
        match (what, left.0.0.is_empty(), right.0.0.is_empty()) {
            (Arithmetic::Add, ..) => left.plus(&right, 1),
            (Arithmetic::Sub, ..) => left.plus(&right, -1),
            (Arithmetic::Mul, _, true) => (Sum::default(), 0).plus(&left, right.1),
            (Arithmetic::Mul, true, _) => (Sum::default(), 0).plus(&right, left.1),
            _ => Some((Sum(vec![(Part::Of(what, Box::new([left, right])), 1)]), 0)),
        }
    }
}

/// What is computed with numbers.
pub(super) trait Compute: Sized {
    fn constant(constant: i64) -> Self;
    /// None, where it overflows.
    fn plus(self, other: &Self, factor: i64) -> Option<Self>;
    /// The lesser of the two.
    fn least(self, other: Self) -> Self;

    fn minus(self, other: &Self) -> Option<Self> {
        self.plus(other, -1)
    }
}

impl Compute for Number {
    fn constant(constant: i64) -> Self {
        (Sum::default(), constant)
    }

    fn least(self, other: Self) -> Self {
        if self.0.0.is_empty() && other.0.0.is_empty() {
            return Self::constant(self.1.min(other.1));
        }
        (Sum(vec![(Part::Of(Arithmetic::Min, Box::new([self, other])), 1)]), 0)
    }

    fn plus(self, (other, constant): &Self, factor: i64) -> Option<Self> {
        let (Sum(mut terms), mine) = self;
        for (part, more) in &other.0 {
            let more = more.checked_mul(factor)?;
            match terms.iter_mut().find(|(known, _)| known == part) {
                Some((_, known)) => *known = known.checked_add(more)?,
                None => terms.push((part.clone(), more)),
            }
        }
        terms.retain(|(_, factor)| *factor != 0);
        Some((Sum(terms), mine.checked_add(constant.checked_mul(factor)?)?))
    }
}

impl Sum {
    /// Whether it is always a multiple of `extent`.
    pub(super) fn is_multiple(&self, extent: i64) -> bool {
        self.0.iter().all(|(_, factor)| factor % extent == 0)
    }

    /// Adds it to what stands for the constant; `name` has the name of a scalar.
    pub(super) fn add_to(&self, constant: Linear, name: &impl Fn(u32) -> String) -> Linear {
        self.0.iter().fold(constant, |sum, (part, factor)| {
            sum.plus(&Atom { text: part.text(name), most: None }, *factor)
        })
    }
}

impl Part {
    fn text(&self, name: &impl Fn(u32) -> String) -> String {
        let (what, both) = match self {
            Part::Scalar(shape) => return name(*shape),
            Part::Of(what, both) => (what, both),
        };
        let number = |(sum, constant): &Number| sum.add_to(Linear::constant(*constant), name);
        let (left, right) = (number(&both[0]), number(&both[1]));
        match what {
            Arithmetic::Min => format!("{LEAST}({}, {})", left.text(), right.text()),
            Arithmetic::Max => format!("{GREATEST}({}, {})", left.text(), right.text()),
            _ => format!("({} {} {})", left.factor(), what.name(), right.factor()),
        }
    }
}
