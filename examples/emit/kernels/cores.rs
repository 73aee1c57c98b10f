//! Kernels of several cores: clusters, and kernels in phases.

use tilesync::prelude::*;

use super::cube::half;
use super::{Launch, Launched, Look, Size, draw};

#[path = "../../attention.rs"]
mod attention;
#[path = "../../gemm_dequant.rs"]
mod gemm_dequant;
#[path = "../../gemm_weights_a5.rs"]
mod gemm_weights_a5;
#[path = "../../split_k.rs"]
mod split_k;

pub(super) fn attention<L: Launch>(size: Size, with: L, look: Look<'_>) -> Launched<L> {
    let shape = size.pick((100, 600, 80), (2048, 2048 * size.times(), 128));
    attention_of(shape, false, with, look)
}

/// Blocks see more keys the later their queries are.
pub(super) fn attention_causal<L: Launch>(size: Size, with: L, look: Look<'_>) -> Launched<L> {
    let rows = size.pick(600, 2048 * size.times());
    attention_of((rows, rows, 128), true, with, look)
}

fn attention_of<L: Launch>(
    (rows, keys, dim): (usize, usize, usize),
    causal: bool,
    with: L,
    look: Look<'_>,
) -> Launched<L> {
    use attention::{HALF, QUERIES, TABLE};
    let (q, k, v) = (half(rows * dim, 1), half(keys * dim, 2), half(keys * dim, 3));
    let table = attention::mask_table();
    let mut y = vec![0.0; rows * dim];
    let mut out = GlobalTensorMut::new(&mut y, &[rows, dim])?;
    let cube = (
        GlobalTensor::new(&q, &[rows, dim])?.parts(QUERIES, dim)?,
        GlobalTensor::new(&k, &[dim, keys])?.whole(),
        GlobalTensor::new(&v, &[keys, dim])?.whole(),
    );
    let table_of_rows = GlobalTensor::new(&table, &[HALF, TABLE])?;
    let vector = (table_of_rows.whole(), out.parts(QUERIES, dim)?);
    let kernel = attention::Attention { queries: rows, keys, causal };
    let launched = with.launch_cluster(&kernel, rows.div_ceil(QUERIES), cube, vector);
    look(&[&q, &k, &v, &table, &y]);
    Ok(launched)
}

pub(super) fn gemm_dequant<L: Launch>(size: Size, with: L, look: Look<'_>) -> Launched<L> {
    use gemm_dequant::M;
    let (m, k, n) = size.pick((100, 300, 170), (1024, 1024, 1024));
    let whole = |x: Vec<f32>| x.into_iter().map(|x| (x * 100.0) as i8).collect::<Vec<_>>();
    let (a, b) = (whole(draw(m * k, 1)), whole(draw(k * n, 2)));
    let (scale, bias) = (draw(n, 3), draw(n, 4));
    let mut y = vec![0.0; m * n];
    let (left, right) = (GlobalTensor::new(&a, &[m, k])?, GlobalTensor::new(&b, &[k, n])?);
    let (scales, offsets) =
        (GlobalTensor::new(&scale, &[1, n])?, GlobalTensor::new(&bias, &[1, n])?);
    let mut out = GlobalTensorMut::new(&mut y, &[m, n])?;
    let cube = (left.parts(M, k)?, right.whole());
    let vector = (scales.whole(), offsets.whole(), out.parts(M, n)?);
    let kernel = gemm_dequant::GemmDequant { columns: n };
    let launched = with.launch_cluster(&kernel, m.div_ceil(M), cube, vector);
    look(&[&a, &b, &scale, &bias, &y]);
    Ok(launched)
}

/// Messages lie on the chip, on a5.
pub(super) fn gemm_weights_a5<L: Launch>(size: Size, with: L, look: Look<'_>) -> Launched<L> {
    use gemm_weights_a5::{GemmWeights, M};
    let (m, k, n) = size.pick((128, 192, 128), (1024, 1024, 1024));
    let (a, scale, bias) = (half(m * k, 1), half(n, 3), draw(n, 4));
    let w: Vec<i8> = draw(k * n, 2).into_iter().map(|x| (x * 100.0) as i8).collect();
    let mut y = vec![0.0; m * n];
    let (left, right) = (GlobalTensor::new(&a, &[m, k])?, GlobalTensor::new(&w, &[k, n])?);
    let (scales, offsets) =
        (GlobalTensor::new(&scale, &[1, n])?, GlobalTensor::new(&bias, &[1, n])?);
    let mut out = GlobalTensorMut::new(&mut y, &[m, n])?;
    let cube = (left.parts(M, k)?,);
    let vector = (right.whole(), scales.whole(), offsets.whole(), out.parts(M, n)?);
    let kernel = GemmWeights { rows: k, columns: n };
    let launched = with.launch_cluster(&kernel, m.div_ceil(M), cube, vector);
    look(&[&a, &w, &scale, &bias, &y]);
    Ok(launched)
}

pub(super) fn split_k<L: Launch>(size: Size, with: L, look: Look<'_>) -> Launched<L> {
    use split_k::{SIDE, SplitK};
    let (m, k, n, depth, blocks) = size.pick((100, 500, 130, 200, 7), (256, 8192, 256, 1024, 16));
    let (a, b, bias) = (half(m * k, 1), half(k * n, 2), draw(n, 3));
    let mut y = vec![0.0; m * n];
    let (left, right) = (GlobalTensor::new(&a, &[m, k])?, GlobalTensor::new(&b, &[k, n])?);
    let offsets = GlobalTensor::new(&bias, &[1, n])?;
    let slices = k.div_ceil(depth);
    let mut sums = vec![0.0; slices * m * n];
    let mut partials = GlobalTensorMut::new(&mut sums, &[slices, m, n])?;
    let mut out = GlobalTensorMut::new(&mut y, &[m, n])?;
    let args = (
        (left.whole(), right.whole(), depth),
        partials.batched_parts(SIDE, SIDE)?,
        offsets.whole(),
        out.parts(SIDE, SIDE)?,
        slices,
    );
    let launched = with.launch_phases(&SplitK, blocks, args);
    look(&[&a, &b, &sums, &bias, &y]);
    Ok(launched)
}

pub(super) fn split_k_in_memory<L: Launch>(size: Size, with: L, look: Look<'_>) -> Launched<L> {
    use split_k::{SIDE, SplitKInMemory};
    let (m, k, n, depth, blocks) = size.pick((100, 500, 130, 200, 7), (256, 8192, 256, 1024, 16));
    let (a, b, bias) = (half(m * k, 1), half(k * n, 2), draw(n, 3));
    let mut y = vec![0.0; m * n];
    let (left, right) = (GlobalTensor::new(&a, &[m, k])?, GlobalTensor::new(&b, &[k, n])?);
    let offsets = GlobalTensor::new(&bias, &[1, n])?;
    let mut out = GlobalTensorMut::new(&mut y, &[m, n])?;
    let factors = (left.whole(), right.whole(), depth);
    let args = (offsets.whole(), out.parts(SIDE, SIDE)?, factors, k.div_ceil(depth));
    let launched = with.launch_phases(&SplitKInMemory, blocks, args);
    look(&[&bias, &y, &a, &b]);
    Ok(launched)
}
