//! TROWARGMAX, TROWARGMIN, TCOLARGMAX, TCOLARGMIN, with and without values; TPARTARGMAX and TPARTARGMIN: on each chip, of every element
//! type that they are declared for. `declared.rs` writes the cases.
#![allow(clippy::unwrap_used, clippy::too_many_arguments, reason = "a test")]

mod common;

use common::{Number, data, rng};
use tilesync::prelude::*;
use tilesync::tile::Dtype;
use tilesync::{Fault, Trouble};

/// Full tiles, partial ones, a single element.
const REGIONS: [(usize, usize); 4] = [(32, 64), (13, 45), (1, 1), (32, 3)];

/// Where the first of the elements is that none is greater, or less, than: 0 where all are NaN.
fn first_best<T: Dtype>(list: &[T], least: bool) -> usize {
    let better = |x: &T, than: &T| if least { x < than } else { x > than };
    let is_nan = |x: &T| x.partial_cmp(x).is_none();
    let best =
        |at: &usize| !is_nan(&list[*at]) && !list.iter().any(|other| better(other, &list[*at]));
    (0..list.len()).find(best).unwrap_or_default()
}

/// The value beside that index.
fn best_value<T: Dtype>(list: &[T], least: bool) -> T {
    let at = first_best(list, least);
    let nothing = list[at].partial_cmp(&list[at]).is_none();
    match nothing {
        true => {
            if least {
                T::HIGHEST
            } else {
                T::LOWEST
            }
        }
        false => list[at],
    }
}

/// Any values; few different ones, so that there are equal ones; an end of the range and NaN, so that none is better than that end.
fn elements<T: Number>(rng: &mut fastrand::Rng, count: usize) -> Vec<T> {
    let few: Vec<T> = match rng.u8(..3) {
        0 => return data(rng, count),
        1 => data(rng, 5),
        _ => vec![T::SPECIAL[0], if rng.bool() { T::LOWEST } else { T::HIGHEST }],
    };
    (0..count).map(|_| few[rng.usize(..few.len())]).collect()
}

/// What lies along the rows and along the columns: a tile with one element for each, its shape, and the lists of elements that are searched.
type Col<'k, T, Ch> = VecCol<'k, T, 32, Dyn, Ch>;
type Row<'k, T, Ch> = VecTile<'k, T, 1, 64, Dyn, Ch>;

fn found_shape(op: &str, (rows, cols): (usize, usize)) -> [usize; 2] {
    if op.starts_with("trow") { [rows, 1] } else { [1, cols] }
}

fn lists<T: Dtype>(op: &str, x: &[T], cols: usize) -> Vec<Vec<T>> {
    if op.starts_with("trow") {
        x.chunks(cols).map(<[T]>::to_vec).collect()
    } else {
        (0..cols).map(|col| x.iter().skip(col).step_by(cols).copied().collect()).collect()
    }
}

/// The index type that a value has beside it, here: there may be another one of its width.
trait Beside {
    type Index: Number;
}

macro_rules! beside {
    ($($value:ident $index:ident;)*) => {
        $(impl Beside for $value { type Index = $index; })*
    };
}

beside! { i16 i16; u16 u16; f16 i16; bf16 u16; i32 i32; u32 u32; f32 u32; }

