//! TSORT32 and TMRGSORT.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{Number, data, each_dtype, on_every_schedule, rng};
use tilesync::prelude::*;
use tilesync::tile::{Dtype, Float};

/// Values with their indices, from the elements of a tile.
fn pairs_of<T: Float>(elements: &[T]) -> Vec<(T, u32)> {
    let low = |x: T| x.to_bits() as u32 & 0xffff;
    let pair = |pair: &[T]| match *pair {
        [value, index] => (value, index.to_bits() as u32),
        [value, zero, first, second] => {
            assert_eq!(zero.to_bits(), 0);
            (value, low(second) << 16 | low(first))
        }
        _ => panic!("a pair has 8 bytes"),
    };
    elements.chunks(8 / size_of::<T>()).map(pair).collect()
}

/// The order by what it is to mean, case by case: is `x` to come before `y`?
fn before<T: Float>(x: T, y: T) -> bool {
    let rank = |x: f32| match (x.is_nan(), x.is_sign_negative()) {
        (true, false) => 2,
        (true, true) => 0,
        _ => 1,
    };
    let (x, y) = (x.to_f32(), y.to_f32());
    rank(x) > rank(y) || (rank(x) == 1 && rank(y) == 1 && x > y)
}

/// Inserts each where it belongs, behind its equals.
fn insertion_sort<T: Float>(values: &[(T, u32)]) -> Vec<(T, u32)> {
    let mut sorted: Vec<(T, u32)> = Vec::new();
    for &(value, index) in values {
        let place = sorted.iter().position(|&(other, _)| before(value, other));
        sorted.insert(place.unwrap_or(sorted.len()), (value, index));
    }
    sorted
}

fn bits<T: Dtype>(pairs: &[(T, u32)]) -> Vec<(u64, u32)> {
    pairs.iter().map(|(value, index)| (value.to_bits(), *index)).collect()
}

/// Values with few different ones among them, and one kind of NaN: NaN that differ in their digits have an order too.
fn values<T: Number>(rng: &mut fastrand::Rng, count: usize) -> Vec<T> {
    let mut values: Vec<T> = data(rng, count);
    for value in &mut values {
        if rng.bool() {
            *value = T::SPECIAL[rng.usize(..T::SPECIAL.len())];
        }
        if T::partial_cmp(value, value).is_none() {
            *value = T::SPECIAL[0];
        }
    }
    values
}

macro_rules! check_sort {
    ($chip:ident $t:ident ($pair:literal)) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 3, 128, Dyn, $chip>,
            idx: VecTile<'k, u32, 3, 128, Dyn, $chip>,
            tmp: VecTile<'k, $t, 3, 128, Dyn, $chip>,
            y: VecTile<'k, $t, 3, { 128 * $pair }, Dyn, $chip>,
        }

        #[kernel]
        fn sort<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $t>,
            idx: GlobalIn<'k, u32>,
            y: GlobalOut<'k, $t>,
        ) -> Retired<Ub<'k>> {
            let whole = x.cols() % 32 == 0;
            let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let idx = tload(ub.idx, &idx.tile(0, 0)).record::<Vector>();
            let mut tmp = ub.tmp.on::<Vector>();
            let y_tile =
                if whole { tsort32(ub.y, &x, &idx) } else { tsort32_any(ub.y, &x, &idx, &mut tmp) };
            let y = tstore(&y.tile(0, 0), y_tile.record::<TStoreVec>());
            Ub::retire(UbTokens { x, idx, tmp, y })
        }

        for ((rows, cols), index_rows) in [((3, 128), 3), ((2, 64), 1), ((3, 77), 3), ((1, 5), 1)] {
            let rng = &mut rng();
            let x: Vec<$t> = values(rng, rows * cols);
            let idx: Vec<u32> = (0..index_rows * cols).map(|_| rng.u32(..)).collect();
            let input = GlobalTensor::<$t>::new(&x, &[rows, cols]).unwrap();
            let index = GlobalTensor::<u32>::new(&idx, &[index_rows, cols]).unwrap();
            let y = on_every_schedule!(
                sort,
                y = vec![x[0]; rows * cols * $pair],
                (
                    input.whole(),
                    index.whole(),
                    GlobalTensorMut::new(&mut y, &[rows, cols * $pair]).unwrap().whole()
                )
            );
            for row in 0..rows {
                let got = pairs_of(&y[row * cols * $pair..][..cols * $pair]);
                let at = |col| (x[row * cols + col], idx[(row % index_rows) * cols + col]);
                for first in (0..cols).step_by(32) {
                    let last = cols.min(first + 32);
                    let want = insertion_sort(&(first..last).map(at).collect::<Vec<_>>());
                    assert_eq!(bits(&got[first..last]), bits(&want), "row {row}, from {first} on");
                }
            }
        }
    }};
}

