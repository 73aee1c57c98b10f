//! SwiGLU: one tensor gates another, element by element.
//!
//! ```text
//! cargo run --release --example swiglu
//! ```
//!
//! `y = silu(a) * b` with `silu(a) = a / (1 + exp(-a))`, in the order `b / (1 + exp(-a)) * a`: a CPU divides while `b` is still on its
//! way from memory. Two loads feed a chain of vector ops; a slot holds a tile of `a` and one of `b`, and one token carries both,
//! so that one flag announces them and one hands them back. The denominator never leaves the vector pipe: its tile stays there
//! from round to round without a flag.
//!
//! Any number of rows and columns: the tiles' valid regions (`Dyn`) say how much there is. What IEEE arithmetic makes of odd
//! values of `a`: below -88 `exp` overflows, and the result is 0 of the right sign, where the exact one is at most a denormal
//! number times `b`; infinity stays infinity; negative infinity becomes NaN, since it is divided by infinity.

use std::error::Error;

use tilesync::prelude::*;

/// Rows and columns of a tile.
pub(crate) const TILE: [usize; 2] = [4, 1024];
/// Rows of a block.
pub(crate) const BLOCK: usize = 64;

type Part<'k> = VecTile<'k, f32, { TILE[0] }, { TILE[1] }, Dyn>;

#[derive(Buffers)]
pub(crate) struct Ub<'k> {
    ab: [(Part<'k>, Part<'k>); 2],
    y: [Part<'k>; 2],
    denominator: Part<'k>,
}

#[kernel]
pub(crate) fn swiglu<'k>(
    ub: Ub<'k>,
    a: GlobalIn<'k, f32>,
    b: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    let mut free_ab = ub.ab.map(|(a, b)| a.prime::<Vector, TLoad>().join(b.prime()));
    let mut free_y = ub.y.map(|tile| tile.prime::<TStoreVec, Vector>());
    let mut denominator = ub.denominator.on::<Vector>();
    for i in 0..y.rows().div_ceil(TILE[0]) {
        for j in 0..y.cols().div_ceil(TILE[1]) {
            let [now, next] = free_ab;
            let [y_now, y_next] = free_y;
            let (a_now, b_now) = now.split();
            let loaded = tload(a_now, &a.tile(i, j)).join(tload(b_now, &b.tile(i, j)));
            let (a, b) = loaded.record::<Vector>().split();

            let below = tadds_assign(texp_assign(tneg(denominator, &a)), 1.0);
            let gated = tmul_assign(tdiv(y_now, &b, &below), &a).record::<TStoreVec>();
            free_ab = [next, a.join(b).release::<TLoad>()];
            free_y = [y_next, tstore(&y.tile(i, j), gated).release::<Vector>()];
            denominator = below.on::<Vector>().discard();
        }
    }
    Ub::retire(UbTokens { ab: free_ab, y: free_y, denominator })
}

/// An element in `f64`.
pub(crate) fn exact(a: f32, b: f32) -> f64 {
    let (a, b) = (f64::from(a), f64::from(b));
    a / (1.0 + (-a).exp()) * b
}

/// How much an element may be off: five roundings of its value, or what is lost where `exp` overflows.
pub(crate) fn bound(exact: f64, b: f32) -> f64 {
    let lost = f64::from(f32::MIN_POSITIVE) * 100.0 * f64::from(b.abs());
    exact.abs() * 2.5 * f64::from(f32::EPSILON) + lost + f64::from(f32::MIN_POSITIVE)
}

/// Runs it on every executor, and compares with `f64`.
fn verify(rows: usize, cols: usize) -> Result<(), Box<dyn Error>> {
    let mut random = fastrand::Rng::with_seed(1);
    let mut draw = |count| (0..count).map(|_| random.f32() * 24.0 - 12.0).collect::<Vec<_>>();
    let (a, b) = (draw(rows * cols), draw(rows * cols));
    let gate = GlobalTensor::new(&a, &[rows, cols])?.parts(BLOCK, cols)?;
    let value = GlobalTensor::new(&b, &[rows, cols])?.parts(BLOCK, cols)?;
    let blocks = rows.div_ceil(BLOCK);

    let run = |order: Option<Order>| -> Result<Vec<f32>, Box<dyn Error>> {
        let mut y = vec![f32::NAN; a.len()];
        let mut output = GlobalTensorMut::new(&mut y, &[rows, cols])?;
        let args = (gate, value, output.parts(BLOCK, cols)?);
        match order {
            None => Eager::new().launch(&swiglu, blocks, args)?,
            Some(order) => drop(Pipelined::new().order(order).launch(&swiglu, blocks, args)?),
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
    for (at, ((a, b), y)) in a.iter().zip(&b).zip(&y).enumerate() {
        let exact = exact(*a, *b);
        let error = (f64::from(*y) - exact).abs();
        if error.is_nan() || error > bound(exact, *b) {
            return Err(format!("y[{}, {}] is {y}, expected {exact}", at / cols, at % cols).into());
        }
        worst = worst.max(error / exact.abs());
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
    verify(1, 5000)
}
