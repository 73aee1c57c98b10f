//! Kernels of the matrix pipe.

use tilesync::prelude::*;

use super::{Launch, Launched, Look, Size, draw};

#[path = "../../attention_one_core.rs"]
mod attention_one_core;
#[path = "../../conv2d.rs"]
mod conv2d;
#[path = "../../gemm.rs"]
mod gemm;
#[path = "../../gemm_bias_relu.rs"]
mod gemm_bias_relu;
#[path = "../../gemm_dynamic_quant.rs"]
mod gemm_dynamic_quant;
#[path = "../../gemm_i8.rs"]
mod gemm_i8;
#[path = "../../gemm_mxfp8.rs"]
mod gemm_mxfp8;

/// Pixels of an image of `conv2d`.
pub(crate) const PIXELS: usize = conv2d::PIXELS;

pub(super) fn half(count: usize, seed: u64) -> Vec<f16> {
    draw(count, seed).into_iter().map(f16::from_f32).collect()
}

pub(super) fn gemm<L: Launch>(size: Size, with: L, look: Look<'_>) -> Launched<L> {
    let [m, k, n, part] =
        size.pick([301, 600, 277, 200], [1024, 1024, 1024, 256]).map(|side| side * size.times());
    let (a, b) = (draw(m * k, 1), draw(k * n, 2));
    let mut c = vec![0.0; m * n];
    let (left, right) = (GlobalTensor::new(&a, &[m, k])?, GlobalTensor::new(&b, &[k, n])?);
    let mut out = GlobalTensorMut::new(&mut c, &[m, n])?;
    let across = n.div_ceil(part);
    let args = (left.whole(), right.whole(), out.parts(part, part)?, part, across);
    let launched = with.launch(&gemm::gemm, m.div_ceil(part) * across, args);
    look(&[&a, &b, &c]);
    Ok(launched)
}

pub(super) fn gemm_bias_relu<L: Launch>(size: Size, with: L, look: Look<'_>) -> Launched<L> {
    let (m, k, n, part) = size.pick((201, 600, 177, 130), (512, 1024, 512, 256));
    let (a, b, bias) = (half(m * k, 1), half(k * n, 2), half(n, 3));
    let mut c = vec![f16::ZERO; m * n];
    let (left, right) = (GlobalTensor::new(&a, &[m, k])?, GlobalTensor::new(&b, &[k, n])?);
    let offsets = GlobalTensor::new(&bias, &[1, n])?;
    let mut out = GlobalTensorMut::new(&mut c, &[m, n])?;
    let args = (left.whole(), right.whole(), offsets.whole(), out.parts(part, part)?, part);
    let blocks = m.div_ceil(part) * n.div_ceil(part);
    let launched = with.launch(&gemm_bias_relu::gemm_bias_relu, blocks, args);
    look(&[&a, &b, &bias, &c]);
    Ok(launched)
}

pub(super) fn gemm_i8<L: Launch>(size: Size, with: L, look: Look<'_>) -> Launched<L> {
    let (m, k, n, part) = size.pick((60, 1200, 256, 192), (512, 2048, 512, 256));
    // The PTO library's simulator takes the scale of a row for that of a column: they are one, and a small tile has no more rows than columns.
    let whole = |x: Vec<f32>| x.into_iter().map(|x| (x * 100.0) as i8).collect::<Vec<_>>();
    let (a, b) = (whole(draw(m * k, 1)), whole(draw(k * n, 2)));
    let words = vec![quant_param::<i8>(0.0009765625); n];
    let mut c = vec![0_i8; m * n];
    let (left, right) = (GlobalTensor::new(&a, &[m, k])?, GlobalTensor::new(&b, &[k, n])?);
    let scales = GlobalTensor::new(&words, &[1, n])?;
    let mut out = GlobalTensorMut::new(&mut c, &[m, n])?;
    let args = (left.whole(), right.whole(), scales.whole(), out.parts(part, part)?, part);
    let launched = with.launch(&gemm_i8::gemm_i8, m.div_ceil(part) * n.div_ceil(part), args);
    look(&[&a, &b, &words, &c]);
    Ok(launched)
}

