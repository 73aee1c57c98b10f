//! TROWARGMAX, TROWARGMIN, TCOLARGMAX, TCOLARGMIN, with and without values; TPARTARGMAX and TPARTARGMIN.
#![allow(clippy::unwrap_used, clippy::too_many_arguments, reason = "a test")]

mod common;

use common::{Number, data, each_dtype, rng};
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

/// The rows of one dtype: indices alone, then with values.
macro_rules! check_rows {
    ($chip:ident $t:ident ($index:ident)) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 32, 64, Dyn, $chip>,
            tmp: VecTile<'k, $t, 32, 64, Dyn, $chip>,
            at: VecCol<'k, i32, 32, Dyn, $chip>,
            at_value: VecCol<'k, $index, 32, Dyn, $chip>,
            value: VecCol<'k, $t, 32, Dyn, $chip>,
        }

        #[kernel]
        fn search<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $t>,
            at: GlobalOut<'k, i32, ColMajor>,
            at_value: GlobalOut<'k, $index, ColMajor>,
            value: GlobalOut<'k, $t, ColMajor>,
            least: bool,
        ) -> Retired<Ub<'k>> {
            let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let mut tmp = ub.tmp.on::<Vector>();
            let (found, pair) = if least {
                let found = trowargmin(ub.at, &x, &mut tmp).on::<Vector>();
                let pair = trowargmin_value(ub.value, ub.at_value, &x, &mut tmp);
                (found, pair.on::<Vector>())
            } else {
                let found = trowargmax(ub.at, &x, &mut tmp).on::<Vector>();
                let pair = trowargmax_value(ub.value, ub.at_value, &x, &mut tmp);
                (found, pair.on::<Vector>())
            };
            let (found_value, found_at) = pair.record::<TStoreVec>().split();
            Ub::retire(UbTokens {
                x,
                tmp,
                at: tstore(&at.tile(0, 0), found.record::<TStoreVec>()),
                at_value: tstore(&at_value.tile(0, 0), found_at),
                value: tstore(&value.tile(0, 0), found_value),
            })
        }

        for (rows, cols) in REGIONS {
            for least in [false, true] {
                let x: Vec<$t> = elements(&mut rng(), rows * cols);
                let (mut at, mut at_value, mut value) =
                    (vec![-1; rows], vec![7 as $index; rows], x[..rows].to_vec());
                Eager::new()
                    .launch(
                        &search,
                        1,
                        (
                            GlobalTensor::new(&x, &[rows, cols]).unwrap().whole(),
                            GlobalTensorMut::new(&mut at, &[rows, 1]).unwrap().whole(),
                            GlobalTensorMut::new(&mut at_value, &[rows, 1]).unwrap().whole(),
                            GlobalTensorMut::new(&mut value, &[rows, 1]).unwrap().whole(),
                            least,
                        ),
                    )
                    .unwrap();
                for (row, list) in x.chunks(cols).enumerate() {
                    let want = first_best(list, least);
                    assert_eq!((at[row], at_value[row]), (want as i32, want as $index), "{list:?}");
                    assert_eq!(value[row].to_bits(), best_value(list, least).to_bits(), "{list:?}");
                }
            }
        }
    }};
}

#[test]
fn trowarg_finds_the_first_of_the_best() {
    each_dtype!(check_rows! A2A3 [i16 f16] A5 [] (i16));
    each_dtype!(check_rows! A2A3 [i32 f32] A5 [u32 f16] (u32));
}

/// The columns of one dtype.
macro_rules! check_cols {
    ($chip:ident $t:ident ($index:ident)) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 32, 64, Dyn, $chip>,
            tmp: VecTile<'k, $t, 32, 64, Dyn, $chip>,
            at: VecTile<'k, u32, 1, 64, Dyn, $chip>,
            at_value: VecTile<'k, $index, 1, 64, Dyn, $chip>,
            value: VecTile<'k, $t, 1, 64, Dyn, $chip>,
        }

        #[kernel]
        fn search<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $t>,
            at: GlobalOut<'k, u32>,
            at_value: GlobalOut<'k, $index>,
            value: GlobalOut<'k, $t>,
            least: bool,
        ) -> Retired<Ub<'k>> {
            let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let mut tmp = ub.tmp.on::<Vector>();
            let (found, pair) = if least {
                let found = tcolargmin(ub.at, &x, &mut tmp).on::<Vector>();
                let pair = tcolargmin_value(ub.value, ub.at_value, &x, &mut tmp);
                (found, pair.on::<Vector>())
            } else {
                let found = tcolargmax(ub.at, &x, &mut tmp).on::<Vector>();
                let pair = tcolargmax_value(ub.value, ub.at_value, &x, &mut tmp);
                (found, pair.on::<Vector>())
            };
            let (found_value, found_at) = pair.record::<TStoreVec>().split();
            Ub::retire(UbTokens {
                x,
                tmp,
                at: tstore(&at.tile(0, 0), found.record::<TStoreVec>()),
                at_value: tstore(&at_value.tile(0, 0), found_at),
                value: tstore(&value.tile(0, 0), found_value),
            })
        }

        for (rows, cols) in REGIONS {
            for least in [false, true] {
                let x: Vec<$t> = elements(&mut rng(), rows * cols);
                let (mut at, mut at_value, mut value) =
                    (vec![7; cols], vec![7 as $index; cols], x[..cols].to_vec());
                Eager::new()
                    .launch(
                        &search,
                        1,
                        (
                            GlobalTensor::new(&x, &[rows, cols]).unwrap().whole(),
                            GlobalTensorMut::new(&mut at, &[1, cols]).unwrap().whole(),
                            GlobalTensorMut::new(&mut at_value, &[1, cols]).unwrap().whole(),
                            GlobalTensorMut::new(&mut value, &[1, cols]).unwrap().whole(),
                            least,
                        ),
                    )
                    .unwrap();
                for col in 0..cols {
                    let list: Vec<$t> = x.iter().skip(col).step_by(cols).copied().collect();
                    let want = first_best(&list, least);
                    assert_eq!((at[col], at_value[col]), (want as u32, want as $index), "{list:?}");
                    // Of equal values, zeros of either sign, any one.
                    assert!(value[col] == best_value(&list, least), "{list:?}");
                }
            }
        }
    }};
}

