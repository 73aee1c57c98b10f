//! TAXPY, TMULADDDST, TFUSEDMULADD, TFUSEDMULADDRELU, TSUBRELU, TADDRELUCONV, TSUBRELUCONV, TADDDEQRELU, TLRELU, TPRELU.
#![allow(clippy::unwrap_used, clippy::too_many_arguments, reason = "a test")]

mod common;

use common::{Number, SHAPES, assert_close, data, each_dtype, launch, rng};
use tilesync::prelude::*;

/// `x` rounded to `T`.
fn rounded<T: Number<Wide = f64>>(x: f64) -> f64 {
    T::of(x).wide()
}

/// The ops that add to their destination, and those that cut off what is negative, on one dtype.
macro_rules! check {
    ($chip:ident $t:ident ()) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            y: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            d: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            tmp: VecTile<'k, u8, 33, 32, Full, $chip>,
        }

        #[kernel]
        fn all<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $t>,
            y: GlobalIn<'k, $t>,
            d: GlobalIn<'k, $t>,
            axpy: GlobalOut<'k, $t>,
            muladddst: GlobalOut<'k, $t>,
            fused: GlobalOut<'k, $t>,
            fused_relu: GlobalOut<'k, $t>,
            sub_relu: GlobalOut<'k, $t>,
            lrelu: GlobalOut<'k, $t>,
            prelu: GlobalOut<'k, $t>,
            c: $t,
        ) -> Retired<Ub<'k>> {
            let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let y = tload(ub.y, &y.tile(0, 0)).record::<Vector>();
            let mut tmp = ub.tmp.on::<Vector>();
            let load = |tile| tload(tile, &d.tile(0, 0)).record::<Vector>();
            let tile = taxpy(load(ub.d.prime::<Vector, TLoad>()), &x, c).record::<TStoreVec>();
            let tile = tstore(&axpy.tile(0, 0), tile).release::<TLoad>();
            let tile = tmuladddst(tload(tile, &d.tile(0, 0)).record::<Vector>(), &x, &y);
            let tile = tstore(&muladddst.tile(0, 0), tile.record::<TStoreVec>()).release::<TLoad>();
            let tile = tfusedmuladd(tload(tile, &d.tile(0, 0)).record::<Vector>(), &x, &y);
            let tile = tstore(&fused.tile(0, 0), tile.record::<TStoreVec>()).release::<TLoad>();
            let tile = tfusedmuladdrelu(tload(tile, &d.tile(0, 0)).record::<Vector>(), &x, &y);
            let tile = tstore(&fused_relu.tile(0, 0), tile.record::<TStoreVec>());
            let tile = tsubrelu(tile.release::<Vector>(), &x, &y).record::<TStoreVec>();
            let tile = tstore(&sub_relu.tile(0, 0), tile).release::<Vector>();
            let tile = tstore(&lrelu.tile(0, 0), tlrelu(tile, &x, c).record::<TStoreVec>());
            let tile = tprelu(tile.release::<Vector>(), &x, &y, &mut tmp).record::<TStoreVec>();
            Ub::retire(UbTokens { x, y, d: tstore(&prelu.tile(0, 0), tile), tmp })
        }

        for shape in SHAPES {
            let rng = &mut rng();
            let count = shape.0 * shape.1;
            let [x, y, d]: [Vec<$t>; 3] = [(); 3].map(|()| data(rng, count));
            let c = data::<$t>(rng, 1)[0];
            let [mut o0, mut o1, mut o2, mut o3, mut o4, mut o5, mut o6] =
                [(); 7].map(|()| x.clone());
            launch!(all, shape, [x, y, d], [o0, o1, o2, o3, o4, o5, o6], c);
            let at = |list: &[$t], at: usize| list[at].wide();
            let sum = |x: f64, y: f64, z: f64| <$t>::of(rounded::<$t>(x * y) + z);
            let relu = |x: $t| <$t>::of(if x.wide() > 0.0 { x.wide() } else { 0.0 });
            let leaky = |x: f64, y: f64| <$t>::of(if x > 0.0 { x } else { x * y });
            assert_close("taxpy", 0, &o0, |i| sum(c.wide(), at(&x, i), at(&d, i)));
            assert_close("tmuladddst", 0, &o1, |i| sum(at(&x, i), at(&y, i), at(&d, i)));
            assert_close("tfusedmuladd", 0, &o2, |i| sum(at(&x, i), at(&d, i), at(&y, i)));
            assert_close("tfusedmuladdrelu", 0, &o3, |i| {
                relu(sum(at(&x, i), at(&d, i), at(&y, i)))
            });
            assert_close("tsubrelu", 0, &o4, |i| relu(<$t>::of(at(&x, i) - at(&y, i))));
            assert_close("tlrelu", 0, &o5, |i| leaky(at(&x, i), c.wide()));
            assert_close("tprelu", 0, &o6, |i| leaky(at(&x, i), at(&y, i)));
        }
    }};
}

#[test]
fn fused_ops_round_each_step() {
    each_dtype!(check! A2A3 [f16 f32] A5 [f16] ());
}

#[derive(Buffers)]
struct Mixed<'k> {
    x: VecTile<'k, f16, 32, 32, Dyn>,
    d: VecTile<'k, f32, 32, 32, Dyn>,
}

#[kernel]
fn mixed<'k>(
    ub: Mixed<'k>,
    x: GlobalIn<'k, f16>,
    d: GlobalIn<'k, f32>,
    out: GlobalOut<'k, f32>,
    c: f16,
) -> Retired<Mixed<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
    let d = taxpy(tload(ub.d, &d.tile(0, 0)).record::<Vector>(), &x, c).record::<TStoreVec>();
    Mixed::retire(MixedTokens { x, d: tstore(&out.tile(0, 0), d) })
}

