//! How each op is called: PTO's name, and the order of its operands.
//!
//! A program lists what an op writes first, its scratch tile with it; a call has the scratch tile behind the sources. An op in place lists its
//! tile once, and a call names it twice.

use super::types;
use super::words::{OpShape, Piece};
use crate::chip::ChipId;
use crate::op::OpCode::*;
use crate::tile::{DtypeId, TileType};

/// What stands between the parentheses.
pub(super) enum Arg {
    /// An operand, by its number.
    Operand(usize),
    /// A number, by where it stands behind those of the operands.
    Number(usize),
    /// As it is.
    Text(String),
}

/// A call.
pub(super) struct Call {
    pub(super) name: &'static str,
    /// Between angle brackets.
    pub(super) template: String,
    pub(super) args: Vec<Arg>,
}

impl Call {
    fn new(name: &'static str, operands: impl IntoIterator<Item = usize>) -> Self {
        let args = operands.into_iter().map(Arg::Operand).collect();
        Call { name, template: String::new(), args }
    }

    fn and(mut self, text: String) -> Self {
        self.args.push(Arg::Text(text));
        self
    }
}

/// Sources and a scratch tile are listed as destination, scratch, sources; called as destination, sources, scratch.
fn scratch_last(op: &OpShape, sources: usize) -> Vec<usize> {
    let count = op.operands.len();
    let has_scratch = op.writes == 2;
    let listed: Vec<usize> = (op.writes..count).collect();
    // In place the destination is the first source.
    let missing = sources - listed.len().min(sources);
    let mut order = vec![0; 1 + missing];
    order.extend(listed);
    order.extend(has_scratch.then_some(1));
    order
}

pub(super) fn tile_type(op: &OpShape, operand: usize) -> Option<TileType> {
    match op.operands.get(operand)? {
        Piece::Tile { ty, .. } => Some(*ty),
        Piece::Global { .. } | Piece::Word => None,
    }
}

/// The call of `op`; or what there is no call of.
pub(super) fn call(op: &OpShape, _chip: ChipId) -> Result<Call, &'static str> {
    let imm = op.imm.unwrap_or_default();
    let element = tile_type(op, 0).map_or(DtypeId::F32, |ty| ty.dtype);
    let name = op.code.name();
    Ok(match op.code {
        TLOAD => Call::new("TLOAD", [0, 1]),
        TSTORE_VEC | TSTORE_MAT | TSTORE_ACC if imm == 0 => Call::new("TSTORE", [0, 1]),
        TEXP | TABS | TNEG | TLOG | TSQRT | TRSQRT | TRECIP | TRELU | TNOT => {
            Call::new(name, scratch_last(op, 1))
        }
        TADD | TSUB | TMUL | TDIV | TMAX | TMIN | TAND | TOR | TXOR | TSHL | TSHR | TREM
        | TFMOD | TPOW | TSUBRELU | TPARTADD | TPARTMUL | TPARTMAX | TPARTMIN | TADDRELUCONV
        | TSUBRELUCONV => Call::new(name, scratch_last(op, 2)),
        TROWEXPANDADD | TROWEXPANDSUB | TROWEXPANDMUL | TROWEXPANDDIV | TROWEXPANDMAX
        | TROWEXPANDMIN | TROWEXPANDEXPDIF | TCOLEXPANDADD | TCOLEXPANDSUB | TCOLEXPANDMUL
        | TCOLEXPANDDIV | TCOLEXPANDMAX | TCOLEXPANDMIN | TCOLEXPANDEXPDIF => {
            Call::new(name, scratch_last(op, 2))
        }
        TROWSUM | TROWPROD | TROWMAX | TROWMIN | TCOLSUM | TCOLPROD | TCOLMAX | TCOLMIN
        | TROWEXPAND | TCOLEXPAND | TTRANS => Call::new(name, scratch_last(op, 1)),
        TMULADDDST | TFUSEDMULADD | TFUSEDMULADDRELU => Call::new(name, 0..op.operands.len()),
        TADDS | TSUBS | TMULS | TMAXS | TMINS | TLRELU | TDIVS => {
            let mut order = scratch_last(op, 1).into_iter().map(Arg::Operand).collect::<Vec<_>>();
            let scalar = match op.imm {
                Some(imm) => Arg::Text(types::scalar(imm, element)),
                None => Arg::Number(0),
            };
            let at = if op.form == Some("INTO") { 1 } else { 2 };
            order.insert(at, scalar);
            Call { name, template: String::new(), args: order }
        }
        TEXPANDS => match op.imm {
            Some(imm) => Call::new(name, [0]).and(types::scalar(imm, element)),
            None => Call { args: vec![Arg::Operand(0), Arg::Number(0)], ..Call::new(name, []) },
        },
        TMATMUL => product(["TMATMUL", "TMATMUL_ACC", "TMATMUL_BIAS"], op),
        TGEMV => product(["TGEMV", "TGEMV_ACC", "TGEMV_BIAS"], op),
        TEXTRACT_M2LR => corner("TEXTRACT"),
        TMOV_V2V if op.form.is_none() => Call::new("TMOV", [0, 1]),
        TMOV_V2V if op.form == Some("EXTRACT") => corner("TEXTRACT"),
        TMOV_V2V => corner("TINSERT"),
        TMOV_M2L | TMOV_M2R | TMOV_M2B | TMOV_M2S => Call::new("TMOV", [0, 1]),
        TCVT => Call::new("TCVT", [0, 1]).and(rounding(imm)?),
        _ => return Err("this op, or this form of it, is not known to the writer"),
    })
}

fn product(names: [&'static str; 3], op: &OpShape) -> Call {
    match (op.form, op.operands.len()) {
        (Some(_), _) => Call::new(names[1], [0, 0, 1, 2]),
        (None, 4) => Call::new(names[2], [0, 1, 2, 3]),
        _ => Call::new(names[0], [0, 1, 2]),
    }
}

/// A window: its first row and column are in the upper and the lower half of the scalar.
fn corner(name: &'static str) -> Call {
    let args = vec![Arg::Operand(0), Arg::Operand(1), Arg::Number(1), Arg::Number(0)];
    Call { name, template: String::new(), args }
}

fn rounding(_imm: u64) -> Result<String, &'static str> {
    Err("its rounding is not known to the writer")
}
