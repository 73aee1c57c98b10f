//! The kernels of the other examples, each with arguments to launch it with.
#![allow(dead_code, reason = "only the kernels are used")]

use std::error::Error;

use tilesync::emit::{Emit, EmitError, Emitted};
use tilesync::exec::Kernel;
use tilesync::global::Args;
use tilesync::prelude::*;

#[path = "../attention_one_core.rs"]
mod attention_one_core;
#[path = "../double_buffer.rs"]
mod double_buffer;
#[path = "../gemm.rs"]
mod gemm;
#[path = "../gemm_bias_relu.rs"]
mod gemm_bias_relu;
#[path = "../gemm_i8.rs"]
mod gemm_i8;
#[path = "../layernorm.rs"]
mod layernorm;
#[path = "../rmsnorm.rs"]
mod rmsnorm;
#[path = "../shared_read.rs"]
mod shared_read;
#[path = "../softmax.rs"]
mod softmax;
#[path = "../swiglu.rs"]
mod swiglu;
#[path = "../tails.rs"]
mod tails;
#[path = "../vec_add.rs"]
mod vec_add;

/// The examples that have a kernel.
pub(crate) const NAMES: &[&str] = &[
    "vec_add",
    "double_buffer",
    "softmax",
    "tails",
    "layernorm",
    "rmsnorm",
    "swiglu",
    "shared_read",
    "gemm",
    "gemm_bias_relu",
    "gemm_i8",
    "attention_one_core",
];

/// What is done with a kernel and its arguments.
pub(crate) trait Launch {
    type Output;

    fn launch<K: Kernel>(
        self,
        kernel: &K,
        grid: usize,
        args: <K::Args as Args>::Host<'_>,
    ) -> Self::Output;
}

/// Writes the kernel.
pub(crate) struct Write;

impl Launch for Write {
    type Output = Result<Emitted, EmitError>;

    fn launch<K: Kernel>(
        self,
        kernel: &K,
        grid: usize,
        args: <K::Args as Args>::Host<'_>,
    ) -> Self::Output {
        Emit::new().launch(kernel, grid, args)
    }
}

/// How much there is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    /// Enough for all that is in the kernel to happen.
    Small,
    /// As in earnest.
    Full,
}

/// Numbers between -1 and 1, the same ones every time.
pub(crate) fn draw(count: usize, seed: u64) -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(seed);
    (0..count).map(|_| random.f32() * 2.0 - 1.0).collect()
}

