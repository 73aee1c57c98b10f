//! TIMG2COL: every element of every window against a look into the image, for strides, dilations, pads on each side, and several
//! corners; and what stops a kernel.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{Number, assert_close, data, on_every_schedule, rng};
use half::{bf16, f16};
use tilesync::prelude::*;
use tilesync::tile::{Dtype, space};
use tilesync::{Fault, Trouble};

macro_rules! geometry {
    ($($name:ident: $image:expr, $filter:expr, $stride:expr, $dilation:expr, $pad:expr;)*) => {$(
        struct $name;
        impl Geometry for $name {
            const IMAGE: (usize, usize) = $image;
            const FILTER: (usize, usize) = $filter;
            const STRIDE: (usize, usize) = $stride;
            const DILATION: (usize, usize) = $dilation;
            const PAD: [usize; 4] = $pad;
        }
    )*};
}

geometry! {
    Plain: (6, 8), (1, 1), (1, 1), (1, 1), [0; 4];
    Same: (6, 8), (3, 3), (1, 1), (1, 1), [1; 4];
    Strided: (6, 8), (3, 2), (2, 3), (1, 1), [0, 1, 2, 0];
    Dilated: (6, 8), (2, 3), (1, 1), (3, 2), [2, 3, 0, 1];
}

/// Element (`m`, `k`) of all windows, of an image `[C1, H, W, C0]`, by the definition.
fn element<T: Dtype, G: Geometry>(image: &[T], pad: T, m: usize, k: usize) -> T {
    let c0 = 32 / size_of::<T>();
    let (out_w, [left, _, above, _]) = (G::OUT.1, G::PAD);
    let (c, tap, c1) =
        (k % c0, k / c0 % (G::FILTER.0 * G::FILTER.1), k / c0 / (G::FILTER.0 * G::FILTER.1));
    let at = |out: usize, stride: usize, tap: usize, dilation: usize, pad: usize, extent: usize| {
        let place = (out * stride + tap * dilation) as isize - pad as isize;
        (0..extent as isize).contains(&place).then_some(place as usize)
    };
    let line = at(m / out_w, G::STRIDE.0, tap / G::FILTER.1, G::DILATION.0, above, G::IMAGE.0);
    let pixel = at(m % out_w, G::STRIDE.1, tap % G::FILTER.1, G::DILATION.1, left, G::IMAGE.1);
    match (line, pixel) {
        (Some(line), Some(pixel)) => {
            image[((c1 * G::IMAGE.0 + line) * G::IMAGE.1 + pixel) * c0 + c]
        }
        _ => pad,
    }
}

