//! Accumulators to tensors in rows, in fractals, in columns and as images: stored, scaled, and added to; and tensors in fractals with
//! outer dimensions. Against the places that the layouts are defined by.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{Number, on_every_schedule, rng, small};
use half::{bf16, f16};
use tilesync::prelude::*;
use tilesync::tile::Dtype;

/// Pixels and channels, or rows and columns.
const M: usize = 32;
const N: usize = 64;

macro_rules! leaves {
    ($($name:ident: $ch:ident $factor:ident $sum:ident $out:ident $layout:ident $shape:expr, $at:expr;)*) => {$(
        mod $name {
            use super::*;

            #[derive(Buffers)]
            struct Tiles<'k> {
                x: MatTile<'k, $factor, M, M, Full, Nz, $ch>,
                y: MatTile<'k, $factor, M, N, Full, Nz, $ch>,
                left: LeftTile<'k, $factor, M, M, Full, $ch>,
                right: RightTile<'k, $factor, M, N, Full, $ch>,
                acc: AccTile<'k, $sum, M, N, Full, $ch>,
            }

            #[kernel]
            fn product<'k>(
                tiles: Tiles<'k>,
                x: GlobalIn<'k, $factor>,
                y: GlobalIn<'k, $factor>,
                out: GlobalOut<'k, $out, $layout, PipeFix>,
                relu: bool,
            ) -> Retired<Tiles<'k>> {
                let x = tload(tiles.x, &x.tile(0, 0)).record::<TMovM2L>();
                let y = tload(tiles.y, &y.tile(0, 0)).record::<TMovM2R>();
                let left = tmov(tiles.left, &x).record::<TMatmul>();
                let right = tmov(tiles.right, &y).record::<TMatmul>();
                let acc = tmatmul(tiles.acc, &left, &right).record::<TStoreAcc>();
                let acc = if relu {
                    tstore_with(&out.at(0, 0), acc, Drain::new().relu())
                } else {
                    tstore(&out.at(0, 0), acc)
                };
                Tiles::retire(TilesTokens { x, y, left, right, acc })
            }

            /// Times the unit matrix, each element is where the layout says.
            #[test]
            fn is_where_the_layout_says() {
                let unit: Vec<$factor> = (0..M * M).map(|at| <$factor>::of(u8::from(at / M == at % M).into())).collect();
                let y: Vec<$factor> = small(&mut rng(), M * N);
                for relu in [false, true] {
                    let out = on_every_schedule!(
                        product,
                        out = vec![<$out as Dtype>::ZERO; M * N],
                        (
                            GlobalTensor::new(&unit, &[M, M]).unwrap().whole(),
                            GlobalTensor::new(&y, &[M, N]).unwrap().whole(),
                            GlobalTensorMut::<_, $layout>::new(&mut out, &$shape).unwrap().whole(),
                            relu,
                        )
                    );
                    for (row, col) in (0..M * N).map(|at| (at / N, at % N)) {
                        let x = y[row * N + col].wide();
                        let want = <$out>::of(if relu && x < <$factor>::ZERO.wide() { <$factor>::ZERO.wide() } else { x });
                        let place: fn(usize, usize) -> usize = $at;
                        assert_eq!(out[place(row, col)], want, "{row}, {col}");
                    }
                }
            }
        }
    )*};
}

leaves! {
    rows: A2A3 f16 f32 f32 RowMajor [M, N], |m, n| m * N + n;
    rows_of_i32: A5 i8 i32 i32 RowMajor [M, N], |m, n| m * N + n;
    fractals_of_f16: A2A3 f16 f32 f16 Nz [1, 4, 2, 16, 16], |m, n| (n / 16 * M + m) * 16 + n % 16;
    fractals_of_f32: A5 f16 f32 f32 Nz [1, 8, 2, 16, 8], |m, n| (n / 8 * M + m) * 8 + n % 8;
    fractals_in_two_halves: A2A3 f16 f32 bf16 Nz [2, 2, 2, 16, 16], |m, n| (n / 16 * M + m) * 16 + n % 16;
    images_of_f16: A2A3 f16 f32 f16 Nc1hwc0 [1, 4, 4, 8, 16], |m, n| (n / 16 * M + m) * 16 + n % 16;
    images_of_i32: A2A3 i8 i32 i32 Nc1hwc0 [1, 8, 4, 8, 8], |m, n| (n / 8 * M + m) * 8 + n % 8;
    columns_of_f32: A5 f16 f32 f32 ColMajor [M, N], |m, n| n * M + m;
    columns_of_bf16: A5 bf16 f32 bf16 ColMajor [M, N], |m, n| n * M + m;
}

#[derive(Buffers)]
struct Ub<'k> {
    x: Tile<'k, tilesync::tile::space::Vec, f16, 32, 64, Nz, Dyn>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f16, Nz>, y: GlobalOut<'k, f16, Nz>) -> Retired<Ub<'k>> {
    let x = tload(ub.x, &x.at(0, 0)).record::<TStoreVec>();
    Ub::retire(UbTokens { x: tstore(&y.at(0, 0), x) })
}

/// The outer dimension counts groups of columns of fractals, wherever they lie.
#[test]
fn fractals_have_outer_dimensions() {
    let x = small::<f16>(&mut rng(), 2 * 2000);
    let shape = [2, 2, 2, 16, 16];
    let apart = GlobalTensor::<_, Nz>::with_stride(&x, shape, [2000, 512, 256, 16, 1]).unwrap();
    let y = on_every_schedule!(
        copy,
        out = vec![f16::ZERO; 2048],
        (apart.whole(), GlobalTensorMut::new(&mut out, &shape).unwrap().whole())
    );
    for (at, got) in y.iter().enumerate() {
        assert_eq!(*got, x[at / 1024 * 2000 + at % 1024], "{at}");
    }
}
