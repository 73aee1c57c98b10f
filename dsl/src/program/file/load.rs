//! Reading a program back, and what can be wrong with it.

use std::collections::HashMap;
use std::fmt::Formatter;
use std::io::Read;

use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{Entry, File, Part, Tensor, Tile, VERSION, What};
use crate::memory::Run;
use crate::op::{OpCode, Pipe};
use crate::program::{
    At, Cross, Flag, GlobalInfo, Instr, InstrKind, NOWHERE, OpInstr, Operand, Place, Program,
    TileInfo,
};
use crate::tile::TileType;

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
    /// Of a launch on several cores.
    blocks: Option<serde::de::IgnoredAny>,
}

/// Whether the text is of a launch on several cores.
pub(super) fn check_version(text: &[u8]) -> Result<bool, LoadError> {
    let Head { version, blocks } = serde_json::from_slice(text)?;
    if version != VERSION {
        return Err(LoadError::Version { found: version });
    }
    Ok(blocks.is_some())
}

impl Program {
    /// Reads a program that [`Program::save`] has written. Its ops can be checked and explored, not computed.
    ///
    /// # Errors
    ///
    /// If the text is cut off or not a program, of another version, or refers to what is not there.
    pub fn load(mut from: impl Read) -> Result<Self, LoadError> {
        let mut text = Vec::new();
        from.read_to_end(&mut text).map_err(serde_json::Error::io)?;
        check_version(&text)?;
        let file: File = serde_json::from_slice(&text)?;
        file.into_program()
    }
}

impl File {
    pub(super) fn into_program(self) -> Result<Program, LoadError> {
        let too_long = |(rows, cols): (usize, usize)| rows.max(cols) > LONGEST_SIDE;
        if let Some(index) = self.types.iter().position(|ty| too_long(ty.shape())) {
            return Err(LoadError::Side { what: "type", index });
        }
        if let Some(index) = self.tensors.iter().position(|t| too_long((t.rows, t.cols))) {
            return Err(LoadError::Side { what: "tensor", index });
        }
        let mut program = Program::new(self.chip);
        (program.core, program.fifos) = (self.core, self.fifos.into());
        for (index, tile) in self.tiles.into_iter().enumerate() {
            let Tile { name, addr, ty, filled, shares, slot_of } = tile;
            let missing = LoadError::Missing { index, what: "the type of a tile,", number: ty };
            let ty = *self.types.get(ty).ok_or(missing)?;
            let tile = TileInfo::new(name, addr, ty);
            program.tiles.push(TileInfo { filled, shares, slot_of, ..tile });
        }
        program.globals.extend(self.tensors.into_iter().map(|tensor| {
            let Tensor { dtype, rows, cols, writable, blank } = tensor;
            GlobalInfo { dtype, rows, cols, writable, blank }
        }));
        let files = self.files.iter().map(|file| program.names.number(file)).collect();
        let codes = OpCode::ALL.iter().map(|code| (code.name(), *code)).collect();
        let mut loader = Loader { program, types: self.types, files, codes };
        for (index, entry) in self.instrs.into_iter().enumerate() {
            loader.instr(index, entry)?;
        }
        let mut program = loader.program;
        program.number_flags();
        Ok(program)
    }
}

struct Loader {
    program: Program,
    types: Vec<TileType>,
    /// By number in the file: the number in the program.
    files: Vec<u32>,
    codes: HashMap<&'static str, OpCode>,
}

