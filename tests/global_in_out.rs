//! Memory that a kernel stores to and loads: in place, as a workspace, on parts that run in parallel; and sums of all blocks.

#![allow(clippy::unwrap_used, reason = "a test")]

mod schedules;

use schedules::{everywhere, flags, launch};
use tilesync::op::Pipe::{Fix, M, Mte1, Mte2, Mte3, V};
use tilesync::prelude::*;
use tilesync::{LaunchError, Trouble};

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8, Dyn>,
}

#[kernel]
fn increment<'k>(ub: Ub<'k>, x: GlobalInOut<'k, f32>) -> Retired<Ub<'k>> {
    let mut free = ub.a.prime::<TStoreVec, TLoad>();
    for cell in x.cells(8, 8) {
        let (a, cell) = tload_cell(free, cell).record::<TAddS>().split();
        let sum = tadds_assign(a, 1.0).join(cell.wait()).record::<TStoreVec>();
        (free, _) = tstore_cell(sum).release::<TLoad>().split();
    }
    Ub::retire(UbTokens { a: free })
}

/// The same, from one tensor to another.
#[kernel]
fn plus_one<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let mut free = ub.a.prime::<TStoreVec, TLoad>();
    for i in 0..x.rows().div_ceil(8) {
        for j in 0..x.cols().div_ceil(8) {
            let a = tload(free, &x.tile(i, j)).record::<TAddS>();
            let sum = tadds_assign(a, 1.0).record::<TStoreVec>();
            free = tstore(&y.tile(i, j), sum).release::<TLoad>();
        }
    }
    Ub::retire(UbTokens { a: free })
}

#[test]
fn a_tensor_is_updated_in_place_with_the_flags_of_a_copy() {
    let (rows, cols) = (37, 21);
    let start: Vec<f32> = (0..rows * cols).map(|i| i as f32).collect();
    let (x, in_place) = everywhere(rows * cols, |x, order| {
        x.copy_from_slice(&start);
        let mut x = GlobalTensorMut::new(x, &[rows, cols]).unwrap();
        launch(&increment, (x.whole(),), order)
    });
    assert!(x.iter().zip(&start).all(|(x, start)| *x == start + 1.0));

    let input = GlobalTensor::new(&start, &[rows, cols]).unwrap();
    let (_, copied) = everywhere(rows * cols, |y, order| {
        let mut y = GlobalTensorMut::new(y, &[rows, cols]).unwrap();
        launch(&plus_one, (input.whole(), y.whole()), order)
    });
    let (in_place, copied) = (flags(&in_place), flags(&copied));
    for pair in [(Mte2, V), (V, Mte3), (Mte3, Mte2), (Mte2, Mte3)] {
        assert_eq!(in_place(pair.0, pair.1), copied(pair.0, pair.1), "{pair:?}");
    }
}

#[test]
fn parts_are_updated_in_parallel_and_a_large_tensor_is_not_read_where_it_lies() {
    // More than the 8 MB from which on an input is looked at where it lies.
    let (rows, cols) = (2048, 1100);
    let start: Vec<f32> = (0..rows * cols).map(|i| (i % 1000) as f32).collect();
    let mut x = start.clone();
    let mut tensor = GlobalTensorMut::new(&mut x, &[rows, cols]).unwrap();
    let blocks = rows.div_ceil(100) * cols.div_ceil(300);
    Eager::new().launch(&increment, blocks, (tensor.parts(100, 300).unwrap(),)).unwrap();
    assert!(x.iter().zip(&start).all(|(x, start)| *x == start + 1.0));
}

#[derive(Buffers)]
struct Wide<'k> {
    old: VecTile<'k, f32, 2, 1024>,
    new: VecTile<'k, f32, 2, 1024>,
}

/// Loads a region, overwrites it in memory, and stores what was loaded to the output.
#[kernel]
fn swap_out<'k>(ub: Wide<'k>, x: GlobalInOut<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Wide<'k>> {
    let mut free_old = ub.old.prime::<TStoreVec, TLoad>();
    let mut free_new = ub.new.prime::<TStoreVec, TExpandS>();
    for cell in x.cells(2, 1024) {
        let (row, _) = cell.origin();
        let (old, cell) = tload_cell(free_old, cell).record::<Vector>().split();
        let new = texpands(free_new, -1.0).join(cell.wait()).record::<TStoreVec>();
        let (new, _) = tstore_cell(new).release::<TExpandS>().split();
        free_new = new;
        let old = old.wait().record::<TStoreVec>();
        free_old = tstore(&y.at(row, 0), old).release::<TLoad>();
    }
    Wide::retire(WideTokens { old: free_old, new: free_new })
}