pub(super) fn attention_one_core<L: Launch>(size: Size, with: L, look: Look<'_>) -> Launched<L> {
    let (rows, keys, dim) = size.pick((70, 600, 128), (2048, 2048 * size.times(), 128));
    let (q, k, v) = (half(rows * dim, 1), half(keys * dim, 2), half(keys * dim, 3));
    let table = attention_one_core::mask_table();
    let shape = [attention_one_core::QUERIES, attention_one_core::TABLE];
    let mut y = vec![0.0; rows * dim];
    let mut out = GlobalTensorMut::new(&mut y, &[rows, dim])?;
    let args = (
        GlobalTensor::new(&q, &[rows, dim])?.whole(),
        GlobalTensor::new(&k, &[dim, keys])?.whole(),
        GlobalTensor::new(&v, &[keys, dim])?.whole(),
        GlobalTensor::new(&table, &shape)?.whole(),
        out.parts(shape[0], dim)?,
        false,
    );
    let launched = with.launch(&attention_one_core::attention, rows.div_ceil(shape[0]), args);
    look(&[&q, &k, &v, &table, &y]);
    Ok(launched)
}

pub(super) fn gemm_dynamic_quant<L: Launch>(size: Size, with: L, look: Look<'_>) -> Launched<L> {
    let (m, k, n) = size.pick((45, 320, 177), (1024, 512, 1024));
    let (x, scales) = (draw(m * k, 1), draw(n, 2));
    let weights: Vec<i8> = draw(k * n, 3).into_iter().map(|x| (x * 100.0) as i8).collect();
    let mut y = vec![0.0; m * n];
    let part = gemm_dynamic_quant::TOKENS;
    let input = GlobalTensor::new(&x, &[m, k])?.parts(part, k)?;
    let of_columns = GlobalTensor::new(&scales, &[1, n])?;
    let factor = GlobalTensor::new(&weights, &[k, n])?;
    let mut out = GlobalTensorMut::new(&mut y, &[m, n])?;
    let args = (input, factor.whole(), of_columns.whole(), out.parts(part, n)?);
    let launched = with.launch(&gemm_dynamic_quant::gemm_dynamic_quant, m.div_ceil(part), args);
    look(&[&x, &weights, &scales, &y]);
    Ok(launched)
}

pub(super) fn gemm_mxfp8<L: Launch>(size: Size, with: L, look: Look<'_>) -> Launched<L> {
    let (m, k, n, part) = size.pick((201, 832, 177, 130), (512, 2048, 512, 256));
    let groups = k / 32;
    let elements = |count: usize, seed: u64| -> Vec<F8E4M3> {
        draw(count, seed).into_iter().map(F8E4M3::from_f32).collect()
    };
    let powers = |count: usize, seed: u64| -> Vec<F8E8M0> {
        draw(count, seed).into_iter().map(|x| F8E8M0::from_bits((x * 4.0 + 127.0) as u8)).collect()
    };
    let (a, b) = (elements(m * k, 1), elements(k * n, 2));
    let (a_scales, b_scales) = (powers(m * groups, 3), powers(groups * n, 4));
    let mut c = vec![0.0; m * n];
    let (left, right) = (GlobalTensor::new(&a, &[m, k])?, GlobalTensor::new(&b, &[k, n])?);
    let left_scales = GlobalTensor::new(&a_scales, &[m, groups])?;
    let right_scales = GlobalTensor::new(&b_scales, &[groups, n])?;
    let mut out = GlobalTensorMut::new(&mut c, &[m, n])?;
    let across = n.div_ceil(part);
    let args = (
        left.whole(),
        left_scales.whole(),
        right.whole(),
        right_scales.whole(),
        out.parts(part, part)?,
        part,
        across,
    );
    let launched = with.launch(&gemm_mxfp8::gemm_mxfp8, m.div_ceil(part) * across, args);
    look(&[&a, &a_scales, &b, &b_scales, &c]);
    Ok(launched)
}

pub(super) fn conv2d<L: Launch>(size: Size, with: L, look: Look<'_>) -> Launched<L> {
    use conv2d::{CHANNELS, DEPTH, FILTERS, HEIGHT, WIDTH};
    let count = size.pick(conv2d::IMAGES, 256);
    let whole = |count: usize, seed: u64| -> Vec<f16> {
        draw(count, seed).into_iter().map(|x| f16::from_f32((x * 4.0).round())).collect()
    };
    let (images, filters) = (whole(count * CHANNELS * PIXELS, 1), whole(DEPTH * FILTERS, 2));
    let mut y = vec![f16::ZERO; images.len()];
    let shape = [count, CHANNELS / 16, HEIGHT, WIDTH, 16];
    let x = GlobalTensor::new(&images, &shape)?.parts(PIXELS, CHANNELS)?;
    let w = GlobalTensor::new(&filters, &[1, DEPTH / 16, FILTERS / 16, 16, 16])?.whole();
    let mut out = GlobalTensorMut::new(&mut y, &shape)?;
    let launched = with.launch(&conv2d::conv2d, count, (x, w, out.parts(PIXELS, FILTERS)?));
    look(&[&images, &filters, &y]);
    Ok(launched)
}
