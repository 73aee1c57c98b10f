//! How numbers that steer a program come about: loaded from global memory, and computed from what was loaded.
//!
//! A program's operands have plain numbers, those of the run that was recorded. Where such a number was computed from scalars, the
//! program also keeps the computation, so that other data can be put in.

use super::{OpInstr, Program};

/// A number that the kernel loaded from global memory, or computed from such: see [`Program::term`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TermId(u32);

/// What a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// Known when the kernel was written, or launched.
    Constant(i64),
    /// The element that the `SCALAR` op at this index of [`Program::instrs`] reads.
    Loaded(u32),
    /// Of two others.
    Of(Arithmetic, TermId, TermId),
    /// Computed in more steps than the program keeps.
    TooLong,
}

/// Terms that a program keeps beside [`TERMS_AN_INSTR`] for each of its instructions. A kernel may compute without end and issue nothing.
const TERMS: usize = 1 << 18;
const TERMS_AN_INSTR: usize = 16;

/// Bytes of a term's text, about, and how deep it goes into operands of operands: a term may stand in it any number of times, and so the
/// text of a few additions may be longer than any memory.
const TEXT: usize = 1000;
const DEPTH: u32 = 50;

/// What is computed from two numbers, as in `i64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arithmetic {
    /// Sum.
    Add,
    /// Difference.
    Sub,
    /// Product.
    Mul,
    /// Quotient, truncated.
    Div,
    /// Remainder of the truncated quotient.
    Rem,
    /// The lesser.
    Min,
    /// The greater.
    Max,
}

/// How the place and the size of an operand in global memory are computed; `None` for what is a plain number.
///
/// `rows` and `cols` are what the region was cut down to ([`Region::sized`](crate::global::Region::sized)): the op moves no more than
/// that, than the tile takes, and than there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Formula {
    /// The first row, counted in the whole tensor.
    pub row: Option<TermId>,
    /// The first column.
    pub col: Option<TermId>,
    /// Rows at most.
    pub rows: Option<TermId>,
    /// Columns at most.
    pub cols: Option<TermId>,
    /// The first row and the first column behind the block's part of the tensor.
    pub end: (u32, u32),
}

/// A [`TermId`], or none, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(unreachable_pub, reason = "in the signature of a sealed trait")]
pub struct Symbol(u32);

impl Symbol {
    pub(crate) const NONE: Symbol = Symbol(u32::MAX);
}

impl From<Symbol> for Option<TermId> {
    fn from(symbol: Symbol) -> Self {
        (symbol != Symbol::NONE).then_some(TermId(symbol.0))
    }
}

impl Arithmetic {
    /// The value; `None` where it overflows, and for a division by zero.
    #[must_use]
    pub fn of(self, left: i64, right: i64) -> Option<i64> {
        match self {
            Arithmetic::Add => left.checked_add(right),
            Arithmetic::Sub => left.checked_sub(right),
            Arithmetic::Mul => left.checked_mul(right),
            Arithmetic::Div => left.checked_div(right),
            Arithmetic::Rem => left.checked_rem(right),
            Arithmetic::Min => Some(left.min(right)),
            Arithmetic::Max => Some(left.max(right)),
        }
    }

    /// As it is written between, or before, its operands.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Arithmetic::Add => "+",
            Arithmetic::Sub => "-",
            Arithmetic::Mul => "*",
            Arithmetic::Div => "/",
            Arithmetic::Rem => "%",
            Arithmetic::Min => "min",
            Arithmetic::Max => "max",
        }
    }
}

impl Program {
    /// What a number is.
    #[must_use]
    pub fn term(&self, id: TermId) -> Term {
        self.terms[id.0 as usize]
    }

    /// How the place and the size of operand number `operand` of `op` are computed.
    #[must_use]
    pub fn formula(&self, op: &OpInstr, operand: usize) -> Formula {
        let operand = op.first_operand + operand as u32;
        let at = self.formulas.binary_search_by_key(&operand, |&(operand, _)| operand);
        at.map_or_else(|_| Formula::default(), |at| self.formulas[at].1)
    }

    /// A number as text: `s12` is the scalar that instruction 12 loaded.
    ///
    /// Of a long computation the last steps are shown, about a thousand characters, and `..` for what they start from.
    #[must_use]
    pub fn term_text(&self, id: TermId) -> String {
        let mut text = String::new();
        self.write_term(id, DEPTH, &mut text);
        text
    }

    fn write_term(&self, id: TermId, depth: u32, text: &mut String) {
        let term = self.term(id);
        let shown = text.len() < TEXT && depth > 0;
        let (what, left, right) = match term {
            Term::Constant(value) => return *text += &value.to_string(),
            Term::Loaded(instr) => return *text += &format!("s{instr}"),
            Term::Of(what, left, right) if shown => (what, left, right),
            Term::Of(..) | Term::TooLong => return *text += "..",
        };
        let is_call = matches!(what, Arithmetic::Min | Arithmetic::Max);
        let (open, between) = if is_call {
            (format!("{}(", what.name()), ", ".to_owned())
        } else {
            ("(".to_owned(), format!(" {} ", what.name()))
        };
        *text += &open;
        self.write_term(left, depth - 1, text);
        *text += &between;
        self.write_term(right, depth - 1, text);
        text.push(')');
    }

    /// Keeps a term; one that tells nothing, where there are too many.
    pub(crate) fn add_term(&mut self, term: Term) -> Symbol {
        let most = TERMS + TERMS_AN_INSTR * self.instrs.len();
        if self.terms.len() < most {
            self.terms.push(term);
        } else if self.terms.last() != Some(&Term::TooLong) {
            self.terms.push(Term::TooLong);
        }
        Symbol(self.terms.len() as u32 - 1)
    }

    /// `what` of two numbers, of which at least one is computed: the other is what it is worth.
    pub(crate) fn combine(
        &mut self,
        what: Arithmetic,
        left: (Symbol, i64),
        right: (Symbol, i64),
    ) -> Symbol {
        let mut id = |(symbol, value): (Symbol, i64)| {
            let symbol =
                if symbol == Symbol::NONE { self.add_term(Term::Constant(value)) } else { symbol };
            TermId(symbol.0)
        };
        let (left, right) = (id(left), id(right));
        self.add_term(Term::Of(what, left, right))
    }

    /// `symbol * step + base`, where it is computed at all.
    pub(crate) fn affine(&mut self, symbol: Symbol, step: usize, base: usize) -> Option<TermId> {
        let mut all = symbol;
        if all == Symbol::NONE {
            return None;
        }
        for (what, by, neutral) in [(Arithmetic::Mul, step, 1), (Arithmetic::Add, base, 0)] {
            if by != neutral {
                all = self.combine(what, (all, 0), (Symbol::NONE, by as i64));
            }
        }
        all.into()
    }
}
