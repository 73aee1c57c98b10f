//! TABS, TNEG, TEXP, TLOG, TSQRT, TRSQRT, TRECIP, TRELU.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{Number, SHAPES, Wide, assert_close, data, each_dtype, launch, reciprocal, rng};
use tilesync::prelude::*;

/// One op on one dtype: to another tile, and in place.
macro_rules! check {
    ($chip:ident $t:ident ($op:ident, $assign:ident, $ulps:literal, |$x:ident| $oracle:expr)) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            y: VecTile<'k, $t, 32, 32, Dyn, $chip>,
        }

        #[kernel]
        fn both<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $t>,
            y: GlobalOut<'k, $t>,
            z: GlobalOut<'k, $t>,
        ) -> Retired<Ub<'k>> {
            let x_tile = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let y_tile = $op(ub.y, &x_tile).record::<TStoreVec>();
            let y_tile = tstore(&y.tile(0, 0), y_tile);
            let x_tile = $assign(x_tile).record::<TStoreVec>();
            Ub::retire(UbTokens { x: tstore(&z.tile(0, 0), x_tile), y: y_tile })
        }

        for shape in SHAPES {
            let x: Vec<$t> = data(&mut rng(), shape.0 * shape.1);
            let (mut y, mut z) = (x.clone(), x.clone());
            launch!(both, shape, [x], [y, z]);
            let oracle = |$x: <$t as Number>::Wide| $oracle;
            let want = |at: usize| <$t>::of(oracle(x[at].wide()));
            assert_close(stringify!($op), $ulps, &y, want);
            assert_close(stringify!($assign), $ulps, &z, want);
        }
    }};
}

#[test]
fn tabs_is_the_magnitude() {
    each_dtype!(check! A2A3 [f16 f32] A5 [i8 i16 i32 f16 f32] (tabs, tabs_assign, 0, |x| x.abs()));
}

#[test]
fn tneg_changes_the_sign() {
    each_dtype!(check! A2A3 [i16 i32 f16 f32] A5 [i16 u16 i32 u32 f16 bf16 f32]
        (tneg, tneg_assign, 0, |x| -x));
}

#[test]
fn texp_is_the_exponential() {
    each_dtype!(check! A2A3 [f16 f32] A5 [f16 f32] (texp, texp_assign, 1, |x| x.exp()));
}

#[test]
fn tlog_is_the_logarithm() {
    each_dtype!(check! A2A3 [f16 f32] A5 [f16 f32] (tlog, tlog_assign, 1, |x| x.ln()));
}

#[test]
fn tsqrt_is_the_square_root() {
    each_dtype!(check! A2A3 [f16 f32] A5 [f16 f32] (tsqrt, tsqrt_assign, 0, |x| x.sqrt()));
}

#[test]
fn trsqrt_is_the_reciprocal_of_the_square_root() {
    each_dtype!(check! A2A3 [f16 f32] A5 [f16 f32] (trsqrt, trsqrt_assign, 1, |x| 1.0 / x.sqrt()));
}

#[test]
fn trelu_cuts_off_below_zero() {
    each_dtype!(check! A2A3 [i32 f16 f32] A5 [i32 f16 f32]
        (trelu, trelu_assign, 0, |x| x.max(Wide::ZERO)));
}

#[test]
fn trecip_is_the_reciprocal() {
    each_dtype!(check! A2A3 [] A5 [i16 i32 f16 f32]
        (trecip, trecip_assign, 0, |x| reciprocal(x)));
}

/// TRECIP on a2a3, which has no in-place form.
macro_rules! check_out_of_place {
    ($chip:ident $t:ident ()) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 32, 32>,
            y: VecTile<'k, $t, 32, 32>,
        }

        #[kernel]
        fn once<'k>(ub: Ub<'k>, x: GlobalIn<'k, $t>, y: GlobalOut<'k, $t>) -> Retired<Ub<'k>> {
            let x_tile = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let y_tile = trecip(ub.y, &x_tile).record::<TStoreVec>();
            Ub::retire(UbTokens { x: x_tile, y: tstore(&y.tile(0, 0), y_tile) })
        }

        let shape = SHAPES[0];
        let x: Vec<$t> = data(&mut rng(), shape.0 * shape.1);
        let mut y = x.clone();
        launch!(once, shape, [x], [y]);
        assert_close("trecip", 0, &y, |at| <$t>::of(reciprocal(x[at].wide())));
    }};
}
#[test]
fn trecip_is_the_reciprocal_on_a2a3() {
    each_dtype!(check_out_of_place! A2A3 [i16 i32 f16 f32] A5 [] ());
}
