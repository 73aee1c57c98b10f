//! Kernels of the vector pipe.

use tilesync::prelude::*;

use super::{Launch, Launched, Look, Size, draw};

#[path = "../../csr_gather.rs"]
mod csr_gather;
#[path = "../../double_buffer.rs"]
mod double_buffer;
#[path = "../../embedding.rs"]
mod embedding;
#[path = "../../layernorm.rs"]
mod layernorm;
#[path = "../../rmsnorm.rs"]
mod rmsnorm;
#[path = "../../rotary.rs"]
mod rotary;
#[path = "../../segment_sum.rs"]
mod segment_sum;
#[path = "../../shared_read.rs"]
mod shared_read;
#[path = "../../softmax.rs"]
mod softmax;
#[path = "../../swiglu.rs"]
mod swiglu;
#[path = "../../tails.rs"]
mod tails;
#[path = "../../topk.rs"]
mod topk;
#[path = "../../vec_add.rs"]
mod vec_add;

pub(super) fn vec_add<L: Launch>(size: Size, with: L, look: Look<'_>) -> Launched<L> {
    let blocks = size.pick(4, 4096);
    let shape = [blocks * 64, 64];
    let (x, y) = (draw(blocks * 4096, 1), draw(blocks * 4096, 2));
    let mut z = vec![0.0; x.len()];
    let (a, b) = (GlobalTensor::new(&x, &shape)?, GlobalTensor::new(&y, &shape)?);
    let mut sum = GlobalTensorMut::new(&mut z, &shape)?;
    let args = (a.parts(64, 64)?, b.parts(64, 64)?, sum.parts(64, 64)?);
    let launched = with.launch(&vec_add::vec_add, blocks, args);
    look(&[&x, &y, &z]);
    Ok(launched)
}

pub(super) fn double_buffer<L: Launch>(size: Size, with: L, look: Look<'_>) -> Launched<L> {
    let (blocks, tiles) = size.pick((2, 5), (32, 8));
    let shape = [blocks * tiles * 64, 64];
    let x = draw(shape[0] * 64, 1);
    let mut y = vec![0.0; x.len()];
    let input = GlobalTensor::new(&x, &shape)?.parts(tiles * 64, 64)?;
    let mut out = GlobalTensorMut::new(&mut y, &shape)?;
    let args = (input, out.parts(tiles * 64, 64)?);
    let launched = with.launch(&double_buffer::square, blocks, args);
    look(&[&x, &y]);
    Ok(launched)
}

pub(super) fn softmax<L: Launch>(size: Size, with: L, look: Look<'_>) -> Launched<L> {
    let (blocks, part) = (size.pick(3, 64), softmax::BLOCK * size.times());
    let (rows, cols) = (blocks * part, softmax::COLS);
    let x = draw(rows * cols, 1);
    let mut y = vec![0.0; x.len()];
    let input = GlobalTensor::new(&x, &[rows, cols])?.parts(part, cols)?;
    let mut out = GlobalTensorMut::new(&mut y, &[rows, cols])?;
    let launched = with.launch(&softmax::softmax, blocks, (input, out.parts(part, cols)?));
    look(&[&x, &y]);
    Ok(launched)
}

pub(super) fn tails<L: Launch>(size: Size, with: L, look: Look<'_>) -> Launched<L> {
    let shape @ [rows, cols] = size.pick([150, 300], [1000, 777]);
    let (x, y) = (draw(rows * cols, 1), draw(rows * cols, 2));
    let mut z = vec![0.0; x.len()];
    let (a, b) = (GlobalTensor::new(&x, &shape)?, GlobalTensor::new(&y, &shape)?);
    let mut sum = GlobalTensorMut::new(&mut z, &shape)?;
    let args = (a.parts(64, 128)?, b.parts(64, 128)?, sum.parts(64, 128)?);
    let launched = with.launch(&tails::add, rows.div_ceil(64) * cols.div_ceil(128), args);
    look(&[&x, &y, &z]);
    Ok(launched)
}

