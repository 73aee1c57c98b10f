//! Loops found again in a straight line of instructions.
//!
//! Where so many nodes follow so many of the same structures, and where they work goes on by steps, they are the rounds of a loop. The
//! shortest repetitions are found first, so that inner loops are there before the outer ones. What stands before and behind a loop is
//! another round of it if it is one but for a few parts; and one round of a loop that is known from elsewhere is that loop, run once.

use std::collections::{HashMap, HashSet};

use super::growing::{Beside, Growing, Track};
use super::structures::{Id, Node, Structures, Way};
use super::words::{Text, Words};

/// Distances that are tried at once. Where a kernel repeats itself there are few.
const DISTANCES: usize = 512;
/// The weight from which on a loop is known again where it runs once.
const KNOWN: usize = 6;
/// The shortest two rounds that are not the same and yet a loop.
const SIMILAR: usize = 4;

impl Structures {
    /// The nodes of a core, with loops where it repeats itself.
    pub(super) fn nodes(&mut self, text: &Text, words: &Words) -> Vec<Node> {
        let mut leaves: HashMap<u32, (Id, Vec<usize>)> = HashMap::new();
        let mut nodes = Vec::with_capacity(text.words.len());
        for &word in &text.words {
            let (id, places) = leaves.entry(word.shape).or_insert_with(|| {
                let places = words.places(word.shape, self.way == Way::Strict);
                (self.leaf(word.shape, words), places.into_iter().map(|(at, _)| at).collect())
            });
            let numbers = text.numbers(word);
            let places = places.iter().map(|&at| numbers[at]).collect();
            nodes.push(Node { id: *id, places, run: None });
        }
        self.fold(nodes)
    }

    /// Folds until nothing repeats itself.
    fn fold(&mut self, mut nodes: Vec<Node>) -> Vec<Node> {
        loop {
            nodes.iter_mut().for_each(|node| self.settle(node));
            if self.way == Way::KnownFirst {
                let is_known;
                (nodes, is_known) = self.known_again(nodes);
                if is_known {
                    continue;
                }
            }
            let found = distances(&nodes).into_iter().find_map(|distance| {
                if repeats(&nodes, distance) {
                    return Some((distance, None));
                }
                self.similar(&nodes, distance).map(|round| (distance, Some(round)))
            });
            nodes = match found {
                None if self.way == Way::KnownLast => {
                    let (nodes, is_known) = self.known_again(nodes);
                    if !is_known {
                        return nodes;
                    }
                    nodes
                }
                None => return nodes,
                Some((distance, None)) => self.fold_at(nodes, distance),
                Some((_, Some((at, end)))) => self.fold_similar(nodes, at, end),
            };
        }
    }

    /// Makes loops of what repeats itself after `distance` nodes.
    fn fold_at(&mut self, mut nodes: Vec<Node>, distance: usize) -> Vec<Node> {
        let mut out: Vec<Node> = Vec::with_capacity(nodes.len());
        let (mut at, mut kept) = (0, 0);
        while at + 2 * distance <= nodes.len() {
            let same = |i: &usize| nodes[*i].id == nodes[*i - distance].id;
            let run = (at + distance..nodes.len()).take_while(same).count();
            if run < distance {
                at += run + 1;
                continue;
            }
            let mut start = at + self.offset(&nodes[at..at + distance], run % distance);
            let end = at + distance + run;
            let mut times = self.rounds(&nodes[start..end], distance);
            // The first may be at a place that is like no other.
            let mut is_odd = false;
            if times == 2 && start + 4 * distance <= end {
                let later = self.rounds(&nodes[start + distance..end], distance);
                if later > 2 {
                    (start, times, is_odd) = (start + distance, later, true);
                }
            }
            out.extend(nodes[kept..start].iter_mut().map(std::mem::take));
            let mut growing =
                Growing::new(nodes[start..start + distance].iter().map(|n| n.id).collect());
            for time in 0..times {
                let first = start + time * distance;
                let round = nodes[first..first + distance].iter_mut().map(std::mem::take);
                growing.add(self, round.collect());
            }
            if is_odd && self.way != Way::Strict {
                let all =
                    (0..distance).rev().map(|at| Beside::Both(distance - 1 - at, at)).collect();
                let end = out.len();
                let used = growing.put(self, all, true, |n| std::mem::take(&mut out[end - 1 - n]));
                out.truncate(end - used);
            }
            kept = self.extend(&mut growing, &mut out, &mut nodes, start + times * distance);
            at = kept;
            out.push(growing.into_node(self));
        }
        out.extend(nodes[kept..].iter_mut().map(std::mem::take));
        out
    }

    /// Takes in what stands before and behind a loop: where the next node is then.
    fn extend(
        &self,
        growing: &mut Growing,
        out: &mut Vec<Node>,
        nodes: &mut [Node],
        mut at: usize,
    ) -> usize {
        if self.way == Way::Strict {
            return at;
        }
        loop {
            let end = out.len();
            let node = |n: usize| end.checked_sub(n + 1).map(|at| &out[at]);
            let Some(beside) = growing.beside(self, node, growing.first - 1, true) else { break };
            let used = growing.put(self, beside, true, |n| std::mem::take(&mut out[end - 1 - n]));
            out.truncate(end - used);
        }
        loop {
            let node = |n: usize| nodes.get(at + n);
            let Some(beside) = growing.beside(self, node, growing.end(), false) else { break };
            at += growing.put(self, beside, false, |n| std::mem::take(&mut nodes[at + n]));
        }
        at
    }

