//! TREM, TREMS, TFMOD, TFMODS.
#![allow(clippy::unwrap_used, clippy::too_many_arguments, reason = "a test")]

mod common;

use common::{Number, SHAPES, data, each_dtype, launch, rng};
use tilesync::prelude::*;

/// What division leaves.
trait Divided: Number {
    /// Whether `got` is what TREM, or TFMOD, leaves of `x`.
    fn is_rest(got: Self, x: Self, by: Self, fmod: bool) -> bool;
}

macro_rules! integers {
    ($($t:ident)*) => {$(
        impl Divided for $t {
            fn is_rest(got: Self, x: Self, by: Self, fmod: bool) -> bool {
                let (x, by) = (i128::from(x), i128::from(by));
                // The quotient, rounded as the op does it.
                let quotient = match by {
                    0 => return i128::from(got) == if fmod { x } else { 0 },
                    _ if fmod || size_of::<$t>() == 8 => x / by,
                    _ => (x - (x % by + by) % by) / by,
                };
                i128::from(got) == x - quotient * by
            }
        }
    )*};
}

integers!(i16 u16 i32 u32 i64 u64);

macro_rules! floats {
    ($($t:ident)*) => {$(
        impl Divided for $t {
            /// The device rounds the quotient, which may so become the next integer, and each step after it.
            fn is_rest(got: Self, x: Self, by: Self, fmod: bool) -> bool {
                let (got, x, by) = (got.wide(), x.wide(), by.wide());
                if !x.is_finite() || !by.is_finite() || by == 0.0 {
                    return got.is_nan();
                }
                let quotient = x / by;
                if quotient.abs() > 1e6 || (x.abs() + by.abs()) > f64::from(f32::MAX) {
                    return true;
                }
                let exact = x - if fmod { quotient.trunc() } else { quotient.floor() } * by;
                let steps = x.abs().max(by.abs()) * f64::from(f32::EPSILON) * 4.0;
                let error = steps + exact.abs() * f64::from(<$t>::EPSILON) + f64::from(<$t>::MIN_POSITIVE);
                let off = (got - exact).abs();
                off <= error || (off - by.abs()).abs() <= error
            }
        }
    )*};
}

floats!(f16 f32);

/// All four ops on one dtype, and in place where the chip can.
macro_rules! check {
    ($chip:ident $t:ident ($in_place:ident)) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            y: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            z: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            tmp: VecTile<'k, $t, 1, 48, Full, $chip>,
        }

        #[kernel]
        fn all<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $t>,
            y: GlobalIn<'k, $t>,
            rem: GlobalOut<'k, $t>,
            rems: GlobalOut<'k, $t>,
            rem_assign: GlobalOut<'k, $t>,
            rems_assign: GlobalOut<'k, $t>,
            c: $t,
        ) -> Retired<Ub<'k>> {
            let y = tload(ub.y, &y.tile(0, 0)).record::<Vector>();
            let loaded = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let mut tmp = ub.tmp.on::<Vector>();
            let z = trem(ub.z, &loaded, &y, &mut tmp).record::<TStoreVec>();
            let z = tstore(&rem.tile(0, 0), z).release::<Vector>();
            let z = trems(z, &loaded, c, &mut tmp).record::<TStoreVec>();
            let z = tstore(&rems.tile(0, 0), z).release::<Vector>();
            check!(@$in_place loaded z y c tmp x rem_assign rems_assign)
        }

        for shape in SHAPES {
            let rng = &mut rng();
            let count = shape.0 * shape.1;
            let (x, y): (Vec<$t>, Vec<$t>) = (data(rng, count), data(rng, count));
            let c = y[0];
            let [mut rem, mut rems, mut rem_assign, mut rems_assign] = [(); 4].map(|()| x.clone());
            launch!(all, shape, [x, y], [rem, rems, rem_assign, rems_assign], c);
            for (at, (x, y)) in x.into_iter().zip(y).enumerate() {
                for (got, by) in [(&rem, y), (&rems, c), (&rem_assign, y), (&rems_assign, c)] {
                    let got = got[at];
                    assert!(Divided::is_rest(got, x, by, false), "{x:?} by {by:?} leaves {got:?}");
                }
            }
        }
    }};
    (@in_place $x:ident $z:ident $y:ident $c:ident $tmp:ident $in:ident $rem:ident $rems:ident) => {{
        let x = trem_assign($x, &$y, &mut $tmp).record::<TStoreVec>();
        let x = tload(tstore(&$rem.tile(0, 0), x).release::<TLoad>(), &$in.tile(0, 0)).record::<Vector>();
        let x = tstore(&$rems.tile(0, 0), trems_assign(x, $c, &mut $tmp).record::<TStoreVec>());
        Ub::retire(UbTokens { x, y: $y, z: $z, tmp: $tmp })
    }};
    (@apart $x:ident $z:ident $y:ident $c:ident $tmp:ident $in:ident $rem:ident $rems:ident) => {{
        let z = trem($z, &$x, &$y, &mut $tmp).record::<TStoreVec>();
        let z = tstore(&$rem.tile(0, 0), z).release::<Vector>();
        let z = tstore(&$rems.tile(0, 0), trems(z, &$x, $c, &mut $tmp).record::<TStoreVec>());
        Ub::retire(UbTokens { x: $x, y: $y, z, tmp: $tmp })
    }};
}

