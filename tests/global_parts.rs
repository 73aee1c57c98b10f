//! Where a block's part lies: origins, halos, several parts a block, batches, sequences of different lengths.

#![allow(clippy::unwrap_used, reason = "a test")]

use tilesync::global::GlobalError;
use tilesync::prelude::*;
use tilesync::{LaunchError, Trouble};

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, i32, 8, 8, Dyn>,
}

/// Runs `launch` eagerly and on pipes in three orders, each time on an output of `len` elements that starts as -1.
fn everywhere(
    len: usize,
    launch: impl Fn(&mut [i32], Option<Order>) -> Result<(), LaunchError>,
) -> Vec<i32> {
    let orders = [Order::Early, Order::Late, Order::Random(1)];
    let run = |order| {
        let mut out = vec![-1; len];
        launch(&mut out, order).unwrap();
        out
    };
    let eager = run(None);
    for order in orders {
        assert_eq!(run(Some(order)), eager, "{order:?}");
    }
    eager
}

fn launch<K: Kernel>(
    kernel: &K,
    grid: usize,
    args: <K::Args as tilesync::global::Args>::Host<'_>,
    order: Option<Order>,
) -> Result<(), LaunchError> {
    match order {
        None => Eager::new().launch(kernel, grid, args),
        Some(order) => Pipelined::new().order(order).launch(kernel, grid, args).map(|_| ()),
    }
}

/// Fills each part with a number made of where it lies.
#[kernel]
fn stamp<'k>(ub: Ub<'k>, y: Parts<GlobalOut<'k, i32>>) -> Retired<Ub<'k>> {
    let mut free = ub.a.prime::<TStoreVec, TExpandS>();
    for y in y.strided() {
        let ((row, col), (i, j), (down, across)) = (y.origin(), y.part(), y.grid());
        let label = [row, col, i, j, down, across].iter().fold(0, |label, &n| label * 20 + n);
        let tile = free.with_valid(y.rows(), y.cols());
        let tile = texpands(tile, label as i32).record::<TStoreVec>();
        free = tstore(&y.tile(0, 0), tile).release::<TExpandS>();
    }
    Ub::retire(UbTokens { a: free })
}

/// The label of the part at `at`, if parts are `part` long from `first` on, on an axis of `len` in batches of `batch`.
fn place(at: usize, part: usize, batch: usize, len: usize) -> (usize, usize, usize) {
    let each = batch.div_ceil(part);
    let (which, within) = (at / batch, at % batch / part);
    (which * batch + within * part, which * each + within, len / batch * each)
}

#[test]
fn every_part_belongs_to_one_block_and_knows_where_it_lies() {
    // Batches, rows, columns; rows and columns of a part.
    for (batches, rows, cols, part) in [(1, 19, 13, (8, 5)), (3, 5, 8, (4, 8)), (2, 8, 7, (8, 3))] {
        for blocks in [1, 2, 3, 40] {
            for batched in [false, true] {
                let y = everywhere(batches * rows * cols, |y, order| {
                    let mut y = GlobalTensorMut::new(y, &[batches, rows, cols])?;
                    let parts = if batched {
                        y.batched_parts(part.0, part.1)?
                    } else {
                        y.parts(part.0, part.1)?
                    };
                    launch(&stamp, blocks, (parts,), order)
                });
                let all = batches * rows;
                for (at, y) in y.iter().enumerate() {
                    let batch = if batched { rows } else { all };
                    let (row, i, down) = place(at / cols, part.0, batch, all);
                    let (col, j, across) = place(at % cols, part.1, cols, cols);
                    let label = [row, col, i, j, down, across];
                    let label = label.iter().fold(0, |label, &n| label * 20 + n);
                    assert_eq!(*y, label as i32, "element {at}, {blocks} blocks, {batched}");
                }
            }
        }
    }
}

