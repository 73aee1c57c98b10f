//! All blocks of a launch as one: numbers that follow the block's place in the grid, and branches where some blocks are not like the
//! others.

use super::fit::{self, FREE};
use super::loops::{Id, Node, Structures};
use super::ring::Ring;

/// The blocks of a launch, `across` of them side by side, each with so many cores of one kind. Cores are numbered block by block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Grid {
    pub(super) blocks: usize,
    pub(super) across: usize,
    pub(super) cores: usize,
}

/// Where a core is: the row and the column of its block, and which of the block's cores it is.
type Place = [i64; 3];

impl Grid {
    pub(super) fn place(self, core: usize) -> Place {
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
}

/// A question about a core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Test {
    Before(usize),
    RowIs(i64),
    ColIs(i64),
    /// Which of its block's cores it is.
    CoreIs(i64),
}

impl Test {
    pub(super) fn holds(self, grid: Grid, core: usize) -> bool {
        let [row, col, which] = grid.place(core);
        match self {
            Test::Before(first) => core < first,
            Test::RowIs(at) => row == at,
            Test::ColIs(at) => col == at,
            Test::CoreIs(at) => which == at,
        }
    }
}

/// `base`, and a step for each row, column and core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Affine {
    pub(super) base: i64,
    pub(super) steps: Place,
}

impl Affine {
    fn at(self, place: Place, ring: Ring) -> i64 {
        ring.after(self.base, self.steps.iter().zip(place).map(|(step, at)| step * at).sum())
    }

    /// The one that gives each core its number.
    fn through(numbers: &[(Place, i64)], ring: Ring) -> Option<Self> {
        // What is run by none of them may be anything.
        let &(place, number) = numbers.first().unwrap_or(&([0; 3], 0));
        let mut affine = Affine { base: number, steps: [0; 3] };
        // Neighbours that differ on an axis may differ on those behind it, too, whose steps are known.
        for axis in (0..3).rev() {
            let differ = |pair: &&[(Place, i64)]| {
                let [one, other] = [pair[0].0, pair[1].0];
                one[..axis] == other[..axis] && one[axis] != other[axis]
            };
            let Some([(one, from), (other, to)]) = numbers.windows(2).find(differ) else {
                continue;
            };
            let moved = |at: usize| other[at] - one[at];
            let known: i64 = (axis + 1..3).map(|at| affine.steps[at] * moved(at)).sum();
            let step = ring.step(ring.after(*from, known), *to);
            if step % moved(axis) != 0 {
                return None;
            }
            affine.steps[axis] = step / moved(axis);
        }
        affine.base = affine.at(place.map(|at| -at), ring);
        numbers.iter().all(|&(place, number)| affine.at(place, ring) == number).then_some(affine)
    }
}

/// A number of a core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Plain(Affine),
    Either { test: Test, yes: Affine, no: Affine },
}

impl Form {
    fn at(self, grid: Grid, core: usize, ring: Ring) -> i64 {
        let affine = match self {
            Form::Plain(affine) => affine,
            Form::Either { test, yes, .. } if test.holds(grid, core) => yes,
            Form::Either { no, .. } => no,
        };
        affine.at(grid.place(core), ring)
    }
}

/// What cores do that are alike.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) body: Vec<Id>,
    /// The numbers of the body's nodes, one after another.
    pub(super) forms: Vec<Form>,
}

/// What all cores do.
#[derive(Clone, Debug)]
pub(super) enum Plan {
    Case(Case),
    Branch { test: Test, yes: Box<Plan>, no: Box<Plan> },
}

impl Plan {
    /// Branches of which each asks for a later place stand one behind another.
    fn in_line(self) -> Self {
        let Plan::Branch { test, yes, no } = self else { return self };
        match (test, yes.in_line()) {
            (Test::Before(_), Plan::Branch { test: first @ Test::Before(_), yes, no: between }) => {
                let no = Plan::Branch { test, yes: between, no: Box::new(no.in_line()) };
                Plan::Branch { test: first, yes, no: Box::new(no.in_line()) }
            }
            (_, yes) => Plan::Branch { test, yes: Box::new(yes), no: Box::new(no.in_line()) },
        }
    }

    /// How many cases there are.
    fn cases(&self) -> usize {
        match self {
            Plan::Case(_) => 1,
            Plan::Branch { yes, no, .. } => yes.cases() + no.cases(),
        }
    }

