//! Layer normalisation: each row less its mean, over its deviation, times a factor and plus an offset for each column.
//!
//! ```text
//! cargo run --release --example layernorm
//! ```
//!
//! `y = (x - mean) / sqrt(var + eps) * gamma + beta`. The rows `gamma` and `beta` are loaded once; from then on they stay on the
//! vector pipe, which waits for them at their first use only. The rows of `x` come in two slots: while MTE2 fills one, V works on
//! the other. The squares go where `x` was, since nobody reads it any more; the slot is handed back to MTE2 after that. For `y`
//! one slot will do: while MTE3 empties it, V sums up the next rows.
//!
//! Any number of rows, of up to `COLS` columns: the tiles' valid regions (`Dyn`) say how much there is. What IEEE arithmetic
//! makes of odd rows: one with a NaN or an infinity becomes NaN as a whole, and leaves the others alone; where the sum of
//! the squares overflows, for values of 1e18 and more, the deviation is infinite and `beta` is what remains.

use std::error::Error;

use tilesync::prelude::*;

/// Columns that a tile holds.
pub(crate) const COLS: usize = 1024;
/// Rows of a tile, and of a block.
pub(crate) const TILE: usize = 8;
pub(crate) const BLOCK: usize = 64;
/// Keeps a row of equal values from a division by zero.
pub(crate) const EPS: f32 = 1e-5;

type Rows<'k> = VecTile<'k, f32, TILE, COLS, Dyn>;
type OneRow<'k> = VecTile<'k, f32, 1, COLS, Dyn>;

#[derive(Buffers)]
pub(crate) struct Ub<'k> {
    x: [Rows<'k>; 2],
    y: Rows<'k>,
    gamma: OneRow<'k>,
    beta: OneRow<'k>,
    column: VecCol<'k, f32, TILE, Dyn>,
    tmp: Rows<'k>,
}

#[kernel]
pub(crate) fn layernorm<'k>(
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    gamma: GlobalIn<'k, f32>,
    beta: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    let cols = x.cols() as f32;
    let gamma = tload(ub.gamma, &gamma.at(0, 0)).record::<Vector>();
    let beta = tload(ub.beta, &beta.at(0, 0)).record::<Vector>();
    let mut free_x = ub.x.map(|tile| tile.prime::<Vector, TLoad>());
    let mut free_y = ub.y.prime::<TStoreVec, Vector>();
    let mut column = ub.column.on::<Vector>();
    let mut tmp = ub.tmp.on::<Vector>();
    for i in 0..x.rows().div_ceil(TILE) {
        let [x_now, x_next] = free_x;
        let x = tload(x_now, &x.tile(i, 0)).record::<Vector>();

        let mean = tdivs_assign(trowsum(column, &x, &mut tmp), cols);
        let centred = trowexpandsub(free_y, &x, &mean, &mut tmp);
        let squares = tmul(x, &centred, &centred);
        let variance = tdivs_assign(trowsum(mean, &squares, &mut tmp), cols);
        free_x = [x_next, squares.on::<Vector>().release::<TLoad>()];

        let scale = trsqrt_assign(tadds_assign(variance, EPS));
        let scaled = trowexpandmul_assign(centred, &scale, &mut tmp);
        let shifted = tcolexpandadd_assign(tcolexpandmul_assign(scaled, &gamma), &beta);
        let stored = tstore(&y.tile(i, 0), shifted.record::<TStoreVec>());
        free_y = stored.release::<Vector>();
        column = scale.on::<Vector>().discard();
    }
    Ub::retire(UbTokens { x: free_x, y: free_y, gamma, beta, column, tmp })
}

/// A row in `f64`, each value with a bound for the error of one that was computed in `f32`.
pub(crate) fn exact(x: &[f32], gamma: &[f32], beta: &[f32]) -> Vec<(f64, f64)> {
    let count = x.len() as f64;
    let mean = x.iter().map(|x| f64::from(*x)).sum::<f64>() / count;
    let square = |x: &f32| (f64::from(*x) - mean).powi(2);
    let deviation = (x.iter().map(square).sum::<f64>() / count + f64::from(EPS)).sqrt();
    // A sum of n terms in a tree of additions is off by about log n roundings of the terms' magnitudes. So is the mean, and by as
    // much each difference from it.
    let rounding = f64::from(f32::EPSILON) * (count.log2() + 4.0);
    let magnitude = x.iter().map(|x| f64::from(x.abs())).sum::<f64>() / count;
    let off = rounding * magnitude / deviation;
    x.iter()
        .zip(gamma.iter().zip(beta))
        .map(|(x, (gamma, beta))| {
            let normal = (f64::from(*x) - mean) / deviation;
            let (gamma, beta) = (f64::from(*gamma), f64::from(*beta));
            let bound = (off + rounding * normal.abs()) * (1.0 + off) * gamma.abs();
            (normal * gamma + beta, bound + rounding * beta.abs())
        })
        .collect()
}

/// Runs it on every executor, and compares with `f64`.
fn verify(rows: usize, cols: usize) -> Result<(), Box<dyn Error>> {
    let mut random = fastrand::Rng::with_seed(1);
    let mut draw = |count| (0..count).map(|_| random.f32() * 8.0 - 3.0).collect::<Vec<_>>();
    let (x, gamma, beta) = (draw(rows * cols), draw(cols), draw(cols));
    let input = GlobalTensor::new(&x, &[rows, cols])?.parts(BLOCK, cols)?;
    let (factor, offset) =
        (GlobalTensor::new(&gamma, &[cols])?, GlobalTensor::new(&beta, &[cols])?);
    let blocks = rows.div_ceil(BLOCK);

    let run = |order: Option<Order>| -> Result<Vec<f32>, Box<dyn Error>> {
        let mut y = vec![f32::NAN; x.len()];
        let mut output = GlobalTensorMut::new(&mut y, &[rows, cols])?;
        let args = (input, factor.whole(), offset.whole(), output.parts(BLOCK, cols)?);
        match order {
            None => Eager::new().launch(&layernorm, blocks, args)?,
            Some(order) => drop(Pipelined::new().order(order).launch(&layernorm, blocks, args)?),
        }
        Ok(y)
    };

    let y = run(None)?;
    for order in [Order::Early, Order::Late, Order::Random(1)] {
        if run(Some(order))?.iter().zip(&y).any(|(a, b)| a.to_bits() != b.to_bits()) {
            return Err(format!("{order:?} computes other bits").into());
        }
    }
    let mut worst = 0.0_f64;
    for (row, (x, y)) in x.chunks(cols).zip(y.chunks(cols)).enumerate() {
        for (col, (y, (exact, bound))) in y.iter().zip(exact(x, &gamma, &beta)).enumerate() {
            let share = (f64::from(*y) - exact).abs() / bound;
            if share.is_nan() || share > 1.0 {
                return Err(format!("y[{row}, {col}] is {y}, expected {exact}").into());
            }
            worst = worst.max(share);
        }
    }
    println!(
        "verified: {rows} x {cols}, the same bits on every schedule, errors up to {worst:.2} of the bound"
    );
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    verify(4096, 1024)?;
    verify(1000, 777)?;
    verify(9, 1)?;
    verify(1, 1000)
}
