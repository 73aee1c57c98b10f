//! Loops found again in a straight line of instructions.
//!
//! A [`Node`] is an instruction or a loop; what is the same wherever it is repeated is its structure, which is kept once, and the rest
//! are numbers. Where so many nodes follow so many of the same structures, and each number goes on by a step of its own, they are the
//! iterations of a loop. The shortest repetitions are found first, so that inner loops are there before the outer ones.

use std::collections::HashMap;

use super::fields::Fields;
use super::words::{Text, Words};

/// The number of a structure.
pub(super) type Id = u32;

/// A number that goes round: `count` values from `first` on; one that does not, for a count of less than 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Ring {
    pub(super) first: i64,
    pub(super) count: i64,
}

impl Ring {
    pub(super) const NONE: Ring = Ring { first: 0, count: 0 };

    /// From `from` to `to`.
    pub(super) fn step(self, from: i64, to: i64) -> i64 {
        if self.count > 1 { (to - from).rem_euclid(self.count) } else { to - from }
    }

    /// `steps` further.
    pub(super) fn after(self, value: i64, steps: i64) -> i64 {
        if self.count > 1 {
            self.first + (value - self.first + steps).rem_euclid(self.count)
        } else {
            value + steps
        }
    }
}

/// What does not change of a node.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Structure {
    /// An instruction of this shape.
    Leaf(u32),
    /// Its numbers are the count, and those of the body's nodes in the first iteration; each of these grows by its step.
    Loop { body: Vec<Id>, steps: Vec<i64> },
}

/// An instruction, or a loop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) id: Id,
    pub(super) numbers: Vec<i64>,
}

/// All structures of a launch.
#[derive(Debug, Default)]
pub(super) struct Structures {
    list: Vec<Structure>,
    known: HashMap<Structure, Id>,
    rings: Vec<Vec<Ring>>,
    /// File and line at which it starts.
    starts: Vec<(u32, u32)>,
}

/// Distances that are tried at once. Where a kernel repeats itself there are few.
const DISTANCES: usize = 512;

impl Structures {
    pub(super) fn get(&self, id: Id) -> &Structure {
        &self.list[id as usize]
    }

    /// How many numbers it has, and which of them go round.
    pub(super) fn rings(&self, id: Id) -> &[Ring] {
        &self.rings[id as usize]
    }

    fn intern(&mut self, structure: Structure, rings: Vec<Ring>, start: (u32, u32)) -> Id {
        if let Some(&id) = self.known.get(&structure) {
            return id;
        }
        let id = self.list.len() as Id;
        self.list.push(structure.clone());
        self.known.insert(structure, id);
        self.rings.push(rings);
        self.starts.push(start);
        id
    }

    /// The nodes of a block, with loops where it repeats itself.
    pub(super) fn nodes(&mut self, text: &Text, words: &Words, fields: &Fields) -> Vec<Node> {
        let mut leaves: HashMap<u32, Id> = HashMap::new();
        let mut nodes = Vec::with_capacity(text.words.len());
        for &word in &text.words {
            let id = *leaves.entry(word.shape).or_insert_with(|| {
                let start = words.start(word.shape);
                let rings = words.rings(word.shape, fields);
                self.intern(Structure::Leaf(word.shape), rings, start)
            });
            nodes.push(Node { id, numbers: text.numbers(word).to_vec() });
        }
        self.fold(nodes)
    }

    /// Folds until nothing repeats itself.
    fn fold(&mut self, mut nodes: Vec<Node>) -> Vec<Node> {
        while let Some(folded) =
            distances(&nodes).into_iter().find_map(|distance| self.fold_at(&nodes, distance))
        {
            nodes = folded;
        }
        nodes
    }

    /// Makes loops of what repeats itself after `distance` nodes; nothing, if that is nowhere so.
    fn fold_at(&mut self, nodes: &[Node], distance: usize) -> Option<Vec<Node>> {
        let mut folded: Option<Vec<Node>> = None;
        let (mut at, mut kept) = (0, 0);
        while at + 2 * distance <= nodes.len() {
            let same = |i: &usize| nodes[*i].id == nodes[*i - distance].id;
            let run = (at + distance..nodes.len()).take_while(same).count();
            if run < distance {
                at += run + 1;
                continue;
            }
            let start = at + self.offset(&nodes[at..at + distance], run % distance);
            let end = at + distance + run;
            let (mut start, mut times, mut steps) = {
                let (times, steps) = self.iterations(&nodes[start..end], distance);
                (start, times, steps)
            };
            // The first may be one that is like no other.
            if times == 2 && start + 4 * distance <= end {
                let (later, others) = self.iterations(&nodes[start + distance..end], distance);
                if later > 2 {
                    (start, times, steps) = (start + distance, later, others);
                }
            }
            let out = folded.get_or_insert_default();
            out.extend_from_slice(&nodes[kept..start]);
            out.push(self.make_loop(&nodes[start..start + distance], times, steps));
            at = start + times * distance;
            kept = at;
        }
        let mut folded = folded?;
        folded.extend_from_slice(&nodes[kept..]);
        Some(folded)
    }

