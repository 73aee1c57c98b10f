//! Sums of segments: a segment is some rows of `x` that follow each other, and each has its own length.
//!
//! ```text
//! cargo run --release --example segment_sum
//! ```
//!
//! The scalar unit reads where a segment begins and ends, and that says how much is loaded: what is valid in the tile, and what the sum
//! takes of it, follows. What the kernel does is the same for all segments, so `Emit` can write it as C++, which reads the bounds itself.

use std::error::Error;

use tilesync::prelude::*;

pub(crate) const COLS: usize = 64;
/// Rows of the longest segment.
pub(crate) const MOST: usize = 16;
/// Segments of a block.
pub(crate) const BLOCK: usize = 8;

#[derive(Buffers)]
pub(crate) struct Ub<'k> {
    segment: [VecTile<'k, f32, MOST, COLS, Dyn>; 2],
    sum: VecTile<'k, f32, 1, COLS, Dyn>,
}

/// For each row `i` of the block's part of `y`, the sum of the rows of `x` from `bounds[i]` up to `bounds[i + 1]`, of at most [`MOST`].
#[kernel]
pub(crate) fn segment_sum<'k>(
    ub: Ub<'k>,
    bounds: GlobalIn<'k, i32>,
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    let mut free = ub.segment.map(|tile| tile.prime::<Vector, TLoad>());
    let mut free_sum = ub.sum.prime::<TStoreVec, Vector>();
    for i in 0..y.rows() {
        let [now, next] = free;
        let segment = y.origin().0 + i;
        let first = bounds.scalar(0, segment);
        let end = bounds.scalar(0, segment + 1);
        let rows = tload(now, &x.at(first, 0).sized(end - first, COLS)).record::<Vector>();
        let sum = tcolsum(free_sum, &rows).record::<TStoreVec>();
        free = [next, rows.release::<TLoad>()];
        free_sum = tstore(&y.tile(i, 0), sum).release::<Vector>();
    }
    Ub::retire(UbTokens { segment: free, sum: free_sum })
}

fn main() -> Result<(), Box<dyn Error>> {
    let segments = 100;
    let mut random = fastrand::Rng::with_seed(1);
    let mut bounds = vec![0];
    for segment in 0..segments {
        bounds.push(bounds[segment] + random.i32(1..=MOST as i32));
    }
    // Small whole numbers, whose sums are exact in every order.
    let rows = bounds[segments] as usize;
    let x: Vec<f32> = (0..rows * COLS).map(|_| f32::from(random.i8(..))).collect();

    let orders = [Order::Early, Order::Late, Order::Random(1)];
    for order in std::iter::once(None).chain(orders.map(Some)) {
        let mut y = vec![f32::NAN; segments * COLS];
        let mut out = GlobalTensorMut::new(&mut y, &[segments, COLS])?;
        let args = (
            GlobalTensor::new(&bounds, &[1, segments + 1])?.whole(),
            GlobalTensor::new(&x, &[rows, COLS])?.whole(),
            out.parts(BLOCK, COLS)?,
        );
        let blocks = segments.div_ceil(BLOCK);
        match order {
            None => Eager::new().launch(&segment_sum, blocks, args)?,
            Some(order) => {
                drop(Pipelined::new().order(order).launch(&segment_sum, blocks, args)?);
            }
        }
        for (at, y) in y.iter().enumerate() {
            let (segment, col) = (at / COLS, at % COLS);
            let expected: f32 = (bounds[segment]..bounds[segment + 1])
                .map(|row| x[row as usize * COLS + col])
                .sum();
            if *y != expected {
                return Err(format!("y[{segment}, {col}] is {y}, expected {expected}").into());
            }
        }
    }
    println!("verified: {segments} segments of up to {MOST} rows, on every executor");
    Ok(())
}
