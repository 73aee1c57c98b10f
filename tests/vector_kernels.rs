//! The kernels of the examples `layernorm`, `rmsnorm` and `swiglu`, on shapes, strides and rows that the examples do not show.
#![allow(clippy::unwrap_used, reason = "a test")]

use tilesync::exec::check::check;
use tilesync::global::OutArg;
use tilesync::prelude::*;
use tilesync::program::Program;

#[path = "../examples/layernorm.rs"]
#[allow(dead_code, reason = "only the kernel and its oracle are used")]
mod layernorm;
#[path = "../examples/rmsnorm.rs"]
#[allow(dead_code, reason = "only the kernel and its oracle are used")]
mod rmsnorm;
#[path = "../examples/swiglu.rs"]
#[allow(dead_code, reason = "only the kernel and its oracle are used")]
mod swiglu;

/// Rows, columns, and elements from one row to the next.
type Shape = [usize; 3];

/// Whole tiles, one element, sizes that divide by nothing, gaps between rows.
const SHAPES: [Shape; 9] = [
    [128, 1024, 1024],
    [1, 1, 1],
    [1, 1000, 1000],
    [130, 1, 1],
    [65, 3, 3],
    [77, 777, 777],
    [16, 1024, 1030],
    [67, 45, 64],
    [9, 1, 7],
];

/// Rows of a block.
const BLOCK: usize = 64;
/// What lies between the rows of an output, and must stay there.
const GAP: f32 = 12345.0;

fn draw(random: &mut fastrand::Rng, count: usize) -> Vec<f32> {
    (0..count).map(|_| random.f32() * 8.0 - 3.0).collect()
}

fn dims([rows, cols, stride]: Shape) -> ([usize; 5], [usize; 5]) {
    let all = rows * stride;
    ([1, 1, 1, rows, cols], [all, all, all, stride, 1])
}

fn tensor(data: &[f32], shape: Shape) -> GlobalTensor<'_, f32> {
    let (extent, stride) = dims(shape);
    GlobalTensor::with_stride(data, extent, stride).unwrap()
}

/// The rows of a tensor, without the gaps.
fn rows(data: &[f32], [_, cols, stride]: Shape) -> impl Iterator<Item = &[f32]> {
    data.chunks(stride).map(move |row| &row[..cols])
}

