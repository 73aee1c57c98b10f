//! Edits of what a kernel says between its pipes.
#![allow(unreachable_pub, reason = "each test uses its part")]

use std::fmt::Display;

use tilesync::op::Pipe;
use tilesync::program::{Flag, InstrKind, Program};

/// What an edit does.
pub const KINDS: [&str; 5] = ["drop", "duplicate", "move", "re-id", "retarget"];

/// An edit of one flag or barrier.
pub struct Mutant {
    pub kind: &'static str,
    pub what: String,
    pub program: Program,
}

/// What becomes of an edit.
pub enum Outcome {
    /// There is a finding.
    Found,
    /// No schedule that was run computes anything else.
    Harmless,
    /// Neither.
    Escaped,
}

/// Prints the head of the table that [`tally`] prints.
pub fn head() {
    println!(
        "{:<14} {:<10} {:>7} {:>6} {:>8} {:>7}",
        "kernel", "edit", "mutants", "found", "harmless", "escaped"
    );
}

/// Judges edits of a kernel, each with where it is, and prints a line a kind; the edits that escaped.
pub fn tally<W: Display>(
    kernel: &str,
    mutants: &[(W, Mutant)],
    judge: impl Fn(&W, &Mutant) -> Outcome,
) -> Vec<String> {
    let mut escaped = Vec::new();
    for kind in KINDS {
        let [mut total, mut found, mut harmless, mut escapes] = [0; 4];
        for (place, mutant) in mutants.iter().filter(|(_, mutant)| mutant.kind == kind) {
            total += 1;
            match judge(place, mutant) {
                Outcome::Found => found += 1,
                Outcome::Harmless => harmless += 1,
                Outcome::Escaped => {
                    escapes += 1;
                    escaped.push(format!("{place}: {}", mutant.what));
                }
            }
        }
        println!("{kernel:<14} {kind:<10} {total:>7} {found:>6} {harmless:>8} {escapes:>7}");
        assert!(total > 0 && found > 0, "{kernel} has no {kind} to find");
    }
    escaped
}

/// All edits of the instruction at `index`.
pub fn mutants_at(original: &Program, index: usize) -> Vec<Mutant> {
    let instr = original.instrs[index];
    let mut mutants = Vec::new();
    let mut add = |kind, edit: &dyn Fn(&mut Program)| {
        let mut program = original.clone();
        edit(&mut program);
        let what = format!("{kind} {:?} at {index}", instr.kind);
        mutants.push(Mutant { kind, what, program });
    };
    add("drop", &|p| {
        p.instrs.remove(index);
    });
    add("duplicate", &|p| p.instrs.insert(index, instr));
    let same_pipe = |at: &usize| original.instrs[*at].pipe == instr.pipe;
    let earlier: Vec<usize> = (0..index).filter(same_pipe).collect();
    let later: Vec<usize> = (index + 1..original.instrs.len()).filter(same_pipe).collect();
    for place in
        [earlier.first(), earlier.last(), later.first(), later.last()].into_iter().flatten()
    {
        add("move", &|p| {
            let moved = p.instrs.remove(index);
            p.instrs.insert(*place, moved);
        });
    }
    if let InstrKind::Set(flag) | InstrKind::Wait(flag) = instr.kind {
        let set = matches!(instr.kind, InstrKind::Set(_));
        let replace = |p: &mut Program, flag: Flag| {
            p.instrs[index].kind = if set { InstrKind::Set(flag) } else { InstrKind::Wait(flag) };
            p.instrs[index].pipe = if set { flag.src } else { flag.dst };
        };
        for id in (0..9).filter(|&id| id != flag.id) {
            add("re-id", &|p| replace(p, Flag { id, ..flag }));
        }
        for pipe in Pipe::ALL {
            if pipe != flag.src {
                add("retarget", &|p| replace(p, Flag { src: pipe, ..flag }));
            }
            if pipe != flag.dst {
                add("retarget", &|p| replace(p, Flag { dst: pipe, ..flag }));
            }
        }
    }
    mutants
}
