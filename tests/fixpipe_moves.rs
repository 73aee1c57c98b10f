//! TMOV from an accumulator to a `Vec` tile and from there to a `Mat` tile, on a5: every dtype, whole and ragged tiles, on
//! every schedule.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{Number, assert_close, data, on_every_schedule, rng, small};
use tilesync::prelude::*;
use tilesync::tile::space;

/// Rows and columns: whole tiles, nothing that divides, less than a line, single rows and columns.
const SIZES: [(usize, usize); 6] = [(48, 96), (47, 81), (17, 33), (1, 96), (48, 1), (5, 7)];

macro_rules! out_of_the_accumulator {
    ($name:ident: $factor:ident $t:ident $of:expr) => {
        mod $name {
            use super::*;

            #[derive(Buffers)]
            struct Tiles<'k> {
                x: MatTile<'k, $factor, 48, 32, Dyn, Nz, A5>,
                y: MatTile<'k, $factor, 32, 96, Dyn, Nz, A5>,
                left: LeftTile<'k, $factor, 48, 32, Dyn, A5>,
                right: RightTile<'k, $factor, 32, 96, Dyn, A5>,
                acc: AccTile<'k, <$t as tilesync::tile::Dtype>::Sum, 48, 96, Dyn, A5>,
                out: VecTile<'k, $t, 48, 96, Dyn, A5>,
            }

            /// `out = x * y`, a column times a row.
            #[kernel]
            fn outer<'k>(
                tiles: Tiles<'k>,
                x: GlobalIn<'k, $factor>,
                y: GlobalIn<'k, $factor>,
                out: GlobalOut<'k, $t>,
            ) -> Retired<Tiles<'k>> {
                let x = tload(tiles.x, &x.tile(0, 0)).record::<TMovM2L>();
                let y = tload(tiles.y, &y.tile(0, 0)).record::<TMovM2R>();
                let left = tmov(tiles.left, &x).record::<TMatmul>();
                let right = tmov(tiles.right, &y).record::<TMatmul>();
                let acc = tmatmul(tiles.acc, &left, &right).record::<TMovA2V>();
                let moved = tmov(tiles.out, &acc).record::<TStoreVec>();
                let stored = tstore(&out.tile(0, 0), moved);
                Tiles::retire(TilesTokens { x, y, left, right, acc, out: stored })
            }

            #[test]
            fn is_rounded_once() {
                let mut rng = rng();
                for (m, n) in SIZES {
                    let x = data::<$factor>(&mut rng, m);
                    let y = small::<$factor>(&mut rng, n);
                    let out = on_every_schedule!(
                        outer,
                        out = vec![$t::of(7 as _); m * n],
                        (
                            GlobalTensor::new(&x, &[m, 1]).unwrap().whole(),
                            GlobalTensor::new(&y, &[1, n]).unwrap().whole(),
                            GlobalTensorMut::new(&mut out, &[m, n]).unwrap().whole(),
                        )
                    );
                    assert_close("the sum", 0, &out, |at| $of(x[at / n].wide(), y[at % n].wide()));
                }
            }
        }
    };
}

/// The sum of one product, in f32.
fn sum(x: f64, y: f64) -> f64 {
    f64::from((x * y) as f32)
}

out_of_the_accumulator!(f32_as_it_is: f32 f32 |x, y| f32::of(sum(x, y)));
out_of_the_accumulator!(f32_to_f16: f32 f16 |x, y| f16::of(sum(x, y)));
out_of_the_accumulator!(f32_to_bf16: bf16 bf16 |x, y| bf16::of(sum(x, y)));
out_of_the_accumulator!(i32_as_it_is: i8 i32 |x: i128, y: i128| i32::of(x * y));

