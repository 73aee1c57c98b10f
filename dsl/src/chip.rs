//! The chips: what their memories hold, which barriers they have.
//!
//! The numbers are those of the PTO library's configuration headers, in bytes a core.

use crate::op::{Op, pipe};
use crate::sealed::Sealed;
use crate::tile::dtype::DtypeId;
use crate::tile::layout::{Layout, Nz, Zz};
use crate::tile::space::Space;

/// A chip as a type: tiles, ops and plans are checked against it.
pub trait Chip: Sealed + Copy + std::fmt::Debug + Send + Sync + 'static {
    /// The chip as a value.
    const ID: ChipId;
    /// The layout of the matrix pipe's left operand.
    type Left: Layout;
}

/// A chip as a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ChipId {
    /// Ascend 910B and 910C: see [`A2A3`].
    A2A3,
    /// Ascend 950: see [`A5`].
    A5,
}

/// Ascend 910B and 910C. The default chip.
#[doc(alias = "a2a3")]
#[derive(Clone, Copy, Debug)]
pub struct A2A3;

/// Ascend 950.
#[doc(alias = "a5")]
#[derive(Clone, Copy, Debug)]
pub struct A5;

impl Sealed for A2A3 {}
impl Chip for A2A3 {
    const ID: ChipId = ChipId::A2A3;
    type Left = Zz;
}

impl Sealed for A5 {}
impl Chip for A5 {
    const ID: ChipId = ChipId::A5;
    type Left = Nz;
}

impl ChipId {
    /// Bytes of one memory space of a core.
    #[must_use]
    #[expect(clippy::match_same_arms, reason = "a table, in the order of the spaces")]
    pub const fn capacity(self, space: Space) -> usize {
        match (self, space) {
            (ChipId::A2A3, Space::Vec) => 196_608,
            (ChipId::A5, Space::Vec) => 262_144,
            (_, Space::Mat) => 524_288,
            (_, Space::Left | Space::Right) => 65_536,
            (ChipId::A2A3, Space::Acc) => 131_072,
            (ChipId::A5, Space::Acc) => 262_144,
            (ChipId::A2A3, Space::Bias) => 1_024,
            (ChipId::A2A3, Space::Scaling) => 2_048,
            (ChipId::A5, Space::Bias | Space::Scaling) => 4_096,
            (ChipId::A2A3, Space::ScaleLeft | Space::ScaleRight) => 0,
            (ChipId::A5, Space::ScaleLeft | Space::ScaleRight) => 4_096,
        }
    }

    /// Whether the chip has elements of this type. What an op takes of them is said where the op is.
    #[must_use]
    pub const fn has(self, dtype: DtypeId) -> bool {
        match dtype {
            DtypeId::I4x2 => matches!(self, ChipId::A2A3),
            DtypeId::F8E4M3
            | DtypeId::F8E5M2
            | DtypeId::HiF8
            | DtypeId::F8E8M0
            | DtypeId::F4E2M1x2
            | DtypeId::F4E1M2x2 => matches!(self, ChipId::A5),
            _ => true,
        }
    }

    /// Whether two dependent ops on the vector pipe need a barrier between them.
    ///
    /// Only a2a3 does; the library places it (a5's toolchain rejects one).
    #[must_use]
    pub const fn vector_needs_barrier(self) -> bool {
        matches!(self, ChipId::A2A3)
    }

    /// How many blocks run at a time, at most: those with a product need a cube core, of which there are 24; vector cores are 48. Smaller
    /// models of a chip have fewer.
    #[must_use]
    pub const fn cores(self, product: bool) -> usize {
        match self {
            ChipId::A2A3 | ChipId::A5 if product => 24,
            ChipId::A2A3 | ChipId::A5 => 48,
        }
    }

    /// The chip's name, as in `a2a3`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            ChipId::A2A3 => "a2a3",
            ChipId::A5 => "a5",
        }
    }
}

impl std::fmt::Display for ChipId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// The chip has a barrier for the pipe of op `O` (PTO's `TSYNC<Op>`).
#[diagnostic::on_unimplemented(
    message = "{Self} has no barrier for the pipe of `{O}`",
    label = "no such barrier on {Self}",
    note = "on a5 only PIPE_MTE2, PIPE_MTE3 and PIPE_ALL have one: order the two ops with an event, or call `pipe_barrier_all()`"
)]
pub trait HasBarrier<O>: Chip {}

impl<O: Op> HasBarrier<O> for A2A3 {}
#[diagnostic::do_not_recommend]
impl<O: Op<Pipe: BarrierOnA5>> HasBarrier<O> for A5 {}

/// Said of a kernel that would let its block meet others: no chip has it.
#[diagnostic::on_unimplemented(
    message = "a kernel does not call SYNCALL",
    label = "a block that does not come here would keep all others waiting",
    note = "all blocks meet between two phases, each of which is a function: `#[phases] impl Name {{ fn first<'k>(..) {{ .. }} fn second<'k>(..) {{ .. }} }}`"
)]
pub trait MeetsInAKernel: Chip {}

/// The pipes with a barrier of their own on a5.
pub trait BarrierOnA5: Sealed {}
impl BarrierOnA5 for pipe::PipeMte2 {}
impl BarrierOnA5 for pipe::PipeMte3 {}
