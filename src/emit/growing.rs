//! A loop to which rounds are added, before and behind, that need not be the same.

use super::ring::Ring;
use super::structures::{FREE, Id, Node, Run, Structures, is_enough};

/// Parts that a round may have, or lack, beside those of the others.
const ODD: usize = 24;

/// Where a part works in each round.
#[derive(Clone, Debug, Default)]
pub(super) struct Track {
    first: Option<(i64, Vec<i64>)>,
    /// By how much each place goes on; free, where that is not known.
    steps: Option<Vec<i64>>,
}

impl Track {
    /// Whether it may be at `places` in round `time`.
    pub(super) fn fits(&self, places: &[i64], time: i64, rings: &[Ring]) -> bool {
        let (Some((first, from)), Some(steps)) = (&self.first, &self.steps) else { return true };
        let each = from.iter().zip(steps).zip(places).zip(rings);
        each.into_iter().all(|(((&from, &step), &to), ring)| {
            [from, step, to].contains(&FREE) || ring.after(from, step * (time - first)) == to
        })
    }

    pub(super) fn add(&mut self, places: &[i64], time: i64, rings: &[Ring]) {
        let Some((first, from)) = &self.first else {
            self.first = Some((time, places.to_vec()));
            return;
        };
        if self.steps.is_none() {
            let rounds = time - first;
            let step = |((&from, &to), ring): ((&i64, &i64), &Ring)| {
                if from == FREE || to == FREE {
                    return FREE;
                }
                match ring.step(from, to) {
                    step if rounds == 1 => step,
                    step if ring.count < 2 && step % rounds == 0 => step / rounds,
                    _ => FREE,
                }
            };
            self.steps = Some(from.iter().zip(places).zip(rings).map(step).collect());
        }
    }
}

/// A loop, while rounds are added to it.
pub(super) struct Growing {
    body: Vec<Id>,
    tracks: Vec<Track>,
    /// The parts of each round, in order; and the number of the first one.
    rounds: Vec<Vec<Option<Node>>>,
    pub(super) first: i64,
}

/// A node of a round, and the part that it is; a part that the round has not; or a node that is no part.
#[derive(Clone, Copy)]
pub(super) enum Beside {
    Both(usize, usize),
    Part(usize),
    Node(usize),
}

impl Growing {
    pub(super) fn new(body: Vec<Id>) -> Self {
        let tracks = vec![Track::default(); body.len()];
        Growing { body, tracks, rounds: Vec::new(), first: 0 }
    }

    pub(super) fn end(&self) -> i64 {
        self.first + self.rounds.len() as i64
    }

    /// A round with all parts.
    pub(super) fn add(&mut self, structures: &Structures, nodes: Vec<Node>) {
        let time = self.end();
        for (node, track) in nodes.iter().zip(&mut self.tracks) {
            track.add(&node.places, time, structures.rings(node.id));
        }
        self.rounds.push(nodes.into_iter().map(Some).collect());
    }

