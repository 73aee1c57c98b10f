//! TTRI and TCI.
#![allow(clippy::unwrap_used, clippy::too_many_arguments, reason = "a test")]

mod common;

use common::{Number, each_dtype};
use tilesync::prelude::*;
use tilesync::tile::Dtype;

macro_rules! check_tri {
    ($chip:ident $t:ident ()) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 16, 32, Dyn, $chip>,
        }

        #[kernel]
        fn tri<'k>(
            ub: Ub<'k>,
            out: GlobalOut<'k, $t>,
            upper: bool,
            diagonal: i32,
            rows: usize,
            cols: usize,
        ) -> Retired<Ub<'k>> {
            let side = if upper { Triangle::Upper } else { Triangle::Lower };
            let x = ttri(ub.x.with_valid(rows, cols), side, diagonal).record::<TStoreVec>();
            Ub::retire(UbTokens { x: tstore(&out.tile(0, 0), x) })
        }

        for (rows, cols) in [(16, 32), (7, 5), (1, 1)] {
            for diagonal in [i32::MIN, -40, -6, -1, 0, 1, 4, 31, 99, i32::MAX] {
                for upper in [false, true] {
                    let mut out = vec![<$t>::HIGHEST; rows * cols];
                    let tensor = GlobalTensorMut::new(&mut out, &[rows, cols]);
                    let mut tensor = tensor.unwrap();
                    Eager::new()
                        .launch(&tri, 1, (tensor.whole(), upper, diagonal, rows, cols))
                        .unwrap();
                    for (at, got) in out.iter().enumerate() {
                        let (row, col) = ((at / cols) as i64, (at % cols) as i64);
                        let edge = row + i64::from(diagonal);
                        let one = if upper { col >= edge } else { col <= edge };
                        let want = if one { <$t>::ONE } else { <$t>::ZERO };
                        assert!(*got == want, "{upper} {diagonal}: element {at} is {got:?}");
                    }
                }
            }
        }
    }};
}

#[test]
fn ttri_is_one_on_its_side_of_the_diagonal() {
    each_dtype!(check_tri! A2A3 [i16 f32] A5 [u8 i64 bf16] ());
}

macro_rules! check_ci {
    ($chip:ident $t:ident ()) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 1, 64, Dyn, $chip>,
            tmp: VecTile<'k, i32, 8, 64, Full, $chip>,
        }

        #[kernel]
        fn count<'k>(
            ub: Ub<'k>,
            slow: GlobalOut<'k, $t>,
            fast: GlobalOut<'k, $t>,
            start: $t,
            down: bool,
            cols: usize,
        ) -> Retired<Ub<'k>> {
            let way = if down { Counting::Down } else { Counting::Up };
            let mut tmp = ub.tmp.on::<Vector>();
            let x = tci(ub.x.with_valid(1, cols), start, way).record::<TStoreVec>();
            let x = tstore(&slow.tile(0, 0), x).release::<Vector>();
            let x = tci_vector(x.wait().with_valid(1, cols), start, way, &mut tmp);
            let x = tstore(&fast.tile(0, 0), x.record::<TStoreVec>());
            Ub::retire(UbTokens { x, tmp })
        }

        for cols in [64, 33, 1] {
            for (start, down) in [(<$t>::of(0), false), (<$t>::MAX - 3, false), (<$t>::of(5), true)]
            {
                let (mut slow, mut fast) = (vec![<$t>::of(7); cols], vec![<$t>::of(7); cols]);
                Eager::new()
                    .launch(
                        &count,
                        1,
                        (
                            GlobalTensorMut::new(&mut slow, &[1, cols]).unwrap().whole(),
                            GlobalTensorMut::new(&mut fast, &[1, cols]).unwrap().whole(),
                            start,
                            down,
                            cols,
                        ),
                    )
                    .unwrap();
                let number = |at: usize| {
                    if down { start.wide() - at as i128 } else { start.wide() + at as i128 }
                };
                let want: Vec<$t> = (0..cols).map(|at| <$t>::of(number(at))).collect();
                assert_eq!((slow, fast), (want.clone(), want));
            }
        }
    }};
}

#[test]
fn tci_counts_up_and_down() {
    each_dtype!(check_ci! A2A3 [i16 u32] A5 [u16 i32] ());
}
