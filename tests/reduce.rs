//! TROWSUM, TROWPROD, TROWMAX, TROWMIN, TCOLSUM, TCOLPROD, TCOLMAX, TCOLMIN.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{Number, SHAPES, TILE, data, each_dtype, launch, rng, small};
use tilesync::prelude::*;
use tilesync::{Fault, Trouble};

/// What the reductions of a list of elements are, in wide numbers. A NaN is skipped where the op skips it.
trait Reduced: Number {
    fn sum(list: &[Self]) -> Self::Wide;
    fn greatest(list: &[Self]) -> Self;
    fn least(list: &[Self]) -> Self;
    /// Whether `got` is the sum, but for the rounding of a sum in `f32`.
    fn is_sum(got: Self, list: &[Self]) -> bool;
    /// Whether `got` is the product, but for the rounding of products in `f32`.
    fn is_product(got: Self, list: &[Self]) -> bool;
}

macro_rules! integers {
    ($($t:ident)*) => {$(
        impl Reduced for $t {
            fn sum(list: &[Self]) -> i128 {
                list.iter().map(|x| x.wide()).sum()
            }
            fn greatest(list: &[Self]) -> Self {
                list.iter().copied().max().unwrap()
            }
            fn least(list: &[Self]) -> Self {
                list.iter().copied().min().unwrap()
            }
            fn is_sum(got: Self, list: &[Self]) -> bool {
                got == Self::of(Self::sum(list))
            }
            fn is_product(got: Self, list: &[Self]) -> bool {
                got == list.iter().fold(1, |product: Self, x| product.wrapping_mul(*x))
            }
        }
    )*};
}

integers!(i8 u8 i16 u16 i32 u32 i64 u64);

macro_rules! floats {
    ($($t:ident)*) => {$(
        impl Reduced for $t {
            fn sum(list: &[Self]) -> f64 {
                list.iter().map(|x| x.wide()).sum()
            }
            fn greatest(list: &[Self]) -> Self {
                Self::of(list.iter().map(|x| x.wide()).filter(|x| !x.is_nan()).fold(f64::NEG_INFINITY, f64::max))
            }
            fn least(list: &[Self]) -> Self {
                Self::of(list.iter().map(|x| x.wide()).filter(|x| !x.is_nan()).fold(f64::INFINITY, f64::min))
            }
            fn is_sum(got: Self, list: &[Self]) -> bool {
                let (sum, magnitude) = (Self::sum(list), list.iter().map(|x| x.wide().abs()).sum::<f64>());
                if sum.is_nan() {
                    return got.is_nan();
                }
                // What an overflow on the way leaves depends on the order. Else each addition in `f32` is off by half a step of
                // what is no more than the magnitude, and the sum is rounded once: near the greatest number of a type it may
                // become an infinity.
                let error = magnitude * list.len() as f64 * f64::from(f32::EPSILON) / 2.0;
                magnitude > f64::from(f32::MAX)
                    || (Self::of(sum - error)..=Self::of(sum + error)).contains(&got)
            }
            fn is_product(got: Self, list: &[Self]) -> bool {
                // What an overflow, or an underflow, on the way leaves depends on the order.
                let (mut logs, mut product) = (0.0, 1.0);
                for x in list.iter().map(|x| x.wide()) {
                    logs += x.abs().log2().abs();
                    product *= x;
                }
                let error = f64::abs(product) * list.len() as f64 * f64::from(f32::EPSILON);
                let bounds = [product - error, product + error].map(Self::of);
                logs.is_nan() || logs > 126.0 || (bounds[0]..=bounds[1]).contains(&got)
            }
        }
    )*};
}

floats!(f32 f16 bf16);

/// How elements are made.
type Data<T> = fn(&mut fastrand::Rng, usize) -> Vec<T>;

/// The part of a tensor that block `block` of the grid reduces.
fn part(
    (rows, cols): (usize, usize),
    block: usize,
) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
    let across = cols.div_ceil(TILE);
    let (top, left) = (block / across * TILE, block % across * TILE);
    (top..rows.min(top + TILE), left..cols.min(left + TILE))
}

/// A row reduction: the result for row i of each part goes to its first column.
macro_rules! check_rows {
    ($chip:ident $t:ident ($op:ident, |$got:ident, $list:ident| $right:expr)) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            tmp: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            y: VecCol<'k, $t, 32, Dyn, $chip>,
            wide: VecTile<'k, $t, 32, 32, Dyn, $chip>,
        }

        #[kernel]
        fn reduce<'k>(ub: Ub<'k>, x: GlobalIn<'k, $t>, y: GlobalOut<'k, $t>) -> Retired<Ub<'k>> {
            let x_tile = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let mut tmp = ub.tmp.on::<Vector>();
            let y_tile = $op(ub.y, &x_tile, &mut tmp);
            let wide = trowexpand(ub.wide.with_valid(TILE, 1), &y_tile).record::<TStoreVec>();
            Ub::retire(UbTokens { x: x_tile, tmp, y: y_tile, wide: tstore(&y.tile(0, 0), wide) })
        }

        for (shape, make) in
            SHAPES.into_iter().flat_map(|shape| [(shape, data as Data<$t>), (shape, small)])
        {
            let x: Vec<$t> = make(&mut rng(), shape.0 * shape.1);
            let mut y = x.clone();
            launch!(reduce, shape, [x], [y]);
            for block in 0..common::grid(shape) {
                let (rows, cols) = part(shape, block);
                for row in rows {
                    let $list: &[$t] = &x[row * shape.1 + cols.start..row * shape.1 + cols.end];
                    let $got = y[row * shape.1 + cols.start];
                    assert!(
                        $right,
                        "{} of {}: {:?} of {:?}",
                        stringify!($op),
                        stringify!($t),
                        $got,
                        $list
                    );
                }
            }
        }
    }};
}

