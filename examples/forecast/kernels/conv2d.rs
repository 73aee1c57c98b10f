//! The convolution of the PTO library's `conv2d_forward`: a product whose left factor is unrolled out of lines of images in L1, 3 x 3
//! with a pixel of zeros around.
//!
//! Written without types: how many lines of an image a tile needs changes from tile to tile, and sizes come from the command line.

use tilesync::chip::ChipId;
use tilesync::exec::simulate::Forecast;
use tilesync::op::OpCode::{TEXTRACT_M2LR, TIMG2COL, TLOAD, TMATMUL, TSTORE_ACC};
use tilesync::op::Pipe::{Fix, M, Mte1, Mte2};
use tilesync::program::Program;
use tilesync::raw::Block;
use tilesync::tile::DtypeId::{F16, F32};
use tilesync::tile::{LayoutId, Space, TileType};

use super::{Failure, Keys, split};

/// Elements of a block of channels.
const C0: u32 = 16;
/// Pixels of a filter.
const TAPS: u32 = 9;
/// Rows, depth and columns of a step; steps of a panel in L1.
const BASE: (u32, u32, u32) = (128, 48, 256);
const STEPS: u32 = 3;
/// Where the second slot of L0A and of L0B begins.
const SLOT: u32 = 32 * 1024;

/// Images, blocks of channels, lines, pixels of a line; filters.
#[derive(Clone, Copy)]
struct Shape {
    images: u32,
    channels: u32,
    lines: u32,
    width: u32,
    filters: u32,
}

/// `conv2d x=4x8x8x48x16 k=72x96 cores=24`: the images as `[N, C1, H, W, C0]`, the filters as `[C1 9, N/16]`.
pub(crate) fn forecast(keys: &Keys) -> Result<Forecast, Failure> {
    let sizes = |key| -> Result<Vec<u32>, Failure> {
        let text = keys.text(key, None)?;
        let sizes: Result<Vec<u32>, _> = text.split('x').map(str::parse).collect();
        sizes.map_err(|_| format!("{key}={text} is not a shape, as 4x8x8x48x16 is").into())
    };
    let (x, k) = (sizes("x")?, sizes("k")?);
    let ([images, channels, lines, width, C0], [depth, filters, ..]) = (&x[..], &k[..]) else {
        return Err("x= has five numbers, of which the last is 16, and k= has two".into());
    };
    if *depth != channels * TAPS {
        return Err(
            format!("k={depth}x.. is not 9 taps of the {channels} blocks of channels").into()
        );
    }
    let shape = Shape {
        images: *images,
        channels: *channels,
        lines: *lines,
        width: *width,
        filters: filters * 16,
    };
    let cores = keys.number("cores", Some(24))?;
    let (down, across) = split(cores);
    let (down, across) = (down as u32, across as u32);
    if !images.is_multiple_of(down) || !shape.filters.is_multiple_of(across) {
        return Err(
            format!("{down} x {across} cores do not divide the images and the filters").into()
        );
    }
    let programs: Vec<Program> =
        (0..down * across).map(|block| program(shape, down, across, block)).collect();
    Ok(keys.simulated(cores)?.run_all(&programs)?)
}

