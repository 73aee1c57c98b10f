//! What one op costs: cycles of its pipe, bytes that it moves, products that it computes.

use crate::program::{Operand, Place, Program};
use crate::tile::DtypeId;

/// What an op costs, with the pipe and the memory to itself.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Cost {
    /// Of its pipe.
    pub(super) cycles: f64,
    /// Those of them that an op which follows another at once does not take: it starts while the other one ends.
    pub(super) start: f64,
    /// Bytes out of global memory.
    pub(super) loaded: u64,
    /// Bytes to global memory.
    pub(super) stored: u64,
    /// Multiplications and additions of the matrix pipe.
    pub(super) flops: u64,
}

/// The element type of an operand; bytes where it has none.
pub(super) fn dtype(program: &Program, operand: &Operand) -> DtypeId {
    match operand.place {
        Place::Tile { ty, .. } => ty.dtype,
        Place::Global { arg, .. } => {
            program.globals.get(arg as usize).map_or(DtypeId::U8, |global| global.dtype)
        }
        Place::Bytes { .. } => DtypeId::U8,
        Place::Word(_) => DtypeId::U32,
    }
}
