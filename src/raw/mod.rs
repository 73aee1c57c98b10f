//! The unchecked twin: programs without types, written as the C++ that they are ported from.
//!
//! A [`Block`] records what one block issues: ops by [`OpCode`], flags by pipes and id, barriers. Nothing is refused; what is
//! wrong with the result, [`check`](crate::exec::check) finds and [`explore`](crate::exec::explore) shows. The typed front
//! records the same [`Program`].
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

mod token;

use std::panic::Location;

pub use token::Token;

use crate::chip::ChipId;
use crate::issue::Run;
use crate::op::{OpCode, Pipe};
use crate::program::{
    Flag, GlobalInfo, Instr, InstrKind, OpInstr, Operand, Place, Program, TileInfo,
};
use crate::tile::{DtypeId, LayoutId, Space, TileType};

/// Records one block of a kernel without types. See the [module](self).
#[derive(Clone, Debug)]
pub struct Block {
    program: Program,
    tokens: token::RoundRobin,
}

impl Block {
    /// A block with no memory and no instructions.
    #[must_use]
    pub fn new(chip: ChipId) -> Self {
        Block { program: Program::new(chip), tokens: token::RoundRobin::default() }
    }

    /// A row-major tile at a byte address, as `TASSIGN` places it. Nothing keeps two tiles apart.
    ///
    /// # Panics
    ///
    /// If the block has 65,536 tiles already.
    #[doc(alias = "TASSIGN")]
    pub fn tile(
        &mut self,
        name: &str,
        space: Space,
        addr: u32,
        dtype: DtypeId,
        rows: usize,
        cols: usize,
    ) -> Operand {
        let ty = TileType { space, dtype, rows, cols, layout: LayoutId::Nd };
        self.tile_of(name, addr, ty)
    }

    /// As [`Block::tile`], in any layout.
    ///
    /// # Panics
    ///
    /// If the block has 65,536 tiles already.
    #[doc(alias = "TASSIGN")]
    pub fn tile_of(&mut self, name: &str, addr: u32, ty: TileType) -> Operand {
        let slot = u16::try_from(self.program.tiles.len()).expect("at most 65,536 tiles");
        self.program.tiles.push(TileInfo { name: name.to_owned(), addr, ty });
        let place = Place::Tile { slot, addr, ty: ty.interned() };
        Operand { place, rows: ty.rows as u32, cols: ty.cols as u32 }
    }

    /// A tensor in global memory that the block reads.
    ///
    /// # Panics
    ///
    /// If the block has 65,536 tensors already.
    pub fn global_in(&mut self, dtype: DtypeId, rows: usize, cols: usize) -> Operand {
        self.global(GlobalInfo { dtype, rows, cols, writable: false })
    }

    /// A tensor in global memory that the block may store to.
    ///
    /// # Panics
    ///
    /// If the block has 65,536 tensors already.
    pub fn global_out(&mut self, dtype: DtypeId, rows: usize, cols: usize) -> Operand {
        self.global(GlobalInfo { dtype, rows, cols, writable: true })
    }

    fn global(&mut self, info: GlobalInfo) -> Operand {
        let arg = u16::try_from(self.program.globals.len()).expect("at most 65,536 tensors");
        let (rows, cols) = (info.rows as u32, info.cols as u32);
        self.program.globals.push(info);
        Operand { place: Place::Global { arg, row: 0, col: 0 }, rows, cols }
    }

    /// An op: what it writes, what it reads. It runs on the pipe of `code`.
    #[track_caller]
    pub fn op<const W: usize, const R: usize>(
        &mut self,
        code: OpCode,
        writes: [Operand; W],
        reads: [Operand; R],
    ) {
        const { assert!(W + R <= 255, "an op has at most 255 operands") }
        let first_operand = self.program.operands.len() as u32;
        self.program.operands.extend(writes.iter().chain(&reads));
        let op = OpInstr {
            code,
            first_operand,
            writes: W as u8,
            operand_count: (W + R) as u8,
            imm: 0,
            run: Run::NONE,
        };
        self.push(code.pipe(), InstrKind::Op(op));
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
        self.program.instrs.push(Instr { pipe, kind, at: Location::caller().into() });
    }

    /// The program. The n-th wait on an id is paired with its n-th set, wherever the two stand.
    #[must_use]
    pub fn finish(mut self) -> Program {
        self.program.number_flags();
        self.program
    }
}

impl Operand {
    /// A part of this operand: `rows` by `cols` elements from (`row`, `col`) on. As `TSUBVIEW`, and as a region of a tensor.
    ///
    /// In a fractal layout a window stands for the whole tile.
    #[doc(alias = "TSUBVIEW")]
    #[must_use]
    pub fn window(self, row: u32, col: u32, rows: u32, cols: u32) -> Self {
        let place = match self.place {
            Place::Global { arg, row: first_row, col: first_col } => Place::Global {
                arg,
                row: first_row.saturating_add(row),
                col: first_col.saturating_add(col),
            },
            Place::Tile { slot, addr, ty } => {
                let elements = match ty.layout {
                    LayoutId::Nd => row as usize * ty.cols + col as usize,
                    LayoutId::Dn => col as usize * ty.rows + row as usize,
                    LayoutId::Nz | LayoutId::Zn | LayoutId::Zz | LayoutId::NzAcc => 0,
                };
                let bytes = u32::try_from(elements * ty.dtype.size()).unwrap_or(u32::MAX);
                Place::Tile { slot, addr: addr.saturating_add(bytes), ty }
            }
        };
        Operand { place, rows, cols }
    }
}
