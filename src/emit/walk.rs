//! The instructions of a plan as the C++ has them: with sums of counters for numbers, in the order in which they are written.

use std::borrow::Cow;
use std::cell::RefCell;

use super::forms::{COL, CORE, Form, Grid, LOOPS, ROW, Test};
use super::linear::{Atom, Linear};
use super::operands::PIECE;
use super::plan::{Plan, Spot};
use super::question::Question;
use super::ring::Ring;
use super::words::{What, Words};

/// Counters, the outermost first.
const COUNTERS: [&str; 6] = ["i", "j", "k", "l", "m", "n"];
/// Which of its block's cores one is.
pub(super) const SUB_BLOCK: &str = "sub_block";
/// Flags in a row that stand side by side rather than in a loop.
const IN_A_ROW: i64 = 4;

/// What is done with each instruction and loop. Numbers that go round are numbers of the ring's values.
pub(super) trait Visitor {
    fn instr(&mut self, shape: u32, numbers: &[Linear]);
    /// A loop begins: how often, its counter, and numbers that are named in each round.
    fn begin(&mut self, _bound: &str, _counter: &str, _named: &[Named]) {}
    fn end(&mut self) {}
    /// What comes next is run where this holds.
    fn when(&mut self, _question: &Question) {}
}

/// An expression that has a name.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) text: String,
    pub(super) name: String,
    /// The loop in which it stands; none for the head of the function.
    within: Option<usize>,
}

/// A loop that is open.
#[derive(Clone, Debug)]
struct Open {
    spot: usize,
    counter: Atom,
    /// How often it goes round, as it is written.
    count: Linear,
    bound: String,
    /// The round, where it is written by itself.
    fixed: Option<i64>,
}

pub(super) struct Walk<'w> {
    pub(super) plan: &'w Plan,
    pub(super) words: &'w Words,
    /// Numbers that are one of two.
    named: RefCell<Vec<Named>>,
    /// Names of the loops' bounds, the bounds, and where the loops are.
    pub(super) counts: RefCell<Vec<(String, i64, String)>>,
}

impl<'w> Walk<'w> {
    pub(super) fn new(plan: &'w Plan, words: &'w Words) -> Self {
        Walk { plan, words, named: RefCell::default(), counts: RefCell::default() }
    }

    pub(super) fn all(&self, visitor: &mut impl Visitor) {
        self.parts(0, &mut Vec::new(), &Question::Yes, visitor);
        visitor.when(&Question::Yes);
    }

    /// What is named at the head of the function.
    pub(super) fn at_head(&self) -> Vec<Named> {
        self.named.borrow().iter().filter(|named| named.within.is_none()).cloned().collect()
    }

    fn parts(
        &self,
        spot: usize,
        open: &mut Vec<Open>,
        outer: &Question,
        visitor: &mut impl Visitor,
    ) {
        for &at in &self.plan.spots[spot].parts {
            let part = &self.plan.spots[at];
            let guard = self.question(&part.guard, open);
            if !part.is_run || guard == Question::No {
                continue;
            }
            let guard = outer.clone().and(guard);
            let Some(shape) = part.shape else {
                self.a_loop(at, open, &guard, visitor);
                continue;
            };
            visitor.when(&guard);
            let what = &self.words.shapes[shape as usize].what;
            let forms = part.numbers.iter().zip(&part.rings).enumerate();
            let numbers: Vec<Linear> = forms
                .map(|(at, (form, ring))| self.number(form, *ring, role(what, at), open))
                .collect();
            visitor.instr(shape, &self.with_scalars(shape, &numbers));
        }
    }

    fn a_loop(
        &self,
        at: usize,
        open: &mut Vec<Open>,
        guard: &Question,
        visitor: &mut impl Visitor,
    ) {
        let spot = &self.plan.spots[at];
        let count = self.number(&spot.numbers[0], Ring::NONE, "rounds", open);
        let times = count.as_constant();
        let in_place = match times {
            Some(times) if times <= IN_A_ROW && self.is_flags(spot) => Some(times),
            Some(1) => Some(1),
            _ => None,
        };
        // A loop that is written round by round has no counter, nor takes its letter.
        let depth = open.iter().filter(|open| open.fixed.is_none()).count();
        let text = COUNTERS.get(depth).map_or_else(|| format!("i{depth}"), |&c| c.to_owned());
        let counter = Atom { text, most: Some(spot.most - 1) };
        let bound = match times {
            Some(times) if in_place.is_none() => self.bound(times, at),
            _ => count.text(),
        };
        open.push(Open { spot: at, counter, count, bound, fixed: None });
        let last = open.len() - 1;
        if let Some(times) = in_place {
            for time in 0..times {
                open[last].fixed = Some(time);
                self.parts(at, open, guard, visitor);
            }
        } else {
            visitor.when(guard);
            let named = self.named.borrow();
            let mine: Vec<Named> =
                named.iter().filter(|named| named.within == Some(at)).cloned().collect();
            drop(named);
            visitor.begin(&open[last].bound, &open[last].counter.text, &mine);
            self.parts(at, open, &Question::Yes, visitor);
            visitor.when(&Question::Yes);
            visitor.end();
        }
        open.pop();
    }

