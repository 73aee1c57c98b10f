//! The scalar pipe: the kernel's own code calls ops, and here they are issued.
//!
//! A [`Unit`] is the scalar unit of one core while it runs one block. It runs an op at once, or appends it to a
//! [`Program`](crate::program::Program) that an executor works off; which of the two is the launch's choice, and the kernel cannot tell.

pub(crate) mod fault;
pub(crate) mod flags;
pub(crate) mod recorder;

use std::cell::RefCell;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::atomic::{AtomicU8, Ordering};

use parking_lot::Mutex;

pub use fault::{Fault, Trouble};
pub(crate) use recorder::{Issue, Keep, Recorder, Site};

use crate::chip::{A2A3, Chip, HasBarrier, MeetsInAKernel};
use crate::memory::{self, Memory, Run, Semantics};
use crate::op::{Op, PipeType};
use crate::program::{Operand, Program};

/// Which half of its block's parts is a vector core's that shares the block with another one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Half {
    /// The left or right half; otherwise the upper or lower one.
    pub(crate) by_cols: bool,
    /// The second half.
    pub(crate) second: bool,
}

/// The slots of a FIFO, where they are tiles of this core.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SlotTiles {
    /// The number of the first one, and its address.
    pub(crate) first: u16,
    pub(crate) addr: u32,
    /// From one to the next.
    pub(crate) bytes: u32,
}

/// How issued ops are treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Run at once; flags need no count, since the plan has few tiles.
    Inline,
    /// Run at once, and count the flags.
    Counted,
    /// Append to the program.
    Record,
    /// A fault has happened: nothing runs any more.
    Faulted,
}

/// The mode of a unit: read before each op, set by the unit's own thread.
pub(crate) struct Modes(AtomicU8);

impl Modes {
    #[inline(always)]
    pub(crate) fn get(&self) -> Mode {
        const ALL: [Mode; 4] = [Mode::Inline, Mode::Counted, Mode::Record, Mode::Faulted];
        ALL[usize::from(self.0.load(Ordering::Relaxed) % 4)]
    }

    pub(crate) fn set(&self, mode: Mode) {
        self.0.store(mode as u8, Ordering::Relaxed);
    }
}

/// What a block leaves behind, and who works it off.
#[derive(Default)]
pub(crate) struct Recording {
    pub(crate) recorder: Option<Recorder>,
    /// The executor of recorded programs.
    pub(crate) runner: Option<Box<dyn Runner>>,
}

/// Works off the program that has been recorded so far.
pub(crate) trait Runner: Send {
    /// Runs the instructions from `from` on to completion.
    fn run(&mut self, program: &Program, from: usize, memory: &Memory) -> Result<(), Fault>;
}

/// The scalar unit of a core that runs one block, on one thread: of its fields `recording` alone says so, lest the compiler say it for each.
pub struct Unit {
    pub(crate) mode: Modes,
    pub(crate) memory: Memory,
    pub(crate) block: usize,
    pub(crate) blocks: usize,
    /// Of a vector core that shares its block with another one: which half is its own.
    pub(crate) half: Option<Half>,
    /// The number of the first tile of this phase's plan.
    pub(crate) first_slot: u16,
    /// The number of the first tensor that holds slots of a FIFO; they are the last ones.
    pub(crate) fifos_from: u16,
    /// By FIFO.
    pub(crate) slots_of_fifos: Vec<SlotTiles>,
    pub(crate) fault: Mutex<Option<Fault>>,
    pub(crate) recording: RefCell<Recording>,
}

impl Unit {
    /// A unit for blocks of a grid; not bound to one yet.
    pub(crate) fn new(memory: Memory, blocks: usize) -> Self {
        Unit {
            mode: Modes(AtomicU8::new(Mode::Inline as u8)),
            memory,
            block: 0,
            blocks,
            half: None,
            first_slot: 0,
            fifos_from: u16::MAX,
            slots_of_fifos: Vec::new(),
            fault: Mutex::new(None),
            recording: RefCell::default(),
        }
    }

