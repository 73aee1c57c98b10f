//! A program as JSON, to be checked elsewhere or later.

mod cluster;
mod load;

use std::collections::HashMap;
use std::hash::Hash;
use std::io::Write;

use serde::{Deserialize, Serialize};

pub use load::LoadError;

use super::{
    Core, Cross, Fifo, FifoSlot, GlobalInfo, Instr, InstrKind, Operand, Phase, Place, Program,
};
use crate::chip::ChipId;
use crate::op::Pipe;
use crate::tile::{DtypeId, TileType};

/// The version of the format, which the first field of a file names.
const VERSION: u32 = 3;
/// Instructions that a file may have.
const MOST_INSTRS: usize = 4_000_000;
/// Tiles, tensors, types and source files that a file may have.
const MOST_ENTRIES: usize = 1_000_000;

#[derive(Serialize, Deserialize)]
struct File {
    version: u32,
    chip: ChipId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    core: Option<Core>,
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "load::at_most::<MOST_ENTRIES, _, _>"
    )]
    fifos: Vec<Fifo>,
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
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    filled: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    shares: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    slot_of: Option<FifoSlot>,
}

#[derive(Serialize, Deserialize)]
struct Tensor {
    dtype: DtypeId,
    rows: usize,
    cols: usize,
    writable: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    blank: bool,
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
    Op {
        /// PTO's name of it; or, of an op that PTO does not list, another one and its pipe.
        code: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pipe: Option<Pipe>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        phase: Option<Phase>,
        imm: u64,
        writes: Vec<Part>,
        reads: Vec<Part>,
    },
    Set(Pipe, Pipe, u8),
    Wait(Pipe, Pipe, u8),
    Barrier(Pipe),
    BarrierAll,
    /// What is said to other cores, and on which pipe.
    Cross(Pipe, Cross),
    /// `dcci` of an operand, or of all of the cache.
    Cache(Option<Part>),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Part {
    Tile { slot: u32, addr: u32, ty: usize, rows: u32, cols: u32 },
    Tensor { arg: u32, row: u32, col: u32, rows: u32, cols: u32 },
    Bytes { arg: u32, start: u32, pitch: u32, runs: u32, width: u32 },
    Word(u32),
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

/// Values in the order in which they first came, each once.
struct Listed<T> {
    list: Vec<T>,
    known: HashMap<T, usize>,
}

impl<T: Copy + Eq + Hash> Listed<T> {
    fn new() -> Self {
        Listed { list: Vec::new(), known: HashMap::new() }
    }

    fn index_of(&mut self, value: T) -> usize {
        *self.known.entry(value).or_insert_with(|| {
            self.list.push(value);
            self.list.len() - 1
        })
    }
}

impl From<&Program> for File {
    fn from(program: &Program) -> Self {
        let (mut files, mut types) = (Listed::new(), Listed::new());
        let tiles = program.tiles.iter().map(|tile| Tile {
            name: tile.name.clone(),
            addr: tile.addr,
            ty: types.index_of(tile.ty),
            filled: tile.filled,
            shares: tile.shares,
            slot_of: tile.slot_of,
        });
        let tiles = tiles.collect();
        let mut parts = |operands: &[Operand]| -> Vec<Part> {
            let part = |&Operand { place, rows, cols, .. }: &Operand| match place {
                Place::Tile { slot, addr, ty } => {
                    Part::Tile { slot, addr, ty: types.index_of(ty), rows, cols }
                }
                Place::Global { arg, row, col } => Part::Tensor { arg, row, col, rows, cols },
                Place::Bytes { arg, start, pitch } => {
                    Part::Bytes { arg, start, pitch, runs: rows, width: cols }
                }
                Place::Word(word) => Part::Word(word),
            };
            operands.iter().map(part).collect()
        };
        let entry = |instr: &Instr| Entry {
            what: match &instr.kind {
                InstrKind::Op(op) => {
                    let (writes, reads) = program.writes_and_reads(op);
                    What::Op {
                        code: program.op_name(op).to_owned(),
                        pipe: op.code.is_none().then_some(instr.pipe),
                        phase: op.phase,
                        imm: op.imm,
                        writes: parts(writes),
                        reads: parts(reads),
                    }
                }
                InstrKind::Set(flag) => What::Set(flag.src, flag.dst, flag.id),
                InstrKind::Wait(flag) => What::Wait(flag.src, flag.dst, flag.id),
                InstrKind::Barrier => What::Barrier(instr.pipe),
                InstrKind::BarrierAll => What::BarrierAll,
                InstrKind::Cross(Cross::Cache { operand }) => {
                    let of = program.operands.get(*operand as usize);
                    What::Cache(of.and_then(|operand| parts(std::slice::from_ref(operand)).pop()))
                }
                InstrKind::Cross(cross) => What::Cross(instr.pipe, *cross),
            },
            at: (files.index_of(program.file(instr.at)), instr.at.line, instr.at.column),
        };
        let instrs = program.instrs.iter().map(entry).collect();
        let tensor = |tensor: &GlobalInfo| {
            let &GlobalInfo { dtype, rows, cols, writable, blank } = tensor;
            Tensor { dtype, rows, cols, writable, blank }
        };
        let tensors = program.globals.iter().map(tensor).collect();
        let files = files.list.into_iter().map(str::to_owned).collect();
        let (version, chip, types) = (VERSION, program.chip, types.list);
        let (core, fifos) = (program.core, program.fifos.to_vec());
        File { version, chip, core, fifos, files, types, tiles, tensors, instrs }
    }
}
