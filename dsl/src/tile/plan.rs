//! The on-chip memory plan: which tiles a kernel has, and where they lie.

use std::marker::PhantomData;

use super::layout::Placed;
pub use super::places::Places;
pub(crate) use super::usage::Message;
pub use super::usage::Usage;
use super::{AnyTile, Dtype, SpaceType, Tile, Valid};
use crate::chip::Chip;
use crate::program::TileInfo;
use crate::sealed::Sealed;
use crate::unit::Core;

/// The tiles of a kernel: a struct whose fields are tiles and arrays of tiles, with `#[derive(Buffers)]`.
///
/// The derive places the fields one after the other in their memory spaces, checks in `cargo check` that each space of the
/// chip has room, and gives the struct a `retire` function that takes its tiles back, in the order of the fields.
///
/// ```
/// use tilesync::prelude::*;
///
/// #[derive(Buffers)]
/// struct Ub<'k> {
///     x: [VecTile<'k, f32, 64, 64>; 2],
///     max: VecCol<'k, f32, 64>,
/// }
/// ```
///
/// A plan with parameters is checked where it is launched, and the build fails there:
///
/// ```compile_fail,E0080
/// # use tilesync::prelude::*;
/// #[derive(Buffers)]
/// struct Ub<'k, const ROWS: usize> {
///     x: VecTile<'k, f32, ROWS, 8>,
/// }
///
/// #[kernel]
/// fn copy<'k, const ROWS: usize>(
///     ub: Ub<'k, ROWS>,
///     x: GlobalIn<'k, f32>,
///     y: GlobalOut<'k, f32>,
/// ) -> Retired<Ub<'k, ROWS>> {
///     let e = tload(ub.x, &x.tile(0, 0)).record::<TStoreVec>();
///     Ub::retire(UbTokens { x: tstore(&y.tile(0, 0), e) })
/// }
///
/// # let x = [1.0; 64];
/// # let mut y = x;
/// # let x = GlobalTensor::new(&x, &[8, 8])?;
/// # let mut y = GlobalTensorMut::new(&mut y, &[8, 8])?;
/// // `copy::<8>` is fine.
/// Eager::new().launch(&copy::<0>, 1, (x.whole(), y.whole()))?; // the tile `x` has no elements
/// # Ok::<_, LaunchError>(())
/// ```
///
/// By hand it is four items; nothing in them can break a guarantee, since a [`Retired`](crate::Retired) plan is made only from its
/// retired parts.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a plan",
    label = "not a plan",
    note = "write `#[derive(Buffers)]` above the struct; a kernel takes its plan first, and its arguments after it"
)]
pub trait Buffers<'k>: Branded<Brand = Brand<'k>> + Sized {
    /// The same plan in another kernel invocation.
    type At<'j>: Buffers<'j>;
    /// The fields, as nested pairs: `(a, (b, c))`.
    type Parts: PlanPart<'k>;
    /// The fields' names, in order.
    const NAMES: &'static [&'static str];

    /// Makes the struct of its fields.
    fn assemble(parts: Self::Parts) -> Self;
}

/// The brand of a kernel invocation, as a type.
#[derive(Debug)]
pub struct Brand<'k>(PhantomData<fn(&'k ()) -> &'k ()>);

/// Says which kernel invocation a plan belongs to: there is one answer for each type.
pub trait Branded {
    /// The brand, [`Brand<'k>`].
    type Brand;
}

/// Tiles that can be placed: a tile, an array of them, or a pair.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of a plan",
    label = "not a tile",
    note = "the fields of a plan are tiles and arrays of tiles, all of one chip, branded with the struct's lifetime"
)]
pub trait PlanPart<'k>: Sealed + Sized {
    /// The chip of the tiles; of the first, where there are several.
    type Chip: Chip;
    /// What the tiles take.
    const USAGE: Usage;

    #[doc(hidden)]
    fn place(placer: &mut Placer<'k>) -> Self;
    #[doc(hidden)]
    fn describe(name: &mut dyn FnMut() -> String, tiles: &mut Vec<TileInfo>, places: &mut Places);
}

/// Gives out tiles, one after the other, for one kernel invocation.
#[derive(Debug)]
pub struct Placer<'k> {
    unit: &'k crate::unit::Unit,
    places: Places,
    slot: u16,
}

