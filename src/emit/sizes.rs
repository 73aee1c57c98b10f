//! Tiles of which so much is valid as a scalar in global memory says: the C++ computes that again.
//!
//! A load takes no more than it is told to, than the tile takes and than there is. What is valid of other tiles follows from that, op by op.

use std::collections::HashMap;

use super::calls;
use super::operands::PIECE;
use super::symbols::{Compute, Number, Scalars};
use crate::op::OpCode::{self, *};
use crate::program::{OpInstr, Operand, Place, Program, TermId};

/// How many rows, or columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    /// What the load was told.
    most: TermId,
    /// What the tile takes, and where that is known what there is.
    bound: i64,
    /// Where the load starts, if that is computed, and where the tensor ends.
    rest: Option<(TermId, i64)>,
}

impl Size {
    /// None, where the C++ has no name for a scalar in it any more.
    pub(super) fn number(self, program: &Program, scalars: &Scalars) -> Option<Number> {
        let most = scalars.number(program, self.most)?;
        let size = most.least(Number::constant(self.bound));
        let Some((place, end)) = self.rest else { return Some(size) };
        Some(size.least(Number::constant(end).minus(&scalars.number(program, place)?)?))
    }
}

type Sizes2 = [Option<Size>; 2];

/// What is known of a block's tiles, by their slots.
#[derive(Debug, Default)]
pub(super) struct Sizes {
    of_slot: HashMap<u32, Sizes2>,
}

const UNKNOWN: &str = "how much of its tile is valid is read from memory, which is written of loads, stores, element-wise ops and reductions alone";
const PART: &str =
    "how much of its tile is valid is read from memory, and the op takes part of the tile";
const STORE: &str =
    "a load alone is told by a scalar how much to take: a store takes what is valid in its tile";

impl Sizes {
    /// The sizes in an op, each with the place of its number among those of the operands.
    pub(super) fn of(
        &mut self,
        program: &Program,
        op: &OpInstr,
    ) -> Result<Vec<(usize, Size)>, &'static str> {
        let (operands, code) = (program.operands(op), op.code.unwrap_or(SCALAR));
        if let (TLOAD, [tile, region]) = (code, operands) {
            let sizes = loaded(program, op, tile, region);
            self.set(tile, sizes);
            return self.listed(program, operands, [sizes; 2]);
        }
        let is_told = |index| {
            let formula = program.formula(op, index);
            formula.rows.is_some() || formula.cols.is_some()
        };
        if (0..operands.len()).any(is_told) {
            return Err(STORE);
        }
        if !operands.iter().any(|operand| self.get(operand) != [None; 2]) {
            return Ok(Vec::new());
        }
        let mut sizes: Vec<Sizes2> = operands.iter().map(|operand| self.get(operand)).collect();
        let writes = usize::from(op.writes);
        match (code, operands) {
            (TSTORE_VEC, [_, tile]) => sizes[0] = self.get(tile),
            _ => {
                sizes[0] = self.result(code, op.form(), operands, writes).ok_or(UNKNOWN)?;
                // A scratch tile is of no size.
                if sizes[1..writes].iter().any(|sizes| *sizes != [None; 2]) {
                    return Err(UNKNOWN);
                }
                self.set(&operands[0], sizes[0]);
            }
        }
        self.listed(program, operands, sizes)
    }

    /// What is valid then of what an op writes to; nothing, where that is not known.
    fn result(
        &self,
        code: OpCode,
        form: Option<&str>,
        operands: &[Operand],
        writes: usize,
    ) -> Option<Sizes2> {
        let dst = operands.first()?;
        let src = operands.get(writes).unwrap_or(dst);
        let [rows, cols] = self.get(src);
        let sizes = match code {
            TROWSUM | TROWPROD | TROWMAX | TROWMIN => [rows, None],
            TCOLSUM | TCOLPROD | TCOLMAX | TCOLMIN => [None, cols],
            TMOV_V2V if form.is_none() => [rows, cols],
            // Where one source has nothing, the other one says.
            TPARTADD | TPARTMUL | TPARTMAX | TPARTMIN => return None,
            _ => match calls::sources(code).or(calls::is_expanding(code).then_some(2))? {
                0 => return None,
                // With the destination as the first source, that is not listed twice.
                count if operands.len() < writes + count => self.get(dst),
                _ => [rows, cols],
            },
        };
        let same = |size: Option<Size>, one: u32, other: u32| size.is_none() || one == other;
        let as_said = same(sizes[0], dst.rows, src.rows) && same(sizes[1], dst.cols, src.cols);
        as_said.then_some(sizes)
    }

    fn get(&self, operand: &Operand) -> Sizes2 {
        match operand.place {
            Place::Tile { slot, .. } => self.of_slot.get(&slot).copied().unwrap_or_default(),
            _ => [None; 2],
        }
    }

    fn set(&mut self, operand: &Operand, sizes: Sizes2) {
        let Place::Tile { slot, .. } = operand.place else { return };
        if sizes == [None; 2] {
            self.of_slot.remove(&slot);
        } else {
            self.of_slot.insert(slot, sizes);
        }
    }

    /// The sizes of operands, one by one.
    fn listed(
        &self,
        program: &Program,
        operands: &[Operand],
        sizes: impl IntoIterator<Item = Sizes2>,
    ) -> Result<Vec<(usize, Size)>, &'static str> {
        let mut listed = Vec::new();
        for (index, (operand, sizes)) in operands.iter().zip(sizes).enumerate() {
            if sizes != [None; 2] && is_part(program, operand) {
                return Err(PART);
            }
            for (axis, size) in sizes.into_iter().enumerate() {
                listed.extend(size.map(|size| (index * PIECE + 2 + axis, size)));
            }
        }
        Ok(listed)
    }
}

/// Whether it is a tile that lies in another one.
fn is_part(program: &Program, operand: &Operand) -> bool {
    let Place::Tile { slot, addr, ty } = operand.place else { return false };
    let tile = &program.tiles[slot as usize];
    (tile.addr, tile.ty) != (addr, ty)
}

/// How much a load takes, where a scalar says so.
fn loaded(program: &Program, op: &OpInstr, tile: &Operand, region: &Operand) -> Sizes2 {
    let formula = program.formula(op, 1);
    let (Place::Tile { ty, .. }, Place::Global { row, col, .. }) = (tile.place, region.place)
    else {
        return [None; 2];
    };
    let size = |most: Option<TermId>, place: Option<TermId>, [at, end, takes]: [u32; 3]| {
        let most = most?;
        let bound = if place.is_some() { takes } else { takes.min(end.saturating_sub(at)) };
        let rest = place.map(|place| (place, end.into()));
        Some(Size { most, bound: bound.into(), rest })
    };
    [
        size(formula.rows, formula.row, [row, formula.end.0, ty.rows]),
        size(formula.cols, formula.col, [col, formula.end.1, ty.cols]),
    ]
}
