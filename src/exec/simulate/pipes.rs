//! What an op costs on each pipe.

use super::cost::{Cost, dtype};
use super::profile::Profile;
use super::vector;
use crate::op::{OpCode, Pipe};
use crate::program::{Instr, OpInstr, Operand, Place, Program};
use crate::tile::{DtypeId, LayoutId, Space};

/// What `op` costs on the pipe of `instr`.
pub(super) fn cost(program: &Program, instr: &Instr, op: &OpInstr, profile: &Profile) -> Cost {
    let ops = Ops { program, profile, op };
    match instr.pipe {
        Pipe::S => Cost { cycles: profile.issue, ..Cost::default() },
        Pipe::M => ops.product(),
        Pipe::Mte1 => Cost { cycles: ops.to_l0(), ..Cost::default() },
        Pipe::Mte2 => ops.load(),
        Pipe::Mte3 => ops.store(),
        Pipe::Fix => ops.drain(),
        Pipe::V => vector::cost(program, op, profile),
    }
}

struct Ops<'p> {
    program: &'p Program,
    profile: &'p Profile,
    op: &'p OpInstr,
}

fn bytes(program: &Program, operand: &Operand) -> u64 {
    let elements = u64::from(operand.rows) * u64::from(operand.cols);
    elements.saturating_mul(dtype(program, operand).size() as u64)
}

fn space(operand: &Operand) -> Option<Space> {
    match operand.place {
        Place::Tile { ty, .. } => Some(ty.space),
        Place::Global { .. } | Place::Bytes { .. } | Place::Word(_) => None,
    }
}

/// Whether an operand is in global memory, where a slot of a FIFO may be or not.
fn is_global(program: &Program, operand: &Operand) -> bool {
    let (Place::Global { arg, .. } | Place::Bytes { arg, .. }) = operand.place else {
        return false;
    };
    !program.fifos.iter().any(|fifo| fifo.memory == arg && fifo.direct)
}

fn layout(operand: &Operand) -> Option<LayoutId> {
    match operand.place {
        Place::Tile { ty, .. } => Some(ty.layout),
        Place::Global { .. } | Place::Bytes { .. } | Place::Word(_) => None,
    }
}

impl<'p> Ops<'p> {
    fn writes(&self) -> &'p [Operand] {
        self.program.writes_and_reads(self.op).0
    }

    fn reads(&self) -> &'p [Operand] {
        self.program.writes_and_reads(self.op).1
    }

    /// A product takes a cycle for each 16 rows, 16 columns and 32 bytes of depth.
    fn product(&self) -> Cost {
        let factor =
            |space_of| self.reads().iter().find(|operand| space(operand) == Some(space_of));
        let (Some(left), Some(right)) = (factor(Space::Left), factor(Space::Right)) else {
            return Cost { cycles: self.profile.cube_start, ..Cost::default() };
        };
        let dtype = dtype(self.program, left);
        let (m, k, n) = (u64::from(left.rows), u64::from(left.cols), u64::from(right.cols));
        let depth = (32 / dtype.size()).max(1) as u64;
        let steps = m.div_ceil(16).saturating_mul(k.div_ceil(depth)).saturating_mul(n.div_ceil(16));
        let step = match dtype {
            DtypeId::F32 => self.profile.cube_step_f32,
            _ => self.profile.cube_step,
        };
        let cycles = self.profile.cube_start + step * steps as f64;
        Cost {
            cycles,
            flops: m.saturating_mul(k).saturating_mul(n).saturating_mul(2),
            ..Cost::default()
        }
    }

    fn to_l0(&self) -> f64 {
        let p = self.profile;
        let (Some(dst), src) = (self.writes().first(), self.reads().first()) else {
            return p.l1_start;
        };
        // A window of an image is laid out as it is read; any other left factor is, where its fractals keep their order.
        let reorders = self.op.code != Some(OpCode::TIMG2COL)
            && src.is_some_and(|src| layout(src) != layout(dst));
        let rate = match space(dst) {
            Some(Space::Left) if reorders => p.l1_l0a_reorder,
            Some(Space::Left) => p.l1_l0a,
            Some(Space::Right) => p.l1_l0b,
            _ => p.l1_table,
        };
        p.l1_start + bytes(self.program, dst) as f64 / rate
    }

    fn load(&self) -> Cost {
        let p = self.profile;
        let src = self.reads().iter().find(|operand| is_global(self.program, operand));
        let dst = self.writes().first();
        let into_ub = dst.is_some_and(|dst| space(dst) == Some(Space::Vec));
        match src {
            Some(src) => {
                let loaded = bytes(self.program, src);
                let (start, rate) =
                    if into_ub { (p.gm_ub_start, p.gm_ub) } else { (p.gm_l1_start, p.gm_l1) };
                Cost { cycles: start + loaded as f64 / rate, loaded, ..Cost::default() }
            }
            None => {
                let filled = dst.map_or(0, |dst| bytes(self.program, dst));
                let cycles = p.l1_start + filled as f64 / p.l1_table;
                Cost { cycles, ..Cost::default() }
            }
        }
    }

    fn store(&self) -> Cost {
        let p = self.profile;
        let to_memory = self.writes().iter().find(|operand| is_global(self.program, operand));
        let moved = self.writes().first().map_or(0, |dst| bytes(self.program, dst));
        let cycles = p.ub_gm_start + moved as f64 / p.ub_gm;
        let stored = to_memory.map_or(0, |_| moved);
        Cost { cycles, stored, ..Cost::default() }
    }

    fn drain(&self) -> Cost {
        let p = self.profile;
        let Some(dst) = self.writes().first() else {
            return Cost { cycles: p.fix_start, ..Cost::default() };
        };
        let moved = bytes(self.program, dst);
        let (rate, stored) =
            if is_global(self.program, dst) { (p.fix_gm, moved) } else { (p.fix_tile, 0) };
        Cost { cycles: p.fix_start + moved as f64 / rate, stored, ..Cost::default() }
    }
}
