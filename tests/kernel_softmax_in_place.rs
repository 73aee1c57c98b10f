//! The statistics of a softmax, updated in place while its row goes by: what attention does block by block.
//!
//! The largest score of each row and the sum of the exponentials lie in global memory. Each turn loads them, takes in more columns and
//! stores them back, to be loaded again in the next turn: a store and a load of one region, in order by its token.

#![allow(clippy::unwrap_used, reason = "a test")]

mod schedules;

use schedules::{everywhere, flags, launch};
use tilesync::op::Pipe::{Mte2, Mte3, V};
use tilesync::prelude::*;

const ROWS: usize = 16;
const COLS: usize = 32;

type Column<'k> = VecCol<'k, f32, ROWS>;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, ROWS, COLS>,
    max: Column<'k>,
    new: Column<'k>,
    sum: Column<'k>,
    part: Column<'k>,
    p: VecTile<'k, f32, ROWS, COLS>,
    tmp: VecTile<'k, f32, ROWS, COLS>,
}

#[kernel]
fn update<'k>(
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    max: GlobalInOut<'k, f32, ColMajor>,
    sum: GlobalInOut<'k, f32, ColMajor>,
) -> Retired<Ub<'k>> {
    let (mut free_max, mut max) = (ub.max, max).prime::<TStoreVec, TLoad>().split();
    let (mut free_sum, mut sum) = (ub.sum, sum).prime::<TStoreVec, TLoad>().split();
    let mut free_x = ub.x.prime::<Vector, TLoad>();
    let mut new_max = ub.new.on::<Vector>();
    let mut part = ub.part.on::<Vector>();
    let mut free_p = ub.p.on::<Vector>();
    let mut tmp = ub.tmp.on::<Vector>();
    for j in 0..x.cols() / COLS {
        let loaded = tload(free_x, &x.tile(0, j)).record::<Vector>();
        let (old, max_cell) = tload_cell(free_max, max).record::<Vector>().split();
        let (old_sum, sum_cell) = tload_cell(free_sum, sum).record::<Vector>().split();

        let largest = trowmax(part, &loaded, &mut tmp);
        let new = tmax(new_max, &old, &largest);
        let p = trowexpandexpdif(free_p, &loaded, &new, &mut tmp);
        free_x = loaded.release::<TLoad>();
        let terms = trowsum(largest, &p, &mut tmp);
        let scale = texp_assign(tsub_assign(old, &new));
        let total = tadd_assign(tmul_assign(old_sum, &scale), &terms);

        let stored = tstore_cell(new.join(max_cell.wait()).record::<TStoreVec>());
        (free_max, max) = stored.release::<TLoad>().split();
        let stored = tstore_cell(total.join(sum_cell.wait()).record::<TStoreVec>());
        (free_sum, sum) = stored.release::<TLoad>().split();
        new_max = scale.on::<Vector>().discard();
        part = terms.on::<Vector>().discard();
        free_p = p.on::<Vector>().discard();
    }
    Ub::retire(UbTokens {
        x: free_x,
        max: free_max,
        new: new_max,
        sum: free_sum,
        part,
        p: free_p,
        tmp,
    })
}

#[test]
fn the_statistics_are_those_of_the_whole_row_and_each_turn_sets_one_flag_a_way() {
    let mut random = fastrand::Rng::with_seed(7);
    for turns in [0, 1, 2, 5] {
        let width = turns * COLS;
        let x: Vec<f32> = (0..ROWS * width.max(1)).map(|_| random.f32() * 8.0 - 4.0).collect();
        let start: Vec<f32> = (0..ROWS).map(|_| random.f32() - 6.0).collect();
        let (stats, program) = everywhere(2 * ROWS, |stats, order| {
            let (max, sum) = stats.split_at_mut(ROWS);
            max.copy_from_slice(&start);
            sum.fill(1.0);
            let mut max = GlobalTensorMut::<_, ColMajor>::new(max, &[ROWS, 1]).unwrap();
            let mut sum = GlobalTensorMut::<_, ColMajor>::new(sum, &[ROWS, 1]).unwrap();
            // A row of no columns is no tensor: one that no turn reads stands for it.
            let x = GlobalTensor::new(&x, &[ROWS, width.max(1)]).unwrap();
            launch(&update, (x.whole(), max.whole(), sum.whole()), order)
        });

        let (max, sum) = stats.split_at(ROWS);
        for row in 0..ROWS {
            let scores = &x[row * width..][..width];
            let largest = scores.iter().fold(start[row], |max, &x| max.max(x));
            assert_eq!(max[row], largest);
            let exp = |x: f32| (f64::from(x) - f64::from(largest)).exp();
            let want = exp(start[row]) + scores.iter().map(|&x| exp(x)).sum::<f64>();
            let error = (f64::from(sum[row]) - want).abs() / want;
            assert!(error < 1e-5, "{turns} turns, row {row}: {} for {want}", sum[row]);
        }

        // The cells ride with their tiles: as many flags as the tiles need alone. Two stores a turn come back, and two credits.
        let set = flags(&program);
        assert_eq!((set(Mte3, Mte2), set(V, Mte3)), (2 * turns + 2, 2 * turns));
        assert_eq!((set(Mte2, V), set(V, Mte2)), (3 * turns, turns + 1));
        assert_eq!(set(Mte2, Mte3), 0);
    }
}
