//! How each op is called: PTO's name, and the order of its operands.
//!
//! A program lists what an op writes first, its scratch tile with it; a call has the scratch tile behind the sources. An op in place lists its
//! tile once, and a call names it twice.

use super::types;
use super::words::{OpShape, Piece};
use crate::chip::ChipId;
use crate::compute::elementwise::HIGH_PRECISION;
use crate::compute::outlet::{Way, word};
use crate::op::OpCode::{self, *};
use crate::tile::{DtypeId, LayoutId, TileType};

/// What stands between the parentheses.
pub(super) enum Arg {
    /// An operand, by its number.
    Operand(usize),
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
        Piece::Global { arg } => globals.get(*arg).copied(),
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
fn sources(code: OpCode) -> Option<usize> {
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
        TSTORE_ACC => drain(op, imm, "TSTORE", "TSTORE_FP", chip, elements)?,
        TMOV_A2V | TMOV_A2M if op.form.is_none() && imm == 0 => Call::new("TMOV", [0, 1]),
        TMOV_A2V | TMOV_A2M if op.form.is_none() => {
            drain(op, imm, "TMOV", "TMOV_FP", chip, elements)?
        }
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
            let is_first = op.form.is_some_and(|form| form.starts_with("INTO"));
            order.insert(if is_first { 1 } else { 2 }, scalar);
            Call { name, template: Vec::new(), args: order }
        }
        TEXPANDS => match op.imm {
            Some(imm) => Call::new(name, [0]).and(types::scalar(imm, element)),
            None => Call { args: vec![Arg::Operand(0), Arg::Number(0)], ..Call::new(name, []) },
        },
        TMATMUL => product(["TMATMUL", "TMATMUL_ACC", "TMATMUL_BIAS"], op),
        TGEMV => product(["TGEMV", "TGEMV_ACC", "TGEMV_BIAS"], op),
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

/// A window: its first row and column are in the upper and the lower half of the scalar.
fn corner(name: &'static str) -> Call {
    let args = vec![Arg::Operand(0), Arg::Operand(1), Arg::Number(1), Arg::Number(0)];
    Call { name, template: Vec::new(), args }
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

/// An accumulator on its way out: with a scale for all, or with the tile of the columns' scales; with ReLU or without.
fn drain(
    op: &OpShape,
    imm: u64,
    plain: &'static str,
    by_columns: &'static str,
    chip: ChipId,
    [to, from]: [Option<DtypeId>; 2],
) -> Result<Call, &'static str> {
    let way = Way::of_imm(imm);
    let count = op.operands.len();
    let store = plain == "TSTORE";
    let types = if store { [1, 0] } else { [0, 1] };
    let mut template: Vec<Template> = types.into_iter().map(Template::Of).collect();
    template.extend((count == 3).then_some(Template::Of(2)));
    template.extend(store.then_some(Template::Text("AtomicType::AtomicNone")));
    template.push(Template::Text("ReluPreMode::NormalRelu"));
    let mut call = Call::new(if count == 3 { by_columns } else { plain }, 0..count);
    if way.relu {
        call.template = template;
    }
    let is_scaled = way.quant.scale != 1.0 || way.quant.offset != 0.0;
    if count == 2 && is_scaled {
        // The library passes the scale on, and takes no notice of it.
        let ignored = from == Some(DtypeId::F32) && to == Some(DtypeId::F32);
        if ignored && (!store || chip == ChipId::A2A3) {
            return Err("the C++ library does not scale f32 to f32 here: use TMULS behind it");
        }
        let signed = if to == Some(DtypeId::I8) { word::SIGNED } else { 0 };
        let offset = (way.quant.offset as i64 as u64 & word::OFFSETS) << word::OFFSET;
        call = call.and(format!("{:#x}", u64::from(way.quant.scale.to_bits()) | signed | offset));
    }
    Ok(call)
}
