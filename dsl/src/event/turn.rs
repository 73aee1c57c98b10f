//! What a loop carries in one state before its first turn, and in another after it.

use super::{GivesBack, OfTile, Retire, Retired, Write};
use crate::sealed::NotForKernels;

/// What a loop carries: `F` until its first turn, `L` from then on; only the run knows which.
///
/// Where nothing was handed back yet, there is nothing to wait for: a free tile goes in, and no flag is set that the first turn
/// would have to wait on. A loop that may run no turn at all retires what it has.
///
/// ```
/// # use tilesync::prelude::*;
/// #[derive(Buffers)]
/// struct Ub<'k> {
///     x: VecTile<'k, f32, 64, 64>,
///     sum: VecTile<'k, f32, 64, 64>,
/// }
///
/// #[kernel]
/// fn total<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
///     let mut free = Turn::First(ub.x);
///     let mut sum = texpands(ub.sum, 0.0).on::<Vector>();
///     for i in 0..x.rows() / 64 {
///         let loaded = tload(free, &x.tile(i, 0)).record::<TAdd>(); // waits, if a turn has handed it back
///         sum = tadd_assign(sum, &loaded).on::<Vector>();
///         free = Turn::Later(loaded.release::<TLoad>());
///     }
///     let stored = tstore(&y.tile(0, 0), sum.record::<TStoreVec>());
///     Ub::retire(UbTokens { x: free, sum: stored }) // waits, if any turn ran
/// }
/// ```
///
/// Both states own the same tiles, so neither can be dropped. An op overwrites what either may overwrite; for all else there is
/// `match`, which also tells the first product of a sum from the later ones, or a loaded slot from none.
///
/// # Why it holds
///
/// **Invariant.** None of its own: it is one of two tokens, each with its own invariant, and both of the same tile's type.
///
/// **Kept because** what takes a `Turn` does what it would do with the token in it, and is admitted only where both tokens admit it: an op
/// overwrites it where it may overwrite either, and it is retired as either is.
#[derive(Debug)]
#[must_use = "it owns a tile, whichever it is"]
pub enum Turn<F, L> {
    /// No turn has run.
    First(F),
    /// What the last turn left.
    Later(L),
}

impl<'k, F, L> OfTile<'k> for Turn<F, L>
where
    F: OfTile<'k>,
    L: OfTile<'k, Tile = F::Tile, Precision = F::Precision>,
{
    type Tile = F::Tile;
    type Stored<O> = F::Stored<O>;
    type Precision = F::Precision;
}

#[diagnostic::do_not_recommend]
impl<'k, O, F, L> Write<'k, O> for Turn<F, L>
where
    F: Write<'k, O>,
    L: Write<'k, O, Tile = F::Tile, Precision = F::Precision>,
{
    #[inline(always)]
    fn into_tile(self, inner: NotForKernels) -> Self::Tile {
        match self {
            Turn::First(token) => token.into_tile(inner),
            Turn::Later(token) => token.into_tile(inner),
        }
    }
}

impl<'k, F: Retire<'k>, L: Retire<'k, Tile: GivesBack<F::Tile>>> Retire<'k> for Turn<F, L> {
    type Tile = F::Tile;

    #[track_caller]
    #[inline(always)]
    fn retire(self) -> Retired<F::Tile> {
        match self {
            Turn::First(token) => token.retire(),
            Turn::Later(token) => Retired::field(token),
        }
    }
}