/// A column reduction: the result for column j of each part goes to its first row.
macro_rules! check_cols {
    ($chip:ident $t:ident ($op:ident, |$got:ident, $list:ident| $right:expr)) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            y: VecTile<'k, $t, 1, 32, Dyn, $chip>,
        }

        #[kernel]
        fn reduce<'k>(ub: Ub<'k>, x: GlobalIn<'k, $t>, y: GlobalOut<'k, $t>) -> Retired<Ub<'k>> {
            let x_tile = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let y_tile = $op(ub.y, &x_tile).record::<TStoreVec>();
            Ub::retire(UbTokens { x: x_tile, y: tstore(&y.tile(0, 0), y_tile) })
        }

        for (shape, make) in
            SHAPES.into_iter().flat_map(|shape| [(shape, data as Data<$t>), (shape, small)])
        {
            let x: Vec<$t> = make(&mut rng(), shape.0 * shape.1);
            let mut y = x.clone();
            launch!(reduce, shape, [x], [y]);
            for block in 0..common::grid(shape) {
                let (rows, cols) = part(shape, block);
                for col in cols {
                    let list: Vec<$t> = rows.clone().map(|row| x[row * shape.1 + col]).collect();
                    let ($list, $got) = (list.as_slice(), y[rows.start * shape.1 + col]);
                    assert!(
                        $right,
                        "{} of {}: {:?} of {:?}",
                        stringify!($op),
                        stringify!($t),
                        $got,
                        $list
                    );
                }
            }
        }
    }};
}

#[test]
fn trowsum_adds_up_each_row() {
    each_dtype!(check_rows! A2A3 [i16 i32 f16 f32] A5 [i16 i32 i64 u64 f16 f32]
        (trowsum, |got, list| Reduced::is_sum(got, list)));
}

#[test]
fn trowprod_multiplies_each_row() {
    each_dtype!(check_rows! A2A3 [i16 i32 f16 f32] A5 []
        (trowprod, |got, list| Reduced::is_product(got, list)));
}

#[test]
fn tcolprod_multiplies_each_column() {
    each_dtype!(check_cols! A2A3 [i32 f16] A5 [u16 bf16 f32]
        (tcolprod, |got, list| Reduced::is_product(got, list)));
}

#[test]
fn tcolmin_finds_the_least_of_each_column() {
    each_dtype!(check_cols! A2A3 [i16 f32] A5 [i8 u32 i64 f16 bf16]
        (tcolmin, |got, list| got == Reduced::least(list)));
}

#[test]
fn trowmax_finds_the_greatest_of_each_row() {
    each_dtype!(check_rows! A2A3 [i16 i32 f16 f32] A5 [i8 u8 i16 i32 i64 u64 f16 f32]
        (trowmax, |got, list| got == Reduced::greatest(list)));
}

#[test]
fn trowmin_finds_the_least_of_each_row() {
    each_dtype!(check_rows! A2A3 [i16 i32 f16 f32] A5 [i8 u8 i16 i32 i64 u64 f16 f32]
        (trowmin, |got, list| got == Reduced::least(list)));
}

#[test]
fn tcolsum_adds_up_each_column() {
    each_dtype!(check_cols! A2A3 [i16 i32 f16 f32] A5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32]
        (tcolsum, |got, list| Reduced::is_sum(got, list)));
}

#[test]
fn tcolmax_finds_the_greatest_of_each_column() {
    each_dtype!(check_cols! A2A3 [i16 i32 f16 f32] A5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32]
        (tcolmax, |got, list| got == Reduced::greatest(list)));
}

#[derive(Buffers)]
struct Empty<'k> {
    x: VecTile<'k, f32, 32, 32, Dyn>,
    tmp: VecTile<'k, f32, 32, 32, Dyn>,
    max: VecCol<'k, f32, 32, Dyn>,
    row: VecTile<'k, f32, 1, 32, Dyn>,
}

#[kernel]
fn reduce_nothing<'k>(ub: Empty<'k>, rows: bool, out: GlobalOut<'k, f32>) -> Retired<Empty<'k>> {
    let x = texpands(ub.x.with_valid(0, 32), 1.0);
    let mut tmp = ub.tmp.on::<Vector>();
    let max =
        if rows { trowmax(ub.max, &x, &mut tmp).discard().on() } else { ub.max.on::<Vector>() };
    let row = tcolsum(ub.row, &x).record::<TStoreVec>();
    Empty::retire(EmptyTokens { x, tmp, max, row: tstore(&out.tile(0, 0), row) })
}

#[test]
fn a_row_reduction_of_nothing_is_a_fault_and_a_column_reduction_is_nothing() {
    let mut out = vec![7_f32; 1024];
    let mut launch = |rows| {
        let mut out = GlobalTensorMut::new(&mut out, &[32, 32]).unwrap();
        Eager::new().launch(&reduce_nothing, 1, (rows, out.whole()))
    };
    launch(false).unwrap();
    let Err(LaunchError::Fault(Fault { trouble, .. })) = launch(true) else {
        panic!("no fault");
    };
    assert_eq!(trouble, Trouble::EmptyReduction { code: OpCode::TROWMAX });
    assert_eq!(out, [7_f32; 1024]);
}
