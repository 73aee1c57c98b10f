//! `c = relu(a * b + bias)` in f16: what surrounds a matrix product in a network, at the price of the product alone.
//!
//! ```text
//! cargo run --release --example gemm_bias_relu
//! ```
//!
//! The pipeline is that of `gemm`: panels through L1, factors through L0, two slots each. Two things are new, and neither is a pass
//! over the data of its own:
//!
//! * **The bias** goes through L1 into the bias table (TMOV), widened to f32, and the first product of a sum starts from it
//!   (TMATMUL_BIAS) instead of from zero.
//! * **ReLU and the rounding to f16** happen while FIX stores the sum: a [`Drain`] says what becomes of an accumulator on its way out.
//!   A NaN becomes 0 there, and what is too large for f16 infinity.
//!
//! The kernel never sees k = 0: a tensor without columns cannot be made, so that the host does what remains to be done. See
//! `layer`.

use std::error::Error;

use tilesync::prelude::*;
use tilesync::tile::space;

/// Rows and columns of a tile of the output.
const SIDE: usize = 128;
/// How far a product goes along k: two slots of such factors fill L0.
const STEP: usize = 128;
/// How far a panel in L1 goes: two products.
const PANEL: usize = 2 * STEP;

type MatA<'k> = MatTile<'k, f16, SIDE, PANEL, Dyn>;
type MatB<'k> = MatTile<'k, f16, PANEL, SIDE, Dyn>;
type Left<'k> = LeftTile<'k, f16, SIDE, STEP, Dyn>;
type Right<'k> = RightTile<'k, f16, STEP, SIDE, Dyn>;
type Acc<'k> = AccTile<'k, f32, SIDE, SIDE, Dyn>;

#[derive(Buffers)]
pub(crate) struct Tiles<'k> {
    l1: [(MatA<'k>, MatB<'k>); 2],
    l0: [(Left<'k>, Right<'k>); 2],
    acc: Acc<'k>,
    /// The bias of the columns of a tile, on its way.
    bias: Tile<'k, space::Mat, f16, 1, SIDE, RowMajor, Dyn>,
    /// The same where the matrix pipe reads it.
    table: BiasTile<'k, f32, SIDE, Dyn>,
}

/// Each block computes a part of `c` of `part` rows and columns.
#[kernel]
pub(crate) fn gemm_bias_relu<'k>(
    core: Core<'k>,
    tiles: Tiles<'k>,
    a: GlobalIn<'k, f16>,
    b: GlobalIn<'k, f16>,
    bias: GlobalIn<'k, f16>,
    c: GlobalOut<'k, f16, RowMajor, PipeFix>,
    part: usize,
) -> Retired<Tiles<'k>> {
    let across = b.cols().div_ceil(part);
    let corner = (core.block_idx() / across * part, core.block_idx() % across * part);
    let mut l1 = tiles.l1.map(|slot| slot.prime::<TExtractM2LR, TLoad>());
    let mut l0 = tiles.l0.map(|slot| slot.prime::<TMatmul, TExtractM2LR>());
    let mut acc = tiles.acc.prime::<TStoreAcc, TMatmul>();
    let mut line = tiles.bias.prime::<TMovM2B, TLoad>();
    let mut table = tiles.table.prime::<TMatmul, TMovM2B>();

    for i in (0..c.rows()).step_by(SIDE) {
        for j in (0..c.cols()).step_by(SIDE) {
            let (m, n) = (SIDE.min(c.rows() - i), SIDE.min(c.cols() - j));
            let loaded = tload(line, &bias.at(0, corner.1 + j).sized(1, n)).record::<TMovM2B>();
            let start = tmov(table, &loaded).record::<TMatmul>();
            line = loaded.release();

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
                        Turn::First(acc) => tmatmul_bias(acc, &left, &right, &start),
                        Turn::Later(sum) => tmatmul_acc(sum, &left, &right),
                    });
                    l0 = l0_open.put(left.join(right).release());
                }
                l1 = l1_open.put(a_panel.join(b_panel).release());
            }
            table = start.release();

            acc = match sum {
                Turn::First(acc) => acc,
                Turn::Later(sum) => {
                    let sum = sum.record::<TStoreAcc>();
                    tstore_with(&c.at(i, j), sum, Drain::new().relu()).release()
                }
            };
        }
    }
    Tiles::retire(TilesTokens { l1, l0, acc, bias: line, table })
}

