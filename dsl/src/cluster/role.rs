//! The two roles of a cluster, the two directions between them, and how the vector cores split the work.

use crate::global::{Held, In, Out};
use crate::op::PipeType;
use crate::op::pipe::{PipeFix, PipeMte3};
use crate::program::Direction;
use crate::sealed::Sealed;

/// A side of a cluster: [`OnCube`] or [`OnVector`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no role of a cluster",
    label = "expected `OnCube` or `OnVector`",
    note = "the struct of FIFOs has one parameter for the role, and its fields pass it on: `struct Links<'k, R> {{ sums: C2V<'k, R, ..> }}`"
)]
pub trait Role: Sealed + 'static {
    #[doc(hidden)]
    const CUBE: bool;
}

/// The cube core (AIC): L1, L0, products, FIX.
#[doc(alias = "AIC")]
#[derive(Debug)]
pub enum OnCube {}

/// A vector core (AIV): the unified buffer, the vector pipe, MTE3.
#[doc(alias = "AIV")]
#[derive(Debug)]
pub enum OnVector {}

impl Sealed for OnCube {}
impl Role for OnCube {
    const CUBE: bool = true;
}

impl Sealed for OnVector {}
impl Role for OnVector {
    const CUBE: bool = false;
}

/// Which way a FIFO goes, as a type.
pub trait DirectionType: Sealed + 'static {
    /// The pipe that stores to a slot, and says that it is full.
    type Pipe: PipeType;
    /// The direction as a value.
    const DIRECTION: Direction;
}

/// From the cube core to the vector cores, by FIX.
#[derive(Debug)]
pub enum CubeToVector {}

/// From the vector cores to the cube core, by MTE3.
#[derive(Debug)]
pub enum VectorToCube {}

impl Sealed for CubeToVector {}
impl DirectionType for CubeToVector {
    type Pipe = PipeFix;
    const DIRECTION: Direction = Direction::CubeToVector;
}

impl Sealed for VectorToCube {}
impl DirectionType for VectorToCube {
    type Pipe = PipeMte3;
    const DIRECTION: Direction = Direction::VectorToCube;
}

/// What a role may do with a slot of a FIFO of direction `D`: store to it, or load from it.
pub trait Access<D>: Role {
    /// The kind of its regions.
    type As<'c>;
    #[doc(hidden)]
    const PRODUCES: bool;
}

macro_rules! access {
    ($($role:ident, $direction:ident: $as:ty, $produces:literal;)*) => {$(
        impl Access<$direction> for $role {
            type As<'c> = $as;
            const PRODUCES: bool = $produces;
        }
    )*};
}

access! {
    OnCube, CubeToVector: Out<Held<'c, PipeFix>>, true;
    OnVector, CubeToVector: In<Held<'c>>, false;
    OnVector, VectorToCube: Out<Held<'c, PipeMte3>>, true;
    OnCube, VectorToCube: In<Held<'c>>, false;
}

/// How the vector cores of a cluster share a block: [`ByRows`], [`ByCols`], or [`OneVector`].
///
/// It says which half of a message, and of the block's part of a tensor, is whose.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how the vector cores share a block",
    label = "expected `ByRows`, `ByCols` or `OneVector`"
)]
pub trait Split: Sealed + 'static {
    #[doc(hidden)]
    const CORES: usize;
    #[doc(hidden)]
    const BY_COLS: bool;
}

/// The first vector core has the upper half, the second the lower one.
#[doc(alias = "TILE_UP_DOWN")]
#[derive(Debug)]
pub enum ByRows {}

/// The first vector core has the left half, the second the right one.
#[doc(alias = "TILE_LEFT_RIGHT")]
#[derive(Debug)]
pub enum ByCols {}

/// One vector core works, and has all of it.
#[doc(alias = "TILE_NO_SPLIT")]
#[derive(Debug)]
pub enum OneVector {}

macro_rules! splits {
    ($($name:ident: $cores:literal, $by_cols:literal;)*) => {$(
        impl Sealed for $name {}
        impl Split for $name {
            const CORES: usize = $cores;
            const BY_COLS: bool = $by_cols;
        }
    )*};
}

splits! {
    ByRows: 2, false;
    ByCols: 2, true;
    OneVector: 1, false;
}
