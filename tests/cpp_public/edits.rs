//! Edits of a program's synchronisation: flags and barriers that are taken away, and flags that go to another id or another pipe.

use std::collections::{BTreeSet, HashMap};

use tilesync::Order;
use tilesync::exec::check::{Finding, Level, check, check_cluster};
use tilesync::exec::explore::{Ending, run, run_cluster};
use tilesync::op::Pipe;
use tilesync::program::{ClusterProgram, Cross, CrossMode, Flag, Instr, InstrKind, Program};

/// How many edits there are, and how many are found.
pub(crate) struct Count {
    pub(crate) edits: usize,
    pub(crate) found: usize,
}

/// An edit of one core of a block.
#[derive(Clone, Debug)]
enum Edit {
    /// These instructions are not there.
    Without(Vec<usize>),
    /// These are others.
    Other(Vec<(usize, InstrKind)>),
}

impl Edit {
    fn of(&self, program: &Program) -> Program {
        let mut edited = program.clone();
        match self {
            Edit::Without(indices) => {
                let mut index = 0;
                edited.instrs.retain(|_| {
                    index += 1;
                    !indices.contains(&(index - 1))
                });
            }
            Edit::Other(others) => {
                for (index, kind) in others {
                    edited.instrs[*index].kind = *kind;
                    // A wait stands on the pipe that waits, a set on the one that sets.
                    match kind {
                        InstrKind::Set(flag) => edited.instrs[*index].pipe = flag.src,
                        InstrKind::Wait(flag) => edited.instrs[*index].pipe = flag.dst,
                        _ => {}
                    }
                }
            }
        }
        edited
    }
}

/// The cores of a block. Its own faults are repaired, so that what an edit does can be told from them.
struct Subject(Vec<Program>);

impl Subject {
    fn with(&self, core: usize, program: Program) -> Subject {
        let mut cores = self.0.clone();
        cores[core] = program;
        Subject(cores)
    }

    fn launch(&self) -> ClusterProgram {
        ClusterProgram::of_block(self.0.as_slice())
    }

    fn errors(&self) -> Vec<Finding> {
        let findings = match self.0.as_slice() {
            [one] => check(one).findings,
            _ => check_cluster(&self.launch()).findings,
        };
        findings.into_iter().filter(|finding| finding.level == Level::Error).collect()
    }

    /// The errors by code and lines, and how often each is there.
    fn faults(&self) -> HashMap<String, u32> {
        let mut faults = HashMap::new();
        for finding in self.errors() {
            let lines = finding.sites.iter().map(|site| format!(" {}", site.at));
            *faults.entry(format!("{}{}", finding.code, lines.collect::<String>())).or_default() +=
                finding.times;
        }
        faults
    }

    fn ends(&self, order: Order) -> Ending {
        match self.0.as_slice() {
            [one] => run(one, order).1,
            _ => run_cluster(&self.launch(), order).1,
        }
    }

    /// With an order between any two accesses that race inside of a core.
    fn repaired(mut self) -> Subject {
        for id in 8..=u8::MAX {
            let race = self.errors().into_iter().find_map(|finding| {
                let [one, two, ..] = finding.sites.as_slice() else { return None };
                let core = one.core.map(|(_, core)| core);
                let number =
                    self.0.iter().position(|program| core.is_none() || program.core == core)?;
                let (first, last) = (one.index.min(two.index), one.index.max(two.index));
                let orders = matches!(finding.code.id(), "TS001" | "TS002" | "TS003" | "TS004");
                orders.then_some((number, first, last))
            });
            let Some((core, first, last)) = race else { break };
            let program = &mut self.0[core];
            let (one, two) = (program.instrs[first], program.instrs[last]);
            let flag = Flag { src: one.pipe, dst: two.pipe, id, number: 0 };
            if one.pipe == two.pipe {
                program.instrs.insert(last, Instr { kind: InstrKind::Barrier, ..two });
            } else {
                program.instrs.insert(last, Instr { kind: InstrKind::Wait(flag), ..two });
                program.instrs.insert(first + 1, Instr { kind: InstrKind::Set(flag), ..one });
            }
        }
        self
    }
}

