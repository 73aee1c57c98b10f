//! Vector ops on resident tiles beside a plain loop, one thread: how many times faster an op is.
//!
//! ```text
//! cargo bench --bench vector_ops
//! ```
//!
//! The loop is what one would write: the compiler vectorises it as the target's baseline allows.

mod measure;

use std::hint::black_box;

use half::f16;
use measure::{in_turns, on_threads};
use tilesync::prelude::*;

/// Rows and columns of a tile: three of `f32` fit into the second cache.
const N: usize = 64;

/// A kernel that runs one op again and again, and the loop that computes the same, with one element of two sources, what was there, and a
/// scalar.
macro_rules! row {
    ($name:literal $t:ident of $element:expr, |$z:ident, $x:ident, $y:ident, $tmp:ident, $c:ident| $op:expr, |$d:ident, $a:ident, $b:ident, $k:ident| $plain:expr) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, N, N, Full, A5>,
            y: VecTile<'k, $t, N, N, Full, A5>,
            z: VecTile<'k, $t, N, N, Full, A5>,
            tmp: VecTile<'k, $t, N, N, Full, A5>,
            mask: VecTile<'k, u8, N, N, Full, A5>,
        }

        #[kernel]
        #[allow(unused_variables, unused_mut, reason = "not every op has all of them")]
        fn resident<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $t>,
            y: GlobalIn<'k, $t>,
            ops: usize,
            $c: $t,
        ) -> Retired<Ub<'k>> {
            let $x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let $y = tload(ub.y, &y.tile(0, 0)).record::<Vector>();
            let mut $tmp = (ub.tmp.on::<Vector>(), ub.mask.on::<Vector>());
            let mut tile = texpands(ub.z, $c).on::<Vector>();
            for _ in 0..ops {
                let $z = tile;
                tile = $op.on::<Vector>();
            }
            Ub::retire(UbTokens { x: $x, y: $y, z: tile, tmp: $tmp.0, mask: $tmp.1 })
        }

        let mut random = fastrand::Rng::with_seed(1);
        let mut draw = || (0..N * N).map(|_| $element(&mut random)).collect::<Vec<$t>>();
        let (x, y, mut z) = (draw(), draw(), draw());
        let $k = y[0];
        let (of_x, of_y) = (
            GlobalTensor::new(&x, &[N, N]).expect("valid"),
            GlobalTensor::new(&y, &[N, N]).expect("valid"),
        );
        let ops = 300;
        let [ours, plain] = in_turns(
            21,
            [
                &mut || {
                    Eager::sequential()
                        .launch(&resident, 1, (of_x.whole(), of_y.whole(), ops, $k))
                        .expect("a right launch");
                },
                &mut || {
                    for _ in 0..ops {
                        let (x, y, z) = (black_box(&x), black_box(&y), black_box(&mut z));
                        for ((z, x), y) in z.iter_mut().zip(x).zip(y) {
                            let ($d, $a, $b) = (*z, *x, *y);
                            let _ = ($d, $b);
                            *z = $plain;
                        }
                    }
                },
            ],
        );
        let ns = |time: f64| time / (ops * N * N) as f64 * 1e9;
        println!(
            "| {} | {} | {:.3} | {:.3} | {:.2} |",
            $name,
            stringify!($t),
            ns(ours),
            ns(plain),
            plain / ours
        );
    }};
}

fn float(random: &mut fastrand::Rng) -> f32 {
    random.f32() * 16.0 - 8.0
}

fn half_float(random: &mut fastrand::Rng) -> f16 {
    f16::from_f32(float(random))
}

fn positive(random: &mut fastrand::Rng) -> f32 {
    random.f32() * 8.0 + 0.1
}

fn main() {
    on_threads(1, table);
}

