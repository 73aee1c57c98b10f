//! Reading a program back, and what can be wrong with it.

use std::collections::BTreeSet;
use std::fmt::Formatter;
use std::io::Read;
use std::sync::{Mutex, PoisonError};

use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{Entry, File, Part, Tensor, Tile, VERSION, What};
use crate::issue::Run;
use crate::op::{OpCode, Pipe};
use crate::program::{
    Flag, GlobalInfo, Instr, InstrKind, Line, OpInstr, Operand, Place, Program, TileInfo,
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
        let Head { version } = serde_json::from_slice(&text)?;
        if version != VERSION {
            return Err(LoadError::Version { found: version });
        }
        let file: File = serde_json::from_slice(&text)?;
        file.into_program()
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
