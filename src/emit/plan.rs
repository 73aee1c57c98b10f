//! One program of all cores: a nest of loops, with a form for each number, for how often each loop goes round, and for whether each part
//! is run.

use super::forms::{Form, Grid, Kind};
use super::points::{Here, Points, Seen};
use super::ring::Ring;
use super::structures::{Id, Run, Structure, Structures};
use super::words::{Text, Words};

/// A part of the program: an instruction or a loop, where it stands.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    /// The shape of an instruction; none of a loop.
    pub(super) shape: Option<u32>,
    /// The parts of a loop.
    pub(super) parts: Vec<usize>,
    pub(super) rings: Vec<Ring>,
    /// Which of the numbers are sizes.
    kinds: Vec<bool>,
    /// Whether it is run: 0 or 1.
    pub(super) guard: Form,
    /// Of a loop, how often it goes round; of an instruction, its numbers.
    pub(super) numbers: Vec<Form>,
    /// The most rounds of a loop that any core has; and whether any core gets here.
    pub(super) most: i64,
    pub(super) is_run: bool,
}

/// The program. Its first spot is a loop of one round, over everything.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) spots: Vec<Spot>,
    pub(super) grid: Grid,
}

/// What was seen of a spot.
#[derive(Debug)]
struct Log {
    parent: usize,
    /// Where its parts may be run.
    points: Points,
    /// At which of its parent's points it is run; and how often it goes round there, or the core and the word.
    which: Vec<u32>,
    values: Vec<(u32, u32)>,
}

/// The widths of a grid that are tried.
const WIDTHS: usize = 12;
/// What a number counts that has no form.
const NO_FORM: usize = 50;

struct Maker<'m> {
    texts: &'m [Text],
    spots: Vec<Spot>,
    logs: Vec<Log>,
}

/// A number of the launch: whether a spot is run, or which of its numbers it is.
type Which = (usize, Option<usize>);