pub(super) fn layernorm<L: Launch>(size: Size, with: L, look: Look<'_>) -> Launched<L> {
    let [rows, cols] = size.pick([100, 300], [1000, 777]);
    let (x, gamma, beta) = (draw(rows * cols, 1), draw(cols, 2), draw(cols, 3));
    let mut y = vec![0.0; x.len()];
    let input = GlobalTensor::new(&x, &[rows, cols])?.parts(layernorm::BLOCK, cols)?;
    let (factor, offset) =
        (GlobalTensor::new(&gamma, &[cols])?, GlobalTensor::new(&beta, &[cols])?);
    let mut out = GlobalTensorMut::new(&mut y, &[rows, cols])?;
    let args = (input, factor.whole(), offset.whole(), out.parts(layernorm::BLOCK, cols)?);
    let launched = with.launch(&layernorm::layernorm, rows.div_ceil(layernorm::BLOCK), args);
    look(&[&x, &gamma, &beta, &y]);
    Ok(launched)
}

pub(super) fn rmsnorm<L: Launch>(size: Size, with: L, look: Look<'_>) -> Launched<L> {
    let [rows, cols] = size.pick([100, 300], [4096, 1024]);
    let (x, gamma) = (draw(rows * cols, 1), draw(cols, 2));
    let mut y = vec![0.0; x.len()];
    let input = GlobalTensor::new(&x, &[rows, cols])?.parts(rmsnorm::BLOCK, cols)?;
    let factor = GlobalTensor::new(&gamma, &[cols])?.whole();
    let mut out = GlobalTensorMut::new(&mut y, &[rows, cols])?;
    let args = (input, factor, out.parts(rmsnorm::BLOCK, cols)?);
    let launched = with.launch(&rmsnorm::rmsnorm, rows.div_ceil(rmsnorm::BLOCK), args);
    look(&[&x, &gamma, &y]);
    Ok(launched)
}

pub(super) fn swiglu<L: Launch>(size: Size, with: L, look: Look<'_>) -> Launched<L> {
    let [rows, cols] = size.pick([100, 300], [4096, 1024]);
    let (a, b) = (draw(rows * cols, 1), draw(rows * cols, 2));
    let mut y = vec![0.0; a.len()];
    let gate = GlobalTensor::new(&a, &[rows, cols])?.parts(swiglu::BLOCK, cols)?;
    let value = GlobalTensor::new(&b, &[rows, cols])?.parts(swiglu::BLOCK, cols)?;
    let mut out = GlobalTensorMut::new(&mut y, &[rows, cols])?;
    let args = (gate, value, out.parts(swiglu::BLOCK, cols)?);
    let launched = with.launch(&swiglu::swiglu, rows.div_ceil(swiglu::BLOCK), args);
    look(&[&a, &b, &y]);
    Ok(launched)
}

pub(super) fn shared_read<L: Launch>(size: Size, with: L, look: Look<'_>) -> Launched<L> {
    let (blocks, tiles) = size.pick((2, 3), (16, 4));
    let (part, shape) = (tiles * 64, [blocks * tiles * 64, 64]);
    let x = draw(shape[0] * 64, 1);
    let [mut copy, mut square] = [(); 2].map(|()| vec![0.0; x.len()]);
    let input = GlobalTensor::new(&x, &shape)?.parts(part, 64)?;
    let mut copies = GlobalTensorMut::new(&mut copy, &shape)?;
    let mut squares = GlobalTensorMut::new(&mut square, &shape)?;
    let args = (input, copies.parts(part, 64)?, squares.parts(part, 64)?);
    let launched = with.launch(&shared_read::copy_and_square, blocks, args);
    look(&[&x, &copy, &square]);
    Ok(launched)
}

pub(super) fn rotary<L: Launch>(size: Size, with: L, look: Look<'_>) -> Launched<L> {
    let (tokens, heads) = size.pick((150, 3), (2048, 8));
    let (cols, half) = (heads * 128, 64);
    let (x, cos, sin) = (draw(tokens * cols, 1), draw(tokens * half, 2), draw(tokens * half, 3));
    let mut y = vec![0.0; x.len()];
    let input = GlobalTensor::new(&x, &[tokens, cols])?.parts(rotary::BLOCK, cols)?;
    let cosines = GlobalTensor::new(&cos, &[tokens, half])?.parts(rotary::BLOCK, half)?;
    let sines = GlobalTensor::new(&sin, &[tokens, half])?.parts(rotary::BLOCK, half)?;
    let mut out = GlobalTensorMut::new(&mut y, &[tokens, cols])?;
    let args = (input, cosines, sines, out.parts(rotary::BLOCK, cols)?);
    let launched = with.launch(&rotary::rotary, tokens.div_ceil(rotary::BLOCK), args);
    look(&[&x, &cos, &sin, &y]);
    Ok(launched)
}

