//! What the repaired twins do: launch the kernel on every executor and compare with plain Rust.

#![allow(dead_code, unreachable_pub, reason = "each twin uses one of them")]

use tilesync::global::{
    GlobalIn, GlobalInOut, GlobalOut, GlobalSum, GlobalTensor, GlobalTensorMut,
    Workspace,
};
use tilesync::isa::quant_param;
use tilesync::op::PipeType;
use tilesync::op::pipe::PipeFix;
use tilesync::exec::Phased;
use tilesync::{Cluster, Eager, Kernel, Order, Pipelined, RowMajor};

type In = GlobalIn<'static, f32>;
type Out = GlobalOut<'static, f32>;

/// Two blocks of `tiles` tiles of 8 x 8, one below the other: `out = f(x)`.
pub fn one_input<K>(kernel: &K, tiles: usize, f: fn(f32) -> f32)
where
    K: Kernel<Args = (In, Out)>,
{
    let rows = 8 * tiles;
    let (x, _) = inputs(tiles);
    let expected: Vec<f32> = x.iter().map(|&x| f(x)).collect();
    let x = GlobalTensor::new(&x, &[2 * rows, 8]).expect("a shape");
    let run = |out: &mut [f32], order: Option<Order>| {
        let mut out = GlobalTensorMut::new(out, &[2 * rows, 8]).expect("a shape");
        let x = x.parts(rows, 8).expect("not empty");
        let out = out.parts(rows, 8).expect("not empty");
        match order {
            None => Eager::new().launch(kernel, 2, (x, out)).expect("runs"),
            Some(order) => {
                Pipelined::new().order(order).launch(kernel, 2, (x, out)).expect("runs");
            }
        }
    };
    compare(&expected, run);
}

/// As [`one_input`], with two: `out = f(x, y)`.
pub fn two_inputs<K>(kernel: &K, tiles: usize, f: fn(f32, f32) -> f32)
where
    K: Kernel<Args = (In, In, Out)>,
{
    let rows = 8 * tiles;
    let (x, y) = inputs(tiles);
    let expected: Vec<f32> = x.iter().zip(&y).map(|(&x, &y)| f(x, y)).collect();
    let x = GlobalTensor::new(&x, &[2 * rows, 8]).expect("a shape");
    let y = GlobalTensor::new(&y, &[2 * rows, 8]).expect("a shape");
    let run = |out: &mut [f32], order: Option<Order>| {
        let mut out = GlobalTensorMut::new(out, &[2 * rows, 8]).expect("a shape");
        let (x, y) = (x.parts(rows, 8).expect("not empty"), y.parts(rows, 8).expect("not empty"));
        let out = out.parts(rows, 8).expect("not empty");
        match order {
            None => Eager::new().launch(kernel, 2, (x, y, out)).expect("runs"),
            Some(order) => {
                Pipelined::new().order(order).launch(kernel, 2, (x, y, out)).expect("runs");
            }
        }
    };
    compare(&expected, run);
}

