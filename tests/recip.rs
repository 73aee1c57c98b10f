//! TRECIP in place, which one chip has. What else there is of one tile is in `declared.rs`.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{Number, SHAPES, assert_close, data, each_dtype, launch, reciprocal, rng};
use tilesync::prelude::*;

macro_rules! check {
    ($chip:ident $t:ident ()) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 32, 32, Dyn, $chip>,
        }

        #[kernel]
        fn run<'k>(ub: Ub<'k>, x: GlobalIn<'k, $t>, y: GlobalOut<'k, $t>) -> Retired<Ub<'k>> {
            let x = trecip_assign(tload(ub.x, &x.tile(0, 0)).record::<Vector>());
            Ub::retire(UbTokens { x: tstore(&y.tile(0, 0), x.record::<TStoreVec>()) })
        }

        for shape in SHAPES {
            let x: Vec<$t> = data(&mut rng(), shape.0 * shape.1);
            let mut y = x.clone();
            launch!(run, shape, [x], [y]);
            assert_close("trecip_assign", 0, &y, |at| <$t>::of(reciprocal(x[at].wide())));
        }
    }};
}

#[test]
fn trecip_assign_is_the_reciprocal() {
    each_dtype!(check! A2A3 [] A5 [i16 i32 f16 f32] ());
}
