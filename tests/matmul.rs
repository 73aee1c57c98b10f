//! The matrix products, from global memory and back: every dtype pair, odd sizes, against `f64` and `i128`.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{Number, Wide, rng, small};
use tilesync::prelude::*;
use tilesync::tile::Dtype;
use tilesync::{Fault, LaunchError, Trouble};

/// m, k and n: whole tiles, nothing that divides, single rows, columns and products.
const SIZES: [(usize, usize, usize); 6] =
    [(48, 96, 160), (1, 1, 1), (17, 33, 5), (48, 1, 160), (1, 96, 150), (33, 95, 1)];

/// Element `at` of `a * b`.
fn product<T: Number>(a: &[T], b: &[T], (k, n): (usize, usize), at: usize) -> T::Wide {
    let (row, col) = (at / n, at % n);
    let terms = (0..k).map(|i| a[row * k + i].wide().times(b[i * n + col].wide()));
    terms.fold(T::Wide::ZERO, |sum, term| sum + term)
}

/// Whether a sum of `k` products, each of at most 64 in magnitude, is as near as f32 can be.
trait Near: Copy + std::fmt::Debug {
    fn near(self, exact: f64, k: usize) -> bool;
}

impl Near for f32 {
    fn near(self, exact: f64, k: usize) -> bool {
        (f64::from(self) - exact).abs() <= (k * k) as f64 * 64.0 * f64::from(f32::EPSILON)
    }
}

impl Near for i32 {
    fn near(self, exact: f64, _: usize) -> bool {
        f64::from(self) == exact
    }
}