    /// Issues an op: `S` says what it computes. Without optimisation one copy serves all calls, and the tests build in a third of the time.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn issue<O: Op, S: Semantics>(
        &self,
        operands: &[Operand],
        writes: u8,
        imm: u64,
        at: Site,
    ) {
        if self.mode.get() != Mode::Inline {
            in_memory(operands, |operands| {
                let issue = Issue { code: O::CODE, operands, writes, imm, at };
                self.issue_recorded(&issue, Run::of::<S>());
            });
        } else if operands.iter().any(Operand::is_window) {
            in_memory(operands, |operands| {
                Run::of::<S>().run(&self.memory, operands, writes, imm);
            });
        } else {
            memory::call::<S>(&self.memory, operands, imm);
        }
    }

    #[cold]
    #[inline(never)]
    fn issue_recorded(&self, issue: &Issue<'_>, run: Run) {
        if self.mode.get() == Mode::Faulted {
            return;
        }
        let mut full = false;
        self.record(|recorder| {
            recorder.op(issue, run);
            full = recorder.is_full();
        });
        if self.mode.get() == Mode::Counted {
            run.run(&self.memory, issue.operands, issue.writes, issue.imm);
        } else if full {
            self.flush();
        }
    }

    /// Tells the recorder, if there is one.
    #[inline]
    pub(crate) fn record(&self, tell: impl FnOnce(&mut Recorder)) {
        if let Some(recorder) = self.recording.borrow_mut().recorder.as_mut() {
            tell(recorder);
        }
    }

    /// A region that was stored to and loaded is no more. A kernel that panics drops it too, perhaps while the recorder is busy.
    #[cold]
    pub(crate) fn drop_region(&self, slot: u32) {
        if let Ok(mut recording) = self.recording.try_borrow_mut()
            && let Some(recorder) = recording.recorder.as_mut()
        {
            recorder.drop_region(slot);
        }
    }

    /// Whether flags matter in this mode.
    #[inline(always)]
    pub(crate) fn flags_matter(&self) -> bool {
        self.mode.get() != Mode::Inline
    }

    /// Stops the kernel: nothing that it issues from now on runs. The first fault is the one reported.
    #[cold]
    pub(crate) fn fail(&self, trouble: Trouble, at: Site) {
        self.mode.set(Mode::Faulted);
        self.fault.lock().get_or_insert(Fault { trouble, block: self.block, at: Some(at.into()) });
    }

    /// As [`Unit::fail`], where the kernel's own code cannot go on: it ends here, by unwinding.
    #[cold]
    pub(crate) fn stop(&self, trouble: Trouble, at: Site) -> ! {
        self.fail(trouble, at);
        self.leave()
    }

    /// Ends a kernel that was stopped.
    #[cold]
    pub(crate) fn leave(&self) -> ! {
        std::panic::resume_unwind(Box::new("the kernel was stopped"))
    }

    /// As [`Unit::fail`], at the caller's line.
    #[track_caller]
    pub(crate) fn fail_here(&self, trouble: Trouble) {
        self.fail(trouble, Location::caller());
    }

    /// Runs everything that was recorded and has not run yet.
    pub(crate) fn flush(&self) {
        if self.mode.get() != Mode::Record {
            return;
        }
        let mut recording = self.recording.borrow_mut();
        let Recording { recorder: Some(recorder), runner: Some(runner) } = &mut *recording else {
            return;
        };
        let outcome = runner.run(&recorder.program, recorder.done, &self.memory);
        recorder.all_ran();
        if let Err(fault) = outcome {
            self.mode.set(Mode::Faulted);
            self.fault.lock().get_or_insert(Fault { block: self.block, ..fault });
        }
    }
}

/// Calls `then` with a copy of the operands. Whatever a call gets to see must lie in memory, even where the call is hardly ever made:
/// of a copy that is the copy alone, and operands that become slices at once stay in registers.
#[inline(always)]
fn in_memory(operands: &[Operand], then: impl FnOnce(&[Operand])) {
    match *operands {
        [x] => then(&[x]),
        [x, y] => then(&[x, y]),
        [x, y, z] => then(&[x, y, z]),
        [x, y, z, w] => then(&[x, y, z, w]),
        // Of an op with so many operands they are not what takes time.
        _ => then(operands),
    }
}

impl std::fmt::Debug for Unit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Unit(block {} of {})", self.block, self.blocks)
    }
}

/// The core that runs this block: which block it is, and barriers.
///
/// Cheap to copy; every tile and tensor of the kernel has one.
pub struct Core<'k, Ch: Chip = A2A3> {
    unit: &'k Unit,
    /// Invariant in `'k`: the brand of one kernel invocation.
    brand: PhantomData<fn(&'k ()) -> &'k ()>,
    chip: PhantomData<Ch>,
}

impl<Ch: Chip> Clone for Core<'_, Ch> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<Ch: Chip> Copy for Core<'_, Ch> {}

impl<'k, Ch: Chip> Core<'k, Ch> {
    #[inline(always)]
    pub(crate) fn new(unit: &'k Unit) -> Self {
        Core { unit, brand: PhantomData, chip: PhantomData }
    }

    #[inline(always)]
    pub(crate) fn unit(self) -> &'k Unit {
        self.unit
    }

    /// The index of this block in the grid.
    #[doc(alias = "get_block_idx")]
    #[must_use]
    pub fn block_idx(self) -> usize {
        self.unit.block
    }

    /// How many blocks the grid has.
    #[doc(alias = "get_block_num")]
    #[must_use]
    pub fn block_dim(self) -> usize {
        self.unit.blocks
    }

    /// Of the vector cores of a cluster, which one this is: 0 or 1. On any other core 0.
    #[doc(alias = "get_subblockid")]
    #[must_use]
    pub fn subblock_idx(self) -> usize {
        self.unit.half.is_some_and(|half| half.second).into()
    }

    /// A barrier on the pipe of `O`: its later ops wait for its earlier ones.
    ///
    /// A kernel never needs it for correctness, as the library places the barriers that a chip needs. On a2a3 every pipe
    /// has one; on a5 only PIPE_MTE2 and PIPE_MTE3 do, and another `O` does not compile.
    #[doc(alias = "TSYNC")]
    #[doc(alias = "pipe_barrier")]
    #[track_caller]
    pub fn tsync_op<O: Op>(self)
    where
        Ch: HasBarrier<O>,
    {
        let at = Location::caller();
        self.unit.record(|recorder| recorder.barrier(O::Pipe::PIPE, at));
    }

    /// A barrier on all pipes: everything later waits for everything earlier.
    #[doc(alias = "PIPE_ALL")]
    #[track_caller]
    pub fn pipe_barrier_all(self) {
        let at = Location::caller();
        self.unit.record(|recorder| recorder.barrier_all(at));
    }

    /// For its message: blocks meet between phases.
    #[doc(hidden)]
    pub fn syncall(self)
    where
        Ch: MeetsInAKernel,
    {
    }
}

impl<Ch: Chip> std::fmt::Debug for Core<'_, Ch> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Core({:?})", self.unit)
    }
}
