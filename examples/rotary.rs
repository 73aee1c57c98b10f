//! Rotary embedding: each pair of features is turned by an angle that grows with the position of its token.
//!
//! ```text
//! cargo run --release --example rotary
//! ```
//!
//! A head's features are two halves, `a` and `b`; of pair `i` at position `p` the angle is `p / 10000^(i / HALF)`, and
//!
//! ```text
//! a' = a cos - b sin
//! b' = b cos + a sin
//! ```
//!
//! The cosines and sines come from tables, a row a token, which all heads of the token share: a tile of each is loaded for some tokens, and
//! stays on the vector pipe for as many rounds as there are heads, while the halves of the heads come and go in two slots.
//! [`tmuladddst`] adds a product to what is there, in one op. What goes together has one token, and so one flag.
//!
//! Any number of tokens (`Dyn`).

use std::error::Error;

use tilesync::prelude::*;

/// Tokens of a tile.
const ROWS: usize = 32;
/// Pairs of features of a head.
const HALF: usize = 64;
/// Tokens of a block.
pub(crate) const BLOCK: usize = 128;

type Half<'k> = VecTile<'k, f32, ROWS, HALF, Dyn>;

#[derive(Buffers)]
pub(crate) struct Ub<'k> {
    turn: [(Half<'k>, Half<'k>); 2],
    x: [(Half<'k>, Half<'k>); 2],
    y: [(Half<'k>, Half<'k>); 2],
    product: Half<'k>,
}

#[kernel]
pub(crate) fn rotary<'k>(
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    cos: GlobalIn<'k, f32>,
    sin: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    let mut free_turn = ub.turn.map(|(cos, sin)| cos.prime::<Vector, TLoad>().join(sin.prime()));
    let mut free_x = ub.x.map(|(a, b)| a.prime::<Vector, TLoad>().join(b.prime()));
    let mut free_y = ub.y.map(|(a, b)| a.prime::<TStoreVec, Vector>().join(b.prime()));
    let mut product = ub.product.on::<Vector>();
    for i in 0..y.rows().div_ceil(ROWS) {
        let [turn_now, turn_next] = free_turn;
        let (cos_now, sin_now) = turn_now.split();
        let turn = tload(cos_now, &cos.tile(i, 0)).join(tload(sin_now, &sin.tile(i, 0)));
        let (cos_tile, sin_tile) = turn.record::<Vector>().split();
        for head in 0..y.cols() / (2 * HALF) {
            let [x_now, x_next] = free_x;
            let [y_now, y_next] = free_y;
            let (a_now, b_now) = x_now.split();
            let (first, second) = (2 * head, 2 * head + 1);
            let loaded = tload(a_now, &x.tile(i, first)).join(tload(b_now, &x.tile(i, second)));
            let (a, b) = loaded.record::<Vector>().split();

            let (y_a, y_b) = y_now.split();
            let b_sin = tmul(product, &b, &sin_tile);
            let y_a = tsub_assign(tmul(y_a, &a, &cos_tile), &b_sin);
            let y_b = tmuladddst(tmul(y_b, &b, &cos_tile), &a, &sin_tile);
            let (y_a, y_b) = y_a.join(y_b).record::<TStoreVec>().split();
            let stored = tstore(&y.tile(i, first), y_a).join(tstore(&y.tile(i, second), y_b));

            free_x = [x_next, a.join(b).release::<TLoad>()];
            free_y = [y_next, stored.release::<Vector>()];
            product = b_sin.on::<Vector>().discard();
        }
        free_turn = [turn_next, cos_tile.join(sin_tile).release::<TLoad>()];
    }
    Ub::retire(UbTokens { turn: free_turn, x: free_x, y: free_y, product })
}

/// The angle of pair `i` of the token at `position`.
fn angle(position: usize, i: usize) -> f64 {
    position as f64 / 10_000_f64.powf(i as f64 / HALF as f64)
}

/// Runs it on every executor, and compares with `f64`.
fn verify(tokens: usize, heads: usize) -> Result<(), Box<dyn Error>> {
    let cols = heads * 2 * HALF;
    let mut random = fastrand::Rng::with_seed(1);
    let x: Vec<f32> = (0..tokens * cols).map(|_| random.f32() * 8.0 - 4.0).collect();
    let table = |of: fn(f64) -> f64| -> Vec<f32> {
        (0..tokens * HALF).map(|at| of(angle(at / HALF, at % HALF)) as f32).collect()
    };
    let (cos, sin) = (table(f64::cos), table(f64::sin));
    let input = GlobalTensor::new(&x, &[tokens, cols])?.parts(BLOCK, cols)?;
    let cosines = GlobalTensor::new(&cos, &[tokens, HALF])?.parts(BLOCK, HALF)?;
    let sines = GlobalTensor::new(&sin, &[tokens, HALF])?.parts(BLOCK, HALF)?;
    let blocks = tokens.div_ceil(BLOCK);

    let run = |order: Option<Order>| -> Result<Vec<f32>, Box<dyn Error>> {
        let mut y = vec![f32::NAN; x.len()];
        let mut output = GlobalTensorMut::new(&mut y, &[tokens, cols])?;
        let args = (input, cosines, sines, output.parts(BLOCK, cols)?);
        match order {
            None => Eager::new().launch(&rotary, blocks, args)?,
            Some(order) => drop(Pipelined::new().order(order).launch(&rotary, blocks, args)?),
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
    for (at, y) in y.iter().enumerate() {
        let (token, col) = (at / cols, at % cols);
        let (i, is_second) = (col % HALF, col / HALF % 2 == 1);
        let other = if is_second { at - HALF } else { at + HALF };
        let (sin, cos) = angle(token, i).sin_cos();
        let (kept, turned) = (f64::from(x[at]) * cos, f64::from(x[other]) * sin);
        let exact = if is_second { kept + turned } else { kept - turned };
        // Two entries of the tables, two products and their sum, each rounded.
        let error = (f64::from(*y) - exact).abs() / (kept.abs() + turned.abs());
        if error.is_nan() || error > 1.5 * f64::from(f32::EPSILON) {
            return Err(format!("y[{token}, {col}] is {y}, expected {exact}").into());
        }
        worst = worst.max(error);
    }
    println!(
        "verified: {tokens} tokens, {heads} heads, the same bits on every schedule, errors up to {worst:.1e}"
    );
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    verify(512, 8)?;
    verify(77, 3)?;
    verify(1, 1)
}