#[test]
fn trem_leaves_the_sign_of_the_divisor() {
    each_dtype!(check! A2A3 [] A5 [i16 u16 i32 u32 i64 u64 f16 f32] (in_place));
    each_dtype!(check! A2A3 [f32] A5 [] (apart));
}

macro_rules! check_fmod {
    ($chip:ident $t:ident ($in_place:ident)) => {{
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
            fmod: GlobalOut<'k, $t>,
            fmods: GlobalOut<'k, $t>,
            fmod_assign: GlobalOut<'k, $t>,
            fmods_assign: GlobalOut<'k, $t>,
            c: $t,
        ) -> Retired<Ub<'k>> {
            let y = tload(ub.y, &y.tile(0, 0)).record::<Vector>();
            let loaded = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let z = tstore(&fmod.tile(0, 0), tfmod(ub.z, &loaded, &y).record::<TStoreVec>());
            let z = tfmods(z.release::<Vector>(), &loaded, c).record::<TStoreVec>();
            let z = tstore(&fmods.tile(0, 0), z).release::<Vector>();
            check_fmod!(@$in_place loaded z y c x fmod_assign fmods_assign)
        }

        for shape in SHAPES {
            let rng = &mut rng();
            let count = shape.0 * shape.1;
            let (x, y): (Vec<$t>, Vec<$t>) = (data(rng, count), data(rng, count));
            let c = y[0];
            let [mut fmod, mut fmods, mut fmod_assign, mut fmods_assign] =
                [(); 4].map(|()| x.clone());
            launch!(all, shape, [x, y], [fmod, fmods, fmod_assign, fmods_assign], c);
            for (at, (x, y)) in x.into_iter().zip(y).enumerate() {
                for (got, by) in [(&fmod, y), (&fmods, c), (&fmod_assign, y), (&fmods_assign, c)] {
                    let got = got[at];
                    assert!(Divided::is_rest(got, x, by, true), "{x:?} by {by:?} leaves {got:?}");
                }
            }
        }
    }};
    (@in_place $x:ident $z:ident $y:ident $c:ident $in:ident $fmod:ident $fmods:ident) => {{
        let x = tstore(&$fmod.tile(0, 0), tfmod_assign($x, &$y).record::<TStoreVec>());
        let x = tload(x.release::<TLoad>(), &$in.tile(0, 0)).record::<Vector>();
        let x = tstore(&$fmods.tile(0, 0), tfmods_assign(x, $c).record::<TStoreVec>());
        Ub::retire(UbTokens { x, y: $y, z: $z })
    }};
    (@apart $x:ident $z:ident $y:ident $c:ident $in:ident $fmod:ident $fmods:ident) => {{
        let z = tstore(&$fmod.tile(0, 0), tfmod($z, &$x, &$y).record::<TStoreVec>());
        let z = tfmods(z.release::<Vector>(), &$x, $c).record::<TStoreVec>();
        Ub::retire(UbTokens { x: $x, y: $y, z: tstore(&$fmods.tile(0, 0), z) })
    }};
}

#[test]
fn tfmod_leaves_the_sign_of_the_dividend() {
    each_dtype!(check_fmod! A2A3 [] A5 [i16 u16 i32 u32 f16 f32] (in_place));
    each_dtype!(check_fmod! A2A3 [f32] A5 [] (apart));
}
