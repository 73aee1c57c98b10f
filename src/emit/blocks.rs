//! All blocks of a launch as one: numbers that follow the block's place in the grid, and branches where some blocks are not like the
//! others.

use super::loops::{Id, Node, Structures};
use super::ring::Ring;

/// Where a block is: `block / across`, and `block % across`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Grid {
    pub(super) blocks: usize,
    pub(super) across: usize,
}

impl Grid {
    pub(super) fn place(self, block: usize) -> (i64, i64) {
        ((block / self.across) as i64, (block % self.across) as i64)
    }

    /// Whether the blocks lie in rows, and have a place in theirs.
    pub(super) fn has_rows(self) -> bool {
        self.across > 1 && self.across < self.blocks
    }

    fn rows(self) -> usize {
        self.blocks.div_ceil(self.across)
    }
}

/// A question about a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Test {
    Before(usize),
    RowIs(i64),
    ColIs(i64),
}

impl Test {
    pub(super) fn holds(self, grid: Grid, block: usize) -> bool {
        let (row, col) = grid.place(block);
        match self {
            Test::Before(first) => block < first,
            Test::RowIs(at) => row == at,
            Test::ColIs(at) => col == at,
        }
    }
}

/// `base + down * row + across * col`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Affine {
    pub(super) base: i64,
    pub(super) down: i64,
    pub(super) across: i64,
}

impl Affine {
    fn at(self, (row, col): (i64, i64), ring: Ring) -> i64 {
        ring.after(self.base, self.down * row + self.across * col)
    }

    /// The one that gives each block its number.
    fn through(numbers: &[((i64, i64), i64)], ring: Ring) -> Option<Self> {
        let &((row, col), number) = numbers.first()?;
        let step = |from: i64, to: i64, distance: i64| {
            let step = ring.step(from, to);
            (step % distance == 0).then_some(step / distance)
        };
        let mut across = 0;
        if let Some(pair) = numbers.windows(2).find(|pair| pair[0].0.0 == pair[1].0.0) {
            let [((_, one), from), ((_, other), to)] = [pair[0], pair[1]];
            across = step(from, to, other - one)?;
        }
        let mut down = 0;
        if let Some(&((other, at), to)) = numbers.iter().find(|((other, _), _)| *other != row) {
            down = step(ring.after(number, across * (at - col)), to, other - row)?;
        }
        let affine = Affine { base: ring.after(number, -down * row - across * col), down, across };
        numbers.iter().all(|&(place, number)| affine.at(place, ring) == number).then_some(affine)
    }
}

/// A number of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Plain(Affine),
    Either { test: Test, yes: Affine, no: Affine },
}

impl Form {
    fn at(self, grid: Grid, block: usize, ring: Ring) -> i64 {
        let affine = match self {
            Form::Plain(affine) => affine,
            Form::Either { test, yes, .. } if test.holds(grid, block) => yes,
            Form::Either { no, .. } => no,
        };
        affine.at(grid.place(block), ring)
    }
}

/// What blocks do that are alike.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) body: Vec<Id>,
    /// The numbers of the body's nodes, one after another.
    pub(super) forms: Vec<Form>,
}

/// What all blocks do.
#[derive(Clone, Debug)]
pub(super) enum Plan {
    Case(Case),
    Branch { test: Test, yes: Box<Plan>, no: Box<Plan> },
}

impl Plan {
    /// How many cases there are.
    fn cases(&self) -> usize {
        match self {
            Plan::Case(_) => 1,
            Plan::Branch { yes, no, .. } => yes.cases() + no.cases(),
        }
    }

    /// The nodes of a block, as they are computed on the device.
    pub(super) fn nodes(&self, structures: &Structures, grid: Grid, block: usize) -> Vec<Node> {
        let case = match self {
            Plan::Case(case) => case,
            Plan::Branch { test, yes, no } => {
                let plan = if test.holds(grid, block) { yes } else { no };
                return plan.nodes(structures, grid, block);
            }
        };
        let mut forms = case.forms.iter();
        let node = |&id: &Id| {
            let rings = structures.rings(id).iter();
            let numbers = rings.zip(&mut forms).map(|(ring, form)| form.at(grid, block, *ring));
            Node { id, numbers: numbers.collect() }
        };
        case.body.iter().map(node).collect()
    }
}

/// Branches within branches.
const DEPTH: usize = 3;
/// Widths of a grid that are tried.
const WIDTHS: usize = 12;
/// Blocks at which a branch may begin, of those where something changes.
const CHANGES: usize = 4;

/// The blocks of a launch: the ids of their nodes, and all of their numbers.
pub(super) struct Blocks<'s> {
    structures: &'s Structures,
    bodies: Vec<Vec<Id>>,
    numbers: Vec<Vec<i64>>,
}

impl<'s> Blocks<'s> {
    pub(super) fn new(structures: &'s Structures, blocks: &[Vec<Node>]) -> Self {
        let bodies = blocks.iter().map(|nodes| nodes.iter().map(|node| node.id).collect());
        let numbers =
            |nodes: &Vec<Node>| nodes.iter().flat_map(|node| node.numbers.clone()).collect();
        Blocks {
            structures,
            bodies: bodies.collect(),
            numbers: blocks.iter().map(numbers).collect(),
        }
    }

    /// One plan for all of them, and the grid that it sees; none, if they differ in no regular way.
    pub(super) fn plan(&self) -> Option<(Plan, Grid)> {
        let blocks = self.bodies.len();
        let all: Vec<usize> = (0..blocks).collect();
        let mut best: Option<(Plan, Grid)> = None;
        for across in self.widths() {
            let grid = Grid { blocks, across };
            let Some(plan) = self.cover(&all, grid, DEPTH) else { continue };
            if best.as_ref().is_none_or(|(best, _)| plan.cases() < best.cases()) {
                best = Some((plan, grid));
            }
            if best.as_ref().is_some_and(|(best, _)| best.cases() == 1) {
                break;
            }
        }
        best
    }

    /// A block that is unlike the first.
    pub(super) fn odd_one(&self) -> usize {
        (0..self.bodies.len()).find(|&block| self.bodies[block] != self.bodies[0]).unwrap_or(0)
    }

    /// Widths that the grid may have: first none, then those at which something changes.
    fn widths(&self) -> Vec<usize> {
        let blocks = self.bodies.len();
        let mut widths = vec![blocks];
        let mut add = |width: usize| {
            if (2..blocks).contains(&width) && !widths.contains(&width) && widths.len() < WIDTHS {
                widths.push(width);
            }
        };
        let alike = (0..blocks).take_while(|&block| self.bodies[block] == self.bodies[0]).count();
        for index in 0..self.numbers.first().map_or(0, Vec::len) {
            let number = |block: usize| self.numbers[block][index];
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
        numbers: &[((i64, i64), i64)],
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

/// The last row and column of the grid, and the first ones.
fn edges(grid: Grid) -> Vec<Test> {
    let mut tests = Vec::new();
    if grid.has_rows() {
        tests.push(Test::ColIs(grid.across as i64 - 1));
        tests.push(Test::RowIs(grid.rows() as i64 - 1));
        tests.push(Test::ColIs(0));
        tests.push(Test::RowIs(0));
    }
    if grid.blocks > 1 {
        tests.push(Test::Before(grid.blocks - 1));
        tests.push(Test::Before(1));
    }
    tests
}
