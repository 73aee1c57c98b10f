//! Why a kernel is not emitted.

use crate::chip::ChipId;
use crate::exec::LaunchError;
use crate::program::Line;
use crate::{Fault, Trouble};

/// Why there is no C++ of a kernel. Nothing is given out then.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmitError {
    /// The launch is not one: the grid and the arguments do not fit, or the kernel stopped.
    #[error(transparent)]
    Launch(LaunchError),
    /// The kernel looked at data that a device would compute: what it issued after that may be another thing there.
    #[error(
        "block {block}: the kernel looks at data here, and nothing is computed when a kernel is emitted; \
         leave what depends on data to the ops (`tcmp`, `tsel`); place a region by the scalar itself, \
         `x.at(scalar, 0)`, without its `value`; or let the host, which knows the data, pass as a number \
         how often a loop goes round and which case it is\n  --> {at}"
    )]
    Steered {
        /// The block of the grid.
        block: usize,
        /// The line that reads.
        at: Line,
    },
    /// The blocks differ in no regular way.
    #[error(
        "block {block} does what no expression in the block's index says, starting here; \
         cut the tensors evenly, or launch the odd blocks by themselves\n  --> {at}"
    )]
    Irregular {
        /// A block that is unlike the first.
        block: usize,
        /// Where it begins to differ.
        at: Line,
    },
    /// An op, or a form of it, that the C++ library does not have on this chip, or that is not written yet.
    #[error("{op} is not written as C++ for {chip}: {what}\n  --> {at}")]
    NoCall {
        /// PTO's name of the op.
        op: &'static str,
        /// The chip.
        chip: ChipId,
        /// What is missing.
        what: &'static str,
        /// The line that issued it.
        at: Line,
    },
    /// A tensor that lies in memory as no C++ tensor of the library does.
    #[error(
        "the tensor `{name}` has {what}, which is not written as C++; copy it to rows or columns that lie one after another\n  --> {at}"
    )]
    Tensor {
        /// Which tensor, counted from 0.
        arg: usize,
        /// What it is called.
        name: String,
        /// What it has.
        what: &'static str,
        /// The line that first uses it.
        at: Line,
    },
    /// More blocks than a launch on the device takes.
    #[error(
        "{blocks} blocks are more than a launch on {chip} takes, {most}; give each block more to do"
    )]
    Blocks {
        /// The grid.
        blocks: usize,
        /// The chip.
        chip: ChipId,
        /// How many there may be.
        most: usize,
    },
    /// What was written is not what the kernel does. That is a fault of this library.
    #[error(
        "block {block}: the C++ would do something else than the kernel here; please report this kernel\n  --> {at}"
    )]
    Differs {
        /// The block of the grid.
        block: usize,
        /// The line that issued the first instruction that differs.
        at: Line,
    },
}

impl From<LaunchError> for EmitError {
    fn from(error: LaunchError) -> Self {
        match error {
            LaunchError::Fault(Fault {
                trouble: Trouble::NoData | Trouble::ReadsBack,
                block,
                at: Some(at),
            }) => EmitError::Steered { block, at },
            other => EmitError::Launch(other),
        }
    }
}