fn program(shape: Shape, down: u32, across: u32, block: u32) -> Program {
    let Shape { images, channels, lines, width, filters } = shape;
    let (base_m, base_k, base_n) = BASE;
    let pixels = lines * width;
    let depth = channels * C0 * TAPS;
    let mut k = Block::new(ChipId::A2A3);
    let x = k.global_in(F16, images * pixels, channels * C0);
    let w = k.global_in(F16, depth, filters);
    let y = k.global_out(F16, images * pixels, filters);

    let tile = |space, dtype, rows, cols, layout| TileType { space, dtype, rows, cols, layout };
    let line_count = base_m.div_ceil(width) + 3;
    let image_ty = tile(Space::Mat, F16, line_count * width, C0, LayoutId::Nc1hwc0);
    let filter_ty = tile(Space::Mat, F16, STEPS * base_k, base_n, LayoutId::Zn);
    let image = [0, 1].map(|slot| k.tile_of("image", slot * image_ty.bytes() as u32, image_ty));
    let filter = [0, 1]
        .map(|slot| k.tile_of("filter", 0x20000 + slot * filter_ty.bytes() as u32, filter_ty));
    let left_ty = tile(Space::Left, F16, base_m, base_k, LayoutId::Zz);
    let right_ty = tile(Space::Right, F16, base_k, base_n, LayoutId::Zn);
    let left = [0, 1].map(|slot| k.tile_of("left", slot * SLOT, left_ty));
    let right = [0, 1].map(|slot| k.tile_of("right", slot * SLOT, right_ty));
    let acc = k.tile_of("acc", 0, tile(Space::Acc, F32, base_m, base_n, LayoutId::NzAcc));

    for slot in [0, 1] {
        k.set_flag(Mte1, Mte2, slot);
        k.set_flag(M, Mte1, slot);
    }
    let (mut l1, mut l0) = (0, 0);
    let part = filters / across;
    let first_filter = block % across * part;
    for image_number in (0..images / down).map(|number| block / across * (images / down) + number) {
        for first in (0..pixels).step_by(base_m as usize) {
            let count = base_m.min(pixels - first);
            let from = (first / width).saturating_sub(1);
            let to = ((first + count - 1) / width + 1).min(lines - 1);
            let (row, rows) = (image_number * pixels + from * width, (to - from + 1) * width);
            for n in (0..part).step_by(base_n as usize).map(|n| first_filter + n) {
                let columns = base_n.min(first_filter + part - n);
                for panel in (0..depth).step_by((STEPS * base_k) as usize) {
                    k.wait_flag(Mte1, Mte2, l1 as u8);
                    let channel = panel / (TAPS * C0) * C0;
                    k.op(
                        TLOAD,
                        [image[l1].window(0, 0, rows, C0)],
                        [x.window(row, channel, rows, C0)],
                    );
                    k.set_flag(Mte2, Mte1, 0);
                    let weights = w.window(panel, n, STEPS * base_k, columns);
                    k.op(TLOAD, [filter[l1].window(0, 0, STEPS * base_k, columns)], [weights]);
                    k.set_flag(Mte2, Mte1, 1);
                    for step in 0..STEPS {
                        let a = left[l0].window(0, 0, count, base_k);
                        let b = right[l0].window(0, 0, base_k, columns);
                        let sum = acc.window(0, 0, count, columns);
                        k.wait_flag(M, Mte1, l0 as u8);
                        if step == 0 {
                            k.wait_flag(Mte2, Mte1, 0);
                        }
                        k.op(TIMG2COL, [a], [image[l1]]);
                        if step == 0 {
                            k.wait_flag(Mte2, Mte1, 1);
                        }
                        k.op(TEXTRACT_M2LR, [b], [filter[l1]]);
                        if step + 1 == STEPS {
                            k.set_flag(Mte1, Mte2, l1 as u8);
                        }
                        k.set_flag(Mte1, M, l0 as u8);
                        k.wait_flag(Mte1, M, l0 as u8);
                        if panel + step == 0 {
                            k.op(TMATMUL, [sum], [a, b]);
                        } else {
                            k.op(TMATMUL, [sum], [a, b, sum]);
                        }
                        k.set_flag(M, Mte1, l0 as u8);
                        l0 = 1 - l0;
                    }
                    l1 = 1 - l1;
                }
                k.set_flag(M, Fix, 0);
                k.wait_flag(M, Fix, 0);
                let out = y.window(image_number * pixels + first, n, count, columns);
                k.op(TSTORE_ACC, [out], [acc.window(0, 0, count, columns)]);
                k.set_flag(Fix, M, 0);
                k.wait_flag(Fix, M, 0);
            }
        }
    }
    for slot in [0, 1] {
        k.wait_flag(M, Mte1, slot);
        k.wait_flag(Mte1, Mte2, slot);
    }
    k.finish()
}
