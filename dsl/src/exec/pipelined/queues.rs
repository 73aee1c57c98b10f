//! The pipes of a simulated core: an in-order queue each, and who runs what next.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::lanes::Lanes;
pub(super) use super::lanes::{Lane, Ready};
use super::latch::Latch;
use crate::exec::timeline::Span;
use crate::memory::Memory;
use crate::op::Pipe;
use crate::program::{Instr, InstrKind, Program};
use crate::unit::{Fault, Trouble};

/// What one core has to do: a stretch of its program.
#[derive(Clone, Copy)]
pub(super) struct Stretch<'p> {
    pub(super) program: &'p Program,
    pub(super) instrs: &'p [Instr],
    pub(super) memory: &'p Memory,
    /// By flag number.
    pub(super) latches: &'p [Latch],
}

impl<'p> Stretch<'p> {
    /// The stretches of a program from instruction `from` on: a barrier on all pipes lies between two.
    pub(super) fn of(
        program: &'p Program,
        from: usize,
        memory: &'p Memory,
        latches: &'p [Latch],
    ) -> impl Iterator<Item = Self> {
        let barrier = |instr: &Instr| matches!(instr.kind, InstrKind::BarrierAll);
        let instrs = program.instrs[from..].split(barrier);
        instrs.map(move |instrs| Stretch { program, instrs, memory, latches })
    }
}

/// Stretches of the programs of one core, or of several that run together, cut into the queues of their pipes.
///
/// Which of the pipes may go on is for [`Lanes`] to say.
pub(super) struct Queues<'p> {
    cores: &'p [Stretch<'p>],
    meetings: &'p [Meeting],
    /// By lane.
    queues: Vec<Vec<Entry>>,
    lanes: Lanes,
    fault: Mutex<Option<Fault>>,
    clock: Option<Clock<'p>>,
}

impl Lane {
    pub(super) fn new(core: usize, pipe: Pipe) -> Self {
        Lane((core * Pipe::COUNT + pipe.index()) as u8)
    }

    fn core(self) -> usize {
        self.index() / Pipe::COUNT
    }
}

/// Where cores meet.
#[derive(Debug)]
pub(super) struct Meeting {
    pub(super) latch: Latch,
    /// The lane that waits there.
    pub(super) waiter: Lane,
    /// The FIFO whose slot it is about.
    pub(super) fifo: u32,
}

/// What a lane does next.
#[derive(Clone, Copy, Debug)]
pub(super) enum Entry {
    /// The instruction with this index.
    Instr(u32),
    /// Says at a meeting that it has come.
    Arrive(u32),
    /// Waits at a meeting.
    Meet(u32),
}

/// Where times are written down, if they are.
#[derive(Clone, Copy)]
pub(super) struct Clock<'p> {
    pub(super) start: Instant,
    /// By lane.
    pub(super) spans: &'p [Mutex<Vec<Span>>],
}

/// What a step of a pipe came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It may go on.
    Ran,
    /// It has parked, come to its end, or everything was stopped.
    Left,
}

impl<'p> Queues<'p> {
    /// The queues of one core.
    pub(super) fn new(core: &'p Stretch<'p>, clock: Option<Clock<'p>>) -> Self {
        let mut queues = vec![Vec::new(); Pipe::COUNT];
        for (index, instr) in (0..).zip(core.instrs) {
            queues[instr.pipe.index()].push(Entry::Instr(index));
        }
        Self::of_cores(std::slice::from_ref(core), queues, &[], clock)
    }

