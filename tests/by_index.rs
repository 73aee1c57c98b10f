//! TGATHER, TGATHERB and TSCATTER: by index, by block, by pattern.
//!
//! One file of some length: the cases of one op each, beside each other.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{Number, assert_close, data, each_dtype, on_every_schedule, rng};
use tilesync::prelude::*;
use tilesync::tile::{F8E4M3, F8E5M2, HiF8};
use tilesync::{Fault, Trouble};

/// Indices of 0 to `upto`, and some that name nothing.
fn indices(rng: &mut fastrand::Rng, count: usize, upto: usize) -> Vec<i64> {
    let strange = [-1, i64::from(i16::MIN), i64::from(i16::MAX)];
    let index = |_| match rng.u8(0..8) {
        0 => strange[rng.usize(..strange.len())],
        _ => rng.i64(0..upto as i64),
    };
    (0..count).map(index).collect()
}

/// What an index of type `I` says, given as it is stored.
fn at<I: Number<Wide = i128>>(index: I) -> Option<usize> {
    usize::try_from(index.wide()).ok()
}

macro_rules! check_gather {
    ($chip:ident $t:ident ($index:ident)) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 8, 32, Dyn, $chip>,
            idx: VecTile<'k, $index, 4, 64, Dyn, $chip>,
            tmp: VecTile<'k, $index, 4, 64, Dyn, $chip>,
            y: VecTile<'k, $t, 4, 64, Dyn, $chip>,
        }

        #[kernel]
        fn gather<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $t>,
            idx: GlobalIn<'k, $index>,
            y: GlobalOut<'k, $t>,
        ) -> Retired<Ub<'k>> {
            let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let idx = tload(ub.idx, &idx.tile(0, 0)).record::<Vector>();
            let mut tmp = ub.tmp.on::<Vector>();
            let y_tile = tgather(ub.y, &x, &idx, &mut tmp).record::<TStoreVec>();
            Ub::retire(UbTokens { x, idx, tmp, y: tstore(&y.tile(0, 0), y_tile) })
        }

        for ((rows, cols), (m, n)) in [((8, 32), (4, 64)), ((8, 32), (3, 39)), ((5, 17), (4, 63))] {
            let rng = &mut rng();
            let x: Vec<$t> = data(rng, rows * cols);
            let idx: Vec<$index> =
                indices(rng, m * n, 8 * 32).into_iter().map(|index| index as $index).collect();
            let input = GlobalTensor::<$t>::new(&x, &[rows, cols]).unwrap();
            let index = GlobalTensor::<$index>::new(&idx, &[m, n]).unwrap();
            let y = on_every_schedule!(
                gather,
                y = vec![x[0]; m * n],
                (
                    input.whole(),
                    index.whole(),
                    GlobalTensorMut::new(&mut y, &[m, n]).unwrap().whole()
                )
            );
            assert_close("tgather", 0, &y, |element| {
                // Rows of the tile are 32 wide.
                let place = at(idx[element]).map(|place| (place / 32, place % 32));
                let valid = place.filter(|&(row, col)| row < rows && col < cols);
                valid.map_or(<$t>::of(Default::default()), |(row, col)| x[row * cols + col])
            });
        }
    }};
}

#[test]
fn tgather_reads_what_the_indices_name() {
    each_dtype!(check_gather! A2A3 [i16 u16 i32 u32 f16 bf16 f32] A5 [i8 u64] (i32));
    each_dtype!(check_gather! A2A3 [f32] A5 [i64] (u32));
}

#[test]
fn on_a5_an_index_may_have_16_bits() {
    each_dtype!(check_gather! A2A3 [] A5 [i8 u8 i16 u16 i32 u32 f16 bf16 f32] (u16));
    each_dtype!(check_gather! A2A3 [] A5 [f32] (i16));
}