/// The left factor times the unit matrix, which leaves through an accumulator.
macro_rules! windows {
    ($($name:ident: $ch:ident $t:ident $acc:ident $geometry:ident $pad:expr;)*) => {$(
        mod $name {
            use super::*;

            const CHANNELS: usize = 2 * 32 / size_of::<$t>();

            #[derive(Buffers)]
            struct Tiles<'k> {
                image: Tile<'k, space::Mat, $t, 48, CHANNELS, Nc1hwc0, Full, $ch>,
                unit: MatTile<'k, $t, 64, 64, Full, Nz, $ch>,
                left: LeftTile<'k, $t, 32, 64, Dyn, $ch>,
                right: RightTile<'k, $t, 64, 64, Full, $ch>,
                acc: AccTile<'k, $acc, 32, 64, Dyn, $ch>,
            }

            #[kernel]
            fn unroll<'k>(
                tiles: Tiles<'k>,
                image: GlobalIn<'k, $t, Nc1hwc0>,
                unit: GlobalIn<'k, $t>,
                out: GlobalOut<'k, $acc, RowMajor, PipeFix>,
                corner: (usize, usize),
            ) -> Retired<Tiles<'k>> {
                let image = tload(tiles.image, &image.at(0, 0)).record::<TImg2col>();
                let unit = tload(tiles.unit, &unit.at(0, 0)).record::<TMovM2R>();
                let right = tmov(tiles.right, &unit).record::<TMatmul>();
                let how = Img2col::<$geometry, $t>::new().pad_with($pad);
                let left = timg2col(tiles.left, &image, how, corner.0, corner.1).record::<TMatmul>();
                let (acc, left) = (tiles.acc, left);
                let acc = tmatmul(acc, &left, &right).record::<TStoreAcc>();
                let acc = tstore(&out.at(0, 0), acc);
                Tiles::retire(TilesTokens { image, unit, left, right, acc })
            }

            #[test]
            fn are_found_element_by_element() {
                let mut rng = rng();
                let image = common::small::<$t>(&mut rng, 48 * CHANNELS);
                let unit: Vec<$t> = (0..64 * 64).map(|at| <$t>::of(u8::from(at / 64 == at % 64).into())).collect();
                let c0 = 32 / size_of::<$t>();
                let all = ($geometry::OUT.0 * $geometry::OUT.1, CHANNELS * $geometry::FILTER.0 * $geometry::FILTER.1);
                let mut corners = vec![(0, 0)];
                if all.0 > 16 { corners.push((16, 0)); }
                // As the right factor has 64 rows, so many elements of a window are taken.
                for k in (c0..all.1.saturating_sub(63)).step_by(c0) { corners.push((0, k)); }
                for corner in corners {
                    if all.1 - corner.1 < 64 { continue; }
                    let rows = (all.0 - corner.0).min(32);
                    let out = on_every_schedule!(
                        unroll,
                        out = vec![<$acc as Dtype>::ZERO; rows * 64],
                        (
                            GlobalTensor::new(&image, &[1, 2, 6, 8, c0]).unwrap().whole(),
                            GlobalTensor::new(&unit, &[64, 64]).unwrap().whole(),
                            GlobalTensorMut::new(&mut out, &[rows, 64]).unwrap().whole(),
                            corner,
                        )
                    );
                    assert_close("the window", 0, &out, |at| {
                        let (m, k) = (corner.0 + at / 64, corner.1 + at % 64);
                        <$acc>::of(element::<$t, $geometry>(&image, $pad, m, k).wide())
                    });
                }
            }
        }
    )*};
}

windows! {
    same_of_f16: A2A3 f16 f32 Same f16::ZERO;
    same_of_i8: A2A3 i8 i32 Same 7;
    same_of_bf16: A5 bf16 f32 Same bf16::ONE;
    same_of_f32: A5 f32 f32 Same 0.5;
    plain_of_i8: A5 i8 i32 Plain 0;
    strided_of_f16: A2A3 f16 f32 Strided f16::ONE;
    strided_of_i8: A5 i8 i32 Strided -3;
    dilated_of_f16: A5 f16 f32 Dilated f16::ZERO;
    dilated_of_f32: A2A3 f32 f32 Dilated 2.0;
}

#[derive(Buffers)]
struct L1<'k> {
    image: Tile<'k, space::Mat, f16, 48, 32, Nc1hwc0, Dyn>,
    left: LeftTile<'k, f16, 32, 64, Dyn>,
}

#[kernel]
fn part<'k>(
    l1: L1<'k>,
    x: GlobalIn<'k, f16, Nc1hwc0>,
    valid: (usize, usize),
    corner: (usize, usize),
) -> Retired<L1<'k>> {
    let image = tload(l1.image, &x.at(0, 0).sized(valid.0, valid.1)).record::<TImg2col>();
    let left = timg2col(l1.left, &image, Img2col::<Same, f16>::new(), corner.0, corner.1);
    L1::retire(L1Tokens { image, left })
}

