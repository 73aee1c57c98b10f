//! TAND, TOR, TXOR, TNOT, TSHL, TSHR, and the same with a scalar.
#![allow(clippy::unwrap_used, clippy::too_many_arguments, reason = "a test")]

mod common;

use common::{Number, SHAPES, assert_close, each_dtype, launch, rng};
use tilesync::prelude::*;

/// Any bits, and numbers from -2 to 70: distances to shift by, and beyond.
fn bits<T: Number<Wide = i128>>(rng: &mut fastrand::Rng, count: usize) -> Vec<T> {
    let distance = |rng: &mut fastrand::Rng| T::of(i128::from(rng.i8(-2..70)));
    (0..count).map(|_| if rng.bool() { T::any_bits(rng) } else { distance(rng) }).collect()
}

/// `x` times 2 to the power of `by`, which is 0 where there is no such bit.
fn shl<T: Number<Wide = i128>>(x: i128, by: i128) -> i128 {
    let width = 8 * size_of::<T>() as i128;
    if (0..width).contains(&by) { x << by } else { 0 }
}

/// `x` by 2 to the power of `by`, rounded down.
fn shr<T: Number<Wide = i128>>(x: i128, by: i128) -> i128 {
    let width = 8 * size_of::<T>() as i128;
    if (0..width).contains(&by) { x >> by } else { x.signum().min(0) }
}

/// A plan of three tiles and a scratch tile, a kernel that runs `$compute` on it and returns the last two, and what must come out.
macro_rules! check_with {
    ($chip:ident $t:ident $name:literal, |$x:ident, $y:ident, $z:ident, $tmp:ident, $c:ident| $compute:expr, |$a:ident, $b:ident| $oracle:expr) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            y: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            z: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            tmp: VecTile<'k, $t, 32, 32, Dyn, $chip>,
        }

        #[kernel]
        #[allow(
            unused_mut,
            unused_variables,
            reason = "not every op has a scratch tile, two sources, or a scalar"
        )]
        fn run<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $t>,
            y: GlobalIn<'k, $t>,
            out: GlobalOut<'k, $t>,
            in_place: GlobalOut<'k, $t>,
            $c: $t,
        ) -> Retired<Ub<'k>> {
            let $x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let $y = tload(ub.y, &y.tile(0, 0)).record::<Vector>();
            let $z = ub.z;
            let mut $tmp = ub.tmp.on::<Vector>();
            let ($z, $x) = $compute;
            let z = tstore(&out.tile(0, 0), $z.record::<TStoreVec>());
            let x = tstore(&in_place.tile(0, 0), $x.on::<Vector>().record::<TStoreVec>());
            Ub::retire(UbTokens { x, y: $y, z, tmp: $tmp })
        }

        for shape in SHAPES {
            let rng = &mut rng();
            let count = shape.0 * shape.1;
            let (x, y): (Vec<$t>, Vec<$t>) = (bits(rng, count), bits(rng, count));
            let c = bits::<$t>(rng, 1)[0];
            let [mut out, mut in_place] = [(); 2].map(|()| x.clone());
            launch!(run, shape, [x, y], [out, in_place], c);
            let oracle = |$a: $t, $b: $t| {
                let ($a, $b) = ($a.wide(), $b.wide());
                <$t>::of($oracle)
            };
            let second = |at: usize| if $name.ends_with('s') { c } else { y[at] };
            assert_close($name, 0, &out, |at| oracle(x[at], second(at)));
            let unchanged =
                ["tands", "tors"].contains(&$name) || !stringify!($compute).contains("_assign");
            assert_close(concat!($name, "_assign"), 0, &in_place, |at| {
                if unchanged { x[at] } else { oracle(x[at], second(at)) }
            });
        }
    }};
}

macro_rules! binary {
    ($chip:ident $t:ident ($op:ident, $assign:ident, $name:literal, |$a:ident, $b:ident| $oracle:expr)) => {
        check_with!($chip $t $name, |x, y, z, tmp, c| ($op(z, &x, &y), $assign(x, &y)), |$a, $b| $oracle);
    };
}