/// Scatters, and takes apart with each pattern what another has spaced.
macro_rules! check_scatter {
    ($chip:ident $t:ident ($index:ident)) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 4, 64, Dyn, $chip>,
            idx: VecTile<'k, $index, 4, 64, Dyn, $chip>,
            y: VecTile<'k, $t, 8, 32, Dyn, $chip>,
        }

        #[kernel]
        fn scatter<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $t>,
            idx: GlobalIn<'k, $index>,
            y: GlobalOut<'k, $t>,
        ) -> Retired<Ub<'k>> {
            let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let idx = tload(ub.idx, &idx.tile(0, 0)).record::<Vector>();
            let y_tile = tscatter(ub.y, &x, &idx).record::<TStoreVec>();
            Ub::retire(UbTokens { x, idx, y: tstore(&y.tile(0, 0), y_tile) })
        }

        for (m, n) in [(4, 64), (3, 39)] {
            let rng = &mut rng();
            let x: Vec<$t> = data(rng, m * n);
            let idx: Vec<$index> =
                indices(rng, m * n, 8 * 32).into_iter().map(|index| index as $index).collect();
            let input = GlobalTensor::<$t>::new(&x, &[m, n]).unwrap();
            let index = GlobalTensor::<$index>::new(&idx, &[m, n]).unwrap();
            let y = on_every_schedule!(
                scatter,
                y = vec![x[0]; 256],
                (
                    input.whole(),
                    index.whole(),
                    GlobalTensorMut::new(&mut y, &[8, 32]).unwrap().whole()
                )
            );
            assert_close("tscatter", 0, &y, |element| {
                let last = idx.iter().rposition(|&index| at(index) == Some(element));
                last.map_or(<$t>::of(Default::default()), |from| x[from])
            });
        }
    }};
}

#[test]
fn tscatter_writes_where_the_indices_point_and_zeros_elsewhere() {
    each_dtype!(check_scatter! A2A3 [i32 u32 f32] A5 [u64] (i32));
    each_dtype!(check_scatter! A2A3 [i8 u8 i16 u16 f16 bf16] A5 [f16] (i16));
    each_dtype!(check_scatter! A2A3 [f32] A5 [i64] (u32));
    each_dtype!(check_scatter! A2A3 [i8] A5 [bf16] (u16));
}

const PATTERNS: [(MaskPattern, usize, usize); 7] = [
    (MaskPattern::P0101, 0, 2),
    (MaskPattern::P1010, 1, 2),
    (MaskPattern::P0001, 0, 4),
    (MaskPattern::P0010, 1, 4),
    (MaskPattern::P0100, 2, 4),
    (MaskPattern::P1000, 3, 4),
    (MaskPattern::P1111, 0, 1),
];

macro_rules! check_patterns {
    ($chip:ident $t:ident ()) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 8, 32, Dyn, $chip>,
            wide: VecTile<'k, $t, 32, 128, Dyn, $chip>,
            y: VecTile<'k, $t, 8, 32, Dyn, $chip>,
        }

        /// There and, with another pattern, back.
        #[kernel]
        fn there_and_back<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $t>,
            y: GlobalOut<'k, $t>,
            (there, back, col): (usize, usize, usize),
        ) -> Retired<Ub<'k>> {
            let axis = if col == 1 { Axis::Col } else { Axis::Row };
            let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let wide = tscatter_mask(ub.wide, &x, MaskPattern::ALL[there], axis);
            let y_tile =
                tgather_mask(ub.y, &wide, MaskPattern::ALL[back], axis).record::<TStoreVec>();
            Ub::retire(UbTokens { x, wide, y: tstore(&y.tile(0, 0), y_tile) })
        }

        for (there, (_, first, step)) in PATTERNS.into_iter().enumerate() {
            for (back, (_, back_first, back_step)) in PATTERNS.into_iter().enumerate() {
                let same_step = step == back_step;
                for (col, shape) in [(0, (8, 32)), (1, (8, 32)), (1, (3, 19))] {
                    if !same_step {
                        continue;
                    }
                    let x: Vec<$t> = data(&mut rng(), shape.0 * shape.1);
                    let input = GlobalTensor::<$t>::new(&x, &[shape.0, shape.1]).unwrap();
                    let mut y = x.clone();
                    let mut output = GlobalTensorMut::new(&mut y, &[shape.0, shape.1]).unwrap();
                    let args = (input.whole(), output.whole(), (there, back, col));
                    Eager::new().launch(&there_and_back, 1, args).unwrap();
                    let zero = <$t>::of(Default::default());
                    let name = format!("{there} and back by {back}, axis {col}");
                    assert_close(&name, 0, &y, |at| if first == back_first { x[at] } else { zero });
                }
            }
        }
    }};
}

#[test]
fn patterns_space_elements_and_take_them_back() {
    for ((pattern, first, step), index) in PATTERNS.into_iter().zip(0..) {
        assert_eq!(pattern.first_and_step(), (first, step));
        assert_eq!(MaskPattern::ALL[index], pattern);
        for len in 0..20 {
            let chosen = (0..len).filter(|at| at % step == first).count();
            assert_eq!(pattern.count(len), chosen, "{pattern:?} of {len}");
        }
    }
    each_dtype!(check_patterns! A2A3 [i16 u16 i32 u32 f16 bf16 f32] A5 [i8 u8 u64 f32] ());
}

