//! The pipes of a simulated core: an in-order queue each, and who runs what next.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::time::Instant;

use super::latch::Latch;
use crate::exec::timeline::Span;
use crate::op::Pipe;
use crate::program::{Instr, InstrKind, Program};
use crate::unit::{Fault, Memory, Trouble};

/// A stretch of a program, cut into the queues of its pipes.
///
/// A pipe is in exactly one of three states: *ready* (its bit in `ready` is set), *running* (one worker has taken the bit), or
/// *parked* (on a latch, or at its end). Only the worker that runs a pipe moves its position.
pub(super) struct Queues<'p> {
    instrs: &'p [Instr],
    program: &'p Program,
    memory: &'p Memory,
    latches: &'p [Latch],
    /// Indices into `instrs`.
    queues: [Vec<u32>; Pipe::COUNT],
    position: [AtomicUsize; Pipe::COUNT],
    ready: AtomicU8,
    unfinished: AtomicUsize,
    stopped: AtomicBool,
    fault: Mutex<Option<Fault>>,
    clock: Option<Clock<'p>>,
}

/// Where times are written down, if they are.
#[derive(Clone, Copy)]
pub(super) struct Clock<'p> {
    pub(super) start: Instant,
    pub(super) spans: &'p [Mutex<Vec<Span>>; Pipe::COUNT],
}

/// The pipes that may go on: a bit each.
#[derive(Clone, Copy)]
pub(super) struct Ready(u8);

impl Ready {
    pub(super) fn contains(self, pipe: Pipe) -> bool {
        self.0 & bit(pipe) != 0
    }

    pub(super) fn count(self) -> usize {
        self.0.count_ones() as usize
    }

    /// The ready pipe with this number, below [`Ready::count`].
    pub(super) fn nth(self, number: usize) -> Pipe {
        let mut ready = Pipe::ALL.into_iter().filter(|&pipe| self.contains(pipe));
        ready.nth(number).unwrap_or(Pipe::S)
    }
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
    pub(super) fn new(
        program: &'p Program,
        instrs: &'p [Instr],
        memory: &'p Memory,
        latches: &'p [Latch],
        clock: Option<Clock<'p>>,
    ) -> Self {
        let mut queues: [Vec<u32>; Pipe::COUNT] = Default::default();
        for (index, instr) in instrs.iter().enumerate() {
            queues[instr.pipe.index()].push(index as u32);
        }
        let busy = |pipe: &Pipe| !queues[pipe.index()].is_empty();
        let ready =
            Pipe::ALL.iter().filter(|pipe| busy(pipe)).fold(0, |bits, &pipe| bits | bit(pipe));
        Queues {
            instrs,
            program,
            memory,
            latches,
            queues,
            position: Default::default(),
            ready: AtomicU8::new(ready),
            unfinished: AtomicUsize::new(ready.count_ones() as usize),
            stopped: AtomicBool::new(false),
            fault: Mutex::new(None),
            clock,
        }
    }

    /// Works until every queue is at its end. Any number of threads may do so at once, and one is enough.
    ///
    /// A worker with nothing to do spins, then yields: some other worker is then running an op.
    pub(super) fn work(&self) {
        let mut idle = 0;
        while !self.done() {
            match self.take_ready() {
                Some(pipe) => {
                    idle = 0;
                    while self.step(pipe) == Step::Ran {}
                }
                None if idle < 100 => {
                    idle += 1;
                    std::hint::spin_loop();
                }
                None => std::thread::yield_now(),
            }
        }
    }

    /// Takes one step of the pipe that `choose` picks out of the ready ones, again and again, on this thread alone.
    pub(super) fn work_in_order(&self, mut choose: impl FnMut(Ready) -> Pipe) {
        loop {
            let ready = Ready(self.ready.load(Ordering::Relaxed));
            if ready.0 == 0 || self.stopped.load(Ordering::Relaxed) {
                return;
            }
            let pipe = choose(ready);
            if self.step(pipe) == Step::Left {
                self.ready.fetch_and(!bit(pipe), Ordering::Relaxed);
            }
        }
    }

    /// How many pipes have anything to do.
    pub(super) fn busy_pipes(&self) -> usize {
        self.queues.iter().filter(|queue| !queue.is_empty()).count()
    }

