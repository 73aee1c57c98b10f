//! TMOV, TEXTRACT and TINSERT from an accumulator to L1: every element type of both chips, whole and ragged tiles, windows that
//! start anywhere, against `f64`.
#![allow(clippy::unwrap_used, clippy::too_many_arguments, reason = "a test")]

mod common;

use common::{Number, Wide, assert_close, on_every_schedule, rng, small};
use tilesync::exec::explore::explore;
use tilesync::prelude::*;
use tilesync::tile::Dtype;
use tilesync::{Fault, Trouble};

const ROWS: usize = 64;
const COLS: usize = 96;
/// Valid rows and columns of the accumulator, and the corner of the windows.
const CASES: [([usize; 2], [usize; 2]); 5] = [
    ([48, 64], [16, 32]),
    ([47, 61], [3, 5]),
    ([17, 33], [0, 0]),
    ([1, 60], [0, 1]),
    ([30, 1], [29, 0]),
];
/// The scale of the modules that scale: sums become whole numbers and halves.
const SCALE: f32 = 0.5;

/// What leaves of a sum; its elements are integers.
trait Leaves: Number {
    fn leaves(exact: f64) -> Self;
}

macro_rules! leaves {
    ($($t:ident |$exact:ident| $value:expr;)*) => {$(
        impl Leaves for $t {
            fn leaves($exact: f64) -> Self {
                $value
            }
        }
    )*};
}

leaves! {
    i8 |x| x.round_ties_even().clamp(-128.0, 127.0) as i8;
    u8 |x| x.round_ties_even().clamp(0.0, 255.0) as u8;
    i16 |x| x.floor().clamp(-32_768.0, 32_767.0) as i16;
    i32 |x| x as i32;
    f32 |x| f32::of(x);
    f16 |x| f16::of(x);
    bf16 |x| bf16::of(x);
}

/// What the three tiles hold, one below the other, in the region that is valid; `rest` is what is inserted into.
fn expected<T: Leaves>(
    [m, n]: [usize; 2],
    [row, col]: [usize; 2],
    sum: impl Fn(usize, usize) -> f64,
    rest: &[T],
    at: (usize, usize),
) -> Option<T> {
    let (tile, i, j) = (at.0 / ROWS, at.0 % ROWS, at.1);
    match tile {
        0 if i < m && j < n => Some(T::leaves(sum(i, j))),
        1 if i + row < m && j + col < n => Some(T::leaves(sum(i + row, j + col))),
        2 if (row..row + m).contains(&i) && (col..col + n).contains(&j) => {
            Some(T::leaves(sum(i - row, j - col)))
        }
        2 => Some(rest[i * COLS + j]),
        _ => None,
    }
}

macro_rules! modules {
    ($($name:ident: $module:ident $ch:ident $factor:ident $sum:ident $out:ident,
       $tmov:ident $textract:ident $tinsert:ident ($($how:tt)*) |$x:ident| $leaves:expr;)*) => {$(
        mod $name {
            use super::*;

            $module!($ch $factor $sum $out, $tmov $textract $tinsert ($($how)*) |$x| $leaves);
        }
    )*};
}

/// The kernel up to the three tiles, and what follows.
macro_rules! fills {
    ($tiles:ident, $x:ident, $y:ident, $rest:ident, $row:ident, $col:ident, $next:ident,
     $tmov:ident $textract:ident $tinsert:ident ($($how:tt)*)) => {{
        let x = tload($tiles.x, &$x.tile(0, 0)).record::<TMovM2L>();
        let y = tload($tiles.y, &$y.tile(0, 0)).record::<TMovM2R>();
        let rest = tload($tiles.inserted, &$rest.tile(0, 0)).record::<TInsertA2M>();
        let left = tmov($tiles.left, &x).record::<TMatmul>();
        let right = tmov($tiles.right, &y).record::<TMatmul>();
        let acc = tmatmul($tiles.acc, &left, &right).record::<TMovA2M>().wait();
        let moved = $tmov($tiles.moved, &acc $($how)*).record::<$next>();
        let cut = $textract($tiles.cut, &acc, $row, $col $($how)*).record::<$next>();
        let inserted = $tinsert(rest, &acc, $row, $col $($how)*).record::<$next>();
        (x, y, left, right, acc, moved, cut, inserted)
    }};
}

