//! Softmax over the rows of a 4096 x 1024 matrix.
//!
//! ```text
//! cargo run --release --example softmax
//! ```
//!
//! A whole chain of vector ops between a load and a store. Ops of one pipe pass their tiles on without flags; the library places the
//! barriers that a2a3's vector pipe needs. The loaded tile is read twice, by TROWMAX and by TROWEXPANDEXPDIF: the event was recorded
//! for the class `Vector`, and only the first of them waits.

use std::error::Error;
use std::time::Instant;

use tilesync::prelude::*;

pub(crate) const COLS: usize = 1024;
/// Rows of a tile.
const TILE: usize = 8;
/// Rows of a block.
pub(crate) const BLOCK: usize = 64;

#[derive(Buffers)]
pub(crate) struct Ub<'k> {
    x: [VecTile<'k, f32, TILE, COLS>; 2],
    p: [VecTile<'k, f32, TILE, COLS>; 2],
    max: VecCol<'k, f32, TILE>,
    sum: VecCol<'k, f32, TILE>,
    tmp: VecTile<'k, f32, TILE, COLS>,
}

#[kernel]
pub(crate) fn softmax<'k>(
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    let mut free_x = ub.x.map(|tile| tile.prime::<Vector, TLoad>());
    let mut free_p = ub.p.map(|tile| tile.prime::<TStoreVec, Vector>());
    let mut free_max = ub.max.on::<Vector>();
    let mut free_sum = ub.sum.on::<Vector>();
    let mut tmp = ub.tmp.on::<Vector>();
    for i in 0..x.rows() / TILE {
        let [x_now, x_next] = free_x;
        let [p_now, p_next] = free_p;

        let loaded = tload(x_now, &x.tile(i, 0)).record::<Vector>();
        let max = trowmax(free_max, &loaded, &mut tmp);
        let p = trowexpandexpdif(p_now, &loaded, &max, &mut tmp);
        free_x = [x_next, loaded.release::<TLoad>()];

        let sum = trowsum(free_sum, &p, &mut tmp);
        // One division a row, and a product for each element. The maximum is not needed any more.
        let scale = trecip(max, &sum);
        let p = trowexpandmul_assign(p, &scale, &mut tmp);
        let stored = tstore(&y.tile(i, 0), p.record::<TStoreVec>());
        free_p = [p_next, stored.release::<Vector>()];

        free_max = scale.on::<Vector>().discard();
        free_sum = sum.on::<Vector>().discard();
    }
    Ub::retire(UbTokens { x: free_x, p: free_p, max: free_max, sum: free_sum, tmp })
}

fn main() -> Result<(), Box<dyn Error>> {
    let rows = 4096;
    let shape = [rows, COLS];
    let mut random = fastrand::Rng::with_seed(1);
    let x: Vec<f32> = (0..rows * COLS).map(|_| random.f32() * 20.0 - 10.0).collect();
    let [mut fast, mut faithful] = [(); 2].map(|()| vec![f32::NAN; x.len()]);

    let input = GlobalTensor::new(&x, &shape)?.parts(BLOCK, COLS)?;
    let mut output = GlobalTensorMut::new(&mut fast, &shape)?;
    let start = Instant::now();
    Eager::new().launch(&softmax, rows / BLOCK, (input, output.parts(BLOCK, COLS)?))?;
    let took = start.elapsed().as_secs_f64();
    println!("eager: {:.1} ms, {:.2} ns an element", took * 1e3, took / x.len() as f64 * 1e9);

    let mut output = GlobalTensorMut::new(&mut faithful, &shape)?;
    let executor = Pipelined::new().watch(1);
    let args = (input, output.parts(BLOCK, COLS)?);
    let report = executor.launch(&softmax, rows / BLOCK, args)?;
    println!("\n{}", report.timeline);

    let worst = worst_error(&x, &fast);
    println!("largest error: {worst:.1e} of the value");
    if worst > 1e-5 || fast != faithful {
        return Err("softmax is wrong, or the executors differ".into());
    }
    println!("verified: {rows} x {COLS} against f64, and both executors bit for bit");
    Ok(())
}

/// The largest relative error against plain `f64`.
pub(crate) fn worst_error(x: &[f32], y: &[f32]) -> f64 {
    let mut worst = 0.0_f64;
    for (x, y) in x.chunks_exact(COLS).zip(y.chunks_exact(COLS)) {
        let max = x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let exp: Vec<f64> = x.iter().map(|x| (f64::from(*x) - f64::from(max)).exp()).collect();
        let sum: f64 = exp.iter().sum();
        for (exp, y) in exp.iter().zip(y) {
            let error = (f64::from(*y) * sum / exp - 1.0).abs();
            worst = if error.is_nan() { f64::INFINITY } else { worst.max(error) };
        }
    }
    worst
}
