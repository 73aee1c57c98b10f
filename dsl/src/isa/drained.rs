//! An accumulator on its way into global memory, row by row.

use std::marker::PhantomData;

use crate::compute::outlet::{LINE, Outlet, Scales, Way, part};
use crate::memory::{GlobalDst, Semantics, Src};

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
pub(super) struct DrainedBy<X>(PhantomData<X>);

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
