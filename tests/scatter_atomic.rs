//! MSCATTER with `ScatterAtomicOp`: tables that blocks add to, or keep the greatest and the least in.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{Number, assert_close, data, each_dtype, rng};
use tilesync::prelude::*;
use tilesync::tile::Dtype;

/// The blocks; each scatters 4 x 8 elements, or 3 x 5 of them, into a table of 3 x 8.
const BLOCKS: usize = 12;
const TABLE: (usize, usize) = (3, 8);

/// What a form leaves of a table that starts as given, for `$m` x `$n` elements a block: the same bits eagerly and pipelined.
macro_rules! scattered {
    (
        $form:ident $chip:ident $t:ident $table:ident, $rows:literal rows, $idx_rows:literal x $idx_cols:literal,
        |$whole:ident| $part:expr, $x:expr, $idx:expr, ($m:expr, $n:expr), $start:expr
    ) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            idx: VecTile<'k, u32, $idx_rows, $idx_cols, Dyn, $chip>,
            x: VecTile<'k, $t, $rows, 32, Dyn, $chip>,
        }

        #[kernel]
        fn run<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $t>,
            idx: GlobalIn<'k, u32>,
            table: $table<'k, $t, RowMajor, PipeV>,
        ) -> Retired<Ub<'k>> {
            let idx = tload(ub.idx, &idx.tile(0, 0)).record::<Vector>();
            let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let x = $form(&table.at(0, 0), x, &idx, ScatterOob::Skip);
            Ub::retire(UbTokens { idx, x })
        }

        let x = GlobalTensor::<$t>::new(&$x, &[BLOCKS * $m, $n]).unwrap();
        let (rows, cols) = if $idx_rows == 1 { (1, $m) } else { ($m, $n) };
        let idx = GlobalTensor::<u32>::new(&$idx, &[BLOCKS * rows, cols]).unwrap();
        let start: Vec<$t> = $start;
        let [eager, pipelined] = [false, true].map(|pipelined| {
            let mut y = start.clone();
            let height = y.len() / TABLE.1;
            let mut $whole = GlobalTensorMut::new(&mut y, &[height, TABLE.1]).unwrap();
            let args = (x.parts($m, $n).unwrap(), idx.parts(rows, cols).unwrap(), $part);
            if pipelined {
                Pipelined::new().order(Order::Late).launch(&run, BLOCKS, args).unwrap();
            } else {
                Eager::new().launch(&run, BLOCKS, args).unwrap();
            }
            y
        });
        let bits = |y: &[$t]| y.iter().map(|y| Dtype::to_bits(*y)).collect::<Vec<_>>();
        assert_eq!(bits(&eager), bits(&pipelined), stringify!($form));
        eager
    }};
}

/// Small whole numbers, whose sums are exact in every type.
fn whole<T: Number>(rng: &mut fastrand::Rng, count: usize) -> Vec<T> {
    (0..count).map(|_| if rng.bool() { T::ONE } else { T::ONE.add(T::ONE) }).collect()
}

/// The terms of each element of the table, in the order of blocks and rows: what it starts with, and what comes to it.
fn terms<T: Number>(start: &[T], x: &[T], idx: &[u32], by_row: Option<usize>) -> Vec<Vec<T>> {
    let mut all: Vec<Vec<T>> = start.iter().map(|x| vec![*x]).collect();
    for (at, x) in x.iter().enumerate() {
        let to = match by_row {
            None => idx[at] as usize,
            Some(width) => {
                let (row, col) = (idx[at / width] as usize, at % width);
                if row < TABLE.0 { row * TABLE.1 + col } else { usize::MAX }
            }
        };
        if let Some(terms) = all.get_mut(to) {
            terms.push(*x);
        }
    }
    all
}

fn sum<T: Number>(terms: &[T]) -> T {
    terms[1..].iter().fold(terms[0], |sum, term| T::of(sum.wide() + term.wide()))
}

/// The terms in order: a NaN, numbers, and of two zeros the negative one first.
fn sorted<T: Number>(terms: &[T]) -> Vec<T> {
    let mut terms = terms.to_vec();
    let negative = |x: T| Dtype::to_bits(x) >> (8 * size_of::<T>() - 1) == 1;
    terms.sort_by(|x, y| {
        let number = x.partial_cmp(x).is_some().cmp(&y.partial_cmp(y).is_some());
        let value = x.partial_cmp(y).unwrap_or(std::cmp::Ordering::Equal);
        number.then(value).then(negative(*y).cmp(&negative(*x)))
    });
    terms
}

