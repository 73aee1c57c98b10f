//! TTRANS, TMOV, TRESHAPE, and reading single elements.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{SHAPES, assert_close, data, each_dtype, launch, rng};
use tilesync::prelude::*;
use tilesync::{Fault, Trouble};

macro_rules! check_transpose {
    ($chip:ident $t:ident ()) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 32, 64, Dyn, $chip>,
            y: VecTile<'k, $t, 64, 32, Dyn, $chip>,
            tmp: VecTile<'k, $t, 64, 32, Full, $chip>,
        }

        #[kernel]
        fn transpose<'k>(ub: Ub<'k>, x: GlobalIn<'k, $t>, y: GlobalOut<'k, $t>) -> Retired<Ub<'k>> {
            let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let mut tmp = ub.tmp.on::<Vector>();
            let y_tile = ttrans(ub.y, &x, &mut tmp).record::<TStoreVec>();
            Ub::retire(UbTokens { x, y: tstore(&y.tile(0, 0), y_tile), tmp })
        }

        for (rows, cols) in [(32, 64), (5, 39)] {
            let x: Vec<$t> = data(&mut rng(), rows * cols);
            let mut y = x.clone();
            let input = GlobalTensor::new(&x, &[rows, cols]).unwrap();
            let mut output = GlobalTensorMut::new(&mut y, &[cols, rows]).unwrap();
            Eager::new().launch(&transpose, 1, (input.whole(), output.whole())).unwrap();
            assert_close("ttrans", 0, &y, |at| x[at % rows * cols + at / rows]);
        }
    }};
}

#[test]
fn ttrans_exchanges_rows_and_columns() {
    each_dtype!(check_transpose! A2A3 [i8 u8 i16 u16 i32 u32 f16 bf16 f32]
        A5 [i8 u8 i16 u16 i32 u32 f16 bf16 f32] ());
}

macro_rules! check_move {
    ($chip:ident $t:ident ()) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            y: VecTile<'k, $t, 32, 32, Dyn, $chip>,
        }

        #[kernel]
        fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, $t>, y: GlobalOut<'k, $t>) -> Retired<Ub<'k>> {
            let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let y_tile = tmov(ub.y, &x).record::<TStoreVec>();
            Ub::retire(UbTokens { x, y: tstore(&y.tile(0, 0), y_tile) })
        }

        for shape in SHAPES {
            let x: Vec<$t> = data(&mut rng(), shape.0 * shape.1);
            let mut y: Vec<$t> = data(&mut rng(), shape.0 * shape.1);
            launch!(copy, shape, [x], [y]);
            assert_close("tmov", 0, &y, |at| x[at]);
        }
    }};
}

#[test]
fn tmov_copies() {
    each_dtype!(check_move! A2A3 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32]
        A5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32] ());
}

#[derive(Buffers)]
struct Pair<'k> {
    x: VecTile<'k, f32, 32, 32>,
    y: VecCol<'k, u32, 1024>,
}

/// One tile is loaded and seen as a column of words, the other filled through a view of another shape.
#[kernel]
fn reshape<'k>(
    ub: Pair<'k>,
    x: GlobalIn<'k, f32>,
    out0: GlobalOut<'k, u32>,
    out1: GlobalOut<'k, u32>,
) -> Retired<Pair<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>().wait();
    let words = x.treshape::<u32, 1, 1024, RowMajor>().record::<TStoreVec>();
    let x = tstore(&out0.tile(0, 0), words);
    let y = texpands(ub.y.on::<Vector>().treshape::<u32, 16, 64, RowMajor>(), 7);
    let y = tstore(&out1.tile(0, 0), y.record::<TStoreVec>());
    Pair::retire(PairTokens { x, y: y.discard() })
}

#[test]
fn treshape_keeps_the_bytes() {
    let x: Vec<f32> = data(&mut rng(), 1024);
    let (mut out0, mut out1) = (vec![0; 1024], vec![0; 1024]);
    let input = GlobalTensor::new(&x, &[32, 32]).unwrap();
    let mut output0 = GlobalTensorMut::new(&mut out0, &[1, 1024]).unwrap();
    let mut output1 = GlobalTensorMut::new(&mut out1, &[16, 64]).unwrap();
    let args = (input.whole(), output0.whole(), output1.whole());
    Eager::new().launch(&reshape, 1, args).unwrap();
    let bits: Vec<u32> = x.iter().map(|x| x.to_bits()).collect();
    assert_eq!(out0, bits);
    assert_eq!(out1, [7; 1024]);
}

#[derive(Buffers)]
struct One<'k> {
    x: VecTile<'k, f32, 32, 32, Dyn>,
    y: VecTile<'k, f32, 32, 32, Dyn>,
}

/// Multiplies the tensor by its own element at (`row`, `col`).
#[kernel]
fn scale_by_element<'k>(
    ub: One<'k>,
    x: GlobalIn<'k, f32>,
    row: usize,
    col: usize,
    y: GlobalOut<'k, f32>,
) -> Retired<One<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<Scalar>().wait();
    let factor = x.get(row, col);
    let x = x.record::<Vector>();
    let y_tile = tmuls(ub.y, &x, factor).record::<TStoreVec>();
    One::retire(OneTokens { x, y: tstore(&y.tile(0, 0), y_tile) })
}

#[test]
fn get_reads_an_element_of_the_valid_region() {
    let x: Vec<f32> = (0..100).map(|at| at as f32).collect();
    let scaled = |row, col| {
        let mut y = vec![0.0; 100];
        let (x, mut out) =
            (GlobalTensor::new(&x, &[5, 20]), GlobalTensorMut::new(&mut y, &[5, 20]));
        let args = (x.unwrap().whole(), row, col, out.as_mut().unwrap().whole());
        Eager::new().launch(&scale_by_element, 1, args).map(|()| y)
    };
    let expected: Vec<f32> = x.iter().map(|x| x * 83.0).collect();
    assert_eq!(scaled(4, 3).unwrap(), expected);

    let Err(LaunchError::Fault(Fault { trouble, .. })) = scaled(5, 3) else { panic!("no fault") };
    assert_eq!(trouble, Trouble::Element { at: (5, 3), valid: (5, 20) });
}