    /// The nodes of a core, as they are computed on the device.
    pub(super) fn nodes(&self, structures: &Structures, grid: Grid, core: usize) -> Vec<Node> {
        let case = match self {
            Plan::Case(case) => case,
            Plan::Branch { test, yes, no } => {
                let plan = if test.holds(grid, core) { yes } else { no };
                return plan.nodes(structures, grid, core);
            }
        };
        let mut forms = case.forms.iter();
        let node = |&id: &Id| {
            let rings = structures.rings(id).iter();
            let numbers = rings.zip(&mut forms).map(|(ring, form)| form.at(grid, core, *ring));
            Node { id, numbers: numbers.collect() }
        };
        case.body.iter().map(node).collect()
    }
}

/// Branches within branches.
const DEPTH: usize = 3;
/// Runs of cores that each have a branch.
const RUNS: usize = 8;
/// Widths of a grid that are tried.
const WIDTHS: usize = 12;
/// Blocks at which a branch may begin, of those where something changes.
const CHANGES: usize = 4;

/// The cores of a launch, block by block.
pub(super) struct Blocks<'s> {
    structures: &'s Structures,
    /// How many there are of a block.
    cores: usize,
    /// As they were found, and with the loops of others that they run once or never.
    found: Bodies,
    fitted: Bodies,
}

/// Of each core, the ids of its nodes, and all of their numbers.
struct Bodies {
    ids: Vec<Vec<Id>>,
    numbers: Vec<Vec<i64>>,
}

impl Bodies {
    fn of(cores: &[Vec<Node>]) -> Self {
        let ids = cores.iter().map(|nodes| nodes.iter().map(|node| node.id).collect());
        let numbers = cores
            .iter()
            .map(|nodes| nodes.iter().flat_map(|node| node.numbers.iter().copied()).collect());
        Bodies { ids: ids.collect(), numbers: numbers.collect() }
    }

    /// Whether two have one structure.
    fn alike(&self, one: usize, other: usize) -> bool {
        self.ids[one] == self.ids[other]
    }
}

impl<'s> Blocks<'s> {
    pub(super) fn new(structures: &'s Structures, found: &[Vec<Node>], cores: usize) -> Self {
        let fitted = Bodies::of(&fit::alike(structures, found));
        Blocks { structures, cores, found: Bodies::of(found), fitted }
    }

    /// One plan for all of them, and the grid that it sees; none, if they differ in no regular way.
    pub(super) fn plan(&self) -> Option<(Plan, Grid)> {
        let all: Vec<usize> = (0..self.found.ids.len()).collect();
        let (blocks, cores) = (all.len() / self.cores, self.cores);
        let mut best: Option<(Plan, Grid)> = None;
        for across in self.widths() {
            let grid = Grid { blocks, across, cores };
            let plan = self.cover(&all, grid, DEPTH).or_else(|| self.in_runs(&all, grid));
            let Some(plan) = plan else { continue };
            if best.as_ref().is_none_or(|(best, _)| plan.cases() < best.cases()) {
                best = Some((plan, grid));
            }
            if best.as_ref().is_some_and(|(best, _)| best.cases() == 1) {
                break;
            }
        }
        let (plan, grid) = best?;
        Some((plan.in_line(), grid))
    }

    /// A core that is unlike the first.
    pub(super) fn odd_one(&self) -> usize {
        (0..self.found.ids.len()).find(|&core| !self.found.alike(core, 0)).unwrap_or(0)
    }

    /// Widths that the grid may have: first none, then those at which something changes.
    fn widths(&self) -> Vec<usize> {
        let blocks = self.found.ids.len() / self.cores;
        // A block is known by its first core.
        let first = |block: usize| block * self.cores;
        let mut widths = vec![blocks];
        let mut add = |width: usize| {
            if (2..blocks).contains(&width) && !widths.contains(&width) && widths.len() < WIDTHS {
                widths.push(width);
            }
        };
        let is_like_first = |&block: &usize| self.fitted.alike(first(block), 0);
        let alike = (0..blocks).take_while(is_like_first).count();
        for index in 0..self.fitted.numbers.first().map_or(0, Vec::len) {
            let number = |block: usize| self.fitted.numbers[first(block)][index];
            let step = |block: usize| number(block).wrapping_sub(number(block - 1));
            if let Some(width) = (2..alike).find(|&block| step(block) != step(1)) {
                add(width);
                add(width + 1);
            }
        }
        add(alike);
        add(alike + 1);
        widths
    }

