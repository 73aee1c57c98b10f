//! TINTERLEAVE, TDEINTERLEAVE, TPAIRREDUCESUM, THISTOGRAM.
#![allow(clippy::unwrap_used, clippy::too_many_arguments, reason = "a test")]

mod common;

use common::{Number, SHAPES, assert_close, data, each_dtype, launch, rng};
use tilesync::prelude::*;
use tilesync::{Fault, Trouble};

macro_rules! check {
    ($chip:ident $t:ident ()) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 16, 64, Dyn, $chip>,
            y: VecTile<'k, $t, 16, 64, Dyn, $chip>,
            a: VecTile<'k, $t, 16, 64, Dyn, $chip>,
            b: VecTile<'k, $t, 16, 64, Dyn, $chip>,
            even: VecTile<'k, $t, 16, 32, Dyn, $chip>,
            odd: VecTile<'k, $t, 16, 32, Dyn, $chip>,
        }

        /// Puts two tiles in turn, takes them apart again, and takes one apart.
        #[kernel]
        fn turn<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $t>,
            y: GlobalIn<'k, $t>,
            first: GlobalOut<'k, $t>,
            second: GlobalOut<'k, $t>,
            x_again: GlobalOut<'k, $t>,
            y_again: GlobalOut<'k, $t>,
            even: GlobalOut<'k, $t>,
            odd: GlobalOut<'k, $t>,
        ) -> Retired<Ub<'k>> {
            let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let y = tload(ub.y, &y.tile(0, 0)).record::<Vector>();
            let (evens, odds) = {
                let (odds, evens) =
                    tdeinterleave_one(ub.odd, ub.even, &x).record::<TStoreVec>().split();
                (tstore(&even.tile(0, 0), evens), tstore(&odd.tile(0, 0), odds))
            };
            let (b, a) = tinterleave(ub.b, ub.a, &y, &x).split();
            let x = x.release::<Vector>();
            let y = y.release::<Vector>();
            let (y, x) = tdeinterleave(y, x, &b, &a).record::<TStoreVec>().split();
            Ub::retire(UbTokens {
                x: tstore(&x_again.tile(0, 0), x),
                y: tstore(&y_again.tile(0, 0), y),
                a: tstore(&first.tile(0, 0), a.record::<TStoreVec>()),
                b: tstore(&second.tile(0, 0), b.record::<TStoreVec>()),
                even: evens,
                odd: odds,
            })
        }

        for (rows, cols) in [(16, 64), (5, 22), (1, 2)] {
            let (rng, count, dims) = (&mut rng(), rows * cols, [rows, cols]);
            let (x, y): (Vec<$t>, Vec<$t>) = (data(rng, count), data(rng, count));
            let [mut first, mut second, mut x_again, mut y_again]: [Vec<$t>; 4] =
                [(); 4].map(|()| data(rng, count));
            let [mut even, mut odd]: [Vec<$t>; 2] = [(); 2].map(|()| data(rng, count / 2));
            let half = [rows, cols / 2];
            Eager::new()
                .launch(
                    &turn,
                    1,
                    (
                        GlobalTensor::new(&x, &dims).unwrap().whole(),
                        GlobalTensor::new(&y, &dims).unwrap().whole(),
                        GlobalTensorMut::new(&mut first, &dims).unwrap().whole(),
                        GlobalTensorMut::new(&mut second, &dims).unwrap().whole(),
                        GlobalTensorMut::new(&mut x_again, &dims).unwrap().whole(),
                        GlobalTensorMut::new(&mut y_again, &dims).unwrap().whole(),
                        GlobalTensorMut::new(&mut even, &half).unwrap().whole(),
                        GlobalTensorMut::new(&mut odd, &half).unwrap().whole(),
                    ),
                )
                .unwrap();
            // Element `at` of both rows in turn, of a row that starts at `start`.
            let in_turn = |start: usize, at: usize| {
                if at % 2 == 0 { x[start + at / 2] } else { y[start + at / 2] }
            };
            let place = |at: usize| (at / cols * cols, at % cols);
            assert_close("tinterleave", 0, &first, |at| in_turn(place(at).0, place(at).1));
            assert_close("tinterleave", 0, &second, |at| in_turn(place(at).0, place(at).1 + cols));
            assert_close("tdeinterleave", 0, &x_again, |at| x[at]);
            assert_close("tdeinterleave", 0, &y_again, |at| y[at]);
            assert_close("tdeinterleave_one", 0, &even, |at| x[2 * at]);
            assert_close("tdeinterleave_one", 0, &odd, |at| x[2 * at + 1]);
        }
    }};
}