pub(super) fn topk<L: Launch>(size: Size, with: L, look: Look<'_>) -> Launched<L> {
    let (rows, cols, part) = (size.pick(6, 96), size.pick(3, 8) * topk::CHUNK, size.pick(3, 4));
    let x = draw(rows * cols, 1);
    let places: Vec<u32> = (0..cols as u32).collect();
    let (mut values, mut indices) = (vec![0.0; rows * topk::K], vec![0_u32; rows * topk::K]);
    let input = GlobalTensor::new(&x, &[rows, cols])?.parts(part, cols)?;
    let named = GlobalTensor::new(&places, &[1, cols])?.whole();
    let mut out = GlobalTensorMut::new(&mut values, &[rows, topk::K])?;
    let mut out_indices = GlobalTensorMut::new(&mut indices, &[rows, topk::K])?;
    let args = (input, named, out.parts(part, topk::K)?, out_indices.parts(part, topk::K)?);
    let launched = with.launch(&topk::topk, rows / part, args);
    look(&[&x, &places, &values, &indices]);
    Ok(launched)
}

pub(super) fn embedding<L: Launch>(size: Size, with: L, look: Look<'_>) -> Launched<L> {
    let (count, words, dim) = (size.pick(100, 4096), size.pick(50, 30_000), embedding::DIM);
    let mut random = fastrand::Rng::with_seed(1);
    let tokens: Vec<u32> = (0..count).map(|_| random.u32(0..words as u32)).collect();
    let table = draw(words * dim, 2);
    let mut y = vec![0.0; count * dim];
    let named = GlobalTensor::new(&tokens, &[1, count])?;
    let rows = GlobalTensor::new(&table, &[words, dim])?;
    let mut out = GlobalTensorMut::new(&mut y, &[count, dim])?;
    let args = (named.whole(), rows.whole(), out.parts(embedding::BLOCK, dim)?);
    let launched = with.launch(&embedding::embedding, count.div_ceil(embedding::BLOCK), args);
    look(&[&tokens, &table, &y]);
    Ok(launched)
}

pub(super) fn segment_sum<L: Launch>(size: Size, with: L, look: Look<'_>) -> Launched<L> {
    segment_sum_of(size, 1, with, look)
}

/// With another seed the segments have other lengths, and are as long together.
pub(crate) fn segment_sum_of<L: Launch>(
    size: Size,
    seed: u64,
    with: L,
    look: Look<'_>,
) -> Launched<L> {
    use segment_sum::{BLOCK, COLS, MOST};
    let count = size.pick(3, 256) * BLOCK;
    let mut lengths: Vec<i32> = (0..count).map(|at| (at % MOST) as i32 + 1).collect();
    fastrand::Rng::with_seed(seed).shuffle(&mut lengths);
    let bounds: Vec<i32> = (0..=count).map(|end| lengths[..end].iter().sum()).collect();
    let rows = bounds[count] as usize;
    let x: Vec<f32> = draw(rows * COLS, 2).into_iter().map(|x| (x * 100.0).round()).collect();
    let mut y = vec![0.0; count * COLS];
    let mut out = GlobalTensorMut::new(&mut y, &[count, COLS])?;
    let args = (
        GlobalTensor::new(&bounds, &[1, count + 1])?.whole(),
        GlobalTensor::new(&x, &[rows, COLS])?.whole(),
        out.parts(BLOCK, COLS)?,
    );
    let launched = with.launch(&segment_sum::segment_sum, count / BLOCK, args);
    look(&[&bounds, &x, &y]);
    Ok(launched)
}

pub(super) fn csr_gather<L: Launch>(_: Size, with: L, look: Look<'_>) -> Launched<L> {
    let (rows, words, part, cols) = (32, 50, 16, csr_gather::COLS);
    let bounds: Vec<i32> = (0..=rows).map(|row| 5 * row).collect();
    let entries: Vec<u32> = (0..5 * rows as u32).map(|at| at * 7 % words).collect();
    let (x, mut y) = (draw(words as usize * cols, 1), vec![0.0; rows as usize * cols]);
    let mut out = GlobalTensorMut::new(&mut y, &[rows as usize, cols])?;
    let args = (
        GlobalTensor::new(&bounds, &[1, bounds.len()])?.whole(),
        GlobalTensor::new(&entries, &[1, entries.len()])?.whole(),
        GlobalTensor::new(&x, &[words as usize, cols])?.whole(),
        out.parts(part, cols)?,
    );
    let launched = with.launch(&csr_gather::csr_gather, rows as usize / part, args);
    look(&[&bounds, &entries, &x, &y]);
    Ok(launched)
}
