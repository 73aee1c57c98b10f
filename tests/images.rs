//! TTRANS of images and filters: each element against its place by the names of the dimensions, whole and partly filled blocks, one
//! group and several; and what stops a kernel.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{on_every_schedule, rng};
use half::{bf16, f16};
use tilesync::prelude::*;
use tilesync::tile::Dtype;
use tilesync::{Fault, Trouble};

/// A module with a kernel of one form, from tiles of `$src` elements to tiles of `$dst` elements, and `run`: what becomes of `x`,
/// which has so many rows.
macro_rules! kernel {
    ($name:ident: $ch:ident $t:ident [$rows:literal, $cols:literal] to [$dst_rows:literal, $dst_cols:literal], $form:ident($($count:ident),*)) => {
        mod $name {
            use super::*;

            #[derive(Buffers)]
            struct Ub<'k> {
                src: VecTile<'k, $t, $rows, $cols, Dyn, $ch>,
                dst: VecTile<'k, $t, $dst_rows, $dst_cols, Dyn, $ch>,
                tmp: VecTile<'k, u8, 1, 65536, Full, $ch>,
            }

            #[kernel]
            fn k<'k>(ub: Ub<'k>, x: GlobalIn<'k, $t>, y: GlobalOut<'k, $t>, $($count: usize),*) -> Retired<Ub<'k>> {
                let mut tmp = ub.tmp.on::<Vector>();
                let src = tload(ub.src, &x.tile(0, 0)).record::<Vector>();
                let dst = $form(ub.dst, &src, &mut tmp, $($count),*).record::<TStoreVec>();
                Ub::retire(UbTokens { src, dst: tstore(&y.tile(0, 0), dst), tmp })
            }

            pub(super) fn run(x: &[$t], rows: usize, to: [usize; 2], $($count: usize),*) -> Result<Vec<$t>, Trouble> {
                let input = GlobalTensor::new(x, &[rows, x.len() / rows]).unwrap();
                let start = vec![<$t>::from_bits(0x55); to[0] * to[1]];
                let mut y = start.clone();
                let mut output = GlobalTensorMut::new(&mut y, &to).unwrap();
                match Eager::new().launch(&k, 1, (input.whole(), output.whole(), $($count),*)) {
                    Err(LaunchError::Fault(Fault { trouble, .. })) => return Err(trouble),
                    other => { other.unwrap(); }
                }
                Ok(on_every_schedule!(
                    k,
                    y = start,
                    (
                        GlobalTensor::new(x, &[rows, x.len() / rows]).unwrap().whole(),
                        GlobalTensorMut::new(&mut y, &to).unwrap().whole(),
                        $($count),*
                    )
                ))
            }
        }
    };
}

/// Any bits but zero, so that zeros are what the op wrote.
fn full<T: Dtype>(len: usize) -> Vec<T> {
    let mut rng = rng();
    let any = |_| loop {
        let x = T::from_bits(rng.u64(..));
        if x.to_bits() != 0 {
            return x;
        }
    };
    (0..len).map(any).collect()
}

/// Compares the bits of `y` with those of the element that `of` names, or of zero.
fn compare<T: Dtype>(y: &[T], x: &[T], of: impl Fn(usize) -> Option<usize>) {
    for (at, y) in y.iter().enumerate() {
        let expected = of(at).map_or(0, |from| x[from].to_bits());
        assert_eq!(y.to_bits(), expected, "element {at}, from {:?}", of(at));
    }
}

/// The numbers of `at` counted in `dims`, the last one first.
fn split<const N: usize>(mut at: usize, dims: [usize; N]) -> [usize; N] {
    let mut numbers = [0; N];
    for (number, dim) in numbers.iter_mut().zip(dims).rev() {
        (*number, at) = (at % dim, at / dim);
    }
    assert_eq!(at, 0, "beyond the dimensions");
    numbers
}

const PIXELS: usize = 12;

macro_rules! blocks {
    ($($name:ident $back:ident: $ch:ident $t:ident;)*) => {$(
        kernel!($name: $ch $t [5, 1536] to [5, 1536], ttrans_nc1hwc0(pixels));

        #[test]
        fn $back() {
            let c0 = 32 / size_of::<$t>();
            for channels in [c0, 3, c0 + 5, 3 * c0].into_iter().filter(|c| c.next_multiple_of(c0) * PIXELS <= 1536) {
                let x = full::<$t>(5 * channels * PIXELS);
                let c1 = channels.div_ceil(c0);
                let y = $name::run(&x, 5, [5, c1 * c0 * PIXELS], PIXELS).unwrap();
                compare(&y, &x, |at| {
                    let [image, block, pixel, c] = split(at, [5, c1, PIXELS, c0]);
                    let channel = block * c0 + c;
                    (channel < channels).then_some((image * channels + channel) * PIXELS + pixel)
                });
            }
        }
    )*};
}

blocks! {
    f32_images f32_channels_become_blocks: A2A3 f32;
    i8_images i8_channels_become_blocks: A2A3 i8;
    bf16_images bf16_channels_become_blocks: A5 bf16;
    e4m3_images e4m3_channels_become_blocks: A5 F8E4M3;
    u32_images u32_channels_become_blocks: A5 u32;
}

