//! Images and filters in other orders: TTRANS of PTO's convolution tiles.
//!
//! A row of a tile is an image; what lies beyond its valid region counts as zeros.

use std::marker::PhantomData;

use crate::memory::{Dst, Semantics, Src, Unseen};
use crate::tile::Dtype;
use crate::tile::layout::BLOCK_BYTES;

/// Elements of type `T` in a block of channels.
pub(crate) const fn block<T>() -> usize {
    BLOCK_BYTES / size_of::<T>()
}

/// The immediate: two counts.
#[inline(always)]
pub(crate) fn counts(first: usize, second: usize) -> u64 {
    first as u64 & u64::from(u32::MAX) | (second as u64) << u32::BITS
}

#[inline(always)]
fn counts_of(imm: u64) -> (usize, usize) {
    (imm as u32 as usize, (imm >> u32::BITS) as usize)
}

/// Blocks of channels, pixel after pixel, of channels one after the other; with `BACK` the other way round. The second operand is the
/// device's scratch tile, the immediate the pixels of a channel.
pub(crate) struct Blocked<T, const BACK: bool>(PhantomData<T>);

impl<T: Dtype, const BACK: bool> Semantics for Blocked<T, BACK> {
    type Views<'a> = (Dst<'a, T>, Unseen, Src<'a, T>);
    const FORM: Option<&'static str> = Some(if BACK { "NCHW" } else { "NC1HWC0" });

    #[inline(always)]
    fn run((dst, _, src): Self::Views<'_>, imm: u64) {
        let (c0, pixels) = (block::<T>(), counts_of(imm).0);
        for image in 0..dst.valid.0 {
            let (to, from) = (dst.row(image), src.row(image));
            let (to, from) = (&mut dst.data[to], &src.data[from]);
            for (at, d) in to.iter_mut().enumerate() {
                let (blocks, within) = (at / (c0 * pixels), at % (c0 * pixels));
                let within = match BACK {
                    false => within % c0 * pixels + within / c0,
                    true => within % pixels * c0 + within / pixels,
                };
                *d = from.get(blocks * c0 * pixels + within).copied().unwrap_or(T::ZERO);
            }
        }
    }
}

/// The blocks of all images side by side: row `b` has block `b` of each. The immediate is the number of groups, which follow each other.
pub(crate) struct Fractals<T>(PhantomData<T>);

impl<T: Dtype> Semantics for Fractals<T> {
    type Views<'a> = (Dst<'a, T>, Unseen, Src<'a, T>);
    const FORM: Option<&'static str> = Some("FRACTAL_Z");

    #[inline(always)]
    fn run((dst, _, src): Self::Views<'_>, imm: u64) {
        let (c0, groups) = (block::<T>(), counts_of(imm).0);
        let (images, blocks) = (src.valid.0 / groups, dst.valid.0 / groups);
        for row in 0..dst.valid.0 {
            let (group, at) = (row / blocks, row % blocks * c0);
            let to = dst.row(row);
            for (image, d) in dst.data[to].chunks_exact_mut(c0).enumerate() {
                if image < images {
                    let from = src.row(group * images + image).start + at;
                    d.copy_from_slice(&src.data[from..from + c0]);
                } else {
                    d.fill(T::ZERO);
                }
            }
        }
    }
}

/// As [`Fractals`], of images in planes: row `(plane * blocks + block) * pixels + pixel` has that block of that pixel of each image. The
/// immediate holds the planes, and the pixels of one.
pub(crate) struct Fractals3d<T>(PhantomData<T>);

impl<T: Dtype> Semantics for Fractals3d<T> {
    type Views<'a> = (Dst<'a, T>, Unseen, Src<'a, T>);
    const FORM: Option<&'static str> = Some("FRACTAL_Z_3D");

    #[inline(always)]
    fn run((dst, _, src): Self::Views<'_>, imm: u64) {
        let (c0, (planes, pixels)) = (block::<T>(), counts_of(imm));
        let channels = src.valid.1 / (planes * pixels);
        let blocks = channels.div_ceil(c0);
        for row in 0..dst.valid.0 {
            let (plane, pixel) = (row / (blocks * pixels), row % pixels);
            let first = row / pixels % blocks * c0;
            let to = dst.row(row);
            for (at, d) in dst.data[to].iter_mut().enumerate() {
                let (image, channel) = (at / c0, first + at % c0);
                *d = if image < src.valid.0 && channel < channels {
                    src.data[src.row(image).start + (channel * planes + plane) * pixels + pixel]
                } else {
                    T::ZERO
                };
            }
        }
    }
}
