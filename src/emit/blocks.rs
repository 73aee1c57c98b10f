//! All blocks of a launch as one: numbers that follow the block's place in the grid, and branches where some blocks are not like the
//! others.

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
        let &(place, number) = numbers.first()?;
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

/// The cores of a launch, block by block: the ids of their nodes, and all of their numbers.
pub(super) struct Blocks<'s> {
    structures: &'s Structures,
    /// How many there are of a block.
    cores: usize,
    bodies: Vec<Vec<Id>>,
    numbers: Vec<Vec<i64>>,
}

impl<'s> Blocks<'s> {
    pub(super) fn new(structures: &'s Structures, blocks: &[Vec<Node>], cores: usize) -> Self {
        let bodies = blocks.iter().map(|nodes| nodes.iter().map(|node| node.id).collect());
        let numbers =
            |nodes: &Vec<Node>| nodes.iter().flat_map(|node| node.numbers.clone()).collect();
        Blocks {
            structures,
            cores,
            bodies: bodies.collect(),
            numbers: blocks.iter().map(numbers).collect(),
        }
    }

    /// One plan for all of them, and the grid that it sees; none, if they differ in no regular way.
    pub(super) fn plan(&self) -> Option<(Plan, Grid)> {
        let all: Vec<usize> = (0..self.bodies.len()).collect();
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
        (0..self.bodies.len()).find(|&block| self.bodies[block] != self.bodies[0]).unwrap_or(0)
    }

    /// Widths that the grid may have: first none, then those at which something changes.
    fn widths(&self) -> Vec<usize> {
        let blocks = self.bodies.len() / self.cores;
        // A block is known by its first core.
        let first = |block: usize| block * self.cores;
        let mut widths = vec![blocks];
        let mut add = |width: usize| {
            if (2..blocks).contains(&width) && !widths.contains(&width) && widths.len() < WIDTHS {
                widths.push(width);
            }
        };
        let is_like_first = |&block: &usize| self.bodies[first(block)] == self.bodies[0];
        let alike = (0..blocks).take_while(is_like_first).count();
        for index in 0..self.numbers.first().map_or(0, Vec::len) {
            let number = |block: usize| self.numbers[first(block)][index];
            if let Some(width) =
                (2..alike).find(|&block| number(block) - number(block - 1) != number(1) - number(0))
            {
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
        let mut runs = cores.chunk_by(|one, other| self.bodies[*one] == self.bodies[*other]).rev();
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
        if blocks.iter().any(|&block| self.bodies[block] != self.bodies[first]) {
            return None;
        }
        let rings = self.bodies[first].iter().flat_map(|&id| self.structures.rings(id));
        let form = |(index, ring): (usize, &Ring)| {
            let numbers: Vec<_> = blocks
                .iter()
                .map(|&block| (grid.place(block), self.numbers[block][index]))
                .collect();
            self.form(blocks, &numbers, grid, *ring)
        };
        let forms = rings.enumerate().map(form).collect::<Option<_>>()?;
        Some(Case { body: self.bodies[first].clone(), forms })
    }

    fn form(
        &self,
        blocks: &[usize],
        numbers: &[(Place, i64)],
        grid: Grid,
        ring: Ring,
    ) -> Option<Form> {
        if let Some(affine) = Affine::through(numbers, ring) {
            return Some(Form::Plain(affine));
        }
        let broken = numbers.windows(2).position(|pair| pair[0].1 != pair[1].1);
        let broken = broken.map(|at| Test::Before(blocks[at + 1]));
        edges(grid).into_iter().chain(broken).find_map(|test| {
            let pairs = blocks.iter().zip(numbers.iter().copied());
            let (yes, no): (Vec<_>, Vec<_>) =
                pairs.partition(|(block, _)| test.holds(grid, **block));
            let fit = |part: Vec<(&usize, _)>| {
                let numbers: Vec<_> = part.into_iter().map(|(_, number)| number).collect();
                Affine::through(&numbers, ring)
            };
            Some(Form::Either { test, yes: fit(yes)?, no: fit(no)? })
        })
    }

    /// What may tell some of the blocks from the others.
    fn tests(&self, blocks: &[usize], grid: Grid) -> Vec<Test> {
        let changes = blocks.windows(2).filter(|pair| self.bodies[pair[0]] != self.bodies[pair[1]]);
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
