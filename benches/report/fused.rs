//! The second limit of the row kernels: each row is computed as a whole, by a loop written by hand, and stays in the first cache until it is written past
//! the caches.
//!
//! A kernel runs one op over a tile after the other, and so a tile goes through the caches once for each op.

use rayon::prelude::*;

use crate::limit::{order_streams, stream};
use crate::wide::{Wide, wide};

/// Partial sums side by side, so that additions need not wait for each other.
const LANES: usize = 64;

/// What becomes of a row. Must be `#[inline(always)]`, or it has no wide instructions.
pub(crate) trait RowLoop: Sync {
    fn compute(&self, row: usize, y: &mut [f32]);
}

/// All rows of `y`, of `cols` elements each, `block` of them at a time on the threads of the current pool.
pub(crate) fn compute(rows: &impl RowLoop, cols: usize, block: usize, y: &mut [f32]) {
    let blocks = y.par_chunks_mut(block * cols).enumerate();
    blocks.for_each(|(at, y)| wide(Block { rows, first: at * block, cols, y }));
}

/// Some rows of `y`, from `first` on.
struct Block<'a, R> {
    rows: &'a R,
    first: usize,
    cols: usize,
    y: &'a mut [f32],
}

impl<R: RowLoop> Wide for Block<'_, R> {
    #[inline(always)]
    fn run(self) {
        let mut row = vec![0.0; self.cols];
        for (at, y) in self.y.chunks_exact_mut(self.cols).enumerate() {
            self.rows.compute(self.first + at, &mut row);
            stream(row.as_chunks().0.iter().copied(), y);
        }
        order_streams();
    }
}

pub(crate) struct Softmax<'a> {
    pub(crate) x: &'a [f32],
}

impl RowLoop for Softmax<'_> {
    #[inline(always)]
    fn compute(&self, row: usize, y: &mut [f32]) {
        let x = &self.x[row * y.len()..][..y.len()];
        let max = fold(x, f32::MIN, |x| x, |a, b| if b > a { b } else { a });
        for (y, x) in y.iter_mut().zip(x) {
            *y = exp(x - max);
        }
        let scale = 1.0 / sum(y, |y| y);
        for y in y {
            *y *= scale;
        }
    }
}

pub(crate) struct LayerNorm<'a> {
    pub(crate) x: &'a [f32],
    pub(crate) gamma: &'a [f32],
    pub(crate) beta: &'a [f32],
    pub(crate) eps: f32,
}

impl RowLoop for LayerNorm<'_> {
    #[inline(always)]
    fn compute(&self, row: usize, y: &mut [f32]) {
        let x = &self.x[row * y.len()..][..y.len()];
        let count = x.len() as f32;
        let mean = sum(x, |x| x) / count;
        let variance = sum(x, |x| (x - mean) * (x - mean)) / count;
        let scale = 1.0 / (variance + self.eps).sqrt();
        for ((y, x), (gamma, beta)) in y.iter_mut().zip(x).zip(self.gamma.iter().zip(self.beta)) {
            *y = (x - mean) * scale * gamma + beta;
        }
    }
}

pub(crate) struct RmsNorm<'a> {
    pub(crate) x: &'a [f32],
    pub(crate) gamma: &'a [f32],
    pub(crate) eps: f32,
}

impl RowLoop for RmsNorm<'_> {
    #[inline(always)]
    fn compute(&self, row: usize, y: &mut [f32]) {
        let x = &self.x[row * y.len()..][..y.len()];
        let mean = sum(x, |x| x * x) / x.len() as f32;
        let scale = 1.0 / (mean + self.eps).sqrt();
        for ((y, x), gamma) in y.iter_mut().zip(x).zip(self.gamma) {
            *y = x * scale * gamma;
        }
    }
}

pub(crate) struct SwiGlu<'a> {
    pub(crate) a: &'a [f32],
    pub(crate) b: &'a [f32],
}

impl RowLoop for SwiGlu<'_> {
    #[inline(always)]
    fn compute(&self, row: usize, y: &mut [f32]) {
        let range = row * y.len()..(row + 1) * y.len();
        for ((y, a), b) in y.iter_mut().zip(&self.a[range.clone()]).zip(&self.b[range]) {
            *y = b / (1.0 + exp(-a)) * a;
        }
    }
}

/// e to the `x`, for results that are normal numbers.
#[inline(always)]
fn exp(x: f32) -> f32 {
    // The sum has the nearest integer in its low bits.
    const TO_INTEGER: f32 = 12_582_912.0;
    let shifted = x.mul_add(std::f32::consts::LOG2_E, TO_INTEGER);
    let n = shifted - TO_INTEGER;
    let r = n.mul_add(-std::f32::consts::LN_2, x);
    let mut series = 1.0 / 720.0;
    for coefficient in [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        series = r.mul_add(series, coefficient);
    }
    f32::from_bits(series.to_bits().wrapping_add(shifted.to_bits() << 23))
}

#[inline(always)]
fn sum(x: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    fold(x, 0.0, term, |a, b| a + b)
}

#[inline(always)]
fn fold(x: &[f32], start: f32, term: impl Fn(f32) -> f32, both: impl Fn(f32, f32) -> f32) -> f32 {
    let (chunks, rest) = x.as_chunks::<LANES>();
    assert!(rest.is_empty(), "a row of whole chunks");
    let mut lanes = [start; LANES];
    for chunk in chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane = both(*lane, term(*x));
        }
    }
    // Each step has an array of its own, so that none of them has to lie in memory.
    macro_rules! halve {
        ($lanes:ident to $($half:literal)*) => {$(
            let $lanes: [f32; $half] = std::array::from_fn(|at| both($lanes[at], $lanes[at + $half]));
        )*};
    }
    halve!(lanes to 32 16 8 4 2 1);
    lanes[0]
}
