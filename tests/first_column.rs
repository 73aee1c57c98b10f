//! Row results in the one valid column of a row-major tile, and such a tile spread over another one.
#![allow(clippy::unwrap_used, reason = "a test")]

use tilesync::prelude::*;

type Wide<'k> = VecTile<'k, f32, 8, 64, Dyn>;

#[derive(Buffers)]
struct Ub<'k> {
    x: Wide<'k>,
    tmp: Wide<'k>,
    sums: VecTile<'k, f32, 8, 16, Dyn>,
    at: VecTile<'k, i32, 8, 8, Dyn>,
    spread: Wide<'k>,
}

#[kernel]
fn rows<'k>(
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    sums: GlobalOut<'k, f32>,
    at: GlobalOut<'k, i32>,
    spread: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
    let mut tmp = ub.tmp.on::<Vector>();
    let sum = trowsum(ub.sums, &x, &mut tmp);
    let place = trowargmax(ub.at, &x, &mut tmp).record::<TStoreVec>();
    let wide = trowexpand(ub.spread.with_valid(8, 5), &sum).record::<TStoreVec>();
    Ub::retire(UbTokens {
        x,
        tmp,
        sums: tstore(&sums.tile(0, 0), sum.record::<TStoreVec>()),
        at: tstore(&at.tile(0, 0), place),
        spread: tstore(&spread.tile(0, 0), wide),
    })
}

#[test]
fn the_results_of_rows_may_be_a_column_of_a_row_major_tile() {
    for (rows_of_x, cols) in [(8, 64), (5, 21), (1, 1)] {
        // Whole numbers, whose sums are exact.
        let x: Vec<f32> = (0..rows_of_x * cols).map(|at| (at * 7 % 13) as f32 - 6.0).collect();
        let (mut sums, mut at) = (vec![9.0; rows_of_x], vec![9; rows_of_x]);
        let mut spread = vec![9.0; rows_of_x * 5];
        Eager::new()
            .launch(
                &rows,
                1,
                (
                    GlobalTensor::new(&x, &[rows_of_x, cols]).unwrap().whole(),
                    GlobalTensorMut::new(&mut sums, &[rows_of_x, 1]).unwrap().whole(),
                    GlobalTensorMut::new(&mut at, &[rows_of_x, 1]).unwrap().whole(),
                    GlobalTensorMut::new(&mut spread, &[rows_of_x, 5]).unwrap().whole(),
                ),
            )
            .unwrap();
        for (row, list) in x.chunks(cols).enumerate() {
            let sum: f32 = list.iter().sum();
            let greatest = list.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let first = list.iter().position(|x| *x == greatest).unwrap();
            assert_eq!((sums[row], at[row]), (sum, first as i32));
            assert_eq!(spread[row * 5..][..5], [sum; 5]);
        }
    }
}