    /// The queues of several cores, by lane.
    pub(super) fn of_cores(
        cores: &'p [Stretch<'p>],
        queues: Vec<Vec<Entry>>,
        meetings: &'p [Meeting],
        clock: Option<Clock<'p>>,
    ) -> Self {
        let busy = (0..).zip(&queues).filter(|(_, queue)| !queue.is_empty());
        Queues {
            cores,
            meetings,
            lanes: Lanes::new(queues.len(), busy.map(|(lane, _)| Lane(lane))),
            queues,
            fault: Mutex::new(None),
            clock,
        }
    }

    /// Works until every queue is at its end. Any number of threads may do so at once, and one is enough.
    ///
    /// A worker with nothing to do spins, then yields: some other worker is then running an op.
    pub(super) fn work(&self) {
        let mut idle = 0;
        while !self.lanes.done() {
            match self.lanes.take() {
                Some(lane) => {
                    idle = 0;
                    while self.step(lane) == Step::Ran {}
                }
                None if idle < 100 => {
                    idle += 1;
                    std::hint::spin_loop();
                }
                None => std::thread::yield_now(),
            }
        }
    }

    /// Takes one step of the lane that `choose` picks out of the ready ones, again and again, on this thread alone.
    pub(super) fn work_in_order(&self, mut choose: impl FnMut(Ready) -> Lane) {
        loop {
            let ready = self.ready();
            if ready.count() == 0 {
                return;
            }
            self.turn(choose(ready));
        }
    }

    /// The lanes that may go on, for one thread alone.
    pub(super) fn ready(&self) -> Ready {
        self.lanes.ready()
    }

    /// Takes one step of a lane that may go on, on the one thread.
    pub(super) fn turn(&self, lane: Lane) {
        if self.step(lane) == Step::Left {
            self.lanes.park(lane);
        }
    }

    /// How many lanes have anything to do.
    pub(super) fn busy_lanes(&self) -> usize {
        self.queues.iter().filter(|queue| !queue.is_empty()).count()
    }

    /// What stopped the run, if anything did.
    pub(super) fn into_fault(self) -> Option<Fault> {
        self.fault.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Takes the next step of a lane that the caller has taken.
    fn step(&self, lane: Lane) -> Step {
        if self.lanes.is_stopped() {
            return Step::Left;
        }
        let Some(&entry) = self.queues[lane.index()].get(self.lanes.advance(lane)) else {
            self.lanes.end();
            return Step::Left;
        };
        match entry {
            Entry::Instr(index) => {
                let core = &self.cores[lane.core()];
                return self.instr(core, lane, &core.instrs[index as usize]);
            }
            Entry::Arrive(number) => {
                let Meeting { latch, waiter, .. } = &self.meetings[number as usize];
                self.set(latch, *waiter);
            }
            Entry::Meet(number) => {
                let Meeting { latch, fifo, .. } = &self.meetings[number as usize];
                if !self.wait(latch, lane, |now| Span::meet(*fifo, now)) {
                    return Step::Left;
                }
            }
        }
        Step::Ran
    }

    /// Sets a latch; the lane that is parked there, if one is, goes on.
    fn set(&self, latch: &Latch, waiter: Lane) {
        if latch.set() {
            self.note(waiter, |spans, now| {
                if let Some(Span { end, .. }) = spans.last_mut() {
                    *end = now;
                }
            });
            self.lanes.resume(waiter);
        }
    }

    /// Comes to a wait of a lane: whether it is over. If not, the lane is parked.
    fn wait(&self, latch: &Latch, lane: Lane, span: impl FnOnce(Duration) -> Span) -> bool {
        if self.clock.is_some() && !latch.is_set() {
            self.note(lane, |spans, now| spans.push(span(now)));
        }
        latch.wait()
    }

    /// Runs an instruction.
    fn instr(&self, core: &Stretch<'_>, lane: Lane, instr: &Instr) -> Step {
        match &instr.kind {
            InstrKind::Op(_) => self.run_op(core, lane, instr),
            InstrKind::Set(flag) => {
                self.set(&core.latches[flag.number as usize], Lane::new(lane.core(), flag.dst));
            }
            InstrKind::Wait(flag) => {
                let latch = &core.latches[flag.number as usize];
                if !self.wait(latch, lane, |now| Span::wait(*flag, now)) {
                    return Step::Left;
                }
            }
            InstrKind::Barrier | InstrKind::BarrierAll | InstrKind::Cross(_) => {}
        }
        Step::Ran
    }

    fn run_op(&self, core: &Stretch<'_>, lane: Lane, instr: &Instr) {
        let InstrKind::Op(op) = &instr.kind else { return };
        let operands = core.program.operands(op);
        let begin = self.clock.map(|clock| clock.start.elapsed());
        let run = || op.run.run(core.memory, operands, op.writes, op.imm);
        if let Err(payload) = catch_unwind(AssertUnwindSafe(run)) {
            let trouble = Trouble::from_panic(op.code, payload);
            self.stop(Fault { trouble, block: 0, at: Some(core.program.line(instr.at)) });
        }
        if let (Some(begin), Some(code)) = (begin, op.code) {
            self.note(lane, |spans, end| spans.push(Span::op(code, begin, end)));
        }
    }

    fn stop(&self, fault: Fault) {
        if let Ok(mut slot) = self.fault.lock() {
            slot.get_or_insert(fault);
        }
        self.lanes.stop();
    }

    /// Writes down times of a lane, if they are wanted.
    fn note(&self, lane: Lane, write: impl FnOnce(&mut Vec<Span>, Duration)) {
        if let Some(clock) = self.clock
            && let Ok(mut spans) = clock.spans[lane.index()].lock()
        {
            write(&mut spans, clock.start.elapsed());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::Location;

    use super::*;
    use crate::chip::ChipId;
    use crate::memory::Run;
    use crate::op::OpCode;
    use crate::program::{Flag, OpInstr};

    fn program(kinds: Vec<(Pipe, InstrKind)>) -> Program {
        let mut program = Program::new(ChipId::A2A3);
        let at = program.place(Location::caller());
        program.instrs = kinds.into_iter().map(|(pipe, kind)| Instr { pipe, kind, at }).collect();
        program
    }

    fn op(run: fn(&Memory, &[crate::program::Operand], u64)) -> InstrKind {
        InstrKind::Op(OpInstr {
            code: Some(OpCode::TADD),
            name: 0,
            phase: None,
            first_operand: 0,
            writes: 0,
            operand_count: 0,
            imm: 0,
            run: Run { compute: run, ..Run::NONE },
        })
    }

    /// An op panics; a pipe that waits for what comes after it is left behind, on any number of workers.
    #[test]
    fn a_panic_in_an_op_stops_every_pipe() {
        let flag = Flag { src: Pipe::V, dst: Pipe::Mte3, id: 1, number: 0 };
        let program = program(vec![
            (Pipe::V, op(|_, _, _| panic!("boom"))),
            (Pipe::V, InstrKind::Set(flag)),
            (Pipe::Mte3, InstrKind::Wait(flag)),
            (Pipe::Mte3, op(|_, _, _| unreachable!("its flag is never set"))),
        ]);
        let memory = Memory::default();
        for workers in 1..=4 {
            let latches = [Latch::default()];
            let core = Stretch {
                program: &program,
                instrs: &program.instrs,
                memory: &memory,
                latches: &latches,
            };
            let queues = Queues::new(&core, None);
            std::thread::scope(|scope| {
                for _ in 0..workers {
                    scope.spawn(|| queues.work());
                }
            });
            let fault = queues.into_fault().expect("the op panicked");
            let message = "boom".to_owned();
            assert_eq!(fault.trouble, Trouble::Panicked { code: Some(OpCode::TADD), message });
            assert_eq!(fault.at.as_ref().map(crate::program::Line::file), Some(file!()));
        }
    }
}
