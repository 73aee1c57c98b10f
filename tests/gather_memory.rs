//! MGATHER and MSCATTER: rows and elements of global memory, by index.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{Number, assert_close, data, each_dtype, on_every_schedule, rng};
use tilesync::prelude::*;
use tilesync::tile::{F8E4M3, F8E5M2, HiF8};

/// Indices of a table of `count`, some of them outside.
fn indices(rng: &mut fastrand::Rng, len: usize, count: usize) -> Vec<i32> {
    let strange = [-1, i32::MIN, i32::MAX, count as i32, count as i32 + 2];
    let index = |_| match rng.u8(0..6) {
        0 => strange[rng.usize(..strange.len())],
        _ => rng.i32(0..count as i32),
    };
    (0..len).map(index).collect()
}

/// What an index means for a table of `count`: by counting down as often as it takes, and up.
fn meant(index: i32, count: usize, oob: usize) -> Option<usize> {
    let (index, count) = (i64::from(index as u32), count as i64);
    match oob {
        _ if index < count => Some(index as usize),
        1 => Some(count as usize - 1),
        2 => Some((index - index / count * count) as usize),
        _ => None,
    }
}

const GATHER: [GatherOob; 3] = [GatherOob::Zero, GatherOob::Clamp, GatherOob::Wrap];
const SCATTER: [ScatterOob; 3] = [ScatterOob::Skip, ScatterOob::Clamp, ScatterOob::Wrap];

/// A table of 12 x 40 in rows of 50, so that it is packed or not, and what is gathered from it.
macro_rules! check_gather {
    ($chip:ident $t:ident ($index:ident)) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            idx: VecTile<'k, $index, 4, 32, Dyn, $chip>,
            y: VecTile<'k, $t, 4, 32, Dyn, $chip>,
            row_idx: VecTile<'k, $index, 1, 8, Dyn, $chip>,
            rows: VecTile<'k, $t, 8, 64, Dyn, $chip>,
        }

        #[kernel]
        fn gather<'k>(
            ub: Ub<'k>,
            table: GlobalIn<'k, $t>,
            idx: GlobalIn<'k, $index>,
            y: GlobalOut<'k, $t>,
            (oob, rows): (usize, usize),
        ) -> Retired<Ub<'k>> {
            let table = table.at(0, 0);
            if rows == 1 {
                let idx = tload(ub.row_idx, &idx.tile(0, 0)).record::<Vector>();
                let rows = mgather_rows(ub.rows, &table, &idx, GATHER[oob]).record::<TStoreVec>();
                let rows = tstore(&y.tile(0, 0), rows);
                Ub::retire(UbTokens { idx: ub.idx, y: ub.y, row_idx: idx, rows })
            } else {
                let idx = tload(ub.idx, &idx.tile(0, 0)).record::<Vector>();
                let y_tile = mgather(ub.y, &table, &idx, GATHER[oob]).record::<TStoreVec>();
                let y = tstore(&y.tile(0, 0), y_tile);
                Ub::retire(UbTokens { idx, y, row_idx: ub.row_idx, rows: ub.rows })
            }
        }

        let (rows, cols) = (12, 40);
        for pitch in [cols, 50] {
            for (oob, _) in GATHER.into_iter().enumerate() {
                let rng = &mut rng();
                let x: Vec<$t> = data(rng, rows * pitch);
                let table =
                    GlobalTensor::<$t>::with_stride(&x, [1, 1, 1, rows, cols], [0, 0, 0, pitch, 1])
                        .unwrap();
                let zero = <$t>::of(Default::default());
                for (m, n) in [(4, 32), (3, 19)] {
                    let idx = indices(rng, m * n, rows * cols);
                    let index: Vec<$index> = idx.iter().map(|&index| index as $index).collect();
                    let index = GlobalTensor::<$index>::new(&index, &[m, n]).unwrap();
                    let y = on_every_schedule!(
                        gather,
                        y = vec![x[0]; m * n],
                        (
                            table.whole(),
                            index.whole(),
                            GlobalTensorMut::new(&mut y, &[m, n]).unwrap().whole(),
                            (oob, 0)
                        )
                    );
                    assert_close("mgather", 0, &y, |at| {
                        let from = meant(idx[at], rows * cols, oob);
                        from.map_or(zero, |from| x[from / cols * pitch + from % cols])
                    });
                }
                for n in [8, 5] {
                    let idx = indices(rng, n, rows);
                    let index: Vec<$index> = idx.iter().map(|&index| index as $index).collect();
                    let index = GlobalTensor::<$index>::new(&index, &[1, n]).unwrap();
                    let y = on_every_schedule!(
                        gather,
                        y = vec![x[0]; n * cols],
                        (
                            table.whole(),
                            index.whole(),
                            GlobalTensorMut::new(&mut y, &[n, cols]).unwrap().whole(),
                            (oob, 1)
                        )
                    );
                    assert_close("mgather_rows", 0, &y, |at| {
                        let from = meant(idx[at / cols], rows, oob);
                        from.map_or(zero, |from| x[from * pitch + at % cols])
                    });
                }
            }
        }
    }};
}

