//! A sparse matrix of ones in CSR form, times a dense one: each row of the result is the sum of the rows that the sparse one names.
//!
//! ```text
//! cargo run --release --example csr_gather
//! ```
//!
//! The scalar unit reads where a row's entries begin and end. Sixteen entries at a time are loaded, `mgather_rows` fetches the rows that
//! they name, and `tcolsum` adds those up.

use std::error::Error;

use tilesync::prelude::*;

/// Entries that are taken at a time, and columns of the dense matrix.
const ENTRIES: usize = 16;
pub(crate) const COLS: usize = 64;

#[derive(Buffers)]
pub(crate) struct Ub<'k> {
    entries: VecTile<'k, u32, 1, ENTRIES, Dyn>,
    rows: VecTile<'k, f32, ENTRIES, COLS, Dyn>,
    part: VecTile<'k, f32, 1, COLS, Dyn>,
    sum: VecTile<'k, f32, 1, COLS, Dyn>,
}

/// A block's rows of `y`. The entries of row `i` are those from `bounds[i]` up to `bounds[i + 1]`.
#[kernel]
pub(crate) fn csr_gather<'k>(
    ub: Ub<'k>,
    bounds: GlobalIn<'k, i32>,
    entries: GlobalIn<'k, u32>,
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    let mut free_entries = ub.entries.prime::<MGatherVec, TLoad>();
    let mut free_sum = ub.sum.prime::<TStoreVec, TExpandS>();
    let mut rows = ub.rows.on::<Vector>();
    let mut part = ub.part.on::<Vector>();
    for row in 0..y.rows() {
        let at = y.origin().0 + row;
        let (first, end) = (bounds.scalar(0, at).value(), bounds.scalar(0, at + 1).value());
        let mut sum = texpands(free_sum, 0.0).on::<Vector>();
        for from in (first as usize..end as usize).step_by(ENTRIES) {
            let some = entries.at(0, from).sized(1, end as usize - from);
            let named = tload(free_entries, &some).record::<MGatherVec>();
            let fetched = mgather_rows(rows, &x.at(0, 0), &named, GatherOob::Zero);
            let added = tcolsum(part, &fetched);
            sum = tadd_assign(sum, &added).on::<Vector>();
            free_entries = named.release::<TLoad>();
            rows = fetched.discard().on::<Vector>();
            part = added.discard().on::<Vector>();
        }
        free_sum = tstore(&y.tile(row, 0), sum.record::<TStoreVec>()).release::<TExpandS>();
    }
    Ub::retire(UbTokens { entries: free_entries, rows, part, sum: free_sum })
}

fn main() -> Result<(), Box<dyn Error>> {
    let (rows, inner, part) = (200, 1000, 16);
    let mut random = fastrand::Rng::with_seed(1);
    // Small whole numbers, whose sums are exact in every order.
    let x: Vec<f32> = (0..inner * COLS).map(|_| f32::from(random.i8(..))).collect();
    let lists: Vec<Vec<u32>> = (0..rows)
        .map(|_| (0..random.usize(0..50)).map(|_| random.u32(0..inner as u32)).collect())
        .collect();
    let entries = lists.concat();
    let mut bounds = vec![0];
    for list in &lists {
        bounds.push(bounds[bounds.len() - 1] + list.len() as i32);
    }

    let orders = [Order::Early, Order::Late, Order::Random(1)];
    for order in std::iter::once(None).chain(orders.map(Some)) {
        let mut y = vec![f32::NAN; rows * COLS];
        let mut out = GlobalTensorMut::new(&mut y, &[rows, COLS])?;
        let args = (
            GlobalTensor::new(&bounds, &[1, rows + 1])?.whole(),
            GlobalTensor::new(&entries, &[1, entries.len()])?.whole(),
            GlobalTensor::new(&x, &[inner, COLS])?.whole(),
            out.parts(part, COLS)?,
        );
        let blocks = rows.div_ceil(part);
        match order {
            None => Eager::new().launch(&csr_gather, blocks, args)?,
            Some(order) => {
                Pipelined::new().order(order).launch(&csr_gather, blocks, args)?;
            }
        }
        for (at, got) in y.iter().enumerate() {
            let named = lists[at / COLS].iter();
            let want: f32 = named.map(|&row| x[row as usize * COLS + at % COLS]).sum();
            if *got != want {
                let place = format!("y[{}, {}]", at / COLS, at % COLS);
                return Err(format!("{place} is {got}, expected {want}").into());
            }
        }
    }
    println!("verified: {rows} rows, sums of {} rows of {COLS}, on every executor", entries.len());
    Ok(())
}
