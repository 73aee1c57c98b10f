//! One op alone, as tests of single ops measure it: without launch, flags and scalar pipe.

use tilesync::chip::ChipId;
use tilesync::exec::simulate::{Forecast, Simulated};
use tilesync::op::{OpCode, Pipe};
use tilesync::program::Program;
use tilesync::raw::{Block, Operand};
use tilesync::tile::{DtypeId, LayoutId, Space, TileType};

use super::{Failure, Keys};

const DTYPES: [DtypeId; 11] = [
    DtypeId::F32,
    DtypeId::F16,
    DtypeId::Bf16,
    DtypeId::I8,
    DtypeId::I16,
    DtypeId::I32,
    DtypeId::I64,
    DtypeId::U8,
    DtypeId::U16,
    DtypeId::U32,
    DtypeId::U64,
];

/// `op NAME rows= cols= [valid_rows= valid_cols=] dtype= [to=] chip= [parts=]`; `m= k= n=` of a product.
pub(crate) fn forecast(name: &str, keys: &Keys) -> Result<Forecast, Failure> {
    let code = code(name)?;
    let program = program(code, keys)?;
    // A test of one op has its data in L2.
    let mut profile = keys.profile()?;
    profile.hbm = f64::MAX;
    Ok(Simulated::new(profile).run(&program)?)
}

/// PTO's op of that name; of a name with several forms, the one on tiles in UB.
fn code(name: &str) -> Result<OpCode, Failure> {
    let name = name.to_uppercase();
    let form = match &*name {
        "TMOV" => "TMOV_V2V",
        "TSTORE" => "TSTORE_VEC",
        "TFILLPAD" => "TFILLPAD_VEC",
        other => other,
    };
    let known = OpCode::ALL.iter().copied().find(|code| code.name() == form);
    known.ok_or_else(|| format!("there is no op {name}").into())
}

fn dtype(name: &str) -> Result<DtypeId, Failure> {
    let name = match name {
        "float" | "fp32" => "f32",
        "half" | "fp16" => "f16",
        "int32" => "i32",
        "int16" => "i16",
        "uint8" => "u8",
        "int8" => "i8",
        other => other,
    };
    let known = DTYPES.into_iter().find(|dtype| dtype.name() == name);
    known.ok_or_else(|| format!("dtype={name} is not an element type").into())
}

fn program(code: OpCode, keys: &Keys) -> Result<Program, Failure> {
    let chip = if keys.text("chip", Some("a2a3"))? == "a5" { ChipId::A5 } else { ChipId::A2A3 };
    let of = dtype(keys.text("dtype", Some("f32"))?)?;
    let mut block = Block::new(chip);
    if code.pipe() == Pipe::M {
        let number = |key| Ok::<_, Failure>(keys.number(key, None)? as u32);
        let (m, k, n) = (number("m")?, number("k")?, number("n")?);
        let left = block.tile("left", Space::Left, 0, of, m, k);
        let right = block.tile("right", Space::Right, 0, of, k, n);
        let acc = block.tile("acc", Space::Acc, 0, DtypeId::F32, m, n);
        block.op(code, [acc], [left, right]);
        return Ok(block.finish());
    }
    let rows = keys.number("rows", None)? as u32;
    let cols = keys.number("cols", None)? as u32;
    let valid_rows = keys.number("valid_rows", Some(rows as usize))? as u32;
    let valid_cols = keys.number("valid_cols", Some(cols as usize))? as u32;
    let parts = keys.number("parts", Some(1))? as u32;
    if !rows.is_multiple_of(parts) {
        return Err(format!("rows={rows} is not parts={parts} times a number").into());
    }
    let to = dtype(keys.text("to", Some(of.name()))?)?;
    let mut at = 0;
    let mut tile = |block: &mut Block, dtype: DtypeId| -> Operand {
        let ty =
            TileType { space: Space::Vec, dtype, rows: rows / parts, cols, layout: LayoutId::Nd };
        let tile = block.tile_of("tile", at, ty).window(0, 0, valid_rows / parts, valid_cols);
        at += ty.bytes() as u32;
        tile
    };
    for _ in 0..parts {
        match code.pipe() {
            Pipe::Mte2 => {
                let src = block.global_in(of, valid_rows / parts, valid_cols);
                let dst = tile(&mut block, of);
                block.op(code, [dst], [src]);
            }
            Pipe::Mte3 => {
                let src = tile(&mut block, of);
                let dst = block.global_out(of, valid_rows / parts, valid_cols);
                block.op(code, [dst], [src]);
            }
            Pipe::V => {
                let sources = if binary(code) { 2 } else { 1 };
                let sources: Vec<Operand> = (0..sources).map(|_| tile(&mut block, of)).collect();
                let dst = tile(&mut block, to);
                block.op(code, [dst], sources);
            }
            pipe => {
                return Err(format!(
                    "{code} is on {pipe}: `op` takes ops on tiles in UB, and products"
                )
                .into());
            }
        }
    }
    Ok(block.finish())
}

/// Ops with two tiles of one shape.
fn binary(code: OpCode) -> bool {
    use OpCode::*;
    matches!(
        code,
        TADD | TSUB
            | TMUL
            | TDIV
            | TMAX
            | TMIN
            | TAND
            | TOR
            | TXOR
            | TSHL
            | TSHR
            | TREM
            | TFMOD
            | TCMP
            | TSEL
            | TPRELU
    )
}
