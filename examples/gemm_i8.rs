//! A quantised matrix product: i8 in, sums in i32, and i8 out with a scale for each column.
//!
//! ```text
//! cargo run --release --example gemm_i8
//! ```
//!
//! The pipeline is that of `gemm`. What is new is the way out. A sum of products of i8 needs an i32; to be the input of the next
//! layer it goes back to i8, times a scale that each column (each output channel) has of its own. FIX does that while it
//! stores:
//!
//! * The host makes a word of each scale ([`quant_param`]).
//! * The words go through L1 into the `Scaling` space (TMOV). That is FIX's own memory, and FIX moves them there itself: from the move
//!   to the store no flag is needed.
//! * A [`Drain`] names them, and the store (TSTORE_FP) rounds to the nearest and saturates: what does not fit becomes -128 or 127.
//!
//! The kernel never sees k = 0: a tensor without columns cannot be made, so that the host does what remains to be done. See
//! `product`.

use std::error::Error;

use tilesync::prelude::*;
use tilesync::tile::space;

/// Rows and columns of a tile of the output.
const SIDE: usize = 128;
/// How far a product goes along k.
const STEP: usize = 256;
/// How far a panel in L1 goes: two products.
const PANEL: usize = 2 * STEP;

type MatA<'k> = MatTile<'k, i8, SIDE, PANEL, Dyn>;
type MatB<'k> = MatTile<'k, i8, PANEL, SIDE, Dyn>;
type Left<'k> = LeftTile<'k, i8, SIDE, STEP, Dyn>;
type Right<'k> = RightTile<'k, i8, STEP, SIDE, Dyn>;
type Acc<'k> = AccTile<'k, i32, SIDE, SIDE, Dyn>;

#[derive(Buffers)]
pub(crate) struct Tiles<'k> {
    l1: [(MatA<'k>, MatB<'k>); 2],
    l0: [(Left<'k>, Right<'k>); 2],
    acc: Acc<'k>,
    /// The words of the columns of a tile, on their way.
    words: Tile<'k, space::Mat, u64, 1, SIDE, RowMajor, Dyn>,
    /// The same where FIX reads them.
    scales: ScalingTile<'k, u64, SIDE, Dyn>,
}

/// `c = a * b * scale`; each block computes a part of `c` of `part` rows and columns.
#[kernel]
pub(crate) fn gemm_i8<'k>(
    core: Core<'k>,
    tiles: Tiles<'k>,
    a: GlobalIn<'k, i8>,
    b: GlobalIn<'k, i8>,
    words: GlobalIn<'k, u64>,
    c: GlobalOut<'k, i8, RowMajor, PipeFix>,
    part: usize,
) -> Retired<Tiles<'k>> {
    let across = b.cols().div_ceil(part);
    let corner = (core.block_idx() / across * part, core.block_idx() % across * part);
    let mut l1 = tiles.l1.map(|slot| slot.prime::<TExtractM2LR, TLoad>());
    let mut l0 = tiles.l0.map(|slot| slot.prime::<TMatmul, TExtractM2LR>());
    let mut acc = tiles.acc.prime::<TStoreAcc, TMatmul>();
    let mut line = tiles.words.prime::<TMovM2S, TLoad>();
    let mut scales = tiles.scales.prime::<TMovM2S, TMovM2S>();

    for i in (0..c.rows()).step_by(SIDE) {
        for j in (0..c.cols()).step_by(SIDE) {
            let (m, n) = (SIDE.min(c.rows() - i), SIDE.min(c.cols() - j));
            let loaded = tload(line, &words.at(0, corner.1 + j).sized(1, n)).record::<TMovM2S>();
            let each = tmov(scales, &loaded);
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
                        Turn::First(acc) => tmatmul(acc, &left, &right),
                        Turn::Later(sum) => tmatmul_acc(sum, &left, &right),
                    });
                    l0 = l0_open.put(left.join(right).release());
                }
                l1 = l1_open.put(a_panel.join(b_panel).release());
            }

            acc = match sum {
                Turn::First(acc) => acc,
                Turn::Later(sum) => {
                    let sum = sum.record::<TStoreAcc>();
                    tstore_with(&c.at(i, j), sum, Drain::new().scale_columns(&each)).release()
                }
            };
            scales = each.release();
        }
    }
    Tiles::retire(TilesTokens { l1, l0, acc, words: line, scales })
}

