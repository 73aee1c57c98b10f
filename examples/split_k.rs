//! A product whose depth is cut into slices, so that all cores have work where the result is small: blocks multiply, meet, and add up.
//!
//! ```text
//! cargo run --release --example split_k
//! ```
//!
//! `y = a · b + bias`, with `a` and `b` in f16 and sums in f32. A result of few tiles keeps few cores busy, however deep the product is. So in the
//! first phase each block multiplies slices: some tile of the result, from some part of the depth. What it has summed goes to a workspace. Then
//! all blocks meet, and in the second phase each adds up the partial sums of some tiles, whichever blocks have stored them, and the bias.
//!
//! The other form has no workspace: the result begins as the bias, all blocks meet, and each adds its slices to it in memory. Blocks add as they
//! come, and a sum of floats depends on the order of its terms: the op is called `tstore_add_any_order`, since its bits may differ from run to
//! run. The first form has the same bits on every schedule.

use std::error::Error;

use tilesync::exec::ClusterReport;
use tilesync::prelude::*;

/// Rows and columns of a tile of the result.
pub(crate) const SIDE: usize = 64;
/// How far one load of the factors goes along k.
const STEP: usize = 128;

type Left<'k> = LeftTile<'k, f16, SIDE, STEP, Dyn>;
type Right<'k> = RightTile<'k, f16, STEP, SIDE, Dyn>;
type Acc<'k> = AccTile<'k, f32, SIDE, SIDE, Dyn>;