#[test]
fn mgather_reads_elements_and_rows() {
    each_dtype!(check_gather! A2A3 [i8 u8 i16 u16 i32 u32 f16 bf16 f32] A5 [i8 f32] (i32));
    each_dtype!(check_gather! A2A3 [f32] A5 [bf16 F8E4M3 F8E5M2 HiF8] (u32));
}

macro_rules! check_scatter {
    ($chip:ident $t:ident ($index:ident)) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            idx: VecTile<'k, $index, 4, 32, Dyn, $chip>,
            x: VecTile<'k, $t, 4, 32, Dyn, $chip>,
            row_idx: VecTile<'k, $index, 1, 8, Dyn, $chip>,
            rows: VecTile<'k, $t, 8, 64, Dyn, $chip>,
        }

        #[kernel]
        fn scatter<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $t>,
            idx: GlobalIn<'k, $index>,
            table: GlobalOut<'k, $t, RowMajor, PipeV>,
            (oob, rows): (usize, usize),
        ) -> Retired<Ub<'k>> {
            let table = table.at(0, 0);
            if rows == 1 {
                let idx = tload(ub.row_idx, &idx.tile(0, 0)).record::<Vector>();
                let x = tload(ub.rows, &x.tile(0, 0)).record::<Vector>();
                let rows = mscatter_rows(&table, x, &idx, SCATTER[oob]);
                Ub::retire(UbTokens { idx: ub.idx, x: ub.x, row_idx: idx, rows })
            } else {
                let idx = tload(ub.idx, &idx.tile(0, 0)).record::<Vector>();
                let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
                let x = mscatter(&table, x, &idx, SCATTER[oob]);
                Ub::retire(UbTokens { idx, x, row_idx: ub.row_idx, rows: ub.rows })
            }
        }

        let (rows, cols) = (12, 40);
        for (oob, _) in SCATTER.into_iter().enumerate() {
            let rng = &mut rng();
            let before: Vec<$t> = data(rng, rows * cols);
            for (m, n) in [(4, 32), (3, 19)] {
                let x: Vec<$t> = data(rng, m * n);
                let input = GlobalTensor::<$t>::new(&x, &[m, n]).unwrap();
                let idx = indices(rng, m * n, rows * cols);
                let index: Vec<$index> = idx.iter().map(|&index| index as $index).collect();
                let index = GlobalTensor::<$index>::new(&index, &[m, n]).unwrap();
                let y = on_every_schedule!(
                    scatter,
                    y = before.clone(),
                    (
                        input.whole(),
                        index.whole(),
                        GlobalTensorMut::new(&mut y, &[rows, cols]).unwrap().whole(),
                        (oob, 0)
                    )
                );
                assert_close("mscatter", 0, &y, |at| {
                    let to = |index: &i32| meant(*index, rows * cols, oob) == Some(at);
                    idx.iter().rposition(to).map_or(before[at], |last| x[last])
                });
            }
            for n in [8, 5] {
                let x: Vec<$t> = data(rng, n * cols);
                let input = GlobalTensor::<$t>::new(&x, &[n, cols]).unwrap();
                let idx = indices(rng, n, rows);
                let index: Vec<$index> = idx.iter().map(|&index| index as $index).collect();
                let index = GlobalTensor::<$index>::new(&index, &[1, n]).unwrap();
                let y = on_every_schedule!(
                    scatter,
                    y = before.clone(),
                    (
                        input.whole(),
                        index.whole(),
                        GlobalTensorMut::new(&mut y, &[rows, cols]).unwrap().whole(),
                        (oob, 1)
                    )
                );
                assert_close("mscatter_rows", 0, &y, |at| {
                    let to = |index: &i32| meant(*index, rows, oob) == Some(at / cols);
                    let last = idx.iter().rposition(to);
                    last.map_or(before[at], |last| x[last * cols + at % cols])
                });
            }
        }
    }};
}

