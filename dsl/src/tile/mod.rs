//! Tiles: typed pieces of a core's on-chip memory, and the plan that places them.

pub mod dtype;
pub(crate) mod float8;
pub(crate) mod format;
mod half_float;
mod int;
pub mod layout;
pub(crate) mod pair;
pub mod parts;
pub(crate) mod places;
pub mod plan;
pub mod space;
pub(crate) mod sum;
pub(crate) mod tile_type;
mod usage;
pub mod valid;

use std::marker::PhantomData;

pub use dtype::{Dtype, DtypeId, Float};
pub use float8::{F8E4M3, F8E5M2, F8E8M0, HiF8};
pub use int::Int;
pub use layout::{
    ColMajor, Layout, LayoutId, MxDn, MxNd, MxNn, MxZz, Nc1hwc0, Nz, NzAcc, PlainLayout, RowMajor,
    Zn, Zz,
};
pub use pair::{F4E1M2x2, F4E2M1x2, I4x2};
pub use parts::{Cols, Rows, VecPart, VecParts};
pub use plan::{Buffers, PlanPart};
pub use space::{Space, SpaceType};
pub use tile_type::TileType;
pub use valid::{Dyn, Full, Static, Valid};

use crate::chip::{A2A3, A5, Chip};
use crate::memory::operand::{Operand, Place};
use crate::sealed::Sealed;
use crate::unit::{Core, Trouble};

/// `R` × `C` elements of `T` in memory space `S`, free: no op is using it, and it holds nothing yet.
///
/// A tile is move-only and has no public constructor: a kernel gets its tiles from its plan ([`Buffers`]) and
/// must return them retired. Passed to an op by value it becomes the op's destination; what comes back is a
/// [`RecordEvent`](crate::RecordEvent) that owns it. A tile that has been written is a [`Live`](crate::event::Live) one, and only
/// such a tile can be read.
///
/// ```
/// use tilesync::prelude::*;
///
/// #[derive(Buffers)]
/// struct Ub<'k> {
///     x: VecTile<'k, f32, 16, 64>,       // 16 rows of 64, all of them valid
///     edge: VecTile<'k, f16, 16, 64, Dyn>, // the region is known when it runs
///     max: VecCol<'k, f32, 16>,          // one value a row
///     left: LeftTile<'k, f16, 64, 32>,   // a factor of a product, in L0A
/// }
///
/// # #[kernel]
/// # fn k<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>) -> Retired<Ub<'k>> {
/// let x = tload(ub.x, &x.tile(0, 0)); // by value: `x` owns it now
/// Ub::retire(UbTokens { x, edge: ub.edge, max: ub.max, left: ub.left })
/// # }
/// ```
///
/// * `'k` is the brand of the kernel invocation: tiles of two invocations have different types.
/// * `L` is the layout, `V` the kind of valid region ([`Full`], [`Static`], [`Dyn`]), `Ch` the chip.
/// * `C` (`R` for [`ColMajor`]) elements fill whole 32-byte blocks; the derive of [`Buffers`] checks it.
///
/// # Why it holds
///
/// **Invariant.** Of each tile of a plan there is at most one owner: a `Tile`, or a token with the tile in its payload. No two tiles have
/// a byte in common. While the owner is a `Tile`, no op has been issued that uses it.
///
/// **Established by** the launch alone: before the body runs, it makes one for each tile of the plan, in bytes that the plan counted for it.
/// No op gives a `Tile` back.
///
/// **Kept because** it is neither `Clone` nor `Copy`, nothing public makes one, and an op that uses it takes it by value. It has a
/// reference to its core that is neither `Send` nor `Sync`, and so it stays on its thread. The body is generic over `'k`, which is
/// invariant, and so a tile of another invocation is of another type.
#[must_use = "a kernel returns all of its tiles, retired"]
pub struct Tile<
    'k,
    S,
    T,
    const R: usize,
    const C: usize,
    L = RowMajor,
    V: Valid = Full,
    Ch: Chip = A2A3,
