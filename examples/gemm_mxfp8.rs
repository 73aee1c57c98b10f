//! An MXFP8 matrix product on a5: elements of eight bits, and a scale for 32 of them along k.
//!
//! ```text
//! cargo run --release --example gemm_mxfp8
//! ```
//!
//! The pipeline is that of `gemm`. What is new are the scales, which go the same way as the elements that they belong to:
//!
//! * In global memory they are a matrix of E8M0 each, with a column (a row, of the right factor) for 32 elements along k.
//! * In L1 they lie as the matrix pipe wants them: [`MxZz`] for the left factor, [`MxNn`] for the right one; the load rearranges.
//! * Beside L0A and L0B they have memories of their own, `ScaleLeft` and `ScaleRight`: a [`LeftScaleTile`] and a [`RightScaleTile`].
//! * TMATMUL_MX takes both factors with their scales. A tile of scales that does not fit its factor does not compile.
//!
//! A factor, its scales, the other factor and its scales share one flag on each way: they are joined.

#![allow(clippy::too_many_arguments, reason = "two factors, and the scales of each")]

use std::error::Error;

use tilesync::prelude::*;

/// Elements that share a scale.
const GROUP: usize = 32;
/// Rows and columns of a tile of the output.
const SIDE: usize = 128;
/// How far a product goes along k.
const STEP: usize = 256;
/// How far a panel in L1 goes: two products.
const PANEL: usize = 2 * STEP;

type MatA<'k> = MatTile<'k, F8E4M3, SIDE, PANEL, Dyn, Nz, A5>;
type MatB<'k> = MatTile<'k, F8E4M3, PANEL, SIDE, Dyn, Zn, A5>;
type MatAScales<'k> = MatTile<'k, F8E8M0, SIDE, { PANEL / GROUP }, Dyn, MxZz, A5>;
type MatBScales<'k> = MatTile<'k, F8E8M0, { PANEL / GROUP }, SIDE, Dyn, MxNn, A5>;
type Left<'k> = LeftTile<'k, F8E4M3, SIDE, STEP, Dyn, A5>;
type Right<'k> = RightTile<'k, F8E4M3, STEP, SIDE, Dyn, A5>;
type LeftScales<'k> = LeftScaleTile<'k, SIDE, { STEP / GROUP }, Dyn>;
type RightScales<'k> = RightScaleTile<'k, { STEP / GROUP }, SIDE, Dyn>;

#[derive(Buffers)]
pub(crate) struct Tiles<'k> {
    l1: [((MatA<'k>, MatAScales<'k>), (MatB<'k>, MatBScales<'k>)); 2],
    l0: [((Left<'k>, LeftScales<'k>), (Right<'k>, RightScales<'k>)); 2],
    acc: AccTile<'k, f32, SIDE, SIDE, Dyn, A5>,
}

/// `c = a * b`; each block computes a part of `c` of `part` rows and columns, `across` of them side by side.
#[kernel]
pub(crate) fn gemm_mxfp8<'k>(
    core: Core<'k, A5>,
    tiles: Tiles<'k>,
    a: GlobalIn<'k, F8E4M3>,
    a_scales: GlobalIn<'k, F8E8M0>,
    b: GlobalIn<'k, F8E4M3, ColMajor>,
    b_scales: GlobalIn<'k, F8E8M0, ColMajor>,
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
            let (row, col) = (corner.0 + i, corner.1 + j);
            let mut sum = Turn::First(acc);
            for k in (0..a.cols()).step_by(PANEL) {
                let group = k / GROUP;
                let (slot, l1_open) = l1.take();
                let (a_slots, b_slots) = slot.split();
                let ((a_slot, a_scale_slot), (b_slot, b_scale_slot)) =
                    (a_slots.split(), b_slots.split());
                let a_panel = tload(a_slot, &a.at(row, k).sized(m, PANEL)).record();
                let b_panel = tload(b_slot, &b.at(k, col).sized(PANEL, n)).record();
                let scales = a_scales.at(row, group).sized(m, PANEL / GROUP);
                let a_scale_panel = tload(a_scale_slot, &scales).record();
                let scales = b_scales.at(group, col).sized(PANEL / GROUP, n);
                let b_scale_panel = tload(b_scale_slot, &scales).record();

                for step in (0..PANEL.min(a.cols() - k)).step_by(STEP) {
                    let (slot, l0_open) = l0.take();
                    let (left, right) = slot.split();
                    let ((left, left_scales), (right, right_scales)) =
                        (left.split(), right.split());
                    let left = textract(left, &a_panel, 0, step);
                    let left_scales = textract(left_scales, &a_scale_panel, 0, step / GROUP);
                    let right = textract(right, &b_panel, step, 0);
                    let right_scales = textract(right_scales, &b_scale_panel, step / GROUP, 0);
                    let (left, right) = left
                        .join(left_scales)
                        .join(right.join(right_scales))
                        .record::<TMatmul>()
                        .split();
                    let ((left, left_scales), (right, right_scales)) =
                        (left.split(), right.split());
                    sum = Turn::Later(match sum {
                        Turn::First(acc) => {
                            tmatmul_mx(acc, &left, &left_scales, &right, &right_scales)
                        }
                        Turn::Later(sum) => {
                            tmatmul_mx_acc(sum, &left, &left_scales, &right, &right_scales)
                        }
                    });
                    let read = left.join(left_scales).join(right.join(right_scales));
                    l0 = l0_open.put(read.release());
                }
                let read = a_panel.join(a_scale_panel).join(b_panel.join(b_scale_panel));
                l1 = l1_open.put(read.release());
            }
            acc = match sum {
                Turn::First(acc) => acc,
                Turn::Later(sum) => tstore(&c.at(i, j), sum.record::<TStoreAcc>()).release(),
            };
        }
    }
    Tiles::retire(TilesTokens { l1, l0, acc })
}

