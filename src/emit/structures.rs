//! What a launch issues again and again: instructions, and loops of them.
//!
//! Equal structures have one number. Loops that are alike but for a few parts become one, which has the parts of both; how each was run
//! then says which of the parts were.

use std::collections::{HashMap, HashSet};

use super::align::{Pair, align};
use super::ring::Ring;
use super::words::Words;

/// The number of a structure.
pub(super) type Id = u32;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Structure {
    /// An instruction of this shape.
    Leaf(u32),
    /// A loop over these.
    Loop(Vec<Id>),
}

/// How a loop was run.
#[derive(Clone, Debug, Default)]
pub(super) struct Run {
    pub(super) count: usize,
    /// For each round, which parts of the body were run; empty, where all were.
    pub(super) present: Vec<bool>,
    /// How the loops of the body were run, one after another.
    pub(super) inner: Vec<Run>,
}

impl Run {
    /// Whether a part was run, counted through all rounds.
    pub(super) fn has(&self, at: usize) -> bool {
        self.present.get(at).is_none_or(|run| *run)
    }
}

/// A place of what is not run.
pub(super) const FREE: i64 = i64::MIN;

/// An instruction, or a loop and how it was run.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    pub(super) id: Id,
    /// Where it works: of a loop, its first round.
    pub(super) places: Vec<i64>,
    pub(super) run: Option<Run>,
}

/// What is known of a structure.
#[derive(Debug)]
struct Known {
    structure: Structure,
    /// Which of its places go round.
    rings: Vec<Ring>,
    weight: usize,
    /// File and line at which it starts.
    start: (u32, u32),
}

/// How loops are looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Way {
    /// Rounds need not be the same; loops that are known are seen first, where they run alone.
    #[default]
    KnownFirst,
    /// They are seen last.
    KnownLast,
    /// Loops are alike only if they are equal, and every number is a place.
    Strict,
}

/// All structures of a launch.
#[derive(Debug, Default)]
pub(super) struct Structures {
    list: Vec<Known>,
    ids: HashMap<Structure, Id>,
    /// What a loop has become part of, and which part of it each part of that was.
    grown: HashMap<Id, (Id, Vec<Option<usize>>)>,
    /// Loops that are not part of another one.
    classes: Vec<Id>,
    unlike: HashSet<(Id, Id)>,
    pub(super) way: Way,
}

/// What an instruction that does something counts, beside one that waits or signals.
const WORK: usize = 3;

/// Whether what is the same is enough for the larger of two to be one thing.
pub(super) fn is_enough(same: usize, one: usize, other: usize) -> bool {
    20 * same >= 11 * one.max(other)
}

impl Structures {
    pub(super) fn new(way: Way) -> Self {
        Structures { way, ..Self::default() }
    }

    pub(super) fn get(&self, id: Id) -> &Structure {
        &self.list[id as usize].structure
    }

    pub(super) fn rings(&self, id: Id) -> &[Ring] {
        &self.list[id as usize].rings
    }

    pub(super) fn weight(&self, id: Id) -> usize {
        self.list[id as usize].weight
    }

    pub(super) fn start(&self, id: Id) -> (u32, u32) {
        self.list[id as usize].start
    }

    /// The loops that are known, each as it is now.
    pub(super) fn classes(&self) -> &[Id] {
        &self.classes
    }

    pub(super) fn body(&self, id: Id) -> &[Id] {
        match self.get(id) {
            Structure::Loop(body) => body,
            Structure::Leaf(_) => &[],
        }
    }

    /// The structure of an instruction.
    pub(super) fn leaf(&mut self, shape: u32, words: &Words) -> Id {
        let structure = Structure::Leaf(shape);
        if let Some(&id) = self.ids.get(&structure) {
            return id;
        }
        let places = words.places(shape, self.way == Way::Strict);
        let weight = if words.is_work(shape) { WORK } else { 1 };
        let rings = places.into_iter().map(|(_, ring)| ring).collect();
        self.add(Known { structure, rings, weight, start: words.start(shape) })
    }

