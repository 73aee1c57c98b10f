//! What is emitted of images: their tiles and tensors, how they are unrolled, and what is refused. That the C++ does the same is in `emit_cpp`.
#![allow(clippy::unwrap_used, reason = "a test")]

use tilesync::emit::{Emit, EmitError};
use tilesync::prelude::*;
use tilesync::tile::space;

/// Every number is another one.
struct Odd;

impl Geometry for Odd {
    const IMAGE: (usize, usize) = (9, 7);
    const FILTER: (usize, usize) = (3, 2);
    const STRIDE: (usize, usize) = (2, 1);
    const DILATION: (usize, usize) = (1, 2);
    const PAD: [usize; 4] = [1, 0, 2, 0];
}

struct Plain;

impl Geometry for Plain {
    const IMAGE: (usize, usize) = (9, 7);
    const FILTER: (usize, usize) = (1, 1);
}

const PIXELS: usize = 63;

#[derive(Buffers)]
struct Tiles<'k> {
    images: [Tile<'k, space::Mat, f16, PIXELS, 16, Nc1hwc0>; 2],
    ones: MatTile<'k, f16, 96, 16, Full, Zn>,
    left: LeftTile<'k, f16, 48, 96, Dyn>,
    right: RightTile<'k, f16, 96, 16>,
    sums: AccTile<'k, f32, 48, 16, Dyn>,
}

/// Unrolls the second of two images, twice; the second time in another way if `mixed`.
#[kernel]
fn unrolled<'k>(
    tiles: Tiles<'k>,
    x: GlobalIn<'k, f16, Nc1hwc0>,
    w: GlobalIn<'k, f16, Zn>,
    y: GlobalOut<'k, f16, Nc1hwc0, PipeFix>,
    mixed: bool,
) -> Retired<Tiles<'k>> {
    let [spare, image] = tiles.images;
    let image = tload(image, &x.at(0, 0)).record::<TImg2col>();
    let ones = tload(tiles.ones, &w.at(0, 0)).record::<TMovM2R>();
    let right = tmov(tiles.right, &ones).record::<TMatmul>();
    let how = Img2col::<Odd, f16>::new().pad_with(f16::from_f32(1.5));
    let left = timg2col(tiles.left, &image, how, 0, 0).record::<TMatmul>();
    let sums = tmatmul(tiles.sums, &left, &right).record::<TStoreAcc>();
    let sums = tstore(&y.at(0, 0), sums);
    let left = left.release::<TImg2col>().wait();
    let left = match mixed {
        false => timg2col(left, &image, how, 16, 0),
        true => timg2col(left, &image, Img2col::<Plain, f16>::new(), 16, 0),
    };
    Tiles::retire(TilesTokens {
        images: [spare.retire(), image.wait().retire()],
        ones,
        left: left.retire(),
        right,
        sums: sums.retire(),
    })
}

fn emitted(mixed: bool) -> Result<String, EmitError> {
    let images = 3;
    let (x, w) = (vec![f16::ZERO; images * PIXELS * 16], vec![f16::ZERO; 96 * 16]);
    let out = Odd::OUT.0 * Odd::OUT.1;
    let mut y = vec![f16::ZERO; images * out * 16];
    let x = GlobalTensor::new(&x, &[images, 1, 9, 7, 16]).unwrap();
    let w = GlobalTensor::new(&w, &[1, 6, 1, 16, 16]).unwrap();
    let shape = [images, 1, Odd::OUT.0, Odd::OUT.1, 16];
    let mut y = GlobalTensorMut::new(&mut y, &shape).unwrap();
    let args = (x.parts(PIXELS, 16).unwrap(), w.whole(), y.parts(out, 16).unwrap(), mixed);
    Ok(Emit::new().launch(&unrolled, images, args)?.source().to_owned())
}

#[test]
fn an_image_has_lines_and_pixels_and_says_how_it_is_unrolled() {
    let source = emitted(false).unwrap();
    for line in [
        "ConvTile<TileType::Mat, half, 1008, Layout::NC1HWC0, ConvTileShape<1, 1, 9, 7, 16>>;",
        "ConvTile<TileType::Mat, half, 1536, Layout::FRACTAL_Z, ConvTileShape<6, 1, 1, 16, 16>>;",
        "images[1].SetFmapH(9); images[1].SetFmapW(7);",
        "images[1].SetFilterH(3); images[1].SetFilterW(2);",
        "images[1].SetStrideH(2); images[1].SetStrideW(1);",
        "images[1].SetDilationH(1); images[1].SetDilationW(2);",
        "images[1].SetPadList(0, 1);",
        "images[1].SetPadList(2, 2);",
        "images[1].SetPadValue((half)0x1.8p+0f);",
        "images[1].SetChannelSize(16);",
        // One block of channels: an image is a row of pixels, each in one piece.
        "x_part(x + 1008 * block);",
        "SetFmatrixMode::FMATRIX_A_AUTO>(left, images[1], 16, 0);",
    ] {
        assert!(source.contains(line), "no {line} in\n{source}");
    }
    assert!(!source.contains("SetPadList(1") && !source.contains("SetDstStride"), "{source}");
}

#[test]
fn one_tile_unrolled_in_two_ways_is_refused() {
    let error = emitted(true).unwrap_err();
    assert!(
        matches!(&error, EmitError::NoCall { what, .. } if what.contains("to another tile")),
        "{error}"
    );
}

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 2, 64>,
    y: VecTile<'k, f32, 2, 64>,
    tmp: VecTile<'k, f32, 2, 64>,
}

#[kernel]
fn reordered<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let mut tmp = ub.tmp.on::<Vector>();
    let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
    let z = ttrans_nc1hwc0(ub.y, &x, &mut tmp, 8).record::<TStoreVec>();
    Ub::retire(UbTokens { x, y: tstore(&y.tile(0, 0), z), tmp })
}

#[test]
fn another_order_of_images_is_refused() {
    let (x, mut y) = (vec![0.0; 128], vec![0.0; 128]);
    let x = GlobalTensor::new(&x, &[2, 64]).unwrap();
    let mut y = GlobalTensorMut::new(&mut y, &[2, 64]).unwrap();
    let error = Emit::new().launch(&reordered, 1, (x.whole(), y.whole())).unwrap_err();
    assert!(matches!(&error, EmitError::NoCall { op: "TTRANS", .. }), "{error}");
}