/// The matrices, and the scales of the columns of the product.
struct Product {
    size: (usize, usize, usize),
    a: Vec<i8>,
    b: Vec<i8>,
    scales: Vec<f32>,
}

/// Runs the kernel in blocks of `part` rows and columns; eagerly, or pipelined in the given order.
fn product(given: &Product, part: usize, order: Option<Order>) -> Result<Vec<i8>, Box<dyn Error>> {
    let (m, k, n) = given.size;
    let mut c = vec![0; m * n];
    if k == 0 {
        // A sum of no products is zero. There is nothing to launch: a tensor has at least one element.
        return Ok(c);
    }
    let words: Vec<u64> = given.scales.iter().map(|&scale| quant_param::<i8>(scale)).collect();
    let a = GlobalTensor::new(&given.a, &[m, k])?.whole();
    let b = GlobalTensor::new(&given.b, &[k, n])?.whole();
    let words = GlobalTensor::new(&words, &[1, n])?.whole();
    let mut out = GlobalTensorMut::new(&mut c, &[m, n])?;
    let blocks = m.div_ceil(part) * n.div_ceil(part);
    let args = (a, b, words, out.parts(part, part)?, part);
    match order {
        None => Eager::new().launch(&gemm_i8, blocks, args)?,
        Some(order) => drop(Pipelined::new().order(order).launch(&gemm_i8, blocks, args)?),
    }
    Ok(c)
}

/// Runs it on `m` x `k` by `k` x `n`, on every executor, and compares with sums in `i64`.
fn verify(m: usize, k: usize, n: usize, part: usize) -> Result<(), Box<dyn Error>> {
    let mut random = fastrand::Rng::with_seed(1);
    let a: Vec<i8> = (0..m * k).map(|_| random.i8(..)).collect();
    let b: Vec<i8> = (0..k * n).map(|_| random.i8(..)).collect();
    // A sum is about 5000 times the root of k: with these scales most fit, and some do not.
    let mut scale = || (0.002 + random.f32() * 0.02) / (k.max(1) as f32).sqrt();
    // The chip reads the upper 19 bits of a column's scale: the rest would be lost.
    let scales = (0..n).map(|_| f32::from_bits(scale().to_bits() & !0x1fff)).collect();
    let given = Product { size: (m, k, n), a, b, scales };

    let c = product(&given, part, None)?;
    for order in [Order::Early, Order::Late, Order::Random(1)] {
        if product(&given, part, Some(order))? != c {
            return Err(format!("{order:?} computes other values").into());
        }
    }
    let mut saturated = 0;
    for (at, &got) in c.iter().enumerate() {
        let (i, j) = (at / n, at % n);
        let terms = (0..k).map(|l| i64::from(given.a[i * k + l]) * i64::from(given.b[l * n + j]));
        let exact = terms.sum::<i64>() as f64 * f64::from(given.scales[j]);
        let expected = exact.round_ties_even().clamp(-128.0, 127.0);
        saturated += usize::from(expected != exact.round_ties_even());
        if f64::from(got) != expected {
            return Err(format!("c[{i}, {j}] is {got}, expected {expected}, of {exact}").into());
        }
    }
    println!(
        "verified: {m} x {k} x {n}, the same on every schedule; {saturated} elements saturated"
    );
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    verify(256, 512, 384, 256)?;
    verify(201, 733, 177, 130)?;
    verify(1, 1, 1, 256)?;
    verify(130, 1, 7, 256)?;
    verify(3, 0, 5, 256)
}