    /// The numbers of an instruction, with what is added to them.
    fn with_scalars<'n>(&self, shape: u32, numbers: &'n [Linear]) -> Cow<'n, [Linear]> {
        let mut numbers = Cow::Borrowed(numbers);
        let What::Op(op) = &self.words.shapes[shape as usize].what else { return numbers };
        for &(at, sum) in &op.added {
            let number = &mut numbers.to_mut()[at];
            let sum = &self.words.sums[sum as usize];
            *number = sum.add_to(number.clone(), &|shape| self.words.scalar_name(shape));
        }
        numbers
    }

    fn is_flags(&self, spot: &Spot) -> bool {
        spot.parts.iter().all(|&part| {
            let part = &self.plan.spots[part];
            !part.is_run
                || part.guard.as_constant() == Some(1)
                    && part.shape.is_some_and(|shape| {
                        let what = &self.words.shapes[shape as usize].what;
                        matches!(what, What::Set(..) | What::Wait(..))
                    })
        })
    }

    /// The name of a loop's bound.
    fn bound(&self, count: i64, spot: usize) -> String {
        let at =
            self.first_shape(spot).map_or_else(String::new, |shape| self.words.place_name(shape));
        let mut counts = self.counts.borrow_mut();
        let known = counts.iter().find(|(_, known, line)| *known == count && *line == at);
        if let Some((name, ..)) = known {
            return name.clone();
        }
        let name = format!("kLoop{}", counts.len() + 1);
        counts.push((name.clone(), count, at));
        name
    }

    fn first_shape(&self, spot: usize) -> Option<u32> {
        let spot = &self.plan.spots[spot];
        let run = |part: &&usize| self.plan.spots[**part].is_run;
        spot.shape.or_else(|| self.first_shape(*spot.parts.iter().find(run)?))
    }

    /// The name of an expression in the loop `within`.
    fn name(&self, text: String, role: &str, within: Option<usize>) -> String {
        let mut all = self.named.borrow_mut();
        let known = all.iter().find(|named| named.text == text && named.within == within);
        if let Some(known) = known {
            return known.name.clone();
        }
        let name = (1..).map(|n| if n == 1 { role.to_owned() } else { format!("{role}{n}") });
        let mut free = name.filter(|name| all.iter().all(|known| known.name != *name));
        let name = free.next().unwrap_or_default();
        all.push(Named { text, name: name.clone(), within });
        name
    }

    /// The innermost of the open loops whose round it depends on.
    fn within(&self, form: &Form, open: &[Open]) -> Option<usize> {
        let of = |of: usize| open[of].fixed.is_none().then_some(of);
        match form {
            Form::Sum(affine) => {
                let axes = affine.steps.iter().filter(|(axis, _)| *axis >= LOOPS);
                axes.filter_map(|(axis, _)| of(axis - LOOPS)).max()
            }
            Form::Either { test, yes, no } => {
                let asked = match *test {
                    Test::Early(asked, _) | Test::Last(asked) => of(asked),
                    Test::Before(_) | Test::Is(..) => None,
                };
                asked.max(self.within(yes, open)).max(self.within(no, open))
            }
        }
    }

    /// The part of a form that is left where rounds are written by themselves.
    fn left<'f>(&self, form: &'f Form, open: &[Open]) -> &'f Form {
        let Form::Either { test, yes, no } = form else { return form };
        let holds = match *test {
            Test::Early(of, rounds) => open[of].fixed.map(|round| round < rounds),
            Test::Last(of) => {
                let count = open[of].count.as_constant();
                open[of].fixed.zip(count).map(|(round, count)| round + 1 == count)
            }
            Test::Before(_) | Test::Is(..) => None,
        };
        match holds {
            Some(true) => self.left(yes, open),
            Some(false) => self.left(no, open),
            None => form,
        }
    }

    fn number(&self, form: &Form, ring: Ring, role: &str, open: &[Open]) -> Linear {
        let (test, yes, no) = match self.left(form, open) {
            Form::Sum(affine) => return self.sum(affine.base, &affine.steps, ring, open),
            Form::Either { test, yes, no } => (*test, yes, no),
        };
        // What depends on the block alone has a name for itself.
        let [yes, no] = [yes, no].map(|form| {
            let form = self.left(form, open);
            let number = self.number(form, ring, role, open);
            let most = number.as_constant().filter(|value| *value >= 0);
            let most = most.or_else(|| (ring.count > 1).then_some(ring.count - 1));
            (number.whole(ring), most)
        });
        let most = yes.1.zip(no.1).map(|(yes, no)| yes.max(no));
        let text = format!("{} ? {} : {}", self.test(test, open).text(), yes.0, no.0);
        let within = self.within(form, open).map(|of| open[of].spot);
        Linear::default().plus(&Atom { text: self.name(text, role, within), most }, 1)
    }

    /// A number that goes round is counted from the ring's first.
    fn sum(&self, base: i64, steps: &[(usize, i64)], ring: Ring, open: &[Open]) -> Linear {
        let Grid { blocks, across, cores } = self.plan.grid;
        let atom =
            |text: &str, count: usize| Atom { text: text.to_owned(), most: Some(count as i64 - 1) };
        let base = if ring.count > 1 { (base - ring.first) / ring.stride } else { base };
        let rows = self.plan.grid.has_rows();
        steps.iter().fold(Linear::constant(base), |mut sum, &(axis, step)| match axis {
            ROW => sum.plus(&atom("block_row", blocks.div_ceil(across)), step),
            COL if rows => sum.plus(&atom("block_col", across), step),
            COL => sum.plus(&atom("block", blocks), step),
            CORE => sum.plus(&atom(SUB_BLOCK, cores), step),
            _ => {
                let open = &open[axis - LOOPS];
                match open.fixed {
                    Some(round) => {
                        sum.constant += round * step;
                        sum
                    }
                    None => sum.plus(&open.counter, step),
                }
            }
        })
    }

    /// What a test asks.
    fn test(&self, test: Test, open: &[Open]) -> Question {
        let cores = self.plan.grid.cores;
        let pair = |yes: String, no: String| Question::Is { yes, no };
        match test {
            Test::Before(first) if first == cores => pair("block == 0".into(), "block > 0".into()),
            Test::Before(first) if first % cores == 0 => {
                let first = first / cores;
                pair(format!("block < {first}"), format!("block >= {first}"))
            }
            Test::Before(first) => pair(
                format!("{cores} * block + {SUB_BLOCK} < {first}"),
                format!("{cores} * block + {SUB_BLOCK} >= {first}"),
            ),
            Test::Is(axis, at) => {
                let name = ["block_row", "block_col", SUB_BLOCK][axis];
                pair(format!("{name} == {at}"), format!("{name} != {at}"))
            }
            Test::Early(of, rounds) => {
                let counter = &open[of].counter.text;
                match rounds {
                    1 => pair(format!("{counter} == 0"), format!("{counter} > 0")),
                    _ => pair(format!("{counter} < {rounds}"), format!("{counter} >= {rounds}")),
                }
            }
            Test::Last(of) => {
                let Open { counter, count, bound, .. } = &open[of];
                let last = if count.as_constant().is_some() {
                    format!("{bound} - 1")
                } else {
                    count.clone().more(-1).text()
                };
                pair(format!("{} == {last}", counter.text), format!("{} < {last}", counter.text))
            }
        }
    }

    /// Whether a part is run.
    fn question(&self, guard: &Form, open: &[Open]) -> Question {
        match self.left(guard, open) {
            Form::Sum(affine) if affine.steps.is_empty() => {
                if affine.base == 0 {
                    Question::No
                } else {
                    Question::Yes
                }
            }
            Form::Sum(affine) => {
                let number = self.sum(affine.base, &affine.steps, Ring::NONE, open).text();
                Question::Is { yes: format!("{number} != 0"), no: format!("{number} == 0") }
            }
            Form::Either { test, yes, no } => {
                let asked = self.test(*test, open);
                asked.choose(self.question(yes, open), self.question(no, open))
            }
        }
    }
}

/// What a number of an instruction is, in a word.
fn role(what: &What, at: usize) -> &'static str {
    match what {
        What::Op(op) if at < op.operands.len() * PIECE => ["at", "at", "rows", "cols"][at % PIECE],
        What::Op(_) => "number",
        _ => "id",
    }
}
