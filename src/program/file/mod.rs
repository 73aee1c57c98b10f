//! A program as JSON, to be checked elsewhere or later.

mod load;

use std::io::Write;

use serde::{Deserialize, Serialize};

pub use load::LoadError;

use super::{GlobalInfo, Instr, InstrKind, Operand, Place, Program};
use crate::chip::ChipId;
use crate::op::Pipe;
use crate::tile::{DtypeId, TileType};

/// The version of the format, which the first field of a file names.
const VERSION: u32 = 1;
/// Instructions that a file may have.
const MOST_INSTRS: usize = 4_000_000;
/// Tiles, tensors, types and source files that a file may have.
const MOST_ENTRIES: usize = 65_536;
#[derive(Serialize, Deserialize)]
struct File {
    version: u32,
    chip: ChipId,
    #[serde(deserialize_with = "load::at_most::<MOST_ENTRIES, _, _>")]
    files: Vec<String>,
    #[serde(deserialize_with = "load::at_most::<MOST_ENTRIES, _, _>")]
    types: Vec<TileType>,
    #[serde(deserialize_with = "load::at_most::<MOST_ENTRIES, _, _>")]
    tiles: Vec<Tile>,
    #[serde(deserialize_with = "load::at_most::<MOST_ENTRIES, _, _>")]
    tensors: Vec<Tensor>,
    #[serde(deserialize_with = "load::at_most::<MOST_INSTRS, _, _>")]
    instrs: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
struct Tile {
    name: String,
    addr: u32,
    ty: usize,
}

#[derive(Serialize, Deserialize)]
struct Tensor {
    dtype: DtypeId,
    rows: usize,
    cols: usize,
    writable: bool,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    what: What,
    /// Source file, line, column.
    at: (usize, u32, u32),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    Op { code: String, imm: u64, writes: Vec<Part>, reads: Vec<Part> },
    Set(Pipe, Pipe, u8),
    Wait(Pipe, Pipe, u8),
    Barrier(Pipe),
    BarrierAll,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Part {
    Tile { slot: u16, addr: u32, ty: usize, rows: u32, cols: u32 },
    Tensor { arg: u16, row: u32, col: u32, rows: u32, cols: u32 },
}

impl Program {
    /// Writes the program as JSON.
    ///
    /// # Errors
    ///
    /// If `to` cannot be written to.
    pub fn save(&self, to: impl Write) -> Result<(), serde_json::Error> {
        serde_json::to_writer(to, &File::from(self))
    }
}

/// The index of `value` in `list`, where it is added if it is new.
fn index_of<T: PartialEq>(list: &mut Vec<T>, value: T) -> usize {
    list.iter().position(|known| *known == value).unwrap_or_else(|| {
        list.push(value);
        list.len() - 1
    })
}

impl From<&Program> for File {
    fn from(program: &Program) -> Self {
        let (mut files, mut types) = (Vec::new(), Vec::new());
        let tiles = program.tiles.iter().map(|tile| Tile {
            name: tile.name.clone(),
            addr: tile.addr,
            ty: index_of(&mut types, tile.ty),
        });
        let tiles = tiles.collect();
        let mut parts = |operands: &[Operand]| -> Vec<Part> {
            let part = |&Operand { place, rows, cols }: &Operand| match place {
                Place::Tile { slot, addr, ty } => {
                    Part::Tile { slot, addr, ty: index_of(&mut types, *ty), rows, cols }
                }
                Place::Global { arg, row, col } => Part::Tensor { arg, row, col, rows, cols },
            };
            operands.iter().map(part).collect()
        };
        let entry = |instr: &Instr| Entry {
            what: match &instr.kind {
                InstrKind::Op(op) => {
                    let (writes, reads) = program.writes_and_reads(op);
                    let (writes, reads) = (parts(writes), parts(reads));
                    What::Op { code: op.code.name().to_owned(), imm: op.imm, writes, reads }
                }
                InstrKind::Set(flag) => What::Set(flag.src, flag.dst, flag.id),
                InstrKind::Wait(flag) => What::Wait(flag.src, flag.dst, flag.id),
                InstrKind::Barrier => What::Barrier(instr.pipe),
                InstrKind::BarrierAll => What::BarrierAll,
            },
            at: (
                index_of(&mut files, instr.at.file().to_owned()),
                instr.at.line(),
                instr.at.column(),
            ),
        };
        let instrs = program.instrs.iter().map(entry).collect();
        let tensor = |tensor: &GlobalInfo| {
            let &GlobalInfo { dtype, rows, cols, writable } = tensor;
            Tensor { dtype, rows, cols, writable }
        };
        let tensors = program.globals.iter().map(tensor).collect();
        File { version: VERSION, chip: program.chip, files, types, tiles, tensors, instrs }
    }
}
