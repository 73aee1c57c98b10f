//! What ops of the vector pipe cost, by how they go through their tiles.

use super::cost::{Cost, dtype};
use super::profile::{Profile, VectorCost};
use crate::chip::ChipId;
use crate::op::OpCode;
use crate::op::OpCode::*;
use crate::program::{OpInstr, Operand, Place, Program};
use crate::tile::{DtypeId, LayoutId, Space};

/// Bytes of a block, the least that a copy moves in a cycle.
const BLOCK: f64 = 32.0;
/// Bytes of a value and its index, which TMRGSORT merges.
const PAIR: f64 = 8.0;
/// Elements that one repeat of TSORT32 sorts.
const SORTED: u64 = 32;

/// The bytes of an operand as a vector op goes through them.
#[derive(Clone, Copy, Debug)]
struct Lines {
    /// Runs of bytes without a gap.
    count: u64,
    /// Bytes of each.
    bytes: u64,
    rows: u64,
    row_bytes: u64,
}

impl Lines {
    fn of(program: &Program, operand: &Operand) -> Self {
        let size = dtype(program, operand).size() as u64;
        let (rows, cols) = (u64::from(operand.rows), u64::from(operand.cols));
        let one = match operand.place {
            Place::Tile { ty, .. } => match ty.layout {
                LayoutId::Nd => ty.cols == operand.cols || rows == 1,
                LayoutId::Dn => ty.rows == operand.rows || cols == 1,
                _ => true,
            },
            Place::Global { .. } | Place::Bytes { .. } | Place::Word(_) => true,
        };
        let is_dn = matches!(operand.place, Place::Tile { ty, .. } if ty.layout == LayoutId::Dn);
        let (rows, cols) = if is_dn { (cols, rows) } else { (rows, cols) };
        let row_bytes = cols.saturating_mul(size);
        let (count, bytes) =
            if one { (1, rows.saturating_mul(row_bytes)) } else { (rows, row_bytes) };
        Lines { count, bytes, rows, row_bytes }
    }

    fn total(&self) -> u64 {
        self.count.saturating_mul(self.bytes)
    }
}

/// What `op` costs.
pub(super) fn cost(program: &Program, op: &OpInstr, profile: &Profile) -> Cost {
    let (writes, reads) = program.writes_and_reads(op);
    let in_ub = |operand: &&Operand| matches!(operand.place, Place::Tile { ty, .. } if ty.space == Space::Vec);
    let Some(dst) = writes.iter().find(in_ub) else {
        return Cost { cycles: profile.vector_start, ..Cost::default() };
    };
    let sources: Vec<&Operand> = reads.iter().filter(in_ub).collect();
    let src = sources.first().copied().unwrap_or(dst);
    let element = dtype(program, src);
    let code = op.code;
    let cost = code.map_or(
        VectorCost { start: profile.vector_start, repeat: profile.vector_repeat },
        |code| profile.vector(code, element),
    );
    let pass = Pass { profile, cost };
    let (from, to) = (Lines::of(program, src), Lines::of(program, dst));
    let cycles = match code {
        Some(TMOV_V2V | TFILLPAD_VEC | TCONCAT) => pass.copy(to),
        Some(TROWSUM | TROWMAX | TROWMIN) if is_grouped(profile.chip, element, from) => {
            pass.reduce_groups(from)
        }
        Some(code) if is_row_reduction(code) => pass.reduce_rows(from),
        // A tree of sums: two rows at a time.
        Some(TCOLSUM) => 0.5 * pass.reduce_columns(from),
        Some(code) if is_column_reduction(code) => pass.reduce_columns(from),
        Some(TROWEXPAND | TSEL) => cost.start + cost.repeat * pass.repeats(to.row_bytes, to.rows),
        Some(TSORT32) => cost.start + cost.repeat * groups(from, element, SORTED),
        Some(TMRGSORT) => cost.start + cost.repeat * (to.total() as f64 / PAIR),
        Some(TGATHER | TGATHERB) => {
            (cost.start + cost.repeat * pass.repeats(from.row_bytes, 1)) * from.rows as f64
        }
        Some(_) | None => {
            let widest = sources.iter().map(|&src| Lines::of(program, src)).chain([to]);
            let widest = widest.max_by_key(Lines::total).unwrap_or(to);
            pass.element_wise(widest, sources.len() > 1 || code.is_some_and(takes_a_scalar))
        }
    };
    // Where dependent ops need a barrier, those without one overlap.
    let start = if profile.chip.vector_needs_barrier() { cost.start.min(cycles) } else { 0.0 };
    Cost { cycles, start, ..Cost::default() }
}

