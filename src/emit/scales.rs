//! Where scales lie: a product looks for those of a factor at a sixteenth of the factor's address, wherever the plan has them.

use std::collections::HashMap;

use super::EmitError;
use super::fields::Fields;
use crate::op::OpCode;
use crate::program::{OpInstr, Place, Program};
use crate::tile::Space;

/// Scales follow their factor by so much.
const SHARE: u32 = 16;

/// The factors of tiles of scales, both by their slots.
#[derive(Debug, Default)]
pub(super) struct Scales(HashMap<u32, u32>);

impl Scales {
    /// Places the scales of this block's products; an error, where one tile has the scales of two factors in turn.
    pub(super) fn place(
        &mut self,
        program: &Program,
        fields: &mut Fields,
    ) -> Result<(), EmitError> {
        for (instr, op) in program.ops() {
            for [factor, scales] in pairs(program, op) {
                if *self.0.entry(scales).or_insert(factor) != factor {
                    let op = op.code.map_or("?", OpCode::name);
                    let chip = program.chip;
                    let what = "a tile of scales belongs to one factor: its address follows from that factor's";
                    return Err(EmitError::NoCall { op, chip, what, at: program.line(instr.at) });
                }
                let (field, index) = fields.of_slot[scales as usize];
                fields.list[field].tiles[index] = program.tiles[factor as usize].addr / SHARE;
            }
        }
        Ok(())
    }
}

/// Slots of factors, and of their scales, which stand behind them.
fn pairs(program: &Program, op: &OpInstr) -> Vec<[u32; 2]> {
    if !matches!(op.code, Some(OpCode::TMATMUL | OpCode::TGEMV)) {
        return Vec::new();
    }
    let both =
        program.operands(op).windows(2).filter_map(|pair| match [pair[0].place, pair[1].place] {
            [Place::Tile { slot: factor, .. }, Place::Tile { slot: scales, ty, .. }]
                if matches!(ty.space, Space::ScaleLeft | Space::ScaleRight) =>
            {
                Some([factor, scales])
            }
            _ => None,
        });
    both.collect()
}
