//! What the machine executes: ops, the pipes that they run on, and the classes that gather them.
//!
//! Each op is a unit type ([`TAdd`], [`TLoad`], ...) that carries its [`OpCode`] and its pipe, so that an
//! event can name its producer and its consumer in its type. The ops are listed once, in `table.rs`.

pub mod pipe;
pub mod precision;
mod table;
pub(crate) mod windows;

pub use pipe::{Pipe, PipeType, SamePipe};
pub use table::*;

use crate::sealed::{Sealed, Undecided};

/// An op, or a class of ops, as a type.
///
/// The list is closed: it is PTO's `Op` enumeration, 135 entries, of which [`Vector`] and [`Scalar`] are classes; and a class for
/// each of the other pipes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an op",
    label = "expected an op, such as `TAdd`, or a class of ops, such as `Vector`",
    note = "an event is recorded for the op that uses the tile next: `.record::<TAdd>()`"
)]
pub trait Op: Sealed + 'static {
    /// The op as a value. Of a class that PTO's enumeration does not have, naming it fails the build.
    const CODE: OpCode;
    /// The pipe that runs it.
    type Pipe: PipeType;
}

/// A class: stands for every op of its pipe, as PTO's `VECTOR` and `SCALAR` do.
///
/// | class | pipe | |
/// |---|---|---|
/// | [`Scalar`] | S | |
/// | [`Vector`] | V | element-wise, reductions, conversions, .. |
/// | [`Matrix`] | M | products |
/// | [`Mte1`] | MTE1 | L1 to L0A, L0B and the bias table |
/// | [`Mte2`] | MTE2 | loads |
/// | [`Mte3`] | MTE3 | stores |
/// | [`Fix`] | FIX | out of the accumulator |
///
/// One L1 tile that feeds both factors of a product is recorded for their class:
///
/// ```
/// # use tilesync::prelude::*;
/// # fn k<'k>(
/// #     a: MatTile<'k, f16, 64, 64>,
/// #     l: LeftTile<'k, f16, 64, 64>,
/// #     r: RightTile<'k, f16, 64, 64>,
/// #     x: &GlobalIn<'k, f16>,
/// # ) {
/// let loaded = tload(a, &x.tile(0, 0)).record::<Mte1>();
/// let left = tmov(l, &loaded); // waits
/// let right = tmov(r, &loaded);
/// # let _ = (left, right);
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is a single op, not a class of ops",
    label = "expected the class of a pipe: `Vector`, `Scalar`, `Matrix`, `Mte1`, `Mte2`, `Mte3` or `Fix`",
    note = "a loop carries a token under its class: write `.on::<Vector>()`"
)]
pub trait Class: Op {}

/// An event recorded for `Self` may be waited on by `O`: they are the same op, or `Self` is the class of `O`.
#[diagnostic::on_unimplemented(
    message = "this event was recorded for `{Self}`, but `{O}` waits on it",
    label = "recorded for `{Self}`",
    note = "for `{O}` to read the tile, record the event for it, `.record::<{O}>()`, or for the class of its pipe, such as `Vector` or `Mte1`",
    note = "for `{O}` to overwrite the tile, `{Self}` hands it back first: `.release::<{O}>()`"
)]
pub trait Includes<O>: Op {}
impl<O: Op> Includes<O> for O {}

// Where the op of a move is not decided yet, the compiler would take the one that an event was recorded for, since no other waits
// on it; and then it would find fault with the tiles.
#[diagnostic::do_not_recommend]
impl<O: Op> Includes<Undecided> for O {}

/// What `Self` and `O` have returned may share a flag.
#[diagnostic::on_unimplemented(
    message = "what `{O}` and `{Self}` returned cannot share a flag: they run on different pipes",
    label = "on another pipe than the token that it is joined to",
    note = "hand each over with its own event, `.record::<Op>()`"
)]
pub trait Joins<O>: Op {}
#[diagnostic::do_not_recommend]
impl<A: Op, B: Op> Joins<A> for B where B::Pipe: SamePipe<A::Pipe> {}

/// What `Self` has returned, `O` takes as it is: both run on one in-order pipe.
#[diagnostic::on_unimplemented(
    message = "`{Self}` and `{O}` run on different pipes, and no event is between them",
    label = "what `{Self}` returned, not yet handed over",
    note = "where the tile comes from, hand it over: `.record::<{O}>()` for `{O}` to use what is in it, `.release::<{O}>()` for `{O}` to overwrite it"
)]
pub trait PassesTo<O>: Op {}
#[diagnostic::do_not_recommend]
impl<A: Op, B: Op> PassesTo<B> for A where A::Pipe: SamePipe<B::Pipe> {}

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
