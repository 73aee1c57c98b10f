//! How each op is called: PTO's name, and the order of its operands.
//!
//! A program lists what an op writes first, its scratch tile with it; a call has the scratch tile behind the sources. An op in place lists its
//! tile once, and a call names it twice.

mod drain;
mod indexed;

pub(super) use indexed::COUNTS;

use super::operands::{OpShape, Piece};
use super::types;
use crate::chip::ChipId;
use crate::inner::HIGH_PRECISION;
use crate::op::OpCode::{self, *};
use crate::tile::{DtypeId, LayoutId, Space, TileType};

/// What stands between the parentheses.
pub(super) enum Arg {
    /// An operand, by its number.
    Operand(usize),
    /// A pointer to an operand.
    Address(usize),
    /// A number, by where it stands behind those of the operands.
    Number(usize),
    /// As it is.
    Text(String),
}

/// A template argument.
pub(super) enum Template {
    /// The type of an operand.
    Of(usize),
    Text(&'static str),
}

/// A call.
pub(super) struct Call {
    pub(super) name: &'static str,
    /// What stands between angle brackets.
    pub(super) template: Vec<Template>,
    pub(super) args: Vec<Arg>,
}

impl Call {
    fn new(name: &'static str, operands: impl IntoIterator<Item = usize>) -> Self {
        let args = operands.into_iter().map(Arg::Operand).collect();
        Call { name, template: Vec::new(), args }
    }

    /// Whether it takes its operands alone.
    pub(super) fn is_plain(&self) -> bool {
        let is_operand = |arg: &Arg| matches!(arg, Arg::Operand(_));
        self.template.is_empty() && self.args.iter().all(is_operand)
    }