/// An op with a tile and a scalar goes through its tiles as one with two tiles does.
fn takes_a_scalar(code: OpCode) -> bool {
    matches!(code, TADDS | TSUBS | TMULS | TDIVS | TMAXS | TMINS | TANDS | TORS | TXORS)
}

fn is_row_reduction(code: OpCode) -> bool {
    matches!(code, TROWSUM | TROWPROD | TROWMAX | TROWMIN | TROWARGMAX | TROWARGMIN)
}

/// Shapes of f32 tiles whose rows the PTO library reduces by blocks of eight at once: 32 KB, with rows of two repeats at least.
fn is_grouped(chip: ChipId, element: DtypeId, from: Lines) -> bool {
    let shape = (from.rows, from.row_bytes / 4);
    let shapes = [(64, 128), (32, 256), (16, 512), (8, 1024)];
    chip == ChipId::A2A3 && element == DtypeId::F32 && shapes.contains(&shape)
}

fn is_column_reduction(code: OpCode) -> bool {
    matches!(code, TCOLSUM | TCOLPROD | TCOLMAX | TCOLMIN | TCOLARGMAX | TCOLARGMIN)
}

fn groups(lines: Lines, dtype: DtypeId, elements: u64) -> f64 {
    let of_row = (lines.row_bytes / dtype.size() as u64).div_ceil(elements);
    lines.rows.saturating_mul(of_row) as f64
}

struct Pass<'p> {
    profile: &'p Profile,
    cost: VectorCost,
}

impl Pass<'_> {
    fn repeats(&self, line_bytes: u64, lines: u64) -> f64 {
        (line_bytes as f64 / self.profile.repeat).ceil() * lines as f64
    }

    /// The repeats of one line follow each other at once; each further line has some cycles of its own.
    fn element_wise(&self, lines: Lines, two_operands: bool) -> f64 {
        let p = self.profile;
        let short = two_operands && p.short_rows > 0.0 && (lines.row_bytes as f64) < p.repeat;
        if short || lines.count == 1 {
            let repeats = if short { lines.rows as f64 } else { self.repeats(lines.bytes, 1) };
            return self.cost.start + self.cost.repeat * repeats;
        }
        let line = self.repeats(lines.bytes, 1);
        let more = p.vector_row + (self.cost.repeat + p.vector_row_repeat) * line;
        self.cost.start + self.cost.repeat * line + more * (lines.count - 1) as f64
    }

    fn copy(&self, lines: Lines) -> f64 {
        let run = self.profile.copy_run + (lines.bytes as f64 / BLOCK).ceil();
        run * lines.count as f64
    }

    /// A row that is longer than a repeat is folded first.
    fn reduce_rows(&self, lines: Lines) -> f64 {
        let folds = self.repeats(lines.row_bytes, 1) - 1.0;
        let fold = if folds > 0.0 { self.profile.vector_start } else { 0.0 };
        let fold = fold + self.profile.vector_repeat * folds * lines.rows as f64;
        fold + self.cost.start + self.cost.repeat * lines.rows as f64
    }

    /// Each block of eight becomes one value, until a row has eight; what is no multiple of 64 is halved. Barriers inside of the op cost
    /// nothing beyond the starts: TROWMAX of 64 x 64, which has one, was measured at its start and its repeats.
    fn reduce_groups(&self, lines: Lines) -> f64 {
        let p = self.profile;
        let grouped = |values: u64| p.group_start + p.group_repeat * (values as f64 / 64.0).ceil();
        let halved = |values: u64| p.vector_start + p.vector_repeat * (values as f64 / 64.0).ceil();
        let mut values = lines.total() / 4;
        let mut cycles = grouped(values);
        values /= 8;
        while values > 8 * lines.rows {
            let of_row = values / lines.rows;
            values /= if of_row >= 64 { 8 } else { 2 };
            cycles += if of_row >= 64 { grouped(8 * values) } else { halved(values) };
        }
        cycles + grouped(values)
    }

    /// Row after row into the first one, each after the one before.
    fn reduce_columns(&self, lines: Lines) -> f64 {
        let first = self.copy(Lines { count: 1, bytes: lines.row_bytes, ..lines });
        let repeats = self.repeats(lines.row_bytes, 1);
        let row = self.cost.start + self.cost.repeat * repeats + self.profile.barrier;
        first + row * lines.rows.saturating_sub(1) as f64
    }
}