/// The ops of a kind on one element type of one chip, in one kernel.
macro_rules! case {
    (arg_rows $chip:ident $t:ident: $($op:ident)*) => { case!(@alone Col ColMajor i32 $chip $t: $($op)*) };
    (arg_cols $chip:ident $t:ident: $($op:ident)*) => { case!(@alone Row RowMajor u32 $chip $t: $($op)*) };
    (rows_value $chip:ident $t:ident: $($op:ident)*) => { case!(@value Col ColMajor $chip $t: $($op)*) };
    (cols_value $chip:ident $t:ident: $($op:ident)*) => { case!(@value Row RowMajor $chip $t: $($op)*) };
    (@alone $tile:ident $layout:ident $index:ident $chip:ident $t:ident: $($op:ident)*) => {{
        const OPS: &[&str] = &[$(stringify!($op)),*];

        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 32, 64, Dyn, $chip>,
            tmp: VecTile<'k, $t, 32, 64, Dyn, $chip>,
            at: $tile<'k, $index, $chip>,
        }

        #[kernel]
        fn search<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $t>,
            out: GlobalOut<'k, $index, $layout>,
            op: usize,
        ) -> Retired<Ub<'k>> {
            let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let (mut tmp, at) = (ub.tmp.on::<Vector>(), ub.at);
            let at = 'chosen: {
                $(if OPS[op] == stringify!($op) {
                    break 'chosen $op(at, &x, &mut tmp).on::<Vector>();
                })*
                unreachable!()
            };
            Ub::retire(UbTokens { x, tmp, at: tstore(&out.tile(0, 0), at.record::<TStoreVec>()) })
        }

        for (number, op) in OPS.iter().enumerate() {
            for shape in REGIONS {
                let x: Vec<$t> = elements(&mut rng(), shape.0 * shape.1);
                let lists = lists(op, &x, shape.1);
                let mut at = vec![<$index>::MAX; lists.len()];
                let mut out = GlobalTensorMut::new(&mut at, &found_shape(op, shape)).unwrap();
                let x = GlobalTensor::new(&x, &[shape.0, shape.1]).unwrap();
                Eager::new().launch(&search, 1, (x.whole(), out.whole(), number)).unwrap();
                for (at, list) in at.into_iter().zip(lists) {
                    let want = first_best(&list, op.contains("min"));
                    assert_eq!(at, want as $index, "{op} of {list:?}");
                }
            }
        }
    }};
    (@value $tile:ident $layout:ident $chip:ident $t:ident: $($op:ident)*) => {{
        const OPS: &[&str] = &[$(stringify!($op)),*];

        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 32, 64, Dyn, $chip>,
            tmp: VecTile<'k, $t, 32, 64, Dyn, $chip>,
            value: $tile<'k, $t, $chip>,
            at: $tile<'k, <$t as Beside>::Index, $chip>,
        }

        #[kernel]
        fn search<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $t>,
            value: GlobalOut<'k, $t, $layout>,
            at: GlobalOut<'k, <$t as Beside>::Index, $layout>,
            op: usize,
        ) -> Retired<Ub<'k>> {
            let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let (mut tmp, found, found_at) = (ub.tmp.on::<Vector>(), ub.value, ub.at);
            let pair = 'chosen: {
                $(if OPS[op] == stringify!($op) {
                    break 'chosen $op(found, found_at, &x, &mut tmp).on::<Vector>();
                })*
                unreachable!()
            };
            let (found, found_at) = pair.record::<TStoreVec>().split();
            let found = tstore(&value.tile(0, 0), found);
            Ub::retire(UbTokens { x, tmp, value: found, at: tstore(&at.tile(0, 0), found_at) })
        }

        for (number, op) in OPS.iter().enumerate() {
            for shape in REGIONS {
                let x: Vec<$t> = elements(&mut rng(), shape.0 * shape.1);
                let lists = lists(op, &x, shape.1);
                let mut value = x[..lists.len()].to_vec();
                let mut at = vec![<$t as Beside>::Index::HIGHEST; lists.len()];
                let of = found_shape(op, shape);
                let mut out = GlobalTensorMut::new(&mut value, &of).unwrap();
                let mut out_at = GlobalTensorMut::new(&mut at, &of).unwrap();
                let x = GlobalTensor::new(&x, &[shape.0, shape.1]).unwrap();
                let args = (x.whole(), out.whole(), out_at.whole(), number);
                Eager::new().launch(&search, 1, args).unwrap();
                for ((value, at), list) in value.into_iter().zip(at).zip(lists) {
                    let least = op.contains("min");
                    let want = first_best(&list, least);
                    assert_eq!(at.to_bits(), want as u64, "{op} of {list:?}");
                    // Of equal values, zeros of either sign, any one.
                    assert!(value == best_value(&list, least), "{op} of {list:?}");
                }
            }
        }
    }};
    (part_arg $chip:ident $t:ident: $($op:ident)*) => {{
        const OPS: &[&str] = &[$(stringify!($op)),*];

        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 16, 32, Dyn, $chip>,
            y: VecTile<'k, $t, 8, 16, Dyn, $chip>,
            x_at: VecTile<'k, i32, 16, 32, Dyn, $chip>,
            y_at: VecTile<'k, i32, 8, 16, Dyn, $chip>,
            best: VecTile<'k, $t, 16, 32, Dyn, $chip>,
            best_at: VecTile<'k, i32, 16, 32, Dyn, $chip>,
        }

        /// The smaller source stands first for the second op.
        #[kernel]
        fn parts<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $t>,
            x_at: GlobalIn<'k, i32>,
            y: GlobalIn<'k, $t>,
            y_at: GlobalIn<'k, i32>,
            best: GlobalOut<'k, $t>,
            best_at: GlobalOut<'k, i32>,
            op: usize,
        ) -> Retired<Ub<'k>> {
            let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let x_at = tload(ub.x_at, &x_at.tile(0, 0)).record::<Vector>();
            let y = tload(ub.y, &y.tile(0, 0)).record::<Vector>();
            let y_at = tload(ub.y_at, &y_at.tile(0, 0)).record::<Vector>();
            let (found, found_at) = (ub.best, ub.best_at);
            let pair = 'chosen: {
                $(if OPS[op] == stringify!($op) {
                    break 'chosen if op == 0 {
                        $op(found, found_at, &x, &y, &x_at, &y_at).on::<Vector>()
                    } else {
                        $op(found, found_at, &y, &x, &y_at, &x_at).on::<Vector>()
                    };
                })*
                unreachable!()
            };
            let (found, found_at) = pair.record::<TStoreVec>().split();
            let best = tstore(&best.tile(0, 0), found);
            Ub::retire(UbTokens { x, y, x_at, y_at, best, best_at: tstore(&best_at.tile(0, 0), found_at) })
        }

        for (number, op) in OPS.iter().enumerate() {
            for (small, large) in [((8, 16), (16, 32)), ((5, 16), (5, 21)), ((3, 7), (11, 7)), ((2, 2), (2, 2))] {
                let rng = &mut rng();
                let x: Vec<$t> = elements(rng, large.0 * large.1);
                let y: Vec<$t> = elements(rng, small.0 * small.1);
                let x_at: Vec<i32> = (0..).take(x.len()).collect();
                let y_at: Vec<i32> = (1000..).take(y.len()).collect();
                let (mut best, mut best_at) = (x.clone(), x_at.clone());
                let (small_shape, shape) = ([small.0, small.1], [large.0, large.1]);
                let mut out = GlobalTensorMut::new(&mut best, &shape).unwrap();
                let mut out_at = GlobalTensorMut::new(&mut best_at, &shape).unwrap();
                let args = (
                    GlobalTensor::new(&x, &shape).unwrap().whole(),
                    GlobalTensor::new(&x_at, &shape).unwrap().whole(),
                    GlobalTensor::new(&y, &small_shape).unwrap().whole(),
                    GlobalTensor::new(&y_at, &small_shape).unwrap().whole(),
                    out.whole(),
                    out_at.whole(),
                    number,
                );
                Eager::new().launch(&parts, 1, args).unwrap();
                for (at, x) in x.iter().enumerate() {
                    let (row, col) = (at / large.1, at % large.1);
                    let other = (row < small.0 && col < small.1).then(|| row * small.1 + col);
                    let better = |a: $t, b: $t| if op.contains("min") { a < b } else { a > b };
                    // The source that stands first is taken, unless the second one is better.
                    let takes_y = |y| if number == 0 { better(y, *x) } else { !better(*x, y) };
                    let want = match other {
                        Some(other) if takes_y(y[other]) => (y[other], y_at[other]),
                        _ => (*x, x_at[at]),
                    };
                    assert_eq!((best[at].to_bits(), best_at[at]), (want.0.to_bits(), want.1), "{op}");
                }
            }
        }
    }};
}

