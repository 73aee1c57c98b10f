//! The unchecked twin: programs without types, written as the C++ that they are ported from.
//!
//! A [`Block`] records what one block issues: ops by [`OpCode`], flags by pipes and id, barriers. Nothing is refused; what is
//! wrong with the result, `check` finds and `explore` shows. The typed front
//! records the same [`Program`].
//!
//! What C++ has and the typed front has not: an op by pipe and name ([`Block::op_on`]), unit flags ([`Block::unit_flag`]), a tile
//! that another core fills ([`Block::filled`]), and the lines of the C++ source ([`Block::at`]).
//!
//! ```
//! use tilesync::op::OpCode::{TADD, TLOAD, TSTORE_VEC};
//! use tilesync::op::Pipe::{Mte2, Mte3, V};
//! use tilesync::raw::Block;
//! use tilesync::{chip::ChipId, exec::check::check, tile::{DtypeId::F32, Space}};
//!
//! let mut k = Block::new(ChipId::A2A3);
//! let (x, y) = (k.global_in(F32, 64, 64), k.global_out(F32, 64, 64));
//! let a = k.tile("a", Space::Vec, 0x0, F32, 64, 64);
//! let b = k.tile("b", Space::Vec, 0x4000, F32, 64, 64);
//!
//! k.op(TLOAD, [a], [x]);
//! k.set_flag(Mte2, V, 0);
//! k.wait_flag(Mte2, V, 0);
//! k.op(TADD, [b], [a, a]);
//! k.set_flag(V, Mte3, 1);
//! k.wait_flag(V, Mte3, 1);
//! k.op(TSTORE_VEC, [y], [b]);
//!
//! assert!(check(&k.finish()).is_clean());
//! ```

mod cluster;
mod operand;
mod token;

use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub use cluster::{FifoId, Fifos};
pub use operand::Operand;
pub use token::Token;

use crate::chip::ChipId;
use crate::memory::Run;
use crate::op::{OpCode, Pipe};
use crate::program::{
    At, Flag, GlobalInfo, Instr, InstrKind, Line, OpInstr, Phase, Place, Program, TileInfo,
};
use crate::tile::{DtypeId, LayoutId, Space, TileType};

/// Records one block of a kernel without types. See the [module](self).
#[derive(Debug)]
pub struct Block {
    program: Program,
    /// Tells its operands from those of other blocks.
    id: u64,
    tokens: token::RoundRobin,
    /// What has been said of the next instruction.
    line: Option<At>,
    phase: Option<Phase>,
    /// By FIFO.
    cursors: Vec<cluster::Cursor>,
}

impl Block {
    /// A block with no memory and no instructions.
    #[must_use]
    pub fn new(chip: ChipId) -> Self {
        static BLOCKS: AtomicU64 = AtomicU64::new(0);
        Block {
            program: Program::new(chip),
            id: BLOCKS.fetch_add(1, Ordering::Relaxed),
            tokens: token::RoundRobin::default(),
            line: None,
            phase: None,
            cursors: Vec::new(),
        }
    }

    /// A row-major tile at a byte address, as `TASSIGN` places it. Nothing keeps two tiles apart.
    #[doc(alias = "TASSIGN")]
    pub fn tile(
        &mut self,
        name: &str,
        space: Space,
        addr: u32,
        dtype: DtypeId,
        rows: u32,
        cols: u32,
    ) -> Operand {
        let ty = TileType { space, dtype, rows, cols, layout: LayoutId::Nd };
        self.tile_of(name, addr, ty)
    }

    /// As [`Block::tile`], in any layout.
    #[doc(alias = "TASSIGN")]
    pub fn tile_of(&mut self, name: &str, addr: u32, ty: TileType) -> Operand {
        let slot = self.program.tiles.len() as u32;
        self.program.tiles.push(TileInfo::new(name.to_owned(), addr, ty));
        self.operand(Place::Tile { slot, addr, ty }, ty.rows, ty.cols)
    }

    /// Says that a tile is full before the block starts: another core has filled it.
    ///
    /// How this block knows that the data is there is between the two cores; inside of the block the tile may be read.
    pub fn filled(&mut self, tile: Operand) {
        if let Place::Tile { slot, .. } = tile.within(self.id).place
            && let Some(tile) = self.program.tiles.get_mut(slot as usize)
        {
            tile.filled = true;
        }
    }

