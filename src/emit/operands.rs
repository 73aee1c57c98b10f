//! Ops and their operands: what of them stays the same wherever they are repeated, and the numbers that do not.

use super::fields::Fields;
use super::types;
use crate::inner::Windows;
use crate::op::OpCode;
use crate::program::{OpInstr, Operand, Phase, Place, Program};
use crate::tile::TileType;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct OpShape {
    pub(super) code: OpCode,
    /// Which form of the op, where its operands do not tell.
    pub(super) form: Option<&'static str>,
    /// How it unrolls an image.
    pub(super) windows: Option<Windows>,
    pub(super) phase: Option<Phase>,
    pub(super) writes: usize,
    pub(super) operands: Vec<Piece>,
    /// Numbers of the operands to which a sum is added, by its number in [`Words::sums`](super::words::Words::sums).
    pub(super) added: Vec<(usize, u32)>,
    /// The scalar or the mode, where it is no number that may change from one repetition to the next.
    pub(super) imm: Option<u64>,
    /// Numbers behind those of the operands.
    pub(super) extra: usize,
}

/// What does not change of an operand. Its numbers are [`PIECE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Piece {
    /// Number of the tile in its field, bytes from where that tile starts, valid rows, valid columns.
    Tile { field: usize, ty: TileType },
    /// First row, first column, rows, columns.
    Global { arg: usize },
    /// A number among the operands.
    Word,
}

/// How many numbers an operand has.
pub(super) const PIECE: usize = 4;

impl OpShape {
    /// That of an op, whose numbers are added to `numbers`.
    pub(super) fn of(
        program: &Program,
        op: &OpInstr,
        fields: &Fields,
        numbers: &mut Vec<i64>,
    ) -> Self {
        let code = op.code.unwrap_or(OpCode::SCALAR);
        let global = |arg: u32| Piece::Global { arg: arg as usize };
        let piece = |operand: &Operand| {
            let (piece, place) = match operand.place {
                Place::Tile { slot, addr, ty } => {
                    let (field, index) = fields.of_slot[slot as usize];
                    let offset = i64::from(addr) - i64::from(program.tiles[slot as usize].addr);
                    (Piece::Tile { field, ty }, [index as i64, offset])
                }
                Place::Global { arg, row, col } => (global(arg), [i64::from(row), i64::from(col)]),
                Place::Bytes { arg, start, pitch } => {
                    (global(arg), [i64::from(start), i64::from(pitch)])
                }
                Place::Word(word) => (Piece::Word, [i64::from(word), 0]),
            };
            numbers.extend(place);
            numbers.extend([i64::from(operand.rows), i64::from(operand.cols)]);
            piece
        };
        let operands = program.operands(op).iter().map(piece).collect();
        let before = numbers.len();
        let imm = number(code, op, program, numbers);
        OpShape {
            code,
            form: op.form(),
            windows: op.windows(),
            phase: op.phase,
            writes: op.writes.into(),
            operands,
            added: Vec::new(),
            extra: numbers.len() - before,
            imm,
        }
    }
}

/// Adds what of the scalar is a number as addresses are: the first column and row of a window, or an integer. What is left of it is the same
/// wherever the op is repeated.
fn number(code: OpCode, op: &OpInstr, program: &Program, numbers: &mut Vec<i64>) -> Option<u64> {
    use OpCode::*;
    match code {
        TEXTRACT_M2LR | TEXTRACT_V2M => {}
        _ if matches!(op.form(), Some("EXTRACT" | "INSERT")) && code == TMOV_V2V => {}
        TIMG2COL => {
            let ((m, k), pad) = Windows::of_imm(op.imm);
            numbers.extend([m, k].map(i64::from));
            return Some(pad);
        }
        TADDS | TSUBS | TMULS | TEXPANDS | TMAXS | TMINS | TCI => {
            let dst = program.operands(op).first().map(|dst| dst.place);
            let value = match dst {
                Some(Place::Tile { ty, .. }) => types::integer(op.imm, ty.dtype),
                _ => None,
            };
            let Some(value) = value else { return Some(op.imm) };
            numbers.push(value);
            return None;
        }
        _ => return Some(op.imm),
    }
    numbers.extend([op.imm as u32, (op.imm >> 32) as u32].map(i64::from));
    None
}
