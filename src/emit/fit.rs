//! Cores that have less to do than others: loops of the others that they run once, or never.

use super::loops::{Id, Node, Structure, Structures};

/// A number of what is not run.
pub(super) const FREE: i64 = i64::MIN;
/// Bodies that others are fitted to, and steps of one fitting.
const BODIES: usize = 8;
const STEPS: usize = 10_000;

/// Gives cores the body of another one, where that does the same with loops that are run once or never.
pub(super) fn alike(structures: &Structures, cores: &[Vec<Node>]) -> Vec<Vec<Node>> {
    let ids = |nodes: &[Node]| nodes.iter().map(|node| node.id).collect::<Vec<Id>>();
    let loops = |body: &[Id]| {
        body.iter().filter(|id| matches!(structures.get(**id), Structure::Loop { .. })).count()
    };
    let mut bodies: Vec<Vec<Id>> = Vec::new();
    for nodes in cores {
        let body = ids(nodes);
        if bodies.len() <= BODIES && !bodies.contains(&body) {
            bodies.push(body);
        }
    }
    if bodies.len() < 2 || bodies.len() > BODIES {
        return cores.to_vec();
    }
    // Those with the most loops first: what is fitted to one stays so.
    bodies.sort_by_key(|body| (std::cmp::Reverse(loops(body)), body.len()));
    let fitted = |nodes: &Vec<Node>| {
        let body = ids(nodes);
        let mut others = bodies.iter().take_while(|other| **other != body);
        others.find_map(|other| fit(structures, nodes, other)).unwrap_or_else(|| nodes.clone())
    };
    cores.iter().map(fitted).collect()
}

/// `nodes` with the body `body`.
fn fit(structures: &Structures, nodes: &[Node], body: &[Id]) -> Option<Vec<Node>> {
    let mut fitting = Fitting { structures, nodes, steps: STEPS };
    let mut fitted = Vec::new();
    let used = fitting.from(0, body, true, &mut fitted)?;
    (used == nodes.len()).then_some(fitted)
}

struct Fitting<'f> {
    structures: &'f Structures,
    nodes: &'f [Node],
    steps: usize,
}

impl Fitting<'_> {
    /// Fits the nodes from `at` on, all of them where `whole`; where the next one is then.
    fn from(
        &mut self,
        mut at: usize,
        body: &[Id],
        whole: bool,
        fitted: &mut Vec<Node>,
    ) -> Option<usize> {
        for (index, &id) in body.iter().enumerate() {
            self.steps = self.steps.checked_sub(1)?;
            let is_it = self.nodes.get(at).is_some_and(|node| node.id == id);
            let Structure::Loop { body: parts, .. } = self.structures.get(id) else {
                if !is_it {
                    return None;
                }
                fitted.push(self.nodes[at].clone());
                at += 1;
                continue;
            };
            let parts = parts.clone();
            let numbers = self.structures.rings(id).len();
            let never = || {
                let mut numbers = vec![FREE; numbers];
                numbers[0] = 0;
                (Node { id, numbers }, at)
            };
            let as_it_is = is_it.then(|| (self.nodes[at].clone(), at + 1));
            let once = self.once(id, &parts, at);
            for (node, next) in as_it_is.into_iter().chain(once).chain([never()]) {
                let before = fitted.len();
                fitted.push(node);
                match self.from(next, &body[index + 1..], whole, fitted) {
                    Some(end) => return Some(end),
                    None => fitted.truncate(before),
                }
            }
            return None;
        }
        (!whole || at == self.nodes.len()).then_some(at)
    }

    /// The loop `id`, run once.
    fn once(
        &mut self,
        id: Id,
        parts: &[(Id, super::when::When)],
        at: usize,
    ) -> Option<(Node, usize)> {
        let run: Vec<Id> =
            parts.iter().filter(|(_, when)| when.holds(0, 1)).map(|(id, _)| *id).collect();
        let mut fitted = Vec::new();
        let next = self.from(at, &run, false, &mut fitted)?;
        if next == at {
            return None;
        }
        let (mut numbers, mut fitted) = (vec![1], fitted.into_iter());
        for (part, when) in parts {
            match when.holds(0, 1) {
                true => numbers.extend(fitted.next()?.numbers),
                false => numbers.extend(vec![FREE; self.structures.rings(*part).len()]),
            }
        }
        Some((Node { id, numbers }, next))
    }
}