#[test]
fn elements_are_put_in_turn_and_taken_apart() {
    each_dtype!(check! A2A3 [] A5 [i8 u16 bf16 f32] ());
}

macro_rules! check_pairs {
    ($chip:ident $t:ident ()) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            y: VecTile<'k, $t, 32, 32, Dyn, $chip>,
        }

        #[kernel]
        fn pairs<'k>(ub: Ub<'k>, x: GlobalIn<'k, $t>, y: GlobalOut<'k, $t>) -> Retired<Ub<'k>> {
            let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let sums = tpairreducesum(ub.y, &x).record::<TStoreVec>();
            Ub::retire(UbTokens { x, y: tstore(&y.tile(0, 0), sums) })
        }

        for shape in SHAPES {
            let x: Vec<$t> = data(&mut rng(), shape.0 * shape.1);
            let mut y = x.clone();
            launch!(pairs, shape, [x], [y]);
            assert_close("tpairreducesum", 0, &y, |at| {
                let (left, col) = (at % shape.1 / common::TILE * common::TILE, at % shape.1);
                let width = common::TILE.min(shape.1 - left);
                let first = at - col + left + 2 * (col - left);
                match 2 * (col - left) {
                    pair if pair + 1 < width => <$t>::of(x[first].wide() + x[first + 1].wide()),
                    pair if pair < width => x[first],
                    _ => <$t>::of(0.0),
                }
            });
        }
    }};
}

#[test]
fn tpairreducesum_adds_neighbours() {
    each_dtype!(check_pairs! A2A3 [f16] A5 [f32] ());
}

#[derive(Buffers)]
struct Odd<'k> {
    x: VecTile<'k, f32, 8, 8, Dyn, A5>,
    even: VecTile<'k, f32, 8, 8, Dyn, A5>,
    odd: VecTile<'k, f32, 8, 8, Dyn, A5>,
}

#[kernel]
fn split_odd<'k>(ub: Odd<'k>) -> Retired<Odd<'k>> {
    let x = texpands(ub.x.with_valid(4, 7), 1.0);
    let (odd, even) = tdeinterleave_one(ub.odd, ub.even, &x).split();
    Odd::retire(OddTokens { x, even, odd })
}

#[test]
fn an_odd_number_of_columns_is_a_fault() {
    let Err(LaunchError::Fault(Fault { trouble, .. })) = Eager::new().launch(&split_odd, 1, ())
    else {
        panic!("no fault");
    };
    let code = OpCode::TDEINTERLEAVE;
    assert_eq!(trouble, Trouble::ValidMismatch { code, left: (4, 7), right: (4, 8) });
}

#[derive(Buffers)]
struct Counts<'k> {
    x: VecTile<'k, u16, 8, 64, Dyn, A5>,
    y: VecTile<'k, u32, 8, 64, Dyn, A5>,
    of_rows: VecCol<'k, u8, 32, Static<8, 1>, A5>,
    of_bytes: VecTile<'k, u8, 3, 32, Full, A5>,
    high: VecTile<'k, u32, 8, 256, Dyn, A5>,
}