#[test]
fn tcolarg_finds_the_first_of_the_best() {
    each_dtype!(check_cols! A2A3 [f16] A5 [u16 bf16] (u16));
    each_dtype!(check_cols! A2A3 [f32] A5 [i32] (i32));
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

#[derive(Buffers)]
struct Parts2<'k> {
    x: VecTile<'k, f16, 16, 32, Dyn>,
    y: VecTile<'k, f16, 8, 16, Dyn>,
    x_at: VecTile<'k, i32, 16, 32, Dyn>,
    y_at: VecTile<'k, i32, 8, 16, Dyn>,
    best: VecTile<'k, f16, 16, 32, Dyn>,
    best_at: VecTile<'k, i32, 16, 32, Dyn>,
}

#[kernel]
fn parts<'k>(
    ub: Parts2<'k>,
    x: GlobalIn<'k, f16>,
    x_at: GlobalIn<'k, i32>,
    y: GlobalIn<'k, f16>,
    y_at: GlobalIn<'k, i32>,
    best: GlobalOut<'k, f16>,
    best_at: GlobalOut<'k, i32>,
    least: bool,
) -> Retired<Parts2<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
    let x_at = tload(ub.x_at, &x_at.tile(0, 0)).record::<Vector>();
    let y = tload(ub.y, &y.tile(0, 0)).record::<Vector>();
    let y_at = tload(ub.y_at, &y_at.tile(0, 0)).record::<Vector>();
    let pair = if least {
        tpartargmin(ub.best, ub.best_at, &y, &x, &y_at, &x_at).on::<Vector>()
    } else {
        tpartargmax(ub.best, ub.best_at, &x, &y, &x_at, &y_at).on::<Vector>()
    };
    let (value, at) = pair.record::<TStoreVec>().split();
    Parts2::retire(Parts2Tokens {
        x,
        y,
        x_at,
        y_at,
        best: tstore(&best.tile(0, 0), value),
        best_at: tstore(&best_at.tile(0, 0), at),
    })
}

#[test]
fn tpartarg_takes_the_better_one_with_its_index() {
    for (small, large) in
        [((8, 16), (16, 32)), ((5, 16), (5, 21)), ((3, 7), (11, 7)), ((2, 2), (2, 2))]
    {
        for least in [false, true] {
            let rng = &mut rng();
            let (x, y): (Vec<f16>, Vec<f16>) =
                (elements(rng, large.0 * large.1), elements(rng, small.0 * small.1));
            let x_at: Vec<i32> = (0..).take(x.len()).collect();
            let y_at: Vec<i32> = (1000..).take(y.len()).collect();
            let (mut best, mut best_at) = (x.clone(), x_at.clone());
            Eager::new()
                .launch(
                    &parts,
                    1,
                    (
                        GlobalTensor::new(&x, &[large.0, large.1]).unwrap().whole(),
                        GlobalTensor::new(&x_at, &[large.0, large.1]).unwrap().whole(),
                        GlobalTensor::new(&y, &[small.0, small.1]).unwrap().whole(),
                        GlobalTensor::new(&y_at, &[small.0, small.1]).unwrap().whole(),
                        GlobalTensorMut::new(&mut best, &[large.0, large.1]).unwrap().whole(),
                        GlobalTensorMut::new(&mut best_at, &[large.0, large.1]).unwrap().whole(),
                        least,
                    ),
                )
                .unwrap();
            for (at, x) in x.iter().enumerate() {
                let (row, col) = (at / large.1, at % large.1);
                let other = (row < small.0 && col < small.1).then(|| row * small.1 + col);
                // The source that stands first is taken, unless the second one is better.
                let takes_y = other.is_some_and(|other| (*x < y[other]) != least);
                let want = match other {
                    Some(other) if takes_y => (y[other], y_at[other]),
                    _ => (*x, x_at[at]),
                };
                assert_eq!((best[at].to_bits(), best_at[at]), (want.0.to_bits(), want.1));
            }
        }
    }
}