> {
    core: Core<'k, Ch>,
    addr: u32,
    slot: u16,
    valid: V,
    content: PhantomData<fn() -> (S, T, L)>,
}

/// A row-major tile in the unified buffer, where the vector pipe works.
pub type VecTile<'k, T, const R: usize, const C: usize, V = Full, Ch = A2A3> =
    Tile<'k, space::Vec, T, R, C, RowMajor, V, Ch>;

/// One value a row, in the unified buffer: `R` × 1, column-major. What row reductions write.
pub type VecCol<'k, T, const R: usize, V = Full, Ch = A2A3> =
    Tile<'k, space::Vec, T, R, 1, ColMajor, V, Ch>;

/// A tile in L1, between global memory and the matrix pipe's operands; in fractals, as those are.
pub type MatTile<'k, T, const R: usize, const C: usize, V = Full, L = Nz, Ch = A2A3> =
    Tile<'k, space::Mat, T, R, C, L, V, Ch>;

/// The left factor of a matrix product, in L0A; its layout is the chip's.
#[doc(alias = "TileLeft")]
pub type LeftTile<'k, T, const M: usize, const K: usize, V = Full, Ch = A2A3> =
    Tile<'k, space::Left, T, M, K, <Ch as Chip>::Left, V, Ch>;

/// The right factor of a matrix product, in L0B.
#[doc(alias = "TileRight")]
pub type RightTile<'k, T, const K: usize, const N: usize, V = Full, Ch = A2A3> =
    Tile<'k, space::Right, T, K, N, Zn, V, Ch>;

/// The sum of matrix products, in L0C: f32 or i32.
#[doc(alias = "TileAcc")]
pub type AccTile<'k, T, const M: usize, const N: usize, V = Full, Ch = A2A3> =
    Tile<'k, space::Acc, T, M, N, NzAcc, V, Ch>;

/// One value a column of the product, in the bias table.
pub type BiasTile<'k, T, const N: usize, V = Full, Ch = A2A3> =
    Tile<'k, space::Bias, T, 1, N, RowMajor, V, Ch>;

/// One quantisation word a column of the product, in the fixpipe buffer: see [`quant_param`](crate::isa::quant_param).
///
/// `N` words fill blocks of 128 bytes: a multiple of 16 of u64.
pub type ScalingTile<'k, T, const N: usize, V = Full, Ch = A2A3> =
    Tile<'k, space::Scaling, T, 1, N, RowMajor, V, Ch>;

/// The scales of the left factor of an MX product, one for 32 elements of a row: `S` is `K / 32`.
#[doc(alias = "TileLeftScale")]
pub type LeftScaleTile<'k, const M: usize, const S: usize, V = Full> =
    Tile<'k, space::ScaleLeft, F8E8M0, M, S, MxZz, V, A5>;

/// The scales of the right factor of an MX product, one for 32 elements of a column: `S` is `K / 32`.
#[doc(alias = "TileRightScale")]
pub type RightScaleTile<'k, const S: usize, const N: usize, V = Full> =
    Tile<'k, space::ScaleRight, F8E8M0, S, N, MxNn, V, A5>;

impl<S, T, const R: usize, const C: usize, L, V: Valid, Ch: Chip> Sealed
    for Tile<'_, S, T, R, C, L, V, Ch>
{
}

/// Any tile: what generic code over tiles is bound by.
pub trait AnyTile<'k>: Sealed + Sized {
    /// The element type.
    type Elem: Dtype;
    /// The chip that the tile is checked against.
    type Chip: Chip;
    /// Its static properties.
    const TYPE: TileType;

    #[doc(hidden)]
    fn core(&self) -> Core<'k, Self::Chip>;
    #[doc(hidden)]
    fn slot(&self) -> u16;
    /// Rows and columns of the valid region.
    fn valid(&self) -> (usize, usize);
    /// Changes the valid region, where its kind can express the new one.
    #[doc(hidden)]
    #[must_use]
    fn set_valid(&mut self, region: (usize, usize)) -> bool;
    #[doc(hidden)]
    fn operand(&self) -> Operand;
}