/// The matrices and the bias.
struct Layer {
    size: (usize, usize, usize),
    a: Vec<f16>,
    b: Vec<f16>,
    bias: Vec<f16>,
}

/// Runs the kernel in blocks of `part` rows and columns; eagerly, or pipelined in the given order.
fn layer(layer: &Layer, part: usize, order: Option<Order>) -> Result<Vec<f16>, Box<dyn Error>> {
    let (m, k, n) = layer.size;
    let mut c = vec![f16::NAN; m * n];
    if k == 0 {
        // A sum of no products is the bias. There is nothing to launch: a tensor has at least one element.
        for (c, bias) in c.iter_mut().zip(layer.bias.iter().cycle()) {
            *c = if *bias > f16::ZERO { *bias } else { f16::ZERO };
        }
        return Ok(c);
    }
    let a = GlobalTensor::new(&layer.a, &[m, k])?.whole();
    let b = GlobalTensor::new(&layer.b, &[k, n])?.whole();
    let bias = GlobalTensor::new(&layer.bias, &[1, n])?.whole();
    let mut out = GlobalTensorMut::new(&mut c, &[m, n])?;
    let blocks = m.div_ceil(part) * n.div_ceil(part);
    let args = (a, b, bias, out.parts(part, part)?, part);
    match order {
        None => Eager::new().launch(&gemm_bias_relu, blocks, args)?,
        Some(order) => {
            drop(Pipelined::new().order(order).launch(&gemm_bias_relu, blocks, args)?);
        }
    }
    Ok(c)
}

/// Runs it on `m` x `k` by `k` x `n`, on every executor, and compares with `f64`.
fn verify(m: usize, k: usize, n: usize, part: usize) -> Result<(), Box<dyn Error>> {
    let mut random = fastrand::Rng::with_seed(1);
    // In eighths, so that the sums are exact in f32, and only the rounding to f16 is not.
    let mut eighths = |count| -> Vec<f16> {
        (0..count).map(|_| f16::from_f32(f32::from(random.i8(-16..=16)) / 8.0)).collect()
    };
    let (a, b, bias) = (eighths(m * k), eighths(k * n), eighths(n));
    let given = Layer { size: (m, k, n), a, b, bias };

    let c = layer(&given, part, None)?;
    for order in [Order::Early, Order::Late, Order::Random(1)] {
        if layer(&given, part, Some(order))? != c {
            return Err(format!("{order:?} computes other values").into());
        }
    }
    for (at, got) in c.iter().enumerate() {
        let (i, j) = (at / n, at % n);
        let terms = (0..k).map(|l| given.a[i * k + l].to_f64() * given.b[l * n + j].to_f64());
        let sum = given.bias[j].to_f64() + terms.sum::<f64>();
        let expected = f16::from_f32(sum.max(0.0) as f32);
        if got.to_bits() != expected.to_bits() {
            return Err(format!("c[{i}, {j}] is {got}, expected {expected}").into());
        }
    }
    let zeros = c.iter().filter(|&&c| c == f16::ZERO).count();
    println!("verified: {m} x {k} x {n}, the same bits on every schedule; ReLU made {zeros} zeros");
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    verify(256, 512, 384, 256)?;
    verify(201, 333, 177, 130)?;
    verify(1, 1, 1, 256)?;
    verify(130, 1, 7, 256)?;
    verify(3, 0, 5, 256)
}
