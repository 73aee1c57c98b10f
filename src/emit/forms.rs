//! Numbers as they follow the block and the counters of the loops: sums, and one of two where a question says which.

use super::points::{Coords, Seen};
use super::ring::Ring;

/// The blocks of a launch, `across` of them side by side, each with so many cores of one kind. Cores are numbered block by block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Grid {
    pub(super) blocks: usize,
    pub(super) across: usize,
    pub(super) cores: usize,
}

/// The axes of blocks: rows, columns, and the cores of a block. Those of loops come behind.
pub(super) const ROW: usize = 0;
pub(super) const COL: usize = 1;
pub(super) const CORE: usize = 2;
pub(super) const LOOPS: usize = 3;

impl Grid {
    /// Where a core is: the row and the column of its block, and which of the block's cores it is.
    pub(super) fn place(self, core: usize) -> [i64; LOOPS] {
        let block = core / self.cores;
        [block / self.across, block % self.across, core % self.cores].map(|at| at as i64)
    }

    /// Whether the blocks lie in rows, and have a place in theirs.
    pub(super) fn has_rows(self) -> bool {
        self.across > 1 && self.across < self.blocks
    }

    fn rows(self) -> usize {
        self.blocks.div_ceil(self.across)
    }

    /// What may tell some of the blocks from the others: the last row and column of the grid, and the first ones; which core of its block;
    /// the last block, the first one, the last core.
    fn edges(self) -> Vec<Test> {
        let mut tests = Vec::new();
        if self.has_rows() {
            tests.push(Test::Is(COL, self.across as i64 - 1));
            tests.push(Test::Is(ROW, self.rows() as i64 - 1));
            tests.push(Test::Is(COL, 0));
            tests.push(Test::Is(ROW, 0));
        }
        let cores = self.blocks * self.cores;
        if self.cores > 1 {
            tests.push(Test::Is(CORE, 0));
        }
        if self.blocks > 1 {
            tests.push(Test::Before(cores - self.cores));
            tests.push(Test::Before(self.cores));
        }
        if self.cores > 1 {
            tests.push(Test::Before(cores - 1));
        }
        tests
    }
}

/// A question about a core, or about the round of a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Test {
    /// Whether the core is one of so many first ones.
    Before(usize),
    /// Where it is on an axis of the blocks.
    Is(usize, i64),
    /// Whether the loop, counted from the outermost, is in one of so many first rounds.
    Early(usize, i64),
    /// Whether it is in its last round.
    Last(usize),
}

impl Test {
    fn holds(self, at: Coords<'_>, grid: Grid) -> bool {
        match self {
            Test::Before(first) => at.core() < first,
            Test::Is(axis, place) => grid.place(at.core())[axis] == place,
            Test::Early(of, rounds) => at.round(of) < rounds,
            Test::Last(of) => at.is_last(of),
        }
    }
}

/// `base`, and a step for each unit of some axes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Affine {
    pub(super) base: i64,
    pub(super) steps: Vec<(usize, i64)>,
}

impl Affine {
    pub(super) fn constant(base: i64) -> Self {
        Affine { base, steps: Vec::new() }
    }

    fn at(&self, coords: Coords<'_>, grid: Grid, ring: Ring) -> i64 {
        if self.steps.is_empty() {
            return self.base;
        }
        let place = grid.place(coords.core());
        let step = |&(axis, step): &(usize, i64)| {
            step * if axis < LOOPS { place[axis] } else { coords.round(axis - LOOPS) }
        };
        ring.after(self.base, self.steps.iter().map(step).sum())
    }