impl Maker<'_> {
    fn add(
        &mut self,
        structures: &Structures,
        words: &Words,
        id: Id,
        parent: usize,
        depth: usize,
    ) -> usize {
        let at = self.spots.len();
        let (shape, rings) = match structures.get(id) {
            Structure::Leaf(shape) => (Some(*shape), words.rings(*shape)),
            Structure::Loop(_) => (None, vec![Ring::NONE]),
        };
        self.push(shape, rings, parent, depth);
        self.spots[at].kinds = match shape {
            Some(shape) => words.sizes(shape),
            None => vec![true],
        };
        let parts = structures.body(id).iter();
        self.spots[at].parts =
            parts.map(|&part| self.add(structures, words, part, at, depth + 1)).collect();
        at
    }

    fn push(&mut self, shape: Option<u32>, rings: Vec<Ring>, parent: usize, depth: usize) {
        let (guard, numbers) = (Form::constant(1), vec![Form::constant(0); rings.len()]);
        self.spots.push(Spot {
            shape,
            parts: Vec::new(),
            rings,
            kinds: Vec::new(),
            guard,
            numbers,
            most: 0,
            is_run: false,
        });
        let points = Points::of_depth(depth);
        self.logs.push(Log { parent, points, which: Vec::new(), values: Vec::new() });
    }

    /// Goes through what a core did.
    fn log(&mut self, spot: usize, run: &Run, here: &mut Here, core: usize, word: &mut u32) {
        let parts = self.spots[spot].parts.clone();
        let mut inner = run.inner.iter();
        for round in 0..run.count {
            if spot > 0 {
                here.go(round, run.count);
            }
            let point = self.logs[spot].points.len() as u32;
            self.logs[spot].points.add(here);
            for (at, &part) in parts.iter().enumerate() {
                if !run.has(round * parts.len() + at) {
                    continue;
                }
                self.logs[part].which.push(point);
                if self.spots[part].shape.is_some() {
                    self.logs[part].values.push((core as u32, *word));
                    *word += 1;
                } else if let Some(inner) = inner.next() {
                    self.logs[part].values.push((inner.count as u32, 0));
                    self.spots[part].most = self.spots[part].most.max(inner.count as i64);
                    here.enter();
                    self.log(part, inner, here, core, word);
                    here.leave();
                }
            }
        }
    }

    /// What was seen of a number.
    fn seen(&self, (spot, number): Which) -> Seen<'_> {
        let log = &self.logs[spot];
        let points = &self.logs[log.parent].points;
        match number {
            None => {
                let mut values = vec![0; points.len()];
                log.which.iter().for_each(|&at| values[at as usize] = 1);
                Seen { points, which: (0..points.len() as u32).collect(), values }
            }
            Some(number) => {
                let is_loop = self.spots[spot].shape.is_none();
                let value = |&(first, second): &(u32, u32)| {
                    if is_loop {
                        return first.into();
                    }
                    let text = &self.texts[first as usize];
                    text.numbers(text.words[second as usize])[number]
                };
                Seen {
                    points,
                    which: log.which.clone(),
                    values: log.values.iter().map(value).collect(),
                }
            }
        }
    }

    /// How often a loop goes round, 0 where it is not run.
    fn rounds(&self, spot: usize) -> Seen<'_> {
        let mut seen = self.seen((spot, None));
        let log = &self.logs[spot];
        for (at, (count, _)) in log.which.iter().zip(&log.values) {
            seen.values[*at as usize] = (*count).into();
        }
        seen
    }

    fn kind(&self, (spot, number): Which) -> Kind {
        let Some(number) = number else { return Kind::Guard };
        let Spot { kinds, rings, .. } = &self.spots[spot];
        if kinds[number] { Kind::Size } else { Kind::Place(rings[number]) }
    }

    fn form(&mut self, (spot, number): Which) -> &mut Form {
        let spot = &mut self.spots[spot];
        match number {
            None => &mut spot.guard,
            Some(number) => &mut spot.numbers[number],
        }
    }

    /// Finds the sums, of blocks in one row: the numbers that are none.
    fn sums(&mut self, grid: Grid) -> Vec<Which> {
        let mut rest = Vec::new();
        for spot in 1..self.spots.len() {
            self.spots[spot].is_run = !self.logs[spot].which.is_empty();
            if !self.spots[spot].is_run {
                self.spots[spot].guard = Form::constant(0);
                continue;
            }
            let always =
                self.logs[spot].which.len() == self.logs[self.logs[spot].parent].points.len();
            if !always && self.spots[spot].shape.is_none() && self.spots[spot].most > 1 {
                // No rounds are not run.
                if let Some(form) = Form::through(&self.rounds(spot), grid, Kind::Size, 0) {
                    self.spots[spot].numbers[0] = form;
                    continue;
                }
            }
            let guard = (!always).then_some(None);
            for number in guard.into_iter().chain((0..self.spots[spot].rings.len()).map(Some)) {
                let which = (spot, number);
                match Form::through(&self.seen(which), grid, self.kind(which), 0) {
                    Some(form) => *self.form(which) = form,
                    None => rest.push(which),
                }
            }
        }
        rest
    }

    /// A loop that is not run goes round no times, where that is as simple to say.
    fn without_guards(&mut self, grid: Grid) {
        for spot in 1..self.spots.len() {
            let Spot { shape, guard, numbers, most, .. } = &self.spots[spot];
            if shape.is_some() || guard.as_constant().is_some() || *most < 2 {
                continue;
            }
            let size = guard.size().max(numbers[0].size());
            let form = Form::found(&self.rounds(spot), grid, Kind::Size);
            if let Some(form) = form.filter(|form| form.size() <= size) {
                self.spots[spot].numbers[0] = form;
                self.spots[spot].guard = Form::constant(1);
            }
        }
    }

    /// A block that has another number than the first, and the shape of an instruction there.
    fn odd(&self, which: Which, cores: usize) -> (usize, u32) {
        let seen = self.seen(which);
        let is_other = |at: &usize| seen.values[*at] != seen.values[0];
        let at = (0..seen.values.len()).find(is_other).unwrap_or(0);
        (seen.coords(at).core() / cores, self.first_shape(which.0).unwrap_or_default())
    }

    fn first_shape(&self, spot: usize) -> Option<u32> {
        let spot = &self.spots[spot];
        spot.shape.or_else(|| spot.parts.iter().find_map(|&part| self.first_shape(part)))
    }

    /// Widths that the grid may have: first none, then those at which something changes.
    fn widths(&self, rest: &[Seen<'_>], grid: Grid) -> Vec<usize> {
        let mut widths = vec![grid.blocks];
        for seen in rest {
            let value = |at: usize| (seen.coords(at).core() / grid.cores, seen.values[at]);
            let mut blocks: Vec<(usize, i64)> = (0..seen.values.len()).map(value).collect();
            blocks.dedup_by_key(|block| block.0);
            let step = |at: usize| blocks[at].1.wrapping_sub(blocks[at - 1].1);
            let changed = (2..blocks.len()).find(|&at| step(at) != step(1));
            for width in changed.map(|at| [blocks[at].0, blocks[at].0 + 1]).into_iter().flatten() {
                if (2..grid.blocks).contains(&width)
                    && !widths.contains(&width)
                    && widths.len() < WIDTHS
                {
                    widths.push(width);
                }
            }
        }
        widths
    }

    /// The grid in which these numbers have the simplest forms.
    fn grid(&self, rest: &[Which], grid: Grid) -> Grid {
        if grid.blocks < 4 || rest.is_empty() {
            return grid;
        }
        let firsts: Vec<_> = rest.iter().map(|&which| self.seen(which).first_of_cores()).collect();
        let cost = |grid: Grid| -> usize {
            let cost = |(seen, which): (&Seen<'_>, &Which)| {
                let form = Form::through(seen, grid, self.kind(*which), 2);
                form.map_or(NO_FORM, |form| form.size())
            };
            firsts.iter().zip(rest).map(cost).sum()
        };
        let grids = self.widths(&firsts, grid).into_iter().map(|across| Grid { across, ..grid });
        grids.min_by_key(|grid| cost(*grid)).unwrap_or(grid)
    }
}

