//! A product whose weights are whole numbers, on a5: straight from core to core, with no message in global memory.
//!
//! ```text
//! cargo run --release --example gemm_weights_a5
//! ```
//!
//! `y = a · (w · scale) + bias`: `a` in f16, `w` in i8, a scale and a bias for each column. The vector cores make f16 of the weights and
//! store them into L1 of their cube core (`V2M`), which multiplies, and stores its sums into the unified buffer of each vector core
//! (`A2V`). A message is a tile where it lies: MTE1 moves it on from there, and the vector pipe adds the bias as it reads it.
//!
//! Both sides walk one schedule. There is a tile of weights for each step of it, and sums for those steps alone that end a column.

use std::error::Error;

use tilesync::cluster::When;
use tilesync::exec::ClusterReport;
use tilesync::prelude::*;
use tilesync::tile::{Full, Nz, Tile, space};

/// Rows and columns of a tile of the result, and the depth of a tile of the factors.
pub(crate) const M: usize = 64;
const N: usize = 64;
const K: usize = 64;

/// A tile of weights: where it begins, and whether it is the last one of its columns.
pub(crate) struct Weights {
    row: usize,
    column: usize,
    last: bool,
}

/// The sums of a column are whole.
pub(crate) enum Last {}

impl When<Weights> for Last {
    fn when(step: &Weights) -> bool {
        step.last
    }
}

#[derive(Fifos)]
pub(crate) struct Links<'k, R> {
    weights: V2M<'k, R, Weights, f16, K, N, 4>,
    sums: A2V<'k, R, Weights, f32, M, N, 2, A5, Last>,
}