/// The output of `launch`, which gets an order or runs eagerly: the same bits each time, the gaps untouched, the programs clean.
fn everywhere(
    shape: Shape,
    launch: impl Fn(Option<Order>, OutArg<'_, f32>) -> Option<Program>,
) -> Vec<f32> {
    let run = |order| {
        let mut y = vec![GAP; shape[0] * shape[2]];
        let (extent, stride) = dims(shape);
        let mut output = GlobalTensorMut::with_stride(&mut y, extent, stride).unwrap();
        if let Some(program) = launch(order, output.parts(BLOCK, shape[1]).unwrap()) {
            let verdict = check(&program);
            assert!(verdict.is_clean(), "{shape:?}, {order:?}: {verdict}");
        }
        y
    };
    let y = run(None);
    assert!(y.chunks(shape[2]).all(|row| row[shape[1]..].iter().all(|&gap| gap == GAP)));
    for order in [Order::Early, Order::Late, Order::Random(1)] {
        let other = run(Some(order));
        assert!(
            y.iter().zip(other).all(|(x, y)| x.to_bits() == y.to_bits()),
            "{shape:?} {order:?}"
        );
    }
    y
}

/// Launches a kernel as [`everywhere`] wants it.
macro_rules! launch {
    ($kernel:path, $shape:expr, $order:expr, $args:expr) => {{
        let blocks = $shape[0].div_ceil(BLOCK);
        match $order {
            None => {
                Eager::new().launch(&$kernel, blocks, $args).unwrap();
                None
            }
            Some(order) => {
                let executor = Pipelined::new().order(order);
                Some(executor.launch(&$kernel, blocks, $args).unwrap().program)
            }
        }
    }};
}

fn run_layernorm(x: &[f32], gamma: &[f32], beta: &[f32], shape: Shape) -> Vec<f32> {
    let input = tensor(x, shape).parts(BLOCK, shape[1]).unwrap();
    let [gamma, beta] = [gamma, beta].map(|row| GlobalTensor::new(row, &[shape[1]]).unwrap());
    everywhere(shape, |order, y| {
        launch!(layernorm::layernorm, shape, order, (input, gamma.whole(), beta.whole(), y))
    })
}

fn run_rmsnorm(x: &[f32], gamma: &[f32], shape: Shape) -> Vec<f32> {
    let input = tensor(x, shape).parts(BLOCK, shape[1]).unwrap();
    let gamma = GlobalTensor::new(gamma, &[shape[1]]).unwrap();
    everywhere(shape, |order, y| launch!(rmsnorm::rmsnorm, shape, order, (input, gamma.whole(), y)))
}

fn run_swiglu(a: &[f32], b: &[f32], shape: Shape) -> Vec<f32> {
    let [a, b] = [a, b].map(|x| tensor(x, shape).parts(BLOCK, shape[1]).unwrap());
    everywhere(shape, |order, y| launch!(swiglu::swiglu, shape, order, (a, b, y)))
}

#[track_caller]
fn assert_near(got: f32, exact: f64, bound: f64) {
    assert!((f64::from(got) - exact).abs() <= bound, "{got}, not {exact}");
}

#[test]
fn layernorm_is_as_exact_as_it_says() {
    let random = &mut fastrand::Rng::with_seed(1);
    for shape in SHAPES {
        let x = draw(random, shape[0] * shape[2]);
        let [gamma, beta] = [(); 2].map(|()| draw(random, shape[1]));
        let y = run_layernorm(&x, &gamma, &beta, shape);
        for (x, y) in rows(&x, shape).zip(rows(&y, shape)) {
            for (y, (exact, bound)) in y.iter().zip(layernorm::exact(x, &gamma, &beta)) {
                assert_near(*y, exact, bound);
            }
        }
    }
}

#[test]
fn rmsnorm_is_as_exact_as_it_says() {
    let random = &mut fastrand::Rng::with_seed(2);
    for shape in SHAPES {
        let (x, gamma) = (draw(random, shape[0] * shape[2]), draw(random, shape[1]));
        let y = run_rmsnorm(&x, &gamma, shape);
        for (x, y) in rows(&x, shape).zip(rows(&y, shape)) {
            for (y, exact) in y.iter().zip(rmsnorm::exact(x, &gamma)) {
                assert_near(*y, exact, rmsnorm::bound(shape[1]) * exact.abs());
            }
        }
    }
}

#[test]
fn swiglu_is_as_exact_as_it_says() {
    let random = &mut fastrand::Rng::with_seed(3);
    for shape in SHAPES.into_iter().chain([[3, 5000, 5001], [70, 513, 513]]) {
        let [a, b] = [(); 2].map(|()| draw(random, shape[0] * shape[2]));
        let y = run_swiglu(&a, &b, shape);
        let pairs = rows(&a, shape).flatten().zip(rows(&b, shape).flatten());
        for ((a, b), y) in pairs.zip(rows(&y, shape).flatten()) {
            let exact = swiglu::exact(*a, *b);
            assert_near(*y, exact, swiglu::bound(exact, *b));
        }
    }
}

/// Rows of `cols` that are odd, each between two that are not; the names are used below.
fn odd_rows(random: &mut fastrand::Rng, cols: usize) -> Vec<Vec<f32>> {
    let with = |mut row: Vec<f32>, x| {
        row[cols / 3] = x;
        row
    };
    let scaled = |row: Vec<f32>, by| row.into_iter().map(|x| x * by).collect::<Vec<_>>();
    vec![
        with(draw(random, cols), f32::NAN),
        draw(random, cols),
        with(draw(random, cols), f32::INFINITY),
        draw(random, cols),
        with(draw(random, cols), f32::NEG_INFINITY),
        scaled(draw(random, cols), 1e15),
        scaled(draw(random, cols), 1e20),
        scaled(draw(random, cols), 1e-20),
        vec![0.0; cols],
    ]
}

#[test]
fn layernorm_of_odd_rows() {
    let random = &mut fastrand::Rng::with_seed(4);
    let cols = 1000;
    let x = odd_rows(random, cols);
    let shape = [x.len(), cols, cols];
    let [gamma, beta] = [(); 2].map(|()| draw(random, cols));
    let y = run_layernorm(&x.concat(), &gamma, &beta, shape);
    for (at, (x, y)) in x.iter().zip(rows(&y, shape)).enumerate() {
        match at {
            0 | 2 | 4 => assert!(y.iter().all(|y| y.is_nan()), "row {at}"),
            6 => assert_eq!(y, beta),
            _ => {
                for (y, (exact, bound)) in y.iter().zip(layernorm::exact(x, &gamma, &beta)) {
                    assert_near(*y, exact, bound);
                }
            }
        }
    }
}

#[test]
fn rmsnorm_of_odd_rows() {
    let random = &mut fastrand::Rng::with_seed(5);
    let cols = 1000;
    let x = odd_rows(random, cols);
    let shape = [x.len(), cols, cols];
    let gamma = draw(random, cols);
    let y = run_rmsnorm(&x.concat(), &gamma, shape);
    for (at, (x, y)) in x.iter().zip(rows(&y, shape)).enumerate() {
        match at {
            0 => assert!(y.iter().all(|y| y.is_nan())),
            2 | 4 => {
                for (x, y) in x.iter().zip(y) {
                    assert!(if x.is_infinite() { y.is_nan() } else { *y == 0.0 }, "{x} gives {y}");
                }
            }
            6 => assert!(y.iter().all(|y| *y == 0.0)),
            _ => {
                for (y, exact) in y.iter().zip(rmsnorm::exact(x, &gamma)) {
                    assert_near(*y, exact, rmsnorm::bound(cols) * exact.abs());
                }
            }
        }
    }
}

#[test]
fn swiglu_of_odd_values() {
    let inf = f32::INFINITY;
    let a = [f32::NAN, inf, -inf, 100.0, -100.0, 88.0, -88.0, 0.0, -0.0, 1e30, -1e30, 1e-40];
    let shape = [1, a.len(), a.len()];
    for b in [1.0, -2.0, 0.0, 1e-30] {
        let y = run_swiglu(&a, &[b; 12], shape);
        for (a, y) in a.iter().zip(y) {
            if a.is_nan() || *a == -inf || (*a == inf && b == 0.0) {
                assert!(y.is_nan(), "{a} gives {y}");
            } else if *a == inf {
                assert_eq!(y, inf * b);
            } else {
                let exact = swiglu::exact(*a, b);
                assert_near(y, exact, swiglu::bound(exact, b));
            }
        }
    }
}