/// Of a phase that multiplies.
#[derive(Buffers)]
pub(crate) struct Cube<'k> {
    a: [MatTile<'k, f16, SIDE, STEP, Dyn>; 2],
    b: [MatTile<'k, f16, STEP, SIDE, Dyn>; 2],
    left: [Left<'k>; 2],
    right: [Right<'k>; 2],
    acc: [Acc<'k>; 2],
}

/// Of a phase that adds up.
#[derive(Buffers)]
pub(crate) struct Sums<'k> {
    term: [VecTile<'k, f32, SIDE, SIDE, Dyn>; 2],
    sum: VecTile<'k, f32, SIDE, SIDE, Dyn>,
    bias: VecTile<'k, f32, 1, SIDE, Dyn>,
}

/// The factors, and how deep a slice is.
#[derive(Args)]
pub(crate) struct Factors<'k> {
    a: GlobalIn<'k, f16>,
    b: GlobalIn<'k, f16>,
    depth: usize,
}

/// A slice of a tile of the result: its first row and column, its rows and columns, and which slice.
struct Slice {
    corner: (usize, usize),
    extent: (usize, usize),
    number: usize,
}

/// The tokens of a phase that multiplies: free, each for the op that writes it next.
struct Rings<'k> {
    a: [Event<TMovM2L, TLoad, MatTile<'k, f16, SIDE, STEP, Dyn>>; 2],
    b: [Event<TMovM2R, TLoad, MatTile<'k, f16, STEP, SIDE, Dyn>>; 2],
    left: [Event<TMatmul, TMovM2L, Left<'k>>; 2],
    right: [Event<TMatmul, TMovM2R, Right<'k>>; 2],
}

impl<'k> Rings<'k> {
    /// Multiplies the slice's part of the depth, step by step.
    fn multiply(
        self,
        acc: Event<TStoreAcc, TMatmul, Acc<'k>>,
        factors: &Factors<'k>,
        slice: &Slice,
    ) -> (Self, RecordEvent<TMatmul, Live<Acc<'k>>>) {
        let Rings { a: mut free_a, b: mut free_b, left: mut free_left, right: mut free_right } =
            self;
        let Factors { a, b, depth } = factors;
        let ((row, col), (rows, cols)) = (slice.corner, slice.extent);
        let (first, end) = (slice.number * depth, a.cols().min((slice.number + 1) * depth));
        let mut sum = Turn::First(acc);
        for k in (first..end).step_by(STEP) {
            let deep = STEP.min(end - k);
            let (slot, open) = free_a.take();
            let a = tload(slot, &a.at(row, k).sized(rows, deep)).record::<TMovM2L>();
            let (slot, open_left) = free_left.take();
            let left = tmov(slot, &a).record::<TMatmul>();
            free_a = open.put(a.release());

            let (slot, open) = free_b.take();
            let b = tload(slot, &b.at(k, col).sized(deep, cols)).record::<TMovM2R>();
            let (slot, open_right) = free_right.take();
            let right = tmov(slot, &b).record::<TMatmul>();
            free_b = open.put(b.release());

            sum = Turn::Later(match sum {
                Turn::First(acc) => tmatmul(acc, &left, &right),
                Turn::Later(sum) => tmatmul_acc(sum, &left, &right),
            });
            free_left = open_left.put(left.release());
            free_right = open_right.put(right.release());
        }
        let Turn::Later(sum) = sum else { unreachable!("a slice is not empty") };
        (Rings { a: free_a, b: free_b, left: free_left, right: free_right }, sum)
    }
}

impl<'k> Cube<'k> {
    /// All tokens, primed.
    fn prime(self) -> (Rings<'k>, [Event<TStoreAcc, TMatmul, Acc<'k>>; 2]) {
        let rings = Rings {
            a: self.a.map(|tile| tile.prime()),
            b: self.b.map(|tile| tile.prime()),
            left: self.left.map(|tile| tile.prime()),
            right: self.right.map(|tile| tile.prime()),
        };
        (rings, self.acc.map(|tile| tile.prime()))
    }
}

/// With a workspace: the same bits on every schedule.
pub(crate) struct SplitK;

#[phases]
impl SplitK {
    /// Multiplies slices, each of which has a tile of the workspace: one result below the other, slice after slice.
    fn multiply<'k>(
        tiles: Cube<'k>,
        factors: Factors<'k>,
        partials: Parts<GlobalOut<'k, f32, RowMajor, PipeFix>>,
    ) -> Retired<Cube<'k>> {
        let (mut rings, mut free_acc) = tiles.prime();
        for partial in partials.strided() {
            let ((row, col), m) = (partial.origin(), factors.a.rows());
            let (corner, extent) = ((row % m, col), (partial.rows(), partial.cols()));
            let slice = Slice { corner, extent, number: row / m };
            let (acc, open) = free_acc.take();
            let sum;
            (rings, sum) = rings.multiply(acc, &factors, &slice);
            let stored = tstore(&partial.at(0, 0), sum.record::<TStoreAcc>());
            free_acc = open.put(stored.release());
        }
        let Rings { a, b, left, right } = rings;
        Cube::retire(CubeTokens { a, b, left, right, acc: free_acc })
    }

    /// Adds up the slices of tiles of the result, in their order, and the bias.
    fn add<'k>(
        tiles: Sums<'k>,
        partials: GlobalIn<'k, f32>,
        bias: GlobalIn<'k, f32>,
        y: Parts<GlobalOut<'k, f32>>,
        slices: usize,
    ) -> Retired<Sums<'k>> {
        let m = partials.rows() / slices;
        let mut free_terms = tiles.term.map(|tile| tile.prime::<Vector, TLoad>());
        let mut free_sum = tiles.sum.prime::<TStoreVec, TLoad>();
        let mut free_bias = tiles.bias.prime::<Vector, TLoad>();
        for y in y.strided() {
            let ((row, col), (rows, cols)) = (y.origin(), (y.rows(), y.cols()));
            let slice = |number: usize| partials.at(number * m + row, col).sized(rows, cols);
            let mut sum = tload(free_sum, &slice(0)).record::<Vector>().on::<Vector>();
            for number in 1..slices {
                let (slot, open) = free_terms.take();
                let term = tload(slot, &slice(number)).record::<Vector>();
                sum = tadd_assign(sum, &term).on::<Vector>();
                free_terms = open.put(term.release());
            }
            let bias = tload(free_bias, &bias.at(0, col).sized(1, cols)).record::<Vector>();
            let sum = tcolexpandadd_assign(sum, &bias).record::<TStoreVec>();
            free_bias = bias.release();
            free_sum = tstore(&y.at(0, 0), sum).release();
        }
        Sums::retire(SumsTokens { term: free_terms, sum: free_sum, bias: free_bias })
    }
}

/// Sums in memory: less of it, and bits that may differ.
pub(crate) struct SplitKInMemory;

#[phases]
impl SplitKInMemory {
    /// The result begins as the bias.
    fn begin<'k>(
        tiles: Sums<'k>,
        bias: GlobalIn<'k, f32>,
        y: Parts<GlobalOut<'k, f32>>,
    ) -> Retired<Sums<'k>> {
        let mut free_sum = tiles.sum.prime::<TStoreVec, Vector>();
        let mut free_bias = tiles.bias.prime::<Vector, TLoad>();
        for y in y.strided() {
            let (_, col) = y.origin();
            let bias = tload(free_bias, &bias.at(0, col).sized(1, y.cols())).record::<Vector>();
            let sum = tcolexpand(free_sum.with_valid(y.rows(), y.cols()), &bias);
            free_bias = bias.release();
            free_sum = tstore(&y.at(0, 0), sum.record::<TStoreVec>()).release();
        }
        Sums::retire(SumsTokens { term: tiles.term, sum: free_sum, bias: free_bias })
    }

    /// Multiplies slices, and adds each to its tile.
    fn add<'k>(
        core: Core<'k>,
        tiles: Cube<'k>,
        factors: Factors<'k>,
        slices: usize,
        y: GlobalSum<'k, f32, RowMajor, PipeFix>,
    ) -> Retired<Cube<'k>> {
        let (mut rings, mut free_acc) = tiles.prime();
        let (down, across) = (y.rows().div_ceil(SIDE), y.cols().div_ceil(SIDE));
        for at in (core.block_idx()..slices * down * across).step_by(core.block_dim()) {
            let corner = (at / across % down * SIDE, at % across * SIDE);
            let extent = (SIDE.min(y.rows() - corner.0), SIDE.min(y.cols() - corner.1));
            let slice = Slice { corner, extent, number: at / (down * across) };
            let (acc, open) = free_acc.take();
            let sum;
            (rings, sum) = rings.multiply(acc, &factors, &slice);
            let to = y.at(corner.0, corner.1);
            let stored = tstore_add_any_order(&to, sum.record::<TStoreAcc>());
            free_acc = open.put(stored.release());
        }
        let Rings { a, b, left, right } = rings;
        Cube::retire(CubeTokens { a, b, left, right, acc: free_acc })
    }
}