/// The histograms of both bytes of u16, and of the highest, third and lowest bytes of u32.
#[kernel]
fn histograms<'k>(
    ub: Counts<'k>,
    x: GlobalIn<'k, u16>,
    y: GlobalIn<'k, u32>,
    of_rows: GlobalIn<'k, u8, ColMajor>,
    of_bytes: GlobalIn<'k, u8>,
    out: [GlobalOut<'k, u32>; 5],
) -> Retired<Counts<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
    let y = tload(ub.y, &y.tile(0, 0)).record::<Vector>();
    let of_rows = tload(ub.of_rows, &of_rows.tile(0, 0)).record::<Vector>();
    let of_bytes = tload(ub.of_bytes, &of_bytes.tile(0, 0)).record::<Vector>();
    macro_rules! store {
        ($($tile:expr, $to:literal;)*) => {{
            let tile = ub.high.on::<Vector>();
            $(
                let tile = $tile(tile).record::<TStoreVec>();
                let tile = tstore(&out[$to].tile(0, 0), tile).release::<Vector>().wait();
            )*
            tile
        }};
    }
    let high = store! {
        |tile| thistogram(tile, &x, &of_rows, Byte1), 0;
        |tile| thistogram(tile, &x, &of_rows, Byte0), 1;
        |tile| thistogram(tile, &y, &of_bytes, Byte3), 2;
        |tile| thistogram(tile, &y, &of_bytes, Byte2), 3;
        |tile| thistogram(tile, &y, &of_bytes, Byte0), 4;
    };
    Counts::retire(CountsTokens { x, y, of_rows, of_bytes, high })
}

#[test]
fn thistogram_counts_bytes_under_a_prefix() {
    let rng = &mut rng();
    let (rows, cols) = (8, 51);
    // Few high bytes, so that some elements pass the filters.
    let x: Vec<u16> =
        (0..rows * cols).map(|_| u16::from(rng.u8(..3)) << 8 | u16::from(rng.u8(..))).collect();
    let y: Vec<u32> = (0..rows * cols)
        .map(|_| u32::from_be_bytes([rng.u8(..2), rng.u8(..2), rng.u8(..2), rng.u8(..)]))
        .collect();
    let of_rows: Vec<u8> = (0..rows).map(|_| rng.u8(..3)).collect();
    let mut of_bytes = vec![9_u8; 3 * 32];
    for byte in 0..3 {
        of_bytes[byte * 32] = rng.u8(..2);
    }
    let mut out: [Vec<u32>; 5] = [(); 5].map(|()| vec![0; rows * 256]);
    let mut tensors = out.each_mut().map(|out| GlobalTensorMut::new(out, &[rows, 256]).unwrap());
    Eager::new()
        .launch(
            &histograms,
            1,
            (
                GlobalTensor::new(&x, &[rows, cols]).unwrap().whole(),
                GlobalTensor::new(&y, &[rows, cols]).unwrap().whole(),
                GlobalTensor::new(&of_rows, &[rows, 1]).unwrap().whole(),
                GlobalTensor::new(&of_bytes, &[3, 32]).unwrap().whole(),
                tensors.each_mut().map(|tensor| tensor.whole()),
            ),
        )
        .unwrap();
    let filters = [of_bytes[0], of_bytes[32], of_bytes[64]];
    for row in 0..rows {
        let x = || x[row * cols..][..cols].iter().map(|x| x.to_be_bytes());
        let y = || y[row * cols..][..cols].iter().map(|y| y.to_be_bytes());
        for bin in 0..=u8::MAX {
            let want = [
                x().filter(|x| x[0] <= bin).count(),
                x().filter(|x| x[0] == of_rows[row] && x[1] <= bin).count(),
                y().filter(|y| y[0] <= bin).count(),
                y().filter(|y| y[0] == filters[0] && y[1] <= bin).count(),
                y().filter(|y| y[..3] == filters && y[3] <= bin).count(),
            ];
            let got = out.each_ref().map(|out| out[row * 256 + usize::from(bin)] as usize);
            assert_eq!(got, want, "row {row}, bin {bin}");
        }
    }
}