/// On a2a3 a tile in L1 is stored as it is.
macro_rules! stored {
    ($ch:ident $factor:ident $sum:ident $out:ident,
     $tmov:ident $textract:ident $tinsert:ident ($($how:tt)*) |$x:ident| $leaves:expr) => {
        #[derive(Buffers)]
        pub(super) struct Tiles<'k> {
            x: MatTile<'k, $factor, ROWS, 32, Dyn>,
            y: MatTile<'k, $factor, 32, COLS, Dyn>,
            left: LeftTile<'k, $factor, ROWS, 32, Dyn>,
            right: RightTile<'k, $factor, 32, COLS, Dyn>,
            acc: AccTile<'k, $sum, ROWS, COLS, Dyn>,
            moved: MatTile<'k, $out, ROWS, COLS, Dyn>,
            cut: MatTile<'k, $out, ROWS, COLS, Dyn>,
            inserted: MatTile<'k, $out, ROWS, COLS>,
        }

        #[kernel]
        pub(super) fn outer<'k>(
            tiles: Tiles<'k>,
            x: GlobalIn<'k, $factor>,
            y: GlobalIn<'k, $factor>,
            rest: GlobalIn<'k, $out>,
            out: GlobalOut<'k, $out, Nz>,
            row: usize,
            col: usize,
        ) -> Retired<Tiles<'k>> {
            let (x, y, left, right, acc, moved, cut, inserted) =
                fills!(tiles, x, y, rest, row, col, TStoreMat, $tmov $textract $tinsert ($($how)*));
            let moved = tstore(&out.at(0, 0), moved);
            let cut = tstore(&out.at(ROWS, 0), cut);
            let inserted = tstore(&out.at(2 * ROWS, 0), inserted);
            Tiles::retire(TilesTokens { x, y, left, right, acc, moved, cut, inserted })
        }

        #[test]
        fn every_window_is_where_it_should_be() {
            let mut rng = rng();
            for (valid @ [m, n], corner) in CASES {
                let (x, y) = (small::<$factor>(&mut rng, m), small::<$factor>(&mut rng, n));
                let rest = small::<$out>(&mut rng, ROWS * COLS);
                let c0 = 32 / size_of::<$out>();
                let out = on_every_schedule!(
                    outer,
                    out = vec![<$out as Dtype>::ONE; 3 * ROWS * COLS],
                    (
                        GlobalTensor::new(&x, &[m, 1]).unwrap().whole(),
                        GlobalTensor::new(&y, &[1, n]).unwrap().whole(),
                        GlobalTensor::new(&rest, &[ROWS, COLS]).unwrap().whole(),
                        GlobalTensorMut::new(&mut out, &[1, COLS / c0, 3 * ROWS / 16, 16, c0]).unwrap().whole(),
                        corner[0],
                        corner[1],
                    )
                );
                let sum = |i: usize, j: usize| {
                    let $x = x[i].product(y[j]);
                    $leaves
                };
                let at = |at: usize| (at / c0 % (3 * ROWS), at / (3 * ROWS * c0) * c0 + at % c0);
                assert_close("the tiles", 0, &out, |i| {
                    expected(valid, corner, sum, &rest, at(i)).unwrap_or(Dtype::ONE)
                });
            }
        }
    };
}