    /// A tensor in global memory that the block reads.
    pub fn global_in(&mut self, dtype: DtypeId, rows: u32, cols: u32) -> Operand {
        self.global(dtype, rows, cols, false)
    }

    /// A tensor in global memory that the block may store to.
    pub fn global_out(&mut self, dtype: DtypeId, rows: u32, cols: u32) -> Operand {
        self.global(dtype, rows, cols, true)
    }

    /// A tensor in global memory that nothing is in before the launch: what the blocks of it store to, and load again.
    pub fn workspace(&mut self, dtype: DtypeId, rows: u32, cols: u32) -> Operand {
        let whole = self.global(dtype, rows, cols, true);
        if let Some(tensor) = self.program.globals.last_mut() {
            tensor.blank = true;
        }
        whole
    }

    /// Global memory of which nothing is known but its size, as a C++ kernel is given it. Ops take parts of it:
    /// [`Operand::bytes`].
    pub fn global_bytes(&mut self, bytes: u32) -> Operand {
        let whole = self.global(DtypeId::U8, 1, bytes, true);
        let Place::Global { arg, .. } = whole.within(self.id).place else { return whole };
        self.operand(Place::Bytes { arg, start: 0, pitch: 0 }, 1, bytes)
    }

    fn global(&mut self, dtype: DtypeId, rows: u32, cols: u32, writable: bool) -> Operand {
        let arg = self.program.globals.len() as u32;
        let tensor =
            GlobalInfo { dtype, rows: rows as usize, cols: cols as usize, writable, blank: false };
        self.program.globals.push(tensor);
        self.operand(Place::Global { arg, row: 0, col: 0 }, rows, cols)
    }

    /// A number that an op has, as those of the key and the counter of `TRANDOM`. It is in no memory.
    #[must_use]
    pub fn word(&self, word: u32) -> Operand {
        self.operand(Place::Word(word), 1, 1)
    }

    fn operand(&self, place: Place, rows: u32, cols: u32) -> Operand {
        Operand::new(self.id, crate::program::Operand::new(place, rows, cols))
    }

    /// An op: what it writes, what it reads. It runs on the pipe of `code`.
    ///
    /// What `TAXPY`, `TMULADDDST` and the fused multiply-adds write they read as well, listed or not. Where that is so of some
    /// calls alone, list the tile on both sides: the accumulator of `TMATMUL_ACC`, or the valid region of what
    /// `TFILLPAD_INPLACE` fills up.
    ///
    /// # Panics
    ///
    /// If there are more than 255 operands.
    #[track_caller]
    pub fn op(
        &mut self,
        code: OpCode,
        writes: impl AsRef<[Operand]>,
        reads: impl AsRef<[Operand]>,
    ) {
        let (writes, reads) = (writes.as_ref(), reads.as_ref());
        let updated = if code.updates() { writes } else { &[] };
        self.issue(code.pipe(), Some(code), 0, [writes, reads, updated]);
    }

    /// An op that PTO does not list, by its pipe and its name: what it writes, what it reads.
    ///
    /// # Panics
    ///
    /// If there are more than 255 operands.
    #[track_caller]
    pub fn op_on(
        &mut self,
        pipe: Pipe,
        name: &str,
        writes: impl AsRef<[Operand]>,
        reads: impl AsRef<[Operand]>,
    ) {
        let name = self.program.names.number(name);
        self.issue(pipe, None, name, [writes.as_ref(), reads.as_ref(), &[]]);
    }

    /// `operands`: what is written, what is read, and what is read because it is written.
    #[track_caller]
    fn issue(&mut self, pipe: Pipe, code: Option<OpCode>, name: u32, operands: [&[Operand]; 3]) {
        let count = operands.iter().map(|part| part.len()).sum::<usize>();
        assert!(count <= 255, "an op has at most 255 operands, not {count}");
        let first_operand = self.program.operands.len() as u32;
        let id = self.id;
        let all = operands.iter().copied().flatten().map(|operand| operand.within(id));
        self.program.operands.extend(all);
        let op = OpInstr {
            code,
            name,
            phase: self.phase.take(),
            first_operand,
            writes: operands[0].len() as u8,
            operand_count: count as u8,
            imm: 0,
            run: Run::NONE,
        };
        self.push(pipe, InstrKind::Op(op));
    }