/// A tail that no pattern divides, and a destination of another element type.
#[test]
fn a_pattern_takes_the_bits_of_a_tail() {
    #[derive(Buffers)]
    struct Ub<'k> {
        x: VecTile<'k, f32, 1, 32, Dyn>,
        y: VecTile<'k, u32, 1, 32, Dyn>,
    }

    #[kernel]
    fn take<'k>(
        ub: Ub<'k>,
        x: GlobalIn<'k, f32>,
        y: GlobalOut<'k, u32>,
        pattern: usize,
    ) -> Retired<Ub<'k>> {
        let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
        let y_tile = tgather_mask(ub.y, &x, MaskPattern::ALL[pattern], Axis::Row);
        Ub::retire(UbTokens { x, y: tstore(&y.tile(0, 0), y_tile.record::<TStoreVec>()) })
    }

    for cols in 4..32 {
        for (index, (_, first, step)) in PATTERNS.into_iter().enumerate() {
            let x: Vec<f32> = data(&mut rng(), cols);
            let want: Vec<u32> = x.iter().skip(first).step_by(step).map(|x| x.to_bits()).collect();
            let input = GlobalTensor::<f32>::new(&x, &[1, cols]).unwrap();
            let len = want.len();
            let y = on_every_schedule!(
                take,
                y = vec![0_u32; len],
                (input.whole(), GlobalTensorMut::new(&mut y, &[1, len]).unwrap().whole(), index)
            );
            assert_eq!(y, want, "{cols} columns, pattern {index}");
        }
    }
}

macro_rules! check_taken {
    ($chip:ident $t:ident ()) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 4, 64, Full, $chip>,
            y: VecTile<'k, u8, 4, 32, Full, $chip>,
        }

        #[kernel]
        fn take<'k>(ub: Ub<'k>, x: GlobalIn<'k, $t>, y: GlobalOut<'k, u8>) -> Retired<Ub<'k>> {
            let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let taken = tgather_mask(ub.y, &x, MaskPattern::P1010, Axis::Row);
            Ub::retire(UbTokens { x, y: tstore(&y.tile(0, 0), taken.record::<TStoreVec>()) })
        }

        let x: Vec<$t> = (0..=u8::MAX).map(<$t>::from_bits).collect();
        let input = GlobalTensor::<$t>::new(&x, &[4, 64]).unwrap();
        let y = on_every_schedule!(
            take,
            y = vec![0_u8; 128],
            (input.whole(), GlobalTensorMut::new(&mut y, &[4, 32]).unwrap().whole())
        );
        let odd: Vec<u8> = (0..=u8::MAX).filter(|bits| bits % 2 == 1).collect();
        assert_eq!(y, odd, "{}", stringify!($t));
    }};
}

#[test]
fn a_pattern_takes_floats_of_eight_bits() {
    each_dtype!(check_taken! A2A3 [] A5 [F8E4M3 F8E5M2 HiF8] ());
}

/// A destination of one row takes what is chosen of all rows, one behind the other, whether or not that fills blocks.
#[test]
fn a_pattern_takes_several_rows_into_one() {
    #[derive(Buffers)]
    struct Ub<'k> {
        x: VecTile<'k, f16, 3, 64, Dyn>,
        y: VecTile<'k, f16, 1, 192, Dyn>,
    }

    #[kernel]
    fn take<'k>(
        ub: Ub<'k>,
        x: GlobalIn<'k, f16>,
        y: GlobalOut<'k, f16>,
        pattern: usize,
    ) -> Retired<Ub<'k>> {
        let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
        let y_tile = tgather_mask(ub.y, &x, MaskPattern::ALL[pattern], Axis::Row);
        Ub::retire(UbTokens { x, y: tstore(&y.tile(0, 0), y_tile.record::<TStoreVec>()) })
    }

    for (rows, cols) in [(3, 64), (3, 21), (2, 5), (1, 33)] {
        for (index, (_, first, step)) in PATTERNS.into_iter().enumerate() {
            let x: Vec<f16> = data(&mut rng(), rows * cols);
            let of_row =
                |row: &[f16]| row.iter().skip(first).step_by(step).copied().collect::<Vec<_>>();
            let want: Vec<f16> = x.chunks(cols).flat_map(of_row).collect();
            let input = GlobalTensor::<f16>::new(&x, &[rows, cols]).unwrap();
            let len = want.len();
            let y = on_every_schedule!(
                take,
                y = vec![f16::ZERO; len],
                (input.whole(), GlobalTensorMut::new(&mut y, &[1, len]).unwrap().whole(), index)
            );
            assert!(
                y.iter().zip(&want).all(|(y, x)| y.to_bits() == x.to_bits()),
                "{rows} x {cols}, {index}"
            );
        }
    }
}

