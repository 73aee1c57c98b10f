//! Tiles: their types, their variables, their addresses.

use std::collections::BTreeMap;

use super::layout::{Page, camel};
use crate::chip::ChipId;
use crate::emit::fields::Fields;
use crate::emit::linear::{Atom, Linear};
use crate::emit::loops::{Ring, When};
use crate::emit::types;
use crate::emit::walk::Visitor;
use crate::emit::words::{PIECE, Piece, What, Words};
use crate::tile::{Space, TileType};

/// Which variable: the field, the type through which it is seen, and whether it lies somewhere in its tile.
type Key = (usize, TileType, bool);

#[derive(Clone, Debug)]
struct Variable {
    name: String,
    /// Valid rows and columns, where they are always the same.
    valid: [Option<i64>; 2],
}

/// The tiles of a plan, as the kernel sees them.
pub(super) struct Tiles<'w> {
    fields: &'w Fields,
    variables: BTreeMap<Key, Variable>,
}

/// Collects how tiles are used.
pub(super) struct Survey<'v, 'w> {
    pub(super) words: &'v Words,
    pub(super) tiles: &'v mut Tiles<'w>,
}

impl Visitor for Survey<'_, '_> {
    fn instr(&mut self, shape: u32, numbers: &[Linear]) {
        if let What::Op(op) = &self.words.shapes[shape as usize].what {
            for (index, piece) in op.operands.iter().enumerate() {
                if let Piece::Tile { field, ty } = *piece {
                    self.tiles.add(field, ty, &numbers[index * PIECE..]);
                }
            }
        }
    }

    fn begin(&mut self, _: &Linear, _: &Atom, _: u32) {}

    fn end(&mut self) {}

    fn when(&mut self, _: When) {}
}

/// A tile as an op names it, with what stands before the op.
pub(super) struct Use {
    pub(super) text: String,
    /// The name of its type.
    pub(super) ty: String,
    /// Calls that set its address and its valid region, each with what it sets.
    pub(super) before: Vec<(String, String)>,
}

impl<'w> Tiles<'w> {
    pub(super) fn new(fields: &'w Fields) -> Self {
        Tiles { fields, variables: BTreeMap::new() }
    }

    fn key(&self, field: usize, ty: TileType, numbers: &[Linear]) -> Key {
        let is_whole = ty == self.fields.list[field].ty && numbers[1].as_constant() == Some(0);
        (field, ty, !is_whole)
    }

    fn add(&mut self, field: usize, ty: TileType, numbers: &[Linear]) {
        let key = self.key(field, ty, numbers);
        let views = self.variables.keys().filter(|known| known.0 == field && known.2).count();
        let base = &self.fields.list[field].name;
        let valid = [2, 3].map(|index: usize| numbers[index].as_constant());
        let known = self.variables.entry(key).or_insert_with(|| {
            let name = match (key.2, views) {
                (false, _) => base.clone(),
                (true, 0) => format!("{base}_view"),
                (true, more) => format!("{base}_view{}", more + 1),
            };
            Variable { name, valid }
        });
        for (known, valid) in known.valid.iter_mut().zip(valid) {
            if *known != valid {
                *known = None;
            }
        }
    }

    /// The variables, each with its type; those that are whole tiles with their addresses.
    pub(super) fn declare(&self, page: &mut Page, chip: ChipId) {
        for (key, variable) in &self.variables {
            let ty = types::tile(key.1, variable.valid);
            page.line(&format!("using {}Tile = {ty};", camel(&variable.name)));
        }
        page.blank();
        for space in Space::ALL {
            let here: Vec<_> =
                self.variables.iter().filter(|(key, _)| key.1.space == space).collect();
            for &(key, variable) in &here {
                let count = if key.2 { 1 } else { self.fields.list[key.0].tiles.len() };
                let array = if count > 1 { format!("[{count}]") } else { String::new() };
                page.line(&format!("{}Tile {}{array};", camel(&variable.name), variable.name));
            }
            for &(key, variable) in here.iter().filter(|(key, _)| !key.2) {
                let tiles = &self.fields.list[key.0].tiles;
                for (index, addr) in tiles.iter().enumerate() {
                    let at = if tiles.len() > 1 { format!("[{index}]") } else { String::new() };
                    page.line(&format!("TASSIGN({}{at}, {addr:#x});", variable.name));
                }
            }
        }
        let _ = chip;
        page.blank();
    }

    /// How an op names it; nothing, where its address is no sum.
    pub(super) fn use_of(
        &self,
        field: usize,
        ty: TileType,
        numbers: &[Linear],
        ring: Ring,
    ) -> Option<Use> {
        let key = self.key(field, ty, numbers);
        let variable = self.variables.get(&key)?;
        let tiles = &self.fields.list[field].tiles;
        let index = numbers[0].in_ring(ring);
        let mut before = Vec::new();
        let text = if key.2 {
            let address = address(tiles, &index, &numbers[1])?;
            before.push((format!("TASSIGN({}", variable.name), format!(", {address});")));
            variable.name.clone()
        } else if tiles.len() > 1 {
            format!("{}[{}]", variable.name, index.text())
        } else {
            variable.name.clone()
        };
        let [rows, cols] = [&numbers[2], &numbers[3]].map(Linear::text);
        // An empty region is set when it runs, too.
        let runs = |known: Option<i64>| known.is_none_or(|count| count == 0);
        match variable.valid.map(runs) {
            [false, false] => {}
            [true, true] => {
                before.push((format!("{text}.SetValidShape"), format!("({rows}, {cols});")));
            }
            [true, false] => before.push((format!("{text}.SetValidRow"), format!("({rows});"))),
            [false, true] => before.push((format!("{text}.SetValidCol"), format!("({cols});"))),
        }
        Some(Use { text, ty: format!("{}Tile", camel(&variable.name)), before })
    }
}

/// Where a view lies: the address of its tile, and how far in that.
fn address(tiles: &[u32], index: &crate::emit::linear::Ringed, offset: &Linear) -> Option<String> {
    if let Some(index) = index.as_constant() {
        let mut sum = offset.clone();
        let base = *tiles.get(usize::try_from(index).ok()?)?;
        if let Some(constant) = sum.as_constant() {
            return Some(format!("{:#x}", i64::from(base) + constant));
        }
        sum.constant += i64::from(base);
        return Some(sum.text());
    }
    let stride = i64::from(tiles[1]) - i64::from(tiles[0]);
    let even = tiles.windows(2).all(|pair| i64::from(pair[1]) - i64::from(pair[0]) == stride);
    let mut sum = offset.clone();
    sum.constant += i64::from(tiles[0]);
    let rest =
        if sum.as_constant() == Some(0) { String::new() } else { format!("{} + ", sum.text()) };
    even.then(|| format!("{rest}{stride} * ({})", index.text()))
}
