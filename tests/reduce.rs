//! TROWSUM, TROWPROD, TROWMAX, TROWMIN, TCOLSUM, TCOLPROD, TCOLMAX, TCOLMIN: on each chip, of every element type that they are declared for.
//!
//! `declared.rs` writes the cases.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use std::ops::Range;

use common::{Number, SHAPES, TILE, data, launch, rng, small};
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
fn part((rows, cols): (usize, usize), block: usize) -> (Range<usize>, Range<usize>) {
    let across = cols.div_ceil(TILE);
    let (top, left) = (block / across * TILE, block % across * TILE);
    (top..rows.min(top + TILE), left..cols.min(left + TILE))
}

/// Whether `got` is what reduction `op` makes of the elements.
fn accepts<T: Reduced>(op: &str, got: T, list: &[T]) -> bool {
    match op.strip_prefix("trow").or(op.strip_prefix("tcol")) {
        Some("sum") => T::is_sum(got, list),
        Some("prod") => T::is_product(got, list),
        Some("max") => got == T::greatest(list),
        Some("min") => got == T::least(list),
        _ => panic!("no formula of `{op}`"),
    }
}

/// The ops of a kind on one element type of one chip, in one kernel: row i of each part goes to its first column, column j to its first row.
macro_rules! case {
    (fold_rows $chip:ident $t:ident: $($op:ident)*) => {{
        const OPS: &[&str] = &[$(stringify!($op)),*];

        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            tmp: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            y: VecCol<'k, $t, 32, Dyn, $chip>,
            wide: VecTile<'k, $t, 32, 32, Dyn, $chip>,
        }

        #[kernel]
        fn reduce<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $t>,
            out: GlobalOut<'k, $t>,
            op: usize,
        ) -> Retired<Ub<'k>> {
            let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let (mut tmp, y) = (ub.tmp.on::<Vector>(), ub.y);
            let y = 'chosen: {
                $(if OPS[op] == stringify!($op) {
                    break 'chosen $op(y, &x, &mut tmp).on::<Vector>();
                })*
                unreachable!()
            };
            let wide = trowexpand(ub.wide.with_valid(TILE, 1), &y).record::<TStoreVec>();
            Ub::retire(UbTokens { x, tmp, y, wide: tstore(&out.tile(0, 0), wide) })
        }

        let of_row = |x: &[$t], shape: (usize, usize), rows: Range<usize>, cols: Range<usize>| {
            let list = |row: usize| x[row * shape.1..][cols.clone()].to_vec();
            rows.map(|row| (row * shape.1 + cols.start, list(row))).collect::<Vec<_>>()
        };
        check!($t reduce of_row OPS);
    }};
    (fold_cols $chip:ident $t:ident: $($op:ident)*) => {{
        const OPS: &[&str] = &[$(stringify!($op)),*];

        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            y: VecTile<'k, $t, 1, 32, Dyn, $chip>,
        }

        #[kernel]
        fn reduce<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $t>,
            out: GlobalOut<'k, $t>,
            op: usize,
        ) -> Retired<Ub<'k>> {
            let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let y = ub.y;
            let y = 'chosen: {
                $(if OPS[op] == stringify!($op) {
                    break 'chosen $op(y, &x).on::<Vector>();
                })*
                unreachable!()
            };
            Ub::retire(UbTokens { x, y: tstore(&out.tile(0, 0), y.record::<TStoreVec>()) })
        }

        let of_col = |x: &[$t], shape: (usize, usize), rows: Range<usize>, cols: Range<usize>| {
            let list = |col: usize| rows.clone().map(|row| x[row * shape.1 + col]).collect();
            cols.map(|col| (rows.start * shape.1 + col, list(col))).collect::<Vec<_>>()
        };
        check!($t reduce of_col OPS);
    }};
}

/// Launches each op of a kernel on a tensor that tiles divide and on one that nothing divides, and asks for each list of elements.
macro_rules! check {
    ($t:ident $kernel:ident $lists:ident $ops:ident) => {
        for (number, op) in $ops.iter().enumerate() {
            for (shape, make) in
                SHAPES.into_iter().flat_map(|shape| [(shape, data as Data<$t>), (shape, small)])
            {
                let x: Vec<$t> = make(&mut rng(), shape.0 * shape.1);
                let mut y = x.clone();
                launch!($kernel, shape, [x], [y], number);
                for block in 0..common::grid(shape) {
                    let (rows, cols) = part(shape, block);
                    for (at, list) in $lists(&x, shape, rows, cols) {
                        let (got, list): (_, Vec<$t>) = (y[at], list);
                        assert!(
                            accepts(op, got, &list),
                            "{op} of {}: {got:?} of {list:?}",
                            stringify!($t)
                        );
                    }
                }
            }
        }
    };
}

include!("declared/reduce.rs");

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