macro_rules! back {
    ($($name:ident $test:ident: $t:ident;)*) => {$(
        kernel!($name: A2A3 $t [3, 1536] to [3, 1536], ttrans_nchw(pixels));

        #[test]
        fn $test() {
            let c0 = 32 / size_of::<$t>();
            for c1 in [1, 3] {
                let x = full::<$t>(3 * c1 * c0 * PIXELS);
                let y = $name::run(&x, 3, [3, c1 * c0 * PIXELS], PIXELS).unwrap();
                compare(&y, &x, |at| {
                    let [image, block, c, pixel] = split(at, [3, c1, c0, PIXELS]);
                    Some(((image * c1 + block) * PIXELS + pixel) * c0 + c)
                });
            }
        }
    )*};
}

back! {
    f32_back f32_blocks_become_channels: f32;
    f16_back f16_blocks_become_channels: f16;
    u8_back u8_blocks_become_channels: u8;
}

macro_rules! fractals {
    ($($name:ident $test:ident: $ch:ident $t:ident [$width:literal];)*) => {$(
        kernel!($name: $ch $t [16, 320] to [40, $width], ttrans_fractal_z(groups));

        #[test]
        fn $test() {
            let c0 = 32 / size_of::<$t>();
            let room = $width / c0;
            for (groups, filters, blocks) in [(1, room, 7), (1, 5, 10), (2, room, 4), (1, 1, 1)] {
                let x = full::<$t>(groups * filters * blocks * c0);
                let y = $name::run(&x, groups * filters, [groups * blocks, $width], groups).unwrap();
                compare(&y, &x, |at| {
                    let [group, block, filter, c] = split(at, [groups, blocks, room, c0]);
                    (filter < filters).then_some(((group * filters + filter) * blocks + block) * c0 + c)
                });
            }
        }
    )*};
}

fractals! {
    f32_filters f32_filters_become_fractals: A2A3 f32 [64];
    i8_filters i8_filters_become_fractals: A5 i8 [256];
    f16_filters f16_filters_become_fractals: A5 f16 [128];
    e5m2_filters e5m2_filters_become_fractals: A5 F8E5M2 [256];
}

macro_rules! volumes {
    ($($name:ident $test:ident: $t:ident [$width:literal];)*) => {$(
        kernel!($name: A2A3 $t [16, 256] to [60, $width], ttrans_fractal_z_3d(planes, pixels));

        #[test]
        fn $test() {
            let c0 = 32 / size_of::<$t>();
            let room = $width / c0;
            for (filters, channels, planes, pixels) in [(room, c0, 2, 3), (5, 3, 3, 4), (1, c0 + 1, 2, 2), (3, 1, 1, 20)] {
                let x = full::<$t>(filters * channels * planes * pixels);
                let c1 = channels.div_ceil(c0);
                let y = $name::run(&x, filters, [planes * c1 * pixels, $width], planes, pixels).unwrap();
                compare(&y, &x, |at| {
                    let [plane, block, pixel, filter, c] = split(at, [planes, c1, pixels, room, c0]);
                    let channel = block * c0 + c;
                    (filter < filters && channel < channels)
                        .then_some(((filter * channels + channel) * planes + plane) * pixels + pixel)
                });
            }
        }
    )*};
}

volumes! {
    f32_volumes f32_volumes_become_fractals: f32 [128];
    u16_volumes u16_volumes_become_fractals: u16 [128];
    i8_volumes i8_volumes_become_fractals: i8 [256];
}

#[test]
fn what_has_no_whole_channels_blocks_or_groups_stops_the_kernel() {
    let code = OpCode::TTRANS;
    let cut = |left, right| Err(Trouble::ValidMismatch { code, left, right });
    let ones = |len| vec![1.0_f32; len];
    // 30 elements are not channels of 12 pixels; nothing is made of channels of none.
    assert_eq!(f32_images::run(&ones(60), 2, [2, 96], 12), cut((2, 30), (2, 96)));
    assert_eq!(f32_images::run(&ones(48), 2, [2, 96], 0), cut((2, 24), (2, 0)));
    // 20 channels fill 3 blocks, for which the rows have no room.
    assert_eq!(f32_images::run(&ones(1480), 1, [1, 1536], 74), cut((1, 1480), (1, 1776)));
    assert_eq!(f32_back::run(&ones(100), 1, [1, 100], 12), cut((1, 100), (1, 100)));
    assert_eq!(f32_back::run(&ones(96), 1, [1, 96], 0), cut((1, 96), (1, 96)));
    // Elements that are no block; rows that are no groups; two groups with fewer filters than there is room for; no groups.
    assert_eq!(f32_filters::run(&ones(12), 1, [1, 64], 1), cut((1, 12), (1, 64)));
    assert_eq!(f32_filters::run(&ones(24), 3, [2, 64], 2), cut((3, 8), (2, 64)));
    assert_eq!(f32_filters::run(&ones(32), 4, [2, 64], 2), cut((4, 8), (2, 64)));
    assert_eq!(f32_filters::run(&ones(32), 4, [2, 64], 0), cut((4, 8), (0, 64)));
    // More filters than there is room for.
    assert_eq!(f32_filters::run(&ones(72), 9, [1, 64], 1), cut((9, 8), (1, 64)));
    assert_eq!(f32_volumes::run(&ones(30), 1, [4, 128], 2, 2), cut((1, 30), (4, 128)));
    assert_eq!(f32_volumes::run(&ones(30), 1, [4, 128], 0, 2), cut((1, 30), (0, 128)));
}