/// The first and the middle one of each line, each alone, and a flag's set together with its wait.
fn edits(program: &Program) -> Vec<Edit> {
    let mut by_line: HashMap<String, Vec<usize>> = HashMap::new();
    let mut flags: HashMap<_, [Vec<usize>; 2]> = HashMap::new();
    for (index, instr) in program.instrs.iter().enumerate() {
        let key = |what: &str| format!("{what} {:?} {:?}", program.line(instr.at), instr.pipe);
        match &instr.kind {
            InstrKind::Op(_) => {}
            InstrKind::Set(flag) => {
                by_line.entry(key("set")).or_default().push(index);
                flags.entry((flag.src, flag.dst, flag.id)).or_default()[0].push(index);
            }
            InstrKind::Wait(flag) => {
                by_line.entry(key("wait")).or_default().push(index);
                flags.entry((flag.src, flag.dst, flag.id)).or_default()[1].push(index);
            }
            InstrKind::Cross(cross) => {
                by_line.entry(key(&format!("{cross:?}"))).or_default().push(index);
            }
            _ => by_line.entry(key("barrier")).or_default().push(index),
        }
    }
    let mut partner = HashMap::new();
    for [sets, waits] in flags.into_values() {
        for (set, wait) in sets.into_iter().zip(waits) {
            partner.insert(set, wait);
        }
    }
    let chosen: BTreeSet<usize> = by_line
        .into_values()
        .flat_map(|indices| [indices[0], indices[indices.len() / 2]])
        .collect();
    chosen.into_iter().flat_map(|index| edits_of(program, index, partner.get(&index))).collect()
}

fn edits_of(program: &Program, index: usize, partner: Option<&usize>) -> Vec<Edit> {
    let mut edits = vec![Edit::Without(vec![index])];
    match program.instrs[index].kind {
        InstrKind::Set(flag) => {
            let pipes = [Pipe::V, Pipe::Mte1, Pipe::Mte2, Pipe::Mte3, Pipe::M, Pipe::Fix];
            let other = pipes.into_iter().find(|pipe| ![flag.src, flag.dst].contains(pipe));
            let elsewhere = Flag { dst: other.unwrap_or(flag.dst), ..flag };
            let other_id = Flag { id: (flag.id + 1) % 8, ..flag };
            edits.push(Edit::Other(vec![(index, InstrKind::Set(other_id))]));
            edits.push(Edit::Other(vec![(index, InstrKind::Set(elsewhere))]));
            if let Some(&wait) = partner {
                edits.push(Edit::Without(vec![index, wait]));
                edits.push(Edit::Other(vec![
                    (index, InstrKind::Set(elsewhere)),
                    (wait, InstrKind::Wait(elsewhere)),
                ]));
            }
        }
        InstrKind::Wait(flag) => {
            let other_id = Flag { id: (flag.id + 1) % 8, ..flag };
            edits.push(Edit::Other(vec![(index, InstrKind::Wait(other_id))]));
        }
        InstrKind::Cross(Cross::Set { mode: CrossMode::Cluster, id }) => {
            let other = Cross::Set { mode: CrossMode::Cluster, id: (id + 1) % 16 };
            edits.push(Edit::Other(vec![(index, InstrKind::Cross(other))]));
        }
        _ => {}
    }
    edits
}

/// Tries them all. An edit that is not found must change nothing in any order that is tried: it took away what is not needed.
pub(crate) fn tried(cores: Vec<Program>, name: &str) -> Count {
    let subject = Subject(cores).repaired();
    let before = subject.faults();
    let orders = || [Order::Early, Order::Late].into_iter().chain((1..7).map(Order::Random));
    let told = |ending: Ending| (ending.stuck, ending.raised, ending.digest);
    let itself = told(subject.ends(Order::Early));
    for order in orders() {
        assert_eq!(told(subject.ends(order)), itself, "{name}: the program itself, {order:?}");
    }
    let mut count = Count { edits: 0, found: 0 };
    for (core, program) in subject.0.iter().enumerate() {
        for edit in edits(program) {
            count.edits += 1;
            let edited = subject.with(core, edit.of(program));
            let faults = edited.faults();
            if faults.iter().any(|(fault, times)| before.get(fault).is_none_or(|was| times > was)) {
                count.found += 1;
                continue;
            }
            for order in orders() {
                assert_eq!(told(edited.ends(order)), itself, "{name}, core {core}: {edit:?}");
            }
        }
    }
    count
}
