//! Tiles that are taken apart: the plan says how, and the types of the tile and of its parts remember it.

use std::marker::PhantomData;

use super::layout::{InOrder, Layout, LayoutId, Placed, PlainLayout, RowMajor};
use super::sum::Sum;
use super::{Dtype, Full, Tile, space};
use crate::chip::{A2A3, Chip};
use crate::sealed::{INNER, NotForKernels, Sealed};
use crate::unit::Core;

/// A [`VecTile`](super::VecTile) that can be taken apart, as `X` says, and put together again.
///
/// `[Rows<8>; 4]` is four bands of eight rows, `(Cols<64>, Cols<192>)` two windows of columns; [`Cut`] says what else there is. The
/// tile is used as any other, as a whole; [`parts`](crate::RecordEvent::parts) takes it apart, and
/// [`whole`](crate::RecordEvent::whole) puts it together. The guide (`tilesync::guide::parts`) shows both.
///
/// # Why it holds
///
/// **Invariant.** Either the tile has one owner, or each of its parts has one. No two parts have a byte in common, nor a block of 32 bytes;
/// together they are the tile.
///
/// **Established by** the plan, whose parts add up and are aligned, or it does not compile; and by `parts`, which takes the tile's owner by
/// value and gives each part out once, with all that the tile owes.
///
/// **Kept because** a part has another type than any tile of a plan: nothing takes it as one, reshapes it, or retires it. `whole` takes
/// the owners of as many parts as there are, by value, all of one state; that they are those of one tile it sees by their numbers, or
/// the kernel ends. What each of them owes the tile owes then.
pub type VecParts<'k, T, const R: usize, const C: usize, X, Ch = A2A3> =
    Tile<'k, space::Vec, T, R, C, Parted<X>, Full, Ch>;

/// A part of a [`VecParts`] of `ROWS` × `COLS` elements that is taken apart as `X` says: `R` × `C` of them.
///
/// Ops take it as they take a `VecTile` of `R` × `C` elements. It is no tile of a plan, and not retired as one.
pub type VecPart<
    'k,
    T,
    const R: usize,
    const C: usize,
    X,
    const ROWS: usize,
    const COLS: usize,
    Ch = A2A3,
> = Tile<'k, space::Vec, T, R, C, PartIn<X, ROWS, COLS>, Full, Ch>;

/// The layout of a tile that can be taken apart, as `X` says: row after row.
#[derive(Debug)]
pub struct Parted<X>(PhantomData<fn() -> X>);

/// The layout of a part: row after row, at the distance that the rows of the whole have, `R` × `C` elements taken apart as `X` says.
#[derive(Debug)]
pub struct PartIn<X, const R: usize, const C: usize>(PhantomData<fn() -> X>);

/// A part of all columns and `N` rows.
#[derive(Debug)]
pub enum Rows<const N: usize> {}

/// A part of all rows and `N` columns, which fill whole blocks of 32 bytes.
#[derive(Debug)]
pub enum Cols<const N: usize> {}

/// How a tile is taken apart: into [`Rows`] that add up to its rows, or [`Cols`] that add up to its columns; an array where all
/// parts are alike, pairs (of pairs) where they are not.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how a tile is taken apart",
    label = "expected `Rows` or `Cols`, an array of one of them, or pairs",
    note = "bands of rows are `[Rows<8>; 4]` or `(Rows<8>, Rows<24>)`, windows of columns `[Cols<64>; 2]` or `((Cols<64>, Cols<64>), Cols<128>)`"
)]
pub trait Cut: Sealed + 'static {
    /// The parts of a tile of `R` × `C` elements, in this order.
    type Tiles<'k, T: Dtype, const R: usize, const C: usize, L: Layout, Ch: Chip>;
    #[doc(hidden)]
    const SUM: Sum;

    #[doc(hidden)]
    fn cut<'k, T: Dtype, const R: usize, const C: usize, L: Layout, Ch: Chip>(
        next: &mut Next<'k, Ch>,
        _: NotForKernels,
    ) -> Self::Tiles<'k, T, R, C, L, Ch>;
}

/// Where the next part of a tile lies.
#[derive(Debug)]
#[allow(unreachable_pub, reason = "in the signature of a sealed trait")]
pub struct Next<'k, Ch: Chip> {
    pub(crate) core: Core<'k, Ch>,
    pub(crate) addr: u32,
    pub(crate) slot: u16,
}