/// Each block copies its sequence, backwards by tiles; an empty one has nothing to copy.
#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, i32>, y: GlobalOut<'k, i32>) -> Retired<Ub<'k>> {
    let mut free = ub.a.prime::<TStoreVec, TLoad>();
    for i in (0..x.rows().div_ceil(8)).rev() {
        let tile = tload(free, &x.tile(i, 0)).record::<TStoreVec>();
        free = tstore(&y.tile(i, 0), tile).release::<TLoad>();
    }
    Ub::retire(UbTokens { a: free })
}

/// Each block cuts its sequence into cells and negates them in place.
#[kernel]
fn negate<'k>(ub: Ub<'k>, x: GlobalInOut<'k, i32>) -> Retired<Ub<'k>> {
    let mut free = ub.a.prime::<TStoreVec, TLoad>();
    for cell in x.cells(3, 8) {
        let (a, cell) = tload_cell(free, cell).record::<TMulS>().split();
        let product = tmuls_assign(a, -1).join(cell.wait()).record::<TStoreVec>();
        (free, _) = tstore_cell(product).release::<TLoad>().split();
    }
    Ub::retire(UbTokens { a: free })
}

#[test]
fn sequences_have_lengths_of_their_own() {
    let x: Vec<i32> = (0..30 * 8).collect();
    for offsets in [&[0, 30][..], &[0, 0, 9, 9, 10, 27, 30], &[3, 11, 20]] {
        let blocks = offsets.len() - 1;
        let input = GlobalTensor::new(&x, &[30, 8]).unwrap();
        let y = everywhere(30 * 8, |y, order| {
            let mut y = GlobalTensorMut::new(y, &[30, 8])?;
            let args = (input.ragged_parts(offsets)?, y.ragged_parts(offsets)?);
            launch(&copy, blocks, args, order)
        });
        let inside = |row: usize| row >= offsets[0] as usize && row < offsets[blocks] as usize;
        for (at, y) in y.iter().enumerate() {
            assert_eq!(*y, if inside(at / 8) { at as i32 } else { -1 }, "{offsets:?}, {at}");
        }
        let y = everywhere(30 * 8, |y, order| {
            y.copy_from_slice(&x);
            let mut y = GlobalTensorMut::new(y, &[30, 8])?;
            launch(&negate, blocks, (y.ragged_parts(offsets)?,), order)
        });
        for (at, y) in y.iter().enumerate() {
            assert_eq!(*y, if inside(at / 8) { -(at as i32) } else { at as i32 });
        }
    }
}

#[test]
fn offsets_and_batches_are_checked() {
    let x = [0; 64];
    let x = GlobalTensor::new(&x, &[8, 8]).unwrap();
    let error = |offsets: &'static [u32]| x.ragged_parts(offsets).unwrap_err();
    assert_eq!(error(&[]), GlobalError::TooFewOffsets { offsets: 0 });
    assert_eq!(error(&[4]), GlobalError::TooFewOffsets { offsets: 1 });
    assert_eq!(error(&[0, 5, 3]), GlobalError::FallingOffsets { at: 1, first: 5, next: 3 });
    assert_eq!(error(&[0, 9]), GlobalError::OffsetBeyond { offset: 9, rows: 8 });
    assert!(matches!(x.batched_parts(0, 8), Err(GlobalError::EmptyPart { .. })));
    let fractal = [0.0_f32; 256];
    let fractal = GlobalTensor::<_, Nz>::new(&fractal, &[1, 2, 1, 16, 8]).unwrap();
    assert!(matches!(fractal.batched_parts(16, 8), Err(GlobalError::NoBatches)));
    let mut y = [0; 64];
    let mut y = GlobalTensorMut::new(&mut y, &[8, 8]).unwrap();
    let args = (x.ragged_parts(&[0, 8]).unwrap(), y.ragged_parts(&[0, 4, 8]).unwrap());
    let outcome = Eager::new().launch(&copy, 2, args);
    assert!(matches!(outcome, Err(LaunchError::GridMismatch { parts: 1, grid: 2, .. })));
}