    fn of(mut self, template: impl IntoIterator<Item = Template>) -> Self {
        self.template = template.into_iter().collect();
        self
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

/// What the elements of an operand are; `globals` has those of the tensors.
fn element(op: &OpShape, operand: usize, globals: &[DtypeId]) -> Option<DtypeId> {
    match op.operands.get(operand)? {
        Piece::Tile { ty, .. } => Some(ty.dtype),
        Piece::Global { arg, .. } => globals.get(*arg).copied(),
        Piece::Word => None,
    }
}

pub(super) fn tile_type(op: &OpShape, operand: usize) -> Option<TileType> {
    match op.operands.get(operand)? {
        Piece::Tile { ty, .. } => Some(*ty),
        Piece::Global { .. } | Piece::Word => None,
    }
}

/// The tile as `op` is called with it. The library's element-wise ops take row-major tiles only: a column is one row of as many elements
/// then, which are the same bytes.
pub(super) fn as_called(op: &OpShape, ty: TileType) -> TileType {
    if sources(op.code).is_some() && ty.layout == LayoutId::Dn {
        TileType { rows: ty.cols, cols: ty.rows, layout: LayoutId::Nd, ..ty }
    } else {
        ty
    }
}

/// How many tiles an element-wise op reads; of other ops nothing.
pub(super) fn sources(code: OpCode) -> Option<usize> {
    Some(match code {
        TEXPANDS => 0,
        TEXP | TABS | TNEG | TLOG | TSQRT | TRSQRT | TRECIP | TRELU | TNOT | TCVT | TADDS
        | TSUBS | TMULS | TMAXS | TMINS | TLRELU | TDIVS => 1,
        TADD | TSUB | TMUL | TDIV | TMAX | TMIN | TAND | TOR | TXOR | TSHL | TSHR | TREM
        | TFMOD | TPOW | TSUBRELU | TPARTADD | TPARTMUL | TPARTMAX | TPARTMIN | TADDRELUCONV
        | TSUBRELUCONV => 2,
        TMULADDDST | TFUSEDMULADD | TFUSEDMULADDRELU => 3,
        _ => return None,
    })
}

/// Whether an op computes with a tile and a row or a column.
pub(super) fn is_expanding(code: OpCode) -> bool {
    matches!(
        code,
        TROWEXPANDADD
            | TROWEXPANDSUB
            | TROWEXPANDMUL
            | TROWEXPANDDIV
            | TROWEXPANDMAX
            | TROWEXPANDMIN
            | TROWEXPANDEXPDIF
            | TCOLEXPANDADD
            | TCOLEXPANDSUB
            | TCOLEXPANDMUL
            | TCOLEXPANDDIV
            | TCOLEXPANDMAX
            | TCOLEXPANDMIN
            | TCOLEXPANDEXPDIF
    )
}

/// The call of `op`, of tensors of these elements; or what there is no call of.
pub(super) fn call(op: &OpShape, chip: ChipId, globals: &[DtypeId]) -> Result<Call, &'static str> {
    let mut call = usual_call(op, chip, globals)?;
    if op.form.is_some_and(|form| form.ends_with(HIGH_PRECISION)) {
        let algorithm = high_precision(op.code).ok_or("its high precision has no name")?;
        call.template.push(Template::Text(algorithm));
    }
    Ok(call)
}

/// What PTO calls the high precision of an op.
fn high_precision(code: OpCode) -> Option<&'static str> {
    Some(match code {
        TEXP => "ExpAlgorithm::HIGH_PRECISION",
        TLOG => "LogAlgorithm::HIGH_PRECISION",
        TSQRT => "SqrtAlgorithm::HIGH_PRECISION",
        TRSQRT => "RsqrtAlgorithm::HIGH_PRECISION",
        TRECIP => "RecipAlgorithm::HIGH_PRECISION",
        TDIV | TDIVS | TROWEXPANDDIV | TCOLEXPANDDIV => "DivAlgorithm::HIGH_PRECISION",
        TPOW => "PowAlgorithm::HIGH_PRECISION",
        TREM => "RemAlgorithm::HIGH_PRECISION",
        TFMOD => "FmodAlgorithm::HIGH_PRECISION",
        _ => return None,
    })
}

/// The call of `op`, but for its precision.
fn usual_call(op: &OpShape, chip: ChipId, globals: &[DtypeId]) -> Result<Call, &'static str> {
    let imm = op.imm.unwrap_or_default();
    let elements = [0, 1].map(|operand| element(op, operand, globals));
    let element = elements[0].unwrap_or(DtypeId::F32);
    let name = op.code.name();
    let is_row =
        |operand| tile_type(op, operand).is_none_or(|ty| as_called(op, ty).layout == LayoutId::Nd);
    if sources(op.code).is_some() && !(0..op.operands.len()).all(is_row) {
        return Err("its tiles are neither rows nor columns");
    }
    Ok(match op.code {
        TLOAD => Call::new("TLOAD", [0, 1]),
        TSTORE_VEC | TSTORE_MAT | TSTORE_ACC if op.form == Some("ADD") => Call {
            template: vec![
                Template::Of(1),
                Template::Of(0),
                Template::Text("AtomicType::AtomicAdd"),
            ],
            ..Call::new("TSTORE", [0, 1])
        },
        TSTORE_VEC | TSTORE_MAT => Call::new("TSTORE", [0, 1]),
        TSTORE_ACC if imm == 0 => Call::new("TSTORE", [0, 1]),
        TSTORE_ACC => drain::drain(op, imm, "TSTORE", "TSTORE_FP", chip, elements)?,
        TMOV_A2V | TMOV_A2M if op.form.is_none() && imm == 0 => Call::new("TMOV", [0, 1]),
        TMOV_A2V | TMOV_A2M if op.form.is_none() => {
            drain::drain(op, imm, "TMOV", "TMOV_FP", chip, elements)?
        }
        TTRANS if op.form.is_some() => return Err("images in another order are not written yet"),
        code if is_expanding(code) => Call::new(name, scratch_last(op, 2)),
        TROWSUM | TROWPROD | TROWMAX | TROWMIN | TCOLSUM | TCOLPROD | TCOLMAX | TCOLMIN
        | TROWEXPAND | TCOLEXPAND | TTRANS => Call::new(name, scratch_last(op, 1)),
        TMULADDDST | TFUSEDMULADD | TFUSEDMULADDRELU => Call::new(name, 0..op.operands.len()),
        TADDS | TSUBS | TMULS | TMAXS | TMINS | TLRELU | TDIVS => {
            let mut order = scratch_last(op, 1).into_iter().map(Arg::Operand).collect::<Vec<_>>();
            let scalar = match op.imm {
                Some(imm) => Arg::Text(types::scalar(imm, element)),
                None => Arg::Number(0),
            };
            let is_first = op.form.is_some_and(|form| form.starts_with("INTO"));
            order.insert(if is_first { 1 } else { 2 }, scalar);
            Call { name, template: Vec::new(), args: order }
        }
        TEXPANDS => match op.imm {
            Some(imm) => Call::new(name, [0]).and(types::scalar(imm, element)),
            None => Call { args: vec![Arg::Operand(0), Arg::Number(0)], ..Call::new(name, []) },
        },
        TMATMUL | TGEMV if is_scaled_product(op) => scaled_product(op),
        TMATMUL => product(["TMATMUL", "TMATMUL_ACC", "TMATMUL_BIAS"], op),
        TGEMV => product(["TGEMV", "TGEMV_ACC", "TGEMV_BIAS"], op),
        TQUANT => quantised(op, chip, elements[0])?,
        TSORT32 | TMRGSORT | TGATHER | MGATHER_VEC => indexed::call(op)?,
        TIMG2COL => unrolled(),
        TEXTRACT_M2LR => corner("TEXTRACT"),
        TMOV_V2V | TMOV_V2M if op.form.is_none() => Call::new("TMOV", [0, 1]),
        TMOV_V2V if op.form == Some("EXTRACT") => corner("TEXTRACT"),
        TMOV_V2V => corner("TINSERT"),
        TMOV_M2L | TMOV_M2R | TMOV_M2B | TMOV_M2S => Call::new("TMOV", [0, 1]),
        TCVT => {
            let saturation = if imm >> 8 & 1 == 1 { "ON" } else { "OFF" };
            Call::new("TCVT", [0, 1])
                .and(format!("RoundMode::{}", rounding(imm as u8)?))
                .and(format!("SaturationMode::{saturation}"))
        }
        code => match sources(code) {
            Some(count) => Call::new(name, scratch_last(op, count)),
            None => return Err("this op, or this form of it, is not known to the writer"),
        },
    })
}

