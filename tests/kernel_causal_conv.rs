//! A causal convolution of each channel: `y[t] = sum over k of w[k] * x[t - k]`, in batches, with the rows before a block's part as its
//! halo.

#![allow(clippy::unwrap_used, reason = "a test")]

use tilesync::prelude::*;

const CHANNELS: usize = 16;
const TAPS: usize = 4;
/// Rows of a part, which do not divide a batch.
const PART: usize = 8;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 1, CHANNELS>,
    w: VecTile<'k, f32, 1, CHANNELS>,
    sum: VecTile<'k, f32, 1, CHANNELS>,
}

#[kernel]
fn conv<'k>(
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    w: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
    batch: usize,
) -> Retired<Ub<'k>> {
    let halo = x.halo(TAPS - 1, 0);
    let above = x.origin().0 - halo.origin().0;
    let mut free_x = ub.x.prime::<Vector, TLoad>();
    let mut free_w = ub.w.prime::<Vector, TLoad>();
    let mut free_sum = ub.sum.prime::<TStoreVec, Vector>();
    for row in 0..y.rows() {
        let time = (y.origin().0 + row) % batch;
        let mut sum = texpands(free_sum, 0.0).on::<Vector>();
        for k in 0..TAPS.min(time + 1) {
            let x = tload(free_x, &halo.at(above + row - k, 0)).record::<Vector>();
            let w = tload(free_w, &w.tile(k, 0)).record::<Vector>();
            let term = tmul_assign(x, &w).on::<Vector>();
            sum = tadd_assign(sum, &term).on::<Vector>();
            free_x = term.release::<TLoad>();
            free_w = w.release::<TLoad>();
        }
        free_sum = tstore(&y.tile(row, 0), sum.record::<TStoreVec>()).release::<Vector>();
    }
    Ub::retire(UbTokens { x: free_x, w: free_w, sum: free_sum })
}

#[test]
fn each_batch_starts_anew_and_each_part_sees_the_rows_before_it() {
    for (batches, batch) in [(1, 1), (1, 8), (3, 13), (2, 24), (4, 3)] {
        let shape = [batches, batch, CHANNELS];
        let count: usize = shape.iter().product();
        let x: Vec<f32> = (0..count).map(|i| ((i * 37) % 101) as f32 - 50.0).collect();
        let w: Vec<f32> = (0..TAPS * CHANNELS).map(|i| (i % 7) as f32 - 3.0).collect();
        let blocks = batches * batch.div_ceil(PART);
        let input = GlobalTensor::new(&x, &shape).unwrap().batched_parts(PART, CHANNELS).unwrap();
        let taps = GlobalTensor::new(&w, &[TAPS, CHANNELS]).unwrap().whole();
        // Small whole numbers: sums are exact.
        let want = |at: usize| -> f32 {
            let (row, channel) = (at / CHANNELS, at % CHANNELS);
            let time = row % batch;
            (0..TAPS.min(time + 1))
                .map(|k| w[k * CHANNELS + channel] * x[(row - k) * CHANNELS + channel])
                .sum()
        };
        let orders = [Order::Early, Order::Late, Order::Random(1), Order::Random(2)];
        for order in std::iter::once(None).chain(orders.map(Some)) {
            let mut y = vec![f32::NAN; count];
            let mut out = GlobalTensorMut::new(&mut y, &shape).unwrap();
            let args = (input, taps, out.batched_parts(PART, CHANNELS).unwrap(), batch);
            match order {
                None => Eager::new().launch(&conv, blocks, args).unwrap(),
                Some(order) => {
                    let run = Pipelined::new().order(order).watch(blocks - 1);
                    let report = run.launch(&conv, blocks, args).unwrap();
                    let verdict = tilesync::exec::check::check(&report.program);
                    assert!(verdict.is_clean(), "{verdict}");
                }
            }
            for (at, y) in y.iter().enumerate() {
                assert_eq!(*y, want(at), "{batches} x {batch}, {order:?}, element {at}");
            }
        }
    }
}
