//! The 32 greatest numbers of each row, and where they stand: sort, merge, take apart.
//!
//! ```text
//! cargo run --release --example topk
//! ```
//!
//! `tsort32` makes pairs of a value and its index, sorted by 32; `tmrgsort` merges four neighbouring runs at a time, until a chunk of 2048 is
//! one; `tmrgsort_lists` merges that with the best so far, into a tile that has room for the first 32 of them alone. In the end
//! `tgather_mask` takes the pairs apart. Of equal values the one further to the left comes first.

use std::error::Error;

use tilesync::prelude::*;

/// Columns that are sorted at a time, and numbers that are wanted.
pub(crate) const CHUNK: usize = 2048;
pub(crate) const K: usize = 32;
/// Elements of pairs: a value and its index are two.
const PAIRS: usize = 2 * CHUNK;
const BEST: usize = 2 * K;

#[derive(Buffers)]
pub(crate) struct Ub<'k> {
    x: VecTile<'k, f32, 1, CHUNK>,
    places: VecTile<'k, u32, 1, CHUNK>,
    pairs: [VecTile<'k, f32, 1, PAIRS>; 2],
    best: [VecTile<'k, f32, 1, BEST>; 2],
    tmp: VecTile<'k, f32, 1, { PAIRS + BEST }>,
    values: VecTile<'k, f32, 1, K>,
    indices: VecTile<'k, u32, 1, K>,
}

/// A block's rows; `places` counts the columns, and has one row for all.
#[kernel]
pub(crate) fn topk<'k>(
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    places: GlobalIn<'k, u32>,
    values: GlobalOut<'k, f32>,
    indices: GlobalOut<'k, u32>,
) -> Retired<Ub<'k>> {
    let mut free_x = ub.x.prime::<TSort32, TLoad>();
    let mut free_places = ub.places.prime::<TSort32, TLoad>();
    let mut free_values = ub.values.prime::<TStoreVec, TGather>();
    let mut free_indices = ub.indices.prime::<TStoreVec, TGather>();
    let [mut pairs, mut other] = ub.pairs.map(Tile::on::<Vector>);
    let [mut first, mut second] = ub.best.map(Tile::on::<Vector>);
    let mut tmp = ub.tmp.on::<Vector>();
    for row in 0..values.rows() {
        let mut best = texpands(first, f32::NEG_INFINITY).on::<Vector>();
        for chunk in 0..x.cols() / CHUNK {
            let loaded = tload(free_x, &x.tile(row, chunk)).record::<TSort32>();
            let named = tload(free_places, &places.tile(0, chunk)).record::<TSort32>();
            let by_32 = tsort32(pairs, &loaded, &named).on::<Vector>();
            free_x = loaded.release::<TLoad>();
            free_places = named.release::<TLoad>();
            // Runs of 32, 128, 512 and 2048 pairs, two elements each.
            let by_128 = tmrgsort(other, &by_32, 64).on::<Vector>();
            let by_512 = tmrgsort(by_32.discard(), &by_128, 256).on::<Vector>();
            let sorted = tmrgsort(by_128.discard(), &by_512, 1024).on::<Vector>();
            pairs = by_512.discard();
            let better = tmrgsort_lists(second, &mut tmp, (&best, &sorted)).on::<Vector>();
            (second, best, other) = (best.discard(), better, sorted.discard());
        }
        let of_pairs = tgather_mask(free_values, &best, MaskPattern::P0101, Axis::Row);
        free_values = tstore(&values.tile(row, 0), of_pairs.record::<TStoreVec>()).release();
        let of_pairs = tgather_mask(free_indices, &best, MaskPattern::P1010, Axis::Row);
        free_indices = tstore(&indices.tile(row, 0), of_pairs.record::<TStoreVec>()).release();
        first = best.discard();
    }
    Ub::retire(UbTokens {
        x: free_x,
        places: free_places,
        pairs: [pairs, other],
        best: [first, second],
        tmp,
        values: free_values,
        indices: free_indices,
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let (rows, cols, part) = (24, 4 * CHUNK, 4);
    let mut random = fastrand::Rng::with_seed(1);
    // Few different values, so that there are equal ones among the best.
    let x: Vec<f32> = (0..rows * cols).map(|_| random.i32(-3000..3000) as f32 / 8.0).collect();
    let places: Vec<u32> = (0..cols as u32).collect();
    let want: Vec<Vec<usize>> = x
        .chunks(cols)
        .map(|row| {
            let mut order: Vec<usize> = (0..cols).collect();
            order.sort_by(|&i, &j| row[j].total_cmp(&row[i]));
            order.truncate(K);
            order
        })
        .collect();

    let orders = [Order::Early, Order::Late, Order::Random(1)];
    for order in std::iter::once(None).chain(orders.map(Some)) {
        let (mut values, mut indices) = (vec![f32::NAN; rows * K], vec![0; rows * K]);
        let mut out = GlobalTensorMut::new(&mut values, &[rows, K])?;
        let mut out_indices = GlobalTensorMut::new(&mut indices, &[rows, K])?;
        let args = (
            GlobalTensor::new(&x, &[rows, cols])?.parts(part, cols)?,
            GlobalTensor::new(&places, &[1, cols])?.whole(),
            out.parts(part, K)?,
            out_indices.parts(part, K)?,
        );
        match order {
            None => Eager::new().launch(&topk, rows / part, args)?,
            Some(order) => {
                Pipelined::new().order(order).launch(&topk, rows / part, args)?;
            }
        }
        for (row, want) in want.iter().enumerate() {
            for (at, &col) in want.iter().enumerate() {
                let got = (values[row * K + at], indices[row * K + at] as usize);
                if got != (x[row * cols + col], col) {
                    let place = format!("row {row}, number {at}: {got:?}");
                    return Err(format!("{place}, expected column {col}").into());
                }
            }
        }
    }
    println!("verified: the {K} greatest of {cols} numbers in {rows} rows, on every executor");
    Ok(())
}
