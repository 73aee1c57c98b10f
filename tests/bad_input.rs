//! Numbers that do not fit: each gives an error that names what and where, or the documented result.

#![allow(clippy::unwrap_used, reason = "a test")]

use tilesync::global::GlobalError;
use tilesync::prelude::*;
use tilesync::{LaunchError, Trouble};

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<TStoreVec>();
    Ub::retire(UbTokens { x: tstore(&y.tile(0, 0), x) })
}

#[kernel]
fn beyond<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let x = tload(ub.x, &x.at(8, 0)).record::<TStoreVec>();
    Ub::retire(UbTokens { x: tstore(&y.tile(0, 0), x) })
}

#[kernel]
fn panics<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    assert!(x.rows() > 100, "too few rows: {}", y.rows());
    Ub::retire(UbTokens { x: ub.x })
}

/// Launches on both executors and returns what both say.
fn launch<K>(kernel: &K, grid: usize) -> (Result<(), LaunchError>, Vec<f32>)
where
    K: for<'a> Kernel<Args = (GlobalIn<'static, f32>, GlobalOut<'static, f32>)>,
{
    let x: Vec<f32> = (0..64).map(|i| i as f32).collect();
    let gx = GlobalTensor::new(&x, &[8, 8]).unwrap();
    let [mut eager, mut pipelined] = [(); 2].map(|()| vec![0.0; 64]);
    let mut out = GlobalTensorMut::new(&mut eager, &[8, 8]).unwrap();
    let fast = Eager::new().launch(kernel, grid, (gx.whole(), out.parts(8, 8).unwrap()));
    let mut out = GlobalTensorMut::new(&mut pipelined, &[8, 8]).unwrap();
    let faithful = Pipelined::new().launch(kernel, grid, (gx.whole(), out.parts(8, 8).unwrap()));
    let [fast_text, faithful_text] =
        [fast.as_ref().err(), faithful.as_ref().err()].map(|error| error.map(ToString::to_string));
    assert_eq!(fast_text, faithful_text, "the executors disagree");
    assert_eq!(eager, pipelined);
    (fast, eager)
}

/// What stopped the kernel, and the source line that the error names.
fn trouble(outcome: (Result<(), LaunchError>, Vec<f32>)) -> (Trouble, &'static str) {
    let Err(LaunchError::Fault(fault)) = outcome.0 else { panic!("no fault: {outcome:?}") };
    let line = fault.at.map_or("", |at| {
        assert!(at.file().ends_with("bad_input.rs"), "{at}");
        include_str!("bad_input.rs").lines().nth(at.line() as usize - 1).unwrap_or_default()
    });
    (fault.trouble, line.trim())
}

#[test]
fn a_grid_of_zero_blocks_is_an_error() {
    assert!(matches!(launch(&copy, 0).0, Err(LaunchError::EmptyGrid)));
}

#[test]
fn a_grid_that_does_not_match_the_parts_is_an_error() {
    let error = launch(&copy, 2).0.expect_err("two blocks, one part");
    assert!(matches!(error, LaunchError::GridMismatch { parts: 1, grid: 2, .. }), "{error}");
    assert!(error.to_string().contains("1 parts"), "{error}");
}

#[test]
fn a_right_launch_copies() {
    let (outcome, y) = launch(&copy, 1);
    outcome.expect("valid");
    assert_eq!(y[63], 63.0);
}

#[test]
fn a_region_out_of_bounds_names_its_line() {
    let (trouble, line) = trouble(launch(&beyond, 1));
    assert_eq!(trouble, Trouble::OutOfBounds { origin: (8, 0), limit: (8, 8) });
    assert_eq!(line, "let x = tload(ub.x, &x.at(8, 0)).record::<TStoreVec>();");
}

#[test]
fn a_panic_in_the_kernel_becomes_an_error() {
    let (trouble, _) = trouble(launch(&panics, 1));
    let Trouble::Panicked { code: None, message } = trouble else { panic!("{trouble:?}") };
    assert_eq!(message, "too few rows: 8");
}

