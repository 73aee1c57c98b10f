//! TCMP, TCMPS, TSEL and TSELS.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{Number, SHAPES, assert_close, data, each_dtype, launch, rng};
use tilesync::prelude::*;

/// `min`, `max` and the like by comparing and choosing: `x mode y ? x : y`.
macro_rules! check {
    ($chip:ident $t:ident ($word:ident)) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            y: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            z: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            tmp: VecTile<'k, $t, 1, 32, Full, $chip>,
            mask: VecTile<'k, $word, 32, 32, Full, $chip>,
        }

        #[kernel]
        fn choose<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $t>,
            y: GlobalIn<'k, $t>,
            z: GlobalOut<'k, $t>,
            mode: usize,
        ) -> Retired<Ub<'k>> {
            let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let y = tload(ub.y, &y.tile(0, 0)).record::<Vector>();
            let mut tmp = ub.tmp.on::<Vector>();
            let mask = tcmp(ub.mask, &x, &y, CmpMode::ALL[mode]);
            let z_tile = tsel(ub.z, &mask, &x, &y, &mut tmp).record::<TStoreVec>();
            Ub::retire(UbTokens { x, y, z: tstore(&z.tile(0, 0), z_tile), tmp, mask })
        }

        for shape in SHAPES {
            let rng = &mut rng();
            let count = shape.0 * shape.1;
            let (x, y): (Vec<$t>, Vec<$t>) = (data(rng, count), data(rng, count));
            for (index, mode) in CmpMode::ALL.into_iter().enumerate() {
                let mut z = x.clone();
                launch!(choose, shape, [x, y], [z], index);
                let want =
                    |at: usize| if holds(x[at].wide(), y[at].wide(), mode) { x[at] } else { y[at] };
                assert_close(&format!("{mode:?}"), 0, &z, want);
            }
        }
    }};
}

fn holds<W: PartialOrd + Copy>(x: W, y: W, mode: CmpMode) -> bool {
    match mode {
        CmpMode::Eq => x == y,
        CmpMode::Ne => x != y,
        CmpMode::Lt => x < y,
        CmpMode::Gt => x > y,
        CmpMode::Ge => x >= y,
        CmpMode::Le => x <= y,
    }
}

#[test]
fn tcmp_and_tsel_choose_on_a2a3() {
    each_dtype!(check! A2A3 [f16 f32] A5 [] (u8));
}

#[test]
fn tcmp_and_tsel_choose_on_a5() {
    each_dtype!(check! A2A3 [] A5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32] (u32));
}

/// The bits themselves, for 40 of 64 columns; those of the other columns are 0.
macro_rules! check_bits {
    ($chip:ident $word:ident $width:literal) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, f32, 3, 64, Dyn, $chip>,
            y: VecTile<'k, f32, 3, 64, Dyn, $chip>,
            mask: VecTile<'k, $word, 3, $width, Full, $chip>,
        }

        #[kernel]
        fn bits<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, f32>,
            y: GlobalIn<'k, f32>,
            mask: GlobalOut<'k, $word>,
        ) -> Retired<Ub<'k>> {
            let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let y = tload(ub.y, &y.tile(0, 0)).record::<Vector>();
            let mask_tile = tcmp(ub.mask, &x, &y, CmpMode::Lt).record::<TStoreVec>();
            Ub::retire(UbTokens { x, y, mask: tstore(&mask.tile(0, 0), mask_tile) })
        }

        let (x, y): (Vec<f32>, Vec<f32>) = (data(&mut rng(), 120), data(&mut rng(), 120));
        let mut mask = vec![<$word>::MAX; 3 * $width];
        let (x_tensor, y_tensor) =
            (GlobalTensor::new(&x, &[3, 40]), GlobalTensor::new(&y, &[3, 40]));
        let mut mask_tensor = GlobalTensorMut::new(&mut mask, &[3, $width]).unwrap();
        let args = (x_tensor.unwrap().whole(), y_tensor.unwrap().whole(), mask_tensor.whole());
        Eager::new().launch(&bits, 1, args).unwrap();
        for row in 0..3 {
            for col in 0..8 * $width * size_of::<$word>() {
                let word = mask[row * $width + col / <$word>::BITS as usize];
                let want = col < 40 && x[row * 40 + col] < y[row * 40 + col];
                assert_eq!(
                    word >> (col % <$word>::BITS as usize) & 1 == 1,
                    want,
                    "row {row}, column {col}"
                );
            }
        }
    }};
}

