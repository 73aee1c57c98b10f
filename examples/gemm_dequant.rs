//! A quantised product on several cores: the cube core multiplies whole numbers, its vector cores make floats of them and add a bias.
//!
//! ```text
//! cargo run --release --example gemm_dequant
//! ```
//!
//! `y = (a · b) · scale + bias`, with `a` and `b` in i8, sums in i32, and a scale and a bias for each column of `b`. On a2a3 the
//! accumulator of the cube core and the unified buffer of a vector core have no path between them: the sums go through a FIFO in global memory.
//! While the vector cores work on one tile, the cube core is at the next ones; two vector cores share each tile, half of its rows each.
//!
//! Both sides walk one schedule: the tiles of a block's rows, one after the other across the columns. Each step is one push on the cube
//! side and one pop on the vector side, and neither side compiles otherwise.

use std::error::Error;

use tilesync::exec::ClusterReport;
use tilesync::prelude::*;

/// Rows and columns of a tile of the result, and the depth of a tile of the factors.
pub(crate) const M: usize = 64;
pub(crate) const N: usize = 64;
const K: usize = 128;

/// A tile of the result: its first column.
pub(crate) struct Column(usize);

/// What the two sides share: sums of 64 x 64, four of them under way at most.
#[derive(Fifos)]
pub(crate) struct Links<'k, R> {
    sums: C2V<'k, R, Column, i32, M, N, 4>,
}