/// One block that multiplies two matrices of 16 x 16 and stores the product, by whichever pipe.
pub fn product<K, P>(kernel: &K)
where
    P: PipeType,
    K: Kernel<Args = (In, In, GlobalOut<'static, f32, RowMajor, P>)>,
{
    let (x, y) = inputs(2);
    let (left, right) = factors(&x, &y);
    compare(&multiplied(&x, &y), |out, order| {
        let mut out = GlobalTensorMut::new(out, &[16, 16]).expect("a shape");
        let args = (left.whole(), right.whole(), out.whole());
        match order {
            None => Eager::new().launch(kernel, 1, args).expect("runs"),
            Some(order) => {
                Pipelined::new().order(order).launch(kernel, 1, args).expect("runs");
            }
        }
    });
}

/// As [`product`], with a word for the scale of each column: one.
pub fn scaled_product<K>(kernel: &K)
where
    K: Kernel<Args = (In, In, GlobalIn<'static, u64>, GlobalOut<'static, f32, RowMajor, PipeFix>)>,
{
    let (x, y) = inputs(2);
    let (left, right) = factors(&x, &y);
    let words = [quant_param::<f32>(1.0); 16];
    let words = GlobalTensor::new(&words, &[1, 16]).expect("a shape");
    compare(&multiplied(&x, &y), |out, order| {
        let mut out = GlobalTensorMut::new(out, &[16, 16]).expect("a shape");
        let args = (left.whole(), right.whole(), words.whole(), out.whole());
        match order {
            None => Eager::new().launch(kernel, 1, args).expect("runs"),
            Some(order) => {
                Pipelined::new().order(order).launch(kernel, 1, args).expect("runs");
            }
        }
    });
}

/// Two blocks that update a tile of 8 x 8 each in place: `x = f(x)`.
pub fn in_place<K>(kernel: &K, f: fn(f32) -> f32)
where
    K: Kernel<Args = (GlobalInOut<'static, f32>,)>,
{
    let (start, _) = inputs(1);
    let expected: Vec<f32> = start.iter().map(|&x| f(x)).collect();
    compare(&expected, |x, order| {
        x.copy_from_slice(&start);
        let mut x = GlobalTensorMut::new(x, &[16, 8]).expect("a shape");
        let x = x.parts(8, 8).expect("not empty");
        match order {
            None => Eager::new().launch(kernel, 2, (x,)).expect("runs"),
            Some(order) => {
                Pipelined::new().order(order).launch(kernel, 2, (x,)).expect("runs");
            }
        }
    });
}

/// One block of 8 x 8 with a workspace of the same size: `out = f(x)`.
pub fn with_workspace<K>(kernel: &K, f: fn(f32) -> f32)
where
    K: Kernel<Args = (In, GlobalInOut<'static, f32>, Out)>,
{
    let (x, _) = inputs(1);
    let expected: Vec<f32> = x[..64].iter().map(|&x| f(x)).collect();
    let x = GlobalTensor::new(&x[..64], &[8, 8]).expect("a shape");
    compare(&expected, |out, order| {
        let mut scratch = [0.0; 64];
        let mut scratch = GlobalTensorMut::new(&mut scratch, &[8, 8]).expect("a shape");
        let mut out = GlobalTensorMut::new(out, &[8, 8]).expect("a shape");
        let args = (x.whole(), scratch.whole(), out.whole());
        match order {
            None => Eager::new().launch(kernel, 1, args).expect("runs"),
            Some(order) => {
                Pipelined::new().order(order).launch(kernel, 1, args).expect("runs");
            }
        }
    });
}

/// Two blocks that add a tile of 8 x 8 each to one output.
pub fn summed<K>(kernel: &K)
where
    K: Kernel<Args = (In, GlobalSum<'static, f32>)>,
{
    let (x, _) = inputs(1);
    let expected: Vec<f32> = (0..64).map(|i| x[i] + x[i + 64]).collect();
    let x = GlobalTensor::new(&x, &[16, 8]).expect("a shape").parts(8, 8).expect("not empty");
    compare(&expected, |out, order| {
        out.fill(0.0);
        let mut out = GlobalTensorMut::new(out, &[8, 8]).expect("a shape");
        match order {
            None => Eager::new().launch(kernel, 2, (x, out.whole())).expect("runs"),
            Some(order) => {
                Pipelined::new().order(order).launch(kernel, 2, (x, out.whole())).expect("runs");
            }
        }
    });
}

/// Two blocks of a cluster whose vector cores take a half of `tiles` tiles of 8 x 8 each, and whose cube core stores them in turns.
pub fn cluster<C>(cluster: &C, tiles: usize)
where
    C: Cluster<CubeArgs = (Out,), VectorArgs = (In,)>,
{
    let rows = 16 * tiles;
    let (x, _) = inputs(2 * tiles);
    // Tile `t` of vector core `v` in block `b`: what the host sees of it, and where the cube core stores it.
    let at = |t: usize, v: usize, b: usize| (b * rows + v * 8 * tiles + t * 8, b * rows + t * 16 + v * 8);
    let mut expected = vec![0.0; x.len()];
    for (t, v, b) in (0..tiles).flat_map(|t| [(t, 0, 0), (t, 1, 0), (t, 0, 1), (t, 1, 1)]) {
        let (from, to) = at(t, v, b);
        expected[to * 8..][..64].copy_from_slice(&x[from * 8..][..64]);
    }
    let x = GlobalTensor::new(&x, &[2 * rows, 8]).expect("a shape");
    compare(&expected, |out, order| {
        let mut out = GlobalTensorMut::new(out, &[2 * rows, 8]).expect("a shape");
        let x = x.parts(rows, 8).expect("not empty");
        let out = out.parts(rows, 8).expect("not empty");
        match order {
            None => Eager::new().launch_cluster(cluster, 2, (out,), (x,)).expect("runs"),
            Some(order) => {
                let pipelined = Pipelined::new().order(order);
                pipelined.launch_cluster(cluster, 2, (out,), (x,)).expect("runs");
            }
        }
    });
}

/// Two blocks of a cluster, with `tiles` tiles of 32 x 32, one below the other: `out = x * b + 2`.
pub fn relayed<C>(cluster: &C, tiles: usize)
where
    C: Cluster<CubeArgs = (In,), VectorArgs = (In, Out)>,
{
    let rows = 32 * tiles;
    let x: Vec<f32> = (0..2 * rows * 32).map(|i| (i % 23) as f32).collect();
    let b: Vec<f32> = (0..32 * 32).map(|i| (i % 7) as f32).collect();
    let product = |at: usize| (0..32).map(|k| x[at / 32 * 32 + k] * b[k * 32 + at % 32]).sum::<f32>();
    let expected: Vec<f32> = (0..x.len()).map(|at| product(at) + 2.0).collect();
    let (x, b) = (GlobalTensor::new(&x, &[2 * rows, 32]), GlobalTensor::new(&b, &[32, 32]));
    let (x, b) = (x.expect("a shape"), b.expect("a shape"));
    compare(&expected, |out, order| {
        let mut out = GlobalTensorMut::new(out, &[2 * rows, 32]).expect("a shape");
        let x = x.parts(rows, 32).expect("not empty");
        let vector = (x, out.parts(rows, 32).expect("not empty"));
        match order {
            None => Eager::new().launch_cluster(cluster, 2, (b.whole(),), vector).expect("runs"),
            Some(order) => {
                let pipelined = Pipelined::new().order(order);
                pipelined.launch_cluster(cluster, 2, (b.whole(),), vector).expect("runs");
            }
        }
    });
}

/// Two blocks in phases with a workspace, each of which stores what becomes of the other one's tile of 8 x 8.
pub fn exchanged<K>(kernel: &K, f: fn(f32) -> f32)
where
    K: Phased<Args = (In, Out, Out)>,
{
    let (x, _) = inputs(1);
    let expected: Vec<f32> = (0..128).map(|i| f(x[(i + 64) % 128])).collect();
    let x = GlobalTensor::new(&x, &[16, 8]).expect("a shape").parts(8, 8).expect("not empty");
    compare(&expected, |out, order| {
        let mut seen = Workspace::new(&[16, 8]).expect("a shape");
        let mut out = GlobalTensorMut::new(out, &[16, 8]).expect("a shape");
        let args = (x, seen.parts(8, 8).expect("not empty"), out.parts(8, 8).expect("not empty"));
        match order {
            None => Eager::new().launch_phases(kernel, 2, args).expect("runs"),
            Some(order) => {
                Pipelined::new().order(order).launch_phases(kernel, 2, args).expect("runs");
            }
        }
    });
}

fn factors<'h>(x: &'h [f32], y: &'h [f32]) -> (GlobalTensor<'h, f32>, GlobalTensor<'h, f32>) {
    let tensor = |data| GlobalTensor::new(data, &[16, 16]).expect("a shape");
    (tensor(x), tensor(y))
}

fn multiplied(x: &[f32], y: &[f32]) -> Vec<f32> {
    let element = |at: usize| (0..16).map(|k| x[at / 16 * 16 + k] * y[k * 16 + at % 16]).sum();
    (0..256).map(element).collect()
}

fn inputs(tiles: usize) -> (Vec<f32>, Vec<f32>) {
    (0..2 * tiles * 64).map(|i| ((i % 100) as f32, (i % 7) as f32 - 3.0)).unzip()
}

fn compare(expected: &[f32], run: impl Fn(&mut [f32], Option<Order>)) {
    let orders = [Order::Early, Order::Late, Order::Random(1), Order::Random(2)];
    for order in std::iter::once(None).chain(orders.map(Some)) {
        let mut out = vec![0.0; expected.len()];
        run(&mut out, order);
        // A remainder by zero is a NaN in both.
        let same = |(x, y): (&f32, &f32)| x == y || (x.is_nan() && y.is_nan());
        assert!(out.iter().zip(expected).all(same), "{order:?}: {out:?} and not {expected:?}");
    }
}
