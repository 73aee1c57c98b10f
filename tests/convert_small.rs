//! TCVT from and to floats of eight bits and elements of four: all of them, and of the other side all bf16 and f16 and many f32.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{launch, rng};
use tilesync::prelude::*;
use tilesync::tile::{Dtype, Float};

/// The elements of a small float in ascending order, with a number whose last bit says which is even.
fn ladder<T: Float>() -> Vec<(f64, u64)> {
    let all = (0..=255).map(|bits| (f64::from(T::from_bits(bits).to_f32()), bits & 0x7f));
    let mut all: Vec<_> = all.filter(|(x, _)| x.is_finite()).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all.dedup_by(|a, b| a.0 == b.0);
    all
}

/// The neighbour of `x` on the ladder that `mode` chooses; beyond its ends the ladder goes on as it ends.
fn chosen(ladder: &[(f64, u64)], x: f64, mode: RoundMode) -> f64 {
    let end = ladder[ladder.len() - 1].0;
    let step = end - ladder[ladder.len() - 2].0;
    let at = ladder.partition_point(|&(value, _)| value <= x);
    let (below, above, even) = if x.abs() > end {
        let steps = (x.abs() / step).floor();
        let (near, far) = (steps * step, (steps + 1.0) * step);
        // The last number of each ladder is even, as are those that an even number of steps lie beyond it.
        let even = (steps - end / step) % 2.0 == (ladder[ladder.len() - 1].1 % 2) as f64;
        if x > 0.0 { (near, far, even) } else { (-far, -near, !even) }
    } else if ladder[at - 1].0 == x {
        return x;
    } else {
        (ladder[at - 1].0, ladder[at].0, ladder[at - 1].1.is_multiple_of(2))
    };
    if below == x || above == x {
        return x;
    }
    let up = match mode {
        RoundMode::Floor => false,
        RoundMode::Ceil => true,
        RoundMode::Trunc => x < 0.0,
        RoundMode::Odd => even,
        _ if x - below != above - x => x - below > above - x,
        RoundMode::Rint => !even,
        RoundMode::Round => x > 0.0,
    };
    if up { above } else { below }
}

macro_rules! kernel {
    ($chip:ident $src:ident $src_cols:literal, $dst:ident $dst_cols:literal, $tcvt:ident) => {
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $src, 32, $src_cols, Dyn, $chip>,
            y: VecTile<'k, $dst, 32, $dst_cols, Dyn, $chip>,
        }

        #[kernel]
        fn convert<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $src>,
            y: GlobalOut<'k, $dst>,
            mode: usize,
        ) -> Retired<Ub<'k>> {
            let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let y_tile = $tcvt(ub.y, &x, RoundMode::ALL[mode]).record::<TStoreVec>();
            Ub::retire(UbTokens { x, y: tstore(&y.tile(0, 0), y_tile) })
        }
    };
}

/// What there is of a type: all, or much of it.
fn patterns<T: Dtype>() -> Vec<T> {
    let mut rng = rng();
    let long = |at: u64| {
        if at.is_multiple_of(2) {
            at << 16 | rng.u64(..0x1_0000)
        } else {
            (126 + at % 16) << 23 | rng.u64(..1 << 23) | at >> 15 << 31
        }
    };
    let bits: Vec<u64> =
        if size_of::<T>() < 4 { (0..65_536).collect() } else { (0..65_536).map(long).collect() };
    bits.into_iter().map(T::from_bits).collect()
}

macro_rules! to_float8 {
    ($($name:ident: $src:ident $dst:ident |$x:ident, $mode:ident| $rounds:expr, $overflow:expr, $next:expr;)*) => {$(
        #[test]
        fn $name() {
            kernel!(A5 $src 32, $dst 32, tcvt);
            let mut ladder = ladder::<$dst>();
            let most = ladder[ladder.len() - 1].0;
            if let Some(next) = $next {
                ladder.insert(0, (-next, 1));
                ladder.push((next, 1));
            }
            let x = patterns::<$src>();
            for (index, mode) in RoundMode::ALL.into_iter().enumerate() {
                let mut y = vec![<$dst>::ZERO; x.len()];
                launch!(convert, (256, 256), [x], [y], index);
                for (&from, &got) in x.iter().zip(&y) {
                    let ($x, $mode) = (f64::from(from), mode);
                    let got = f64::from(got);
                    let want = if $x.is_nan() {
                        $x
                    } else if $x.is_infinite() {
                        $overflow * $x
                    } else {
                        let value = chosen(&ladder, $x, $rounds);
                        if value.abs() > most { $overflow * value } else { value }
                    };
                    let same = got == want || got.is_nan() && want.is_nan();
                    assert!(same, "{from:?} gave {got} with {mode:?}, not {want}");
                }
            }
        }
    )*};
}