macro_rules! scalar {
    ($chip:ident $t:ident ($op:ident, $assign:ident, $name:literal, |$a:ident, $b:ident| $oracle:expr)) => {
        check_with!($chip $t $name, |x, y, z, tmp, c| ($op(z, &x, c), $assign(x, c)), |$a, $b| $oracle);
    };
}

macro_rules! scalar_out_of_place {
    ($chip:ident $t:ident ($op:ident, $name:literal, |$a:ident, $b:ident| $oracle:expr)) => {
        check_with!($chip $t $name, |x, y, z, tmp, c| ($op(z, &x, c), x), |$a, $b| $oracle);
    };
}

#[test]
fn tand_and_tor_combine_bits() {
    each_dtype!(binary! A2A3 [i8 u16 i32] A5 [u8 i16 u32]
        (tand, tand_assign, "tand", |x, y| x & y));
    each_dtype!(binary! A2A3 [u8 i16 u32] A5 [i8 u16 i32]
        (tor, tor_assign, "tor", |x, y| x | y));
    each_dtype!(scalar_out_of_place! A2A3 [i8] A5 [u32]
        (tands, "tands", |x, y| x & y));
    each_dtype!(scalar_out_of_place! A2A3 [u16] A5 [i32]
        (tors, "tors", |x, y| x | y));
}

macro_rules! xor_on_a2a3 {
    ($chip:ident $t:ident ()) => {
        check_with!($chip $t "txor", |x, y, z, tmp, c| (txor(z, &x, &y, &mut tmp), x), |a, b| a ^ b);
        check_with!($chip $t "txors", |x, y, z, tmp, c| (txors(z, &x, c, &mut tmp), x), |a, b| a ^ b);
    };
}

macro_rules! xor_on_a5 {
    ($chip:ident $t:ident ()) => {
        check_with!($chip $t "txor",
            |x, y, z, tmp, c| (txor(z, &x, &y, &mut tmp), txor_assign(x, &y, &mut tmp)), |a, b| a ^ b);
        check_with!($chip $t "txors",
            |x, y, z, tmp, c| (txors(z, &x, c, &mut tmp), txors_assign(x, c, &mut tmp)), |a, b| a ^ b);
    };
}

#[test]
fn txor_finds_the_bits_that_differ() {
    each_dtype!(xor_on_a2a3! A2A3 [i8 u16 i32] A5 [] ());
    each_dtype!(xor_on_a5! A2A3 [] A5 [u8 i16 u32] ());
}

macro_rules! unary {
    ($chip:ident $t:ident ()) => {
        check_with!($chip $t "tnot", |x, y, z, tmp, c| (tnot(z, &x), tnot_assign(x)), |a, _b| -1 - a);
    };
}

#[test]
fn tnot_turns_every_bit() {
    each_dtype!(unary! A2A3 [i8 u16 i32] A5 [u8 i16 u32] ());
}

macro_rules! shifts {
    ($chip:ident $t:ident ()) => {
        binary!($chip $t (tshl, tshl_assign, "tshl", |x, y| shl::<$t>(x, y)));
        binary!($chip $t (tshr, tshr_assign, "tshr", |x, y| shr::<$t>(x, y)));
    };
}

macro_rules! scalar_shifts {
    ($chip:ident $t:ident ()) => {
        scalar!($chip $t (tshls, tshls_assign, "tshls", |x, y| shl::<$t>(x, y)));
        scalar!($chip $t (tshrs, tshrs_assign, "tshrs", |x, y| shr::<$t>(x, y)));
    };
}

#[test]
fn tshl_and_tshr_multiply_and_divide_by_powers_of_two() {
    each_dtype!(shifts! A2A3 [i8 u16 i32] A5 [u8 i16 u32 i64] ());
    each_dtype!(scalar_shifts! A2A3 [i16 u32] A5 [i8 u8 u16 i32 u64] ());
}
