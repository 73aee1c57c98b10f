//! TCONCAT, TPREFETCH and TPRINT.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{Number, assert_close, data, each_dtype, on_every_schedule, rng};
use tilesync::prelude::*;

macro_rules! check_concat {
    ($chip:ident $t:ident ($index:ident)) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            a: VecTile<'k, $t, 4, 32, Dyn, $chip>,
            b: VecTile<'k, $t, 4, 64, Dyn, $chip>,
            la: VecTile<'k, $index, 4, 32, Dyn, $chip>,
            lb: VecTile<'k, $index, 4, 32, Dyn, $chip>,
            y: VecTile<'k, $t, 4, 96, Dyn, $chip>,
            ly: VecTile<'k, $index, 4, 32, Dyn, $chip>,
        }

        #[kernel]
        fn concat<'k>(
            ub: Ub<'k>,
            (a, b): (GlobalIn<'k, $t>, GlobalIn<'k, $t>),
            (la, lb): (GlobalIn<'k, $index>, GlobalIn<'k, $index>),
            y: GlobalOut<'k, $t>,
            ly: GlobalOut<'k, $index>,
            (form, cols): (usize, usize),
        ) -> Retired<Ub<'k>> {
            let a = tload(ub.a, &a.tile(0, 0)).record::<Vector>();
            let b = tload(ub.b, &b.tile(0, 0)).record::<Vector>();
            let la = tload(ub.la, &la.tile(0, 0)).record::<Vector>();
            let lb = tload(ub.lb, &lb.tile(0, 0)).record::<Vector>();
            let rows = ly.rows();
            let (y_tile, ly_tile) = match form {
                0 => (tconcat(ub.y, &a, &b), texpands(ub.ly.with_valid(rows, 1), 0).on::<Vector>()),
                1 => {
                    let y = tconcat_lengths(ub.y.with_valid(rows, cols), &a, &b, &la, &lb);
                    (y, texpands(ub.ly.with_valid(rows, 1), 0).on::<Vector>())
                }
                _ => {
                    let y = ub.y.with_valid(rows, cols);
                    let (y, ly) = tconcat_counted(y, ub.ly, &a, &b, &la, &lb);
                    (y, ly.on::<Vector>())
                }
            };
            let y = tstore(&y.tile(0, 0), y_tile.record::<TStoreVec>());
            let ly = tstore(&ly.tile(0, 0), ly_tile.record::<TStoreVec>());
            Ub::retire(UbTokens { a, b, la, lb, y, ly })
        }

        let unit = size_of::<$index>();
        for (rows, (n, m)) in [(4, (32, 64)), (3, (7, 41)), (1, (31, 1))] {
            for (form, cols) in [(0, n + m), (1, n + m), (2, n + m), (2, 20), (1, 90)] {
                let rng = &mut rng();
                let (a, b): (Vec<$t>, Vec<$t>) = (data(rng, rows * n), data(rng, rows * m));
                let mut lengths = |most: usize| -> Vec<usize> {
                    (0..rows)
                        .map(|_| rng.usize(0..=(most + 3).min(<$index>::MAX as usize / unit)))
                        .collect()
                };
                let (la, lb) = (lengths(n), lengths(m));
                let stored = |lengths: &[usize]| -> Vec<$index> {
                    lengths.iter().map(|length| (length * unit) as $index).collect()
                };
                let (sa, sb) = (stored(&la), stored(&lb));
                let (a_in, b_in) = (
                    GlobalTensor::<$t>::new(&a, &[rows, n]).unwrap(),
                    GlobalTensor::<$t>::new(&b, &[rows, m]).unwrap(),
                );
                let (la_in, lb_in) = (
                    GlobalTensor::<$index>::new(&sa, &[rows, 1]).unwrap(),
                    GlobalTensor::<$index>::new(&sb, &[rows, 1]).unwrap(),
                );
                let mut ly = vec![0; rows];
                let y = on_every_schedule!(
                    concat,
                    y = vec![a[0]; rows * cols],
                    (
                        (a_in.whole(), b_in.whole()),
                        (la_in.whole(), lb_in.whole()),
                        GlobalTensorMut::new(&mut y, &[rows, cols]).unwrap().whole(),
                        GlobalTensorMut::new(&mut ly, &[rows, 1]).unwrap().whole(),
                        (form, cols)
                    )
                );
                // Row by row: what each names of its source, cut off, and filled up.
                let want: Vec<$t> = (0..rows)
                    .flat_map(|row| {
                        let zero = <$t>::of(Default::default());
                        let part = |x: &[$t], width: usize, length: usize| -> Vec<$t> {
                            let row = &x[row * width..][..width];
                            (0..length).map(|at| row.get(at).copied().unwrap_or(zero)).collect()
                        };
                        let (left, right) = if form == 0 { (n, m) } else { (la[row], lb[row]) };
                        let mut both = [part(&a, n, left), part(&b, m, right)].concat();
                        both.resize(cols, zero);
                        both
                    })
                    .collect();
                assert_close("tconcat", 0, &y, |at| want[at]);
                if form == 2 {
                    let joined: Vec<usize> =
                        la.iter().zip(&lb).map(|(a, b)| (a + b).min(cols)).collect();
                    assert_eq!(ly, stored(&joined));
                }
            }
        }
    }};
}

#[test]
fn tconcat_puts_rows_side_by_side() {
    each_dtype!(check_concat! A2A3 [i8 u8 i16 u16 i32 u32 f16 bf16 f32] A5 [f32] (i32));
    each_dtype!(check_concat! A2A3 [f16] A5 [] (u32));
    each_dtype!(check_concat! A2A3 [f16] A5 [] (i16));
    each_dtype!(check_concat! A2A3 [f16] A5 [] (u16));
    each_dtype!(check_concat! A2A3 [f16] A5 [] (u8));
}

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 2, 8, Dyn>,
}

/// Hints at a tile, loads it, and prints it where a test sees it.
#[kernel]
fn hint_and_print<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let tile = tprefetch(ub.x, &x.tile(0, 0));
    let x = tload(tile, &x.tile(0, 0)).record::<Scalar>().wait();
    assert_eq!(tprint(&x), " 1.0  2.5 -3.0\n NaN  inf  0.0\n");
    Ub::retire(UbTokens { x: tstore(&y.tile(0, 0), x.record::<TStoreVec>()) })
}

#[test]
fn a_hint_changes_nothing_and_a_tile_is_printed() {
    let x = [1.0, 2.5, -3.0, f32::NAN, f32::INFINITY, 0.0];
    let input = GlobalTensor::<f32>::new(&x, &[2, 3]).unwrap();
    let y = on_every_schedule!(
        hint_and_print,
        y = vec![0.0_f32; 6],
        (input.whole(), GlobalTensorMut::new(&mut y, &[2, 3]).unwrap().whole())
    );
    assert_close("a copy", 0, &y, |at| x[at]);
}