to_float8! {
    f32_to_e4m3: f32 F8E4M3 |x, mode| mode, f64::NAN, None::<f64>;
    f32_to_e5m2: f32 F8E5M2 |x, mode| mode, f64::INFINITY, None::<f64>;
    f32_to_hif8: f32 HiF8 |x, _mode| RoundMode::Round, f64::INFINITY, Some(49_152.0);
    f16_to_hif8: f16 HiF8 |x, _mode| RoundMode::Round, f64::INFINITY, Some(49_152.0);
}

macro_rules! from_float8 {
    ($($name:ident: $src:ident;)*) => {$(
        #[test]
        fn $name() {
            kernel!(A5 $src 32, f32 32, tcvt);
            let x: Vec<$src> = (0..=255).map(<$src>::from_bits).collect();
            let mut y = vec![0.0_f32; x.len()];
            launch!(convert, (8, 32), [x], [y], 0);
            for (x, y) in x.iter().zip(y) {
                assert!(f64::from(*x) == f64::from(y) || f64::from(*x).is_nan() && y.is_nan(), "{x:?} gave {y}");
            }
        }
    )*};
}

from_float8! {
    e4m3_to_f32: F8E4M3;
    e5m2_to_f32: F8E5M2;
    hif8_to_f32: HiF8;
}

macro_rules! pairs {
    ($($name:ident, $back:ident: $chip:ident $wide:ident $pair:ident $numbers:expr;)*) => {$(
        #[test]
        fn $name() {
            kernel!($chip $wide 64, $pair 32, tcvt_x2);
            let ladder: Vec<(f64, u64)> = $numbers.to_vec();
            let (least, most) = (ladder[0].0, ladder[ladder.len() - 1].0);
            let x = patterns::<$wide>();
            for (index, mode) in RoundMode::ALL.into_iter().enumerate() {
                let mut y = vec![$pair::default(); x.len() / 2];
                Eager::new()
                    .launch(&convert, 32, (
                        GlobalTensor::new(&x, &[1024, 64]).unwrap().parts(32, 64).unwrap(),
                        GlobalTensorMut::new(&mut y, &[1024, 32]).unwrap().parts(32, 32).unwrap(),
                        index,
                    ))
                    .unwrap();
                for (x, y) in x.as_chunks::<2>().0.iter().zip(&y) {
                    for (x, got) in x.iter().zip(y.numbers()) {
                        let exact = f64::from(*x);
                        let exact = if exact.is_nan() { 0.0 } else { exact.clamp(least, most) };
                        assert_eq!(f64::from(got), chosen(&ladder, exact, mode), "{x} with {mode:?}");
                    }
                }
            }
        }

        #[test]
        fn $back() {
            kernel!($chip $pair 32, $wide 64, tcvt_x2);
            let x: Vec<$pair> = (0..=255).map($pair::from_bits).collect();
            let mut y = vec![$wide::ZERO; 512];
            Eager::new()
                .launch(&convert, 1, (
                    GlobalTensor::new(&x, &[8, 32]).unwrap().whole(),
                    GlobalTensorMut::new(&mut y, &[8, 64]).unwrap().whole(),
                    0,
                ))
                .unwrap();
            for (x, y) in x.iter().zip(y.as_chunks::<2>().0) {
                assert_eq!(x.numbers(), y.map($wide::to_f32), "{x:?}");
            }
        }
    )*};
}

/// Both signs of some magnitudes, whose places are even and odd in turn.
fn signed(magnitudes: &[f64]) -> Vec<(f64, u64)> {
    let negative = (1..magnitudes.len()).rev().map(|at| (-magnitudes[at], at as u64));
    negative.chain(magnitudes.iter().copied().zip(0..)).collect()
}

pairs! {
    bf16_to_e2m1, e2m1_to_bf16: A5 bf16 F4E2M1x2 signed(&[0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0]);
    bf16_to_e1m2, e1m2_to_bf16: A5 bf16 F4E1M2x2 signed(&[0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75]);
    f16_to_i4, i4_to_f16: A2A3 f16 I4x2 (-8..8).map(|x| (f64::from(x), (x + 8) as u64)).collect::<Vec<_>>();
}