#[derive(Buffers)]
pub(crate) struct Cube<'k> {
    a: [MatTile<'k, i8, M, K, Dyn>; 2],
    b: [MatTile<'k, i8, K, N, Dyn>; 2],
    left: [LeftTile<'k, i8, M, K, Dyn>; 2],
    right: [RightTile<'k, i8, K, N, Dyn>; 2],
    acc: [AccTile<'k, i32, M, N, Dyn>; 2],
}

/// The plan of each vector core: half of the rows are its own.
#[derive(Buffers)]
pub(crate) struct Vectors<'k> {
    sums: [VecTile<'k, i32, { M / 2 }, N, Dyn>; 2],
    y: [VecTile<'k, f32, { M / 2 }, N, Dyn>; 2],
    scale: VecTile<'k, f32, 1, N, Dyn>,
    bias: VecTile<'k, f32, 1, N, Dyn>,
}

/// Columns of the result.
pub(crate) struct GemmDequant {
    pub(crate) columns: usize,
}

#[cluster]
impl GemmDequant {
    /// All columns, a tile at a time.
    fn schedule(&self, _block: usize) -> Vec<Column> {
        (0..self.columns).step_by(N).map(Column).collect()
    }

    /// Multiplies the block's rows by each tile of columns, and pushes the sums.
    fn cube<'k>(
        tiles: Cube<'k>,
        links: Links<'k, OnCube>,
        a: GlobalIn<'k, i8>,
        b: GlobalIn<'k, i8>,
    ) -> Retired<(Cube<'k>, Links<'k, OnCube>)> {
        let mut free_a = tiles.a.map(|tile| tile.prime::<TMovM2L, TLoad>());
        let mut free_b = tiles.b.map(|tile| tile.prime::<TMovM2R, TLoad>());
        let mut free_left = tiles.left.map(|tile| tile.prime::<TMatmul, TMovM2L>());
        let mut free_right = tiles.right.map(|tile| tile.prime::<TMatmul, TMovM2R>());
        let mut free_acc = tiles.acc.map(|tile| tile.prime::<TStoreAcc, TMatmul>());

        let mut sums = links.sums;
        let sums = loop {
            let step = match sums.next() {
                Next::Step(step) => step,
                Next::End(end) => break end,
            };
            let (slot, open_acc) = free_acc.take();
            let mut acc = Turn::First(slot);
            for k in (0..a.cols()).step_by(K) {
                let (slot, open) = free_a.take();
                let a = tload(slot, &a.at(0, k).sized(M, K)).record::<TMovM2L>();
                let (slot, open_left) = free_left.take();
                let left = tmov(slot, &a).record::<TMatmul>();
                free_a = open.put(a.release());

                let (slot, open) = free_b.take();
                let b = tload(slot, &b.at(k, step.0).sized(K, N)).record::<TMovM2R>();
                let (slot, open_right) = free_right.take();
                let right = tmov(slot, &b).record::<TMatmul>();
                free_b = open.put(b.release());

                acc = Turn::Later(match acc {
                    Turn::First(free) => tmatmul(free, &left, &right),
                    Turn::Later(sum) => tmatmul_acc(sum, &left, &right),
                });
                free_left = open_left.put(left.release());
                free_right = open_right.put(right.release());
            }
            let Turn::Later(acc) = acc else { unreachable!("a factor has at least one column") };
            let stored;
            (stored, sums) = tpush(step, acc.record::<TStoreAcc>());
            free_acc = open_acc.put(stored.release());
        };
        let cube =
            CubeTokens { a: free_a, b: free_b, left: free_left, right: free_right, acc: free_acc };
        Cube::retire(cube).and(Links::retire(LinksTokens { sums }))
    }

    /// Makes floats of the sums of its half of the rows, scales the columns and adds the bias.
    fn vector<'k>(
        tiles: Vectors<'k>,
        links: Links<'k, OnVector>,
        scale: GlobalIn<'k, f32>,
        bias: GlobalIn<'k, f32>,
        y: GlobalOut<'k, f32>,
    ) -> Retired<(Vectors<'k>, Links<'k, OnVector>)> {
        let mut free_sums = tiles.sums.map(|tile| tile.prime::<Vector, TLoad>());
        let mut free_y = tiles.y.map(|tile| tile.prime::<TStoreVec, Vector>());
        let mut free_scale = tiles.scale.prime::<Vector, TLoad>();
        let mut free_bias = tiles.bias.prime::<Vector, TLoad>();

        let mut sums = links.sums;
        let sums = loop {
            let step = match sums.next() {
                Next::Step(step) => step,
                Next::End(end) => break end,
            };
            let column = step.0;
            let (slot, open) = free_sums.take();
            let message = tpop_slot(step);
            let loaded = tload(slot, &message.at(0, 0).sized(y.rows(), y.cols() - column));
            sums = tfree(message);
            let loaded = loaded.record::<Vector>();
            let scale = tload(free_scale, &scale.at(0, column)).record::<Vector>();
            let bias = tload(free_bias, &bias.at(0, column)).record::<Vector>();

            let (slot, open_y) = free_y.take();
            let floats = tcvt(slot, &loaded, RoundMode::Rint);
            free_sums = open.put(loaded.release());
            let scaled = tcolexpandmul_assign(floats, &scale);
            let result = tcolexpandadd_assign(scaled, &bias).record::<TStoreVec>();
            (free_scale, free_bias) = (scale.release(), bias.release());
            free_y = open_y.put(if y.rows() > 0 {
                tstore(&y.at(0, column), result).release()
            } else {
                // At the edge all rows may be the other core's.
                result.release::<TStoreVec>().wait().release()
            });
        };
        let vectors =
            VectorsTokens { sums: free_sums, y: free_y, scale: free_scale, bias: free_bias };
        Vectors::retire(vectors).and(Links::retire(LinksTokens { sums }))
    }
}

/// The factors, and a scale and a bias for each column.
type Operands<'a> = (&'a [i8], &'a [i8], &'a [f32], &'a [f32]);

/// Runs it on `m` x `k` by `k` x `n` numbers: eagerly, or in an order of the pipelined executor, which then reports.
pub(crate) fn run(
    (a, b, scale, bias): Operands<'_>,
    (m, k, n): (usize, usize, usize),
    y: &mut [f32],
    order: Option<Order>,
) -> Result<Option<ClusterReport>, LaunchError> {
    let (a, b) = (GlobalTensor::new(a, &[m, k])?, GlobalTensor::new(b, &[k, n])?);
    let (scale, bias) = (GlobalTensor::new(scale, &[1, n])?, GlobalTensor::new(bias, &[1, n])?);
    let mut out = GlobalTensorMut::new(y, &[m, n])?;
    let cube = (a.parts(M, k)?, b.whole());
    let vector = (scale.whole(), bias.whole(), out.parts(M, n)?);
    let (kernel, blocks) = (GemmDequant { columns: n }, m.div_ceil(M));
    match order {
        None => Eager::new().launch_cluster(&kernel, blocks, cube, vector).map(|()| None),
        Some(order) => {
            Pipelined::new().order(order).launch_cluster(&kernel, blocks, cube, vector).map(Some)
        }
    }
}

/// Compares its result on `m` x `k` by `k` x `n` numbers with exact sums, on every executor.
fn verify(m: usize, k: usize, n: usize) -> Result<(), Box<dyn Error>> {
    let mut random = fastrand::Rng::with_seed(1);
    let a: Vec<i8> = (0..m * k).map(|_| random.i8(..)).collect();
    let b: Vec<i8> = (0..k * n).map(|_| random.i8(..)).collect();
    let scale: Vec<f32> = (0..n).map(|_| 0.001 + random.f32() * 0.02).collect();
    let bias: Vec<f32> = (0..n).map(|_| random.f32() - 0.5).collect();
    let operands: Operands<'_> = (&a, &b, &scale, &bias);

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
        let terms = (0..k).map(|i| i64::from(a[row * k + i]) * i64::from(b[i * n + col]));
        // The sum is exact; a product and a sum in f32 are rounded.
        let expected = terms.sum::<i64>() as f64 * f64::from(scale[col]) + f64::from(bias[col]);
        let got = f64::from(y[row * n + col]);
        if (got - expected).abs() > expected.abs() * 2.0_f64.powi(-22) + 1e-6 || got.is_nan() {
            return Err(format!("y[{row}, {col}] is {got}, expected {expected}").into());
        }
    }
    println!("verified: {m} x {k} by {k} x {n}, the same bits on every schedule");
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    verify(128, 256, 192)?;
    verify(100, 300, 70)?;
    verify(1, 1, 1)
}
