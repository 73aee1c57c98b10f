//! A tile and the region of global memory that it came from: TLOAD and TSTORE of memory that is updated in place.

use std::panic::Location;

use super::load::{Moves, load};
use super::store::{Storable, Stores, store};
use crate::event::{Event, Live, RecordEvent, Single, Write, Written};
use crate::global::{Cell, GlobalInOut, In, Out, StoredBy};
use crate::op::{Includes, Op, PassesTo, TLoad};
use crate::sealed::{INNER, NotForKernels};
use crate::tile::Dtype;
use crate::unit::Site;

#[tilesync_macros::op(TLoad("TLOAD") "dst[i,j] = cell[i,j]" a2a3 "all" a5 "all")]
/// From a region that is stored to as well: the tile and the region come back behind one token.
///
/// The region goes where the data goes: take the two apart with `.split()` on the pipe that computes, and
/// [join](RecordEvent::join) the region with the result, which [`tstore_cell`] then stores to it. All else is as for
/// [`tload`](super::tload); [`GlobalInOut`] has an example.
///
/// # Errors
///
/// As for [`tload`](super::tload).
pub fn tload_cell<'k, T, L, P, D, C>(
    dst: D,
    cell: C,
) -> RecordEvent<TLoad, (Live<D::Tile>, GlobalInOut<'k, T, L, P>)>
where
    T: Dtype,
    D: Write<'k, TLoad, Tile: Moves<'k, T, L>>,
    C: Cell<'k, TLoad, T, L, P>,
{
    let at = Location::caller();
    let cell = cell.into_region(at, INNER);
    let loaded = load(dst.into_tile(INNER), &cell.all::<In>(), at);
    RecordEvent::new((Live(loaded), cell))
}

#[tilesync_macros::op(TStoreVec | TStoreMat | TStoreAcc("TSTORE") "cell[i,j] = src[i,j]" a2a3 "as for `tstore`" a5 "as for `tstore`")]
/// To the region behind the tile's token; both come back behind one token.
///
/// Handed on with `.release::<TLoad>()`, the tile may be loaded into, and the region may be loaded from: what was stored is there.
/// All else is as for [`tstore`](super::tstore).
///
/// # Errors
///
/// As for [`tstore`](super::tstore).
// What the token holds are parameters, so that a token that holds no cell is one error.
pub fn tstore_cell<'k, S, X, T, L, P>(
    src: S,
) -> RecordEvent<X::Op, (Live<X>, GlobalInOut<'k, T, L, P>)>
where
    T: Dtype,
    X: Stores<'k, T, L> + Storable<'k>,
    P: StoredBy<X::Op>,
    S: TileAndCell<'k, Tile = X, Elem = T, Layout = L, Pipe = P>,
{
    let at = Location::caller();
    let (tile, cell) = src.into_both(at, INNER);
    store::<T, _, _, _>(&cell.all::<Out<P>>(), &tile, at);
    RecordEvent::new((Live(tile), cell))
}

/// What [`tstore_cell`] takes: a tile with data, joined with the region that it goes to, recorded for the store.
#[diagnostic::on_unimplemented(
    message = "this is not a tile joined with a region, handed over to the op that stores it",
    label = "expected a tile and a cell behind one token",
    note = "join the result with its region, and record both for the store: `result.join(cell.wait()).record::<TStoreVec>()`"
)]
pub trait TileAndCell<'k> {
    /// The tile.
    type Tile: Storable<'k>;
    /// The element type of the region.
    type Elem: Dtype;
    /// Its layout.
    type Layout;
    /// The pipe that stores to it.
    type Pipe;

    #[doc(hidden)]
    fn into_both(
        self,
        at: Site,
        _: NotForKernels,
    ) -> (Self::Tile, GlobalInOut<'k, Self::Elem, Self::Layout, Self::Pipe>);
}

impl<'k, Src, Dst, X, T, L, P> TileAndCell<'k> for Event<Src, Dst, (X, GlobalInOut<'k, T, L, P>)>
where
    X: Single<'k, Tile: Storable<'k>> + Written,
    Dst: Includes<<X::Tile as Storable<'k>>::Op>,
    T: Dtype,
{
    type Tile = X::Tile;
    type Elem = T;
    type Layout = L;
    type Pipe = P;

    #[inline(always)]
    fn into_both(self, at: Site, _: NotForKernels) -> (Self::Tile, GlobalInOut<'k, T, L, P>) {
        let (tile, cell) = self.split();
        let cell = Cell::<Dst, T, L, P>::into_region(cell, at, INNER);
        (tile.into_payload().into_tile(INNER), cell)
    }
}

impl<'k, Src: Op, X, T, L, P> TileAndCell<'k> for RecordEvent<Src, (X, GlobalInOut<'k, T, L, P>)>
where
    X: Single<'k, Tile: Storable<'k>> + Written,
    Src: PassesTo<<X::Tile as Storable<'k>>::Op>,
    T: Dtype,
{
    type Tile = X::Tile;
    type Elem = T;
    type Layout = L;
    type Pipe = P;

    #[inline(always)]
    fn into_both(self, _: Site, _: NotForKernels) -> (Self::Tile, GlobalInOut<'k, T, L, P>) {
        let (tile, cell) = self.into_payload();
        (tile.into_tile(INNER), cell)
    }
}
