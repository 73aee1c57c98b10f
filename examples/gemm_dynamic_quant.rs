//! A product in i8 of what comes in f32: each token (row) is quantised with a scale of its own, while the kernel runs.
//!
//! ```text
//! cargo run --release --example gemm_dynamic_quant
//! ```
//!
//! A linear layer with weights in i8, a scale for each of their columns, and inputs whose range nobody knows before:
//!
//! * On the vector pipe: the greatest magnitude of each row, 127 divided by it, and TQUANT with that scale for each row.
//! * Into fractals, to L1 and to L0A (TMOV, on a5 there is a path from the unified buffer); the product with the weights, in i32.
//! * Back to the unified buffer (TMOV), to f32 (TCVT), and times both scales: the rows' and the columns'.
//!
//! The quantised rows are made once and stay in L0A while the weights come in, a tile of columns at a time. TQUANT computes in its source
//! on a2a3, so the tile comes back without data: that it is not read afterwards is a matter of types.
//!
//! A row of zeros has no greatest magnitude: 127 / 0 is infinite, and infinity times zero is a NaN, which TQUANT makes 0.

use std::error::Error;

use tilesync::prelude::*;
use tilesync::tile::space;

/// Rows of a block.
pub(crate) const TOKENS: usize = 32;
/// Columns of the inputs at most.
const DEPTH: usize = 512;
/// Columns of the weights in a tile.
const WIDTH: usize = 64;

#[derive(Buffers)]
pub(crate) struct Tiles<'k> {
    x: VecTile<'k, f32, TOKENS, DEPTH, Dyn, A5>,
    magnitudes: VecTile<'k, f32, TOKENS, DEPTH, Dyn, A5>,
    tmp: VecTile<'k, f32, TOKENS, DEPTH, Dyn, A5>,
    most: VecCol<'k, f32, TOKENS, Dyn, A5>,
    scale: VecCol<'k, f32, TOKENS, Dyn, A5>,
    q: VecTile<'k, i8, TOKENS, DEPTH, Dyn, A5>,
    fractals: Tile<'k, space::Vec, i8, TOKENS, DEPTH, Nz, Dyn, A5>,
    rows: MatTile<'k, i8, TOKENS, DEPTH, Dyn, Nz, A5>,
    left: LeftTile<'k, i8, TOKENS, DEPTH, Dyn, A5>,
    weights: [MatTile<'k, i8, DEPTH, WIDTH, Dyn, Nz, A5>; 2],
    right: RightTile<'k, i8, DEPTH, WIDTH, Dyn, A5>,
    acc: AccTile<'k, i32, TOKENS, WIDTH, Dyn, A5>,
    sums: VecTile<'k, i32, TOKENS, WIDTH, Dyn, A5>,
    y: VecTile<'k, f32, TOKENS, WIDTH, Dyn, A5>,
    scratch: VecTile<'k, f32, TOKENS, WIDTH, Dyn, A5>,
    line: VecTile<'k, f32, 1, WIDTH, Dyn, A5>,
}

/// `y = quantised(x) * weights * scales`; each block computes [`TOKENS`] rows.
#[kernel]
pub(crate) fn gemm_dynamic_quant<'k>(
    tiles: Tiles<'k>,
    x: GlobalIn<'k, f32>,
    weights: GlobalIn<'k, i8>,
    scales: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
) -> Retired<Tiles<'k>> {
    let x = tload(tiles.x, &x.tile(0, 0)).record::<Vector>().wait();
    let (mut tmp, mut spare) = (tiles.tmp.on::<Vector>(), tiles.scratch.on::<Vector>());
    let magnitudes = tabs(tiles.magnitudes, &x);
    let most = trowmax(tiles.most, &magnitudes, &mut tmp);
    let scale = tmuls(tiles.scale, &most, 1.0 / 127.0);
    let inverse = tdivs_into_assign(most, 127.0);
    let (q, x) = tquant(tiles.q, x, &inverse, &mut tmp).split();

    let fractals = tmov(tiles.fractals, &q).record::<TMovV2M>();
    let rows = tmov(tiles.rows, &fractals).record::<TMovM2L>();
    let left = tmov(tiles.left, &rows).record::<TMatmul>();

    let mut slots = tiles.weights.map(|slot| slot.prime::<TMovM2R, TLoad>());
    let mut right = tiles.right.prime::<TMatmul, TMovM2R>();
    let mut acc = tiles.acc.prime::<TMovA2V, TMatmul>();
    let mut sums = tiles.sums.prime::<Vector, TMovA2V>();
    let mut made = tiles.y.prime::<TStoreVec, Vector>();
    let mut line = tiles.line.prime::<Vector, TLoad>();
    for j in (0..weights.cols()).step_by(WIDTH) {
        let (slot, open) = slots.take();
        let loaded = tload(slot, &weights.at(0, j).sized(DEPTH, WIDTH)).record::<TMovM2R>();
        let of_columns = tload(line, &scales.at(0, j).sized(1, WIDTH)).record::<Vector>();
        let factor = tmov(right, &loaded).record::<TMatmul>();
        slots = open.put(loaded.release());
        let product = tmatmul(acc, &left, &factor).record::<TMovA2V>();
        right = factor.release();
        let integers = tmov(sums, &product).record::<Vector>();
        acc = product.release();
        let result = tcvt(made, &integers, RoundMode::Rint);
        sums = integers.release();
        let result = trowexpandmul_assign(result, &scale, &mut spare);
        let result = tcolexpandmul_assign(result, &of_columns).record::<TStoreVec>();
        line = of_columns.release();
        made = tstore(&y.at(0, j), result).release();
    }
    Tiles::retire(TilesTokens {
        x,
        magnitudes,
        tmp,
        most: inverse,
        scale,
        q,
        fractals,
        rows,
        left,
        weights: slots,
        right,
        acc,
        sums,
        y: made,
        scratch: spare,
        line,
    })
}

