//! Two tiles, or a tile and a scalar: TADD to TMIN, TADDS to TMINS, TEXPANDS.
#![allow(clippy::unwrap_used, clippy::too_many_arguments, reason = "a test")]

mod common;

use common::{Number, SHAPES, Wide, assert_close, data, each_dtype, launch, rng};
use tilesync::prelude::*;

/// One pair of ops on one dtype, tile with tile and tile with scalar: to another tile, and in place.
macro_rules! check {
    (
        $chip:ident $t:ident
        ($op:ident, $assign:ident, $scalar:ident, $scalar_assign:ident, |$x:ident, $y:ident| $oracle:expr)
    ) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            y: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            z: VecTile<'k, $t, 32, 32, Dyn, $chip>,
        }

        #[kernel]
        fn all<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $t>,
            y: GlobalIn<'k, $t>,
            out0: GlobalOut<'k, $t>,
            out1: GlobalOut<'k, $t>,
            out2: GlobalOut<'k, $t>,
            out3: GlobalOut<'k, $t>,
            c: $t,
        ) -> Retired<Ub<'k>> {
            let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let y = tload(ub.y, &y.tile(0, 0)).record::<Vector>();
            let z = tstore(&out0.tile(0, 0), $op(ub.z, &x, &y).record::<TStoreVec>());
            let z = z.release::<Vector>();
            let z = tstore(&out1.tile(0, 0), $scalar(z, &x, c).record::<TStoreVec>());
            let y = tstore(&out2.tile(0, 0), $assign(y, &x).record::<TStoreVec>());
            let x = tstore(&out3.tile(0, 0), $scalar_assign(x, c).record::<TStoreVec>());
            Ub::retire(UbTokens { x, y, z })
        }

        for shape in SHAPES {
            let rng = &mut rng();
            let count = shape.0 * shape.1;
            let (x, y): (Vec<$t>, Vec<$t>) = (data(rng, count), data(rng, count));
            let c = data(rng, 1)[0];
            let [mut out0, mut out1, mut out2, mut out3] = [(); 4].map(|()| x.clone());
            launch!(all, shape, [x, y], [out0, out1, out2, out3], c);
            let oracle = |$x: $t, $y: $t| {
                let ($x, $y) = ($x.wide(), $y.wide());
                <$t>::of($oracle)
            };
            assert_close(stringify!($op), 0, &out0, |at| oracle(x[at], y[at]));
            assert_close(stringify!($scalar), 0, &out1, |at| oracle(x[at], c));
            assert_close(stringify!($assign), 0, &out2, |at| oracle(y[at], x[at]));
            assert_close(stringify!($scalar_assign), 0, &out3, |at| oracle(x[at], c));
        }
    }};
}

#[test]
fn tadd_adds() {
    each_dtype!(check! A2A3 [i16 i32 f16 f32] A5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32]
        (tadd, tadd_assign, tadds, tadds_assign, |x, y| x + y));
}

#[test]
fn tsub_subtracts() {
    each_dtype!(check! A2A3 [i16 i32 f16 f32] A5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32]
        (tsub, tsub_assign, tsubs, tsubs_assign, |x, y| x - y));
}

#[test]
fn tmul_multiplies() {
    each_dtype!(check! A2A3 [i16 i32 f16 f32] A5 [i16 u16 i32 u32 i64 u64 f16 bf16 f32]
        (tmul, tmul_assign, tmuls, tmuls_assign, |x, y| x.times(y)));
}

#[test]
fn tdiv_divides() {
    each_dtype!(check! A2A3 [f16 f32] A5 [i16 u16 i32 u32 i64 u64 f16 f32]
        (tdiv, tdiv_assign, tdivs, tdivs_assign, |x, y| x.quotient(y)));
}

#[test]
fn tmax_takes_the_greater() {
    each_dtype!(check! A2A3 [i16 i32 f16 f32] A5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32]
        (tmax, tmax_assign, tmaxs, tmaxs_assign, |x, y| x.max(y)));
}

#[test]
fn tmin_takes_the_lesser() {
    each_dtype!(check! A2A3 [i16 i32 f16 f32] A5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32]
        (tmin, tmin_assign, tmins, tmins_assign, |x, y| x.min(y)));
}

/// `tdivs` of integers on a2a3, which has no `tdiv` of them, and the overload with the scalar first.
macro_rules! check_division {
    ($chip:ident $t:ident ()) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            y: VecTile<'k, $t, 32, 32, Dyn, $chip>,
        }

        #[kernel]
        fn all<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $t>,
            out0: GlobalOut<'k, $t>,
            out1: GlobalOut<'k, $t>,
            out2: GlobalOut<'k, $t>,
            c: $t,
        ) -> Retired<Ub<'k>> {
            let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let y = tstore(&out0.tile(0, 0), tdivs(ub.y, &x, c).record::<TStoreVec>())
                .release::<Vector>();
            let y = tstore(&out1.tile(0, 0), tdivs_into(y, c, &x).record::<TStoreVec>());
            let x = tstore(&out2.tile(0, 0), tdivs_into_assign(x, c).record::<TStoreVec>());
            Ub::retire(UbTokens { x, y })
        }

        for shape in SHAPES {
            let rng = &mut rng();
            let x: Vec<$t> = data(rng, shape.0 * shape.1);
            let c = data(rng, 1)[0];
            let [mut out0, mut out1, mut out2] = [(); 3].map(|()| x.clone());
            launch!(all, shape, [x], [out0, out1, out2], c);
            let oracle = |x: $t, y: $t| <$t>::of(x.wide().quotient(y.wide()));
            assert_close("tdivs", 0, &out0, |at| oracle(x[at], c));
            assert_close("tdivs_into", 0, &out1, |at| oracle(c, x[at]));
            assert_close("tdivs_into_assign", 0, &out2, |at| oracle(c, x[at]));
        }
    }};
}

#[test]
fn tdivs_divides_either_way() {
    each_dtype!(check_division! A2A3 [i16 i32 f16 f32] A5 [i16 u16 i32 u32 i64 u64 f16 f32] ());
}

macro_rules! check_fill {
    ($chip:ident $t:ident ()) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 32, 32, Dyn, $chip>,
        }

        #[kernel]
        fn fill<'k>(
            ub: Ub<'k>,
            out: GlobalOut<'k, $t>,
            c: $t,
            rows: usize,
            cols: usize,
        ) -> Retired<Ub<'k>> {
            let x = texpands(ub.x.with_valid(rows, cols), c).record::<TStoreVec>();
            Ub::retire(UbTokens { x: tstore(&out.tile(0, 0), x) })
        }

        let rng = &mut rng();
        let shape = (common::TILE, common::TILE);
        for (rows, cols) in [shape, (5, 13), (0, 7)] {
            let before: Vec<$t> = data(rng, shape.0 * shape.1);
            let mut out = before.clone();
            let c = data(rng, 1)[0];
            launch!(fill, shape, [], [out], c, rows, cols);
            let inside = |at: usize| at / shape.1 < rows && at % shape.1 < cols;
            assert_close("texpands", 0, &out, |at| if inside(at) { c } else { before[at] });
        }
    }};
}

#[test]
fn texpands_fills_the_valid_region() {
    each_dtype!(check_fill! A2A3 [i8 u8 i16 u16 i32 u32 f16 bf16 f32]
        A5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32] ());
}