    /// Makes loops of rounds of loops that are known, where they run alone; whether there were any.
    fn known_again(&mut self, mut nodes: Vec<Node>) -> (Vec<Node>, bool) {
        let mut classes = self.classes().to_vec();
        classes.retain(|&id| self.weight(id) >= KNOWN);
        classes.sort_by_key(|&id| std::cmp::Reverse(self.weight(id)));
        let mut starts: HashSet<Id> = HashSet::new();
        classes.iter().for_each(|&id| starts.extend(self.body(id)));
        let mut out: Vec<Node> = Vec::with_capacity(nodes.len());
        let (mut at, mut is_known) = (0, false);
        while at < nodes.len() {
            let found = classes.iter().filter(|_| starts.contains(&nodes[at].id)).find_map(|&id| {
                let growing = Growing::new(self.body(id).to_vec());
                let beside = growing.beside(self, |n| nodes.get(at + n), 0, false)?;
                Some((growing, beside))
            });
            let Some((mut growing, beside)) = found else {
                out.push(std::mem::take(&mut nodes[at]));
                at += 1;
                continue;
            };
            let used = growing.put(self, beside, false, |n| std::mem::take(&mut nodes[at + n]));
            at = self.extend(&mut growing, &mut out, &mut nodes, at + used);
            out.push(growing.into_node(self));
            is_known = true;
            if classes.iter().any(|id| !self.classes().contains(id)) {
                // One has become another loop: what is behind is looked at anew.
                break;
            }
        }
        out.extend(nodes[at..].iter_mut().map(std::mem::take));
        (out, is_known)
    }

    /// Where two rounds follow each other that are alike but not the same.
    fn similar(&self, nodes: &[Node], distance: usize) -> Option<(usize, usize)> {
        if self.way == Way::Strict || distance < SIMILAR {
            return None;
        }
        let is_loop = |at: usize, end: usize| {
            let growing = Growing::new(nodes[at..end].iter().map(|n| n.id).collect());
            growing.beside(self, |n| nodes.get(end + n), 0, false).is_some()
        };
        let starts = (0..nodes.len().saturating_sub(distance))
            .filter(|&at| nodes[at].id == nodes[at + distance].id);
        starts.into_iter().find_map(|at| {
            if !is_loop(at, at + distance) {
                return None;
            }
            // A round begins with what stands first in the source.
            let (from, to) = (at.saturating_sub(distance), at + distance);
            let start = |at: usize| self.start(nodes[at].id);
            let first = (from..to).map(start).min()?;
            let begins =
                (from..to).filter(|&at| start(at) == first && (at == 0 || start(at - 1) != first));
            let better = begins.into_iter().find_map(|at| {
                let same = |end: &usize| nodes[*end].id == nodes[at].id;
                let end = (at + distance / 2..nodes.len().min(at + 2 * distance)).find(same)?;
                (end >= at + SIMILAR && is_loop(at, end)).then_some((at, end))
            });
            Some(better.unwrap_or((at, at + distance)))
        })
    }

    fn fold_similar(&mut self, mut nodes: Vec<Node>, at: usize, end: usize) -> Vec<Node> {
        let behind = nodes.split_off(end);
        let round = nodes.split_off(at);
        let (mut out, mut nodes) = (nodes, behind);
        let mut growing = Growing::new(round.iter().map(|n| n.id).collect());
        growing.add(self, round);
        let at = self.extend(&mut growing, &mut out, &mut nodes, 0);
        out.push(growing.into_node(self));
        out.extend(nodes[at..].iter_mut().map(std::mem::take));
        out
    }

    /// Which of the first nodes of a repetition starts it, of as many as may: the one that stands first in the source.
    fn offset(&self, cycle: &[Node], most: usize) -> usize {
        let start = |index: usize| self.start(cycle[index].id);
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

    /// How many rounds from the first on go by the same steps.
    fn rounds(&self, nodes: &[Node], distance: usize) -> usize {
        let mut tracks = vec![Track::default(); distance];
        for (at, node) in nodes.iter().enumerate() {
            let (track, time, rings) =
                (&mut tracks[at % distance], at / distance, self.rings(node.id));
            if !track.fits(&node.places, time as i64, rings) {
                return time;
            }
            if time < 2 {
                track.add(&node.places, time as i64, rings);
            }
        }
        nodes.len() / distance
    }
}

/// Whether so many nodes are somewhere the same as those before them.
fn repeats(nodes: &[Node], distance: usize) -> bool {
    let mut run = 0;
    (distance..nodes.len()).any(|at| {
        run = if nodes[at].id == nodes[at - distance].id { run + 1 } else { 0 };
        run == distance
    })
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
