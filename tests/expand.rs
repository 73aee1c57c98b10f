//! TROWEXPAND and TCOLEXPAND, and their exponentials of differences. Their arithmetic is in `declared.rs`, but for that with
//! blocks.
#![allow(clippy::unwrap_used, clippy::too_many_arguments, reason = "a test")]

mod common;

use common::{Number, SHAPES, TILE, assert_close, data, each_dtype, launch, rng};
use tilesync::prelude::*;

/// `exp(x - y)` is TEXP of what the subtraction gives, bit for bit.
macro_rules! check_expdif {
    ($chip:ident $t:ident ()) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            y: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            col: VecCol<'k, $t, 32, Dyn, $chip>,
            row: VecTile<'k, $t, 1, 32, Dyn, $chip>,
            tmp: VecTile<'k, $t, 32, 32, Dyn, $chip>,
        }

        /// `one` in one op, or in two.
        #[kernel]
        fn all<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $t>,
            y: GlobalIn<'k, $t, ColMajor>,
            z: GlobalIn<'k, $t>,
            out0: GlobalOut<'k, $t>,
            out1: GlobalOut<'k, $t>,
            out2: GlobalOut<'k, $t>,
            one: bool,
        ) -> Retired<Ub<'k>> {
            let col = tload(ub.col, &y.tile(0, 0)).record::<Vector>();
            let row = tload(ub.row, &z.tile(0, 0)).record::<Vector>();
            let x_tile = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let mut tmp = ub.tmp.on::<Vector>();
            let y_tile = if one {
                trowexpandexpdif(ub.y, &x_tile, &col, &mut tmp).on::<Vector>()
            } else {
                texp_assign(trowexpandsub(ub.y, &x_tile, &col, &mut tmp)).on::<Vector>()
            };
            let y_tile = tstore(&out0.tile(0, 0), y_tile.record::<TStoreVec>());
            let y_tile = y_tile.release::<Vector>();
            let y_tile = if one {
                tcolexpandexpdif(y_tile, &x_tile, &row).on::<Vector>()
            } else {
                texp_assign(tcolexpandsub(y_tile, &x_tile, &row)).on::<Vector>()
            };
            let y_tile = tstore(&out1.tile(0, 0), y_tile.record::<TStoreVec>());
            let x_tile = if one {
                let x_tile = trowexpandexpdif_assign(x_tile, &col, &mut tmp);
                tcolexpandexpdif_assign(x_tile, &row).on::<Vector>()
            } else {
                let x_tile = texp_assign(trowexpandsub_assign(x_tile, &col, &mut tmp));
                texp_assign(tcolexpandsub_assign(x_tile, &row)).on::<Vector>()
            };
            let x_tile = tstore(&out2.tile(0, 0), x_tile.record::<TStoreVec>());
            Ub::retire(UbTokens { x: x_tile, y: y_tile, col, row, tmp })
        }

        for shape in SHAPES {
            let rng = &mut rng();
            let count = shape.0 * shape.1;
            let [x, y, z]: [Vec<$t>; 3] = [(); 3].map(|()| data(rng, count));
            let run = |one: bool| {
                let [mut out0, mut out1, mut out2] = [(); 3].map(|()| x.clone());
                launch!(all, shape, [x, y, z], [out0, out1, out2], one);
                [out0, out1, out2].map(|out| out.into_iter().map(<$t>::to_bits).collect::<Vec<_>>())
            };
            assert_eq!(run(true), run(false));
        }
    }};
}

#[test]
fn expandexpdif_is_a_difference_and_its_exponential() {
    each_dtype!(check_expdif! A2A3 [f16 f32] A5 [f16 f32] ());
}

macro_rules! check_copies {
    ($chip:ident $t:ident ()) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            y: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            col: VecCol<'k, $t, 32, Dyn, $chip>,
            row: VecTile<'k, $t, 1, 32, Dyn, $chip>,
        }

        #[kernel]
        fn copies<'k>(
            ub: Ub<'k>,
            y: GlobalIn<'k, $t, ColMajor>,
            z: GlobalIn<'k, $t>,
            out0: GlobalOut<'k, $t>,
            out1: GlobalOut<'k, $t>,
        ) -> Retired<Ub<'k>> {
            let col = tload(ub.col, &y.tile(0, 0)).record::<Vector>();
            let row = tload(ub.row, &z.tile(0, 0)).record::<Vector>();
            let x = trowexpand(ub.x.with_valid(TILE, z.cols()), &col).record::<TStoreVec>();
            let y = tcolexpand(ub.y.with_valid(z.rows(), TILE), &row).record::<TStoreVec>();
            Ub::retire(UbTokens {
                x: tstore(&out0.tile(0, 0), x),
                y: tstore(&out1.tile(0, 0), y),
                col,
                row,
            })
        }

        for shape in SHAPES {
            let rng = &mut rng();
            let count = shape.0 * shape.1;
            let [y, z]: [Vec<$t>; 2] = [(); 2].map(|()| data(rng, count));
            let [mut out0, mut out1] = [(); 2].map(|()| data(rng, count));
            launch!(copies, shape, [y, z], [out0, out1]);
            let of_row = |at: usize| y[at % shape.1 / TILE * TILE * shape.0 + at / shape.1];
            let of_col = |at: usize| z[at / shape.1 / TILE * TILE * shape.1 + at % shape.1];
            assert_close("trowexpand", 0, &out0, of_row);
            assert_close("tcolexpand", 0, &out1, of_col);
        }
    }};
}