/// Adds the neighbours of each row, as far as there are any, in the whole tensor and in the part's halo.
#[kernel]
fn neighbours<'k>(ub: Ub<'k>, x: GlobalIn<'k, i32>, y: GlobalOut<'k, i32>) -> Retired<Ub<'k>> {
    let halo = x.halo(1, 2);
    let whole = x.whole();
    let (row, col) = x.origin();
    assert!(halo.origin() == (row.saturating_sub(1), col.saturating_sub(2)));
    assert!(halo.origin().0 + halo.rows() == (row + x.rows() + 1).min(whole.rows()));
    assert!(halo.origin().1 + halo.cols() == (col + x.cols() + 2).min(whole.cols()));
    // The last element of the halo is the same element of the tensor.
    let last = halo.scalar(halo.rows() - 1, halo.cols() - 1).value();
    let (i, j) = (halo.origin().0 + halo.rows() - 1, halo.origin().1 + halo.cols() - 1);
    assert_eq!(last, whole.scalar(i, j).value());
    let tile = ub.a.with_valid(y.rows(), y.cols());
    let tile = texpands(tile, last as i32).record::<TStoreVec>();
    Ub::retire(UbTokens { a: tstore(&y.tile(0, 0), tile) })
}

#[test]
fn a_halo_ends_where_the_tensor_ends() {
    let (rows, cols) = (11, 13);
    let x: Vec<i32> = (0..11 * 13).collect();
    let input = GlobalTensor::new(&x, &[rows, cols]).unwrap().parts(4, 5).unwrap();
    let y = everywhere(rows * cols, |y, order| {
        let mut y = GlobalTensorMut::new(y, &[rows, cols])?;
        launch(&neighbours, 9, (input, y.parts(4, 5)?), order)
    });
    for (at, y) in y.iter().enumerate() {
        let end = |at: usize, part: usize, by: usize, len: usize| {
            ((at / part + 1) * part).min(len).saturating_add(by).min(len) - 1
        };
        let (row, col) = (end(at / cols, 4, 1, rows), end(at % cols, 5, 2, cols));
        assert_eq!(*y, (row * cols + col) as i32, "element {at}");
    }
}

#[derive(Buffers)]
struct Index<'k> {
    a: VecTile<'k, i32, 4, 8, Dyn>,
}

/// Writes every other element of a tile that was handed back, from the scalar pipe.
#[kernel]
fn written<'k>(ub: Index<'k>, y: GlobalOut<'k, i32>) -> Retired<Index<'k>> {
    let mut free = ub.a.prime::<TStoreVec, TExpandS>();
    for i in 0..y.rows().div_ceil(4) {
        let rows = (y.rows() - 4 * i).min(4);
        let mut tile = texpands(free.with_valid(rows, 7), 5).record::<Scalar>().wait();
        for row in 0..rows {
            for col in (0..7).step_by(2) {
                tile.set(
                    row,
                    col,
                    tile.get(row, col + col % 2) + (i * 100 + row * 10 + col) as i32,
                );
            }
        }
        free = tstore(&y.tile(i, 0), tile.record::<TStoreVec>()).release::<TExpandS>();
    }
    Index::retire(IndexTokens { a: free })
}

#[test]
fn elements_are_written_from_the_scalar_pipe() {
    let rows = 10;
    let y = everywhere(rows * 7, |y, order| {
        let mut y = GlobalTensorMut::new(y, &[rows, 7])?;
        let Some(order) = order else { return launch(&written, 1, (y.whole(),), None) };
        let report = Pipelined::new().order(order).launch(&written, 1, (y.whole(),))?;
        let verdict = tilesync::exec::check::check(&report.program);
        assert!(verdict.is_clean(), "{verdict}");
        Ok(())
    });
    for (at, y) in y.iter().enumerate() {
        let (row, col) = (at / 7, at % 7);
        let added = if col % 2 == 0 { row / 4 * 100 + row % 4 * 10 + col } else { 0 };
        assert_eq!(*y, 5 + added as i32, "element {at}");
    }
}

