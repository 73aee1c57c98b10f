//! Memory of a core that other cores write to: what it does there stands in its program twice, as what it is to itself and as what it is to them.

use crate::tile::{LayoutId, Space, TileType};

/// Runs of bytes: the first byte, how many, how far apart, how wide.
pub(super) type Runs = (u32, u32, u32, u32);

/// The parts of a core's memory that others write to.
#[derive(Default)]
pub(super) struct Shared(Vec<(Space, u32, u32)>);

/// More than the flags between cores are enough for.
const MOST: usize = 64;

impl Shared {
    /// Whether there was room for it.
    pub(super) fn add(&mut self, space: Space, start: u32, bytes: u32) -> bool {
        let part = (space, start, start.saturating_add(bytes));
        if self.0.contains(&part) {
            return true;
        }
        self.0.push(part);
        self.0.len() <= MOST
    }

    /// Whether a tile lies in one of them.
    pub(super) fn has(&self, ty: TileType, addr: u32) -> bool {
        let end = u64::from(addr) + ty.bytes() as u64;
        let meets = |&(space, from, to): &(Space, u32, u32)| {
            space == ty.space && addr < to && end > u64::from(from)
        };
        self.0.iter().any(meets)
    }

    /// The bytes of a window of a tile, if it lies in one of them.
    pub(super) fn bytes(
        &self,
        ty: TileType,
        addr: u32,
        [row, col, rows, cols]: [u32; 4],
    ) -> Option<Runs> {
        if !self.has(ty, addr) || rows == 0 || cols == 0 {
            return None;
        }
        let size = ty.dtype.size() as u32;
        let of_lines = |line: u32, lines: u32, at: u32, width: u32, pitch: u32| {
            let start = addr.checked_add(line.checked_mul(pitch)?)?;
            Some((start.checked_add(at * size)?, lines, pitch, width * size))
        };
        match ty.layout {
            LayoutId::Nd => of_lines(row, rows, col, cols, ty.cols * size),
            LayoutId::Dn => of_lines(col, cols, row, rows, ty.rows * size),
            _ => Some((addr, 1, 0, ty.bytes() as u32)),
        }
    }
}