#[test]
fn a_window_lies_in_a_whole_image_and_begins_where_a_fractal_does() {
    let trouble = |valid, corner| {
        let x = data::<f16>(&mut rng(), 48 * 32);
        let x = GlobalTensor::<_, Nc1hwc0>::new(&x, &[1, 2, 6, 8, 16]).unwrap();
        match Eager::new().launch(&part, 1, (x.whole(), valid, corner)) {
            Ok(_) => None,
            Err(LaunchError::Fault(Fault { trouble, .. })) => Some(trouble),
            Err(error) => panic!("{error}"),
        }
    };
    let code = OpCode::TIMG2COL;
    assert_eq!(trouble((48, 32), (16, 48)), None);
    assert_eq!(
        trouble((48, 32), (8, 0)),
        Some(Trouble::Corner { code, corner: (8, 0), grain: (16, 16) })
    );
    assert_eq!(
        trouble((48, 32), (0, 8)),
        Some(Trouble::Corner { code, corner: (0, 8), grain: (16, 16) })
    );
    assert_eq!(
        trouble((48, 32), (48, 0)),
        Some(Trouble::Element { at: (48, 0), valid: (48, 288) })
    );
    assert_eq!(
        trouble((48, 16), (0, 144)),
        Some(Trouble::Element { at: (0, 144), valid: (48, 144) })
    );
    let cut = |right| Some(Trouble::ValidMismatch { code, left: (48, 32), right });
    assert_eq!(trouble((40, 32), (0, 0)), cut((40, 32)));
    assert_eq!(trouble((48, 20), (0, 0)), cut((48, 20)));
}

#[test]
fn a_tensor_of_images_or_filters_has_its_shape() {
    let x = [f16::ZERO; 512];
    assert!(GlobalTensor::<_, Nc1hwc0>::new(&x, &[1, 2, 4, 4, 16]).is_ok());
    let error = GlobalTensor::<_, Nc1hwc0>::new(&x, &[1, 4, 4, 4, 8]).unwrap_err();
    assert!(error.to_string().contains("[N, C1, H, W, c0]"), "{error}");
    assert!(GlobalTensor::<_, Zn>::new(&x, &[1, 2, 1, 16, 16]).is_ok());
    let error = GlobalTensor::<_, Zn>::new(&x, &[1, 2, 2, 8, 16]).unwrap_err();
    assert!(error.to_string().contains("[1, C1 H W, N/16, 16, c0]"), "{error}");
}

#[path = "../examples/conv2d.rs"]
#[allow(dead_code, reason = "only the kernel is used")]
mod conv2d;

/// The example, on one image, on every schedule: clean programs, and the same bits.
#[test]
fn a_convolution_is_the_sum_over_its_taps() {
    let mut rng = rng();
    let whole = |rng: &mut fastrand::Rng| f16::from_f32(f32::from(rng.i8(-2..=2)));
    let image: Vec<f16> = (0..32 * 14 * 14).map(|_| whole(&mut rng)).collect();
    let filters: Vec<f16> = (0..32 * 32 * 9).map(|_| whole(&mut rng)).collect();
    let shape = [1, 2, 14, 14, 16];
    let out = on_every_schedule!(
        conv2d::conv2d,
        out = vec![f16::NAN; image.len()],
        (
            GlobalTensor::new(&image, &shape).unwrap().whole(),
            GlobalTensor::new(&filters, &[1, 18, 2, 16, 16]).unwrap().whole(),
            GlobalTensorMut::new(&mut out, &shape).unwrap().whole(),
        )
    );
    let expected = conv2d::plain(
        |n, c, y, x| image[conv2d::at(n, c, y, x)].to_f64(),
        |n, c, y, x| filters[conv2d::filter_at(n, c, y, x)].to_f64(),
    );
    for (c, pixel) in (0..32).flat_map(|c| (0..14 * 14).map(move |pixel| (c, pixel))) {
        let (y, x) = (pixel / 14, pixel % 14);
        assert_eq!(out[conv2d::at(0, c, y, x)].to_f64(), expected(0, c, y, x), "{c} at {y}, {x}");
    }
}
