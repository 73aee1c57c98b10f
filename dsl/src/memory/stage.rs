//! Ops on windows: parts of tiles whose rows lie apart.
//!
//! The rows of a window lie between those of other parts, which another pipe may be writing: so there is never a slice of it. Its
//! rows are copied to a memory of their own, the op runs there, and what it has written is copied back.

use super::Memory;
use super::operand::{Operand, Place};
use crate::tile::space::Space;
use crate::tile::tile_type::TileType;

/// Runs `op` on copies of its operands, of which the first `writes` are written.
#[cold]
pub(super) fn run(
    op: fn(&Memory, &[Operand], u64),
    memory: &Memory,
    operands: &[Operand],
    writes: u8,
    imm: u64,
) {
    let mut used = [0; Space::COUNT];
    let copies: Vec<Operand> =
        (0..).zip(operands).map(|(slot, x)| copy_of(x, slot, &mut used)).collect();
    let mut stage = Memory::new(used, operands.len());
    stage.globals.clone_from(&memory.globals);
    for (operand, copy) in operands.iter().zip(&copies) {
        if let (Some(from), Some(to)) = (Rows::of(memory, operand), Rows::of(&stage, copy)) {
            copy_rows(&from, &to);
            stage.loans[to.slot].take_from(&memory.loans[from.slot]);
        }
    }
    op(&stage, &copies, imm);
    for (operand, copy) in operands.iter().zip(&copies).take(writes.into()) {
        if let (Some(to), Some(from)) = (Rows::of(memory, operand), Rows::of(&stage, copy)) {
            copy_rows(&from, &to);
            memory.loans[to.slot].end();
        }
    }
}

/// The operand as tile `slot` of the stage, with its rows side by side.
fn copy_of(operand: &Operand, slot: u32, used: &mut [usize; Space::COUNT]) -> Operand {
    let Place::Tile { ty, .. } = operand.place else { return *operand };
    let ty = match operand.part {
        true => TileType { rows: operand.rows, cols: operand.cols, ..ty },
        false => ty,
    };
    let used = &mut used[ty.space.index()];
    let addr = *used as u32;
    *used += ty.bytes().next_multiple_of(size_of::<super::Line>());
    Operand::new(Place::Tile { slot, addr, ty }, operand.rows, operand.cols)
}

/// The bytes of a tile operand: runs at equal distances.
struct Rows {
    slot: usize,
    first: *mut u8,
    count: usize,
    len: usize,
    pitch: usize,
}

impl Rows {
    fn of(memory: &Memory, operand: &Operand) -> Option<Self> {
        let Place::Tile { slot, addr, ty } = operand.place else { return None };
        let (slot, first) = (slot as usize, memory.at(ty.space, addr));
        let row = operand.cols as usize * ty.dtype.size();
        let (count, len, pitch) = if operand.is_window() {
            (operand.rows as usize, row, ty.cols as usize * ty.dtype.size())
        } else if operand.part {
            (1, operand.rows as usize * row, 0)
        } else {
            (1, ty.bytes(), 0)
        };
        Some(Rows { slot, first, count, len, pitch })
    }
}

/// The two have the same bytes, in runs of equal or different lengths.
fn copy_rows(from: &Rows, to: &Rows) {
    let (count, len) = (from.count.max(to.count), from.len.min(to.len));
    let run = |rows: &Rows, index: usize| {
        let distance = if rows.count == 1 { len } else { rows.pitch };
        // SAFETY: a run of the operand's bytes, which lie in its memory.
        unsafe { rows.first.add(index * distance) }
    };
    for index in 0..count {
        // SAFETY: the operand's own bytes, which the contract of `call` grants: to read, and to write those that the op writes. One of
        // the two is in a memory that nobody else knows.
        unsafe { run(from, index).copy_to_nonoverlapping(run(to, index), len) };
    }
}
