//! What the machine executes: ops, the pipes that they run on, and the classes that gather them.
//!
//! Each op is a unit type ([`TAdd`], [`TLoad`], ...) that carries its [`OpCode`] and its pipe, so that an
//! event can name its producer and its consumer in its type. The ops are listed once, in `table.rs`.

pub mod pipe;
mod table;

pub use pipe::{Pipe, PipeType, SamePipe};
pub use table::*;

use crate::sealed::Sealed;

/// An op, or a class of ops, as a type.
///
/// The list is closed: it is PTO's `Op` enumeration, 135 entries, of which [`Vector`] and [`Scalar`] are classes.
pub trait Op: Sealed + 'static {
    /// The op as a value.
    const CODE: OpCode;
    /// The pipe that runs it.
    type Pipe: PipeType;
}

/// A class: stands for every op of its pipe, as PTO's `VECTOR` and `SCALAR` do.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is a single op, not a class of ops",
    label = "expected `Vector` or `Scalar`",
    note = "a loop carries a token under its class: write `.on::<Vector>()`"
)]
pub trait Class: Op {}

/// An event recorded for `Self` may be waited on by `O`: they are the same op, or `Self` is the class of `O`.
#[diagnostic::on_unimplemented(
    message = "this event was recorded for `{Self}`, but `{O}` waits on it",
    label = "recorded for `{Self}`",
    note = "for `{O}` to read the tile, record the event for it, `.record::<{O}>()`, or for the class of its pipe, such as `Vector`",
    note = "for `{O}` to overwrite the tile, `{Self}` hands it back first: `.release::<{O}>()`"
)]
pub trait Admits<O>: Op {}
impl<O: Op> Admits<O> for O {}

impl OpCode {
    /// The code at `index` of PTO's enumeration, if there is one.
    #[must_use]
    pub fn from_index(index: u8) -> Option<Self> {
        OpCode::ALL.get(usize::from(index)).copied()
    }
}

impl OpCode {
    /// Whether it reads what it writes, whatever it is called with. `TMATMUL` and `TGEMV` do so where they accumulate.
    #[must_use]
    pub const fn updates(self) -> bool {
        matches!(
            self,
            OpCode::TAXPY | OpCode::TMULADDDST | OpCode::TFUSEDMULADD | OpCode::TFUSEDMULADDRELU
        )
    }
}

impl std::fmt::Display for OpCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}
