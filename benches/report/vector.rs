//! Kernels of the vector pipe, each beside a plain loop that reads the inputs and writes the output.

use rayon::prelude::*;
use tilesync::global::InArg;
use tilesync::prelude::*;

use crate::fused::{self, LayerNorm, RmsNorm, RowLoop, Softmax, SwiGlu};
use crate::limit::{order_streams, stream};
use crate::table::{Candidate, Unit};

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

/// So many that no tensor stays in a cache.
const ROWS: usize = 16_384;
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

/// What the kernel writes, and what the loops write.
struct Results {
    ours: Vec<f32>,
    plain: Vec<f32>,
    by_hand: Vec<f32>,
}

impl Results {
    /// Their pages are in memory: writing them for the first time is not what is measured.
    fn new() -> Self {
        let [ours, plain, by_hand] = [(); 3].map(|()| vec![f32::NAN; COUNT]);
        Results { ours, plain, by_hand }
    }
}

/// Measures a kernel with `inputs` inputs. Returns whether it is wanted.
fn row(
    name: &str,
    inputs: usize,
    ours: Candidate<'_>,
    limit: Candidate<'_>,
    (rows, y): (&impl RowLoop, &mut [f32]),
) -> bool {
    let case = format!("{name} {ROWS} x {COLS} f32");
    let mut by_hand = || fused::compute(rows, COLS, BLOCK, y);
    let bytes = ((inputs + 1) * COUNT * size_of::<f32>()) as f64;
    crate::table::row(&case, Unit::Bytes, bytes, [ours, limit, &mut by_hand])
}

/// Whether the loop written by hand computes what the kernel does.
fn same(ours: &[f32], by_hand: &[f32]) -> bool {
    ours.iter().zip(by_hand).all(|(x, y)| (x - y).abs() <= 1e-4 * (1.0 + x.abs()))
}

fn softmax_row(x: &[f32], Results { ours, plain, by_hand }: &mut Results) {
    let mut ours_once = || {
        let mut y = GlobalTensorMut::new(ours, &SHAPE).expect("valid");
        let args = (parts(x), y.parts(BLOCK, COLS).expect("valid"));
        Eager::new().launch(&softmax::softmax, BLOCKS, args).expect("a right launch");
    };
    let mut limit = || read_and_write(x, plain);
    let rows = Softmax { x };
    if !row("softmax", 1, &mut ours_once, &mut limit, (&rows, by_hand)) {
        return;
    }
    assert!(same(ours, by_hand), "the loop for softmax is wrong");
    assert!(softmax::worst_error(x, ours) < 1e-5, "softmax is wrong");
}

fn layernorm_row(
    x: &[f32],
    gamma: &[f32],
    beta: &[f32],
    Results { ours, plain, by_hand }: &mut Results,
) {
    let (factor, offset) = (whole(gamma), whole(beta));
    let mut ours_once = || {
        let mut y = GlobalTensorMut::new(ours, &SHAPE).expect("valid");
        let args = (parts(x), factor, offset, y.parts(BLOCK, COLS).expect("valid"));
        Eager::new().launch(&layernorm::layernorm, BLOCKS, args).expect("a right launch");
    };
    let mut limit = || read_and_write(x, plain);
    let rows = LayerNorm { x, gamma, beta, eps: layernorm::EPS };
    if !row("layernorm", 1, &mut ours_once, &mut limit, (&rows, by_hand)) {
        return;
    }
    assert!(same(ours, by_hand), "the loop for layernorm is wrong");
    for (x, y) in x.chunks_exact(COLS).zip(ours.chunks_exact(COLS)) {
        for (y, (exact, bound)) in y.iter().zip(layernorm::exact(x, gamma, beta)) {
            assert!((f64::from(*y) - exact).abs() <= bound, "layernorm gives {y}, not {exact}");
        }
    }
}

fn rmsnorm_row(x: &[f32], gamma: &[f32], Results { ours, plain, by_hand }: &mut Results) {
    let factor = whole(gamma);
    let mut ours_once = || {
        let mut y = GlobalTensorMut::new(ours, &SHAPE).expect("valid");
        let args = (parts(x), factor, y.parts(BLOCK, COLS).expect("valid"));
        Eager::new().launch(&rmsnorm::rmsnorm, BLOCKS, args).expect("a right launch");
    };
    let mut limit = || read_and_write(x, plain);
    let rows = RmsNorm { x, gamma, eps: rmsnorm::EPS };
    if !row("rmsnorm", 1, &mut ours_once, &mut limit, (&rows, by_hand)) {
        return;
    }
    assert!(same(ours, by_hand), "the loop for rmsnorm is wrong");
    for (x, y) in x.chunks_exact(COLS).zip(ours.chunks_exact(COLS)) {
        for (y, exact) in y.iter().zip(rmsnorm::exact(x, gamma)) {
            let error = (f64::from(*y) - exact).abs();
            assert!(error <= rmsnorm::bound(COLS) * exact.abs(), "rmsnorm gives {y}, not {exact}");
        }
    }
}

fn swiglu_row(a: &[f32], b: &[f32], Results { ours, plain, by_hand }: &mut Results) {
    let mut ours_once = || {
        let mut y = GlobalTensorMut::new(ours, &SHAPE).expect("valid");
        let args = (parts(a), parts(b), y.parts(BLOCK, COLS).expect("valid"));
        Eager::new().launch(&swiglu::swiglu, BLOCKS, args).expect("a right launch");
    };
    let mut limit = || read_two_and_write(a, b, plain);
    let rows = SwiGlu { a, b };
    if !row("swiglu", 2, &mut ours_once, &mut limit, (&rows, by_hand)) {
        return;
    }
    assert!(same(ours, by_hand), "the loop for swiglu is wrong");
    for ((a, b), y) in a.iter().zip(b).zip(ours.iter()) {
        let exact = swiglu::exact(*a, *b);
        let error = (f64::from(*y) - exact).abs();
        assert!(error <= swiglu::bound(exact, *b), "swiglu gives {y}, not {exact}");
    }
}

fn parts(x: &[f32]) -> InArg<'_, f32> {
    GlobalTensor::new(x, &SHAPE).and_then(|x| x.parts(BLOCK, COLS)).expect("valid")
}

fn whole(row: &[f32]) -> InArg<'_, f32> {
    GlobalTensor::new(row, &[row.len()]).expect("valid").whole()
}

/// The limit for one input.
fn read_and_write(x: &[f32], y: &mut [f32]) {
    let rows = y.par_chunks_mut(COLS).zip(x.par_chunks(COLS)).with_min_len(BLOCK);
    rows.for_each(|(y, x)| stream(x.as_chunks().0.iter().copied(), y));
    order_streams();
}

/// The limit for two inputs.
fn read_two_and_write(a: &[f32], b: &[f32], y: &mut [f32]) {
    let rows = y.par_chunks_mut(COLS).zip(a.par_chunks(COLS)).zip(b.par_chunks(COLS));
    rows.with_min_len(BLOCK).for_each(|((y, a), b)| {
        let pairs = a.as_chunks::<4>().0.iter().zip(b.as_chunks::<4>().0);
        stream(pairs.map(|(a, b)| std::array::from_fn(|at| a[at] + b[at])), y);
    });
    order_streams();
}
