//! Every executor and every order of completion computes the same bits.

#![allow(clippy::unwrap_used, reason = "a test")]

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: [VecTile<'k, f32, 16, 32, Dyn>; 2],
    y: [VecTile<'k, f32, 16, 32, Dyn>; 2],
    sum: VecTile<'k, f32, 16, 32, Dyn>,
}

/// Ping-pong loads, an accumulator that stays on the vector pipe, a shared tile, a joined pair.
#[kernel]
fn mixed<'k>(
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalIn<'k, f32>,
    copy: GlobalOut<'k, f32>,
    out: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    let mut free_x = ub.x.map(|tile| tile.prime::<(Vector, TStoreVec), TLoad>());
    let mut free_y = ub.y.map(|tile| tile.prime::<TStoreVec, TLoad>());
    let mut sum = tload(ub.sum, &x.tile(0, 0)).record::<Vector>().wait().on::<Vector>();
    for i in 0..x.rows().div_ceil(16) {
        let [x_now, x_next] = free_x;
        let [y_now, y_next] = free_y;
        let shared = tload(x_now, &x.tile(i, 0)).share::<Vector, TStoreVec>();
        let other = tload(y_now, &y.tile(i, 0)).record::<TMul>();
        tstore(&copy.tile(i, 0), shared.second());
        let product = tmul_assign(other, &shared.first()).on::<Vector>();
        if shared_rows(&x, i) == 16 {
            sum = tadd_assign(sum, &product).on::<Vector>();
        }
        free_x = [x_next, shared.unite::<TLoad>()];
        let stored = tstore(&out.tile(i, 0), product.record::<TStoreVec>());
        free_y = [y_next, stored.release::<TLoad>()];
    }
    let stored = tstore(&out.tile(0, 0), sum.record::<TStoreVec>());
    Ub::retire(UbTokens { x: free_x, y: free_y, sum: stored })
}

/// Rows of tile `i`.
fn shared_rows(x: &GlobalIn<'_, f32>, i: usize) -> usize {
    (x.rows() - i * 16).min(16)
}

/// What the kernel computes for one block, in plain Rust.
fn oracle(x: &[f32], y: &[f32], out: &mut [f32], cols: usize) {
    let tile = 16 * cols;
    let mut sum = x[..tile].to_vec();
    for (i, o) in out.iter_mut().enumerate() {
        *o = (f64::from(x[i]) * f64::from(y[i])) as f32;
    }
    for chunk in out.chunks_exact(tile) {
        for (s, o) in sum.iter_mut().zip(chunk) {
            *s = (f64::from(*s) + f64::from(*o)) as f32;
        }
    }
    out[..tile].copy_from_slice(&sum);
}

fn run(launch: impl Fn(usize, (&[f32], &[f32], &mut [f32], &mut [f32]), usize)) -> Vec<u32> {
    let (blocks, rows, cols) = (5, 107, 29);
    let mut random = fastrand::Rng::with_seed(7);
    let len = blocks * rows * cols;
    let [x, y] = [(); 2].map(|()| (0..len).map(|_| random.f32() * 4.0 - 2.0).collect::<Vec<_>>());
    let [mut copy, mut out] = [(); 2].map(|()| vec![f32::NAN; len]);
    launch(blocks, (&x, &y, &mut copy, &mut out), rows);

    assert_eq!(copy, x);
    let mut expected = vec![0.0; len];
    for block in 0..blocks {
        let part = block * rows * cols..(block + 1) * rows * cols;
        oracle(&x[part.clone()], &y[part.clone()], &mut expected[part], cols);
    }
    let bits = |data: &[f32]| data.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&out), bits(&expected));
    bits(&out)
}

macro_rules! launch_on {
    ($executor:expr) => {
        |blocks, (x, y, copy, out), rows| {
            let shape = [blocks * rows, x.len() / (blocks * rows)];
            let parts =
                |data| GlobalTensor::new(data, &shape).unwrap().parts(rows, shape[1]).unwrap();
            let mut copy = GlobalTensorMut::new(copy, &shape).unwrap();
            let mut out = GlobalTensorMut::new(out, &shape).unwrap();
            let outputs = (copy.parts(rows, shape[1]).unwrap(), out.parts(rows, shape[1]).unwrap());
            $executor.launch(&mixed, blocks, (parts(x), parts(y), outputs.0, outputs.1)).unwrap();
        }
    };
}

#[test]
fn eager_is_right_on_one_thread_and_on_all() {
    let one = run(launch_on!(Eager::sequential()));
    assert_eq!(one, run(launch_on!(Eager::new())));
}

#[test]
fn pipelined_is_right_when_ops_run_early() {
    for _ in 0..20 {
        run(launch_on!(Pipelined::new()));
    }
}

#[test]
fn pipelined_is_right_when_ops_run_late() {
    run(launch_on!(Pipelined::new().order(Order::Late)));
}