    fn add(&mut self, known: Known) -> Id {
        let id = self.list.len() as Id;
        self.ids.insert(known.structure.clone(), id);
        self.list.push(known);
        id
    }

    /// The structure of a loop.
    pub(super) fn a_loop(&mut self, body: Vec<Id>) -> Id {
        let structure = Structure::Loop(body);
        if let Some(&id) = self.ids.get(&structure) {
            return id;
        }
        let body = match &structure {
            Structure::Loop(body) => &body[..],
            Structure::Leaf(_) => &[],
        };
        let rings = body.iter().flat_map(|&id| self.rings(id)).copied().collect();
        let weight = body.iter().map(|&id| self.weight(id)).sum();
        let start = body.first().map_or((0, 0), |&id| self.start(id));
        self.add(Known { structure, rings, weight, start })
    }

    /// Loops like this one become one with it.
    pub(super) fn unite(&mut self, id: Id) {
        if self.classes.contains(&id) {
            return;
        }
        let mut mine = id;
        if self.way != Way::Strict {
            for other in self.classes.clone() {
                let other = self.settled(other);
                if other != mine && self.unlike.insert((mine.min(other), mine.max(other))) {
                    mine = self.united(mine, other).unwrap_or(mine);
                }
            }
        }
        self.classes.push(mine);
        let settled: Vec<Id> =
            self.classes.clone().into_iter().map(|id| self.settled(id)).collect();
        self.classes.clear();
        for id in settled {
            if !self.classes.contains(&id) {
                self.classes.push(id);
            }
        }
    }

    /// One loop of two that are alike.
    fn united(&mut self, one: Id, other: Id) -> Option<Id> {
        let (body, more) = (self.body(one).to_vec(), self.body(other).to_vec());
        let pairs = align(&body, &more, |id| self.weight(id));
        let both = pairs.iter().filter(|(mine, its)| mine.is_some() && its.is_some());
        let same = both.filter_map(|(mine, _)| Some(self.weight(body[(*mine)?]))).sum();
        if !is_enough(same, self.weight(one), self.weight(other)) {
            return None;
        }
        let all = merged(&pairs, &body, &more);
        Some(self.grow([one, other], all, &pairs))
    }

    fn grow(&mut self, parts: [Id; 2], body: Vec<Id>, pairs: &[Pair]) -> Id {
        let whole = self.a_loop(body);
        let sides: [Vec<Option<usize>>; 2] =
            [pairs.iter().map(|pair| pair.0).collect(), pairs.iter().map(|pair| pair.1).collect()];
        for (part, origins) in parts.into_iter().zip(sides) {
            if part != whole && !self.grown.contains_key(&part) {
                self.grown.insert(part, (whole, origins));
            }
        }
        self.settled(whole)
    }

    /// What a structure has become.
    pub(super) fn settled(&mut self, id: Id) -> Id {
        if self.body(id).is_empty() {
            return id;
        }
        if let Some(&(whole, _)) = self.grown.get(&id) {
            return self.settled(whole);
        }
        let now = self.with_settled_parts(id);
        if now == id { id } else { self.settled(now) }
    }

    fn with_settled_parts(&mut self, id: Id) -> Id {
        let body = self.body(id).to_vec();
        let now: Vec<Id> = body.iter().map(|&part| self.settled(part)).collect();
        if now == body { id } else { self.a_loop(now) }
    }

    /// A node of what its structure has become.
    pub(super) fn settle(&mut self, node: &mut Node) {
        let id = self.settled(node.id);
        if id != node.id {
            let places = std::mem::take(&mut node.places);
            let run = node.run.take().unwrap_or_default();
            let (places, run) = (self.placed(node.id, places), self.rerun(node.id, run));
            *node = Node { id, places, run: Some(run) };
        }
    }