macro_rules! back_to_a_factor {
    ($name:ident: $t:ident $acc:ident) => {
        mod $name {
            use super::*;

            #[derive(Buffers)]
            struct Tiles<'k> {
                x: VecTile<'k, $t, 48, 96, Dyn, A5>,
                fractals: Tile<'k, space::Vec, $t, 48, 96, Nz, Dyn, A5>,
                factor: MatTile<'k, $t, 48, 96, Dyn, Nz, A5>,
                y: MatTile<'k, $t, 96, 96, Dyn, Nz, A5>,
                left: LeftTile<'k, $t, 48, 96, Dyn, A5>,
                right: RightTile<'k, $t, 96, 96, Dyn, A5>,
                acc: AccTile<'k, $acc, 48, 96, Dyn, A5>,
            }

            /// `out = x * y`, with `x` by way of the vector side.
            #[kernel]
            fn product<'k>(
                tiles: Tiles<'k>,
                x: GlobalIn<'k, $t>,
                y: GlobalIn<'k, $t>,
                out: GlobalOut<'k, $acc, RowMajor, PipeFix>,
            ) -> Retired<Tiles<'k>> {
                let x = tload(tiles.x, &x.tile(0, 0)).record::<TMovV2V>();
                let fractals = tmov(tiles.fractals, &x).record::<TMovV2M>();
                let factor = tmov(tiles.factor, &fractals).record::<TMovM2L>();
                let y = tload(tiles.y, &y.tile(0, 0)).record::<TMovM2R>();
                let left = tmov(tiles.left, &factor).record::<TMatmul>();
                let right = tmov(tiles.right, &y).record::<TMatmul>();
                let acc = tmatmul(tiles.acc, &left, &right).record::<TStoreAcc>();
                let stored = tstore(&out.tile(0, 0), acc);
                Tiles::retire(TilesTokens { x, fractals, factor, y, left, right, acc: stored })
            }

            /// Times the unit matrix, what comes back is what went in.
            #[test]
            fn keeps_each_element() {
                let mut rng = rng();
                for (m, n) in SIZES {
                    let x = small::<$t>(&mut rng, m * n);
                    let unit: Vec<$t> =
                        (0..n * n).map(|at| $t::of(u8::from(at / n == at % n).into())).collect();
                    let out = on_every_schedule!(
                        product,
                        out = vec![$acc::of(7 as _); m * n],
                        (
                            GlobalTensor::new(&x, &[m, n]).unwrap().whole(),
                            GlobalTensor::new(&unit, &[n, n]).unwrap().whole(),
                            GlobalTensorMut::new(&mut out, &[m, n]).unwrap().whole(),
                        )
                    );
                    assert_close("the product", 0, &out, |at| $acc::of(x[at].wide()));
                }
            }
        }
    };
}

back_to_a_factor!(of_f32: f32 f32);
back_to_a_factor!(of_f16: f16 f32);
back_to_a_factor!(of_bf16: bf16 f32);
back_to_a_factor!(of_i8: i8 i32);

#[derive(Buffers)]
struct Fixed<'k> {
    x: VecTile<'k, f32, 16, 16, Dyn, A5>,
    y: Tile<'k, space::Mat, f32, 16, 16, RowMajor, Full, A5>,
}

#[kernel]
fn fixed<'k>(tiles: Fixed<'k>, x: GlobalIn<'k, f32>) -> Retired<Fixed<'k>> {
    let x = tload(tiles.x, &x.tile(0, 0)).record::<TMovV2M>();
    let y = tmov(tiles.y, &x);
    Fixed::retire(FixedTokens { x, y })
}

#[test]
fn a_tile_that_must_be_full_does_not_take_a_part() {
    let x = [1.0; 15];
    let args = (GlobalTensor::new(&x, &[3, 5]).unwrap().whole(),);
    let error = Eager::new().launch(&fixed, 1, args).unwrap_err();
    let LaunchError::Fault(fault) = error else { panic!("{error}") };
    assert!(fault.to_string().contains("TMOV_V2M"), "{fault}");
}
