//! From an accumulator to global memory, scaled and without what is negative: TSTORE with its options, TSTORE_FP.

use std::panic::Location;

use super::drained::{Drained, DrainedBy};
use super::moves::scales;
use super::moves::{Drain, WayOut};
use super::operand::TileOf;
use super::store::{LayoutOfSums, Store, operands};
use crate::compute::outlet::{Corner, Way};
use crate::compute::wide::Wide;
use crate::global::{Region, StoredTo};
use crate::op::TStoreAcc;
use crate::sealed::INNER;
use crate::tile::{AnyTile, Dtype};

#[tilesync_macros::op(TStoreAcc("TSTORE") "dst[i,j] = how(src[i,j])" a2a3 "as [`Drain`] says" a5 "as [`Drain`] says")]
/// To global memory, from an `Acc` tile (TSTORE with `ReluPreMode` and `preQuantScalar`, TSTORE_FP).
///
/// [`Drain`] says what `how` may be, what it computes, and which element types there are. All else is as for
/// [`tstore`](super::tstore).
///
/// ```
/// # use tilesync::prelude::*;
/// # fn k<'k>(
/// #     out: &GlobalOut<'k, i8, RowMajor, PipeFix>,
/// #     acc: Event<TMatmul, TStoreAcc, Live<AccTile<'k, i32, 16, 16>>>,
/// # ) {
/// let stored = tstore_with(&out.tile(0, 0), acc, Drain::new().scale(0.125).relu());
/// # let _ = stored;
/// # }
/// ```
///
/// # Errors
///
/// As for [`tstore`](super::tstore); and where the scales of the columns are not as many as the columns, the kernel stops with a
/// [`Fault`](crate::Fault) that names this line.
#[doc(alias = "TSTORE_FP")]
pub fn tstore_with<'k, T, A, L, S, Q>(
    dst: &Region<'k, T, A, L>,
    src: S,
    how: Drain<Q>,
) -> S::Stored<TStoreAcc>
where
    T: Dtype,
    A: StoredTo<TStoreAcc>,
    L: LayoutOfSums<T, <TileOf<'k, S> as AnyTile<'k>>::Chip>,
    S: Store<'k, TStoreAcc>,
    Q: WayOut<'k, TStoreAcc, TileOf<'k, S>, T>,
{
    let at = Location::caller();
    let acc = src.stored(INNER);
    if let Some([region, tile]) = operands::<TStoreAcc, _, _, _, _>(dst, acc, at) {
        let unit = acc.core().unit();
        let Drain { quant, relu } = how;
        let imm = Way { quant: quant.quant(INNER), relu, corner: Corner::default() }.to_imm();
        match scales::<TStoreAcc, TileOf<'k, S>, T, Q>(acc, &quant, at) {
            None => unit.issue::<TStoreAcc, Wide<Drained<Q::Outlet>>>(&[region, tile], 1, imm, at),
            Some(table) => {
                let operands = [region, tile, table];
                unit.issue::<TStoreAcc, Wide<DrainedBy<Q::Outlet>>>(&operands, 1, imm, at);
            }
        }
    }
    src.after_store(INNER)
}