    /// The one that gives all of these.
    fn through(seen: &Seen<'_>, grid: Grid, what: Kind) -> Option<Self> {
        let base = *seen.values.first()?;
        if seen.values.iter().all(|value| *value == base) {
            return Some(Affine::constant(base));
        }
        let ring = match what {
            Kind::Guard => return None,
            Kind::Size => Ring::NONE,
            Kind::Place(ring) => ring,
        };
        let axes = LOOPS + seen.depth();
        let all = |at: usize| -> Vec<i64> {
            let coords = seen.coords(at);
            let rounds = (0..seen.depth()).map(|of| coords.round(of));
            grid.place(coords.core()).into_iter().chain(rounds).collect()
        };
        // For each axis, the first neighbours that differ on it, and on no axis outside of it.
        let mut pairs: Vec<Option<usize>> = vec![None; axes];
        for at in 1..seen.values.len() {
            let (one, other) = (seen.coords(at - 1), seen.coords(at));
            let axis = if one.core() == other.core() {
                (0..seen.depth()).find(|&of| one.round(of) != other.round(of)).map(|of| LOOPS + of)
            } else {
                let (one, other) = (grid.place(one.core()), grid.place(other.core()));
                (0..LOOPS).find(|&axis| one[axis] != other[axis])
            };
            if let Some(axis) = axis.filter(|&axis| pairs[axis].is_none()) {
                pairs[axis] = Some(at);
            }
        }
        // Those on the axes inside are known.
        let mut steps = vec![0; axes];
        for axis in (0..axes).rev() {
            let Some(at) = pairs[axis] else { continue };
            let (one, other) = (all(at - 1), all(at));
            let moved = |axis: usize| other[axis] - one[axis];
            let known: i64 = (axis + 1..axes).map(|axis| steps[axis] * moved(axis)).sum();
            let step = ring.step(ring.after(seen.values[at - 1], known), seen.values[at]);
            if step % moved(axis) != 0 {
                return None;
            }
            steps[axis] = step / moved(axis);
        }
        if what == Kind::Size
            && (0..axes).any(|axis| steps[axis] != 0 && !is_long(seen, grid, axis))
        {
            return None;
        }
        let back: i64 = all(0).iter().zip(&steps).map(|(at, step)| -at * step).sum();
        let steps = steps.into_iter().enumerate().filter(|(_, step)| *step != 0).collect();
        let affine = Affine { base: ring.after(base, back), steps };
        let fits = |(at, value): (usize, &i64)| affine.at(seen.coords(at), grid, ring) == *value;
        seen.values.iter().enumerate().all(fits).then_some(affine)
    }
}

/// Whether there are more than two places on an axis, so that a size goes on along it, and is not one of two.
fn is_long(seen: &Seen<'_>, grid: Grid, axis: usize) -> bool {
    let place = |at: usize| match axis.checked_sub(LOOPS) {
        Some(of) => seen.coords(at).round(of),
        None => grid.place(seen.coords(at).core())[axis],
    };
    let first = place(0);
    (0..seen.values.len()).any(|at| (place(at) - first).abs() > 1)
}

/// What a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Where something is done; it may go round.
    Place(Ring),
    /// On how much of it, or how often.
    Size,
    /// Whether, 0 or 1.
    Guard,
}

/// A number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Sum(Affine),
    Either { test: Test, yes: Box<Form>, no: Box<Form> },
}

/// Questions within questions.
const DEPTH: usize = 3;
/// Runs of cores that each have a form.
const RUNS: usize = 8;
/// Blocks, and rounds, at which something may begin, of those where something changes.
const CHANGES: usize = 4;

impl Form {
    pub(super) fn constant(value: i64) -> Self {
        Form::Sum(Affine::constant(value))
    }

    pub(super) fn as_constant(&self) -> Option<i64> {
        match self {
            Form::Sum(affine) if affine.steps.is_empty() => Some(affine.base),
            _ => None,
        }
    }

    /// How many sums are in it.
    pub(super) fn size(&self) -> usize {
        match self {
            Form::Sum(_) => 1,
            Form::Either { yes, no, .. } => yes.size() + no.size(),
        }
    }

    pub(super) fn at(&self, coords: Coords<'_>, grid: Grid, ring: Ring) -> i64 {
        match self {
            Form::Sum(affine) => affine.at(coords, grid, ring),
            Form::Either { test, yes, no } => {
                let form = if test.holds(coords, grid) { yes } else { no };
                form.at(coords, grid, ring)
            }
        }
    }

    /// The same, of blocks that lie in rows; it was found for blocks in one row.
    pub(super) fn in_rows(&mut self, grid: Grid) {
        if let Form::Sum(affine) = self
            && let Some(&(_, step)) = affine.steps.iter().find(|(axis, _)| *axis == COL)
        {
            affine.steps.insert(0, (ROW, step * grid.across as i64));
        }
    }

    /// The smallest that gives all of these, with so many questions within questions.
    pub(super) fn through(seen: &Seen<'_>, grid: Grid, what: Kind, depth: usize) -> Option<Self> {
        (0..=depth).find_map(|depth| Self::with(seen, grid, what, depth))
    }

    /// The one that says best what it is.
    pub(super) fn found(seen: &Seen<'_>, grid: Grid, what: Kind) -> Option<Self> {
        Self::short(seen, grid, what).or_else(|| Self::in_runs(seen, grid, what, RUNS))
    }

