//! The rows that experts computed for a token, weighted and summed: for each token as many as there happen to be, or none.
//!
//! The hand-written kernel declares the hand-back before its loop, waits on it if the turn is not the first, and once more after the
//! loop if any turn ran. It adds with TAXPY, which is not here: TMULS and TADD, both in place, stand for it.

mod schedules;

use schedules::{everywhere, flags, launch};
use tilesync::op::Pipe::{Mte2, Mte3, V};
use tilesync::prelude::*;

const COLS: usize = 64;

#[derive(Buffers)]
struct Ub<'k> {
    row: VecTile<'k, f32, 1, COLS>,
    sum: VecTile<'k, f32, 1, COLS>,
}

/// How many experts token `t` has, of at most `most`.
fn experts(t: usize, most: usize) -> usize {
    t % (most + 1)
}

/// The weight of a token's expert.
fn weight(expert: usize) -> f32 {
    1.0 / (1 << expert) as f32
}

#[kernel]
fn combine<'k>(
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
    tokens: usize,
    most: usize,
) -> Retired<Ub<'k>> {
    let mut free = Turn::First(ub.row);
    let mut free_sum = Turn::First(ub.sum);
    let mut next = 0;
    for t in 0..tokens {
        let mut sum = texpands(free_sum, 0.0).on::<Vector>();
        for expert in 0..experts(t, most) {
            let row = tload(free, &x.tile(next, 0)).record::<TMulS>();
            let row = tmuls_assign(row, weight(expert));
            sum = tadd_assign(sum, &row).on::<Vector>();
            free = Turn::Later(row.release::<TLoad>());
            next += 1;
        }
        let stored = tstore(&y.tile(t, 0), sum.record::<TStoreVec>());
        free_sum = Turn::Later(stored.release::<TExpandS>());
    }
    Ub::retire(UbTokens { row: free, sum: free_sum })
}

#[test]
fn it_sets_the_flags_of_the_hand_written_kernel_and_computes_the_sums() {
    let mut random = fastrand::Rng::with_seed(1);
    // No token; tokens without experts; one turn in all; some with none, one, or more.
    for (tokens, most) in [(0, 3), (1, 3), (2, 1), (4, 0), (5, 3), (11, 4)] {
        let first: Vec<usize> =
            (0..=tokens).map(|t| (0..t).map(|t| experts(t, most)).sum()).collect();
        let rows = first[tokens];
        let data: Vec<f32> = (0..rows.max(1) * COLS).map(|_| random.f32() - 0.5).collect();
        let x = GlobalTensor::new(&data, &[rows.max(1), COLS]).expect("a shape");
        let (y, program) = everywhere(tokens.max(1) * COLS, |y, order| {
            let mut y = GlobalTensorMut::new(y, &[tokens.max(1), COLS]).expect("a shape");
            launch(&combine, (x.whole(), y.whole(), tokens, most), order)
        });

        for (at, y) in y[..tokens * COLS].iter().enumerate() {
            let (t, col) = (at / COLS, at % COLS);
            let terms = (0..experts(t, most)).map(|expert| {
                f64::from(weight(expert)) * f64::from(data[(first[t] + expert) * COLS + col])
            });
            // Each addition rounds a sum smaller than one.
            let error = (f64::from(*y) - terms.sum::<f64>()).abs();
            assert!(error <= most as f64 * f64::from(f32::EPSILON), "{error}");
        }

        let set = flags(&program);
        assert_eq!((set(Mte2, V), set(V, Mte2)), (rows, rows), "no credit before the loop");
        assert_eq!((set(V, Mte3), set(Mte3, V)), (tokens, tokens));
    }
}