#[test]
fn tensors_that_cannot_be_are_errors() {
    let data = [0.0_f32; 64];
    let error = |shape: &[usize]| GlobalTensor::<_, RowMajor>::new(&data, shape).unwrap_err();
    assert!(matches!(error(&[8, 0]), GlobalError::Empty { .. }));
    assert!(matches!(error(&[]), GlobalError::Dims { dims: 0 }));
    assert!(matches!(error(&[1, 1, 1, 1, 8, 8]), GlobalError::Dims { dims: 6 }));
    assert!(matches!(error(&[8, 9]), GlobalError::Length { needed: 72, len: 64, .. }));
    assert!(matches!(error(&[8, 7]), GlobalError::Length { needed: 56, len: 64, .. }));
    let huge = error(&[usize::MAX, usize::MAX]);
    assert!(matches!(huge, GlobalError::Length { .. }), "{huge:?}");
    let repeated = [1 << 40, 1 << 40, 1, 8, 8];
    let endless = GlobalTensor::<_, RowMajor>::with_stride(&data, repeated, [0, 0, 0, 8, 1]);
    assert!(matches!(endless, Err(GlobalError::TooLong { .. })), "{endless:?}");
    let tensor = GlobalTensor::<_, RowMajor>::new(&data, &[8, 8]).unwrap();
    assert!(matches!(tensor.parts(0, 8), Err(GlobalError::EmptyPart { .. })));
}

#[test]
fn an_output_whose_stride_overlaps_is_an_error() {
    let mut data = [0.0_f32; 64];
    let (shape, overlap) = ([1, 1, 1, 8, 8], [0, 0, 0, 7, 1]);
    let error = GlobalTensorMut::<_, RowMajor>::with_stride(&mut data, shape, overlap).unwrap_err();
    assert!(matches!(error, GlobalError::Overlap { .. }), "{error}");
    let input = GlobalTensor::<_, RowMajor>::with_stride(&data, shape, overlap);
    assert!(input.is_ok(), "an input may repeat its elements");
}

#[derive(Buffers)]
struct DynUb<'k> {
    x: VecTile<'k, f32, 8, 8, Dyn>,
    y: VecTile<'k, f32, 8, 8, Dyn>,
}

#[kernel]
fn add_differently<'k>(
    ub: DynUb<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
) -> Retired<DynUb<'k>> {
    let a = tload(ub.x, &x.at(0, 0).sized(8, 4)).record::<TAdd>();
    let b = tload(ub.y, &x.at(0, 0)).record::<TAdd>();
    let sum = tadd_assign(b, &a).record::<TStoreVec>();
    DynUb::retire(DynUbTokens { x: a, y: tstore(&y.tile(0, 0), sum) })
}

#[kernel]
fn store_too_much<'k>(
    ub: DynUb<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
) -> Retired<DynUb<'k>> {
    let a = tload(ub.x, &x.at(0, 0)).record::<TStoreVec>();
    DynUb::retire(DynUbTokens { x: tstore(&y.at(4, 0), a), y: ub.y })
}

#[kernel]
fn store_nothing<'k>(
    ub: DynUb<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
) -> Retired<DynUb<'k>> {
    let a = tload(ub.x, &x.at(0, 0).sized(0, 8)).record::<TStoreVec>();
    DynUb::retire(DynUbTokens { x: tstore(&y.at(0, 0), a), y: ub.y })
}

#[test]
fn valid_regions_that_differ_are_an_error() {
    let (trouble, line) = trouble(launch(&add_differently, 1));
    let (left, right) = ((8, 8), (8, 4));
    assert_eq!(trouble, Trouble::ValidMismatch { code: OpCode::TADD, left, right });
    assert_eq!(line, "let sum = tadd_assign(b, &a).record::<TStoreVec>();");
}

#[test]
fn storing_more_than_there_is_room_for_is_an_error() {
    let (trouble, _) = trouble(launch(&store_too_much, 1));
    let (tile, remain) = ((8, 8), (4, 8));
    assert_eq!(trouble, Trouble::StoreTooLarge { code: OpCode::TSTORE_VEC, tile, remain });
}

#[test]
fn an_empty_valid_region_moves_nothing() {
    let (outcome, y) = launch(&store_nothing, 1);
    outcome.expect("valid");
    assert_eq!(y, [0.0; 64]);
}

#[test]
fn nan_and_infinity_pass_through() {
    let x = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.0].repeat(16);
    let mut y = vec![1.0; 64];
    let gx = GlobalTensor::new(&x, &[8, 8]).unwrap();
    let mut gy = GlobalTensorMut::new(&mut y, &[8, 8]).unwrap();
    Eager::new().launch(&copy, 1, (gx.whole(), gy.whole())).unwrap();
    let bits = |data: &[f32]| data.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&x), bits(&y));
}