    /// A branch for each run of cores that are alike, where there are few: blocks that have more to do than those before them.
    fn in_runs(&self, cores: &[usize], grid: Grid) -> Option<Plan> {
        let mut runs = cores.chunk_by(|one, other| self.fitted.alike(*one, *other)).rev();
        let mut plan = self.cover(runs.next()?, grid, 1)?;
        for (number, run) in runs.enumerate() {
            if number + 2 > RUNS {
                return None;
            }
            let test = Test::Before(run[run.len() - 1] + 1);
            let yes = Box::new(self.cover(run, grid, 1)?);
            plan = Plan::Branch { test, yes, no: Box::new(plan) };
        }
        Some(plan)
    }

    fn cover(&self, blocks: &[usize], grid: Grid, depth: usize) -> Option<Plan> {
        if let Some(case) = self.case(blocks, grid) {
            return Some(Plan::Case(case));
        }
        if depth == 0 {
            return None;
        }
        let mut best: Option<Plan> = None;
        for test in self.tests(blocks, grid) {
            let (yes, no): (Vec<usize>, Vec<usize>) =
                blocks.iter().partition(|&&block| test.holds(grid, block));
            if yes.is_empty() || no.is_empty() {
                continue;
            }
            let Some(yes) = self.cover(&yes, grid, depth - 1) else { continue };
            let Some(no) = self.cover(&no, grid, depth - 1) else { continue };
            let plan = Plan::Branch { test, yes: Box::new(yes), no: Box::new(no) };
            if best.as_ref().is_none_or(|best| plan.cases() < best.cases()) {
                best = Some(plan);
            }
            if best.as_ref().is_some_and(|best| best.cases() == 2) {
                break;
            }
        }
        best
    }

    /// One case for blocks of one structure.
    fn case(&self, blocks: &[usize], grid: Grid) -> Option<Case> {
        let first = *blocks.first()?;
        let mut ways = [&self.found, &self.fitted].into_iter();
        let bodies = ways.find(|way| blocks.iter().all(|&core| way.alike(core, first)))?;
        let rings = bodies.ids[first].iter().flat_map(|&id| self.structures.rings(id));
        let form = |(index, ring): (usize, &Ring)| {
            let numbers: Vec<_> = blocks
                .iter()
                .map(|&block| (block, bodies.numbers[block][index]))
                .filter(|(_, number)| *number != FREE)
                .collect();
            self.form(&numbers, grid, *ring)
        };
        let forms = rings.enumerate().map(form).collect::<Option<_>>()?;
        Some(Case { body: bodies.ids[first].clone(), forms })
    }

    /// The form that gives each of these cores its number.
    fn form(&self, numbers: &[(usize, i64)], grid: Grid, ring: Ring) -> Option<Form> {
        let fit = |part: &[(usize, i64)]| {
            let placed: Vec<_> =
                part.iter().map(|&(core, number)| (grid.place(core), number)).collect();
            Affine::through(&placed, ring)
        };
        if let Some(affine) = fit(numbers) {
            return Some(Form::Plain(affine));
        }
        let broken = numbers.windows(2).position(|pair| pair[0].1 != pair[1].1);
        let broken = broken.map(|at| Test::Before(numbers[at + 1].0));
        edges(grid).into_iter().chain(broken).find_map(|test| {
            let (yes, no): (Vec<_>, Vec<_>) =
                numbers.iter().partition(|(core, _)| test.holds(grid, *core));
            Some(Form::Either { test, yes: fit(&yes)?, no: fit(&no)? })
        })
    }

    /// What may tell some of the blocks from the others.
    fn tests(&self, blocks: &[usize], grid: Grid) -> Vec<Test> {
        let changes = blocks.windows(2).filter(|pair| !self.fitted.alike(pair[0], pair[1]));
        let changes = changes.map(|pair| Test::Before(pair[1])).take(CHANGES);
        edges(grid).into_iter().chain(changes).collect()
    }
}

/// The last row and column of the grid, and the first ones; which core of its block; the last block, the first one, the last core.
fn edges(grid: Grid) -> Vec<Test> {
    let mut tests = Vec::new();
    if grid.has_rows() {
        tests.push(Test::ColIs(grid.across as i64 - 1));
        tests.push(Test::RowIs(grid.rows() as i64 - 1));
        tests.push(Test::ColIs(0));
        tests.push(Test::RowIs(0));
    }
    let cores = grid.blocks * grid.cores;
    if grid.cores > 1 {
        tests.push(Test::CoreIs(0));
    }
    if grid.blocks > 1 {
        tests.push(Test::Before(cores - grid.cores));
        tests.push(Test::Before(grid.cores));
    }
    if grid.cores > 1 {
        tests.push(Test::Before(cores - 1));
    }
    tests
}
