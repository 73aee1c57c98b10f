//! Synchronisation that no schedule needs.

use std::collections::HashMap;

use super::check;
use super::finding::written;
use crate::op::Pipe;
use crate::program::{InstrKind, Line, Program};

/// A flag, set and wait together, or a barrier without which the program is just as right.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Needless {
    /// The instructions, by index, with what they are and where they stand: a set and its wait, or a barrier.
    pub instrs: Vec<(usize, String, Line)>,
}

impl std::fmt::Display for Needless {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no schedule needs ")?;
        for (number, (_, what, at)) in self.instrs.iter().enumerate() {
            let and = if number > 0 { " and " } else { "" };
            write!(f, "{and}`{what}` at {at}")?;
        }
        Ok(())
    }
}

/// The flags and barriers of a clean program that can go, *one at a time*: without one, another may be needed.
///
/// Checks the program once for each flag and barrier. Of a program with errors nothing is needless.
#[must_use]
pub fn needless(program: &Program) -> Vec<Needless> {
    if !check(program).is_clean() {
        return Vec::new();
    }
    let can_go = |unit: &Vec<usize>| {
        let mut without = program.clone();
        let mut index = 0;
        without.instrs.retain(|_| {
            index += 1;
            !unit.contains(&(index - 1))
        });
        check(&without).is_clean()
    };
    let describe = |index: usize| {
        (index, written(program, index as u32), program.line(program.instrs[index].at))
    };
    let units = units(program).into_iter().filter(can_go);
    units.map(|unit| Needless { instrs: unit.into_iter().map(describe).collect() }).collect()
}

/// Each flag as the indices of its set and its wait, and each barrier alone.
fn units(program: &Program) -> Vec<Vec<usize>> {
    let mut units: Vec<Vec<usize>> = Vec::new();
    let mut flags: HashMap<(Pipe, Pipe, u8), [Vec<usize>; 2]> = HashMap::new();
    for (index, instr) in program.instrs.iter().enumerate() {
        match &instr.kind {
            InstrKind::Set(flag) => {
                flags.entry((flag.src, flag.dst, flag.id)).or_default()[0].push(index);
            }
            InstrKind::Wait(flag) => {
                flags.entry((flag.src, flag.dst, flag.id)).or_default()[1].push(index);
            }
            InstrKind::Barrier | InstrKind::BarrierAll => units.push(vec![index]),
            InstrKind::Op(_) | InstrKind::Cross(_) => {}
        }
    }
    for [sets, waits] in flags.into_values() {
        units.extend(sets.into_iter().zip(waits).map(|(set, wait)| vec![set, wait]));
    }
    units.sort_unstable();
    units
}