impl Plan {
    /// The program of cores that were run so, of which a block has so many. Where there is none: a block that is unlike the first, and the
    /// shape of an instruction in which it is.
    pub(super) fn new(
        structures: &Structures,
        words: &Words,
        texts: &[Text],
        (body, runs): (&[Id], &[Run]),
        cores: usize,
    ) -> Result<Self, (usize, u32)> {
        let mut maker = Maker { texts, spots: Vec::new(), logs: Vec::new() };
        maker.push(None, Vec::new(), 0, 0);
        maker.spots[0].is_run = true;
        maker.spots[0].parts =
            body.iter().map(|&id| maker.add(structures, words, id, 0, 1)).collect();
        for (core, run) in runs.iter().enumerate() {
            maker.log(0, run, &mut Here::new(core), core, &mut 0);
        }
        let blocks = texts.len() / cores;
        let flat = Grid { blocks, across: blocks, cores };
        let rest = maker.sums(flat);
        let grid = maker.grid(&rest, flat);
        if grid.has_rows() {
            for spot in &mut maker.spots {
                spot.guard.in_rows(grid);
                spot.numbers.iter_mut().for_each(|form| form.in_rows(grid));
            }
        }
        for which in rest {
            let form = Form::found(&maker.seen(which), grid, maker.kind(which));
            *maker.form(which) = form.ok_or_else(|| maker.odd(which, cores))?;
        }
        maker.without_guards(grid);
        Ok(Plan { spots: maker.spots, grid })
    }

    /// How much there is to read.
    pub(super) fn cost(&self) -> usize {
        let extra = |form: &Form| if form.as_constant().is_some() { 0 } else { form.size() };
        let run = self.spots.iter().filter(|spot| spot.is_run);
        let cost = |spot: &Spot| {
            let numbers: usize = spot.numbers.iter().map(|form| form.size() - 1).sum();
            let of_loop = if spot.shape.is_none() { 2 } else { 0 };
            3 + of_loop + numbers + 2 * extra(&spot.guard)
        };
        run.map(cost).sum()
    }

    /// Calls `each` with the shape and the numbers of every instruction of a core, as a device would run them; stops where it says no.
    pub(super) fn expand(&self, core: usize, each: &mut impl FnMut(u32, &[i64]) -> bool) -> bool {
        let mut here = Here::new(core);
        self.expand_parts(0, &mut here, &mut Vec::new(), each)
    }

    fn expand_parts(
        &self,
        spot: usize,
        here: &mut Here,
        numbers: &mut Vec<i64>,
        each: &mut impl FnMut(u32, &[i64]) -> bool,
    ) -> bool {
        self.spots[spot].parts.iter().all(|&part| {
            let spot = &self.spots[part];
            if spot.guard.at(here.coords(), self.grid, Ring::NONE) == 0 {
                return true;
            }
            if let Some(shape) = spot.shape {
                let at = |(form, ring): (&Form, &Ring)| form.at(here.coords(), self.grid, *ring);
                numbers.clear();
                numbers.extend(spot.numbers.iter().zip(&spot.rings).map(at));
                return each(shape, numbers);
            }
            let count = spot.numbers[0].at(here.coords(), self.grid, Ring::NONE).max(0) as usize;
            here.enter();
            let all = (0..count).all(|time| {
                here.go(time, count);
                self.expand_parts(part, here, numbers, each)
            });
            here.leave();
            all
        })
    }
}
