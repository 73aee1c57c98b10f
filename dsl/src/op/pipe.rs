//! The pipes of a core: as a value ([`Pipe`]) and as types ([`PipeV`], [`PipeMte2`], ...).

use crate::sealed::Sealed;

/// One of the in-order instruction queues of a core.
///
/// Pipes run concurrently and meet only through flags and barriers; [`Pipe::S`] issues for all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Pipe {
    /// Scalar: the kernel's own code, which issues every other pipe's instructions in program order.
    S,
    /// Vector.
    V,
    /// Matrix (cube).
    M,
    /// L1 to L0 and to the bias table.
    Mte1,
    /// Global memory to on-chip memory.
    Mte2,
    /// On-chip memory to global memory.
    Mte3,
    /// Accumulator out, with conversion on the way.
    Fix,
}

impl Pipe {
    /// How many pipes a core has.
    pub const COUNT: usize = 7;

    /// Every pipe, in the order of [`Pipe::index`].
    pub const ALL: [Pipe; Self::COUNT] =
        [Pipe::S, Pipe::V, Pipe::M, Pipe::Mte1, Pipe::Mte2, Pipe::Mte3, Pipe::Fix];

    /// A dense index, below [`Pipe::COUNT`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The name without its `PIPE_` prefix, as in `MTE2`.
    #[must_use]
    pub const fn short(self) -> &'static str {
        match self {
            Pipe::S => "S",
            Pipe::V => "V",
            Pipe::M => "M",
            Pipe::Mte1 => "MTE1",
            Pipe::Mte2 => "MTE2",
            Pipe::Mte3 => "MTE3",
            Pipe::Fix => "FIX",
        }
    }
}

impl std::fmt::Display for Pipe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PIPE_{}", self.short())
    }
}

/// A pipe as a type.
pub trait PipeType: Sealed + 'static {
    /// The pipe as a value.
    const PIPE: Pipe;
}

/// The two pipes are one: what one of them has issued, the other runs after, in order, with no flag.
#[diagnostic::on_unimplemented(
    message = "the tile sits on `{Self}`, but it is used on `{P}`",
    label = "different pipes meet only through an event",
    note = "hand the tile over to the op that uses it next: `.record::<Op>()` for what is in it, `.release::<Op>()` for an `Op` that overwrites it"
)]
pub trait SamePipe<P>: Sealed {}
impl<P: PipeType> SamePipe<P> for P {}

macro_rules! pipe_types {
    ($($(#[$doc:meta])* $name:ident = $pipe:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}
        impl Sealed for $name {}
        impl PipeType for $name {
            const PIPE: Pipe = Pipe::$pipe;
        }
    )*};
}

pipe_types! {
    /// [`Pipe::S`] as a type.
    PipeS = S;
    /// [`Pipe::V`] as a type.
    PipeV = V;
    /// [`Pipe::M`] as a type.
    PipeM = M;
    /// [`Pipe::Mte1`] as a type.
    PipeMte1 = Mte1;
    /// [`Pipe::Mte2`] as a type.
    PipeMte2 = Mte2;
    /// [`Pipe::Mte3`] as a type.
    PipeMte3 = Mte3;
    /// [`Pipe::Fix`] as a type.
    PipeFix = Fix;
}