#[derive(Buffers)]
pub(crate) struct Cube<'k> {
    a: [MatTile<'k, f16, M, K, Full, Nz, A5>; 2],
    left: [LeftTile<'k, f16, M, K, Full, A5>; 2],
    right: [RightTile<'k, f16, K, N, Full, A5>; 2],
    acc: AccTile<'k, f32, M, N, Full, A5>,
}

/// The plan of each vector core: half of the rows are its own.
#[derive(Buffers)]
pub(crate) struct Vectors<'k> {
    w: [VecTile<'k, i8, { K / 2 }, N, Full, A5>; 2],
    weights: VecTile<'k, f16, { K / 2 }, N, Full, A5>,
    fractals: [Tile<'k, space::Vec, f16, { K / 2 }, N, Nz, Full, A5>; 2],
    scale: VecTile<'k, f16, 1, N, Full, A5>,
    bias: VecTile<'k, f32, 1, N, Full, A5>,
    y: VecTile<'k, f32, { M / 2 }, N, Full, A5>,
}

/// Rows and columns of the weights.
pub(crate) struct GemmWeights {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
}

#[cluster]
impl GemmWeights {
    /// The tiles of a column from the top to the bottom, column after column.
    fn schedule(&self, _block: usize) -> Vec<Weights> {
        let columns = (0..self.columns).step_by(N);
        let tiles = columns.flat_map(|column| {
            let rows = (0..self.rows).step_by(K);
            rows.map(move |row| Weights { row, column, last: row + K >= self.rows })
        });
        tiles.collect()
    }

    /// Multiplies the block's rows by each tile of weights, and pushes the sums of each column.
    fn cube<'k>(
        tiles: Cube<'k>,
        links: Links<'k, OnCube>,
        a: GlobalIn<'k, f16>,
    ) -> Retired<(Cube<'k>, Links<'k, OnCube>)> {
        let mut free_a = tiles.a.map(|tile| tile.prime::<TMovM2L, TLoad>());
        let mut free_left = tiles.left.map(|tile| tile.prime::<TMatmul, TMovM2L>());
        let mut free_right = tiles.right.map(|tile| tile.prime::<TMatmul, TMovM2R>());
        let mut acc = Turn::First(tiles.acc.prime::<TStoreAcc, TMatmul>());

        let (mut weights, mut sums) = (links.weights, links.sums);
        let weights = loop {
            let step = match weights.next() {
                Next::Step(step) => step,
                Next::End(end) => break end,
            };
            let (row, last) = (step.row, step.last);
            let (slot, open) = free_a.take();
            let a = tload(slot, &a.at(0, row)).record::<TMovM2L>();
            let (slot, open_left) = free_left.take();
            let left = tmov(slot, &a).record::<TMatmul>();
            free_a = open.put(a.release());

            let message = tpop_slot(step);
            let (slot, open_right) = free_right.take();
            let right = tmov(slot, &message.as_tile::<K, N>()).record::<TMatmul>();
            weights = tfree(message);

            let sum = match acc {
                Turn::First(free) => tmatmul(free, &left, &right),
                Turn::Later(sum) => tmatmul_acc(sum, &left, &right),
            };
            free_left = open_left.put(left.release());
            free_right = open_right.put(right.release());
            acc = if last {
                let Next::Step(step) = sums.next() else { unreachable!("sums for each column") };
                let stored;
                (stored, sums) = tpush(step, sum.record::<TStoreAcc>());
                Turn::First(stored.release())
            } else {
                Turn::Later(sum)
            };
        };
        let Turn::First(acc) = acc else { unreachable!("the last tile ends its column") };
        let cube = CubeTokens { a: free_a, left: free_left, right: free_right, acc };
        Cube::retire(cube).and(Links::retire(LinksTokens { weights, sums: sums.next().end() }))
    }

    /// Makes f16 of its half of each tile of weights; adds the bias to its half of the sums.
    fn vector<'k>(
        core: Core<'k, A5>,
        tiles: Vectors<'k>,
        links: Links<'k, OnVector>,
        w: GlobalIn<'k, i8>,
        scale: GlobalIn<'k, f16>,
        bias: GlobalIn<'k, f32>,
        y: GlobalOut<'k, f32>,
    ) -> Retired<(Vectors<'k>, Links<'k, OnVector>)> {
        let half = core.subblock_idx() * K / 2;
        let mut free_w = tiles.w.map(|tile| tile.prime::<Vector, TLoad>());
        let mut free_fractals = tiles.fractals.map(|tile| tile.prime::<TStoreVec, Vector>());
        let mut free_weights = tiles.weights.on::<Vector>();
        let mut free_scale = tiles.scale.prime::<Vector, TLoad>();
        let mut free_bias = tiles.bias.prime::<Vector, TLoad>();
        let mut free_y = tiles.y.prime::<TStoreVec, Vector>();

        let (mut weights, mut sums) = (links.weights, links.sums);
        let weights = loop {
            let step = match weights.next() {
                Next::Step(step) => step,
                Next::End(end) => break end,
            };
            let Weights { row, column, last } = *step;
            let (slot, open) = free_w.take();
            let numbers = tload(slot, &w.at(row + half, column)).record::<Vector>();
            let scale = tload(free_scale, &scale.at(0, column)).record::<Vector>();
            let floats = tcvt(free_weights, &numbers, RoundMode::Rint);
            free_w = open.put(numbers.release());
            let scaled = tcolexpandmul_assign(floats, &scale);
            free_scale = scale.release();
            let (slot, open) = free_fractals.take();
            let fractals = tmov(slot, &scaled).record::<TStoreVec>();
            free_weights = scaled.discard().on();
            let stored;
            (stored, weights) = tpush(step, fractals);
            free_fractals = open.put(stored.release());

            if last {
                let Next::Step(step) = sums.next() else { unreachable!("sums for each column") };
                let bias = tload(free_bias, &bias.at(0, column)).record::<Vector>();
                let message = tpop_slot(step);
                let sum = tcolexpandadd(free_y, &message.as_tile::<{ M / 2 }, N>(), &bias);
                sums = tfree(message);
                free_bias = bias.release();
                free_y = tstore(&y.at(0, column), sum.record::<TStoreVec>()).release();
            }
        };
        let vectors = VectorsTokens {
            w: free_w,
            weights: free_weights,
            fractals: free_fractals,
            scale: free_scale,
            bias: free_bias,
            y: free_y,
        };
        Vectors::retire(vectors)
            .and(Links::retire(LinksTokens { weights, sums: sums.next().end() }))
    }
}

/// The factors, and a scale and a bias for each column.
type Operands<'a> = (&'a [f16], &'a [i8], &'a [f16], &'a [f32]);

/// Runs it on `m` x `k` by `k` x `n` numbers, multiples of 64: eagerly, or in an order of the pipelined executor, which then reports.
pub(crate) fn run(
    (a, w, scale, bias): Operands<'_>,
    (m, k, n): (usize, usize, usize),
    y: &mut [f32],
    order: Option<Order>,
) -> Result<Option<ClusterReport>, LaunchError> {
    let (a, w) = (GlobalTensor::new(a, &[m, k])?, GlobalTensor::new(w, &[k, n])?);
    let (scale, bias) = (GlobalTensor::new(scale, &[1, n])?, GlobalTensor::new(bias, &[1, n])?);
    let mut out = GlobalTensorMut::new(y, &[m, n])?;
    let cube = (a.parts(M, k)?,);
    let vector = (w.whole(), scale.whole(), bias.whole(), out.parts(M, n)?);
    let (kernel, blocks) = (GemmWeights { rows: k, columns: n }, m.div_ceil(M));
    match order {
        None => Eager::new().launch_cluster(&kernel, blocks, cube, vector).map(|()| None),
        Some(order) => {
            Pipelined::new().order(order).launch_cluster(&kernel, blocks, cube, vector).map(Some)
        }
    }
}

/// Compares its result on `m` x `k` by `k` x `n` numbers with sums in f64, on every executor.
fn verify(m: usize, k: usize, n: usize) -> Result<(), Box<dyn Error>> {
    let mut random = fastrand::Rng::with_seed(1);
    let a: Vec<f16> = (0..m * k).map(|_| f16::from_f32(random.f32() - 0.5)).collect();
    let w: Vec<i8> = (0..k * n).map(|_| random.i8(..)).collect();
    let scale: Vec<f16> = (0..n).map(|_| f16::from_f32(0.001 + random.f32() * 0.02)).collect();
    let bias: Vec<f32> = (0..n).map(|_| random.f32() - 0.5).collect();
    let operands: Operands<'_> = (&a, &w, &scale, &bias);

    let mut y = vec![f32::NAN; m * n];
    run(operands, (m, k, n), &mut y, None)?;
    for order in [Order::Early, Order::Late, Order::Random(1)] {
        let mut other = vec![f32::NAN; m * n];
        run(operands, (m, k, n), &mut other, Some(order))?;
        let same = other.iter().zip(&y).all(|(x, y)| x.to_bits() == y.to_bits());
        if !same {
            return Err(format!("{order:?} computes other bits").into());
        }
    }

    for (row, col) in (0..m).flat_map(|row| (0..n).map(move |col| (row, col))) {
        let weight = |i: usize| f16::from_f32(f32::from(w[i * n + col]) * scale[col].to_f32());
        let terms = (0..k).map(|i| a[row * k + i].to_f64() * weight(i).to_f64());
        // Each product is exact in f32; of the sums each is rounded.
        let bound = terms.clone().map(f64::abs).sum::<f64>() * k as f64 * 2.0_f64.powi(-24);
        let expected = terms.sum::<f64>() + f64::from(bias[col]);
        let got = f64::from(y[row * n + col]);
        if (got - expected).abs() > bound + 1e-6 || got.is_nan() {
            return Err(format!("y[{row}, {col}] is {got}, expected {expected}").into());
        }
    }
    println!("verified: {m} x {k} by {k} x {n}, the same bits on every schedule");
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    verify(128, 256, 192)?;
    verify(64, 64, 64)
}