/// Launches the kernel of an example.
pub(crate) fn launch<L: Launch>(
    name: &str,
    size: Size,
    with: L,
) -> Result<L::Output, Box<dyn Error>> {
    let full = size == Size::Full;
    let pick = |small: usize, large: usize| if full { large } else { small };
    match name {
        "vec_add" => {
            let shape = [pick(4, 4096) * 64, 64];
            let (x, y) = (draw(shape[0] * 64, 1), draw(shape[0] * 64, 2));
            let mut z = vec![0.0; x.len()];
            let (x, y) = (GlobalTensor::new(&x, &shape)?, GlobalTensor::new(&y, &shape)?);
            let mut z = GlobalTensorMut::new(&mut z, &shape)?;
            let args = (x.parts(64, 64)?, y.parts(64, 64)?, z.parts(64, 64)?);
            Ok(with.launch(&vec_add::vec_add, shape[0] / 64, args))
        }
        "double_buffer" => {
            let (blocks, tiles) = (pick(2, 32), pick(5, 8));
            let shape = [blocks * tiles * 64, 64];
            let x = draw(shape[0] * 64, 1);
            let mut y = vec![0.0; x.len()];
            let x = GlobalTensor::new(&x, &shape)?.parts(tiles * 64, 64)?;
            let mut y = GlobalTensorMut::new(&mut y, &shape)?;
            Ok(with.launch(&double_buffer::square, blocks, (x, y.parts(tiles * 64, 64)?)))
        }
        "softmax" => {
            let shape = [pick(192, 4096), softmax::COLS];
            let x = draw(shape[0] * shape[1], 1);
            let mut y = vec![0.0; x.len()];
            let x = GlobalTensor::new(&x, &shape)?.parts(softmax::BLOCK, shape[1])?;
            let mut y = GlobalTensorMut::new(&mut y, &shape)?;
            let args = (x, y.parts(softmax::BLOCK, shape[1])?);
            Ok(with.launch(&softmax::softmax, shape[0] / softmax::BLOCK, args))
        }
        "tails" => {
            let shape @ [rows, cols] = [pick(150, 1000), pick(300, 777)];
            let (x, y) = (draw(rows * cols, 1), draw(rows * cols, 2));
            let mut z = vec![0.0; x.len()];
            let (x, y) = (GlobalTensor::new(&x, &shape)?, GlobalTensor::new(&y, &shape)?);
            let mut z = GlobalTensorMut::new(&mut z, &shape)?;
            let args = (x.parts(64, 128)?, y.parts(64, 128)?, z.parts(64, 128)?);
            Ok(with.launch(&tails::add, rows.div_ceil(64) * cols.div_ceil(128), args))
        }
        "layernorm" => {
            let [rows, cols] = [pick(100, 1000), pick(300, 777)];
            let (x, gamma, beta) = (draw(rows * cols, 1), draw(cols, 2), draw(cols, 3));
            let mut y = vec![0.0; x.len()];
            let x = GlobalTensor::new(&x, &[rows, cols])?.parts(layernorm::BLOCK, cols)?;
            let gamma = GlobalTensor::new(&gamma, &[cols])?.whole();
            let beta = GlobalTensor::new(&beta, &[cols])?.whole();
            let mut y = GlobalTensorMut::new(&mut y, &[rows, cols])?;
            let args = (x, gamma, beta, y.parts(layernorm::BLOCK, cols)?);
            Ok(with.launch(&layernorm::layernorm, rows.div_ceil(layernorm::BLOCK), args))
        }
        "rmsnorm" => {
            let [rows, cols] = [pick(100, 4096), pick(300, 1024)];
            let (x, gamma) = (draw(rows * cols, 1), draw(cols, 2));
            let mut y = vec![0.0; x.len()];
            let x = GlobalTensor::new(&x, &[rows, cols])?.parts(rmsnorm::BLOCK, cols)?;
            let gamma = GlobalTensor::new(&gamma, &[cols])?.whole();
            let mut y = GlobalTensorMut::new(&mut y, &[rows, cols])?;
            let args = (x, gamma, y.parts(rmsnorm::BLOCK, cols)?);
            Ok(with.launch(&rmsnorm::rmsnorm, rows.div_ceil(rmsnorm::BLOCK), args))
        }
        "swiglu" => {
            let [rows, cols] = [pick(100, 4096), pick(300, 1024)];
            let (a, b) = (draw(rows * cols, 1), draw(rows * cols, 2));
            let mut y = vec![0.0; a.len()];
            let a = GlobalTensor::new(&a, &[rows, cols])?.parts(swiglu::BLOCK, cols)?;
            let b = GlobalTensor::new(&b, &[rows, cols])?.parts(swiglu::BLOCK, cols)?;
            let mut y = GlobalTensorMut::new(&mut y, &[rows, cols])?;
            let args = (a, b, y.parts(swiglu::BLOCK, cols)?);
            Ok(with.launch(&swiglu::swiglu, rows.div_ceil(swiglu::BLOCK), args))
        }
        "shared_read" => {
            let (blocks, tiles) = (pick(2, 16), pick(3, 4));
            let (part, shape) = (tiles * 64, [blocks * tiles * 64, 64]);
            let x = draw(shape[0] * 64, 1);
            let [mut copy, mut square] = [(); 2].map(|()| vec![0.0; x.len()]);
            let x = GlobalTensor::new(&x, &shape)?.parts(part, 64)?;
            let mut copy = GlobalTensorMut::new(&mut copy, &shape)?;
            let mut square = GlobalTensorMut::new(&mut square, &shape)?;
            let args = (x, copy.parts(part, 64)?, square.parts(part, 64)?);
            Ok(with.launch(&shared_read::copy_and_square, blocks, args))
        }
        "gemm" => {
            let (m, k, n, part) = if full { (1024, 1024, 1024, 256) } else { (301, 600, 277, 200) };
            let (a, b) = (draw(m * k, 1), draw(k * n, 2));
            let mut c = vec![0.0; m * n];
            let (a, b) = (GlobalTensor::new(&a, &[m, k])?, GlobalTensor::new(&b, &[k, n])?);
            let mut c = GlobalTensorMut::new(&mut c, &[m, n])?;
            let across = n.div_ceil(part);
            let args = (a.whole(), b.whole(), c.parts(part, part)?, part, across);
            Ok(with.launch(&gemm::gemm, m.div_ceil(part) * across, args))
        }
        "gemm_bias_relu" => {
            let (m, k, n, part) = if full { (512, 1024, 512, 256) } else { (201, 600, 177, 130) };
            let half = |x: Vec<f32>| x.into_iter().map(f16::from_f32).collect::<Vec<_>>();
            let (a, b, bias) = (half(draw(m * k, 1)), half(draw(k * n, 2)), half(draw(n, 3)));
            let mut c = vec![f16::ZERO; m * n];
            let (a, b) = (GlobalTensor::new(&a, &[m, k])?, GlobalTensor::new(&b, &[k, n])?);
            let bias = GlobalTensor::new(&bias, &[1, n])?;
            let mut c = GlobalTensorMut::new(&mut c, &[m, n])?;
            let args = (a.whole(), b.whole(), bias.whole(), c.parts(part, part)?, part);
            let blocks = m.div_ceil(part) * n.div_ceil(part);
            Ok(with.launch(&gemm_bias_relu::gemm_bias_relu, blocks, args))
        }
        "gemm_i8" => {
            let (m, k, n, part) = if full { (512, 2048, 512, 256) } else { (201, 1200, 177, 130) };
            let whole = |x: Vec<f32>| x.into_iter().map(|x| (x * 100.0) as i8).collect::<Vec<_>>();
            let (a, b) = (whole(draw(m * k, 1)), whole(draw(k * n, 2)));
            let words = vec![quant_param::<i8>(0.0009765625); n];
            let mut c = vec![0; m * n];
            let (a, b) = (GlobalTensor::new(&a, &[m, k])?, GlobalTensor::new(&b, &[k, n])?);
            let words = GlobalTensor::new(&words, &[1, n])?;
            let mut c = GlobalTensorMut::new(&mut c, &[m, n])?;
            let args = (a.whole(), b.whole(), words.whole(), c.parts(part, part)?, part);
            Ok(with.launch(&gemm_i8::gemm_i8, m.div_ceil(part) * n.div_ceil(part), args))
        }
        "attention_one_core" => {
            let (rows, keys, dim) = (pick(70, 2048), pick(600, 2048), 128);
            let half = |x: Vec<f32>| x.into_iter().map(f16::from_f32).collect::<Vec<_>>();
            let (q, k, v) =
                (half(draw(rows * dim, 1)), half(draw(keys * dim, 2)), half(draw(keys * dim, 3)));
            let table = attention_one_core::mask_table();
            let shape = [attention_one_core::QUERIES, attention_one_core::TABLE];
            let mut out = vec![0.0; rows * dim];
            let mut out = GlobalTensorMut::new(&mut out, &[rows, dim])?;
            let args = (
                GlobalTensor::new(&q, &[rows, dim])?.whole(),
                GlobalTensor::new(&k, &[dim, keys])?.whole(),
                GlobalTensor::new(&v, &[keys, dim])?.whole(),
                GlobalTensor::new(&table, &shape)?.whole(),
                out.parts(shape[0], dim)?,
                false,
            );
            Ok(with.launch(&attention_one_core::attention, rows.div_ceil(shape[0]), args))
        }
        _ => Err(format!("there is no kernel in an example `{name}`").into()),
    }
}
