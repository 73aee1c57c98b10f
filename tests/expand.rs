//! TROWEXPAND and TCOLEXPAND, and their exponentials of differences. Their arithmetic is in `declared.rs`.
#![allow(clippy::unwrap_used, clippy::too_many_arguments, reason = "a test")]

mod common;

use common::{SHAPES, TILE, assert_close, data, each_dtype, launch, rng};
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
