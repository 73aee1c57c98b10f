//! Operands of raw programs: handles to a block's memory.

use crate::program::{self, NOWHERE, Place};
use crate::tile::LayoutId;

/// A tile or a tensor of a [`Block`](super::Block), or a part of one; or a number.
///
/// It belongs to the block that made it. Used in another one it is a finding, TS015.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operand {
    block: u64,
    operand: program::Operand,
}

impl Operand {
    pub(super) fn new(block: u64, operand: program::Operand) -> Self {
        Operand { block, operand }
    }

    /// A part of this operand: `rows` by `cols` elements from (`row`, `col`) on. As `TSUBVIEW`, and as a region of a tensor.
    ///
    /// In a fractal layout a window stands for the whole tile.
    #[doc(alias = "TSUBVIEW")]
    #[must_use]
    pub fn window(self, row: u32, col: u32, rows: u32, cols: u32) -> Self {
        let place = match self.operand.place {
            Place::Global { arg, row: first_row, col: first_col } => Place::Global {
                arg,
                row: first_row.saturating_add(row),
                col: first_col.saturating_add(col),
            },
            Place::Tile { slot, addr, ty } => {
                let (row, col) = (u64::from(row), u64::from(col));
                let elements = match ty.layout {
                    LayoutId::Nd => row * u64::from(ty.cols) + col,
                    LayoutId::Dn => col * u64::from(ty.rows) + row,
                    _ => 0,
                };
                let bytes = elements.saturating_mul(ty.dtype.size() as u64);
                let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
                Place::Tile { slot, addr: addr.saturating_add(bytes), ty }
            }
            // Bytes have no rows: their part is taken by `bytes`.
            bytes @ Place::Bytes { .. } => bytes,
            Place::Word(_) => return self,
        };
        Operand { operand: program::Operand::new(place, rows, cols), ..self }
    }

    /// Of a tensor made with [`Block::global_bytes`](super::Block::global_bytes): `runs` runs of `width` bytes, `pitch` apart, from byte
    /// `start` on. Any other operand stays what it is.
    #[must_use]
    pub fn bytes(self, start: u32, runs: u32, pitch: u32, width: u32) -> Self {
        let Place::Bytes { arg, .. } = self.operand.place else { return self };
        let place = Place::Bytes { arg, start, pitch };
        Operand { operand: program::Operand::new(place, runs, width), ..self }
    }

    /// As the program of `block` lists it.
    pub(super) fn within(self, block: u64) -> program::Operand {
        let mut operand = self.operand;
        if self.block != block {
            match &mut operand.place {
                Place::Tile { slot, .. } => *slot = NOWHERE,
                Place::Global { arg, .. } | Place::Bytes { arg, .. } => *arg = NOWHERE,
                Place::Word(_) => {}
            }
        }
        operand
    }
}
