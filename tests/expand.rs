//! TROWEXPAND and TCOLEXPAND, and their arithmetic.
#![allow(clippy::unwrap_used, clippy::too_many_arguments, reason = "a test")]

mod common;

use common::{Number, SHAPES, TILE, Wide, assert_close, data, each_dtype, launch, rng};
use tilesync::prelude::*;

/// The ops of one kind on one dtype: a column and a row spread, to another tile and in place.
macro_rules! check {
    (
        $chip:ident $t:ident
        ($row_op:ident, $row_assign:ident, $col_op:ident, $col_assign:ident, |$x:ident, $y:ident| $oracle:expr)
    ) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            y: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            col: VecCol<'k, $t, 32, Dyn, $chip>,
            row: VecTile<'k, $t, 1, 32, Dyn, $chip>,
            tmp: VecTile<'k, $t, 32, 32, Dyn, $chip>,
        }

        /// The column is the first one of `y`, which is column-major, the row the first one of `z`.
        #[kernel]
        fn all<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $t>,
            y: GlobalIn<'k, $t, ColMajor>,
            z: GlobalIn<'k, $t>,
            out0: GlobalOut<'k, $t>,
            out1: GlobalOut<'k, $t>,
            out2: GlobalOut<'k, $t>,
            out3: GlobalOut<'k, $t>,
        ) -> Retired<Ub<'k>> {
            let col = tload(ub.col, &y.tile(0, 0)).record::<Vector>();
            let row = tload(ub.row, &z.tile(0, 0)).record::<Vector>();
            let x_tile = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let mut tmp = ub.tmp.on::<Vector>();
            let y_tile = $row_op(ub.y, &x_tile, &col, &mut tmp).record::<TStoreVec>();
            let y_tile = tstore(&out0.tile(0, 0), y_tile).release::<Vector>();
            let y_tile = $col_op(y_tile, &x_tile, &row).record::<TStoreVec>();
            let y_tile = tstore(&out1.tile(0, 0), y_tile);
            let x_tile = $row_assign(x_tile, &col, &mut tmp).record::<TStoreVec>();
            let x_tile = tstore(&out2.tile(0, 0), x_tile).release::<TLoad>();
            let x_tile = tload(x_tile, &x.tile(0, 0)).record::<Vector>();
            let x_tile = $col_assign(x_tile, &row).record::<TStoreVec>();
            let x_tile = tstore(&out3.tile(0, 0), x_tile);
            Ub::retire(UbTokens { x: x_tile, y: y_tile, col, row, tmp })
        }

        for shape in SHAPES {
            let rng = &mut rng();
            let count = shape.0 * shape.1;
            let [x, y, z]: [Vec<$t>; 3] = [(); 3].map(|()| data(rng, count));
            let [mut out0, mut out1, mut out2, mut out3] = [(); 4].map(|()| x.clone());
            launch!(all, shape, [x, y, z], [out0, out1, out2, out3]);
            let oracle = |$x: $t, $y: $t| {
                let ($x, $y) = ($x.wide(), $y.wide());
                <$t>::of($oracle)
            };
            let of_row =
                |at: usize| oracle(x[at], y[at % shape.1 / TILE * TILE * shape.0 + at / shape.1]);
            let of_col =
                |at: usize| oracle(x[at], z[at / shape.1 / TILE * TILE * shape.1 + at % shape.1]);
            assert_close(stringify!($row_op), 0, &out0, of_row);
            assert_close(stringify!($col_op), 0, &out1, of_col);
            assert_close(stringify!($row_assign), 0, &out2, of_row);
            assert_close(stringify!($col_assign), 0, &out3, of_col);
        }
    }};
}

#[test]
fn expandadd_adds() {
    each_dtype!(check! A2A3 [i16 i32 f16 f32] A5 [i8 u8 i16 u16 i32 u32 f16 bf16 f32]
        (trowexpandadd, trowexpandadd_assign, tcolexpandadd, tcolexpandadd_assign, |x, y| x + y));
}

#[test]
fn expandsub_subtracts() {
    each_dtype!(check! A2A3 [i16 i32 f16 f32] A5 [i8 u8 i16 u16 i32 u32 f16 bf16 f32]
        (trowexpandsub, trowexpandsub_assign, tcolexpandsub, tcolexpandsub_assign, |x, y| x - y));
}

#[test]
fn expandmul_multiplies() {
    each_dtype!(check! A2A3 [i16 i32 f16 f32] A5 [i8 u8 i16 u16 i32 u32 f16 bf16 f32]
        (trowexpandmul, trowexpandmul_assign, tcolexpandmul, tcolexpandmul_assign, |x, y| x.times(y)));
}

#[test]
fn expanddiv_divides() {
    each_dtype!(check! A2A3 [f16 f32] A5 [i8 u8 i16 u16 i32 u32 f16 bf16 f32]
        (trowexpanddiv, trowexpanddiv_assign, tcolexpanddiv, tcolexpanddiv_assign, |x, y| x.quotient(y)));
}

#[test]
fn expandmax_takes_the_greater() {
    each_dtype!(check! A2A3 [i16 f16] A5 [i8 u32 bf16 f32]
        (trowexpandmax, trowexpandmax_assign, tcolexpandmax, tcolexpandmax_assign, |x, y| x.max(y)));
}

#[test]
fn expandmin_takes_the_lesser() {
    each_dtype!(check! A2A3 [i32 f32] A5 [u8 i16 f16]
        (trowexpandmin, trowexpandmin_assign, tcolexpandmin, tcolexpandmin_assign, |x, y| x.min(y)));
}

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
