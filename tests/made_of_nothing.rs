//! TTRI, TCI and TRANDOM.
#![allow(clippy::unwrap_used, clippy::too_many_arguments, reason = "a test")]

mod common;

use common::{Number, each_dtype, on_every_schedule, rng};
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

/// The words of Philox4x32 for one counter, as its paper has them: each round multiplies two words and mixes the halves.
fn philox(counter: u128, key: [u32; 2], rounds: usize) -> [u32; 4] {
    let mut x: [u128; 4] = std::array::from_fn(|word| counter >> (32 * word) & 0xffff_ffff);
    for round in 0..rounds as u128 {
        let k = |word: usize, weyl: u128| (u128::from(key[word]) + round * weyl) & 0xffff_ffff;
        let (a, b) = (x[0] * 0xd251_1f53, x[2] * 0xcd9e_8d57);
        x = [
            b >> 32 ^ x[1] ^ k(0, 0x9e37_79b9),
            b & 0xffff_ffff,
            a >> 32 ^ x[3] ^ k(1, 0xbb67_ae85),
            a & 0xffff_ffff,
        ];
    }
    x.map(|word| word as u32)
}

#[test]
fn the_oracle_of_trandom_has_the_published_answers() {
    let pi = 0x0370_7344_1319_8a2e_85a3_08d3_243f_6a88;
    let answers = [
        (0, [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
        (u128::MAX, [u32::MAX; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
        (pi, [0xa409_3822, 0x299f_31d0], [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]),
    ];
    for (counter, key, words) in answers {
        assert_eq!(philox(counter, key, 10), words);
    }
}

macro_rules! check_random {
    ($chip:ident $t:ident ()) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 3, 520, Dyn, $chip>,
        }

        #[kernel]
        fn random<'k>(
            ub: Ub<'k>,
            out: GlobalOut<'k, $t>,
            key: [u32; 2],
            counter: [u32; 4],
            seven: bool,
            valid: (usize, usize),
        ) -> Retired<Ub<'k>> {
            let rounds = if seven { Rounds::Seven } else { Rounds::Ten };
            let x = trandom(ub.x.with_valid(valid.0, valid.1), key, counter, rounds);
            Ub::retire(UbTokens { x: tstore(&out.tile(0, 0), x.record::<TStoreVec>()) })
        }

        let mut rng = rng();
        for (rows, cols) in [(3, 520), (2, 256), (3, 257), (3, 64), (2, 300), (3, 1), (1, 7)] {
            for seven in [false, true] {
                let key = [rng.u32(..), rng.u32(..)];
                // All but the upper half overflows at once.
                let words = [u32::MAX - 5, u32::MAX, rng.u32(..), rng.u32(..)];
                let start = words.iter().rev().fold(0, |all, word| all << 32 | u128::from(*word));
                let got = on_every_schedule!(
                    random,
                    out = vec![<$t>::ZERO; rows * cols],
                    (
                        GlobalTensorMut::new(&mut out, &[rows, cols]).unwrap().whole(),
                        key,
                        words,
                        seven,
                        (rows, cols)
                    )
                );
                // Step by step, as the header of the device goes on.
                let mut counter = start;
                for row in 0..rows {
                    for (col, got) in got[row * cols..][..cols].iter().enumerate() {
                        let words =
                            philox(counter + col as u128 / 4, key, if seven { 7 } else { 10 });
                        assert_eq!(*got, words[col % 4] as $t, "({row}, {col}) of {rows} x {cols}");
                    }
                    let steps = cols.div_ceil(256);
                    for step in 0..steps {
                        counter += if step + 1 < steps { 64 } else { (cols as u128 - 1) % 64 + 1 };
                    }
                }
            }
        }
    }};
}

#[test]
fn trandom_is_philox_of_the_counter() {
    each_dtype!(check_random! A2A3 [] A5 [i32 u32] ());
}