impl<'k, S, T, const R: usize, const C: usize, L, V, Ch> AnyTile<'k>
    for Tile<'k, S, T, R, C, L, V, Ch>
where
    S: SpaceType,
    T: Dtype,
    L: Layout,
    V: Valid,
    Ch: Chip,
{
    type Elem = T;
    type Chip = Ch;
    const TYPE: TileType = TileType::of::<R, C>(S::SPACE, T::ID, L::ID);

    #[inline(always)]
    fn core(&self) -> Core<'k, Ch> {
        self.core
    }

    #[inline(always)]
    fn slot(&self) -> u16 {
        self.slot
    }

    #[inline(always)]
    fn valid(&self) -> (usize, usize) {
        self.valid.extent((R, C))
    }

    #[inline(always)]
    fn set_valid(&mut self, region: (usize, usize)) -> bool {
        match V::fit(region, (R, C)) {
            Some(valid) => self.valid = valid,
            None => return false,
        }
        true
    }

    #[inline(always)]
    fn operand(&self) -> Operand {
        let (rows, cols) = self.valid();
        // A part is a window of its whole.
        let ty = match L::WHOLE {
            None => Self::TYPE,
            Some((rows, cols)) => TileType { rows: rows as u32, cols: cols as u32, ..Self::TYPE },
        };
        Operand {
            place: Place::Tile { slot: u32::from(self.slot), addr: self.addr, ty },
            rows: rows as u32,
            cols: cols as u32,
            part: L::WHOLE.is_some(),
        }
    }
}

impl<'k, S, T, const R: usize, const C: usize, L, V, Ch> Tile<'k, S, T, R, C, L, V, Ch>
where
    S: SpaceType,
    T: Dtype,
    L: Layout,
    V: Valid,
    Ch: Chip,
{
    #[inline(always)]
    pub(crate) fn addr(&self) -> u32 {
        self.addr
    }

    #[inline(always)]
    pub(crate) fn placed(core: Core<'k, Ch>, addr: u32, slot: u16) -> Self {
        Tile { core, addr, slot, valid: V::whole((R, C)), content: PhantomData }
    }

    /// The same bytes under another type.
    #[inline(always)]
    pub(crate) fn retyped<T2, const R2: usize, const C2: usize, L2, V2: Valid>(
        self,
        valid: V2,
    ) -> Tile<'k, S, T2, R2, C2, L2, V2, Ch> {
        Tile { core: self.core, addr: self.addr, slot: self.slot, valid, content: PhantomData }
    }
}

impl<S, T, const R: usize, const C: usize, L, Ch> Tile<'_, S, T, R, C, L, Dyn, Ch>
where
    S: SpaceType,
    T: Dtype,
    L: Layout,
    Ch: Chip,
{
    /// Sets the valid region that an op without sources fills next, as `texpands` does.
    ///
    /// # Errors
    ///
    /// A region larger than the tile stops the kernel with a [`Fault`](crate::Fault) that names this line.
    #[doc(alias = "SetValidShape")]
    #[track_caller]
    pub fn with_valid(mut self, rows: usize, cols: usize) -> Self {
        match Dyn::fit((rows, cols), (R, C)) {
            Some(valid) => self.valid = valid,
            None => {
                self.core.unit().fail_here(Trouble::Region { wanted: (rows, cols), limit: (R, C) });
            }
        }
        self
    }
}

impl<S, T, const R: usize, const C: usize, L, V: Valid, Ch: Chip> std::fmt::Debug
    for Tile<'_, S, T, R, C, L, V, Ch>
{
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tile #{} {R}x{C} on {}", self.slot, Ch::ID)
    }
}