#[test]
fn what_was_loaded_stays_what_it_was_when_its_region_is_overwritten() {
    let rows = 2304; // 9 MB
    let start: Vec<f32> = (0..rows * 1024).map(|i| (i % 4093) as f32).collect();
    let mut orders = vec![None];
    orders.extend([Order::Early, Order::Late, Order::Random(5)].map(Some));
    for order in orders {
        let (mut x, mut y) = (start.clone(), vec![0.0; start.len()]);
        let mut tensor = GlobalTensorMut::new(&mut x, &[rows, 1024]).unwrap();
        let mut out = GlobalTensorMut::new(&mut y, &[rows, 1024]).unwrap();
        launch(&swap_out, (tensor.whole(), out.whole()), order);
        assert!(y == start, "{order:?}");
        assert!(x.iter().all(|&x| x == -1.0), "{order:?}");
    }
}

/// Stores all tiles, doubled, to a workspace, then loads them again from the last to the first.
#[kernel]
fn reversed<'k>(
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    workspace: GlobalInOut<'k, f32>,
    y: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    let tiles = x.rows() / 8;
    let workspace = workspace.on::<TStoreVec>();
    let mut free = ub.a.prime::<TStoreVec, TLoad>();
    for i in 0..tiles {
        let a = tload(free, &x.tile(i, 0)).record::<TMulS>();
        let doubled = tmuls_assign(a, 2.0).record::<TStoreVec>();
        free = tstore(&workspace.tile(i, 0), doubled).release::<TLoad>();
    }
    // The tile takes the workspace along: from MTE3 to MTE2.
    let free = free.wait().record::<TStoreVec>().wait().join(workspace);
    let (mut free, workspace) = free.release::<TLoad>().split();
    for i in 0..tiles {
        let a = tload(free, &workspace.tile(tiles - 1 - i, 0)).record::<TStoreVec>();
        free = tstore(&y.tile(i, 0), a).release::<TLoad>();
    }
    Ub::retire(UbTokens { a: free })
}

#[test]
fn what_was_stored_is_loaded_again() {
    let tiles = 5;
    let x: Vec<f32> = (0..tiles * 64).map(|i| i as f32).collect();
    let input = GlobalTensor::new(&x, &[tiles * 8, 8]).unwrap();
    let (y, program) = everywhere(tiles * 64, |y, order| {
        let mut scratch = vec![f32::NAN; tiles * 64];
        let mut workspace = GlobalTensorMut::new(&mut scratch, &[tiles * 8, 8]).unwrap();
        let mut y = GlobalTensorMut::new(y, &[tiles * 8, 8]).unwrap();
        launch(&reversed, (input.whole(), workspace.whole(), y.whole()), order)
    });
    for (at, y) in y.iter().enumerate() {
        let from = (tiles - 1 - at / 64) * 64 + at % 64;
        assert_eq!(*y, 2.0 * x[from]);
    }
    // One hand-back a store, the credit, and one for the workspace.
    assert_eq!(flags(&program)(Mte3, Mte2), 2 * tiles + 2);
}

/// Cells that are dropped while their flag is up, kept in a list, and cut again.
#[kernel]
fn cells_of_cells<'k>(ub: Ub<'k>, x: GlobalInOut<'k, f32>) -> Retired<Ub<'k>> {
    let mut free = ub.a.prime::<TStoreVec, TLoad>();
    let halves: Vec<_> = x.cells(16, 8).collect();
    for half in halves.into_iter().rev() {
        for cell in half.cells(8, 8) {
            let (row, _) = cell.origin();
            if row >= 8 {
                let (a, cell) = tload_cell(free, cell).record::<TMulS>().split();
                let product = tmuls_assign(a, row as f32).join(cell.wait()).record::<TStoreVec>();
                (free, _) = tstore_cell(product).release::<TLoad>().split();
            }
        }
    }
    Ub::retire(UbTokens { a: free })
}

