//! Products of floats of eight bits on a5, and accumulators that leave as such: against `f64`.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{on_every_schedule, rng};
use tilesync::prelude::*;
use tilesync::tile::Dtype;

const M: usize = 32;
const K: usize = 96;
const N: usize = 64;
const SIZES: [(usize, usize, usize); 4] = [(32, 96, 64), (31, 95, 63), (1, 1, 1), (17, 40, 33)];

macro_rules! products {
    ($($name:ident: $t:ident $u:ident;)*) => {$(
        #[test]
        fn $name() {
            #[derive(Buffers)]
            struct Tiles<'k> {
                a: MatTile<'k, $t, M, K, Dyn, Nz, A5>,
                b: MatTile<'k, $u, K, N, Dyn, Nz, A5>,
                left: LeftTile<'k, $t, M, K, Dyn, A5>,
                right: RightTile<'k, $u, K, N, Dyn, A5>,
                acc: AccTile<'k, f32, M, N, Dyn, A5>,
            }

            #[kernel]
            fn twice<'k>(
                tiles: Tiles<'k>,
                a: GlobalIn<'k, $t>,
                b: GlobalIn<'k, $u>,
                c: GlobalOut<'k, f32, RowMajor, PipeFix>,
            ) -> Retired<Tiles<'k>> {
                let a = tload(tiles.a, &a.tile(0, 0)).record::<TMovM2L>();
                let b = tload(tiles.b, &b.tile(0, 0)).record::<TExtractM2LR>();
                let left = tmov(tiles.left, &a).record::<TMatmul>();
                let right = textract(tiles.right, &b, 0, 0).record::<TMatmul>();
                let acc = tmatmul_acc(tmatmul(tiles.acc, &left, &right), &left, &right);
                let acc = tstore(&c.tile(0, 0), acc.record::<TStoreAcc>());
                Tiles::retire(TilesTokens { a, b, left, right, acc })
            }

            let mut rng = rng();
            for (m, k, n) in SIZES {
                // Quarters up to four: all sums are exact.
                let mut some = || f32::from(rng.i8(-7..8)) / 4.0;
                let a: Vec<$t> = (0..m * k).map(|_| $t::from_f32(some())).collect();
                let b: Vec<$u> = (0..k * n).map(|_| $u::from_f32(some())).collect();
                let c = on_every_schedule!(
                    twice,
                    c = vec![7.0_f32; m * n],
                    (
                        GlobalTensor::new(&a, &[m, k]).unwrap().whole(),
                        GlobalTensor::new(&b, &[k, n]).unwrap().whole(),
                        GlobalTensorMut::new(&mut c, &[m, n]).unwrap().whole(),
                    )
                );
                for (at, got) in c.iter().enumerate() {
                    let terms = (0..k).map(|l| f64::from(a[at / n * k + l]) * f64::from(b[l * n + at % n]));
                    assert_eq!(f64::from(*got), 2.0 * terms.sum::<f64>(), "{m} x {k} x {n} at {at}");
                }
            }
        }
    )*};
}

products! {
    e4m3: F8E4M3 F8E4M3;
    e5m2: F8E5M2 F8E5M2;
    hif8: HiF8 HiF8;
    e4m3_by_e5m2: F8E4M3 F8E5M2;
    e5m2_by_e4m3: F8E5M2 F8E4M3;
}

macro_rules! drains {
    ($($name:ident: $t:ident $most:literal |$low:ident, $high:ident| $tie:expr;)*) => {$(
        /// A column times a row, stored with a scale: the nearest element, or the greatest.
        #[test]
        fn $name() {
            #[derive(Buffers)]
            struct Tiles<'k> {
                a: MatTile<'k, f32, M, 32, Dyn, Nz, A5>,
                b: MatTile<'k, f32, 32, N, Dyn, Nz, A5>,
                left: LeftTile<'k, f32, M, 32, Dyn, A5>,
                right: RightTile<'k, f32, 32, N, Dyn, A5>,
                acc: AccTile<'k, f32, M, N, Dyn, A5>,
            }

            #[kernel]
            fn outer<'k>(
                tiles: Tiles<'k>,
                a: GlobalIn<'k, f32>,
                b: GlobalIn<'k, f32>,
                c: GlobalOut<'k, $t, RowMajor, PipeFix>,
            ) -> Retired<Tiles<'k>> {
                let a = tload(tiles.a, &a.tile(0, 0)).record::<TMovM2L>();
                let b = tload(tiles.b, &b.tile(0, 0)).record::<TMovM2R>();
                let left = tmov(tiles.left, &a).record::<TMatmul>();
                let right = tmov(tiles.right, &b).record::<TMatmul>();
                let acc = tmatmul(tiles.acc, &left, &right).record::<TStoreAcc>();
                let acc = tstore_with(&c.tile(0, 0), acc, Drain::new().scale(0.375));
                Tiles::retire(TilesTokens { a, b, left, right, acc })
            }

            let mut rng = rng();
            let mut ladder: Vec<(f64, u64)> = (0..=255)
                .map(|bits| (f64::from($t::from_bits(bits)), Dtype::to_bits($t::from_bits(bits))))
                .filter(|(x, _)| x.is_finite())
                .collect();
            ladder.sort_by(|a, b| a.0.total_cmp(&b.0));
            ladder.dedup_by(|a, b| a.0 == b.0);
            let mut some = |count: usize| -> Vec<f32> {
                (0..count).map(|_| (rng.f32() - 0.5) * 2.0_f32.powi(rng.i32(-6..11))).collect()
            };
            let (a, b) = (some(M), some(N));
            let c = on_every_schedule!(
                outer,
                c = vec![$t::from_f32(1.0); M * N],
                (
                    GlobalTensor::new(&a, &[M, 1]).unwrap().whole(),
                    GlobalTensor::new(&b, &[1, N]).unwrap().whole(),
                    GlobalTensorMut::new(&mut c, &[M, N]).unwrap().whole(),
                )
            );
            for (at, got) in c.iter().enumerate() {
                let sum = (f64::from(a[at / N]) * f64::from(b[at % N])) as f32;
                let exact = (f64::from(sum) * 0.375).clamp(-$most, $most);
                let above = ladder.partition_point(|(x, _)| *x < exact);
                let want = if ladder[above].0 == exact {
                    exact
                } else {
                    let ($low, $high) = (ladder[above - 1], ladder[above]);
                    match (exact - $low.0).total_cmp(&($high.0 - exact)) {
                        std::cmp::Ordering::Less => $low.0,
                        std::cmp::Ordering::Greater => $high.0,
                        std::cmp::Ordering::Equal => $tie,
                    }
                };
                assert_eq!(f64::from(*got), want, "{exact} at {at}");
            }
        }
    )*};
}

drains! {
    an_accumulator_leaves_as_e4m3: F8E4M3 448.0 |low, high| if low.1 & 1 == 0 { low.0 } else { high.0 };
    an_accumulator_leaves_as_hif8: HiF8 32_768.0 |low, high| if low.0 < 0.0 { low.0 } else { high.0 };
}
