//! What can go wrong in a kernel that compiles: nothing of its synchronisation, but its numbers and its code.

use std::any::Any;

use crate::op::{OpCode, Pipe};
use crate::panics;
use crate::program::{Arithmetic, Line};

/// A kernel that was stopped: what happened, in which block, at which line of the kernel.
///
/// After a fault the kernel's remaining ops do nothing; what earlier ops have stored stays stored.
#[derive(Clone, Debug, thiserror::Error)]
#[error("block {block}: {trouble}{}", site(.at))]
pub struct Fault {
    /// What happened.
    pub trouble: Trouble,
    /// The block of the grid.
    pub block: usize,
    /// The line of the kernel, where it is known.
    pub at: Option<Line>,
}

fn site(at: &Option<Line>) -> String {
    at.as_ref().map_or_else(String::new, |at| format!("\n  --> {at}"))
}

/// What happened in a kernel.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Trouble {
    /// A region of global memory starts outside of its tensor.
    #[error(
        "the region at row {}, column {} starts outside of the block's part of {} x {} elements; check the loop's bounds",
        origin.0, origin.1, limit.0, limit.1
    )]
    OutOfBounds {
        /// First row and column of the region.
        origin: (usize, usize),
        /// Rows and columns of the block's part of the tensor.
        limit: (usize, usize),
    },
    /// A tile that must be full meets the edge of a tensor.
    #[error(
        "{code}: {} x {} elements remain at the edge, but the tile has a fixed valid region of {} x {}; \
         give it a dynamic one (`Dyn`) or choose a tile that divides the tensor",
        remain.0, remain.1, tile.0, tile.1
    )]
    Edge {
        /// The op.
        code: OpCode,
        /// What remains of the tensor.
        remain: (usize, usize),
        /// What the tile takes.
        tile: (usize, usize),
    },
    /// A store of more than the tensor has room for.
    #[error(
        "{code}: the tile holds {} x {} valid elements, but only {} x {} remain in the output",
        tile.0, tile.1, remain.0, remain.1
    )]
    StoreTooLarge {
        /// The op.
        code: OpCode,
        /// The tile's valid region.
        tile: (usize, usize),
        /// What remains of the tensor.
        remain: (usize, usize),
    },
    /// Operands whose valid regions differ.
    #[error(
        "{code}: the valid regions of the operands do not fit: {} x {} and {} x {}; load both from regions of one size",
        left.0, left.1, right.0, right.1
    )]
    ValidMismatch {
        /// The op.
        code: OpCode,
        /// The region of one operand.
        left: (usize, usize),
        /// The region of the other.
        right: (usize, usize),
    },
    /// Scales where the device does not look for them.
    #[error(
        "{code}: the scales of this factor would lie at {wanted:#x} in their space, and these lie at {scales:#x}; \
         a plan places a tile of scales for the first factor before it that has none yet: pass the factor that they belong to"
    )]
    ScalesElsewhere {
        /// The op.
        code: OpCode,
        /// Where the scales lie.
        scales: u32,
        /// Where the device looks for them.
        wanted: u32,
    },
    /// A valid region larger than its tile.
    #[error("a valid region of {} x {} does not fit a tile of {} x {}", wanted.0, wanted.1, limit.0, limit.1)]
    Region {
        /// The region asked for.
        wanted: (usize, usize),
        /// The tile.
        limit: (usize, usize),
    },
    /// A window that is written to and sticks out.
    #[error(
        "{code}: {} x {} elements from row {}, column {} on stick out of the valid region of {} x {} that they are inserted into",
        extent.0, extent.1, corner.0, corner.1, valid.0, valid.1
    )]
    Window {
        /// The op.
        code: OpCode,
        /// First row and column of the window.
        corner: (usize, usize),
        /// Its rows and columns.
        extent: (usize, usize),
        /// The valid region of the tile.
        valid: (usize, usize),
    },
    /// Parts of several tiles where the parts of one are needed.
    #[error(
        "these are parts of two tiles of one type; `whole` takes all parts of one, so keep those of each tile together"
    )]
    PartsOfTwoTiles,
    /// Tiles of another field where those that a union gave out are needed.
    #[error(
        "these are tiles of another field; a union is closed with the token of the tiles that it gave"
    )]
    TilesOfAnotherField,
    /// A window that begins where the device cannot begin to copy.
    #[error(
        "{code}: a window begins at row {}, column {}, and on this way only at multiples of {} rows and {} columns",
        corner.0, corner.1, grain.0, grain.1
    )]
    Corner {
        /// The op.
        code: OpCode,
        /// First row and column of the window.
        corner: (usize, usize),
        /// Where a window may begin: at multiples of so many rows and columns.
        grain: (usize, usize),
    },
    /// A reduction over a row of no elements.
    #[error("{code}: the source has no valid element; skip the op for an empty region")]
    EmptyReduction {
        /// The op.
        code: OpCode,
    },
    /// More flags in flight between two pipes than the device has ids.
    #[error(
        "this flag from {src} to {dst} would be number {} in flight, and the device has ids for {limit}; \
         hand tiles over in groups (`join`) or use fewer tiles at once",
        limit + 1
    )]
    TooManyFlags {
        /// The pipe that sets the flag.
        src: Pipe,
        /// The pipe that waits on it.
        dst: Pipe,
        /// How many ids the pair has.
        limit: usize,
    },
    /// A computation with scalars from global memory that has no value.
    #[error(
        "{left} {} {right} has no value: it overflows, or the divisor is 0; check what was read in global memory",
        what.name()
    )]
    Arithmetic {
        /// What was computed.
        what: Arithmetic,
        /// The left operand.
        left: i64,
        /// The right one.
        right: i64,
    },
    /// A negative number where a place or a size is needed.
    #[error(
        "{value} places or sizes a region, which takes no negative number; check what was read in global memory"
    )]
    NegativeNumber {
        /// The number.
        value: i64,
    },
    /// A tensor that would be cut into cells of no elements.
    #[error("cells of {} x {} elements are empty; give each at least one element", cell.0, cell.1)]
    EmptyCell {
        /// Rows and columns of a cell.
        cell: (usize, usize),
    },
    /// A scalar access outside of the valid region.
    #[error("element ({}, {}) is outside of the valid region of {} x {}", at.0, at.1, valid.0, valid.1)]
    Element {
        /// Row and column.
        at: (usize, usize),
        /// The tile's valid region.
        valid: (usize, usize),
    },
    /// Ends of FIFOs that walk together and stand at different steps.
    #[error(
        "the ends that walk together stand at different steps, {} and {}: walk an end that runs ahead on its own",
        steps.0, steps.1
    )]
    StepsApart {
        /// How many messages each of the first two that differ has had.
        steps: (usize, usize),
    },
    /// A walk that should have come to its end.
    #[error("a step is still due here: this walk has not come to its end")]
    StepsLeft,
    /// A message and a tile of different shapes.
    #[error(
        "{name}: the tile has {} x {} elements, but this core's share of a message has {} x {};          take a tile of that shape, or the slot, and move it in pieces",
        tile.0, tile.1, share.0, share.1
    )]
    MessageShape {
        /// What was called.
        name: &'static str,
        /// Rows and columns of the tile.
        tile: (usize, usize),
        /// Rows and columns of the core's share of a message.
        share: (usize, usize),
    },
    /// A part of a message that nobody has written.
    #[error(
        "{} x {} elements from row {}, column {} of message {message} of the FIFO `{fifo}` are loaded, and the other side did not store all of them;          load what was pushed: `slot.at(row, col).sized(rows, cols)`",
        extent.0, extent.1, corner.0, corner.1
    )]
    NotPushed {
        /// The FIFO's field.
        fifo: String,
        /// The message, counted from 0.
        message: u32,
        /// First row and column of what is loaded, in the whole message.
        corner: (usize, usize),
        /// Its rows and columns.
        extent: (usize, usize),
    },
    /// A role of a cluster that reads an element of a tile, while nothing has run yet.
    #[error(
        "a role of a cluster cannot read what an op has computed: all of its ops are recorded before the first one runs.          What steers it are the schedule, its arguments, and scalars of inputs, `x.scalar(row, col)`"
    )]
    ReadsBack,
    /// The kernel's own code waits for data where nothing is computed: it is only recorded, to be written as C++.
    #[error("the kernel reads data of a tile, and nothing is computed while it is only recorded")]
    NoData,
    /// The kernel's own code, or an op, panicked.
    #[error("{}panicked: {message}", code.map_or_else(|| "the kernel ".to_owned(), |code| format!("{code} ")))]
    Panicked {
        /// The op, if it was one.
        code: Option<OpCode>,
        /// The panic's message.
        message: String,
    },
}

impl Trouble {
    /// A panic as trouble. Its payload is dropped here, whatever its `Drop` does.
    pub(crate) fn from_panic(code: Option<OpCode>, payload: Box<dyn Any + Send>) -> Self {
        let message = panics::message(payload).unwrap_or_else(|| "no message".to_owned());
        Trouble::Panicked { code, message }
    }
}
