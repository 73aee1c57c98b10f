//! Ops of the vector pipe, by name and element type.

use super::Profile;
use crate::op::OpCode;
use crate::tile::DtypeId;

/// What an op of the vector pipe costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VectorCost {
    /// Cycles before its first repeat, and after its last.
    pub start: f64,
    /// Cycles a repeat.
    pub repeat: f64,
}

impl Profile {
    /// What `op` costs on elements of that type: the line `TADD.f16` comes before `TADD`. An op without a line costs what
    /// [`Profile::vector_start`] and [`Profile::vector_repeat`] say.
    #[must_use]
    pub fn vector(&self, op: OpCode, dtype: DtypeId) -> VectorCost {
        let exact = self.vector.get(&format!("{}.{}", op.name(), dtype.name()));
        let known = exact.or_else(|| self.vector.get(op.name()));
        known
            .copied()
            .unwrap_or(VectorCost { start: self.vector_start, repeat: self.vector_repeat })
    }

    /// The line of the table with that name, as `TADD` or `TADD.f16`, to be changed.
    pub fn vector_mut(&mut self, name: &str) -> Option<&mut VectorCost> {
        self.vector.get_mut(name)
    }
}