fn table() {
    println!("| op | dtype | ns an element | a plain loop | times faster |\n|---|---|---|---|---|");
    row!("TAND" i32 of |r: &mut fastrand::Rng| r.i32(..), |z, x, y, tmp, c| tand(z, &x, &y), |d, a, b, k| a & b);
    row!("TXOR" u8 of |r: &mut fastrand::Rng| r.u8(..), |z, x, y, tmp, c| txor(z, &x, &y, &mut tmp.0), |d, a, b, k| a ^ b);
    row!("TNOT" i16 of |r: &mut fastrand::Rng| r.i16(..), |z, x, y, tmp, c| tnot(z, &x), |d, a, b, k| !a);
    row!("TSHL" u32 of |r: &mut fastrand::Rng| r.u32(0..40), |z, x, y, tmp, c| tshl(z, &x, &y), |d, a, b, k| a.checked_shl(b).unwrap_or(0));
    row!("TSHRS" i16 of |r: &mut fastrand::Rng| r.i16(1..15), |z, x, y, tmp, c| tshrs(z, &x, c), |d, a, b, k| a >> k);
    row!("TREM" f32 of float, |z, x, y, tmp, c| trem(z, &x, &y, &mut tmp.0), |d, a, b, k| a - (a / b).floor() * b);
    row!("TREM" i32 of |r: &mut fastrand::Rng| r.i32(1..99999), |z, x, y, tmp, c| trem(z, &x, &y, &mut tmp.0), |d, a, b, k| a.rem_euclid(b));
    row!("TFMOD" f32 of float, |z, x, y, tmp, c| tfmod(z, &x, &y), |d, a, b, k| a % b);
    row!("TPOW" f32 of positive, |z, x, y, tmp, c| tpow(z, &x, &y, &mut tmp.0), |d, a, b, k| a.powf(b));
    row!("TPOW" f16 of half_float, |z, x, y, tmp, c| tpow(z, &x, &y, &mut tmp.0), |d, a, b, k| f16::from_f32(a.to_f32().powf(b.to_f32())));
    row!("TPOW" i32 of |r: &mut fastrand::Rng| r.i32(1..9), |z, x, y, tmp, c| tpow(z, &x, &y, &mut tmp.0), |d, a, b, k| a.wrapping_pow(b as u32));
    row!("TPOW" u8 of |r: &mut fastrand::Rng| r.u8(1..9), |z, x, y, tmp, c| tpow(z, &x, &y, &mut tmp.0), |d, a, b, k| a.wrapping_pow(b.into()));
    row!("TLRELU" f32 of float, |z, x, y, tmp, c| tlrelu(z, &x, c), |d, a, b, k| if a > 0.0 { a } else { a * k });
    row!("TPRELU" f32 of float, |z, x, y, tmp, c| tprelu(z, &x, &y, &mut tmp.1), |d, a, b, k| if a > 0.0 { a } else { a * b });
    row!("TAXPY" f32 of float, |z, x, y, tmp, c| taxpy(z, &x, c), |d, a, b, k| d + k * a);
    row!("TMULADDDST" f32 of float, |z, x, y, tmp, c| tmuladddst(z, &x, &y), |d, a, b, k| d + a * b);
    row!("TMULADDDST" f16 of half_float, |z, x, y, tmp, c| tmuladddst(z, &x, &y), |d, a, b, k| d + a * b);
    row!("TSUBRELU" f32 of float, |z, x, y, tmp, c| tsubrelu(z, &x, &y), |d, a, b, k| (a - b).max(0.0));
    row!("TPARTMAX" f32 of float, |z, x, y, tmp, c| tpartmax(z, &x, &y), |d, a, b, k| a.max(b));
    row!("TEXP, high precision" f32 of float, |z, x, y, tmp, c| texp(high_precision(z), &x), |d, a, b, k| a.exp());
    row!("TLOG, high precision" f32 of positive, |z, x, y, tmp, c| tlog(high_precision(z), &x), |d, a, b, k| a.ln());
    row!("TRSQRT, high precision" f32 of positive, |z, x, y, tmp, c| trsqrt(high_precision(z), &x), |d, a, b, k| 1.0 / a.sqrt());
    row!("TDIV, high precision" f32 of float, |z, x, y, tmp, c| tdiv(high_precision(z), &x, &y), |d, a, b, k| a / b);
    row!("TFMOD, high precision" f32 of float, |z, x, y, tmp, c| tfmod(high_precision(z), &x, &y), |d, a, b, k| a % b);
    row!("TREM, high precision" f32 of float, |z, x, y, tmp, c| trem(high_precision(z), &x, &y, &mut tmp.0), |d, a, b, k| a.rem_euclid(b));
}
