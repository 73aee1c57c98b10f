//! What FIX makes of an accumulator on its way to another tile: TMOV from `Acc` to `Vec` and to `Mat`, with its options.

use std::panic::Location;

use super::drain::{Drain, WayOut};
use crate::chip::{A5, Chip};
use crate::compute::outlet::{Cut, Drained, DrainedBy, Way, Window};
use crate::compute::wide::Wide;
use crate::event::{Live, Read, RecordEvent, Write};
use crate::isa::issuing::{mismatch, take_region};
use crate::isa::operand::{ElemOf, TileOf};
use crate::op::{Op, TMovA2M, TMovA2V};
use crate::program::Operand;
use crate::sealed::INNER;
use crate::tile::{AnyTile, ColMajor, Dtype, Nz, NzAcc, RowMajor, Tile, Valid, space};
use crate::unit::Site;

/// TMOV takes the accumulator `Self` to a tile `D`, by the op of the two memory spaces.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {D} is not filled from {Self} by `tmov_with`",
    label = "not an accumulator of the destination's shape, or FIX has no path there",
    note = "`tmov_with` takes an `AccTile` to a `MatTile` (`Nz`), on a5 also to a `Vec` tile, of its shape"
)]
pub trait DrainsTo<'k, D>: AnyTile<'k> {
    /// The op.
    type Op: Op;
}

macro_rules! drains {
    ($($op:ident: $space:ident $layout:ident, $ch:ty $(, $generic:ident)?;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<'k, T, A, const R: usize, const C: usize, V: Valid, VS: Valid, $($generic: Chip)?>
            DrainsTo<'k, Tile<'k, space::$space, T, R, C, $layout, V, $ch>>
            for Tile<'k, space::Acc, A, R, C, NzAcc, VS, $ch>
        where
            A: Dtype,
        {
            type Op = $op;
        }
    )*};
}

drains! {
    TMovA2M: Mat Nz, Ch, Ch;
    TMovA2V: Vec RowMajor, A5;
    TMovA2V: Vec ColMajor, A5;
    TMovA2V: Vec Nz, A5;
}

#[tilesync_macros::op(TMovA2M | TMovA2V("TMOV") "dst[i,j] = how(src[i,j])" a2a3 "as [`Drain`] says" a5 "as [`Drain`] says")]
/// From an `Acc` tile (TMOV with `ReluPreMode` and `preQuantScalar`, TMOV_FP).
///
/// [`Drain`] says what `how` may be, what it computes, and which element types there are. All else is as for
/// [`tmov`](crate::isa::tmov) from `Acc`.
///
/// # Errors
///
/// Where `dst` cannot take the valid region of `src`, or the scales of the columns are not as many as the columns, the kernel
/// stops with a [`Fault`](crate::Fault) that names this line.
#[doc(alias = "TMOV_FP")]
// The op is a parameter of its own, so that what does not fit is said once, and not again for what is returned.
pub fn tmov_with<'k, O: Op, D, S, Q>(
    dst: D,
    src: &S,
    how: Drain<Q>,
) -> RecordEvent<O, Live<TileOf<'k, D>>>
where
    D: Write<'k, O>,
    S: Read<'k, O, Tile: DrainsTo<'k, TileOf<'k, D>, Op = O>>,
    Q: WayOut<'k, O, TileOf<'k, S>, ElemOf<'k, D>>,
{
    let at = Location::caller();
    let (mut dst, src) = (dst.into_tile(INNER), src.data_of(INNER));
    take_region::<O>(&mut dst, src.valid(), at);
    drain::<O, Cut, _, _, _>(&dst, src, how, (0, 0), at);
    RecordEvent::new(Live(dst))
}

/// Issues op `O`, which takes the accumulator `src` to `dst`, through a window of one of the two.
#[inline(always)]
pub(in crate::isa) fn drain<'k, O, W, D, S, Q>(
    dst: &D,
    src: &S,
    how: Drain<Q>,
    corner: (usize, usize),
    at: Site,
) where
    O: Op,
    W: Window,
    D: AnyTile<'k>,
    S: AnyTile<'k>,
    Q: WayOut<'k, O, S, D::Elem>,
{
    let unit = dst.core().unit();
    let Drain { quant, relu } = how;
    let imm = Way {
        quant: quant.quant(INNER),
        relu,
        corner: W::corner(corner, dst.valid().1, src.valid().1),
    }
    .to_imm();
    let operands = [dst.operand(), src.operand()];
    match scales::<O, S, D::Elem, Q>(src, &quant, at) {
        None => unit.issue::<O, Wide<Drained<Q::Outlet, W>>>(&operands, 1, imm, at),
        Some(table) => {
            let [dst, src] = operands;
            unit.issue::<O, Wide<DrainedBy<Q::Outlet, W>>>(&[dst, src, table], 1, imm, at);
        }
    }
}

/// The tile with the scales of the columns of `acc`, if there is one; stops the kernel where it has another number of them.
#[inline(always)]
pub(in crate::isa) fn scales<'k, O, A, T, Q>(acc: &A, quant: &Q, at: Site) -> Option<Operand>
where
    O: Op,
    A: AnyTile<'k>,
    Q: WayOut<'k, O, A, T>,
{
    let table = quant.table(INNER)?;
    let valid = (table.rows as usize, table.cols as usize);
    if valid.1 != acc.valid().1 {
        mismatch::<O>(acc, valid, at);
    }
    Some(table)
}