fn best<T: Number>(terms: &[T]) -> T {
    *sorted(terms).last().unwrap()
}

fn least<T: Number>(terms: &[T]) -> T {
    let terms = sorted(terms);
    *terms.iter().find(|x| x.partial_cmp(x).is_some()).unwrap_or(&terms[0])
}

macro_rules! check {
    ($chip:ident $t:ident ($form:ident, $table:ident, $data:ident, elements, $want:ident)) => {{
        for (m, n) in [(4, 32), (3, 5)] {
            let rng = &mut rng();
            let x: Vec<$t> = $data(rng, BLOCKS * m * n);
            let idx: Vec<u32> = x.iter().map(|_| rng.u32(0..27)).collect();
            let start: Vec<$t> = $data(rng, TABLE.0 * TABLE.1);
            let y = scattered!($form $chip $t $table, 4 rows, 4 x 32, |table| table.whole(), x, idx, (m, n), start.clone());
            let terms = terms(&start, &x, &idx, None);
            assert_close(stringify!($form), 0, &y, |at| $want(&terms[at]));
        }
    }};
    ($chip:ident $t:ident ($form:ident, $table:ident, $data:ident, rows, $want:ident)) => {{
        for (m, n) in [(4, 8), (3, 5)] {
            let rng = &mut rng();
            let x: Vec<$t> = $data(rng, BLOCKS * m * n);
            let idx: Vec<u32> = (0..BLOCKS * m).map(|_| rng.u32(0..5)).collect();
            let start: Vec<$t> = $data(rng, TABLE.0 * TABLE.1);
            let y = scattered!($form $chip $t $table, 8 rows, 1 x 8, |table| table.whole(), x, idx, (m, n), start.clone());
            let terms = terms(&start, &x, &idx, Some(n));
            assert_close(stringify!($form), 0, &y, |at| $want(&terms[at]));
        }
    }};
}

#[test]
fn blocks_add_elements_to_one_table() {
    each_dtype!(check! A2A3 [] A5 [i32 u32] (mscatter_add, GlobalSum, data, elements, sum));
    each_dtype!(check! A2A3 [] A5 [f16 bf16 f32] (mscatter_add_any_order, GlobalSum, whole, elements, sum));
}

#[test]
fn blocks_add_rows_to_one_table() {
    each_dtype!(check! A2A3 [i8 i16 i32] A5 [i32 u32] (mscatter_rows_add, GlobalSum, data, rows, sum));
    each_dtype!(check! A2A3 [f16 bf16 f32] A5 [f16 bf16 f32] (mscatter_rows_add_any_order, GlobalSum, whole, rows, sum));
}

#[test]
fn a_table_keeps_the_greatest_and_the_least() {
    each_dtype!(check! A2A3 [] A5 [i32 u32 f32] (mscatter_max, GlobalMax, data, elements, best));
    each_dtype!(check! A2A3 [] A5 [i32 u32 f32] (mscatter_min, GlobalMin, data, elements, least));
    each_dtype!(check! A2A3 [] A5 [i32 u32 f32] (mscatter_rows_max, GlobalMax, data, rows, best));
    each_dtype!(check! A2A3 [] A5 [i32 u32 f32] (mscatter_rows_min, GlobalMin, data, rows, least));
}

/// On a2a3 each block has a table of its own, and adds in row order: floats too have one sum.
#[test]
fn a_block_adds_elements_to_its_own_table() {
    macro_rules! check_own {
        ($chip:ident $t:ident ()) => {{
            let ((m, n), rng) = ((4, 32), &mut rng());
            let x: Vec<$t> = data(rng, BLOCKS * m * n);
            let idx: Vec<u32> = x.iter().map(|_| rng.u32(0..27)).collect();
            let start: Vec<$t> = data(rng, BLOCKS * TABLE.0 * TABLE.1);
            let y = scattered!(
                mscatter_add $chip $t GlobalOut, 4 rows, 4 x 32,
                |table| table.parts(TABLE.0, TABLE.1).unwrap(), x, idx, (m, n), start.clone()
            );
            let (size, part) = (TABLE.0 * TABLE.1, m * n);
            for block in 0..BLOCKS {
                let (start, x) = (&start[block * size..][..size], &x[block * part..][..part]);
                let terms = terms(start, x, &idx[block * part..], None);
                assert_close("mscatter_add", 0, &y[block * size..][..size], |at| sum(&terms[at]));
            }
        }};
    }
    each_dtype!(check_own! A2A3 [i8 i16 i32 f16 bf16 f32] A5 [] ());
}
