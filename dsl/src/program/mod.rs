//! The recorded program: what a kernel issued, as a plain value.
//!
//! A [`Program`] knows nothing of the types that made it. It is a list of instructions in the order of issue, each on
//! its pipe: ops with their operands, flags set and waited on, barriers. It prints one line an op.

mod cluster;
mod cross;
mod display;
#[cfg(feature = "serde")]
mod file;
mod formula;
mod line;
mod pairing;

pub(crate) use crate::memory::operand::NOWHERE;
pub use crate::memory::operand::{Operand, Place};
pub use cluster::ClusterProgram;
pub use cross::{Core, Cross, CrossMode, Direction, Fifo, FifoSlot, Participants};
#[cfg(feature = "serde")]
pub use file::LoadError;
pub(crate) use formula::Symbol;
pub use formula::{Arithmetic, Formula, Term, TermId};
pub(crate) use line::Names;
pub use line::{At, Line};

use std::panic::Location;
use std::sync::Arc;

use crate::chip::ChipId;
use crate::memory::{GlobalSlot, Run};
use crate::op::windows::Windows;
use crate::op::{OpCode, Pipe};
use crate::tile::dtype::DtypeId;
use crate::tile::tile_type::TileType;

/// What one block of a kernel issued.
#[derive(Clone, Debug)]
pub struct Program {
    /// The chip that it was recorded for.
    pub chip: ChipId,
    /// The core of a cluster that it is for; `None` for a kernel of one core.
    pub core: Option<Core>,
    /// The FIFOs of the cluster: the same table in the programs of all its cores.
    pub fifos: Arc<[Fifo]>,
    /// The tiles of the plan, in the order of their slots.
    pub tiles: Vec<TileInfo>,
    /// The tensors in global memory, in the order of the kernel's arguments.
    pub globals: Vec<GlobalInfo>,
    /// The instructions, in the order of issue.
    pub instrs: Vec<Instr>,
    /// The operands of all ops: see [`Program::operands`].
    pub(crate) operands: Vec<Operand>,
    /// The numbers that were computed from scalars: see [`Program::term`].
    pub(crate) terms: Vec<Term>,
    /// Where operands, by their index, use them; in order.
    pub(crate) formulas: Vec<(u32, Formula)>,
    /// How many flags were set: their numbers are below it.
    pub flag_count: u32,
    pub(crate) names: Names,
}

/// A tile of the plan.
#[derive(Clone, Debug)]
pub struct TileInfo {
    /// The field's name in the plan, as in `x[1]`.
    pub name: String,
    /// Where it starts in its memory space, in bytes.
    pub addr: u32,
    /// Dtype, shape, layout and space.
    pub ty: TileType,
    /// Whether it is full before the program starts, as a tile that another core fills.
    pub filled: bool,
    /// How many parts the plan takes it apart into; 0 if it has none.
    pub parts: u32,
    /// Whether it lies in one place with others, of which one is in use at a time.
    pub shares: bool,
    /// The slot of a FIFO that it is: one that lies in on-chip memory of this core, and that others store to.
    pub slot_of: Option<FifoSlot>,
}

impl TileInfo {
    /// A tile that holds nothing yet.
    pub(crate) fn new(name: String, addr: u32, ty: TileType) -> Self {
        TileInfo { name, addr, ty, filled: false, parts: 0, shares: false, slot_of: None }
    }
}

/// A tensor in global memory.
#[derive(Clone, Debug)]
pub struct GlobalInfo {
    /// The element type.
    pub dtype: DtypeId,
    /// Its rows: those of all blocks.
    pub rows: usize,
    /// Its columns.
    pub cols: usize,
    /// Whether the kernel may store to it.
    pub writable: bool,
    /// Whether nothing is in it before the launch: a [`Workspace`](crate::global::Workspace).
    pub blank: bool,
}

impl From<&GlobalSlot> for GlobalInfo {
    fn from(slot: &GlobalSlot) -> Self {
        let (rows, cols) = slot.extent;
        GlobalInfo { dtype: slot.dtype, rows, cols, writable: slot.writable, blank: slot.blank }
    }
}

/// One instruction on one pipe.
#[derive(Clone, Copy, Debug)]
pub struct Instr {
    /// The pipe whose queue it goes to.
    pub pipe: Pipe,
    /// What it does.
    pub kind: InstrKind,
    /// The line that issued it: see [`Program::line`].
    pub at: At,
}

/// What an instruction does.
#[derive(Clone, Copy, Debug)]
pub enum InstrKind {
    /// Runs an op.
    Op(OpInstr),
    /// Sets a flag, once everything earlier on the source pipe has completed.
    Set(Flag),
    /// Blocks the pipe until the flag is there, then consumes it.
    Wait(Flag),
    /// Later instructions of this pipe wait for its earlier ones.
    Barrier,
    /// Everything later waits for everything earlier, on all pipes.
    BarrierAll,
    /// Says something to other cores, or waits for them.
    Cross(Cross),
}