impl Loader {
    fn instr(&mut self, index: usize, entry: Entry) -> Result<(), LoadError> {
        let (file, line, column) = entry.at;
        let missing = LoadError::Missing { index, what: "source file", number: file };
        let at = At { file: *self.files.get(file).ok_or(missing)?, line, column };
        let (pipe, kind) = match entry.what {
            What::Op { code: name, pipe, phase, imm, writes, reads } => {
                let (pipe, code, name) = match (pipe, self.codes.get(&*name)) {
                    (Some(pipe), _) => (pipe, None, self.program.names.number(&name)),
                    (None, Some(&code)) => (code.pipe(), Some(code), 0),
                    (None, None) => return Err(LoadError::UnknownOp { index, name }),
                };
                let first_operand = self.program.operands.len() as u32;
                let operand_count = self.operands(index, &writes, &reads)?;
                let (writes, run) = (writes.len() as u8, Run::NONE);
                let op =
                    OpInstr { code, name, phase, first_operand, writes, operand_count, imm, run };
                (pipe, InstrKind::Op(op))
            }
            What::Set(src, dst, id) => (src, InstrKind::Set(Flag { src, dst, id, number: 0 })),
            What::Wait(src, dst, id) => (dst, InstrKind::Wait(Flag { src, dst, id, number: 0 })),
            What::Barrier(pipe) => (pipe, InstrKind::Barrier),
            What::BarrierAll => (Pipe::S, InstrKind::BarrierAll),
            What::Cross(_, Cross::Cache { operand }) => {
                let number = operand as usize;
                return Err(LoadError::Missing { index, what: "operand", number });
            }
            What::Cross(pipe, cross) => {
                let fifo = cross.fifo().filter(|&fifo| fifo as usize >= self.program.fifos.len());
                if let Some(fifo) = fifo {
                    return Err(LoadError::Missing { index, what: "FIFO", number: fifo as usize });
                }
                (pipe, InstrKind::Cross(cross))
            }
            What::Cache(of) => {
                let operand = match &of {
                    Some(part) => {
                        let operand = self.operand(index, part)?;
                        self.program.operands.push(operand);
                        self.program.operands.len() as u32 - 1
                    }
                    None => Cross::WHOLE_CACHE,
                };
                (Pipe::S, InstrKind::Cross(Cross::Cache { operand }))
            }
        };
        self.program.instrs.push(Instr { pipe, kind, at });
        Ok(())
    }

    /// Takes over an op's operands, and counts them.
    fn operands(&mut self, index: usize, writes: &[Part], reads: &[Part]) -> Result<u8, LoadError> {
        let count = u8::try_from(writes.len() + reads.len());
        let count = count.map_err(|_| LoadError::Operands { index })?;
        for part in writes.iter().chain(reads) {
            let operand = self.operand(index, part)?;
            self.program.operands.push(operand);
        }
        Ok(count)
    }

    fn operand(&self, index: usize, part: &Part) -> Result<Operand, LoadError> {
        let missing = |what, number| LoadError::Missing { index, what, number };
        let (place, rows, cols, limit) = match *part {
            Part::Tile { slot, addr, ty: number, rows, cols } => {
                if slot != NOWHERE && slot as usize >= self.program.tiles.len() {
                    return Err(missing("tile", slot as usize));
                }
                let ty = *self.types.get(number).ok_or_else(|| missing("type", number))?;
                (Place::Tile { slot, addr, ty }, rows, cols, ty.shape())
            }
            Part::Tensor { arg, row, col, rows, cols } => {
                let limit = match self.program.globals.get(arg as usize) {
                    Some(tensor) => (tensor.rows, tensor.cols),
                    None if arg == NOWHERE => (LONGEST_SIDE, LONGEST_SIDE),
                    None => return Err(missing("tensor", arg as usize)),
                };
                (Place::Global { arg, row, col }, rows, cols, limit)
            }
            Part::Bytes { arg, start, pitch, runs, width } => {
                if arg != NOWHERE && arg as usize >= self.program.globals.len() {
                    return Err(missing("tensor", arg as usize));
                }
                (Place::Bytes { arg, start, pitch }, runs, width, (LONGEST_SIDE, LONGEST_SIDE))
            }
            Part::Word(word) => return Ok(Operand::word(word)),
        };
        if rows as usize > limit.0 || cols as usize > limit.1 {
            return Err(LoadError::Operand { index, rows, cols });
        }
        Ok(Operand::new(place, rows, cols))
    }
}

/// A list that is refused as soon as it is too long.
pub(super) fn at_most<'de, const MOST: usize, D: Deserializer<'de>, T: Deserialize<'de>>(
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