    /// Nodes beside the body in round `time`, with few that are in one of the two alone. The nodes are given from where the loop is.
    pub(super) fn beside<'n>(
        &self,
        structures: &Structures,
        node: impl Fn(usize) -> Option<&'n Node>,
        time: i64,
        backwards: bool,
    ) -> Option<Vec<Beside>> {
        let count = self.body.len();
        let part = |at: usize| if backwards { count - 1 - at } else { at };
        let is_same = |n: usize, p: usize| node(n).is_some_and(|n| n.id == self.body[part(p)]);
        let is_there = |n: usize, p: usize| {
            let rings = structures.rings(self.body[part(p)]);
            node(n).is_some_and(|n| self.tracks[part(p)].fits(&n.places, time, rings))
        };
        let (mut n, mut p, mut odd, mut all) = (0, 0, 0, Vec::new());
        let (mut same, mut mine) = (0, 0);
        while p < count {
            let fits = |&(skips, misses): &(usize, usize)| {
                // What comes before all that the others do is the beginning of something else.
                p + misses < count
                    && (n > 0 || skips == 0)
                    && is_same(n + skips, p + misses)
                    && is_there(n + skips, p + misses)
            };
            let ways =
                (0..=ODD - odd).flat_map(|all| (0..=all).map(move |skips| (skips, all - skips)));
            let Some((skips, misses)) = ways.into_iter().find(fits) else {
                if n == 0 {
                    return None;
                }
                all.extend((p..count).map(|p| Beside::Part(part(p))));
                break;
            };
            // One thing at different places: another loop begins between them.
            if (n..n + skips).any(|n| (p..p + misses).any(|p| is_same(n, p))) {
                return None;
            }
            odd += skips + misses;
            // What the earlier of the rounds does comes first.
            all.extend((p..p + misses).map(|p| Beside::Part(part(p))));
            all.extend((n..n + skips).map(Beside::Node));
            mine +=
                (n..n + skips).filter_map(&node).map(|n| structures.weight(n.id)).sum::<usize>();
            (n, p) = (n + skips, p + misses);
            all.push(Beside::Both(n, part(p)));
            same += structures.weight(self.body[part(p)]);
            (n, p) = (n + 1, p + 1);
        }
        let whole = self.body.iter().map(|&id| structures.weight(id)).sum();
        is_enough(same, same + mine, whole).then_some(all)
    }

    /// Adds a round that was found to be one; `take` gives each of its nodes. Says how many there were.
    pub(super) fn put(
        &mut self,
        structures: &Structures,
        mut beside: Vec<Beside>,
        backwards: bool,
        mut take: impl FnMut(usize) -> Node,
    ) -> usize {
        let time = if backwards { self.first - 1 } else { self.end() };
        if backwards {
            beside.reverse();
        }
        let (mut body, mut tracks, mut round) = (Vec::new(), Vec::new(), Vec::new());
        // Where the parts were.
        let mut origins = Vec::new();
        for pair in beside {
            let (node, part) = match pair {
                Beside::Both(node, part) => (Some(take(node)), Some(part)),
                Beside::Part(part) => (None, Some(part)),
                Beside::Node(node) => (Some(take(node)), None),
            };
            let mut track = part.map_or_else(Track::default, |at| self.tracks[at].clone());
            if let Some(node) = &node {
                track.add(&node.places, time, structures.rings(node.id));
            }
            body.push(match (&node, part) {
                (_, Some(at)) => self.body[at],
                (Some(node), None) => node.id,
                (None, None) => continue,
            });
            tracks.push(track);
            round.push(node);
            origins.push(part);
        }
        let used = round.iter().flatten().count();
        if body.len() > self.body.len() {
            for round in &mut self.rounds {
                let mut old: Vec<Option<Node>> = std::mem::take(round);
                let moved = |at: &Option<usize>| at.and_then(|at| old[at].take());
                *round = origins.iter().map(moved).collect();
            }
        }
        (self.body, self.tracks) = (body, tracks);
        if backwards {
            self.rounds.insert(0, round);
            self.first = time;
        } else {
            self.rounds.push(round);
        }
        used
    }

    pub(super) fn into_node(self, structures: &mut Structures) -> Node {
        let Growing { body, rounds, .. } = self;
        let mut places = Vec::new();
        for (&id, node) in body.iter().zip(&rounds[0]) {
            match node {
                Some(node) => places.extend_from_slice(&node.places),
                None => places.extend(std::iter::repeat_n(FREE, structures.rings(id).len())),
            }
        }
        let count = rounds.len();
        let present: Vec<bool> = rounds.iter().flatten().map(Option::is_some).collect();
        let present = if present.iter().all(|run| *run) { Vec::new() } else { present };
        let inner = rounds.into_iter().flatten().flatten().filter_map(|node| node.run).collect();
        let id = structures.a_loop(body);
        structures.unite(id);
        let mut node = Node { id, places, run: Some(Run { count, present, inner }) };
        structures.settle(&mut node);
        node
    }
}
