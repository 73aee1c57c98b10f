//! High precision: how good each op is that has it, over every f16 and many f32, against `f64`.
#![allow(clippy::unwrap_used, clippy::too_many_arguments, reason = "a test")]

mod common;

use std::collections::BTreeSet;

use common::{Number, TILE, data, launch, rng};
use tilesync::isa::table::forms;
use tilesync::prelude::*;

/// 2^17 elements.
const SHAPE: (usize, usize) = (512, 256);

/// An element type, and which of its numbers are tried.
trait Sample: Number<Wide = f64> {
    /// Digits behind the point.
    const DIGITS: i32;
    const LEAST: f64;
    /// How many tensors of `SHAPE` are tried.
    const PARTS: usize;
    fn nth(at: usize) -> Self;
}

impl Sample for f16 {
    const DIGITS: i32 = 10;
    const LEAST: f64 = 6.103_515_625e-5;
    const PARTS: usize = 1;
    /// Each bit pattern, twice.
    fn nth(at: usize) -> f16 {
        f16::from_bits(at as u16)
    }
}

impl Sample for f32 {
    const DIGITS: i32 = 23;
    const LEAST: f64 = f32::MIN_POSITIVE as f64;
    const PARTS: usize = 4;
    /// One of 8191 bit patterns.
    fn nth(at: usize) -> f32 {
        f32::from_bits((at as u32).wrapping_mul(8191))
    }
}

/// The error of `got` in units of the last place of the exact result, which is rounded for its place.
fn ulps<T: Sample>(got: T, exact: f64) -> f64 {
    let rounded = T::of(exact);
    if !got.wide().is_finite() || !rounded.wide().is_finite() {
        return if got.distance(rounded) == 0 { 0.0 } else { f64::INFINITY };
    }
    let exponent = (rounded.wide().abs().max(T::LEAST).to_bits() >> 52) as i32 - 1023;
    (got.wide() - exact).abs() / 2f64.powi(exponent - T::DIGITS)
}

/// What TREM leaves: what is too small to be multiplied in `f32` keeps the sign of the dividend, as on the device.
fn rem(x: f64, y: f64) -> f64 {
    let rest = x % y;
    if ((rest * y) as f32) < 0.0 { rest + y } else { rest }
}

/// Ops on one element type: the call with its operands; which of them is the second one; what it is of both, exactly; and how many ulp it
/// may be off, and is somewhere off by more than half of that.
macro_rules! check {
    ($t:ident $z:ident $x:ident $y:ident $c:ident $col:ident $row:ident $tmp:ident:
        $($op:ident$args:tt by $second:ident |$a:ident, $b:ident| $exact:expr, $bound:literal;)*) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 32, 32, Dyn, A5>,
            y: VecTile<'k, $t, 32, 32, Dyn, A5>,
            z: VecTile<'k, $t, 32, 32, Dyn, A5>,
            col: VecCol<'k, $t, 32, Dyn, A5>,
            row: VecTile<'k, $t, 1, 32, Dyn, A5>,
            tmp: VecTile<'k, $t, 32, 32, Dyn, A5>,
        }

        /// The column is the first one of `by_cols`, the row the first one of `y`.
        #[kernel]
        fn run<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $t>,
            y: GlobalIn<'k, $t>,
            by_cols: GlobalIn<'k, $t, ColMajor>,
            out: GlobalOut<'k, $t>,
            $c: $t,
            op: usize,
        ) -> Retired<Ub<'k>> {
            let $x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let $row = tload(ub.row, &y.tile(0, 0)).record::<Vector>();
            let $y = tload(ub.y, &y.tile(0, 0)).record::<Vector>();
            let $col = tload(ub.col, &by_cols.tile(0, 0)).record::<Vector>();
            let (mut $tmp, $z) = (ub.tmp.on::<Vector>(), ub.z);
            let mut numbers = 0..;
            let z = 'chosen: {
                $(if numbers.next() == Some(op) {
                    break 'chosen $op$args.on::<Vector>();
                })*
                unreachable!()
            };
            let z = tstore(&out.tile(0, 0), z.record::<TStoreVec>());
            Ub::retire(UbTokens { x: $x, y: $y, z, col: $col, row: $row, tmp: $tmp })
        }

        let (mut tested, count) = (BTreeSet::new(), SHAPE.0 * SHAPE.1);
        $({
            let (number, mut greatest) = (tested.len(), 0.0_f64);
            for part in 0..<$t>::PARTS {
                let x: Vec<$t> = (0..count).map(|at| <$t>::nth(part * count + at)).collect();
                let y: Vec<$t> = data(&mut rng(), count);
                let (by_cols, c) = (y.clone(), y[part]);
                let mut out = y.clone();
                launch!(run, SHAPE, [x, y, by_cols], [out], c, number);
                for (at, got) in out.into_iter().enumerate() {
                    let (row, col) = (at / SHAPE.1, at % SHAPE.1);
                    let second = match stringify!($second) {
                        "c" => c,
                        "col" => by_cols[col / TILE * TILE * SHAPE.0 + row],
                        "row" => y[row / TILE * TILE * SHAPE.1 + col],
                        _ => y[at],
                    };
                    let ($a, $b) = (x[at].wide(), second.wide());
                    let error = ulps(got, $exact);
                    let of = (x[at], second);
                    assert!(error <= $bound, "{} of {of:?} is {got:?}: {error} ulp", stringify!($op));
                    greatest = greatest.max(error);
                }
            }
            println!("{} of {}: {greatest:.4} ulp", stringify!($op), stringify!($t));
            // Of scalars there are few: where they are exact, that says little.
            let is_close = stringify!($second) == "c" || greatest >= $bound / 2.0;
            assert!(is_close, "{} is better than documented", stringify!($op));
            assert!(tested.insert(stringify!($op)), "{} twice", stringify!($op));
        })*
        tested
    }};
}

