//! TPOW and TPOWS: integers exactly, and how good the floats are.
#![allow(clippy::unwrap_used, clippy::too_many_arguments, reason = "a test")]

mod common;

use common::{Number, data, each_dtype, launch, rng, small};
use tilesync::prelude::*;

/// Runs all forms that a chip has on one dtype, and asks `$right` for each element.
macro_rules! check {
    ($chip:ident $t:ident ($shape:expr, $x:expr, $y:expr, |$a:ident, $b:ident, $got:ident| $right:expr)) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            y: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            z: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            tmp: VecTile<'k, $t, 32, 32, Dyn, $chip>,
        }

        #[kernel]
        fn both<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $t>,
            y: GlobalIn<'k, $t>,
            pow: GlobalOut<'k, $t>,
            pows: GlobalOut<'k, $t>,
            c: $t,
        ) -> Retired<Ub<'k>> {
            let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let y = tload(ub.y, &y.tile(0, 0)).record::<Vector>();
            let mut tmp = ub.tmp.on::<Vector>();
            let z = tstore(&pow.tile(0, 0), tpow(ub.z, &x, &y, &mut tmp).record::<TStoreVec>());
            let z = tpows(z.release::<Vector>(), &x, c, &mut tmp).record::<TStoreVec>();
            Ub::retire(UbTokens { x, y, z: tstore(&pows.tile(0, 0), z), tmp })
        }

        let (shape, x, y): (_, Vec<$t>, Vec<$t>) = ($shape, $x, $y);
        let c = y[0];
        let [mut pow, mut pows] = [(); 2].map(|()| x.clone());
        launch!(both, shape, [x, y], [pow, pows], c);
        for (at, ($a, y)) in x.into_iter().zip(y).enumerate() {
            for ($got, $b) in [(pow[at], y), (pows[at], c)] {
                assert!($right, "{:?} to the power of {:?} is not {:?}", $a, $b, $got);
            }
        }
    }};
}

/// The power of an integer, as the standard library has it.
fn exact<T: Number<Wide = i128>>(x: T, y: T) -> T {
    let (x, y) = (x.wide(), y.wide());
    match (x, u32::try_from(y)) {
        (_, Ok(exponent)) => T::of(x.wrapping_pow(exponent)),
        (1, _) => T::of(1),
        (-1, _) => T::of(if y % 2 == 0 { 1 } else { -1 }),
        _ => T::of(0),
    }
}

#[test]
fn powers_of_integers_wrap() {
    each_dtype!(check! A2A3 [i8 u32] A5 [i8 u8 i16 u16 i32 u32]
        ((77, 45), data(&mut rng(), 77 * 45), data(&mut rng(), 77 * 45), |x, y, got| got == exact(x, y)));
}

/// The error of `got` in units of the last place of the exact result, which is rounded for its place.
fn ulps<T: Number<Wide = f64>>(got: T, exact: f64, digits: i32, least: f64) -> f64 {
    let rounded = T::of(exact);
    if !got.wide().is_finite() || !rounded.wide().is_finite() {
        // Beside the greatest number is an infinity.
        return if got.distance(rounded) <= 1 { 0.0 } else { f64::INFINITY };
    }
    let unit = 2f64.powi(rounded.wide().abs().max(least).log2().floor() as i32 - digits);
    (got.wide() - exact).abs() / unit
}

/// Whether two floats differ by no more than the documentation says; of zeros and infinities the sign counts, too.
fn near_f32(got: f32, x: f32, y: f32) -> bool {
    let want = f64::from(x).powf(f64::from(y));
    ulps(got, want, 23, f64::from(f32::MIN_POSITIVE)) < 0.501
        && (want.is_nan() || got.is_sign_negative() == want.is_sign_negative())
}

fn near_f16(got: f16, x: f16, y: f16) -> bool {
    let want = x.wide().powf(y.wide());
    ulps(got, want, 10, f64::from(f16::MIN_POSITIVE)) < 0.501
        && (want.is_nan() || got.is_sign_negative() == want.is_sign_negative())
}

const LARGE: (usize, usize) = (512, 256);

/// Bases and exponents of an `f32` whose powers are numbers more often than not.
fn pairs(count: usize) -> (Vec<f32>, Vec<f32>) {
    let rng = &mut rng();
    let base = |rng: &mut fastrand::Rng| f32::from_bits(rng.u32(0x2000_0000..0x5f00_0000));
    let x: Vec<f32> = (0..count).map(|_| base(rng)).collect();
    // The logarithm of the power is spread evenly over the range of an `f32`.
    let exponent = |x: &f32| (rng.f32() * 280.0 - 150.0) / x.log2();
    let y = x.iter().map(exponent).collect();
    (x, y)
}

#[test]
fn powers_of_f32_are_as_good_as_documented() {
    let (x, y) = pairs(LARGE.0 * LARGE.1);
    each_dtype!(check! A2A3 [f32] A5 [] ((LARGE), x.clone(), y.clone(), |x, y, got| near_f32(got, x, y)));
    // Special values, negative bases, integers as exponents.
    each_dtype!(check! A2A3 [] A5 [f32]
        ((LARGE), data(&mut rng(), LARGE.0 * LARGE.1), {
            let exponents: Vec<f32> = data(&mut rng(), LARGE.0 * LARGE.1);
            exponents.into_iter().enumerate().map(|(at, y)| if at % 2 == 0 { y.round() } else { y }).collect()
        }, |x, y, got| near_f32(got, x, y)));
}

#[test]
fn powers_of_every_f16_are_as_good_as_documented() {
    let all: Vec<f16> = (0..=u16::MAX).map(f16::from_bits).collect();
    for seed in 0..8 {
        let exponents: Vec<f16> = if seed % 2 == 0 {
            small(&mut fastrand::Rng::with_seed(seed), all.len())
        } else {
            data(&mut fastrand::Rng::with_seed(seed), all.len())
        };
        each_dtype!(check! A2A3 [] A5 [f16]
            ((256, 256), all.clone(), exponents.clone(), |x, y, got| near_f16(got, x, y)));
    }
}
