//! The windows of an image as rows: what a convolution is as a product.

use std::marker::PhantomData;

use crate::memory::{Dst, Semantics, Src};
use crate::op::windows::Windows;
use crate::tile::Dtype;
use crate::tile::layout::BLOCK_BYTES;

/// The geometry of a convolution, as a type: all of it is known when the kernel is built.
///
/// ```
/// # use tilesync::prelude::*;
/// /// 3 × 3 on images of 14 × 14, which stay as large as they are.
/// struct SameThree;
///
/// impl Geometry for SameThree {
///     const IMAGE: (usize, usize) = (14, 14);
///     const FILTER: (usize, usize) = (3, 3);
///     const PAD: [usize; 4] = [1; 4];
/// }
/// assert_eq!(SameThree::OUT, (14, 14));
/// ```
pub trait Geometry: 'static {
    /// Lines of an image, and pixels of a line.
    const IMAGE: (usize, usize);
    /// Lines and pixels of the filter.
    const FILTER: (usize, usize);
    /// From one window to the next, down and across.
    const STRIDE: (usize, usize) = (1, 1);
    /// From one tap of the filter to the next, down and across.
    const DILATION: (usize, usize) = (1, 1);
    /// Pixels around the image: on the left, on the right, above and below.
    const PAD: [usize; 4] = [0; 4];
    /// Lines and pixels of the result.
    const OUT: (usize, usize) = {
        let [left, right, above, below] = Self::PAD;
        (
            windows(
                Self::IMAGE.0 + above + below,
                Self::FILTER.0,
                Self::DILATION.0,
                Self::STRIDE.0,
            ),
            windows(Self::IMAGE.1 + left + right, Self::FILTER.1, Self::DILATION.1, Self::STRIDE.1),
        )
    };
}

/// How many windows there are along one side.
const fn windows(extent: usize, filter: usize, dilation: usize, stride: usize) -> usize {
    assert!(filter > 0 && dilation > 0 && stride > 0, "a filter has taps, and windows move on");
    let reach = dilation * (filter - 1) + 1;
    assert!(reach <= extent, "the filter reaches beyond the image and what is around it");
    (extent - reach) / stride + 1
}

/// Of a tile, which has fewer than 2^32 rows and columns.
const fn numbers((down, across): (usize, usize)) -> (u32, u32) {
    (down as u32, across as u32)
}

/// `dst[m,k]`: of window `m` the element `k`, from a corner on. The immediate holds the corner and what is around the image.
pub(crate) struct Unrolled<T, G>(PhantomData<(T, G)>);

impl<T: Dtype, G: Geometry> Unrolled<T, G> {
    pub(crate) fn imm((m, k): (usize, usize), pad: T) -> u64 {
        Windows::imm((m as u16, k as u16), pad.to_bits())
    }
}

impl<T: Dtype, G: Geometry> Semantics for Unrolled<T, G> {
    type Views<'a> = (Dst<'a, T>, Src<'a, T>);
    const WINDOWS: Option<Windows> = Some(Windows {
        image: numbers(G::IMAGE),
        filter: numbers(G::FILTER),
        stride: numbers(G::STRIDE),
        dilation: numbers(G::DILATION),
        pad: {
            let [left, right, above, below] = G::PAD;
            [left as u32, right as u32, above as u32, below as u32]
        },
    });

    #[inline(always)]
    fn run((dst, src): Self::Views<'_>, imm: u64) {
        let c0 = BLOCK_BYTES / size_of::<T>();
        let ((first_m, first_k), pad) = Windows::of_imm(imm);
        let pad = T::from_bits(pad);
        let [left, _, above, _] = G::PAD;
        let taps = G::FILTER.0 * G::FILTER.1;
        for row in 0..dst.valid.0 {
            let window = usize::from(first_m) + row;
            let (down, across) = (window / G::OUT.1 * G::STRIDE.0, window % G::OUT.1 * G::STRIDE.1);
            for col in (0..dst.valid.1).step_by(c0) {
                let block = (usize::from(first_k) + col) / c0;
                let (channels, tap) = (block / taps, block % taps);
                let line = down + tap / G::FILTER.1 * G::DILATION.0;
                let pixel = across + tap % G::FILTER.1 * G::DILATION.1;
                let inside = (above..above + G::IMAGE.0).contains(&line)
                    && (left..left + G::IMAGE.1).contains(&pixel)
                    && channels * c0 < src.valid.1;
                let len = c0.min(dst.valid.1 - col);
                let to = dst.index(row, col, size_of::<T>());
                let to = &mut dst.data[to..to + len];
                if inside {
                    let at = (line - above) * G::IMAGE.1 + pixel - left;
                    let from = src.index(at, channels * c0, size_of::<T>());
                    to.copy_from_slice(&src.data[from..from + len]);
                } else {
                    to.fill(pad);
                }
            }
        }
    }
}