    /// The next instruction stands at this line of the source that is ported, instead of at the caller's.
    ///
    /// ```
    /// # use tilesync::{chip::ChipId, op::Pipe::{Mte2, V}, raw::Block};
    /// let mut k = Block::new(ChipId::A2A3);
    /// k.at("rmsnorm.cpp", 42).set_flag(Mte2, V, 0);
    /// let program = k.finish();
    /// assert_eq!(program.line(program.instrs[0].at).to_string(), "rmsnorm.cpp:42");
    /// ```
    pub fn at(&mut self, file: &str, line: u32) -> &mut Self {
        self.line = Some(At::whole_line(self.program.names.number(file), line));
        self
    }

    /// A place that the next instructions may stand at: a line, and the lines that it was called from, the innermost first.
    #[doc(hidden)]
    pub fn call(&mut self, stack: &[(Arc<str>, u32)]) -> At {
        let (file, line) = stack.first().map_or(("?", 0), |(file, line)| (&**file, *line));
        let callers = stack.iter().skip(1).map(|(file, line)| Line::whole(file, *line));
        let callers: Arc<[Line]> = callers.collect();
        let names = &mut self.program.names;
        let file =
            if callers.is_empty() { names.number(file) } else { names.called(file, callers) };
        At::whole_line(file, line)
    }

    /// The next instruction stands there.
    #[doc(hidden)]
    pub fn stands_at(&mut self, at: At) {
        self.line = Some(at);
    }

    /// The next op works on its accumulator with the unit flag: PTO's `AccPhase` on PIPE_M, `STPhase` on PIPE_FIX.
    ///
    /// Ops of other pipes, and ops without an operand in L0C, have no unit flag; of them it says nothing.
    ///
    /// ```
    /// # use tilesync::{chip::ChipId, exec::check::check, op::OpCode::*, program::Phase, raw::Block, tile::{DtypeId::F32, Space}};
    /// # let mut k = Block::new(ChipId::A2A3);
    /// # let y = k.global_out(F32, 16, 16);
    /// # let [l, r] = [Space::Left, Space::Right].map(|space| k.tile("l", space, 0, F32, 16, 16));
    /// # k.filled(l);
    /// # k.filled(r);
    /// let acc = k.tile("acc", Space::Acc, 0, F32, 16, 16);
    /// k.unit_flag(Phase::Final).op(TMATMUL, [acc], [l, r]);
    /// k.unit_flag(Phase::Final).op(TSTORE_ACC, [y], [acc]); // No event: the unit flag orders the two.
    /// assert!(check(&k.finish()).is_clean());
    /// ```
    #[doc(alias("AccPhase", "STPhase"))]
    pub fn unit_flag(&mut self, phase: Phase) -> &mut Self {
        self.phase = Some(phase);
        self
    }

    /// `set_flag(src, dst, id)`: raised once everything earlier on `src` has completed.
    #[track_caller]
    pub fn set_flag(&mut self, src: Pipe, dst: Pipe, id: u8) {
        self.push(src, InstrKind::Set(Flag { src, dst, id, number: 0 }));
    }

    /// `wait_flag(src, dst, id)`: blocks `dst` until the flag is there, and consumes it.
    #[track_caller]
    pub fn wait_flag(&mut self, src: Pipe, dst: Pipe, id: u8) {
        self.push(dst, InstrKind::Wait(Flag { src, dst, id, number: 0 }));
    }

    /// `pipe_barrier(pipe)`: later instructions of the pipe wait for its earlier ones.
    #[track_caller]
    pub fn pipe_barrier(&mut self, pipe: Pipe) {
        self.push(pipe, InstrKind::Barrier);
    }

    /// `pipe_barrier(PIPE_ALL)`: everything later waits for everything earlier.
    #[track_caller]
    pub fn pipe_barrier_all(&mut self) {
        self.push(Pipe::S, InstrKind::BarrierAll);
    }

    #[track_caller]
    fn push(&mut self, pipe: Pipe, kind: InstrKind) {
        let caller = Location::caller();
        let at = self.line.take().unwrap_or_else(|| self.program.place(caller));
        self.program.instrs.push(Instr { pipe, kind, at });
    }

    /// The program. The n-th wait on an id is paired with its n-th set, wherever the two stand.
    #[must_use]
    pub fn finish(mut self) -> Program {
        self.program.number_flags();
        self.program
    }
}
