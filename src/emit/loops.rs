//! Loops found again in a straight line of instructions.
//!
//! A [`Node`] is an instruction or a loop; what is the same wherever it is repeated is its structure, which is kept once, and the rest
//! are numbers. Where so many nodes follow so many of the same structures, and each number goes on by a step of its own, they are the
//! iterations of a loop. The shortest repetitions are found first, so that inner loops are there before the outer ones.

use std::collections::HashMap;

use super::ring::Ring;
use super::when::When;
use super::words::{Text, Words};

/// The number of a structure.
pub(super) type Id = u32;

/// What does not change of a node.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Structure {
    /// An instruction of this shape.
    Leaf(u32),
    /// Its numbers are the count, and those of the body's nodes in the first iteration; each of these grows by its step.
    Loop { body: Vec<(Id, When)>, steps: Vec<i64> },
}

/// A node of a loop's body.
#[derive(Clone, Debug)]
struct Part {
    node: Node,
    steps: Vec<i64>,
    when: When,
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

/// Nodes that the first or the last iteration of a loop may have, or lack, beside those of the others.
const ODD: usize = 16;

/// A node, a part of a body, or one that is the other.
#[derive(Clone, Copy)]
enum Aligned<'a> {
    Both(&'a Part),
    Part(&'a Part),
    Node(&'a Node),
}

/// A node that is run in one iteration.
fn only(node: &Node, when: When) -> Part {
    Part { node: node.clone(), steps: vec![0; node.numbers.len()], when }
}

/// Distances that are tried at once. Where a kernel repeats itself there are few.
const DISTANCES: usize = 512;

impl Structures {
    pub(super) fn get(&self, id: Id) -> &Structure {
        &self.list[id as usize]
    }

    #[cfg(test)]
    pub(super) fn get_mut(&mut self, id: Id) -> &mut Structure {
        &mut self.list[id as usize]
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
    pub(super) fn nodes(&mut self, text: &Text, words: &Words) -> Vec<Node> {
        let mut leaves: HashMap<u32, Id> = HashMap::new();
        let mut nodes = Vec::with_capacity(text.words.len());
        for &word in &text.words {
            let id = *leaves.entry(word.shape).or_insert_with(|| {
                let start = words.start(word.shape);
                let rings = words.rings(word.shape);
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
            let mut parts = self.parts(&nodes[start..start + distance], &steps);
            at = start + times * distance;
            let before = self.first_iteration(out, &mut parts);
            let behind = self.last_iteration(&nodes[at..], &mut parts, (times + before) as i64);
            at += behind;
            kept = at;
            out.push(self.make_loop(&parts, times + before + usize::from(behind > 0)));
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

    fn parts(&self, body: &[Node], steps: &[i64]) -> Vec<Part> {
        let mut rest = steps;
        let part = |node: &Node| {
            let (mine, others) = rest.split_at(node.numbers.len());
            rest = others;
            Part { node: node.clone(), steps: mine.to_vec(), when: When::ALWAYS }
        };
        body.iter().map(part).collect()
    }

    /// Whether `node` is what `part` does in iteration `time`.
    fn is_at(&self, part: &Part, node: &Node, time: i64) -> bool {
        let numbers = part.node.numbers.iter().zip(&part.steps).zip(&node.numbers);
        part.node.id == node.id
            && numbers
                .zip(self.rings(node.id))
                .all(|(((&from, &step), &to), ring)| ring.after(from, step * time) == to)
    }

    fn moved(&self, part: &Part, time: i64) -> Part {
        let numbers = part.node.numbers.iter().zip(&part.steps).zip(self.rings(part.node.id));
        let numbers = numbers.map(|((&from, &step), ring)| ring.after(from, step * time)).collect();
        Part { node: Node { id: part.node.id, numbers }, ..part.clone() }
    }

    /// What stands before a loop may be its first iteration but for a few nodes: 1 if it is, and taken into the loop.
    fn first_iteration(&self, out: &mut Vec<Node>, parts: &mut Vec<Part>) -> usize {
        let before: Vec<&Node> = out.iter().rev().take(parts.len() + ODD).collect();
        let body: Vec<&Part> = parts.iter().rev().collect();
        let Some((taken, mut aligned)) = self.align(&before, &body, -1) else { return 0 };
        aligned.reverse();
        *parts = aligned
            .into_iter()
            .map(|pair| match pair {
                Aligned::Both(part) => self.moved(part, -1),
                Aligned::Part(part) => {
                    let when = When { first: false, ..part.when };
                    Part { when, ..self.moved(part, -1) }
                }
                Aligned::Node(node) => only(node, When::FIRST),
            })
            .collect();
        out.truncate(out.len() - taken);
        1
    }

    /// The same for what stands behind it: how many nodes were taken in.
    fn last_iteration(&self, behind: &[Node], parts: &mut Vec<Part>, times: i64) -> usize {
        let behind: Vec<&Node> = behind.iter().take(parts.len() + ODD).collect();
        // What is run in the first iteration alone is not missed in the last.
        let body: Vec<&Part> = parts.iter().filter(|part| part.when != When::FIRST).collect();
        let Some((taken, aligned)) = self.align(&behind, &body, times) else { return 0 };
        // What comes before all that the others do is the beginning of something else.
        if matches!(aligned.first(), Some(Aligned::Node(_))) {
            return 0;
        }
        let mut firsts = parts.iter().peekable();
        let mut all = Vec::new();
        for pair in aligned {
            if let Aligned::Both(part) | Aligned::Part(part) = pair {
                while let Some(first) = firsts.next_if(|first| first.when == When::FIRST) {
                    all.push(first.clone());
                }
                firsts.next();
                let last = matches!(pair, Aligned::Both(_)) && part.when.last;
                all.push(Part { when: When { last, ..part.when }, ..part.clone() });
            } else if let Aligned::Node(node) = pair {
                all.push(only(node, When::LAST));
            }
        }
        all.extend(firsts.cloned());
        *parts = all;
        taken
    }

    /// Nodes in a row and a body beside each other, with few that are in one of the two alone: how many nodes were used.
    fn align<'a>(
        &self,
        nodes: &[&'a Node],
        body: &[&'a Part],
        time: i64,
    ) -> Option<(usize, Vec<Aligned<'a>>)> {
        let (mut node, mut part, mut odd, mut aligned) = (0, 0, 0, Vec::new());
        while part < body.len() {
            let fits = |&(skipped, missing): &(usize, usize)| {
                let pair = nodes.get(node + skipped).zip(body.get(part + missing));
                pair.is_some_and(|(node, part)| self.is_at(part, node, time))
            };
            let ways =
                (0..=ODD).flat_map(|all| (0..=all).map(move |skipped| (skipped, all - skipped)));
            let (skipped, missing) =
                ways.take_while(|way| odd + way.0 + way.1 <= ODD).find(fits)?;
            let (skips, misses) = (&nodes[node..node + skipped], &body[part..part + missing]);
            if skips
                .iter()
                .any(|node| misses.iter().any(|part| self.is_elsewhere(part, node, time)))
            {
                return None;
            }
            odd += skipped + missing;
            aligned.extend(nodes[node..node + skipped].iter().map(|node| Aligned::Node(node)));
            aligned.extend(body[part..part + missing].iter().map(|part| Aligned::Part(part)));
            (node, part) = (node + skipped, part + missing);
            aligned.push(Aligned::Both(body[part]));
            (node, part) = (node + 1, part + 1);
        }
        (odd > 0 && 2 * odd < body.len()).then_some((node, aligned))
    }

    /// Whether both do one thing to different places in memory, or in turn: then another loop begins between them.
    fn is_elsewhere(&self, part: &Part, node: &Node, time: i64) -> bool {
        let numbers = part.node.numbers.iter().zip(&part.steps).zip(&node.numbers);
        part.node.id == node.id
            && numbers.zip(self.rings(node.id)).any(|(((&from, &step), &to), ring)| {
                ring.count < 2 && ring.after(from, step * time) != to
            })
    }

    fn make_loop(&mut self, parts: &[Part], times: usize) -> Node {
        let mut numbers = vec![times as i64];
        let (mut rings, mut steps) = (vec![Ring::NONE], Vec::new());
        for part in parts {
            numbers.extend_from_slice(&part.node.numbers);
            rings.extend_from_slice(self.rings(part.node.id));
            steps.extend_from_slice(&part.steps);
        }
        let start = parts.first().map_or((0, 0), |part| self.starts[part.node.id as usize]);
        let body = parts.iter().map(|part| (part.node.id, part.when)).collect();
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
            body.iter().all(|&(id, when)| {
                let (mine, others) = rest.split_at(self.rings(id).len());
                rest = others;
                !when.holds(time, numbers[0]) || self.expand(id, mine, each)
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
