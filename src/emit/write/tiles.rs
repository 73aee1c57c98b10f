//! Tiles: their types, their variables, their addresses.

use std::collections::BTreeMap;

use super::layout::{Page, camel};
use crate::emit::calls::as_called;
use crate::emit::fields::{Field, Fields};
use crate::emit::images::Images;
use crate::emit::linear::Linear;
use crate::emit::operands::{OpShape, PIECE, Piece};
use crate::emit::ring::Ring;
use crate::emit::types;
use crate::emit::walk::Visitor;
use crate::emit::words::{What, Words};
use crate::tile::{Space, TileType};

/// How a variable lies in its tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Seen {
    Whole,
    /// A column, as the one row that an element-wise op takes.
    AsRow,
    /// Somewhere, as an op says it.
    View,
}

/// Which variable: the field, how it lies there, the type through which it is seen.
type Key = (usize, Seen, TileType);

#[derive(Clone, Debug)]
struct Variable {
    name: String,
    /// Valid rows and columns, where they are always the same.
    valid: [Option<i64>; 2],
}

/// The tiles of a plan, as the kernel sees them.
pub(super) struct Tiles<'w> {
    fields: &'w Fields,
    images: &'w Images,
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
                    self.tiles.add(op, field, ty, &numbers[index * PIECE..]);
                }
            }
        }
    }
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
    pub(super) fn new(fields: &'w Fields, images: &'w Images) -> Self {
        Tiles { fields, images, variables: BTreeMap::new() }
    }

    /// The variable, and the numbers of its valid rows and columns.
    fn key(
        &self,
        op: &OpShape,
        field: usize,
        ty: TileType,
        numbers: &[Linear],
    ) -> (Key, [usize; 2]) {
        let is_whole = ty == self.fields.list[field].ty && numbers[1].as_constant() == Some(0);
        let called = as_called(op, ty);
        let as_row = called != ty;
        let seen = match (is_whole, as_row) {
            (true, false) => Seen::Whole,
            (true, true) => Seen::AsRow,
            (false, _) => Seen::View,
        };
        ((field, seen, called), if as_row { [3, 2] } else { [2, 3] })
    }

    fn add(&mut self, op: &OpShape, field: usize, ty: TileType, numbers: &[Linear]) {
        let (key, valid) = self.key(op, field, ty, numbers);
        let is_view = |known: &&Key| known.0 == field && known.1 == Seen::View;
        let views = self.variables.keys().filter(is_view).count();
        let base = &self.fields.list[field].name;
        let valid = valid.map(|index| numbers[index].as_constant());
        let known = self.variables.entry(key).or_insert_with(|| {
            let name = match (key.1, views) {
                (Seen::Whole, _) => base.clone(),
                (Seen::AsRow, _) => self.fields.row_name(field),
                (Seen::View, 0) => format!("{base}_view"),
                (Seen::View, more) => format!("{base}_view{}", more + 1),
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
    pub(super) fn declare(&self, page: &mut Page) {
        for (key, variable) in &self.variables {
            let ty = if self.images.has(key.0, key.2) {
                self.images.tile(key.0, key.2)
            } else {
                types::tile(key.2, variable.valid)
            };
            page.line(&format!("using {}Tile = {ty};", camel(&variable.name)));
        }
        page.blank();
        for space in Space::ALL {
            let here: Vec<_> =
                self.variables.iter().filter(|(key, _)| key.2.space == space).collect();
            for &(key, variable) in &here {
                let Field { tiles, is_popped, .. } = &self.fields.list[key.0];
                let count = if key.1 == Seen::View || *is_popped { 1 } else { tiles.len() };
                let array = if count > 1 { format!("[{count}]") } else { String::new() };
                page.line(&format!("{}Tile {}{array};", camel(&variable.name), variable.name));
            }
            let is_placed = |key: &Key| key.1 != Seen::View && !self.fields.list[key.0].is_popped;
            for &(key, variable) in here.iter().filter(|(key, _)| is_placed(key)) {
                self.place(*key, &variable.name, page);
            }
        }
        page.blank();
    }

    /// The tile to which messages of a FIFO are popped, and its type.
    pub(super) fn popped(&self, slot: &str) -> Option<[String; 2]> {
        let is_it = |(key, _): &(&Key, &Variable)| {
            let field = &self.fields.list[key.0];
            field.is_popped && field.name == slot
        };
        let (_, variable) = self.variables.iter().find(is_it)?;
        Some([variable.name.clone(), format!("{}Tile", camel(&variable.name))])
    }

    /// Says where the tiles of a variable are, and of images how they are unrolled.
    fn place(&self, (field, seen, ty): Key, name: &str, page: &mut Page) {
        let Field { name: column, tiles, .. } = &self.fields.list[field];
        let comment = match seen {
            Seen::AsRow => format!("{column} as one row"),
            _ => String::new(),
        };
        let settings = |name: &str| self.images.settings(field, ty, name);
        if let (&[first, _, _, ..], Some(step @ 1..)) = (&tiles[..], step(tiles))
            && settings(name).is_empty()
        {
            let count = tiles.len();
            let line = format!(
                "for (int i = 0; i < {count}; ++i) TASSIGN({name}[i], {first:#x} + {step:#x} * i);"
            );
            return page.commented(&line, &comment);
        }
        for (index, addr) in tiles.iter().enumerate() {
            let at = if tiles.len() > 1 { format!("[{index}]") } else { String::new() };
            let name = format!("{name}{at}");
            page.commented(&format!("TASSIGN({name}, {addr:#x});"), &comment);
            settings(&name).iter().for_each(|line| page.line(line));
        }
    }

    /// How an op names it; or why it cannot.
    pub(super) fn use_of(
        &self,
        op: &OpShape,
        field: usize,
        ty: TileType,
        numbers: &[Linear],
        ring: Ring,
    ) -> Result<Use, &'static str> {
        const NO_SUM: &str = "its tile lies at an address that is no sum";
        let (key, valid) = self.key(op, field, ty, numbers);
        let is_popped = self.fields.list[field].is_popped;
        if is_popped && key.1 != Seen::Whole {
            return Err("a message that lies on the chip is read as the one tile that it is");
        }
        let all = [ty.rows, ty.cols].map(|count| Some(i64::from(count)));
        let is_full = [&numbers[2], &numbers[3]].map(Linear::as_constant) == all;
        self.images.check(field, ty, key.1 == Seen::Whole && is_full)?;
        let variable = self.variables.get(&key).ok_or(NO_SUM)?;
        let tiles = &self.fields.list[field].tiles;
        let index = numbers[0].in_ring(ring);
        let mut before = Vec::new();
        let text = if key.1 == Seen::View {
            let address = address(tiles, &index, &numbers[1]).ok_or(NO_SUM)?;
            before.push((format!("TASSIGN({}", variable.name), format!(", {address});")));
            variable.name.clone()
        } else if tiles.len() > 1 && !is_popped {
            format!("{}[{}]", variable.name, index.text())
        } else {
            variable.name.clone()
        };
        let [rows, cols] = valid.map(|index| numbers[index].text());
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
        Ok(Use { text, ty: format!("{}Tile", camel(&variable.name)), before })
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
    let step = step(tiles)?;
    let mut sum = offset.clone();
    sum.constant += i64::from(tiles[0]);
    let rest =
        if sum.as_constant() == Some(0) { String::new() } else { format!("{} + ", sum.text()) };
    Some(format!("{rest}{step} * ({})", index.text()))
}

/// How far tiles lie apart, if that is always the same.
fn step(tiles: &[u32]) -> Option<i64> {
    let apart = |pair: &[u32]| i64::from(pair[1]) - i64::from(pair[0]);
    let step = tiles.windows(2).next().map(apart)?;
    tiles.windows(2).all(|pair| apart(pair) == step).then_some(step)
}
