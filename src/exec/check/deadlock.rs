//! Why a program gets stuck: pipes that wait for each other in a circle.

use super::code::Code;
use super::finding::written;
use super::findings::Findings;
use super::order::Heads;
use crate::op::Pipe;
use crate::program::{InstrKind, Program};

/// Reports the circle of pipes that `heads` are stuck in, if they are. A wait that has no set at all is not one.
pub(super) fn report(program: &Program, heads: &Heads, findings: &mut Findings<'_>) {
    let blockers = Pipe::ALL.map(|pipe| blocker(program, heads, pipe));
    let mut reported = [false; Pipe::COUNT];
    for start in Pipe::ALL {
        // After as many steps as there are pipes one is in the circle, if there is one.
        let mut at = Some(start);
        for _ in 0..Pipe::COUNT {
            at = at.and_then(|pipe| blockers[pipe.index()]);
        }
        let Some(first) = at else { continue };
        let mut circle = vec![first];
        while let Some(next) = circle.last().and_then(|pipe| blockers[pipe.index()])
            && next != first
        {
            circle.push(next);
        }
        if circle.iter().any(|pipe| reported[pipe.index()]) {
            continue;
        }
        for pipe in &circle {
            reported[pipe.index()] = true;
        }
        let at: Vec<u32> = circle.iter().filter_map(|pipe| heads[pipe.index()]).collect();
        findings.add(Code::Deadlock, &at, |text| {
            let names: Vec<_> = circle.iter().map(Pipe::to_string).collect();
            text.message = format!("{} wait for each other, for ever", names.join(", "));
            text.labels = at
                .iter()
                .zip(&circle)
                .map(|(&index, pipe)| {
                    let instr = &program.instrs[index as usize];
                    let on = blockers[pipe.index()].unwrap_or(*pipe);
                    format!(
                        "{pipe} stops at `{}`, and goes on after what {on} stops at",
                        written(instr)
                    )
                })
                .collect();
            text.repair = "move one of these waits behind the set that the circle comes back to, \
                           or prime its flag before the loop"
                .to_owned();
        });
    }
}

/// The pipe whose next instruction has to run before that of `pipe` can.
fn blocker(program: &Program, heads: &Heads, pipe: Pipe) -> Option<Pipe> {
    let index = heads[pipe.index()]?;
    if pipe != Pipe::S && heads[Pipe::S.index()].is_some_and(|scalar| scalar < index) {
        return Some(Pipe::S);
    }
    match &program.instrs[index as usize].kind {
        InstrKind::Wait(flag) => {
            // Everything before the heads has run, so the missing set is the first one still to come.
            let next = heads[flag.src.index()]? as usize;
            let key = (flag.src, flag.dst, flag.id);
            let later = program.instrs[next..].iter().any(|instr| {
                matches!(&instr.kind, InstrKind::Set(set) if (set.src, set.dst, set.id) == key)
            });
            later.then_some(flag.src)
        }
        InstrKind::BarrierAll => Pipe::ALL
            .into_iter()
            .find(|other| heads[other.index()].is_some_and(|head| head < index)),
        InstrKind::Op(_) | InstrKind::Set(_) | InstrKind::Barrier => None,
    }
}
