//! From an accumulator to global memory, scaled and without what is negative: TSTORE with its options, TSTORE_FP.

use std::marker::PhantomData;
use std::panic::Location;

use super::moves::scales;
use super::moves::{Drain, WayOut};
use super::operand::TileOf;
use super::store::{LayoutOfSums, Store, operands};
use crate::compute::outlet::{Corner, LINE, Outlet, Scales, Way, part};
use crate::compute::wide::Wide;
use crate::global::{Region, StoredTo};
use crate::op::TStoreAcc;
use crate::sealed::INNER;
use crate::tile::{AnyTile, Dtype};
use crate::unit::{GlobalDst, Semantics, Src};

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

/// An accumulator into a region.
pub(super) struct Drained<X>(PhantomData<X>);

impl<X: Outlet> Semantics for Drained<X> {
    type Views<'a> = (GlobalDst<'a, X::Out>, Src<'a, X::Acc>);

    #[inline(always)]
    fn run((dst, src): Self::Views<'_>, imm: u64) {
        let way = Way::of_imm(imm);
        drain::<X>(dst, &src, way.relu, Scales::All(way.quant));
    }
}

/// As [`Drained`], with a scale for each column.
struct DrainedBy<X>(PhantomData<X>);

impl<X: Outlet> Semantics for DrainedBy<X> {
    type Views<'a> = (GlobalDst<'a, X::Out>, Src<'a, X::Acc>, Src<'a, u64>);

    #[inline(always)]
    fn run((dst, src, table): Self::Views<'_>, imm: u64) {
        drain::<X>(dst, &src, Way::of_imm(imm).relu, Scales::Each(table.data));
    }
}

#[inline(always)]
fn drain<X: Outlet>(
    mut dst: GlobalDst<'_, X::Out>,
    src: &Src<'_, X::Acc>,
    relu: bool,
    scales: Scales<'_>,
) {
    for row in 0..src.valid.0 {
        if relu {
            drain_row::<X>(&mut dst, src, row, true, scales);
        } else {
            drain_row::<X>(&mut dst, src, row, false, scales);
        }
    }
}

#[inline(always)]
fn drain_row<X: Outlet>(
    dst: &mut GlobalDst<'_, X::Out>,
    src: &Src<'_, X::Acc>,
    row: usize,
    relu: bool,
    scales: Scales<'_>,
) {
    let cols = src.valid.1;
    let first = |col| src.index(row, col, size_of::<X::Acc>());
    if dst.rows_contiguous() {
        for (at, to) in dst.run_mut(row, 0, cols).chunks_mut(LINE).enumerate() {
            let from = &src.data[first(at * LINE)..][..to.len()];
            part::<X>(to, from, &scales.line::<X>(at * LINE), relu);
        }
    } else {
        for col in 0..cols {
            let to = dst.run_mut(row, col, 1);
            let quant = scales.line::<X>(col).at(0);
            to[0] = X::out(src.data[first(col)], quant, relu);
        }
    }
}
