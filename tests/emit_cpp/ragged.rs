//! A kernel whose regions are as large as its data says: sums of lists of rows, of which each has its own length.

use tilesync::prelude::*;

pub(crate) const COLS: usize = 64;
/// Rows of the longest list that is added up.
pub(crate) const MOST: usize = 16;

#[derive(Buffers)]
pub(crate) struct Ub<'k> {
    rows: [VecTile<'k, f32, MOST, COLS, Dyn>; 2],
    sum: VecTile<'k, f32, 1, COLS, Dyn>,
}

/// Twice the sum of the rows from `bounds[i]` up to `bounds[i + 1]`, at most [`MOST`], for each row `i` of the block's part of `y`.
#[kernel]
pub(crate) fn ragged<'k>(
    ub: Ub<'k>,
    bounds: GlobalIn<'k, i32>,
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    let mut free = ub.rows.map(|tile| tile.prime::<Vector, TLoad>());
    let mut free_sum = ub.sum.prime::<TStoreVec, Vector>();
    for row in 0..y.rows() {
        let at = y.origin().0 + row;
        let first = bounds.scalar(0, at);
        let end = bounds.scalar(0, at + 1);
        let [now, next] = free;
        let rows = tload(now, &x.at(first, 0).sized(end - first, COLS)).record::<Vector>();
        let rows = tmuls_assign(rows, 2.0).on::<Vector>();
        let sum = tcolsum(free_sum, &rows).record::<TStoreVec>();
        free = [next, rows.release::<TLoad>()];
        free_sum = tstore(&y.tile(row, 0), sum).release::<Vector>();
    }
    Ub::retire(UbTokens { rows: free, sum: free_sum })
}

pub(crate) const LISTS: usize = 12;
pub(crate) const BLOCKS: usize = 3;

/// The bounds of the lists, and the rows. With another `turn` the lists have each other's lengths.
pub(crate) fn inputs(turn: usize) -> (Vec<i32>, Vec<f32>) {
    // Some are longer than what is added up, and the last one ends where the rows do.
    let mut lengths = [3, 16, 1, 5, 20, 2, 7, 16, 4, 1, 9, 6];
    lengths.rotate_left(turn);
    let bounds: Vec<i32> = (0..=LISTS).map(|list| lengths[..list].iter().sum()).collect();
    let count = bounds[LISTS] as usize * COLS;
    (bounds, (0..count).map(|at| (at % 97) as f32).collect())
}