#[test]
fn tsort32_sorts_each_32_values() {
    each_dtype!(check_sort! A2A3 [f32] A5 [f32] (2));
    each_dtype!(check_sort! A2A3 [f16] A5 [f16] (4));
}

/// Sorted pairs of some values with indices that tell them apart.
fn list<T: Number + Float>(rng: &mut fastrand::Rng, count: usize, first: u32) -> Vec<(T, u32)> {
    let values: Vec<T> = values(rng, count);
    insertion_sort(&values.into_iter().zip(first..).collect::<Vec<_>>())
}

/// The elements of pairs as they lie in a tile.
fn elements<T: Float>(pairs: &[(T, u32)]) -> Vec<T> {
    let part = |bits: u32| T::from_bits(u64::from(bits));
    let pair = |&(value, index): &(T, u32)| {
        if size_of::<T>() == 4 {
            vec![value, part(index)]
        } else {
            vec![value, T::ZERO, part(index & 0xffff), part(index >> 16)]
        }
    };
    pairs.iter().flat_map(pair).collect()
}

macro_rules! check_runs {
    ($chip:ident $t:ident ($pair:literal)) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 1, 2048, Dyn, $chip>,
            y: VecTile<'k, $t, 1, 2048, Dyn, $chip>,
        }

        #[kernel]
        fn merge<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $t>,
            y: GlobalOut<'k, $t>,
            run: usize,
        ) -> Retired<Ub<'k>> {
            let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let y_tile = tmrgsort(ub.y, &x, run).record::<TStoreVec>();
            Ub::retire(UbTokens { x, y: tstore(&y.tile(0, 0), y_tile) })
        }

        for (run, groups) in [(64, 1), (64, 8), (128, 3), (512, 1)] {
            let rng = &mut rng();
            let runs: Vec<_> =
                (0..4 * groups as u32).map(|n| list::<$t>(rng, run / $pair, 1000 * n)).collect();
            let x = elements(&runs.concat());
            let input = GlobalTensor::<$t>::new(&x, &[1, x.len()]).unwrap();
            let len = x.len();
            let y = on_every_schedule!(
                merge,
                y = vec![x[0]; len],
                (input.whole(), GlobalTensorMut::new(&mut y, &[1, len]).unwrap().whole(), run)
            );
            for (got, four) in y.chunks(4 * run).zip(runs.chunks(4)) {
                assert_eq!(bits(&pairs_of(got)), bits(&insertion_sort(&four.concat())));
            }
        }
        // Runs that are none, and columns that are not four runs.
        for (run, len) in [(0, 256), (32, 256), (64, 192), (64, 320)] {
            let x = vec![<$t>::ONE; len];
            let mut y = x.clone();
            let input = GlobalTensor::<$t>::new(&x, &[1, len]).unwrap();
            let mut output = GlobalTensorMut::new(&mut y, &[1, len]).unwrap();
            let error =
                Eager::new().launch(&merge, 1, (input.whole(), output.whole(), run)).unwrap_err();
            assert!(error.to_string().contains("TMRGSORT"), "{error}");
        }
    }};
}

#[test]
fn tmrgsort_merges_each_four_runs() {
    each_dtype!(check_runs! A2A3 [f32] A5 [f32] (2));
    each_dtype!(check_runs! A2A3 [f16] A5 [f16] (4));
}