/// What the kernel computes for a row, step by step.
fn quantised(row: &[f32]) -> (f32, Vec<i64>) {
    let most = row.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
    let inverse = 127.0 / most;
    let integer = |x: &f32| (x * inverse).round_ties_even() as i8;
    (most * (1.0 / 127.0), row.iter().map(|x| i64::from(integer(x))).collect())
}

/// Runs it on `m` tokens of `k` numbers by `k` x `n` weights, on every executor, and compares with exact sums.
fn verify(m: usize, k: usize, n: usize) -> Result<(), Box<dyn Error>> {
    let mut random = fastrand::Rng::with_seed(1);
    // Tokens of very different sizes, one of them nothing.
    let x: Vec<f32> = (0..m * k)
        .map(|at| {
            (random.f32() - 0.5) * if at / k == m / 2 { 0.0 } else { ((at / k) % 9) as f32 + 0.01 }
        })
        .collect();
    let weights: Vec<i8> = (0..k * n).map(|_| random.i8(..)).collect();
    let scales: Vec<f32> = (0..n).map(|_| 0.001 + random.f32() * 0.02).collect();

    let run = |order: Option<Order>| -> Result<Vec<f32>, Box<dyn Error>> {
        let inputs = GlobalTensor::new(&x, &[m, k])?;
        let weights = GlobalTensor::new(&weights, &[k, n])?;
        let scales = GlobalTensor::new(&scales, &[1, n])?;
        let mut y = vec![f32::NAN; m * n];
        let mut outputs = GlobalTensorMut::new(&mut y, &[m, n])?;
        let args =
            (inputs.parts(TOKENS, k)?, weights.whole(), scales.whole(), outputs.parts(TOKENS, n)?);
        let blocks = m.div_ceil(TOKENS);
        match order {
            None => Eager::new().launch(&gemm_dynamic_quant, blocks, args)?,
            Some(order) => {
                drop(Pipelined::new().order(order).launch(&gemm_dynamic_quant, blocks, args)?);
            }
        }
        Ok(y)
    };

    let y = run(None)?;
    for order in [Order::Early, Order::Late, Order::Random(1)] {
        let same = run(Some(order))?.iter().zip(&y).all(|(x, y)| x.to_bits() == y.to_bits());
        if !same {
            return Err(format!("{order:?} computes other bits").into());
        }
    }
    let mut worst = 0.0_f64;
    for i in 0..m {
        let row = &x[i * k..][..k];
        let (scale, integers) = quantised(row);
        for j in 0..n {
            let column = || (0..k).map(|l| i64::from(weights[l * n + j]));
            let sum: i64 = integers.iter().zip(column()).map(|(x, y)| x * y).sum();
            let (got, expected) = (y[i * n + j], sum as f32 * scale * scales[j]);
            if got.to_bits() != expected.to_bits() && (got, expected) != (0.0, 0.0) {
                return Err(format!("y[{i}, {j}] is {got}, expected {expected}").into());
            }
            let exact: f64 = row.iter().zip(column()).map(|(x, y)| f64::from(*x) * y as f64).sum();
            // An element is off by half a step, and a weight is at most 128.
            let bound = k as f64 * 128.0 * f64::from(scale) * 0.51 * f64::from(scales[j]);
            let error = (f64::from(got) - exact * f64::from(scales[j])).abs();
            if error > bound {
                return Err(format!("y[{i}, {j}] is {error} off, more than {bound}").into());
            }
            worst = worst.max(error);
        }
    }
    println!(
        "verified: {m} x {k} x {n}, the same bits on every schedule; quantising costs {worst:.4} at most"
    );
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    verify(64, 512, 256)?;
    verify(45, 333, 177)?;
    verify(1, 1, 1)
}
