//! Softmax of 4096 x 1024 f32, beside a plain scalar loop and beside a loop that only moves the data.
//!
//! ```text
//! cargo bench --bench softmax
//! ```

mod measure;

use measure::{in_turns, on_threads};
use rayon::prelude::*;
use tilesync::prelude::*;

const ROWS: usize = 4096;
const COLS: usize = 1024;
const TILE: usize = 8;
const BLOCK: usize = 64;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, TILE, COLS>,
    max: VecCol<'k, f32, TILE>,
    sum: VecCol<'k, f32, TILE>,
    tmp: VecTile<'k, f32, TILE, COLS>,
}

/// In place: load, subtract the maximum, exponentiate, divide by the sum, store.
#[kernel]
fn softmax<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let mut free = ub.x.prime::<TStoreVec, TLoad>();
    let mut free_max = ub.max.on::<Vector>();
    let mut free_sum = ub.sum.on::<Vector>();
    let mut tmp = ub.tmp.on::<Vector>();
    for i in 0..x.rows() / TILE {
        let p = tload(free, &x.tile(i, 0)).record::<Vector>();
        let max = trowmax(free_max, &p, &mut tmp);
        let p = texp_assign(trowexpandsub_assign(p, &max, &mut tmp));
        let sum = trowsum(free_sum, &p, &mut tmp);
        let p = trowexpanddiv_assign(p, &sum, &mut tmp).record::<TStoreVec>();
        free = tstore(&y.tile(i, 0), p).release::<TLoad>();
        free_max = max.on::<Vector>().discard();
        free_sum = sum.on::<Vector>().discard();
    }
    Ub::retire(free, free_max, free_sum, tmp)
}

fn tiles(x: &[f32], y: &mut [f32]) {
    let shape = [ROWS, COLS];
    let x = GlobalTensor::new(x, &shape).and_then(|x| x.parts(BLOCK, COLS)).expect("valid");
    let mut y = GlobalTensorMut::new(y, &shape).expect("valid");
    let args = (x, y.parts(BLOCK, COLS).expect("valid"));
    Eager::new().launch(&softmax, ROWS / BLOCK, args).expect("a right launch");
}

fn rows(x: &[f32], y: &mut [f32], row: impl Fn(&[f32], &mut [f32]) + Sync) {
    let rows = y.par_chunks_mut(COLS).zip(x.par_chunks(COLS)).with_min_len(BLOCK);
    rows.for_each(|(y, x)| row(x, y));
}

/// What one writes without thinking of vector instructions.
fn scalar(x: &[f32], y: &mut [f32]) {
    let max = x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for (y, x) in y.iter_mut().zip(x) {
        *y = (x - max).exp();
        sum += *y;
    }
    for y in y {
        *y /= sum;
    }
}

fn main() {
    let mut random = fastrand::Rng::with_seed(1);
    let x: Vec<f32> = (0..ROWS * COLS).map(|_| random.f32() * 20.0 - 10.0).collect();
    let mut y: [Vec<f32>; 3] = std::array::from_fn(|_| vec![1.0; ROWS * COLS]);
    println!("softmax 4096 x 1024 f32, ns an element");
    println!("threads   tiles   plain scalar loop   moving the data   tiles beside moving");
    for threads in [1, 2] {
        let [ours, plain, limit] = on_threads(threads, || {
            let [y0, y1, y2] = &mut y;
            in_turns(
                9,
                [&mut || tiles(&x, y0), &mut || rows(&x, y1, scalar), &mut || {
                    rows(&x, y2, |x, y| y.copy_from_slice(x));
                }],
            )
        })
        .map(|time| time / (ROWS * COLS) as f64 * 1e9);
        println!("{threads:7}  {ours:6.2}  {plain:18.2}  {limit:16.2}  {:20.1} x", ours / limit);
    }
    let close = |(ours, plain): (&f32, &f32)| (ours - plain).abs() <= 1e-5 * plain.abs();
    assert!(y[0].iter().zip(&y[1]).all(close), "the results differ");
}
