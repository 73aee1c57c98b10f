//! The tiles of a plan by field: what is one array in the C++.

use std::collections::HashMap;

use super::names;
use crate::op::OpCode;
use crate::program::{At, Line, Place, Program, TileInfo};
use crate::tile::{LayoutId, TileType};

/// Tiles of one type that the plan lists under one name.
#[derive(Clone, Debug)]
pub(super) struct Field {
    /// The name in the C++.
    pub(super) name: String,
    pub(super) ty: TileType,
    /// Where each of its tiles starts.
    pub(super) tiles: Vec<u32>,
    /// Whether they are the slots of a FIFO: the C++ has one tile, and is told where it is when a message is popped.
    pub(super) is_popped: bool,
}

/// The fields of a plan.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields {
    pub(super) list: Vec<Field>,
    /// By slot of the program: the field, and which of its tiles.
    pub(super) of_slot: Vec<(usize, usize)>,
}

impl Fields {
    /// The name of a column's elements as one row.
    pub(super) fn row_name(&self, field: usize) -> String {
        let row = format!("{}_row", self.list[field].name);
        names::free(&row, |name| self.list.iter().any(|field| field.name == name))
    }

    /// Whether a tile may be called so.
    pub(super) fn takes(&self, name: &str) -> bool {
        let mut fields = self.list.iter().enumerate();
        fields.any(|(number, field)| {
            let is_column = field.ty.layout == LayoutId::Dn;
            field.name == name || (is_column && self.row_name(number) == name)
        })
    }

    /// Fields of one name get a letter.
    fn tell_apart(&mut self) {
        let mut count: HashMap<String, usize> = HashMap::new();
        for field in &self.list {
            *count.entry(field.name.clone()).or_default() += 1;
        }
        let mut seen: HashMap<String, u8> = HashMap::new();
        for field in &mut self.list {
            if count[&field.name] > 1 {
                let nth = seen.entry(field.name.clone()).or_default();
                field.name = format!("{}_{}", field.name, (b'a' + *nth) as char);
                *nth += 1;
            }
            if names::is_reserved(&field.name) {
                field.name += "_tile";
            }
        }
    }
}

/// The name of the field that a tile is of.
fn base(tile: &TileInfo) -> &str {
    tile.name.split('[').next().unwrap_or_default()
}

/// Finds the fields of a plan: by the names of its tiles, and by what all blocks do with them.
#[derive(Debug, Default)]
pub(super) struct Finder {
    /// For each tile the first one of its field.
    field_of: Vec<usize>,
    /// A tile that is this operand of an op of this line.
    users: HashMap<(u32, OpCode, u8), usize>,
    lines: HashMap<Line, u32>,
}

impl Finder {
    /// Tiles that take turns at an operand of one line are one field, whatever the plan calls them.
    pub(super) fn add(&mut self, program: &Program) {
        if self.field_of.is_empty() {
            self.field_of = by_name(&program.tiles);
        }
        let mut lines: HashMap<At, u32> = HashMap::new();
        for (instr, op) in program.ops() {
            let Some(code) = op.code else { continue };
            let known = self.lines.len() as u32;
            let line = *lines
                .entry(instr.at)
                .or_insert_with(|| *self.lines.entry(program.line(instr.at)).or_insert(known));
            for (index, operand) in (0..).zip(program.operands(op)) {
                let Place::Tile { slot, .. } = operand.place else { continue };
                let mine = self.field_of[slot as usize];
                let first = *self.users.entry((line, code, index)).or_insert(mine);
                // The first user may be part of a larger field by now.
                let first = self.field_of[first];
                let is_slot = |tile: usize| program.tiles[tile].slot_of.is_some();
                if first != mine
                    && program.tiles[first].ty == program.tiles[mine].ty
                    && !is_slot(first)
                    && !is_slot(mine)
                {
                    let (keep, drop) = (first.min(mine), first.max(mine));
                    let dropped = self.field_of.iter_mut().filter(|field| **field == drop);
                    dropped.for_each(|field| *field = keep);
                }
            }
        }
    }

    /// The fields of a plan with these tiles.
    pub(super) fn fields(&self, tiles: &[TileInfo]) -> Fields {
        let mut fields = Fields::default();
        let mut numbers: HashMap<usize, usize> = HashMap::new();
        for (tile, first) in tiles.iter().zip(&self.field_of) {
            let field = *numbers.entry(*first).or_insert_with(|| {
                fields.list.push(Field {
                    name: String::new(),
                    ty: tile.ty,
                    tiles: Vec::new(),
                    is_popped: tile.slot_of.is_some(),
                });
                fields.list.len() - 1
            });
            // Of several names, that of an array, which says that they take turns.
            let name = &mut fields.list[field].name;
            if tile.slot_of.is_some() {
                *name = format!("{}_slot", base(tile));
            } else if name.is_empty() || tile.name.contains('[') {
                *name = base(tile).to_owned();
            }
            fields.of_slot.push((field, fields.list[field].tiles.len()));
            fields.list[field].tiles.push(tile.addr);
        }
        fields.tell_apart();
        fields
    }
}

/// For each tile the first one of its type and name. A pair in an array has one name twice; the second time it is another field.
fn by_name(tiles: &[TileInfo]) -> Vec<usize> {
    let mut times: HashMap<&str, usize> = HashMap::new();
    let mut known: HashMap<(&str, usize, TileType), usize> = HashMap::new();
    let mut field_of = Vec::new();
    for (slot, tile) in tiles.iter().enumerate() {
        let nth = times.entry(&tile.name).or_default();
        field_of.push(*known.entry((base(tile), *nth, tile.ty)).or_insert(slot));
        *nth += 1;
    }
    field_of
}