#[test]
fn a_mask_has_one_bit_an_element() {
    check_bits!(A2A3 u8 32);
    check_bits!(A5 u32 8);
}

/// The element types that TSEL has and TCMP has not.
macro_rules! check_select {
    ($chip:ident $t:ident ()) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 32, 32, Full, $chip>,
            y: VecTile<'k, $t, 32, 32, Full, $chip>,
            z: VecTile<'k, $t, 32, 32, Full, $chip>,
            mask: VecTile<'k, u8, 32, 32, Dyn, $chip>,
        }

        #[kernel]
        fn choose<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $t>,
            y: GlobalIn<'k, $t>,
            z: GlobalOut<'k, $t>,
        ) -> Retired<Ub<'k>> {
            let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let y = tload(ub.y, &y.tile(0, 0)).record::<Vector>();
            let mask = texpands(ub.mask.with_valid(32, 4), 0b0000_0101);
            let mut tmp = ub.z.on::<Vector>();
            let copy = tsel(y, &mask, &x, &x, &mut tmp).record::<TStoreVec>();
            let z_tile = tstore(&z.tile(0, 0), copy);
            Ub::retire(UbTokens { x, y: z_tile, z: tmp, mask })
        }

        let shape = (64, 64);
        let (x, y): (Vec<$t>, Vec<$t>) = (data(&mut rng(), 4096), data(&mut rng(), 4096));
        let mut z = y.clone();
        launch!(choose, shape, [x, y], [z]);
        assert_close("tsel", 0, &z, |at| x[at]);
    }};
}

#[test]
fn tsel_of_equal_sources_is_a_copy() {
    each_dtype!(check_select! A2A3 [i16 u16 i32 u32 f16 bf16 f32] A5 [] ());
}

/// Comparing with a scalar, and with the first element of a tile; choosing between elements and a scalar.
macro_rules! check_scalar {
    ($chip:ident $t:ident ($word:ident)) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            first: VecTile<'k, $t, 1, 32, Dyn, $chip>,
            z: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            tmp: VecTile<'k, $t, 1, 32, Full, $chip>,
            mask: VecTile<'k, $word, 32, 32, Full, $chip>,
        }

        #[kernel]
        fn choose<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $t>,
            z: GlobalOut<'k, $t>,
            by_first: GlobalOut<'k, $t>,
            c: $t,
            mode: usize,
        ) -> Retired<Ub<'k>> {
            let mode = CmpMode::ALL[mode];
            let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let mut tmp = ub.tmp.on::<Vector>();
            let mask = tcmps(ub.mask, &x, c, mode);
            let z_tile = tsels(ub.z, &mask, &x, &mut tmp, c).record::<TStoreVec>();
            let z_tile = tstore(&z.tile(0, 0), z_tile).release::<Vector>();
            let first = texpands(ub.first.with_valid(1, 1), c);
            let mask = tcmps_first(mask, &x, &first, mode);
            let z_tile = tsels(z_tile, &mask, &x, &mut tmp, c).record::<TStoreVec>();
            Ub::retire(UbTokens { x, first, z: tstore(&by_first.tile(0, 0), z_tile), tmp, mask })
        }

        for shape in SHAPES {
            let rng = &mut rng();
            let count = shape.0 * shape.1;
            let (x, c): (Vec<$t>, $t) = (data(rng, count), data(rng, 1)[0]);
            for (index, mode) in CmpMode::ALL.into_iter().enumerate() {
                let (mut z, mut by_first) = (x.clone(), x.clone());
                launch!(choose, shape, [x], [z, by_first], c, index);
                let want = |at: usize| if holds(x[at].wide(), c.wide(), mode) { x[at] } else { c };
                assert_close(&format!("{mode:?}"), 0, &z, want);
                assert_close(&format!("{mode:?}"), 0, &by_first, want);
            }
        }
    }};
}

#[test]
fn tcmps_compares_with_one_value_and_tsels_chooses_it() {
    each_dtype!(check_scalar! A2A3 [f16 f32] A5 [] (u8));
    each_dtype!(check_scalar! A2A3 [] A5 [i8 u16 i64 f32] (u32));
}