/// An op with its operands.
#[derive(Clone, Copy, Debug)]
pub struct OpInstr {
    /// Which op; `None` for one that PTO does not list: [`Program::op_name`] tells.
    pub code: Option<OpCode>,
    /// The number of its name, if it has no code.
    pub(crate) name: u32,
    /// What it does to the unit flag of the accumulator that it works on.
    pub phase: Option<Phase>,
    pub(crate) first_operand: u32,
    /// How many of its operands, from the first, are written; the others are read.
    pub writes: u8,
    /// How many operands it has.
    pub operand_count: u8,
    /// The scalar operand or mode, as bits.
    pub imm: u64,
    pub(crate) run: Run,
}

/// What an op of the matrix pipe, or one that drains an accumulator, does to the accumulator's unit flag: PTO's `AccPhase` and
/// `STPhase`.
///
/// The flag belongs to the accumulator's bytes, and takes the place of the event between PIPE_M and PIPE_FIX. An op on PIPE_M
/// waits until it is down, one on PIPE_FIX until it is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Phase {
    /// Leaves the flag as it is: more of the same follows.
    Partial,
    /// The last one: raises the flag on PIPE_M, takes it down on PIPE_FIX.
    Final,
}

impl std::fmt::Display for Phase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Phase::Partial => "Partial",
            Phase::Final => "Final",
        })
    }
}

/// One use of an event id: set once, waited on once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Flag {
    /// The pipe that sets it.
    pub src: Pipe,
    /// The pipe that waits on it.
    pub dst: Pipe,
    /// The event id, 0 to 7 for each pair of pipes.
    pub id: u8,
    /// Tells apart the uses of one id: a dense number in the order of the sets.
    pub number: u32,
}

impl std::fmt::Display for Flag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}>{}#{}", self.src.short(), self.dst.short(), self.id)
    }
}

impl OpInstr {
    /// Which form of the op it is, where its operands do not tell: `ACC` of TMATMUL_ACC. Known of what a typed kernel issued.
    #[doc(hidden)]
    pub fn form(&self) -> Option<&'static str> {
        self.run.about.form
    }

    /// How TIMG2COL unrolls its image. Known of what a typed kernel issued.
    #[doc(hidden)]
    pub fn windows(&self) -> Option<Windows> {
        self.run.about.windows
    }
}

impl Program {
    pub(crate) fn new(chip: ChipId) -> Self {
        Program {
            chip,
            core: None,
            fifos: Arc::default(),
            tiles: Vec::new(),
            globals: Vec::new(),
            instrs: Vec::new(),
            operands: Vec::new(),
            terms: Vec::new(),
            formulas: Vec::new(),
            flag_count: 0,
            names: Names::default(),
        }
    }

    /// A line of this build, for an instruction.
    pub(crate) fn place(&mut self, at: &Location<'static>) -> At {
        At { file: self.names.number_of(at.file()), line: at.line(), column: at.column() }
    }

    /// The line of source that an instruction of this program was issued from.
    #[must_use]
    pub fn line(&self, at: At) -> Line {
        Line::new(self.file(at), at)
    }

    /// The lines from which the function was called that issued an instruction, the innermost first; empty if that is not known.
    #[must_use]
    pub fn callers(&self, at: At) -> &[Line] {
        self.names.callers(at.file)
    }

    fn file(&self, at: At) -> &str {
        self.names.get(at.file).unwrap_or("?")
    }

    /// The name of `op`: PTO's, or what the program calls it.
    #[must_use]
    pub fn op_name(&self, op: &OpInstr) -> &str {
        match op.code {
            Some(code) => code.name(),
            None => self.names.get(op.name).unwrap_or("?"),
        }
    }

    /// The operands of `op`, the written ones first.
    #[must_use]
    pub fn operands(&self, op: &OpInstr) -> &[Operand] {
        self.operands.get(self.operand_range(op)).unwrap_or_default()
    }

    /// Those of all ops, in the order of issue; of an op in this [range](Self::operand_range).
    #[doc(hidden)]
    pub fn all_operands(&self) -> &[Operand] {
        &self.operands
    }

    /// Gives the tensors that the operands name the numbers `numbers`, by those that they had.
    #[doc(hidden)]
    pub fn renumber(&mut self, numbers: &[u32]) {
        for operand in &mut self.operands {
            if let Place::Bytes { arg, .. } | Place::Global { arg, .. } = &mut operand.place
                && let Some(&number) = numbers.get(*arg as usize)
            {
                *arg = number;
            }
        }
    }

    #[doc(hidden)]
    pub fn operand_range(&self, op: &OpInstr) -> std::ops::Range<usize> {
        let first = op.first_operand as usize;
        first..first + usize::from(op.operand_count)
    }

    /// The operands of `op`: first the written ones, then those that are only read.
    #[must_use]
    pub fn writes_and_reads(&self, op: &OpInstr) -> (&[Operand], &[Operand]) {
        let operands = self.operands(op);
        operands.split_at(usize::from(op.writes).min(operands.len()))
    }

    /// The ops alone, in the order of issue.
    pub fn ops(&self) -> impl Iterator<Item = (&Instr, &OpInstr)> {
        self.instrs.iter().filter_map(|instr| match &instr.kind {
            InstrKind::Op(op) => Some((instr, op)),
            _ => None,
        })
    }
}