macro_rules! dtype_test {
    ($name:ident: $t:ident $sum:ident $to_f64:expr, $ch:ident $bias_t:ident) => {
        mod $name {
            use super::*;

            #[derive(Buffers)]
            struct Tiles<'k> {
                a: MatTile<'k, $t, 48, 96, Dyn, Nz, $ch>,
                b: MatTile<'k, $t, 96, 160, Dyn, Nz, $ch>,
                bias: Tile<'k, tilesync::tile::space::Mat, $bias_t, 1, 160, RowMajor, Dyn, $ch>,
                left: LeftTile<'k, $t, 48, 96, Dyn, $ch>,
                right: RightTile<'k, $t, 96, 160, Dyn, $ch>,
                table: BiasTile<'k, $sum, 160, Dyn, $ch>,
                acc: AccTile<'k, $sum, 48, 160, Dyn, $ch>,
            }

            /// `c = bias + a * b + a * b`.
            #[kernel]
            fn twice<'k>(
                tiles: Tiles<'k>,
                a: GlobalIn<'k, $t>,
                b: GlobalIn<'k, $t>,
                bias: GlobalIn<'k, $bias_t>,
                c: GlobalOut<'k, $sum, RowMajor, PipeFix>,
            ) -> Retired<Tiles<'k>> {
                let a = tload(tiles.a, &a.tile(0, 0)).record::<TMovM2L>();
                let b = tload(tiles.b, &b.tile(0, 0)).record::<TMovM2R>();
                let bias = tload(tiles.bias, &bias.tile(0, 0)).record::<TMovM2B>();
                let left = tmov(tiles.left, &a).record::<TMatmul>();
                let right = tmov(tiles.right, &b).record::<TMatmul>();
                let table = tmov(tiles.table, &bias).record::<TMatmul>();
                let acc = tmatmul_bias(tiles.acc, &left, &right, &table);
                let acc = tmatmul_acc(acc, &left, &right);
                let acc = tstore(&c.tile(0, 0), acc.record::<TStoreAcc>());
                Tiles::retire(TilesTokens { a, b, bias, left, right, table, acc })
            }

            /// `c = a * b`, or the row of it.
            #[kernel]
            fn once<'k>(
                tiles: Tiles<'k>,
                a: GlobalIn<'k, $t>,
                b: GlobalIn<'k, $t>,
                c: GlobalOut<'k, $sum, RowMajor, PipeFix>,
            ) -> Retired<Tiles<'k>> {
                let a = tload(tiles.a, &a.tile(0, 0)).record::<TMovM2L>();
                let b = tload(tiles.b, &b.tile(0, 0)).record::<TMovM2R>();
                let (left, right) = (tmov(tiles.left, &a), tmov(tiles.right, &b));
                let (acc, left, right) = if c.rows() == 1 {
                    let (left, right) = (left.record::<TGemv>(), right.record::<TGemv>());
                    let acc = tgemv(tiles.acc, &left, &right).record::<TStoreAcc>();
                    (tstore(&c.tile(0, 0), acc), left.retire(), right.retire())
                } else {
                    let (left, right) = (left.record::<TMatmul>(), right.record::<TMatmul>());
                    let acc = tmatmul(tiles.acc, &left, &right).record::<TStoreAcc>();
                    (tstore(&c.tile(0, 0), acc), left.retire(), right.retire())
                };
                Tiles::retire(TilesTokens {
                    a,
                    b,
                    bias: tiles.bias,
                    left,
                    right,
                    table: tiles.table,
                    acc,
                })
            }

            #[test]
            fn agrees_with_the_oracle() {
                let mut rng = rng();
                for (m, k, n) in SIZES {
                    let (a, b) = (small::<$t>(&mut rng, m * k), small::<$t>(&mut rng, k * n));
                    let bias = small::<$bias_t>(&mut rng, n);
                    let left = GlobalTensor::new(&a, &[m, k]).unwrap();
                    let right = GlobalTensor::new(&b, &[k, n]).unwrap();
                    let start = GlobalTensor::new(&bias, &[1, n]).unwrap();

                    let mut c = vec![$sum::MAX; m * n];
                    let mut out = GlobalTensorMut::new(&mut c, &[m, n]).unwrap();
                    let args = (left.whole(), right.whole(), out.whole());
                    Eager::new().launch(&once, 1, args).unwrap();
                    for (at, got) in c.iter().enumerate() {
                        let exact = $to_f64(product(&a, &b, (k, n), at));
                        assert!(got.near(exact, k), "{m}x{k}x{n} at {at}: {got:?}, not {exact}");
                    }

                    let mut out = GlobalTensorMut::new(&mut c, &[m, n]).unwrap();
                    let args = (left.whole(), right.whole(), start.whole(), out.whole());
                    Pipelined::new().order(Order::Random(1)).launch(&twice, 1, args).unwrap();
                    for (at, got) in c.iter().enumerate() {
                        let exact = $to_f64(product(&a, &b, (k, n), at));
                        let exact = 2.0 * exact + $to_f64(bias[at % n].wide());
                        assert!(
                            got.near(exact, 2 * k),
                            "{m}x{k}x{n} at {at}: {got:?}, not {exact}"
                        );
                    }
                }
            }

            /// A factor with fewer rows than k would be read outside of its valid region.
            #[test]
            fn factors_that_do_not_fit_stop_the_kernel() {
                let (a, b) = (
                    [<$t as tilesync::tile::Dtype>::ONE; 4 * 8],
                    [<$t as tilesync::tile::Dtype>::ONE; 7 * 5],
                );
                let left = GlobalTensor::new(&a, &[4, 8]).unwrap();
                let right = GlobalTensor::new(&b, &[7, 5]).unwrap();
                let mut c = [<$sum as Dtype>::ZERO; 20];
                let mut out = GlobalTensorMut::new(&mut c, &[4, 5]).unwrap();
                let args = (left.whole(), right.whole(), out.whole());
                let error = Eager::new().launch(&once, 1, args).unwrap_err();
                let LaunchError::Fault(Fault { trouble, .. }) = error else { panic!("{error}") };
                let expected =
                    Trouble::ValidMismatch { code: OpCode::TMATMUL, left: (4, 8), right: (7, 5) };
                assert_eq!(trouble, expected);
            }
        }
    };
}

dtype_test!(f32_into_f32: f32 f32 |x: f64| x, A2A3 f32);
dtype_test!(f16_into_f32: f16 f32 |x: f64| x, A2A3 f16);
dtype_test!(bf16_into_f32: bf16 f32 |x: f64| x, A2A3 f32);
dtype_test!(i8_into_i32: i8 i32 |x: i128| x as f64, A2A3 i32);
dtype_test!(f32_on_a5: f32 f32 |x: f64| x, A5 f32);
dtype_test!(bf16_on_a5: bf16 f32 |x: f64| x, A5 bf16);
dtype_test!(i8_on_a5: i8 i32 |x: i128| x as f64, A5 i32);
