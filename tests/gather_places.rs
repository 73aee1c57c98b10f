//! TGATHER's compare forms: the places of what is greater than, or equal to, a number of its row.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{Number, data, each_dtype, on_every_schedule, rng};
use tilesync::prelude::*;
use tilesync::{Fault, LaunchError, Trouble};

/// Element and number as the headers of the chips compare them.
trait OnChip: Copy {
    fn a2a3(self, k: u32) -> (f64, f64);
    fn a5(self, k: u32) -> (f64, f64);
}

macro_rules! on_chip {
    ($($t:ident: $a2a3:expr, $a5:expr;)*) => {$(
        impl OnChip for $t {
            fn a2a3(self, k: u32) -> (f64, f64) {
                let compare: fn($t, u32) -> (f64, f64) = $a2a3;
                compare(self, k)
            }
            fn a5(self, k: u32) -> (f64, f64) {
                let compare: fn($t, u32) -> (f64, f64) = $a5;
                compare(self, k)
            }
        }
    )*};
}

/// The value modulo 2^`bits`, from 0 on.
fn unsigned(x: f64, bits: i32) -> f64 {
    if x < 0.0 { x + 2_f64.powi(bits) } else { x }
}

/// The nearest whole number, of two the even one, within i32, as an unsigned one.
fn rounded(x: f64) -> f64 {
    let below = x.floor();
    let up = x - below > 0.5 || (x - below == 0.5 && below % 2.0 != 0.0);
    let whole = if up { below + 1.0 } else { below };
    if x.is_nan() { 0.0 } else { unsigned(whole.clamp(-2_147_483_648.0, 2_147_483_647.0), 32) }
}

/// A word of so many bits with its sign.
fn signed(k: u32, bits: i32) -> f64 {
    let k = f64::from(k);
    if k >= 2_f64.powi(bits - 1) { k - 2_f64.powi(bits) } else { k }
}

on_chip! {
    f32: |x, k| (x.into(), f64::from(signed(k, 32) as f32)), |x, k| (rounded(x.into()), k.into());
    f16: |x, k| (x.into(), f16::from_f64(signed(k, 16)).into()), |x, k| (x.into(), signed(k, 16));
    i32: |x, k| (x.into(), signed(k, 32)), |x, k| (unsigned(x.into(), 32), k.into());
    u32: |_, _| unreachable!(), |x, k| (x.into(), k.into());
    i16: |_, _| unreachable!(), |x, k| (unsigned(x.into(), 16), k.into());
    u16: |_, _| unreachable!(), |x, k| (x.into(), k.into());
    i8: |_, _| unreachable!(), |x, k| (unsigned(x.into(), 8), k.into());
    u8: |_, _| unreachable!(), |x, k| (x.into(), k.into());
}

macro_rules! check {
    ($chip:ident $t:ident ($k:ident, $i:ident, $form:ident, $method:ident, $bytes:literal, $compare:expr)) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 16, 128, Dyn, $chip>,
            k: VecCol<'k, $k, 16, Dyn, $chip>,
            tmp: VecTile<'k, u8, 1, 8960, Full, $chip>,
            places: VecTile<'k, $i, 16, 128, Dyn, $chip>,
            counts: VecCol<'k, $i, 16, Dyn, $chip>,
        }

        #[kernel]
        fn find<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $t>,
            k: GlobalIn<'k, $k, ColMajor>,
            out: (GlobalOut<'k, $i>, GlobalOut<'k, $i, ColMajor>),
            offset: u32,
        ) -> Retired<Ub<'k>> {
            let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let k = tload(ub.k, &k.tile(0, 0)).record::<Vector>();
            let mut tmp = ub.tmp.on::<Vector>();
            let found = $form(ub.places, ub.counts, &x, &k, &mut tmp, offset);
            let (places, counts) = found.record::<TStoreVec>().split();
            let places = tstore(&out.0.tile(0, 0), places);
            let counts = tstore(&out.1.tile(0, 0), counts);
            Ub::retire(UbTokens { x, k, tmp, places, counts })
        }

        for rows in [16, 7] {
            let rng = &mut rng();
            let mut x: Vec<$t> = data(rng, rows * 128);
            let small: Vec<u32> = (0..rows).map(|_| rng.u32(0..9)).collect();
            let mut k: Vec<$k> = small.iter().map(|&k| k as $k).collect();
            (k[1], k[2]) = ($k::MAX, $k::MAX / 2 + 1);
            // In the first row all is one number, in the second nothing is found by `GT`.
            x[..128].fill(<$t>::of(small[0].into()));
            let offset = rng.u32(0..1000);
            let want = |row: usize| -> Vec<$i> {
                let places = (0..128).filter(|col| {
                    let (x, k) = x[row * 128 + col].$method(k[row].into());
                    let compare: fn(f64, f64) -> bool = $compare;
                    compare(x, k)
                });
                places.map(|col| (offset + (row * 128 + col) as u32) as $i).collect()
            };
            let input = GlobalTensor::new(&x, &[rows, 128]).unwrap();
            let numbers = GlobalTensor::<$k, ColMajor>::new(&k, &[rows, 1]).unwrap();
            let (places_shape, counts_shape) = ([rows, 128], [rows, 1]);
            macro_rules! args {
                ($places:expr, $counts:expr) => {
                    (
                        input.whole(),
                        numbers.whole(),
                        (
                            GlobalTensorMut::new($places, &places_shape).unwrap().whole(),
                            GlobalTensorMut::<$i, ColMajor>::new($counts, &counts_shape)
                                .unwrap()
                                .whole(),
                        ),
                        offset,
                    )
                };
            }
            let empty = |count| vec![7 as $i; count];
            let places =
                on_every_schedule!(find, y = empty(rows * 128), args!(&mut y, &mut empty(rows)));
            let counts =
                on_every_schedule!(find, y = empty(rows), args!(&mut empty(rows * 128), &mut y));
            for row in 0..rows {
                let mut want = want(row);
                assert_eq!(counts[row], (want.len() * $bytes) as $i, "row {row}");
                want.resize(128, 0);
                assert_eq!(places[row * 128..][..128], want, "row {row}");
            }
        }
    }};
}

