//! The two roles of a cluster, the two directions between them, and how the vector cores split the work.

use crate::chip::A5;
use crate::global::{Held, In, Out};
use crate::op::PipeType;
use crate::op::pipe::{PipeFix, PipeMte1, PipeMte3, PipeV};
use crate::program::Direction;
use crate::sealed::{NotForKernels, Sealed};
use crate::tile::{AnyTile, Dtype, Full, Layout, MatTile, Nz, RowMajor, Tile, VecTile};
use crate::unit::Core;

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
    /// The layout of a message.
    type Layout: Layout;
    /// The direction as a value.
    const DIRECTION: Direction;
    #[doc(hidden)]
    const DIRECT: bool;
}

/// A way whose slots lie in on-chip memory of the consumer, and are tiles there.
#[diagnostic::on_unimplemented(
    message = "a message of this FIFO lies in global memory",
    label = "not a tile",
    note = "load it: `tload(tile, &slot.at(0, 0))`; messages of an `A2V` or `V2M` are tiles where they are"
)]
pub trait Direct: DirectionType {
    /// The pipe that reads a slot, and says that it is free.
    type Reads: PipeType;
    /// A slot, or a core's half of it, as a tile.
    type Tile<'k, T: Dtype, const R: usize, const C: usize>: AnyTile<'k>;
    #[doc(hidden)]
    fn tile<'k, T: Dtype, const R: usize, const C: usize>(
        core: Core<'k, A5>,
        addr: u32,
        slot: u16,
        _: NotForKernels,
    ) -> Self::Tile<'k, T, R, C>;
}

macro_rules! directions {
    ($($(#[$doc:meta])* $name:ident: $direction:ident, $pipe:ident, $layout:ident, $direct:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}

        impl Sealed for $name {}
        impl DirectionType for $name {
            type Pipe = $pipe;
            type Layout = $layout;
            const DIRECTION: Direction = Direction::$direction;
            const DIRECT: bool = $direct;
        }
    )*};
}

directions! {
    /// From the cube core to the vector cores, by FIX.
    CubeToVector: CubeToVector, PipeFix, RowMajor, false;
    /// From the vector cores to the cube core, by MTE3.
    VectorToCube: VectorToCube, PipeMte3, RowMajor, false;
    /// From the accumulator of the cube core into the unified buffer of each vector core, by FIX.
    AccToVec: CubeToVector, PipeFix, RowMajor, true;
    /// From the unified buffer of the vector cores into L1 of the cube core, by MTE3.
    VecToMat: VectorToCube, PipeMte3, Nz, true;
}

macro_rules! direct {
    ($($direction:ident: $reads:ident, $tile:ident $(, $layout:ident)?;)*) => {$(
        impl Direct for $direction {
            type Reads = $reads;
            type Tile<'k, T: Dtype, const R: usize, const C: usize> = $tile<'k, T, R, C, Full, $($layout,)? A5>;

            #[inline(always)]
            fn tile<'k, T: Dtype, const R: usize, const C: usize>(
                core: Core<'k, A5>,
                addr: u32,
                slot: u16,
                _: NotForKernels,
            ) -> Self::Tile<'k, T, R, C> {
                Tile::placed(core, addr, slot)
            }
        }
    )*};
}

direct! {
    AccToVec: PipeV, VecTile;
    VecToMat: PipeMte1, MatTile, Nz;
}

/// The slot is a tile of the consumer: see [`Slot::as_tile`](super::Slot::as_tile).
#[derive(Debug)]
pub enum OnChip {}

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
    OnCube, AccToVec: Out<Held<'c, PipeFix>>, true;
    OnVector, AccToVec: OnChip, false;
    OnVector, VecToMat: Out<Held<'c, PipeMte3>>, true;
    OnCube, VecToMat: OnChip, false;
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