#[test]
fn pipelined_is_right_in_random_orders() {
    for seed in 0..200 {
        println!("seed {seed}");
        run(launch_on!(Pipelined::new().order(Order::Random(seed))));
    }
}

#[test]
fn pipelined_needs_no_second_thread() {
    let pool = rayon_core::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    pool.install(|| run(launch_on!(Pipelined::new())));
}

#[derive(Buffers)]
struct Whole<'k> {
    x: VecTile<'k, f32, 16, 32>,
    y: VecTile<'k, f32, 16, 32>,
}

/// Reads a whole loaded tile, changes it, reads it again, and fills it anew.
#[kernel]
fn reused<'k>(ub: Whole<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Whole<'k>> {
    let x0 = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
    let sum = tadd(ub.y, &x0, &x0);
    let tripled = tadd_assign(x0, &sum);
    let sum = tadd_assign(sum, &tripled).record::<TStoreVec>();
    let stored = tstore(&y.tile(0, 0), sum).release::<TMul>();
    let x1 = tload(tripled.release::<TLoad>(), &x.tile(1, 0)).record::<Vector>();
    let square = tmul(stored, &x1, &x1).record::<TStoreVec>();
    Whole::retire(WholeTokens { x: x1, y: tstore(&y.tile(1, 0), square) })
}

/// The eager executor looks at a whole tile of a large input where it lies; an op that changes the tile must not change the input.
#[test]
fn a_loaded_tile_that_is_changed_leaves_the_input_alone() {
    // Far more than what a core's caches hold; the kernel works on the first two tiles.
    let before: Vec<f32> = (0..32 << 20 >> 2).map(|i| i as f32).collect();
    let x = before.clone();
    for executor in [None, Some(Order::Early), Some(Order::Late)] {
        let mut y = vec![f32::NAN; 1024];
        let input = GlobalTensor::new(&x, &[x.len() / 32, 32]).unwrap().whole();
        let mut output = GlobalTensorMut::new(&mut y, &[32, 32]).unwrap();
        let args = (input, output.whole());
        match executor {
            None => Eager::new().launch(&reused, 1, args).unwrap(),
            Some(order) => {
                Pipelined::new().order(order).launch(&reused, 1, args).unwrap();
            }
        }
        let expected = |i: usize| if i < 512 { 5.0 * i as f32 } else { (i * i) as f32 };
        assert!(y.iter().enumerate().all(|(i, y)| *y == expected(i)), "{executor:?}");
    }
    assert_eq!(x, before);
}

#[derive(Buffers)]
struct Narrow<'k> {
    x: VecTile<'k, i16, 16, 32>,
    y: VecTile<'k, i32, 16, 16>,
}

/// Loads pairs of `i16` and doubles them as `i32`.
#[kernel]
fn widened<'k>(ub: Narrow<'k>, x: GlobalIn<'k, i16>, y: GlobalOut<'k, i32>) -> Retired<Narrow<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>().wait().on::<Vector>();
    let wide = x.treshape::<i32, 16, 16, RowMajor>();
    let sum = tadd(ub.y, &wide, &wide).record::<TStoreVec>();
    Narrow::retire(NarrowTokens { x: wide, y: tstore(&y.tile(0, 0), sum) })
}

/// The elements of a large input lie on addresses that suit them, and not those that the tile is read as.
#[test]
fn a_loaded_tile_may_be_read_as_a_wider_type() {
    let x: Vec<i16> = (0..32 << 20 >> 1).map(|i| i as i16).collect();
    for first in [1, 2] {
        let rows = x.len() / 32 - 1;
        let mut y = vec![0_i32; 256];
        let input = GlobalTensor::new(&x[first..first + rows * 32], &[rows, 32]).unwrap().whole();
        let mut output = GlobalTensorMut::new(&mut y, &[16, 16]).unwrap();
        Eager::new().launch(&widened, 1, (input, output.whole())).unwrap();
        for (pair, y) in x[first..].as_chunks::<2>().0.iter().zip(&y) {
            let wide = i32::from(pair[0] as u16) | i32::from(pair[1]) << 16;
            assert_eq!(*y, wide.wrapping_mul(2));
        }
    }
}

#[derive(Buffers)]
struct Named<'k> {
    pair: (VecTile<'k, f32, 8, 8>, [VecTile<'k, f32, 8, 8>; 2]),
    last: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn named<'k>(ub: Named<'k>) -> Retired<Named<'k>> {
    Named::retire(NamedTokens { pair: ub.pair, last: ub.last })
}

#[test]
fn each_tile_of_a_pair_has_a_name_of_its_own() {
    let program = Pipelined::new().launch(&named, 1, ()).unwrap().program;
    let names: Vec<_> = program.tiles.iter().map(|tile| tile.name.as_str()).collect();
    assert_eq!(names, ["pair.0", "pair.1[0]", "pair.1[1]", "last"]);
}
