//! A program as JSON, to be checked elsewhere or later.

use std::collections::BTreeSet;
use std::fmt::Formatter;
use std::io::{Read, Write};
use std::sync::{Mutex, PoisonError};

use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::{Flag, GlobalInfo, Instr, InstrKind, Line, OpInstr, Operand, Place, Program, TileInfo};
use crate::chip::ChipId;
use crate::issue::Run;
use crate::op::{OpCode, Pipe};
use crate::tile::{DtypeId, TileType};

/// The version of the format, which the first field of a file names.
const VERSION: u32 = 1;
/// Instructions that a file may have.
const MOST_INSTRS: usize = 4_000_000;
/// Tiles, tensors, types and source files that a file may have.
const MOST_ENTRIES: usize = 65_536;
/// Rows and columns that a tile or a tensor may have.
const LONGEST_SIDE: usize = 1 << 24;

/// A program that could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// Not a program, or cut off.
    #[error("not a program: {0}")]
    Json(#[from] serde_json::Error),
    /// Of another version of the format.
    #[error("the file has version {found} of the format; this build reads version {VERSION}")]
    Version {
        /// The file's version.
        found: u32,
    },
    /// A tile or a tensor too large to be one.
    #[error("{what} {index} has a side of more than {LONGEST_SIDE} elements")]
    Side {
        /// `type` or `tensor`.
        what: &'static str,
        /// Which one.
        index: usize,
    },
    /// An op that PTO does not have.
    #[error("instruction {index}: there is no op `{name}`")]
    UnknownOp {
        /// Which instruction.
        index: usize,
        /// The op's name in the file.
        name: String,
    },
    /// An instruction that names a tile, a tensor, a type or a source file that the file does not list.
    #[error("instruction {index}: {what} {number} is not in the file")]
    Missing {
        /// Which instruction.
        index: usize,
        /// What is missing.
        what: &'static str,
        /// Its number.
        number: usize,
    },
    /// An operand larger than its tile or tensor.
    #[error(
        "instruction {index}: an operand of {rows} x {cols} elements is larger than what it is part of"
    )]
    Operand {
        /// Which instruction.
        index: usize,
        /// The operand's rows.
        rows: u32,
        /// The operand's columns.
        cols: u32,
    },
    /// An op with more operands than any has.
    #[error("instruction {index}: an op has at most 255 operands")]
    Operands {
        /// Which instruction.
        index: usize,
    },
}

#[derive(Deserialize)]
struct Head {
    version: u32,
}

#[derive(Serialize, Deserialize)]
struct File {
    version: u32,
    chip: ChipId,
    #[serde(deserialize_with = "at_most::<MOST_ENTRIES, _, _>")]
    files: Vec<String>,
    #[serde(deserialize_with = "at_most::<MOST_ENTRIES, _, _>")]
    types: Vec<TileType>,
    #[serde(deserialize_with = "at_most::<MOST_ENTRIES, _, _>")]
    tiles: Vec<Tile>,
    #[serde(deserialize_with = "at_most::<MOST_ENTRIES, _, _>")]
    tensors: Vec<Tensor>,
    #[serde(deserialize_with = "at_most::<MOST_INSTRS, _, _>")]
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