/// What is multiplied, and how.
pub(crate) struct Input {
    a: Vec<f16>,
    b: Vec<f16>,
    bias: Vec<f32>,
    pub(crate) m: usize,
    pub(crate) k: usize,
    pub(crate) n: usize,
    /// How many slices are wanted; there may be fewer.
    slices: usize,
    blocks: usize,
}

impl Input {
    pub(crate) fn random((m, k, n): (usize, usize, usize), slices: usize, blocks: usize) -> Self {
        let mut random = fastrand::Rng::with_seed(1);
        let mut factor =
            |len: usize| (0..len).map(|_| f16::from_f32(random.f32() - 0.5)).collect::<Vec<_>>();
        let (a, b) = (factor(m * k), factor(k * n));
        let bias = (0..n).map(|_| random.f32() - 0.5).collect();
        Input { a, b, bias, m, k, n, slices, blocks }
    }

    /// Runs one of the two, eagerly or in an order of the pipelined executor, which then reports.
    pub(crate) fn run(
        &self,
        in_memory: bool,
        y: &mut [f32],
        order: Option<Order>,
    ) -> Result<Option<ClusterReport>, LaunchError> {
        let &Input { m, k, n, blocks, .. } = self;
        let (a, b) = (GlobalTensor::new(&self.a, &[m, k])?, GlobalTensor::new(&self.b, &[k, n])?);
        let bias = GlobalTensor::new(&self.bias, &[1, n])?.whole();
        let mut y = GlobalTensorMut::new(y, &[m, n])?;
        let depth = k.div_ceil(self.slices);
        let (factors, slices) = ((a.whole(), b.whole(), depth), k.div_ceil(depth));
        let y = y.parts(SIDE, SIDE)?;
        if in_memory {
            return launch(&SplitKInMemory, blocks, (bias, y, factors, slices), order);
        }
        let mut partials = Workspace::new(&[slices, m, n])?;
        let partials = partials.batched_parts(SIDE, SIDE)?;
        launch(&SplitK, blocks, (factors, partials, bias, y, slices), order)
    }

    /// How far `y` may be from exact sums.
    pub(crate) fn check(&self, y: &[f32]) -> Result<(), String> {
        let &Input { m, k, n, .. } = self;
        for (row, col) in (0..m).flat_map(|row| (0..n).map(move |col| (row, col))) {
            let term = |i: usize| f64::from(self.a[row * k + i]) * f64::from(self.b[i * n + col]);
            let expected = (0..k).map(term).sum::<f64>() + f64::from(self.bias[col]);
            let got = f64::from(y[row * n + col]);
            // Each of the additions rounds a sum that is smaller than k / 4 + 1.
            let bound = (k + 1) as f64 * (k as f64 / 4.0 + 1.0) * f64::from(f32::EPSILON);
            if (got - expected).abs() > bound || got.is_nan() {
                return Err(format!("y[{row}, {col}] is {got}, expected {expected}"));
            }
        }
        Ok(())
    }
}

fn launch<K: Phased>(
    kernel: &K,
    blocks: usize,
    args: <K::Args as tilesync::global::Args>::Host<'_>,
    order: Option<Order>,
) -> Result<Option<ClusterReport>, LaunchError> {
    match order {
        None => Eager::new().launch_phases(kernel, blocks, args).map(|()| None),
        Some(order) => Pipelined::new().order(order).launch_phases(kernel, blocks, args).map(Some),
    }
}

/// Runs both forms on every executor, and compares with f64.
fn verify(size: (usize, usize, usize), slices: usize, blocks: usize) -> Result<(), Box<dyn Error>> {
    let input = Input::random(size, slices, blocks);
    let (m, k, n) = size;
    let mut y = vec![f32::NAN; m * n];
    input.run(false, &mut y, None)?;
    input.check(&y)?;
    for order in [None, Some(Order::Early), Some(Order::Late), Some(Order::Random(1))] {
        let mut other = vec![f32::NAN; m * n];
        input.run(false, &mut other, order)?;
        let same = other.iter().zip(&y).all(|(x, y)| x.to_bits() == y.to_bits());
        if !same {
            return Err(format!("{order:?} computes other bits").into());
        }
        other.fill(f32::NAN);
        input.run(true, &mut other, order)?;
        input.check(&other)?;
    }
    println!("verified: {m} x {k} by {k} x {n} in {slices} slices on {blocks} blocks");
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    verify((64, 4096, 64), 8, 8)?;
    verify((100, 1000, 130), 5, 7)?;
    verify((1, 1, 1), 1, 1)?;
    verify((65, 300, 3), 4, 24)
}