    fn placed(&mut self, id: Id, places: Vec<i64>) -> Vec<i64> {
        let mut rest = &places[..];
        let mut take = |structures: &Self, part: Id| {
            let (mine, others) = rest.split_at(structures.rings(part).len());
            rest = others;
            mine.to_vec()
        };
        let parts: Vec<Vec<i64>> = self.body(id).iter().map(|&part| take(self, part)).collect();
        if let Some((whole, origins)) = self.grown.get(&id) {
            let all = self.body(*whole).iter().zip(origins);
            let placed = all.flat_map(|(&part, origin)| match origin {
                Some(at) => parts[*at].clone(),
                None => vec![FREE; self.rings(part).len()],
            });
            let (whole, placed) = (*whole, placed.collect());
            return self.placed(whole, placed);
        }
        let now = self.with_settled_parts(id);
        if now == id {
            return places;
        }
        let body = self.body(id).to_vec();
        let parts =
            body.into_iter().zip(parts).flat_map(|(part, places)| self.placed(part, places));
        let placed = parts.collect();
        self.placed(now, placed)
    }

    fn rerun(&mut self, id: Id, mut run: Run) -> Run {
        let body = self.body(id).to_vec();
        if let Some((whole, origins)) = self.grown.get(&id) {
            let parts =
                (0..run.count).flat_map(|round| origins.iter().map(move |part| (round, part)));
            let was_run = |(round, part): (usize, &Option<usize>)| {
                part.is_some_and(|at| run.has(round * body.len() + at))
            };
            run.present = parts.map(was_run).collect();
            let whole = *whole;
            return self.rerun(whole, run);
        }
        let now = self.with_settled_parts(id);
        if now == id {
            return run;
        }
        let mut at = 0;
        for turn in 0..run.count * body.len() {
            let part = body[turn % body.len()];
            if run.has(turn) && matches!(self.get(part), Structure::Loop(_)) {
                let inner = std::mem::take(&mut run.inner[at]);
                run.inner[at] = self.rerun(part, inner);
                at += 1;
            }
        }
        self.rerun(now, run)
    }

    /// One body of those of all cores, and each core's run of it.
    pub(super) fn root(&mut self, cores: Vec<Vec<Node>>) -> (Vec<Id>, Vec<Run>) {
        let mut bodies: Vec<Vec<Id>> = Vec::new();
        for nodes in &cores {
            let body: Vec<Id> = nodes.iter().map(|node| node.id).collect();
            if !bodies.contains(&body) {
                bodies.push(body);
            }
        }
        bodies.sort_by_key(|body| std::cmp::Reverse(body.len()));
        // For each body, where its parts are in the one of all.
        let mut all: Vec<Id> = Vec::new();
        let mut places: Vec<Vec<usize>> = Vec::new();
        for body in &bodies {
            let pairs = align(&all, body, |id| self.weight(id));
            let moved = |at: usize| pairs.iter().position(|pair| pair.0 == Some(at));
            for places in &mut places {
                places.iter_mut().for_each(|at| *at = moved(*at).unwrap_or(*at));
            }
            let place = |at: usize| pairs.iter().position(|pair| pair.1 == Some(at));
            places.push((0..body.len()).filter_map(place).collect());
            all = merged(&pairs, &all, body);
        }
        let runs = cores.into_iter().map(|nodes| {
            let same = |body: &Vec<Id>| {
                body.len() == nodes.len()
                    && body.iter().zip(&nodes).all(|(id, node)| *id == node.id)
            };
            let mut present = vec![false; all.len()];
            if let Some(at) = bodies.iter().position(same) {
                places[at].iter().for_each(|at| present[*at] = true);
            }
            Run {
                count: 1,
                present,
                inner: nodes.into_iter().filter_map(|node| node.run).collect(),
            }
        });
        let runs = runs.collect();
        (all, runs)
    }
}

/// The parts of both, in order.
fn merged(pairs: &[Pair], one: &[Id], other: &[Id]) -> Vec<Id> {
    let part = |pair: &Pair| match *pair {
        (Some(at), _) => Some(one[at]),
        (None, Some(at)) => Some(other[at]),
        (None, None) => None,
    };
    pairs.iter().filter_map(part).collect()
}