/// Merges 2, 3 and 4 lists; the counts of a merge that stops early go to `z`.
macro_rules! check_lists {
    ($chip:ident $t:ident ($pair:literal)) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            a: VecTile<'k, $t, 1, 64, Dyn, $chip>,
            b: VecTile<'k, $t, 1, 128, Dyn, $chip>,
            c: VecTile<'k, $t, 1, 64, Dyn, $chip>,
            d: VecTile<'k, $t, 1, 32, Dyn, $chip>,
            tmp: VecTile<'k, $t, 1, 288, Dyn, $chip>,
            y: VecTile<'k, $t, 1, 256, Dyn, $chip>,
            z: VecTile<'k, i32, 1, 8, Dyn, $chip>,
        }

        #[kernel]
        fn merge<'k>(
            ub: Ub<'k>,
            x: [GlobalIn<'k, $t>; 4],
            y: GlobalOut<'k, $t>,
            z: GlobalOut<'k, i32>,
            (count, stops): (usize, usize),
        ) -> Retired<Ub<'k>> {
            let a = tload(ub.a, &x[0].tile(0, 0)).record::<Vector>();
            let b = tload(ub.b, &x[1].tile(0, 0)).record::<Vector>();
            let c = tload(ub.c, &x[2].tile(0, 0)).record::<Vector>();
            let d = tload(ub.d, &x[3].tile(0, 0)).record::<Vector>();
            let mut tmp = ub.tmp.on::<Vector>();
            let (y_tile, counts) = match (count, stops) {
                (2, 0) => (tmrgsort_lists(ub.y, &mut tmp, (&a, &b)), vec![]),
                (3, 0) => (tmrgsort_lists(ub.y, &mut tmp, (&a, &b, &c)), vec![]),
                (_, 0) => (tmrgsort_lists(ub.y, &mut tmp, (&a, &b, &c, &d)), vec![]),
                (2, _) => {
                    let (y, counts) = tmrgsort_exhausted(ub.y, &mut tmp, (&a, &b));
                    (y, counts.to_vec())
                }
                (3, _) => {
                    let (y, counts) = tmrgsort_exhausted(ub.y, &mut tmp, (&a, &b, &c));
                    (y, counts.to_vec())
                }
                _ => {
                    let (y, counts) = tmrgsort_exhausted(ub.y, &mut tmp, (&a, &b, &c, &d));
                    (y, counts.to_vec())
                }
            };
            let mut z_tile = texpands(ub.z.with_valid(1, 4), 0).record::<Scalar>().wait();
            for (at, count) in counts.iter().enumerate() {
                z_tile.set(0, at, *count as i32);
            }
            let z = tstore(&z.tile(0, 0), z_tile.record::<TStoreVec>());
            let y = tstore(&y.tile(0, 0), y_tile.record::<TStoreVec>());
            Ub::retire(UbTokens { a, b, c, d, tmp, y, z })
        }

        for lens in [[32, 64, 32, 16], [16, 20, 5, 1], [1, 64, 32, 16]] {
            let lens = lens.map(|len: usize| (len * 2 / $pair).max(1));
            for count in 2..=4 {
                let rng = &mut rng();
                let lists: Vec<_> =
                    lens.iter().zip(0..).map(|(&len, n)| list::<$t>(rng, len, 1000 * n)).collect();
                let all = insertion_sort(&lists[..count].concat());
                let kept = all.len().min(256 / $pair);
                let x: Vec<Vec<$t>> = lists.iter().map(|list| elements(list)).collect();
                let inputs: Vec<_> =
                    x.iter().map(|x| GlobalTensor::<$t>::new(x, &[1, x.len()]).unwrap()).collect();
                let inputs = [0, 1, 2, 3].map(|n: usize| inputs[n].whole());

                let mut z = vec![0; 4];
                let mut y = vec![<$t>::ONE; kept * $pair];
                Eager::new()
                    .launch(
                        &merge,
                        1,
                        (
                            inputs,
                            GlobalTensorMut::new(&mut y, &[1, kept * $pair]).unwrap().whole(),
                            GlobalTensorMut::new(&mut z, &[1, 4]).unwrap().whole(),
                            (count, 0),
                        ),
                    )
                    .unwrap();
                assert_eq!(bits(&pairs_of(&y)), bits(&all[..kept]));

                // Pair after pair, until a list has no more.
                let from = |index: u32| index as usize / 1000;
                let mut taken = vec![0; count];
                let mut until = 0;
                while until < kept && (0..count).all(|n| taken[n] < lens[n]) {
                    taken[from(all[until].1)] += 1;
                    until += 1;
                }
                for schedule in 0..3 {
                    let mut z = vec![0; 4];
                    let mut y = vec![<$t>::ONE; until * $pair];
                    let args = (
                        inputs,
                        GlobalTensorMut::new(&mut y, &[1, until * $pair]).unwrap(),
                        GlobalTensorMut::new(&mut z, &[1, 4]).unwrap(),
                    );
                    let (inputs, mut out, mut counts) = args;
                    let args = (inputs, out.whole(), counts.whole(), (count, 1));
                    match schedule {
                        0 => Eager::new().launch(&merge, 1, args).map(drop).unwrap(),
                        1 => Pipelined::new()
                            .order(Order::Late)
                            .launch(&merge, 1, args)
                            .map(drop)
                            .unwrap(),
                        _ => Pipelined::new()
                            .order(Order::Random(1))
                            .launch(&merge, 1, args)
                            .map(drop)
                            .unwrap(),
                    }
                    assert_eq!(bits(&pairs_of(&y)), bits(&all[..until]));
                    let got: Vec<usize> = z[..count].iter().map(|z| *z as usize).collect();
                    assert_eq!(got, taken, "{lens:?}, {count} lists");
                }
            }
        }
    }};
}

#[test]
fn tmrgsort_merges_lists_and_tells_what_it_took() {
    each_dtype!(check_lists! A2A3 [f32] A5 [f32] (2));
    each_dtype!(check_lists! A2A3 [f16] A5 [f16] (4));
}