/// On a5 it is not: there each tile is multiplied with a unit matrix.
macro_rules! multiplied {
    ($ch:ident $factor:ident $sum:ident $out:ident,
     $tmov:ident $textract:ident $tinsert:ident ($($how:tt)*) |$x:ident| $leaves:expr) => {
        type Back = <$out as tilesync::isa::bounds::Factor>::Acc;

        #[derive(Buffers)]
        struct Tiles<'k> {
            x: MatTile<'k, $factor, ROWS, 32, Dyn, Nz, A5>,
            y: MatTile<'k, $factor, 32, COLS, Dyn, Nz, A5>,
            unit: MatTile<'k, $out, COLS, COLS, Full, Nz, A5>,
            left: LeftTile<'k, $factor, ROWS, 32, Dyn, A5>,
            right: RightTile<'k, $factor, 32, COLS, Dyn, A5>,
            acc: AccTile<'k, $sum, ROWS, COLS, Dyn, A5>,
            moved: MatTile<'k, $out, ROWS, COLS, Dyn, Nz, A5>,
            cut: MatTile<'k, $out, ROWS, COLS, Dyn, Nz, A5>,
            inserted: MatTile<'k, $out, ROWS, COLS, Dyn, Nz, A5>,
            factor: LeftTile<'k, $out, ROWS, COLS, Dyn, A5>,
            by: RightTile<'k, $out, COLS, COLS, Full, A5>,
            back: AccTile<'k, Back, ROWS, COLS, Dyn, A5>,
        }

        #[kernel]
        fn outer<'k>(
            tiles: Tiles<'k>,
            x: GlobalIn<'k, $factor>,
            y: GlobalIn<'k, $factor>,
            rest: GlobalIn<'k, $out>,
            unit: GlobalIn<'k, $out>,
            out: GlobalOut<'k, Back, RowMajor, PipeFix>,
            row: usize,
            col: usize,
        ) -> Retired<Tiles<'k>> {
            let (x, y, left, right, acc, moved, cut, inserted) =
                fills!(tiles, x, y, rest, row, col, TMovM2L, $tmov $textract $tinsert ($($how)*));
            let unit = tload(tiles.unit, &unit.tile(0, 0)).record::<TMovM2R>();
            let by = tmov(tiles.by, &unit).record::<TMatmul>();

            let factor = tmov(tiles.factor, &moved).record::<TMatmul>();
            let back = tmatmul(tiles.back, &factor, &by).record::<TStoreAcc>();
            let back = tstore(&out.at(0, 0), back).release::<TMatmul>();
            let factor = tmov(factor.release::<TMovM2L>(), &cut).record::<TMatmul>();
            let back = tmatmul(back, &factor, &by).record::<TStoreAcc>();
            let back = tstore(&out.at(ROWS, 0), back).release::<TMatmul>();
            let factor = tmov(factor.release::<TMovM2L>(), &inserted).record::<TMatmul>();
            let back = tmatmul(back, &factor, &by).record::<TStoreAcc>();
            let back = tstore(&out.at(2 * ROWS, 0), back);
            Tiles::retire(TilesTokens { x, y, unit, left, right, acc, moved, cut, inserted, factor, by, back })
        }

        #[test]
        fn every_window_is_where_it_should_be() {
            let mut rng = rng();
            let unit: Vec<$out> =
                (0..COLS * COLS).map(|at| $out::of(u8::from(at / COLS == at % COLS).into())).collect();
            for (valid @ [m, n], corner) in CASES {
                let (x, y) = (small::<$factor>(&mut rng, m), small::<$factor>(&mut rng, n));
                let rest = small::<$out>(&mut rng, ROWS * COLS);
                let out = on_every_schedule!(
                    outer,
                    out = vec![<Back as Dtype>::ONE; 3 * ROWS * COLS],
                    (
                        GlobalTensor::new(&x, &[m, 1]).unwrap().whole(),
                        GlobalTensor::new(&y, &[1, n]).unwrap().whole(),
                        GlobalTensor::new(&rest, &[ROWS, COLS]).unwrap().whole(),
                        GlobalTensor::new(&unit, &[COLS, COLS]).unwrap().whole(),
                        GlobalTensorMut::new(&mut out, &[3 * ROWS, COLS]).unwrap().whole(),
                        corner[0],
                        corner[1],
                    )
                );
                let sum = |i: usize, j: usize| {
                    let $x = x[i].product(y[j]);
                    $leaves
                };
                // The rows that are valid are whole in the product: what is not there is nothing times something.
                for (at, got) in out.iter().enumerate() {
                    let place = (at / COLS, at % COLS);
                    if let Some(want) = expected::<$out>(valid, corner, sum, &rest, place) {
                        assert_eq!(got.wide(), want.wide(), "{valid:?} {corner:?} at {place:?}");
                    }
                }
            }
        }
    };
}

/// The product as the accumulator has it.
trait Product: Number {
    fn product(self, by: Self) -> f64;
}

impl Product for f32 {
    fn product(self, by: f32) -> f64 {
        f64::from((f64::from(self) * f64::from(by)) as f32)
    }
}

impl Product for i8 {
    fn product(self, by: i8) -> f64 {
        self.wide().times(by.wide()) as f64
    }
}

modules! {
    plain_f16: stored A2A3 f32 f32 f16, tmov textract tinsert () |x| x;
    plain_bf16: stored A2A3 f32 f32 bf16, tmov textract tinsert () |x| x;
    relu_f16: stored A2A3 f32 f32 f16, tmov_with textract_with tinsert_with (, Drain::new().relu()) |x| x.max(0.0);
    f32_to_i8: stored A2A3 f32 f32 i8, tmov_with textract_with tinsert_with (, Drain::new().scale(SCALE)) |x| x * 0.5;
    i32_to_i8: stored A2A3 i8 i32 i8, tmov_with textract_with tinsert_with (, Drain::new().scale(SCALE)) |x| x * 0.5;
    i32_to_u8: stored A2A3 i8 i32 u8, tmov_with textract_with tinsert_with (, Drain::new().scale(SCALE)) |x| x * 0.5;
    i32_to_f16: stored A2A3 i8 i32 f16, tmov_with textract_with tinsert_with (, Drain::new().scale(SCALE).relu()) |x| x * 0.5;
    shifted_i16: stored A2A3 i8 i32 i16, tmov_with textract_with tinsert_with (, Drain::new().shift(2)) |x| x / 4.0;
    i32_to_u8_with_offset: stored A2A3 i8 i32 u8, tmov_with textract_with tinsert_with (, Drain::new().scale(SCALE).offset(77)) |x| x * 0.5 + 77.0;
    f32_on_a5: multiplied A5 f32 f32 f32, tmov textract tinsert () |x| x;
    f16_on_a5: multiplied A5 f32 f32 f16, tmov textract tinsert () |x| x;
    bf16_on_a5: multiplied A5 f32 f32 bf16, tmov textract tinsert () |x| x;
    scaled_f32_on_a5: multiplied A5 f32 f32 f32, tmov_with textract_with tinsert_with (, Drain::new().scale(SCALE)) |x| x * 0.5;
    scaled_bf16_on_a5: multiplied A5 i8 i32 bf16, tmov_with textract_with tinsert_with (, Drain::new().scale(SCALE)) |x| x * 0.5;
    scaled_i8_on_a5: multiplied A5 f32 f32 i8, tmov_with textract_with tinsert_with (, Drain::new().scale(SCALE)) |x| x * 0.5;
}