#[test]
fn a_region_may_be_cut_again_kept_and_dropped() {
    let (x, _) = everywhere(40 * 8, |x, order| {
        x.fill(1.0);
        let mut x = GlobalTensorMut::new(x, &[40, 8]).unwrap();
        launch(&cells_of_cells, (x.whole(),), order)
    });
    for (at, x) in x.iter().enumerate() {
        let tile = at / 64 * 8;
        assert_eq!(*x, if tile >= 8 { tile as f32 } else { 1.0 });
    }
}

#[kernel]
fn cells_of_nothing<'k>(ub: Ub<'k>, x: GlobalInOut<'k, f32>) -> Retired<Ub<'k>> {
    assert_eq!(x.cells(0, 8).count(), 0);
    Ub::retire(UbTokens { a: ub.a })
}

#[test]
fn cells_have_elements() {
    let mut x = [0.0; 64];
    let mut x = GlobalTensorMut::new(&mut x, &[8, 8]).unwrap();
    let Err(LaunchError::Fault(fault)) = Eager::new().launch(&cells_of_nothing, 1, (x.whole(),))
    else {
        panic!("no fault")
    };
    assert_eq!(fault.trouble, Trouble::EmptyCell { cell: (0, 8) });
    assert!(fault.at.unwrap().file().ends_with("global_in_out.rs"));
}

#[derive(Buffers)]
struct Product<'k> {
    l1: MatTile<'k, i8, 16, 32>,
    left: LeftTile<'k, i8, 16, 32>,
    right: RightTile<'k, i8, 32, 32>,
    l1_right: MatTile<'k, i8, 32, 32>,
    acc: AccTile<'k, i32, 16, 32>,
}

/// Each block multiplies a slice of `k` and adds its product to the whole output.
#[kernel]
fn split_k<'k>(
    ub: Product<'k>,
    x: GlobalIn<'k, i8>,
    y: GlobalIn<'k, i8>,
    out: GlobalSum<'k, i32, RowMajor, PipeFix>,
) -> Retired<Product<'k>> {
    let x = tload(ub.l1, &x.tile(0, 0)).record::<TMovM2L>();
    let y = tload(ub.l1_right, &y.tile(0, 0)).record::<TMovM2R>();
    let left = tmov(ub.left, &x).record::<TMatmul>();
    let right = tmov(ub.right, &y).record::<TMatmul>();
    let acc = tmatmul(ub.acc, &left, &right).record::<TStoreAcc>();
    let stored = tstore_add(&out.tile(0, 0), acc);
    Product::retire(ProductTokens { l1: x, left, right, l1_right: y, acc: stored })
}

#[test]
fn blocks_add_whole_numbers_exactly_in_any_order() {
    let (slices, k) = (24, 24 * 32);
    let x: Vec<i8> = (0..16 * k).map(|i| (i * 31 % 255) as i8).collect();
    let y: Vec<i8> = (0..k * 32).map(|i| (i * 17 % 253) as i8).collect();
    let left = GlobalTensor::new(&x, &[16, k]).unwrap().parts(16, 32).unwrap();
    let right = GlobalTensor::new(&y, &[k, 32]).unwrap().parts(32, 32).unwrap();
    let want = |at: usize| -> i32 {
        let (row, col) = (at / 32, at % 32);
        (0..k).map(|i| i32::from(x[row * k + i]) * i32::from(y[i * 32 + col])).sum()
    };
    let orders = [Order::Early, Order::Late, Order::Random(1)];
    for order in std::iter::once(None).chain(orders.map(Some)) {
        // What is there is added to.
        let mut out = vec![1000; 16 * 32];
        let mut sums = GlobalTensorMut::new(&mut out, &[16, 32]).unwrap();
        match order {
            None => Eager::new().launch(&split_k, slices, (left, right, sums.whole())).unwrap(),
            Some(order) => {
                let run = Pipelined::new().order(order);
                let report = run.launch(&split_k, slices, (left, right, sums.whole())).unwrap();
                assert!(tilesync::exec::check::check(&report.program).is_clean());
                let set = flags(&report.program);
                assert_eq!([set(Mte2, Mte1), set(Mte1, M), set(M, Fix)], [2, 2, 1]);
            }
        }
        for (at, sum) in out.iter().enumerate() {
            assert_eq!(*sum, 1000 + want(at), "{order:?}");
        }
    }
}

