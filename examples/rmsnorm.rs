//! RMS normalisation: each row by the root of its mean square, times a factor for each column.
//!
//! ```text
//! cargo run --release --example rmsnorm
//! ```
//!
//! `y = x / sqrt(mean(x^2) + eps) * gamma`. A tile of `y` is written twice: first it takes the squares, of which only the sum is
//! needed, then the result. That is two ops of one pipe, and so there is no flag between them. MTE2 fills one slot of `x`, and MTE3
//! empties one of `y`, while V works on the others.
//!
//! Any number of rows, of up to `COLS` columns: the tiles' valid regions (`Dyn`) say how much there is. What IEEE arithmetic
//! makes of odd rows: one with a NaN becomes NaN as a whole; in one with an infinity the infinities become NaN and all else 0,
//! since all else is small beside it. Where the sum of the squares overflows, for values of 1e18 and more, the row becomes 0 too.

use std::error::Error;

use tilesync::prelude::*;

/// Columns that a tile holds.
pub(crate) const COLS: usize = 1024;
/// Rows of a tile, and of a block.
pub(crate) const TILE: usize = 8;
pub(crate) const BLOCK: usize = 64;
/// Keeps a row of zeros from a division by zero.
pub(crate) const EPS: f32 = 1e-6;

type Rows<'k> = VecTile<'k, f32, TILE, COLS, Dyn>;

#[derive(Buffers)]
pub(crate) struct Ub<'k> {
    x: [Rows<'k>; 2],
    y: [Rows<'k>; 2],
    gamma: VecTile<'k, f32, 1, COLS, Dyn>,
    column: VecCol<'k, f32, TILE, Dyn>,
    tmp: Rows<'k>,
}

#[kernel]
pub(crate) fn rmsnorm<'k>(
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    gamma: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    let cols = x.cols() as f32;
    let gamma = tload(ub.gamma, &gamma.at(0, 0)).record::<Vector>();
    let mut free_x = ub.x.map(|tile| tile.prime::<Vector, TLoad>());
    let mut free_y = ub.y.map(|tile| tile.prime::<TStoreVec, Vector>());
    let mut column = ub.column.on::<Vector>();
    let mut tmp = ub.tmp.on::<Vector>();
    for i in 0..x.rows().div_ceil(TILE) {
        let [x_now, x_next] = free_x;
        let [y_now, y_next] = free_y;
        let x = tload(x_now, &x.tile(i, 0)).record::<Vector>();

        let squares = tmul(y_now, &x, &x);
        let mean = tdivs_assign(trowsum(column, &squares, &mut tmp), cols);
        let scale = trsqrt_assign(tadds_assign(mean, EPS));
        let scaled = trowexpandmul(squares, &x, &scale, &mut tmp);
        free_x = [x_next, x.release::<TLoad>()];

        let scaled = tcolexpandmul_assign(scaled, &gamma).record::<TStoreVec>();
        free_y = [y_next, tstore(&y.tile(i, 0), scaled).release::<Vector>()];
        column = scale.on::<Vector>().discard();
    }
    Ub::retire(UbTokens { x: free_x, y: free_y, gamma, column, tmp })
}

/// A row in `f64`.
pub(crate) fn exact(x: &[f32], gamma: &[f32]) -> Vec<f64> {
    let squares: f64 = x.iter().map(|x| f64::from(*x).powi(2)).sum();
    let root = (squares / x.len() as f64 + f64::from(EPS)).sqrt();
    x.iter().zip(gamma).map(|(x, gamma)| f64::from(*x) / root * f64::from(*gamma)).collect()
}

/// How much of its value an element may be off: in each of the log n + 1 additions of the row sum's tree, of positive terms, the
/// rounding weighs half since a root follows; ten are enough for all the other ops.
pub(crate) fn bound(cols: usize) -> f64 {
    ((cols as f64).log2() + 10.0) * f64::from(f32::EPSILON)
}

/// Runs it on every executor, and compares with `f64`.
fn verify(rows: usize, cols: usize) -> Result<(), Box<dyn Error>> {
    let mut random = fastrand::Rng::with_seed(1);
    let mut draw = |count| (0..count).map(|_| random.f32() * 8.0 - 3.0).collect::<Vec<_>>();
    let (x, gamma) = (draw(rows * cols), draw(cols));
    let input = GlobalTensor::new(&x, &[rows, cols])?.parts(BLOCK, cols)?;
    let factor = GlobalTensor::new(&gamma, &[cols])?.whole();
    let blocks = rows.div_ceil(BLOCK);

    let run = |order: Option<Order>| -> Result<Vec<f32>, Box<dyn Error>> {
        let mut y = vec![f32::NAN; x.len()];
        let mut output = GlobalTensorMut::new(&mut y, &[rows, cols])?;
        let args = (input, factor, output.parts(BLOCK, cols)?);
        match order {
            None => Eager::new().launch(&rmsnorm, blocks, args)?,
            Some(order) => drop(Pipelined::new().order(order).launch(&rmsnorm, blocks, args)?),
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
        for (col, (y, exact)) in y.iter().zip(exact(x, &gamma)).enumerate() {
            let error = (f64::from(*y) - exact).abs() / exact.abs();
            if error.is_nan() || error > bound(cols) {
                return Err(format!("y[{row}, {col}] is {y}, expected {exact}").into());
            }
            worst = worst.max(error);
        }
    }
    println!(
        "verified: {rows} x {cols}, the same bits on every schedule, errors up to {worst:.1e} of the value"
    );
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    verify(4096, 1024)?;
    verify(1000, 777)?;
    verify(9, 1)?;
    verify(1, 1000)
}
