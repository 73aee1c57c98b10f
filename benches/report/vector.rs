//! Kernels of the vector pipe, each beside a plain loop that reads the inputs and writes the output.

use rayon::prelude::*;
use tilesync::global::InArg;
use tilesync::prelude::*;

use crate::table::{Unit, row};

#[path = "../../examples/layernorm.rs"]
#[allow(dead_code, reason = "only the kernel and its oracle are used")]
mod layernorm;
#[path = "../../examples/rmsnorm.rs"]
#[allow(dead_code, reason = "only the kernel and its oracle are used")]
mod rmsnorm;
#[path = "../../examples/softmax.rs"]
#[allow(dead_code, reason = "only the kernel and its oracle are used")]
mod softmax;
#[path = "../../examples/swiglu.rs"]
#[allow(dead_code, reason = "only the kernel and its oracle are used")]
mod swiglu;

const ROWS: usize = 4096;
const COLS: usize = 1024;
const SHAPE: [usize; 2] = [ROWS, COLS];
const COUNT: usize = ROWS * COLS;
/// Rows of a block.
const BLOCK: usize = 64;
const BLOCKS: usize = ROWS / BLOCK;

/// Measures all of them.
pub(crate) fn rows() {
    let mut random = fastrand::Rng::with_seed(1);
    let mut draw = |count| (0..count).map(|_| random.f32() * 20.0 - 10.0).collect::<Vec<_>>();
    let [a, b, gamma, beta] = [COUNT, COUNT, COLS, COLS].map(&mut draw);
    let mut results = Results::new();
    softmax_row(&a, &mut results);
    layernorm_row(&a, &gamma, &beta, &mut results);
    rmsnorm_row(&a, &gamma, &mut results);
    swiglu_row(&a, &b, &mut results);
}

/// What the kernel writes, and what the plain loop writes.
struct Results {
    ours: Vec<f32>,
    plain: Vec<f32>,
}

impl Results {
    /// Their pages are in memory: writing them for the first time is not what is measured.
    fn new() -> Self {
        Results { ours: vec![f32::NAN; COUNT], plain: vec![f32::NAN; COUNT] }
    }
}

fn softmax_row(x: &[f32], Results { ours, plain }: &mut Results) {
    let ours_once = || {
        let mut y = GlobalTensorMut::new(ours, &SHAPE).expect("valid");
        let args = (parts(x), y.parts(BLOCK, COLS).expect("valid"));
        Eager::new().launch(&softmax::softmax, BLOCKS, args).expect("a right launch");
    };
    let limit = || read_and_write(x, plain);
    if !row("softmax 4096 x 1024 f32", Unit::Bytes, bytes(1), ours_once, limit) {
        return;
    }
    assert!(softmax::worst_error(x, ours) < 1e-5, "softmax is wrong");
}

fn layernorm_row(x: &[f32], gamma: &[f32], beta: &[f32], Results { ours, plain }: &mut Results) {
    let (factor, offset) = (whole(gamma), whole(beta));
    let ours_once = || {
        let mut y = GlobalTensorMut::new(ours, &SHAPE).expect("valid");
        let args = (parts(x), factor, offset, y.parts(BLOCK, COLS).expect("valid"));
        Eager::new().launch(&layernorm::layernorm, BLOCKS, args).expect("a right launch");
    };
    let limit = || read_and_write(x, plain);
    if !row("layernorm 4096 x 1024 f32", Unit::Bytes, bytes(1), ours_once, limit) {
        return;
    }
    for (x, y) in x.chunks_exact(COLS).zip(ours.chunks_exact(COLS)) {
        for (y, (exact, bound)) in y.iter().zip(layernorm::exact(x, gamma, beta)) {
            assert!((f64::from(*y) - exact).abs() <= bound, "layernorm gives {y}, not {exact}");
        }
    }
}

fn rmsnorm_row(x: &[f32], gamma: &[f32], Results { ours, plain }: &mut Results) {
    let factor = whole(gamma);
    let ours_once = || {
        let mut y = GlobalTensorMut::new(ours, &SHAPE).expect("valid");
        let args = (parts(x), factor, y.parts(BLOCK, COLS).expect("valid"));
        Eager::new().launch(&rmsnorm::rmsnorm, BLOCKS, args).expect("a right launch");
    };
    let limit = || read_and_write(x, plain);
    if !row("rmsnorm 4096 x 1024 f32", Unit::Bytes, bytes(1), ours_once, limit) {
        return;
    }
    for (x, y) in x.chunks_exact(COLS).zip(ours.chunks_exact(COLS)) {
        for (y, exact) in y.iter().zip(rmsnorm::exact(x, gamma)) {
            let error = (f64::from(*y) - exact).abs();
            assert!(error <= rmsnorm::bound(COLS) * exact.abs(), "rmsnorm gives {y}, not {exact}");
        }
    }
}

fn swiglu_row(a: &[f32], b: &[f32], Results { ours, plain }: &mut Results) {
    let ours_once = || {
        let mut y = GlobalTensorMut::new(ours, &SHAPE).expect("valid");
        let args = (parts(a), parts(b), y.parts(BLOCK, COLS).expect("valid"));
        Eager::new().launch(&swiglu::swiglu, BLOCKS, args).expect("a right launch");
    };
    let limit = || read_two_and_write(a, b, plain);
    if !row("swiglu 4096 x 1024 f32", Unit::Bytes, bytes(2), ours_once, limit) {
        return;
    }
    for ((a, b), y) in a.iter().zip(b).zip(ours.iter()) {
        let exact = swiglu::exact(*a, *b);
        let error = (f64::from(*y) - exact).abs();
        assert!(error <= swiglu::bound(exact, *b), "swiglu gives {y}, not {exact}");
    }
}

/// Bytes that are moved for `inputs` inputs and an output.
fn bytes(inputs: usize) -> f64 {
    ((inputs + 1) * COUNT * size_of::<f32>()) as f64
}

fn parts(x: &[f32]) -> InArg<'_, f32> {
    GlobalTensor::new(x, &SHAPE).and_then(|x| x.parts(BLOCK, COLS)).expect("valid")
}

fn whole(row: &[f32]) -> InArg<'_, f32> {
    GlobalTensor::new(row, &[row.len()]).expect("valid").whole()
}

/// The limit for one input. An addition, so that the compiler leaves it the loop that it is.
fn read_and_write(x: &[f32], y: &mut [f32]) {
    let rows = y.par_chunks_mut(COLS).zip(x.par_chunks(COLS)).with_min_len(BLOCK);
    rows.for_each(|(y, x)| {
        for (y, x) in y.iter_mut().zip(x) {
            *y = x + 1.0;
        }
    });
}

/// The limit for two inputs.
fn read_two_and_write(a: &[f32], b: &[f32], y: &mut [f32]) {
    let rows = y.par_chunks_mut(COLS).zip(a.par_chunks(COLS)).zip(b.par_chunks(COLS));
    rows.with_min_len(BLOCK).for_each(|((y, a), b)| {
        for ((y, a), b) in y.iter_mut().zip(a).zip(b) {
            *y = a + b;
        }
    });
}