#[kernel]
fn too_far<'k>(ub: Index<'k>, y: GlobalOut<'k, i32>) -> Retired<Index<'k>> {
    let mut tile = texpands(ub.a.with_valid(3, 7), 5).record::<Scalar>().wait();
    tile.set(3, 0, 1);
    Index::retire(IndexTokens { a: tstore(&y.tile(0, 0), tile.record::<TStoreVec>()) })
}

/// An expression of two scalars and a number; where it has no value, the kernel ends.
#[kernel]
fn computed<'k>(
    ub: Ub<'k>,
    n: GlobalIn<'k, i64>,
    which: usize,
    y: GlobalOut<'k, i32>,
) -> Retired<Ub<'k>> {
    let (a, b) = (n.scalar(0, 0), n.scalar(0, 1));
    let value = match which {
        0 => a + b,
        1 => a - b,
        2 => a * b,
        3 => a / b,
        4 => a % b,
        5 => a.min(b),
        6 => a.max(b),
        7 => 100_usize - a * 2,
        8 => n.scalar(0, a).max(a),
        _ => {
            let _ = y.at(a, 0);
            a
        }
    };
    let tile = texpands(ub.a.with_valid(1, 1), value.value() as i32).record::<TStoreVec>();
    Ub::retire(UbTokens { a: tstore(&y.at(0, 0), tile) })
}

#[test]
fn scalars_compute_as_i64_and_stop_the_kernel_where_there_is_no_value() {
    let run = |n: [i64; 2], which: usize| {
        let outcomes = [None, Some(Order::Early), Some(Order::Late)].map(|order| {
            let mut y = [0];
            let n = GlobalTensor::new(&n, &[1, 2]).unwrap();
            let mut out = GlobalTensorMut::new(&mut y, &[1, 1]).unwrap();
            let outcome = launch(&computed, 1, (n.whole(), which, out.whole()), order);
            match outcome {
                Ok(()) => Ok(y[0]),
                Err(LaunchError::Fault(fault)) => {
                    assert!(fault.at.unwrap().file().ends_with("global_parts.rs"));
                    Err(fault.trouble)
                }
                Err(other) => panic!("{other}"),
            }
        });
        assert!(outcomes.iter().all(|outcome| *outcome == outcomes[0]), "{outcomes:?}");
        outcomes[0].clone()
    };
    let values: Vec<_> = (0..8).map(|which| run([17, -5], which).unwrap()).collect();
    assert_eq!(values, [12, 22, -85, -3, 2, -5, 17, 66]);
    assert_eq!(run([1, 7], 8), Ok(7));
    assert!(matches!(run([i64::MAX, 1], 0), Err(Trouble::Arithmetic { right: 1, .. })));
    assert!(matches!(run([3, 0], 3), Err(Trouble::Arithmetic { right: 0, .. })));
    assert!(matches!(run([i64::MIN, -1], 4), Err(Trouble::Arithmetic { .. })));
    assert_eq!(run([2, 0], 8), Err(Trouble::OutOfBounds { origin: (0, 2), limit: (1, 2) }));
    assert_eq!(run([-3, 0], 9), Err(Trouble::NegativeNumber { value: -3 }));
}

#[test]
fn an_element_outside_of_the_valid_region_is_an_error() {
    for order in [None, Some(Order::Early)] {
        let mut y = [0; 32];
        let mut y = GlobalTensorMut::new(&mut y, &[4, 8]).unwrap();
        let Err(LaunchError::Fault(fault)) = launch(&too_far, 1, (y.whole(),), order) else {
            panic!("no fault")
        };
        assert_eq!(fault.trouble, Trouble::Element { at: (3, 0), valid: (3, 7) });
    }
}
