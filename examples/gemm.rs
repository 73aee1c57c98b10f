//! A matrix product on four pipes: while the matrix pipe multiplies, the next factors are loaded and cut up.
//!
//! ```text
//! cargo run --release --example gemm
//! ```
//!
//! MTE2 loads panels into L1, MTE1 cuts them into factors in L0, M multiplies, FIX stores the sums. L1 and L0 have two slots
//! each. A slot holds two tiles, one of each matrix, and one token carries both, so that one flag hands them back. One load
//! feeds four products. The accumulator stays on M while k goes on, with no flag; FIX hands it back after the store.
//!
//! Nothing needs to divide anything: a tile's valid region (`Dyn`) says how much of it there is. The kernel never sees k = 0: a
//! tensor without columns cannot be made, so that the host does what remains to be done, which is to write zeros.

use std::error::Error;

use tilesync::prelude::*;

/// Rows and columns of a tile of the output.
const SIDE: usize = 128;
/// How far a product goes along k.
const STEP: usize = 64;
/// How far a panel in L1 goes: four products.
const PANEL: usize = 4 * STEP;

type MatA<'k> = MatTile<'k, f32, SIDE, PANEL, Dyn>;
type MatB<'k> = MatTile<'k, f32, PANEL, SIDE, Dyn>;
type Left<'k> = LeftTile<'k, f32, SIDE, STEP, Dyn>;
type Right<'k> = RightTile<'k, f32, STEP, SIDE, Dyn>;
type Acc<'k> = AccTile<'k, f32, SIDE, SIDE, Dyn>;

#[derive(Buffers)]
pub(crate) struct Tiles<'k> {
    l1: [(MatA<'k>, MatB<'k>); 2],
    l0: [(Left<'k>, Right<'k>); 2],
    acc: Acc<'k>,
}

/// `c = a * b`, where the grid has `across` parts of `c` side by side, each of `part` rows and columns.
#[kernel]
pub(crate) fn gemm<'k>(
    core: Core<'k>,
    tiles: Tiles<'k>,
    a: GlobalIn<'k, f32>,
    b: GlobalIn<'k, f32>,
    c: GlobalOut<'k, f32, RowMajor, PipeFix>,
    part: usize,
    across: usize,
) -> Retired<Tiles<'k>> {
    let corner = (core.block_idx() / across * part, core.block_idx() % across * part);
    let mut l1 = tiles.l1.map(|slot| slot.prime::<TExtractM2LR, TLoad>());
    let mut l0 = tiles.l0.map(|slot| slot.prime::<TMatmul, TExtractM2LR>());
    let mut acc = tiles.acc.prime::<TStoreAcc, TMatmul>();

    for i in (0..c.rows()).step_by(SIDE) {
        for j in (0..c.cols()).step_by(SIDE) {
            let (m, n) = (SIDE.min(c.rows() - i), SIDE.min(c.cols() - j));
            let mut sum = Turn::First(acc);
            for k in (0..a.cols()).step_by(PANEL) {
                let (slot, l1_open) = l1.take();
                let (a_slot, b_slot) = slot.split();
                let a_panel = tload(a_slot, &a.at(corner.0 + i, k).sized(m, PANEL)).record();
                let b_panel = tload(b_slot, &b.at(k, corner.1 + j).sized(PANEL, n)).record();

                for step in (0..PANEL.min(a.cols() - k)).step_by(STEP) {
                    let (slot, l0_open) = l0.take();
                    let (left, right) = slot.split();
                    let left = textract(left, &a_panel, 0, step);
                    let right = textract(right, &b_panel, step, 0);
                    let (left, right) = left.join(right).record::<TMatmul>().split();
                    sum = Turn::Later(match sum {
                        Turn::First(acc) => tmatmul(acc, &left, &right),
                        Turn::Later(sum) => tmatmul_acc(sum, &left, &right),
                    });
                    l0 = l0_open.put(left.join(right).release());
                }
                l1 = l1_open.put(a_panel.join(b_panel).release());
            }
            acc = match sum {
                Turn::First(acc) => acc,
                Turn::Later(sum) => tstore(&c.at(i, j), sum.record::<TStoreAcc>()).release(),
            };
        }
    }
    Tiles::retire(TilesTokens { l1, l0, acc })
}

/// Runs it on `m` x `k` by `k` x `n`, on every executor, and compares with `f64`.
fn verify(m: usize, k: usize, n: usize, part: usize) -> Result<(), Box<dyn Error>> {
    let mut random = fastrand::Rng::with_seed(1);
    let a: Vec<f32> = (0..m * k).map(|_| random.f32() - 0.5).collect();
    let b: Vec<f32> = (0..k * n).map(|_| random.f32() - 0.5).collect();
    let across = n.div_ceil(part);
    let blocks = m.div_ceil(part) * across;

    let run = |order: Option<Order>| -> Result<Vec<f32>, Box<dyn Error>> {
        if k == 0 {
            // A sum of no products is zero. There is nothing to launch: a tensor has at least one element.
            return Ok(vec![0.0; m * n]);
        }
        let (left, right) = (GlobalTensor::new(&a, &[m, k])?, GlobalTensor::new(&b, &[k, n])?);
        let mut c = vec![f32::NAN; m * n];
        let mut product = GlobalTensorMut::new(&mut c, &[m, n])?;
        let args = (left.whole(), right.whole(), product.parts(part, part)?, part, across);
        match order {
            None => Eager::new().launch(&gemm, blocks, args)?,
            Some(order) => drop(Pipelined::new().order(order).launch(&gemm, blocks, args)?),
        }
        Ok(c)
    };

    let c = run(None)?;
    for order in [Order::Early, Order::Late, Order::Random(1)] {
        let same = run(Some(order))?.iter().zip(&c).all(|(x, y)| x.to_bits() == y.to_bits());
        if !same {
            return Err(format!("{order:?} computes other bits").into());
        }
    }
    for i in 0..m {
        for j in 0..n {
            let terms = (0..k).map(|l| f64::from(a[i * k + l]) * f64::from(b[l * n + j]));
            let (expected, got) = (terms.sum::<f64>(), f64::from(c[i * n + j]));
            // Each of the k additions rounds a sum that is smaller than k / 4.
            let bound = (k * k) as f64 / 4.0 * f64::from(f32::EPSILON);
            if (got - expected).abs() > bound || got.is_nan() {
                return Err(format!("c[{i}, {j}] is {got}, expected {expected}").into());
            }
        }
    }
    println!("verified: {m} x {k} x {n} in {blocks} blocks, the same bits on every schedule");
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    verify(512, 512, 512, 256)?;
    verify(301, 333, 277, 200)?;
    verify(1, 1, 1, 256)?;
    verify(130, 1, 1, 256)?;
    verify(3, 0, 5, 256)
}