impl<'k, Ch: Chip> Next<'k, Ch> {
    fn part<T: Dtype, const R: usize, const C: usize, L: Layout>(
        &mut self,
        bytes: usize,
    ) -> Tile<'k, space::Vec, T, R, C, L, Full, Ch> {
        let tile = Tile::placed(self.core, self.addr, self.slot);
        self.addr += bytes as u32;
        self.slot += 1;
        tile
    }
}

impl<const N: usize> Sealed for Rows<N> {}
impl<const N: usize> Cut for Rows<N> {
    type Tiles<'k, T: Dtype, const R: usize, const C: usize, L: Layout, Ch: Chip> =
        Tile<'k, space::Vec, T, N, C, L, Full, Ch>;
    const SUM: Sum = Sum::of(N, 0);

    #[inline(always)]
    fn cut<'k, T: Dtype, const R: usize, const C: usize, L: Layout, Ch: Chip>(
        next: &mut Next<'k, Ch>,
        _: NotForKernels,
    ) -> Self::Tiles<'k, T, R, C, L, Ch> {
        next.part(N * C * size_of::<T>())
    }
}

impl<const N: usize> Sealed for Cols<N> {}
impl<const N: usize> Cut for Cols<N> {
    type Tiles<'k, T: Dtype, const R: usize, const C: usize, L: Layout, Ch: Chip> =
        Tile<'k, space::Vec, T, R, N, L, Full, Ch>;
    const SUM: Sum = Sum::of(0, N);

    #[inline(always)]
    fn cut<'k, T: Dtype, const R: usize, const C: usize, L: Layout, Ch: Chip>(
        next: &mut Next<'k, Ch>,
        _: NotForKernels,
    ) -> Self::Tiles<'k, T, R, C, L, Ch> {
        next.part(N * size_of::<T>())
    }
}

impl<X: Cut, const N: usize> Cut for [X; N] {
    type Tiles<'k, T: Dtype, const R: usize, const C: usize, L: Layout, Ch: Chip> =
        [X::Tiles<'k, T, R, C, L, Ch>; N];
    const SUM: Sum = X::SUM.times(N);

    #[inline(always)]
    fn cut<'k, T: Dtype, const R: usize, const C: usize, L: Layout, Ch: Chip>(
        next: &mut Next<'k, Ch>,
        _: NotForKernels,
    ) -> Self::Tiles<'k, T, R, C, L, Ch> {
        std::array::from_fn(|_| X::cut::<T, R, C, L, Ch>(next, INNER))
    }
}

impl<A: Cut, B: Cut> Cut for (A, B) {
    type Tiles<'k, T: Dtype, const R: usize, const C: usize, L: Layout, Ch: Chip> =
        (A::Tiles<'k, T, R, C, L, Ch>, B::Tiles<'k, T, R, C, L, Ch>);
    const SUM: Sum = A::SUM.and(B::SUM);

    #[inline(always)]
    fn cut<'k, T: Dtype, const R: usize, const C: usize, L: Layout, Ch: Chip>(
        next: &mut Next<'k, Ch>,
        _: NotForKernels,
    ) -> Self::Tiles<'k, T, R, C, L, Ch> {
        let first = A::cut::<T, R, C, L, Ch>(next, INNER);
        (first, B::cut::<T, R, C, L, Ch>(next, INNER))
    }
}

impl<X> Sealed for Parted<X> {}
impl<X: 'static> Layout for Parted<X> {
    type Order = RowMajor;
    const ID: LayoutId = LayoutId::Nd;
}
impl<X: 'static> InOrder<RowMajor> for Parted<X> {}
impl<X: 'static> PlainLayout for Parted<X> {}
impl<X: Cut> Placed for Parted<X> {
    const PARTS: Option<Sum> = Some(X::SUM);
}

impl<X, const R: usize, const C: usize> Sealed for PartIn<X, R, C> {}
impl<X: 'static, const R: usize, const C: usize> Layout for PartIn<X, R, C> {
    type Order = RowMajor;
    const ID: LayoutId = LayoutId::Nd;
    const WHOLE: Option<(usize, usize)> = Some((R, C));
}
impl<X: 'static, const R: usize, const C: usize> InOrder<RowMajor> for PartIn<X, R, C> {}
impl<X: 'static, const R: usize, const C: usize> PlainLayout for PartIn<X, R, C> {}