impl<'k> Placer<'k> {
    pub(crate) fn new(unit: &'k crate::unit::Unit) -> Self {
        Placer { unit, places: Places::default(), slot: unit.first_slot }
    }

    /// The number of the next tile.
    pub(crate) fn slot(&self) -> u16 {
        self.slot
    }

    /// Two fields in one place.
    pub(crate) fn either<A, B>(
        &mut self,
        one: impl FnOnce(&mut Self) -> A,
        other: impl FnOnce(&mut Self) -> B,
    ) -> (A, B) {
        let start = self.places.start();
        let one = one(self);
        let end = self.places.again(start);
        let other = other(self);
        self.places.behind(end);
        (one, other)
    }
}

#[diagnostic::do_not_recommend]
impl<'k, S, T, const R: usize, const C: usize, L, V, Ch> PlanPart<'k>
    for Tile<'k, S, T, R, C, L, V, Ch>
where
    S: SpaceType,
    T: Dtype,
    L: Placed,
    V: Valid,
    Ch: Chip,
{
    type Chip = Ch;
    const USAGE: Usage = Usage::of(&<Self as AnyTile<'k>>::TYPE, V::LEAST, L::PARTS, Ch::ID);

    #[inline(always)]
    fn place(placer: &mut Placer<'k>) -> Self {
        let addr = placer
            .places
            .take(&<Self as AnyTile<'k>>::TYPE, Self::USAGE.bytes[S::SPACE.index()] as u32);
        let tile = Tile::placed(Core::new(placer.unit), addr, placer.slot);
        // Behind the tile's number come those of its parts.
        placer.slot += Self::USAGE.slots() as u16;
        tile
    }

    fn describe(name: &mut dyn FnMut() -> String, tiles: &mut Vec<TileInfo>, places: &mut Places) {
        let addr =
            places.take(&<Self as AnyTile<'k>>::TYPE, Self::USAGE.bytes[S::SPACE.index()] as u32);
        let parts = L::PARTS.map_or(0, |parts| parts.count as u32);
        let tile = TileInfo::new(name(), addr, <Self as AnyTile<'k>>::TYPE);
        tiles.push(TileInfo { parts, ..tile });
    }
}

impl<X, const N: usize> Sealed for [X; N] {}
#[diagnostic::do_not_recommend]
impl<'k, X: PlanPart<'k>, const N: usize> PlanPart<'k> for [X; N] {
    type Chip = X::Chip;
    const USAGE: Usage = X::USAGE.times(N);

    #[inline(always)]
    fn place(placer: &mut Placer<'k>) -> Self {
        std::array::from_fn(|_| X::place(placer))
    }

    fn describe(name: &mut dyn FnMut() -> String, tiles: &mut Vec<TileInfo>, places: &mut Places) {
        let field = name();
        for index in 0..N {
            X::describe(&mut || format!("{field}[{index}]"), tiles, places);
        }
    }
}

// That the tiles are for one chip is in `Usage`, whose message names the field.
impl<'k, A: PlanPart<'k>, B: PlanPart<'k>> PlanPart<'k> for (A, B) {
    type Chip = A::Chip;
    const USAGE: Usage = A::USAGE.plus(&B::USAGE);

    #[inline(always)]
    fn place(placer: &mut Placer<'k>) -> Self {
        let first = A::place(placer);
        (first, B::place(placer))
    }

    fn describe(name: &mut dyn FnMut() -> String, tiles: &mut Vec<TileInfo>, places: &mut Places) {
        A::describe(name, tiles, places);
        B::describe(name, tiles, places);
    }
}

/// The tiles of plan `P`, for a program.
pub(crate) fn describe<'k, P: Buffers<'k>>() -> Vec<TileInfo> {
    let (mut tiles, mut places) = (Vec::new(), Places::default());
    let mut names = P::NAMES.iter();
    let mut unnamed = 0;
    let mut name = || {
        unnamed += 1;
        names.next().map_or_else(|| format!("t{}", unnamed - 1), |name| (*name).to_owned())
    };
    P::Parts::describe(&mut name, &mut tiles, &mut places);
    tiles
}
