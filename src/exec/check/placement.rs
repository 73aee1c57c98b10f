//! Where tiles and operands lie: inside their memories, apart from each other.

use super::code::Code;
use super::finding::written;
use super::findings::Findings;
use crate::program::{InstrKind, Operand, Place, Program, TileInfo};
use crate::tile::LayoutId;
use crate::tile::layout::BLOCK_BYTES;

/// Reports tiles and operands that stick out, and tiles that share bytes.
pub(super) fn report(program: &Program, findings: &mut Findings<'_>) {
    for (slot, tile) in (0..).zip(&program.tiles) {
        let capacity = program.chip.capacity(tile.ty.space);
        let aligned = (tile.addr as usize).is_multiple_of(BLOCK_BYTES);
        if !aligned || (end(tile) > capacity && end_of_use(program, slot, tile) > capacity) {
            let used = first_use(program, slot);
            findings.add(Code::OutOfRange, used.as_slice(), |text| {
                text.message = format!(
                    "tile {} takes bytes {:#x} to {:#x} of the {} space, which has {capacity:#x} bytes in blocks of 32",
                    tile.name, tile.addr, end(tile), tile.ty.space
                );
                text.labels = vec![format!("{} is first used here", tile.name)];
                text.repair = "place it inside, at a multiple of 32".to_owned();
            });
        }
    }
    overlaps(program, findings);
    for (index, instr) in program.instrs.iter().enumerate() {
        let InstrKind::Op(op) = &instr.kind else { continue };
        if program.operands(op).len() < usize::from(op.operand_count) {
            foreign(program, index as u32, findings);
        }
        for operand in program.operands(op) {
            let Some(inside) = inside(program, operand) else {
                foreign(program, index as u32, findings);
                continue;
            };
            if !inside {
                findings.add(Code::OutOfRange, &[index as u32], |text| {
                    let name = program.name(operand);
                    let op = written(program, index as u32);
                    let size = match operand.place {
                        Place::Bytes { .. } => {
                            format!("{} runs of {} bytes", operand.rows, operand.cols)
                        }
                        _ => format!("{} x {} elements", operand.rows, operand.cols),
                    };
                    text.message =
                        format!("`{op}` uses {size} from {name} on, more than there are");
                    text.labels = vec![format!("{name} sticks out of its memory")];
                    text.repair = "check the loop's bounds and the window's offsets".to_owned();
                });
            }
        }
    }
}

/// One past the last byte that ops use of a tile: C++ kernels declare tiles larger than their space, of which they use a part. Of a tile
/// that nobody uses it is the end.
fn end_of_use(program: &Program, slot: u32, tile: &TileInfo) -> usize {
    let of = |operand: &Operand| match operand.place {
        Place::Tile { slot: other, addr, ty } if other == slot => {
            let (last_row, last_col) = (operand.rows.checked_sub(1)?, operand.cols.checked_sub(1)?);
            let last = (last_row as usize, last_col as usize);
            let size = ty.dtype.size();
            let last =
                ty.layout.index(last, ty.shape(), size).saturating_add(1).saturating_mul(size);
            Some((addr as usize).saturating_add(last))
        }
        _ => None,
    };
    let ops = program.instrs.iter().filter_map(|instr| match &instr.kind {
        InstrKind::Op(op) => Some(program.operands(op)),
        _ => None,
    });
    ops.flatten().filter_map(of).max().unwrap_or_else(|| end(tile))
}

/// The first op on a tile.
fn first_use(program: &Program, slot: u32) -> Option<u32> {
    let uses = |operand: &Operand| matches!(operand.place, Place::Tile { slot: other, .. } if other == slot);
    let used = program.instrs.iter().position(|instr| match &instr.kind {
        InstrKind::Op(op) => program.operands(op).iter().any(uses),
        _ => false,
    });
    used.map(|index| index as u32)
}

fn end(tile: &TileInfo) -> usize {
    (tile.addr as usize).saturating_add(tile.ty.bytes())
}

/// Neighbours in the order of addresses: each tile against the one that reaches furthest before it. Those of a union are one buffer.
fn overlaps(program: &Program, findings: &mut Findings<'_>) {
    let mut tiles: Vec<&TileInfo> = program.tiles.iter().collect();
    tiles.sort_by_key(|tile| (tile.ty.space, tile.addr));
    let mut furthest: Option<&TileInfo> = None;
    for tile in tiles {
        if let Some(other) = furthest.filter(|other| other.ty.space == tile.ty.space) {
            if end(other) > tile.addr as usize && !(other.shares && tile.shares) {
                findings.add(Code::Overlap, &[], |text| {
                    text.message = format!(
                        "tiles {} and {} share bytes from {:#x} on in the {} space",
                        other.name, tile.name, tile.addr, tile.ty.space
                    );
                    text.repair =
                        "move one of them, unless they are one buffer under two names".to_owned();
                });
            }
            if end(other) >= end(tile) {
                continue;
            }
        }
        furthest = Some(tile);
    }
}

fn foreign(program: &Program, index: u32, findings: &mut Findings<'_>) {
    findings.add(Code::ForeignOperand, &[index], |text| {
        let op = written(program, index);
        text.message = format!("`{op}` has an operand that belongs to another block");
        text.labels = vec!["a tile or a tensor that this program does not list".to_owned()];
        text.repair = "make the operand with `tile` or `global_in` of the block that issues the op"
            .to_owned();
    });
}

/// Whether an operand lies in the tile or the tensor that it is of.
pub(crate) fn is_inside(program: &Program, operand: &Operand) -> bool {
    inside(program, operand) == Some(true)
}

/// Whether an operand lies in its tile or tensor; nothing if the program has no such one.
fn inside(program: &Program, operand: &Operand) -> Option<bool> {
    let (rows, cols) = (operand.rows as usize, operand.cols as usize);
    match operand.place {
        Place::Tile { slot, addr, ty } => {
            let tile = program.tiles.get(slot as usize)?;
            let offset = (addr as usize).checked_sub(tile.addr as usize);
            let (ty_rows, ty_cols) = ty.shape();
            Some(offset.is_some_and(|offset| {
                let offset = offset / ty.dtype.size();
                let (row, col) = match ty.layout {
                    LayoutId::Dn => (offset % ty_rows.max(1), offset / ty_rows.max(1)),
                    _ => (offset / ty_cols.max(1), offset % ty_cols.max(1)),
                };
                row + rows <= ty_rows && col + cols <= ty_cols
            }))
        }
        Place::Global { arg, row, col } => {
            let tensor = program.globals.get(arg as usize)?;
            Some(row as usize + rows <= tensor.rows && col as usize + cols <= tensor.cols)
        }
        Place::Bytes { arg, start, pitch } => {
            let tensor = program.globals.get(arg as usize)?;
            let last = u64::from(pitch) * u64::from(operand.rows.saturating_sub(1));
            Some(u64::from(start) + last + u64::from(operand.cols) <= tensor.cols as u64)
        }
        Place::Word(_) => Some(true),
    }
}