include!("declared/arg.rs");

/// Indices of 32 bits beside elements of 16.
#[derive(Buffers)]
struct Wide<'k> {
    x: VecTile<'k, f16, 32, 64, Dyn>,
    tmp: VecTile<'k, f16, 32, 64, Dyn>,
    value: VecCol<'k, f16, 32, Dyn>,
    at: VecCol<'k, u32, 32, Dyn>,
}

#[kernel]
fn wide<'k>(
    ub: Wide<'k>,
    x: GlobalIn<'k, f16>,
    at: GlobalOut<'k, u32, ColMajor>,
) -> Retired<Wide<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
    let mut tmp = ub.tmp.on::<Vector>();
    let (value, found) =
        trowargmin_value(ub.value, ub.at, &x, &mut tmp).record::<TStoreVec>().split();
    Wide::retire(WideTokens { x, tmp, value, at: tstore(&at.tile(0, 0), found) })
}

#[test]
fn an_index_may_be_wider_than_its_value() {
    let x: Vec<f16> = elements(&mut rng(), 13 * 45);
    let mut at = vec![u32::MAX; 13];
    let mut out = GlobalTensorMut::new(&mut at, &[13, 1]).unwrap();
    let source = GlobalTensor::new(&x, &[13, 45]).unwrap();
    Eager::new().launch(&wide, 1, (source.whole(), out.whole())).unwrap();
    for (at, list) in at.into_iter().zip(x.chunks(45)) {
        assert_eq!(at, first_best(list, true) as u32, "{list:?}");
    }
}

#[derive(Buffers)]
struct Nothing<'k> {
    x: VecTile<'k, f32, 8, 8, Dyn>,
    tmp: VecTile<'k, f32, 8, 8, Dyn>,
    at: VecCol<'k, i32, 8, Dyn>,
}

#[kernel]
fn search_nothing<'k>(ub: Nothing<'k>) -> Retired<Nothing<'k>> {
    let x = texpands(ub.x.with_valid(0, 8), 1.0);
    let mut tmp = ub.tmp.on::<Vector>();
    let at = trowargmax(ub.at, &x, &mut tmp);
    Nothing::retire(NothingTokens { x, tmp, at })
}

#[test]
fn a_search_in_nothing_is_a_fault() {
    let Err(LaunchError::Fault(Fault { trouble, .. })) =
        Eager::new().launch(&search_nothing, 1, ())
    else {
        panic!("no fault");
    };
    assert_eq!(trouble, Trouble::EmptyReduction { code: OpCode::TROWARGMAX });
}
