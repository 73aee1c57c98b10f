//! Why a program gets stuck: pipes that wait for each other in a circle, and unit flags that nothing moves.

use super::code::Code;
use super::finding::written;
use super::findings::Findings;
use super::order::{End, Heads};
use super::units::{Units, Used};
use crate::op::Pipe;
use crate::program::{Cross, InstrKind, Phase, Program};

/// What a program that has come to its end, or to a stop, is judged by.
pub(super) struct Stop<'a> {
    pub(super) program: &'a Program,
    pub(super) units: &'a Units,
    pub(super) end: &'a End,
}

/// Reports the circle of pipes that the program is stuck in, if it is, and what is wrong with its unit flags. A wait that has
/// no set at all is no circle.
pub(super) fn report(program: &Program, units: &Units, end: &End, findings: &mut Findings<'_>) {
    let stop = Stop { program, units, end };
    stop.report_circles(findings);
    if units.count > 0 {
        stop.report_units(findings);
    }
}

impl Stop<'_> {
    fn report_circles(&self, findings: &mut Findings<'_>) {
        let heads: &Heads = &self.end.heads;
        let blockers = Pipe::ALL.map(|pipe| self.blocker(pipe));
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
                        let on = blockers[pipe.index()].unwrap_or(*pipe);
                        format!(
                            "{pipe} stops at `{}`, and goes on after what {on} stops at",
                            written(self.program, index)
                        )
                    })
                    .collect();
                text.repair =
                    "move one of these waits behind the set that the circle comes back to, \
                               or prime its flag before the loop"
                        .to_owned();
            });
        }
    }

    /// The pipe whose next instruction has to run before that of `pipe` can.
    pub(super) fn blocker(&self, pipe: Pipe) -> Option<Pipe> {
        let heads = &self.end.heads;
        let index = heads[pipe.index()]?;
        if pipe != Pipe::S && heads[Pipe::S.index()].is_some_and(|scalar| scalar < index) {
            return Some(Pipe::S);
        }
        match &self.program.instrs[index as usize].kind {
            InstrKind::Wait(flag) => {
                // Everything before the heads has run, so the missing set is the first one still to come.
                let next = heads[flag.src.index()]? as usize;
                let key = (flag.src, flag.dst, flag.id);
                let later = self.program.instrs[next..].iter().any(|instr| {
                    matches!(&instr.kind, InstrKind::Set(set) if (set.src, set.dst, set.id) == key)
                });
                later.then_some(flag.src)
            }
            InstrKind::BarrierAll | InstrKind::Cross(Cross::SyncAll(_)) => Pipe::ALL
                .into_iter()
                .find(|other| heads[other.index()].is_some_and(|head| head < index)),
            InstrKind::Op(_) => {
                let (unit, mover) = self.blocking_unit(index)?;
                self.will_move(unit, mover).then_some(mover)
            }
            InstrKind::Set(_) | InstrKind::Barrier | InstrKind::Cross(_) => None,
        }
    }

    /// A unit flag that keeps an op from running, and the pipe that would move it.
    fn blocking_unit(&self, index: u32) -> Option<(u32, Pipe)> {
        let used = self.units.of(index)?;
        let is_up = |unit: u32| self.end.up[unit as usize].is_some();
        let blocked = |&&unit: &&u32| !used.may_run(is_up(unit));
        Some((*used.units.iter().find(blocked)?, used.mover()))
    }

    /// Whether a final op that uses this unit flag is still to come on `pipe`.
    fn will_move(&self, unit: u32, pipe: Pipe) -> bool {
        let Some(next) = self.end.heads[pipe.index()] else { return false };
        let rest = (next..).zip(&self.program.instrs[next as usize..]);
        rest.filter(|(_, instr)| instr.pipe == pipe).any(|(index, instr)| {
            matches!(&instr.kind, InstrKind::Op(op) if op.phase == Some(Phase::Final))
                && self.units.of(index).is_some_and(|used| used.units.contains(&unit))
        })
    }

    fn report_units(&self, findings: &mut Findings<'_>) {
        for pipe in [Pipe::M, Pipe::Fix] {
            let Some(index) = self.end.heads[pipe.index()] else { continue };
            // What the scalar pipe has not issued is not blocked by its own flag.
            if self.end.heads[Pipe::S.index()].is_some_and(|scalar| scalar < index) {
                continue;
            }
            let Some((unit, mover)) = self.blocking_unit(index) else { continue };
            if !self.will_move(unit, mover) {
                never_moved(self.program, index, pipe, findings);
            }
        }
        let mut left: Vec<u32> = Vec::new();
        for (unit, raised) in (0..).zip(&self.end.up) {
            left.extend(raised.filter(|_| !self.will_move(unit, Pipe::Fix)));
        }
        left.sort_unstable();
        left.dedup();
        for index in left {
            findings.add(Code::FlagLeftRaised, &[index], |text| {
                text.message = "a unit flag is still raised when the program ends".to_owned();
                let op = written(self.program, index);
                text.labels = vec![format!("raised by this `{op}`, the final one")];
                text.repair =
                    "drain all of the accumulator on PIPE_FIX with `Phase::Final`".to_owned();
            });
        }
    }
}

fn never_moved(program: &Program, index: u32, pipe: Pipe, findings: &mut Findings<'_>) {
    findings.add(Code::WaitWithoutSet, &[index], |text| {
        let op = written(program, index);
        let (state, other, what) = match pipe {
            Pipe::M => ("down", Pipe::Fix, "drain the accumulator"),
            _ => ("up", Pipe::M, "end the accumulation"),
        };
        text.message = format!(
            "`{op}` on {pipe} waits until the unit flag of its accumulator is {state}, and no final op of {other} is left"
        );
        text.labels = vec!["waits here for ever".to_owned()];
        text.repair = format!("{what} on {other} with `Phase::Final` before this op");
    });
}

impl Used {
    /// The pipe whose final ops let this op run.
    fn mover(&self) -> Pipe {
        if self.pipe == Pipe::M { Pipe::Fix } else { Pipe::M }
    }
}