    /// What stopped the run, if anything did.
    pub(super) fn into_fault(self) -> Option<Fault> {
        self.fault.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn done(&self) -> bool {
        self.unfinished.load(Ordering::Acquire) == 0 || self.stopped.load(Ordering::Relaxed)
    }

    /// Takes a ready pipe, to run it.
    fn take_ready(&self) -> Option<Pipe> {
        let bits = self.ready.load(Ordering::Relaxed);
        let pipe = Pipe::ALL.into_iter().find(|&pipe| bits & bit(pipe) != 0)?;
        // Acquire: what the pipe's last worker left behind.
        let before = self.ready.fetch_and(!bit(pipe), Ordering::Acquire);
        (before & bit(pipe) != 0).then_some(pipe)
    }

    /// Runs the next instruction of a pipe that the caller has taken.
    fn step(&self, pipe: Pipe) -> Step {
        if self.stopped.load(Ordering::Relaxed) {
            return Step::Left;
        }
        let queue = &self.queues[pipe.index()];
        let position = self.position[pipe.index()].load(Ordering::Relaxed);
        let Some(&index) = queue.get(position) else {
            self.unfinished.fetch_sub(1, Ordering::Release);
            return Step::Left;
        };
        let instr = &self.instrs[index as usize];
        // Before a wait parks the pipe: whoever resumes it goes on behind the wait.
        self.position[pipe.index()].store(position + 1, Ordering::Relaxed);
        match &instr.kind {
            InstrKind::Op(_) => self.run_op(instr),
            InstrKind::Set(flag) => {
                if self.latches[flag.number as usize].set() {
                    self.note(flag.dst, |spans, now| {
                        if let Some(Span { end, .. }) = spans.last_mut() {
                            *end = now;
                        }
                    });
                    // Release: hands the parked pipe over to its next worker.
                    self.ready.fetch_or(bit(flag.dst), Ordering::Release);
                }
            }
            InstrKind::Wait(flag) => {
                let latch = &self.latches[flag.number as usize];
                if self.clock.is_some() && !latch.is_set() {
                    self.note(pipe, |spans, now| spans.push(Span::wait(*flag, now)));
                }
                if !latch.wait() {
                    return Step::Left;
                }
            }
            // Of a kernel on several cores, what the cores say to each other is not this executor's.
            InstrKind::Barrier | InstrKind::BarrierAll | InstrKind::Cross(_) => {}
        }
        Step::Ran
    }

    fn run_op(&self, instr: &Instr) {
        let InstrKind::Op(op) = &instr.kind else { return };
        let operands = self.program.operands(op);
        let begin = self.clock.map(|clock| clock.start.elapsed());
        let run = || op.run.run(self.memory, operands, op.writes, op.imm);
        if let Err(payload) = catch_unwind(AssertUnwindSafe(run)) {
            let trouble = Trouble::from_panic(op.code, payload);
            self.stop(Fault { trouble, block: 0, at: Some(self.program.line(instr.at)) });
        }
        if let (Some(begin), Some(code)) = (begin, op.code) {
            self.note(instr.pipe, |spans, end| spans.push(Span::op(code, begin, end)));
        }
    }

    fn stop(&self, fault: Fault) {
        if let Ok(mut slot) = self.fault.lock() {
            slot.get_or_insert(fault);
        }
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Writes down times of a pipe, if they are wanted.
    fn note(&self, pipe: Pipe, write: impl FnOnce(&mut Vec<Span>, std::time::Duration)) {
        if let Some(clock) = self.clock
            && let Ok(mut spans) = clock.spans[pipe.index()].lock()
        {
            write(&mut spans, clock.start.elapsed());
        }
    }
}

fn bit(pipe: Pipe) -> u8 {
    1 << pipe.index()
}

#[cfg(test)]
mod tests {
    use std::panic::Location;

    use super::*;
    use crate::chip::ChipId;
    use crate::op::OpCode;
    use crate::program::{Flag, OpInstr};
    use crate::unit::Run;

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
            run: Run(run),
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
            let queues = Queues::new(&program, &program.instrs, &memory, &latches, None);
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
