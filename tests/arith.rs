//! TDIVS with the scalar first, and TEXPANDS. What else there is of two tiles, and of a tile and a scalar, is in `declared.rs`.
#![allow(clippy::unwrap_used, clippy::too_many_arguments, reason = "a test")]

mod common;

use common::{Number, SHAPES, Wide, assert_close, data, each_dtype, launch, rng};
use tilesync::prelude::*;

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