fn product(names: [&'static str; 3], op: &OpShape) -> Call {
    match (op.form, op.operands.len()) {
        (Some(_), _) => Call::new(names[1], [0, 0, 1, 2]),
        (None, 4) => Call::new(names[2], [0, 1, 2, 3]),
        _ => Call::new(names[0], [0, 1, 2]),
    }
}

/// Whether its factors have scales of their own.
fn is_scaled_product(op: &OpShape) -> bool {
    tile_type(op, 2).is_some_and(|ty| ty.space == Space::ScaleLeft)
}

/// One name for all forms of a product: what is added to comes first, and is named twice.
fn scaled_product(op: &OpShape) -> Call {
    let name = if op.code == TGEMV { "TGEMV_MX" } else { "TMATMUL_MX" };
    let again = op.form.map(|_| 0);
    Call::new(name, again.into_iter().chain(0..op.operands.len()))
}

/// To integers of eight bits, with a scale for each row, and an offset where they have no sign. On a2a3 the library takes a scratch tile.
fn quantised(op: &OpShape, chip: ChipId, to: Option<DtypeId>) -> Result<Call, &'static str> {
    let (kind, offset) = match (to, op.operands.len()) {
        (Some(DtypeId::I8), 4) => ("QuantType::INT8_SYM", None),
        (Some(DtypeId::U8), 5) => ("QuantType::INT8_ASYM", Some(Arg::Address(4))),
        _ => return Err("a quantisation by groups is not written yet"),
    };
    let scratch = (chip == ChipId::A2A3).then_some(2);
    let mut call = Call::new("TQUANT", [0, 1, 3].into_iter().chain(scratch));
    call.template = vec![Template::Text(kind)];
    call.args.extend(offset);
    Ok(call)
}

/// A window: its first row and column are in the upper and the lower half of the scalar.
fn corner(name: &'static str) -> Call {
    let args = vec![Arg::Operand(0), Arg::Operand(1), Arg::Number(1), Arg::Number(0)];
    Call { name, template: Vec::new(), args }
}

/// Windows of an image from a corner on. The op sets the registers that it reads.
fn unrolled() -> Call {
    let mut call = Call::new("TIMG2COL", [0, 1]).of([
        Template::Of(0),
        Template::Of(1),
        Template::Text("SetFmatrixMode::FMATRIX_A_AUTO"),
    ]);
    call.args.extend([0, 1].map(Arg::Number));
    call
}

/// PTO's name of a rounding mode.
fn rounding(mode: u8) -> Result<&'static str, &'static str> {
    use crate::isa::RoundMode;
    const MODES: [(RoundMode, &str); 6] = [
        (RoundMode::Rint, "CAST_RINT"),
        (RoundMode::Round, "CAST_ROUND"),
        (RoundMode::Floor, "CAST_FLOOR"),
        (RoundMode::Ceil, "CAST_CEIL"),
        (RoundMode::Trunc, "CAST_TRUNC"),
        (RoundMode::Odd, "CAST_ODD"),
    ];
    let known = MODES.iter().find(|(known, _)| *known as u8 == mode);
    known.map(|(_, name)| *name).ok_or("its rounding is not known to the writer")
}
