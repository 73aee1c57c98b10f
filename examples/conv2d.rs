//! A convolution as a product: 3 × 3 filters on images, with TIMG2COL, on a2a3.
//!
//! Images and result lie as `[N, C1, H, W, C0]` (NC1HWC0), so that the result can be the images of the next layer; the filters lie as
//! `[1, C1 H W, N/16, 16, C0]` (FRACTAL_Z), which is what the right factor of the product needs. A block convolves one image: the
//! windows of 64 pixels at a time become the rows of the left factor, while the product before and the store before that still run.
//!
//! ```text
//! cargo run --release --example conv2d
//! ```

use std::error::Error;

use tilesync::prelude::*;
use tilesync::tile::space;

pub(crate) const IMAGES: usize = 3;
pub(crate) const HEIGHT: usize = 14;
pub(crate) const WIDTH: usize = 14;
pub(crate) const PIXELS: usize = HEIGHT * WIDTH;
pub(crate) const CHANNELS: usize = 32;
pub(crate) const FILTERS: usize = 32;
/// Elements of a window: 9 taps of each channel.
pub(crate) const DEPTH: usize = 9 * CHANNELS;
/// Windows in a tile.
const ROWS: usize = 32;

/// 3 × 3 with a pixel of zeros around the image: the result is as large as the image.
struct Same;

impl Geometry for Same {
    const IMAGE: (usize, usize) = (HEIGHT, WIDTH);
    const FILTER: (usize, usize) = (3, 3);
    const PAD: [usize; 4] = [1; 4];
}

#[derive(Buffers)]
pub(crate) struct Tiles<'k> {
    image: Tile<'k, space::Mat, f16, PIXELS, CHANNELS, Nc1hwc0>,
    filters: MatTile<'k, f16, DEPTH, FILTERS, Full, Zn>,
    windows: [LeftTile<'k, f16, ROWS, DEPTH, Dyn>; 2],
    right: RightTile<'k, f16, DEPTH, FILTERS>,
    sums: [AccTile<'k, f32, ROWS, FILTERS, Dyn>; 2],
}

/// Each block: one image, all filters, without what is negative.
#[kernel]
pub(crate) fn conv2d<'k>(
    tiles: Tiles<'k>,
    images: GlobalIn<'k, f16, Nc1hwc0>,
    filters: GlobalIn<'k, f16, Zn>,
    out: GlobalOut<'k, f16, Nc1hwc0, PipeFix>,
) -> Retired<Tiles<'k>> {
    let image = tload(tiles.image, &images.at(0, 0)).record::<TImg2col>();
    let in_l1 = tload(tiles.filters, &filters.at(0, 0)).record::<TMovM2R>();
    let right = tmov(tiles.right, &in_l1).record::<TMatmul>();
    let mut free_windows = tiles.windows.map(|tile| tile.prime::<TMatmul, TImg2col>());
    let mut free_sums = tiles.sums.map(|tile| tile.prime::<TStoreAcc, TMatmul>());
    let unroll = Img2col::<Same, f16>::new();
    for first in (0..PIXELS).step_by(ROWS) {
        let (slot, open_windows) = free_windows.take();
        let windows = timg2col(slot, &image, unroll, first, 0).record::<TMatmul>();
        let (slot, open_sums) = free_sums.take();
        let sums = tmatmul(slot, &windows, &right).record::<TStoreAcc>();
        free_windows = open_windows.put(windows.release::<TImg2col>());
        let stored = tstore_with(&out.at(first, 0), sums, Drain::new().relu());
        free_sums = open_sums.put(stored.release::<TMatmul>());
    }
    Tiles::retire(TilesTokens {
        image,
        filters: in_l1,
        windows: free_windows,
        right,
        sums: free_sums,
    })
}

/// The convolution by its definition, with `f64` sums: channels, lines and pixels of images and of filters.
pub(crate) fn plain(
    image: impl Fn(usize, usize, usize, usize) -> f64,
    filter: impl Fn(usize, usize, usize, usize) -> f64,
) -> impl Fn(usize, usize, usize, usize) -> f64 {
    move |n, c, y, x| {
        let mut sum = 0.0;
        for (dy, dx) in (0..9).map(|tap| (tap / 3, tap % 3)) {
            let (line, pixel) = ((y + dy).wrapping_sub(1), (x + dx).wrapping_sub(1));
            if line < HEIGHT && pixel < WIDTH {
                for channel in 0..CHANNELS {
                    sum += image(n, channel, line, pixel) * filter(c, channel, dy, dx);
                }
            }
        }
        sum.max(0.0)
    }
}

/// Where channel `c` of a pixel lies in `[N, C1, H, W, 16]`.
pub(crate) fn at(n: usize, c: usize, y: usize, x: usize) -> usize {
    ((((n * CHANNELS / 16) + c / 16) * HEIGHT + y) * WIDTH + x) * 16 + c % 16
}

/// Where channel `c` of a tap of filter `n` lies in `[1, C1 9, N/16, 16, 16]`.
pub(crate) fn filter_at(n: usize, c: usize, y: usize, x: usize) -> usize {
    ((c / 16 * 9 + y * 3 + x) * FILTERS + n) * 16 + c % 16
}

fn main() -> Result<(), Box<dyn Error>> {
    // Small whole numbers: every sum is exact in f32, and in f16.
    let number =
        |at: usize, of: usize| f16::from_f32((at * 2_654_435_761 % of) as f32 - (of / 2) as f32);
    let images: Vec<f16> = (0..IMAGES * CHANNELS * PIXELS).map(|at| number(at, 5)).collect();
    let filters: Vec<f16> = (0..DEPTH * FILTERS).map(|at| number(at, 3)).collect();
    let shape = [IMAGES, CHANNELS / 16, HEIGHT, WIDTH, 16];
    let x = GlobalTensor::new(&images, &shape)?.parts(PIXELS, CHANNELS)?;
    let w = GlobalTensor::new(&filters, &[1, DEPTH / 16, FILTERS / 16, 16, 16])?.whole();

    let expected = plain(
        |n, c, y, x| images[at(n, c, y, x)].to_f64(),
        |n, c, y, x| filters[filter_at(n, c, y, x)].to_f64(),
    );
    for (name, pipelined) in [("eagerly", false), ("pipelined", true)] {
        let mut result = vec![f16::NAN; images.len()];
        let mut out = GlobalTensorMut::new(&mut result, &shape)?;
        let args = (x, w, out.parts(PIXELS, FILTERS)?);
        if pipelined {
            Pipelined::new().launch(&conv2d, IMAGES, args)?;
        } else {
            Eager::new().launch(&conv2d, IMAGES, args)?;
        }
        for n in 0..IMAGES {
            for (c, pixel) in (0..FILTERS).flat_map(|c| (0..PIXELS).map(move |pixel| (c, pixel))) {
                let (y, x) = (pixel / WIDTH, pixel % WIDTH);
                let (got, want) = (result[at(n, c, y, x)].to_f64(), expected(n, c, y, x));
                assert!(
                    (got - want).abs() < 0.5,
                    "image {n}, channel {c}, ({y}, {x}): {got}, not {want}"
                );
            }
        }
        println!("conv2d {name}: {IMAGES} images of {CHANNELS} x {HEIGHT} x {WIDTH} are right");
    }
    Ok(())
}