macro_rules! sums {
    ($($name:ident: $t:ident $add:ident $one:expr;)*) => {$(
        mod $name {
            use super::*;

            #[derive(Buffers)]
            struct One<'k> {
                a: VecTile<'k, $t, 8, 32, Dyn>,
            }

            /// Each block adds all of its input.
            #[kernel]
            fn add_up<'k>(ub: One<'k>, x: GlobalIn<'k, $t>, y: GlobalSum<'k, $t>) -> Retired<One<'k>> {
                let a = tload(ub.a, &x.tile(0, 0)).record::<TStoreVec>();
                One::retire(OneTokens { a: $add(&y.tile(0, 0), a) })
            }

            #[test]
            fn of_many_blocks_at_once() {
                let blocks = 60;
                let x: Vec<$t> = (0..blocks * 5 * 30).map(|i| $one((i % 3) as i8)).collect();
                let input = GlobalTensor::new(&x, &[blocks * 5, 30]).unwrap().parts(5, 30).unwrap();
                let mut y = vec![$one(1_i8); 5 * 30];
                let mut sums = GlobalTensorMut::new(&mut y, &[5, 30]).unwrap();
                Eager::new().launch(&add_up, blocks, (input, sums.whole())).unwrap();
                for (at, y) in y.iter().enumerate() {
                    // Sums of small whole numbers are exact in each of the types.
                    let want: usize = (0..blocks).map(|block| (block * 150 + at) % 3).sum();
                    assert_eq!(*y, $one((want + 1) as i8), "element {at}");
                }
            }
        }
    )*};
}

sums! {
    bytes: i8 tstore_add i8::from;
    shorts: i16 tstore_add i16::from;
    words: i32 tstore_add i32::from;
    floats: f32 tstore_add_any_order f32::from;
    halves: f16 tstore_add_any_order f16::from;
    bf16s: bf16 tstore_add_any_order bf16::from;
}

#[derive(Buffers)]
struct Two<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
}

/// What one tile has stored, another one loads: only the region knows of the flag.
#[kernel]
fn through_another_tile<'k>(
    ub: Two<'k>,
    x: GlobalInOut<'k, f32>,
    y: GlobalInOut<'k, f32>,
) -> Retired<Two<'k>> {
    let a = texpands(ub.a, 3.0).join(x.on::<Vector>()).record::<TStoreVec>();
    let (a, x) = tstore_cell(a).release::<TLoad>().split();
    let (b, _) = tload_cell(ub.b, x).split();
    let y = y.on::<TStoreVec>();
    let stored = tstore(&y.tile(0, 0), b.record::<TStoreVec>());
    let (b, y) = stored.join(y).release::<TLoad>().split();
    let a = tload(a.wait(), &y.tile(0, 0));
    Two::retire(TwoTokens { a, b })
}

#[test]
fn a_region_brings_its_flag_to_every_tile() {
    let (x, program) = everywhere(128, |x, order| {
        x.fill(0.0);
        let (x, y) = x.split_at_mut(64);
        let mut x = GlobalTensorMut::new(x, &[8, 8]).unwrap();
        let mut y = GlobalTensorMut::new(y, &[8, 8]).unwrap();
        launch(&through_another_tile, (x.whole(), y.whole()), order)
    });
    assert!(x.iter().all(|&x| x == 3.0));
    assert_eq!(flags(&program)(Mte3, Mte2), 2);
}

#[derive(Buffers)]
struct Ones<'k> {
    a: VecTile<'k, i32, 8, 32>,
}

/// Adds one to each element, again and again.
#[kernel]
fn add_often<'k>(ub: Ones<'k>, y: GlobalSum<'k, i32>, times: usize) -> Retired<Ones<'k>> {
    let mut ones = texpands(ub.a, 1).record::<TStoreVec>().wait();
    for _ in 0..times {
        ones = tstore_add(&y.tile(0, 0), ones);
    }
    Ones::retire(OnesTokens { a: ones })
}

#[test]
fn no_term_is_lost_where_blocks_meet_at_one_element() {
    let (blocks, times) = (6, 2000);
    let mut y = vec![0; 8 * 32];
    let mut sums = GlobalTensorMut::new(&mut y, &[8, 32]).unwrap();
    let pool = rayon_core::ThreadPoolBuilder::new().num_threads(blocks).build().unwrap();
    pool.install(|| Eager::new().launch(&add_often, blocks, (sums.whole(), times))).unwrap();
    assert!(y.iter().all(|&y| y == (blocks * times) as i32));
}