#[test]
fn tgather_gt_and_tgather_eq_find_what_the_chip_finds() {
    each_dtype!(check! A2A3 [f32] A5 [] (u32, u32, tgather_gt, a2a3, 1, |x, k| x > k));
    each_dtype!(check! A2A3 [f32 i32] A5 [] (u32, i32, tgather_eq, a2a3, 1, |x, k| x == k));
    each_dtype!(check! A2A3 [f16] A5 [] (u16, i32, tgather_gt, a2a3, 1, |x, k| x > k));
    each_dtype!(check! A2A3 [f16] A5 [] (u16, u32, tgather_eq, a2a3, 1, |x, k| x == k));
    each_dtype!(check! A2A3 [] A5 [f32 i32 u32] (u32, u32, tgather_gt, a5, 4, |x, k| x > k));
    each_dtype!(check! A2A3 [] A5 [f32 i32 u32] (u32, i32, tgather_eq, a5, 4, |x, k| x == k));
    each_dtype!(check! A2A3 [] A5 [f16 i16 u16 i8 u8] (u16, i32, tgather_gt, a5, 4, |x, k| x > k));
    each_dtype!(check! A2A3 [] A5 [f16 i16 u16 i8 u8] (u16, u32, tgather_eq, a5, 4, |x, k| x == k));
}

/// A row of which not all is valid would make a5 compare what lies behind it.
#[test]
fn a_row_is_searched_as_a_whole() {
    #[derive(Buffers)]
    struct Ub<'k> {
        x: VecTile<'k, f32, 8, 64, Dyn>,
        k: VecCol<'k, u32, 8, Dyn>,
        tmp: VecTile<'k, u8, 1, 2560>,
        places: VecTile<'k, u32, 8, 64, Dyn>,
        counts: VecCol<'k, u32, 8, Dyn>,
    }

    #[kernel]
    fn find<'k>(ub: Ub<'k>, (x, k): (f32, u32), cols: usize) -> Retired<Ub<'k>> {
        let x = texpands(ub.x.with_valid(8, cols), x);
        let k = texpands(ub.k, k);
        let mut tmp = ub.tmp.on::<Vector>();
        let found = tgather_gt(ub.places, ub.counts, &x, &k, &mut tmp, 0);
        let (places, counts) = found.split();
        Ub::retire(UbTokens { x, k, tmp, places, counts })
    }

    Eager::new().launch(&find, 1, ((1.0, 0), 64)).unwrap();
    let fault = Eager::new().launch(&find, 1, ((1.0, 0), 63)).unwrap_err();
    let LaunchError::Fault(Fault { trouble, .. }) = fault else { panic!("{fault}") };
    let (left, right) = ((8, 63), (8, 64));
    assert!(
        matches!(trouble, Trouble::ValidMismatch { left: l, right: r, .. } if (l, r) == (left, right)),
        "{trouble}"
    );
}
