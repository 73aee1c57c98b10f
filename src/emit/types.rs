//! How types of the PTO library are written.

use crate::chip::ChipId;
use crate::tile::{DtypeId, LayoutId, Space, TileType};

/// An element type.
pub(super) fn dtype(dtype: DtypeId) -> &'static str {
    match dtype {
        DtypeId::F32 => "float",
        DtypeId::F16 => "half",
        DtypeId::Bf16 => "bfloat16_t",
        DtypeId::I8 => "int8_t",
        DtypeId::I16 => "int16_t",
        DtypeId::I32 => "int32_t",
        DtypeId::I64 => "int64_t",
        DtypeId::U8 => "uint8_t",
        DtypeId::U16 => "uint16_t",
        DtypeId::U32 => "uint32_t",
        DtypeId::U64 => "uint64_t",
        DtypeId::F8E4M3 => "float8_e4m3_t",
        DtypeId::F8E5M2 => "float8_e5m2_t",
        DtypeId::HiF8 => "hifloat8_t",
        DtypeId::F8E8M0 => "float8_e8m0_t",
        DtypeId::F4E2M1x2 => "float4_e2m1x2_t",
        DtypeId::F4E1M2x2 => "float4_e1m2x2_t",
        DtypeId::I4x2 => "int4b_t",
    }
}

/// Elements of 32 bytes, in which images and fractals are cut.
pub(super) fn block(dtype: DtypeId) -> usize {
    32 / dtype.size()
}

/// A tile whose valid rows and columns are known, or set when it runs.
pub(super) fn tile(ty: TileType, valid: [Option<i64>; 2]) -> String {
    let (rows, cols) = (i64::from(ty.rows), i64::from(ty.cols));
    let whole = valid == [Some(rows), Some(cols)];
    // What has no valid element has no such type.
    let [valid_rows, valid_cols] =
        valid.map(|known| known.filter(|count| *count > 0).unwrap_or(-1));
    let element = dtype(ty.dtype);
    let short = |name: &str| {
        if whole {
            format!("{name}<{element}, {rows}, {cols}>")
        } else {
            format!("{name}<{element}, {rows}, {cols}, {valid_rows}, {valid_cols}>")
        }
    };
    let (outer, inner) = match (ty.space, ty.layout) {
        (Space::Left, _) => return short("TileLeft"),
        (Space::Right, _) => return short("TileRight"),
        (Space::Acc, _) => return short("TileAcc"),
        (Space::ScaleLeft, _) => return short("TileLeftScale"),
        (Space::ScaleRight, _) => return short("TileRightScale"),
        (_, LayoutId::Nd) => ("RowMajor", "NoneBox"),
        (_, LayoutId::Dn) => ("ColMajor", "NoneBox"),
        (_, LayoutId::Zn) => ("RowMajor", "ColMajor"),
        (_, LayoutId::Zz | LayoutId::MxZz) => ("RowMajor", "RowMajor"),
        (_, LayoutId::MxNn) => ("ColMajor", "ColMajor"),
        (_, _) => ("ColMajor", "RowMajor"),
    };
    let space = ty.space.name();
    let mut text = format!("Tile<TileType::{space}, {element}, {rows}, {cols}");
    if inner != "NoneBox" {
        text += &format!(", BLayout::{outer}, {valid_rows}, {valid_cols}, SLayout::{inner}");
        if matches!(ty.layout, LayoutId::MxZz | LayoutId::MxNn) {
            text += ", TileConfig::fractalMxSize";
        }
    } else if !whole {
        text += &format!(", BLayout::{outer}, {valid_rows}, {valid_cols}");
    } else if outer != "RowMajor" {
        text += &format!(", BLayout::{outer}");
    }
    text + ">"
}

/// The name of a pipe.
pub(super) fn pipe(pipe: crate::op::Pipe) -> &'static str {
    use crate::op::Pipe;
    match pipe {
        Pipe::S => "PIPE_S",
        Pipe::V => "PIPE_V",
        Pipe::M => "PIPE_M",
        Pipe::Mte1 => "PIPE_MTE1",
        Pipe::Mte2 => "PIPE_MTE2",
        Pipe::Mte3 => "PIPE_MTE3",
        Pipe::Fix => "PIPE_FIX",
    }
}

/// What the C++ is compiled for, in words.
pub(super) fn chip(chip: ChipId) -> &'static str {
    match chip {
        ChipId::A2A3 => "a2a3 (Ascend 910B and 910C)",
        ChipId::A5 => "a5 (Ascend 950)",
    }
}

/// The value of an element of an integer type, where `i64` has it.
pub(super) fn integer(bits: u64, dtype: DtypeId) -> Option<i64> {
    Some(match dtype {
        DtypeId::I8 => (bits as i8).into(),
        DtypeId::I16 => (bits as i16).into(),
        DtypeId::I32 => (bits as i32).into(),
        DtypeId::I64 | DtypeId::U8 | DtypeId::U16 | DtypeId::U32 => bits as i64,
        _ => return None,
    })
}

/// The bits of an element of type `dtype`, exactly.
pub(super) fn scalar(bits: u64, dtype: DtypeId) -> String {
    match dtype {
        DtypeId::F32 => float(f32::from_bits(bits as u32)),
        DtypeId::F16 => format!("(half){}", float(half::f16::from_bits(bits as u16).to_f32())),
        DtypeId::Bf16 => {
            format!("(bfloat16_t){}", float(half::bf16::from_bits(bits as u16).to_f32()))
        }
        DtypeId::I8 => (bits as i8).to_string(),
        DtypeId::I16 => (bits as i16).to_string(),
        DtypeId::I32 if bits as i32 == i32::MIN => "(-2147483647 - 1)".to_owned(),
        DtypeId::I32 => (bits as i32).to_string(),
        DtypeId::I64 if bits as i64 == i64::MIN => "(-9223372036854775807 - 1)".to_owned(),
        DtypeId::I64 => (bits as i64).to_string(),
        DtypeId::U32 => format!("{}u", bits as u32),
        DtypeId::U64 => format!("{bits}u"),
        _ => bits.to_string(),
    }
}

/// A float: as a whole number where it is a short one, else in hexadecimal, so that no bit is lost.
fn float(x: f32) -> String {
    if x.is_nan() {
        return "__builtin_nanf(\"\")".to_owned();
    }
    let sign = if x.is_sign_negative() { "-" } else { "" };
    if x.is_infinite() {
        return format!("{sign}__builtin_inff()");
    }
    if x.fract() == 0.0 && x.abs() < 1e6 {
        return format!("{sign}{:.1}f", x.abs());
    }
    let bits = x.to_bits();
    let (exponent, mut fraction) = ((bits >> 23 & 0xff) as i32, bits & 0x7f_ffff);
    let (lead, exponent) = if exponent == 0 { (0, -126) } else { (1, exponent - 127) };
    // 23 bits are six digits, the last of which has one bit less.
    fraction <<= 1;
    let digits = format!("{fraction:06x}");
    let digits = digits.trim_end_matches('0');
    let point = if digits.is_empty() { "" } else { "." };
    format!("{sign}0x{lead}{point}{digits}p{exponent:+}f")
}