/// A large input is read where it lies, until an op changes the tile.
#[test]
fn an_insert_changes_the_tile_and_not_the_input() {
    const TILES: usize = (8 << 20) / (ROWS * COLS * 2) + 1;
    let (x, y) = ([1.0; 33], [2.0; 49]);
    let rest: Vec<f16> =
        (0..TILES * ROWS * COLS).map(|at| f16::from_f32((at % 97) as f32)).collect();
    let mut out = vec![f16::ONE; 3 * ROWS * COLS];
    let shape = [1, COLS / 16, 3 * ROWS / 16, 16, 16];
    let args = (
        GlobalTensor::new(&x, &[33, 1]).unwrap().whole(),
        GlobalTensor::new(&y, &[1, 49]).unwrap().whole(),
        GlobalTensor::new(&rest, &[TILES * ROWS, COLS]).unwrap().whole(),
        GlobalTensorMut::new(&mut out, &shape).unwrap(),
    );
    let (x, y, input, mut tiles) = args;
    Eager::new().launch(&plain_f16::outer, 1, (x, y, input, tiles.whole(), 16, 32)).unwrap();
    for (at, x) in rest.iter().enumerate() {
        assert_eq!(x.to_f32(), (at % 97) as f32, "the input changes at {at}");
    }
    for (row, col) in (0..ROWS).flat_map(|row| (0..COLS).map(move |col| (row, col))) {
        let inside = (16..49).contains(&row) && (32..81).contains(&col);
        let want = if inside { f16::from_f32(2.0) } else { rest[row * COLS + col] };
        let at = (col / 16 * 3 * ROWS + 2 * ROWS + row) * 16 + col % 16;
        assert_eq!(out[at], want, "at {row}, {col}");
    }
}

#[test]
fn a_window_that_sticks_out_stops_the_kernel() {
    let (x, y, rest) = ([1.0; 32], [1.0; 64], vec![f16::ONE; ROWS * COLS]);
    let mut out = vec![f16::ONE; 3 * ROWS * COLS];
    let shape = [1, COLS / 16, 3 * ROWS / 16, 16, 16];
    let x = GlobalTensor::new(&x, &[32, 1]).unwrap().whole();
    let y = GlobalTensor::new(&y, &[1, 64]).unwrap().whole();
    let rest = GlobalTensor::new(&rest, &[ROWS, COLS]).unwrap().whole();
    let mut fault = |row, col| {
        let mut out = GlobalTensorMut::new(&mut out, &shape).unwrap();
        let args = (x, y, rest, out.whole(), row, col);
        let error = Eager::new().launch(&plain_f16::outer, 1, args).unwrap_err();
        let LaunchError::Fault(Fault { trouble, .. }) = error else { panic!("{error}") };
        trouble
    };
    let (extent, valid) = ((32, 64), (ROWS, COLS));
    let code = OpCode::TINSERT_A2M;
    assert_eq!(fault(1, 33), Trouble::Window { code, corner: (1, 33), extent, valid });
    assert_eq!(fault(32, 0), Trouble::Element { at: (32, 0), valid: extent });
}

/// Part of a tile is written by each of two ops, after a third has written all of it.
#[test]
fn all_schedules_compute_the_same() {
    let (x, y, rest) = ([1.0; 32], [1.0; 64], vec![f16::ONE; ROWS * COLS]);
    let mut out = vec![f16::ONE; 3 * ROWS * COLS];
    let shape = [1, COLS / 16, 3 * ROWS / 16, 16, 16];
    let mut out = GlobalTensorMut::new(&mut out, &shape).unwrap();
    let args = (
        GlobalTensor::new(&x, &[32, 1]).unwrap().whole(),
        GlobalTensor::new(&y, &[1, 64]).unwrap().whole(),
        GlobalTensor::new(&rest, &[ROWS, COLS]).unwrap().whole(),
        out.whole(),
        16,
        32,
    );
    let report = Pipelined::new().launch(&plain_f16::outer, 1, args).unwrap();
    let exploration = explore(&report.program, 100_000);
    assert!(exploration.is_clean(), "{exploration}");
}