    /// Reads a program that [`Program::save`] has written. Its ops can be checked and explored, not computed.
    ///
    /// # Errors
    ///
    /// If the text is cut off or not a program, of another version, or refers to what is not there.
    pub fn load(mut from: impl Read) -> Result<Self, LoadError> {
        let mut text = Vec::new();
        from.read_to_end(&mut text).map_err(serde_json::Error::io)?;
        let Head { version } = serde_json::from_slice(&text)?;
        if version != VERSION {
            return Err(LoadError::Version { found: version });
        }
        let file: File = serde_json::from_slice(&text)?;
        file.into_program()
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

impl File {
    fn into_program(self) -> Result<Program, LoadError> {
        let too_long = |rows: usize, cols: usize| rows.max(cols) > LONGEST_SIDE;
        if let Some(index) = self.types.iter().position(|ty| too_long(ty.rows, ty.cols)) {
            return Err(LoadError::Side { what: "type", index });
        }
        if let Some(index) = self.tensors.iter().position(|t| too_long(t.rows, t.cols)) {
            return Err(LoadError::Side { what: "tensor", index });
        }
        let mut program = Program::new(self.chip);
        let types: Vec<_> = self.types.into_iter().map(TileType::interned).collect();
        let files: Vec<_> = self.files.into_iter().map(interned).collect();
        for (index, Tile { name, addr, ty }) in self.tiles.into_iter().enumerate() {
            let missing = LoadError::Missing { index, what: "the type of a tile,", number: ty };
            program.tiles.push(TileInfo { name, addr, ty: **types.get(ty).ok_or(missing)? });
        }
        program.globals.extend(self.tensors.into_iter().map(|tensor| {
            let Tensor { dtype, rows, cols, writable } = tensor;
            GlobalInfo { dtype, rows, cols, writable }
        }));
        for (index, Entry { what, at: (file, line, column) }) in self.instrs.into_iter().enumerate()
        {
            let missing = |what, number| LoadError::Missing { index, what, number };
            let file = *files.get(file).ok_or_else(|| missing("source file", file))?;
            let (pipe, kind) = match what {
                What::Op { code, imm, writes, reads } => {
                    let op = program.load_op(index, &types, code, (&writes, &reads), imm)?;
                    (op.code.pipe(), InstrKind::Op(op))
                }
                What::Set(src, dst, id) => (src, InstrKind::Set(Flag { src, dst, id, number: 0 })),
                What::Wait(src, dst, id) => {
                    (dst, InstrKind::Wait(Flag { src, dst, id, number: 0 }))
                }
                What::Barrier(pipe) => (pipe, InstrKind::Barrier),
                What::BarrierAll => (Pipe::S, InstrKind::BarrierAll),
            };
            program.instrs.push(Instr { pipe, kind, at: Line::loaded(file, line, column) });
        }
        program.number_flags();
        Ok(program)
    }
}

impl Program {
    fn load_op(
        &mut self,
        index: usize,
        types: &[&'static TileType],
        name: String,
        (writes, reads): (&[Part], &[Part]),
        imm: u64,
    ) -> Result<OpInstr, LoadError> {
        let known = OpCode::ALL.iter().copied().find(|code| code.name() == name);
        let code = known.ok_or(LoadError::UnknownOp { index, name })?;
        let operand_count = u8::try_from(writes.len() + reads.len());
        let operand_count = operand_count.map_err(|_| LoadError::Operands { index })?;
        let first_operand = self.operands.len() as u32;
        for part in writes.iter().chain(reads) {
            let missing = |what, number| LoadError::Missing { index, what, number };
            let (place, rows, cols, limit) = match *part {
                Part::Tile { slot, addr, ty, rows, cols } => {
                    let known = usize::from(slot) < self.tiles.len();
                    let tile = known.then_some(types.get(ty));
                    let ty = *tile
                        .ok_or_else(|| missing("tile", usize::from(slot)))?
                        .ok_or_else(|| missing("type", ty))?;
                    (Place::Tile { slot, addr, ty }, rows, cols, (ty.rows, ty.cols))
                }
                Part::Tensor { arg, row, col, rows, cols } => {
                    let tensor = self.globals.get(usize::from(arg));
                    let tensor = tensor.ok_or_else(|| missing("tensor", usize::from(arg)))?;
                    (Place::Global { arg, row, col }, rows, cols, (tensor.rows, tensor.cols))
                }
            };
            if rows as usize > limit.0 || cols as usize > limit.1 {
                return Err(LoadError::Operand { index, rows, cols });
            }
            self.operands.push(Operand { place, rows, cols });
        }
        let writes = writes.len() as u8;
        Ok(OpInstr { code, first_operand, writes, operand_count, imm, run: Run::NONE })
    }
}

/// A source file's name for the rest of the process; each distinct one is kept once.
fn interned(name: String) -> &'static str {
    static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = names.get(name.as_str()) {
        return known;
    }
    let name: &'static str = name.leak();
    names.insert(name);
    name
}

/// A list that is refused as soon as it is too long.
fn at_most<'de, const MOST: usize, D: Deserializer<'de>, T: Deserialize<'de>>(
    from: D,
) -> Result<Vec<T>, D::Error> {
    struct List<T, const MOST: usize>(std::marker::PhantomData<T>);

    impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for List<T, MOST> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
            write!(f, "a list of at most {MOST}")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
            let mut list = Vec::new();
            while let Some(item) = items.next_element()? {
                if list.len() == MOST {
                    return Err(A::Error::invalid_length(MOST + 1, &self));
                }
                list.push(item);
            }
            Ok(list)
        }
    }

    from.deserialize_seq(List::<T, MOST>(std::marker::PhantomData))
}