    /// One for each run of cores that are alike, where there are few.
    fn in_runs(seen: &Seen<'_>, grid: Grid, what: Kind, most: usize) -> Option<Self> {
        let most = most.checked_sub(1)?;
        let depth = usize::from(what == Kind::Guard);
        let what = if what == Kind::Size { Kind::Place(Ring::NONE) } else { what };
        let mut ends: Vec<usize> =
            (0..seen.values.len()).map(|at| seen.coords(at).core() + 1).collect();
        ends.dedup();
        if let Some(form) = Self::through(seen, grid, what, depth) {
            return Some(form);
        }
        // The longest run that has a form; a longer one has none if a shorter one has not.
        let run = |end: usize| {
            let (before, _) = seen.split(|coords| coords.core() < end);
            Self::through(&before, grid, what, depth)
        };
        let count = ends.partition_point(|end| run(*end).is_some());
        let end = *ends.get(count.checked_sub(1)?)?;
        let (_, behind) = seen.split(|coords| coords.core() < end);
        let (yes, no) = (run(end)?, Self::in_runs(&behind, grid, what, most)?);
        Some(Form::Either { test: Test::Before(end), yes: Box::new(yes), no: Box::new(no) })
    }

    fn short(seen: &Seen<'_>, grid: Grid, what: Kind) -> Option<Self> {
        if what != Kind::Size {
            return Self::through(seen, grid, what, DEPTH);
        }
        // A size is one of a few, rather than a sum of what happens to be there.
        let few = Self::through(seen, grid, what, 1);
        few.or_else(|| {
            let sum = Self::through(seen, grid, Kind::Place(Ring::NONE), 1);
            let few = || Self::through(seen, grid, what, DEPTH);
            sum.or_else(few).or_else(|| Self::through(seen, grid, Kind::Place(Ring::NONE), DEPTH))
        })
    }

    fn with(seen: &Seen<'_>, grid: Grid, what: Kind, depth: usize) -> Option<Self> {
        if let Some(affine) = Affine::through(seen, grid, what) {
            return Some(Form::Sum(affine));
        }
        let inner = depth.checked_sub(1)?;
        let mut best: Option<Form> = None;
        for test in tests(seen, grid, what) {
            let (yes, no) = seen.split(|coords| test.holds(coords, grid));
            if yes.values.is_empty() || no.values.is_empty() {
                continue;
            }
            // One of the two is a sum: what is an exception is asked for first.
            let sums = [&yes, &no].map(|part| Affine::through(part, grid, what).map(Form::Sum));
            let (yes, no) = match sums {
                [Some(yes), Some(no)] => (yes, no),
                [Some(yes), None] => {
                    let Some(no) = Self::with(&no, grid, what, inner) else { continue };
                    (yes, no)
                }
                [None, Some(no)] => {
                    let Some(yes) = Self::with(&yes, grid, what, inner) else { continue };
                    (yes, no)
                }
                [None, None] if inner > 1 => {
                    let Some(yes) = Self::with(&yes, grid, what, inner - 1) else { continue };
                    let Some(no) = Self::with(&no, grid, what, inner - 1) else { continue };
                    (yes, no)
                }
                _ => continue,
            };
            let form = Form::Either { test, yes: Box::new(yes), no: Box::new(no) };
            if best.as_ref().is_none_or(|best| form.size() < best.size()) {
                best = Some(form);
            }
            if best.as_ref().is_some_and(|best| best.size() == 2) {
                break;
            }
        }
        best
    }
}

/// What may tell some of these from the others.
fn tests(seen: &Seen<'_>, grid: Grid, what: Kind) -> Vec<Test> {
    let mut tests = Vec::new();
    for of in (0..seen.depth()).rev() {
        // Tails are last, and what is not there yet is first.
        tests.extend(match what {
            Kind::Guard => [Test::Early(of, 1), Test::Last(of)],
            Kind::Place(_) | Kind::Size => [Test::Last(of), Test::Early(of, 1)],
        });
    }
    tests.extend(grid.edges());
    let (mut before, mut early) = (Vec::new(), Vec::new());
    for at in 1..seen.values.len() {
        if seen.values[at - 1] == seen.values[at] {
            continue;
        }
        let (one, other) = (seen.coords(at - 1), seen.coords(at));
        if one.core() != other.core() {
            let test = Test::Before(other.core());
            if before.len() < CHANGES && !before.contains(&test) {
                before.push(test);
            }
        } else if early.len() < CHANGES {
            for of in 0..seen.depth() {
                let test = Test::Early(of, other.round(of));
                if other.round(of) > one.round(of) && other.round(of) > 1 && !early.contains(&test)
                {
                    early.push(test);
                }
            }
        }
        if before.len() == CHANGES && early.len() >= CHANGES {
            break;
        }
    }
    for test in before.into_iter().chain(early) {
        if !tests.contains(&test) {
            tests.push(test);
        }
    }
    tests
}