#[test]
fn taxpy_adds_f16_to_f32() {
    for shape in SHAPES {
        let rng = &mut rng();
        let count = shape.0 * shape.1;
        let (x, d): (Vec<f16>, Vec<f32>) = (data(rng, count), data(rng, count));
        let c = data::<f16>(rng, 1)[0];
        let mut out = d.clone();
        launch!(mixed, shape, [x, d], [out], c);
        assert_close("taxpy", 0, &out, |at| f32::of(c.wide() * x[at].wide() + d[at].wide()));
    }
}

/// TADDRELUCONV and TSUBRELUCONV from one dtype to another.
macro_rules! check_conv {
    ($chip:ident $s:ident to $t:ident, |$x:ident, $y:ident, $sign:ident| $oracle:expr) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $s, 32, 32, Dyn, $chip>,
            y: VecTile<'k, $s, 32, 32, Dyn, $chip>,
            z: VecTile<'k, $t, 32, 32, Dyn, $chip>,
        }

        #[kernel]
        fn both<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $s>,
            y: GlobalIn<'k, $s>,
            sum: GlobalOut<'k, $t>,
            difference: GlobalOut<'k, $t>,
        ) -> Retired<Ub<'k>> {
            let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let y = tload(ub.y, &y.tile(0, 0)).record::<Vector>();
            let z = tstore(&sum.tile(0, 0), taddreluconv(ub.z, &x, &y).record::<TStoreVec>());
            let z = tsubreluconv(z.release::<Vector>(), &x, &y).record::<TStoreVec>();
            Ub::retire(UbTokens { x, y, z: tstore(&difference.tile(0, 0), z) })
        }

        for shape in SHAPES {
            let rng = &mut rng();
            let count = shape.0 * shape.1;
            let (x, y): (Vec<$s>, Vec<$s>) = (data(rng, count), data(rng, count));
            let [mut sum, mut difference]: [Vec<$t>; 2] = [(); 2].map(|()| data(rng, count));
            launch!(both, shape, [x, y], [sum, difference]);
            let oracle = |$x: $s, $y: $s, $sign: bool| $oracle;
            assert_close("taddreluconv", 0, &sum, |at| oracle(x[at], y[at], false));
            assert_close("tsubreluconv", 0, &difference, |at| oracle(x[at], y[at], true));
        }
    }};
}

/// A sum, or a difference, rounded to the type of its terms; what is negative, or NaN, as 0.
fn cut<T: Number<Wide = f64>>(x: T, y: T, minus: bool) -> f64 {
    let value = rounded::<T>(if minus { x.wide() - y.wide() } else { x.wide() + y.wide() });
    if value > 0.0 { value } else { 0.0 }
}

#[test]
fn reluconv_narrows_what_is_positive() {
    check_conv!(A2A3 f32 to f16, |x, y, minus| f16::of(cut(x, y, minus)));
    check_conv!(A5 f32 to f16, |x, y, minus| f16::of(cut(x, y, minus).min(65_504.0)));
    check_conv!(A5 f16 to i8, |x, y, minus| cut(x, y, minus).round_ties_even().min(127.0) as i8);
    check_conv!(A2A3 i16 to i8, |x, y, minus| {
        i16::of(if minus { x.wide() - y.wide() } else { x.wide() + y.wide() }).clamp(0, 127) as i8
    });
}

#[derive(Buffers)]
struct Dequantize<'k> {
    x: VecTile<'k, i32, 32, 32, Dyn>,
    y: VecTile<'k, i32, 32, 32, Dyn>,
    z: VecTile<'k, f16, 32, 32, Dyn>,
    tmp: VecTile<'k, i32, 32, 32>,
}

#[kernel]
fn dequantize<'k>(
    ub: Dequantize<'k>,
    x: GlobalIn<'k, i32>,
    y: GlobalIn<'k, i32>,
    out: GlobalOut<'k, f16>,
    scale: f32,
) -> Retired<Dequantize<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
    let y = tload(ub.y, &y.tile(0, 0)).record::<Vector>();
    let mut tmp = ub.tmp.on::<Vector>();
    let (z, sources) = tadddeqrelu(ub.z, x, y, scale, &mut tmp).split();
    let (x, y) = sources.split();
    let z = tstore(&out.tile(0, 0), z.record::<TStoreVec>());
    Dequantize::retire(DequantizeTokens { x, y, z, tmp })
}

#[test]
fn tadddeqrelu_scales_a_sum() {
    for shape in SHAPES {
        let rng = &mut rng();
        let count = shape.0 * shape.1;
        // Sums that an `f32` holds, so that the scaling alone rounds; and any sums, which wrap.
        let x: Vec<i32> = (0..count)
            .map(|at| if at % 3 == 0 { rng.i32(..) } else { rng.i32(-900_000..900_000) })
            .collect();
        let y: Vec<i32> = (0..count)
            .map(|at| if at % 3 == 0 { rng.i32(..) } else { rng.i32(-900_000..900_000) })
            .collect();
        let mut out: Vec<f16> = data(rng, count);
        for scale in [0.015_625, 1e-3, -2.0] {
            launch!(dequantize, shape, [x, y], [out], scale);
            assert_close("tadddeqrelu", 1, &out, |at| {
                let sum = i32::of(x[at].wide() + y[at].wide());
                f16::of((f64::from(sum) * f64::from(scale)).max(0.0))
            });
        }
    }
}