/// Along a row, the device writes what it takes without gaps.
#[test]
fn what_is_taken_of_several_rows_fills_the_destination() {
    #[derive(Buffers)]
    struct Ub<'k> {
        x: VecTile<'k, f32, 2, 32, Dyn>,
        y: VecTile<'k, f32, 2, 16, Dyn>,
    }

    #[kernel]
    fn take<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>) -> Retired<Ub<'k>> {
        let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
        let y = tgather_mask(ub.y, &x, MaskPattern::P0101, Axis::Row);
        Ub::retire(UbTokens { x, y })
    }

    let x = [1.0_f32; 64];
    let launch = |cols| {
        let input = GlobalTensor::<f32>::new(&x[..2 * cols], &[2, cols]).unwrap();
        Eager::new().launch(&take, 1, (input.whole(),))
    };
    launch(32).unwrap();
    let error = launch(30).unwrap_err();
    let LaunchError::Fault(Fault { trouble, .. }) = error else { panic!("{error}") };
    assert!(matches!(trouble, Trouble::ValidMismatch { left: (2, 15), right: (2, 16), .. }));
}

macro_rules! check_blocks {
    ($chip:ident $t:ident ()) => {{
        const BLOCK: usize = 32 / size_of::<$t>();

        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 4, { 4 * BLOCK }, Dyn, $chip>,
            offsets: VecTile<'k, u32, 3, 8, Dyn, $chip>,
            y: VecTile<'k, $t, 3, { 5 * BLOCK }, Dyn, $chip>,
        }

        #[kernel]
        fn blocks<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $t>,
            offsets: GlobalIn<'k, u32>,
            y: GlobalOut<'k, $t>,
            (rows, cols): (usize, usize),
        ) -> Retired<Ub<'k>> {
            let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let offsets = tload(ub.offsets, &offsets.tile(0, 0)).record::<Vector>();
            let y_tile = tgatherb(ub.y.with_valid(rows, cols), &x, &offsets);
            let y = tstore(&y.tile(0, 0), y_tile.record::<TStoreVec>());
            Ub::retire(UbTokens { x, offsets, y })
        }

        for ((rows, cols), (m, n)) in
            [((4, 4 * BLOCK), (3, 5 * BLOCK)), ((3, 3 * BLOCK - 1), (2, 4 * BLOCK + 1))]
        {
            let rng = &mut rng();
            let x: Vec<$t> = data(rng, rows * cols);
            // Of the 16 blocks, some that are none, and some that begin within one.
            let offsets: Vec<u32> =
                (0..24).map(|_| 32 * rng.u32(0..18) + rng.u32(0..8) / 7).collect();
            let input = GlobalTensor::<$t>::new(&x, &[rows, cols]).unwrap();
            let by = GlobalTensor::<u32>::new(&offsets, &[3, 8]).unwrap();
            let y = on_every_schedule!(
                blocks,
                y = vec![x[0]; m * n],
                (
                    input.whole(),
                    by.whole(),
                    GlobalTensorMut::new(&mut y, &[m, n]).unwrap().whole(),
                    (m, n)
                )
            );
            assert_close("tgatherb", 0, &y, |at| {
                let offset = offsets[at / n * 8 + at % n / BLOCK] as usize;
                let place = offset / 32 * BLOCK + at % n % BLOCK;
                let (row, col) = (place / (4 * BLOCK), place % (4 * BLOCK));
                if offset % 32 == 0 && row < rows && col < cols {
                    x[row * cols + col]
                } else {
                    <$t>::of(Default::default())
                }
            });
        }
    }};
}

#[test]
fn tgatherb_takes_whole_blocks() {
    each_dtype!(check_blocks! A2A3 [i8 u8 i16 u16 i32 u32 f16 bf16 f32] A5 [i8 f32] ());
}
