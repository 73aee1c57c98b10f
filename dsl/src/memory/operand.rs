//! What an op works on: a tile, a region of global memory or a number, as a value.

use crate::tile::tile_type::TileType;

/// An operand of an op.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operand {
    /// Where it is.
    pub place: Place,
    /// Valid rows.
    pub rows: u32,
    /// Valid columns.
    pub cols: u32,
    /// Whether it is all of one part of a tile, and no more than that may be touched.
    pub(crate) part: bool,
}

impl Operand {
    #[doc(hidden)]
    #[inline(always)]
    pub fn new(place: Place, rows: u32, cols: u32) -> Self {
        Operand { place, rows, cols, part: false }
    }

    /// A number that the op itself has.
    #[inline(always)]
    pub(crate) fn word(word: u32) -> Self {
        Operand::new(Place::Word(word), 1, 1)
    }

    /// One element of a tile.
    pub(crate) fn element(self, row: usize, col: usize) -> Self {
        let place = match self.place {
            Place::Tile { slot, addr, ty } => {
                let size = ty.dtype.size();
                let bytes = ty.layout.index((row, col), ty.shape(), size) * size;
                Place::Tile { slot, addr: addr + bytes as u32, ty }
            }
            other @ (Place::Global { .. } | Place::Bytes { .. } | Place::Word(_)) => other,
        };
        Operand { place, rows: 1, cols: 1, ..self }
    }

    /// Whether it is a part whose rows lie apart, with those of other parts between them.
    #[inline(always)]
    pub(crate) fn is_window(&self) -> bool {
        self.part
            && self.rows > 1
            && matches!(self.place, Place::Tile { ty, .. } if ty.cols != self.cols)
    }
}

/// Where an operand is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In on-chip memory.
    Tile {
        /// The slot in [`Program::tiles`](crate::program::Program::tiles).
        slot: u32,
        /// The address in its memory space, in bytes.
        addr: u32,
        /// The type through which this op sees the tile; of a part, that of the whole.
        ty: TileType,
    },
    /// In global memory.
    Global {
        /// The tensor in [`Program::globals`](crate::program::Program::globals).
        arg: u32,
        /// The first row, counted in the whole tensor.
        row: u32,
        /// The first column, counted in the whole tensor.
        col: u32,
    },
    /// In global memory, by bytes: [`Operand::rows`] runs of [`Operand::cols`] bytes each, of a tensor that is one row of bytes.
    Bytes {
        /// The tensor in [`Program::globals`](crate::program::Program::globals).
        arg: u32,
        /// The first byte, counted in the whole tensor.
        start: u32,
        /// From the start of one run to that of the next.
        pitch: u32,
    },
    /// In no memory: a number that the op itself has, where it has more of them than [`OpInstr::imm`](crate::program::OpInstr::imm) takes.
    Word(u32),
}

/// The slot of a tile, and the number of a tensor, that belong to another block.
pub const NOWHERE: u32 = u32::MAX;
