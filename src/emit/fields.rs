//! The tiles of a plan by field: what is one array in the C++.

use std::collections::HashMap;

use crate::program::TileInfo;
use crate::tile::TileType;

/// Tiles of one type that the plan lists under one name.
#[derive(Clone, Debug)]
pub(super) struct Field {
    /// The name in the C++.
    pub(super) name: String,
    pub(super) ty: TileType,
    /// Where each of its tiles starts.
    pub(super) tiles: Vec<u32>,
}

/// The fields of a plan.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields {
    pub(super) list: Vec<Field>,
    /// By slot of the program: the field, and which of its tiles.
    pub(super) of_slot: Vec<(usize, usize)>,
}

impl Fields {
    pub(super) fn of(tiles: &[TileInfo]) -> Self {
        let mut fields = Fields::default();
        // A pair in an array has one name twice; the second time it is another field.
        let mut times: HashMap<&str, usize> = HashMap::new();
        let mut known: HashMap<(&str, usize, TileType), usize> = HashMap::new();
        for tile in tiles {
            let base = tile.name.split('[').next().unwrap_or_default();
            let nth = times.entry(&tile.name).or_default();
            let key = (base, *nth, tile.ty);
            *nth += 1;
            let field = *known.entry(key).or_insert_with(|| {
                let name = base.to_owned();
                fields.list.push(Field { name, ty: tile.ty, tiles: Vec::new() });
                fields.list.len() - 1
            });
            fields.of_slot.push((field, fields.list[field].tiles.len()));
            fields.list[field].tiles.push(tile.addr);
        }
        fields.tell_apart();
        fields
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
        }
    }
}