/// What both element types have.
macro_rules! check_all {
    ($t:ident) => {
        check!($t z x y c col row tmp:
            texp(high_precision(z), &x) by y |x, _y| x.exp(), 0.501;
            texp_assign(high_precision(tmaxs(z, &x, <$t>::NEG_INFINITY))) by y |x, _y| x.max(f64::NEG_INFINITY).exp(), 0.501;
            tlog(high_precision(z), &x) by y |x, _y| x.ln(), 0.501;
            tsqrt(high_precision(z), &x) by y |x, _y| x.sqrt(), 0.5;
            trsqrt(high_precision(z), &x) by y |x, _y| 1.0 / x.sqrt(), 1.5;
            trsqrt_with_tmp(z, &x, &mut tmp) by y |x, _y| 1.0 / x.sqrt(), 1.5;
            trecip(high_precision(z), &x) by y |x, _y| 1.0 / x, 0.5;
            tdiv(high_precision(z), &x, &y) by y |x, y| x / y, 0.5;
            tdivs(high_precision(z), &x, c) by c |x, c| x / c, 0.5;
            tdivs_into(high_precision(z), c, &x) by c |x, c| c / x, 0.5;
            tpow(high_precision(z), &x, &y, &mut tmp) by y |x, y| x.powf(y), 0.501;
            tpows(high_precision(z), &x, c, &mut tmp) by c |x, c| x.powf(c), 0.501;
            trowexpanddiv(high_precision(z), &x, &col, &mut tmp) by col |x, y| x / y, 0.5;
            tcolexpanddiv(high_precision(z), &x, &row) by row |x, y| x / y, 0.5;
        )
    };
}

/// The ops that the table has in high precision for element type `ty`.
fn declared(ty: &str) -> BTreeSet<&'static str> {
    let has = |high: &str| high.split(' ').any(|listed| listed == ty);
    forms().filter(|form| has(form.high)).map(|form| form.name).collect()
}

fn assert_all_are_tested(ty: &str, tested: &BTreeSet<&'static str>) {
    let missing: Vec<_> = declared(ty).difference(tested).copied().collect();
    assert!(missing.is_empty(), "not tested with {ty}: {missing:?}");
}

#[test]
fn every_f16_is_as_good_as_documented() {
    assert_all_are_tested("f16", &check_all!(f16));
}

#[test]
fn f32_is_as_good_as_documented() {
    let mut tested = check_all!(f32);
    tested.append(&mut check!(f32 z x y c col row tmp:
        tfmod(high_precision(z), &x, &y) by y |x, y| x % y, 0.0;
        tfmods(high_precision(z), &x, c) by c |x, c| x % c, 0.0;
        trem(high_precision(z), &x, &y, &mut tmp) by y |x, y| rem(x, y), 0.5;
        trems(high_precision(z), &x, c, &mut tmp) by c |x, c| rem(x, c), 0.5;
    ));
    assert_all_are_tested("f32", &tested);
}