    /// Which of the first nodes of a repetition starts it, of as many as may: the one that stands first in the source.
    fn offset(&self, cycle: &[Node], most: usize) -> usize {
        let start = |index: usize| self.starts[cycle[index].id as usize];
        let file = start(0).0;
        if (0..cycle.len()).any(|index| start(index).0 != file) {
            return 0;
        }
        let first = (0..cycle.len()).map(start).min().unwrap_or_default();
        let begins = |index: &usize| {
            let before = (index + cycle.len() - 1) % cycle.len();
            start(*index) == first && (cycle.len() == 1 || start(before) != first)
        };
        (0..=most).find(begins).unwrap_or(0)
    }

    /// How many iterations from the first on go by the same steps, and these.
    fn iterations(&self, nodes: &[Node], distance: usize) -> (usize, Vec<i64>) {
        let mut steps = Vec::new();
        for (one, other) in nodes[..distance].iter().zip(&nodes[distance..]) {
            let pairs = one.numbers.iter().zip(&other.numbers).zip(self.rings(one.id));
            steps.extend(pairs.map(|((&from, &to), ring)| ring.step(from, to)));
        }
        let goes_on = |at: usize| {
            let mut number = 0;
            (at..at + distance).all(|index| {
                let (from, to) = (&nodes[index - distance], &nodes[index]);
                let pairs = from.numbers.iter().zip(&to.numbers).zip(self.rings(from.id));
                let steps = &steps[number..];
                number += from.numbers.len();
                pairs.zip(steps).all(|(((&from, &to), ring), &step)| ring.after(from, step) == to)
            })
        };
        let times = (2..nodes.len() / distance).take_while(|time| goes_on(time * distance)).count();
        (2 + times, steps)
    }

    fn make_loop(&mut self, body: &[Node], times: usize, steps: Vec<i64>) -> Node {
        let mut numbers = vec![times as i64];
        let mut rings = vec![Ring::NONE];
        for node in body {
            numbers.extend_from_slice(&node.numbers);
            rings.extend_from_slice(self.rings(node.id));
        }
        let start = self.starts[body[0].id as usize];
        let body = body.iter().map(|node| node.id).collect();
        Node { id: self.intern(Structure::Loop { body, steps }, rings, start), numbers }
    }

    /// Calls `each` with the shape and the numbers of every instruction, as a device would run them; stops where it says no.
    pub(super) fn expand(
        &self,
        id: Id,
        numbers: &[i64],
        each: &mut impl FnMut(u32, &[i64]) -> bool,
    ) -> bool {
        let (body, steps) = match self.get(id) {
            Structure::Leaf(shape) => return each(*shape, numbers),
            Structure::Loop { body, steps } => (body, steps),
        };
        let mut now = numbers[1..].to_vec();
        let rings = &self.rings(id)[1..];
        (0..numbers[0]).all(|time| {
            if time > 0 {
                for ((now, ring), step) in now.iter_mut().zip(rings).zip(steps) {
                    *now = ring.after(*now, *step);
                }
            }
            let mut rest = &now[..];
            body.iter().all(|&id| {
                let (mine, others) = rest.split_at(self.rings(id).len());
                rest = others;
                self.expand(id, mine, each)
            })
        })
    }
}

/// How far back nodes of the same structure stand, the nearest first.
fn distances(nodes: &[Node]) -> Vec<usize> {
    let mut last: HashMap<Id, usize> = HashMap::new();
    let mut seen = Vec::new();
    for (at, node) in nodes.iter().enumerate() {
        if let Some(before) = last.insert(node.id, at) {
            seen.push(at - before);
        }
    }
    seen.sort_unstable();
    seen.dedup();
    seen.truncate(DISTANCES);
    seen
}