#[test]
fn expand_copies() {
    each_dtype!(check_copies! A2A3 [i8 u8 i16 u16 i32 u32 f16 bf16 f32]
        A5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32] ());
}

/// One op and its form in place, with a block for each row: 13 x 21 of 32 x 32 elements, and all of them.
macro_rules! check_blocks {
    ($chip:ident $t:ident ($op:ident $assign:ident, $ulps:literal, |$a:ident, $b:ident| $right:expr)) => {{
        const WIDTH: usize = 32 / size_of::<$t>();

        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            y: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            blocks: VecTile<'k, $t, 32, WIDTH, Dyn, $chip>,
        }

        #[kernel]
        fn both<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $t>,
            blocks: GlobalIn<'k, $t>,
            out: GlobalOut<'k, $t>,
            in_place: GlobalOut<'k, $t>,
        ) -> Retired<Ub<'k>> {
            let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let blocks = tload(ub.blocks, &blocks.tile(0, 0)).record::<Vector>();
            let y = $op(ub.y, &x, &blocks).record::<TStoreVec>();
            let x = $assign(x, &blocks).record::<TStoreVec>();
            let y = tstore(&out.tile(0, 0), y);
            Ub::retire(UbTokens { x: tstore(&in_place.tile(0, 0), x), y, blocks })
        }

        for (rows, cols) in [(32, 32), (13, 21)] {
            let rng = &mut rng();
            let x: Vec<$t> = data(rng, rows * cols);
            let blocks: Vec<$t> = data(rng, rows * WIDTH);
            let [mut out, mut in_place] = [(); 2].map(|()| x.clone());
            let mut to = GlobalTensorMut::new(&mut out, &[rows, cols]).unwrap();
            let mut to_x = GlobalTensorMut::new(&mut in_place, &[rows, cols]).unwrap();
            let of_x = GlobalTensor::new(&x, &[rows, cols]).unwrap();
            let of_blocks = GlobalTensor::new(&blocks, &[rows, WIDTH]).unwrap();
            let args = (of_x.whole(), of_blocks.whole(), to.whole(), to_x.whole());
            Eager::new().launch(&both, 1, args).unwrap();
            for got in [out, in_place] {
                assert_close(stringify!($op), $ulps, &got, |at| {
                    let ($a, $b) = (x[at], blocks[at / cols * WIDTH + at % cols % WIDTH]);
                    $right
                });
            }
        }
    }};
}

fn minus<T: Number<Wide = f64>>(x: T, y: T) -> T {
    T::of(x.wide() - y.wide())
}

#[test]
fn a_block_is_repeated_along_its_row() {
    each_dtype!(check_blocks! A2A3 [i16 i32 f16 f32] A5 [u8 bf16]
        (trowexpandadd_blocks trowexpandadd_blocks_assign, 0, |x, y| Number::of(x.wide() + y.wide())));
    each_dtype!(check_blocks! A2A3 [i32 f16] A5 [i8 f32]
        (trowexpandsub_blocks trowexpandsub_blocks_assign, 0, |x, y| Number::of(x.wide() - y.wide())));
    each_dtype!(check_blocks! A2A3 [i16 f32] A5 [u16 f16]
        (trowexpandmul_blocks trowexpandmul_blocks_assign, 0, |x, y| Number::of(x.wide() * y.wide())));
    each_dtype!(check_blocks! A2A3 [f16] A5 [f32]
        (trowexpanddiv_blocks trowexpanddiv_blocks_assign, 0, |x, y| Number::of(x.wide() / y.wide())));
    each_dtype!(check_blocks! A2A3 [f32] A5 [u32 f16]
        (trowexpandmax_blocks trowexpandmax_blocks_assign, 0, |x, y| Number::of(x.wide().max(y.wide()))));
    each_dtype!(check_blocks! A2A3 [f16] A5 [i8 f32]
        (trowexpandmin_blocks trowexpandmin_blocks_assign, 0, |x, y| Number::of(x.wide().min(y.wide()))));
    each_dtype!(check_blocks! A2A3 [f32] A5 [f16]
        (trowexpandexpdif_blocks trowexpandexpdif_blocks_assign, 1, |x, y| Number::of(minus(x, y).wide().exp())));
}
