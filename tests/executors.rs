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
    Ub::retire(free_x, free_y, stored)
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
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    pool.install(|| run(launch_on!(Pipelined::new())));
}