#[test]
fn mscatter_writes_elements_and_rows_the_last_of_one_index_stays() {
    each_dtype!(check_scatter! A2A3 [i8 u8 i16 u16 i32 u32 f16 bf16 f32] A5 [i8 f32] (i32));
    each_dtype!(check_scatter! A2A3 [f32] A5 [bf16 F8E4M3 F8E5M2 HiF8] (u32));
}

/// Rows into fractals: element (i, j) lies in column block `j / c0`, row `i`.
#[test]
fn rows_are_gathered_into_fractals() {
    macro_rules! check_fractals {
        ($chip:ident $t:ident ()) => {{
            const C0: usize = 32 / size_of::<$t>();

            #[derive(Buffers)]
            struct L1<'k> {
                y: MatTile<'k, $t, 32, { 2 * C0 }, Full, Nz, $chip>,
            }

            #[kernel]
            fn gather<'k>(
                l1: L1<'k>,
                table: GlobalIn<'k, $t>,
                idx: GlobalIn<'k, i32>,
                y: GlobalOut<'k, $t, Nz>,
                oob: usize,
            ) -> Retired<L1<'k>> {
                let y_tile = mgather_mat_rows(l1.y, &table.at(0, 0), &idx.at(0, 0), GATHER[oob]);
                let y_tile = y_tile.record::<TStoreMat>();
                L1::retire(L1Tokens { y: tstore(&y.tile(0, 0), y_tile) })
            }

            let (rows, cols) = (12, 2 * C0);
            for (oob, _) in GATHER.into_iter().enumerate() {
                let rng = &mut rng();
                let x: Vec<$t> = data(rng, rows * cols);
                let idx = indices(rng, 32, rows);
                let table = GlobalTensor::<$t>::new(&x, &[rows, cols]).unwrap();
                let index = GlobalTensor::<i32>::new(&idx, &[1, 32]).unwrap();
                let y = on_every_schedule!(
                    gather,
                    y = vec![x[0]; 32 * cols],
                    (
                        table.whole(),
                        index.whole(),
                        GlobalTensorMut::<$t, Nz>::new(&mut y, &[1, 2, 2, 16, C0]).unwrap().whole(),
                        oob
                    )
                );
                assert_close("mgather_mat_rows", 0, &y, |at| {
                    let (row, col) = (at / C0 % 32, at / (32 * C0) * C0 + at % C0);
                    let from = meant(idx[row], rows, oob);
                    from.map_or(<$t>::of(Default::default()), |from| x[from * cols + col])
                });
            }
        }};
    }
    each_dtype!(check_fractals! A2A3 [i8 u8 i16 u16 i32 u32 f16 bf16 f32] A5 [] ());
}