/// Lines of `k` numbers as MXFP8: the elements, and the scales of their groups.
fn quantised(numbers: &[f32]) -> (Vec<F8E4M3>, Vec<F8E8M0>) {
    let mut elements = Vec::with_capacity(numbers.len());
    let mut scales = Vec::with_capacity(numbers.len() / GROUP);
    for group in numbers.chunks(GROUP) {
        let most = group.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
        // So that the greatest magnitude lies in the last binade of E4M3, and does not overflow.
        let scale = F8E8M0::from_f32(most / 256.0);
        scales.push(scale);
        elements.extend(
            group.iter().map(|x| F8E4M3::from_f32((x / scale.to_f32()).clamp(-448.0, 448.0))),
        );
    }
    (elements, scales)
}

/// Runs it on `m` x `k` by `k` x `n`, on every executor, and compares with `f64`.
fn verify(m: usize, k: usize, n: usize, part: usize) -> Result<(), Box<dyn Error>> {
    let mut random = fastrand::Rng::with_seed(1);
    let mut numbers = |count| (0..count).map(|_| random.f32() - 0.5).collect::<Vec<f32>>();
    let (x, y) = (numbers(m * k), numbers(n * k));
    // The right factor lies in columns.
    let ((a, a_scales), (b, b_scales)) = (quantised(&x), quantised(&y));
    let (across, groups) = (n.div_ceil(part), k / GROUP);
    let blocks = m.div_ceil(part) * across;

    let run = |order: Option<Order>| -> Result<Vec<f32>, Box<dyn Error>> {
        let (left, right) = (GlobalTensor::new(&a, &[m, k])?, GlobalTensor::new(&b, &[k, n])?);
        let left_scales = GlobalTensor::new(&a_scales, &[m, groups])?;
        let right_scales = GlobalTensor::new(&b_scales, &[groups, n])?;
        let mut c = vec![f32::NAN; m * n];
        let mut product = GlobalTensorMut::new(&mut c, &[m, n])?;
        let args = (
            left.whole(),
            left_scales.whole(),
            right.whole(),
            right_scales.whole(),
            product.parts(part, part)?,
            part,
            across,
        );
        match order {
            None => Eager::new().launch(&gemm_mxfp8, blocks, args)?,
            Some(order) => drop(Pipelined::new().order(order).launch(&gemm_mxfp8, blocks, args)?),
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
    let mut worst = 0.0_f64;
    for i in 0..m {
        for j in 0..n {
            let value = |elements: &[F8E4M3], scales: &[F8E8M0], at: usize| {
                f64::from(elements[at]) * f64::from(scales[at / GROUP])
            };
            let terms =
                (0..k).map(|l| value(&a, &a_scales, i * k + l) * value(&b, &b_scales, j * k + l));
            let (sum, magnitude) =
                terms.fold((0.0, 0.0), |(sum, all), term| (sum + term, all + term.abs()));
            let got = f64::from(c[i * n + j]);
            // Each product along k rounds the sum to f32 once.
            let bound = magnitude * f64::from(f32::EPSILON) * k.div_ceil(STEP) as f64;
            if (got - sum).abs() > bound || got.is_nan() {
                return Err(format!("c[{i}, {j}] is {got}, expected {sum}").into());
            }
            let exact: f64 =
                (0..k).map(|l| f64::from(x[i * k + l]) * f64::from(y[j * k + l])).sum();
            worst = worst.max((got - exact).abs());
        }
    }
    println!(
        "verified: {m} x {k} x {n} in {blocks} blocks, the same bits on every schedule; at most {worst:.3} from the product of f32"
    );
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    verify(256, 1024, 256, 128)?;
    verify(201, 832, 177, 130)?;
    verify(1, 64, 1, 128)
}
