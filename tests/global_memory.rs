//! Tensors of five dimensions, with strides, in each layout, whole and in parts.

#![allow(clippy::unwrap_used, reason = "a test")]

use tilesync::prelude::*;
use tilesync::{Nz, tile::space};

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 8, 8, Dyn>,
}

/// Copies the block's part, tile by tile.
#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let mut free = ub.x.prime::<TStoreVec, TLoad>();
    for i in 0..x.rows().div_ceil(8) {
        for j in 0..x.cols().div_ceil(8) {
            let tile = tload(free, &x.tile(i, j)).record::<TStoreVec>();
            free = tstore(&y.tile(i, j), tile).release::<TLoad>();
        }
    }
    Ub::retire(UbTokens { x: free })
}

#[test]
fn five_dimensions_with_gaps_are_rows_of_the_last_one() {
    let shape = [2, 3, 2, 5, 11];
    let gaps = [1000, 300, 130, 25, 2];
    let x: Vec<f32> = (0..2000).map(|i| i as f32).collect();
    let mut y = vec![-1.0; 2 * 3 * 2 * 5 * 11];
    let input = GlobalTensor::with_stride(&x, shape, gaps).unwrap();
    let mut output = GlobalTensorMut::new(&mut y, &shape).unwrap();
    Eager::new().launch(&copy, 1, (input.whole(), output.whole())).unwrap();

    let mut expected = Vec::new();
    for a in 0..2 {
        for b in 0..3 {
            for c in 0..2 {
                for d in 0..5 {
                    for e in 0..11 {
                        expected.push((a * 1000 + b * 300 + c * 130 + d * 25 + e * 2) as f32);
                    }
                }
            }
        }
    }
    assert_eq!(y, expected);
}

#[test]
fn a_strided_output_is_written_at_its_elements_alone() {
    let x: Vec<f32> = (0..5 * 7).map(|i| i as f32).collect();
    let mut y = vec![-1.0; 200];
    let input = GlobalTensor::new(&x, &[5, 7]).unwrap();
    let mut output =
        GlobalTensorMut::with_stride(&mut y, [1, 1, 1, 5, 7], [0, 0, 0, 30, 3]).unwrap();
    Eager::new().launch(&copy, 1, (input.whole(), output.whole())).unwrap();
    for (at, y) in y.iter().enumerate() {
        let (row, col) = (at / 30, at % 30);
        let inside = row < 5 && col < 21 && col % 3 == 0;
        assert_eq!(*y, if inside { (row * 7 + col / 3) as f32 } else { -1.0 }, "element {at}");
    }
}

#[test]
fn parts_cover_a_tensor_exactly_once() {
    for (rows, cols, part) in
        [(1, 1, (8, 8)), (37, 29, (10, 7)), (64, 64, (64, 1)), (3, 100, (1, 33))]
    {
        let x: Vec<f32> = (0..rows * cols).map(|i| i as f32).collect();
        let mut y = vec![-1.0; rows * cols];
        let input = GlobalTensor::new(&x, &[rows, cols]).unwrap().parts(part.0, part.1).unwrap();
        let mut output = GlobalTensorMut::new(&mut y, &[rows, cols]).unwrap();
        let blocks = rows.div_ceil(part.0) * cols.div_ceil(part.1);
        Eager::new().launch(&copy, blocks, (input, output.parts(part.0, part.1).unwrap())).unwrap();
        assert_eq!(x, y, "{rows} x {cols} in parts of {part:?}");
    }
}

#[derive(Buffers)]
struct ColumnMajor<'k> {
    x: Tile<'k, space::Vec, f32, 8, 16, ColMajor, Dyn>,
}

#[kernel]
fn copy_dn<'k>(
    ub: ColumnMajor<'k>,
    x: GlobalIn<'k, f32, ColMajor>,
    y: GlobalOut<'k, f32, ColMajor>,
) -> Retired<ColumnMajor<'k>> {
    let tile = tload(ub.x, &x.tile(0, 0)).record::<TNeg>();
    let tile = tneg_assign(tile).record::<TStoreVec>();
    ColumnMajor::retire(ColumnMajorTokens { x: tstore(&y.tile(0, 0), tile) })
}

#[test]
fn dn_tensors_are_stored_column_after_column() {
    let (rows, cols) = (13, 21);
    let x: Vec<f32> = (0..rows * cols).map(|i| i as f32).collect();
    let mut y = vec![0.0; rows * cols];
    let input = GlobalTensor::new(&x, &[rows, cols]).unwrap().parts(8, 16).unwrap();
    let mut output = GlobalTensorMut::new(&mut y, &[rows, cols]).unwrap();
    Eager::new().launch(&copy_dn, 4, (input, output.parts(8, 16).unwrap())).unwrap();
    assert!(x.iter().zip(&y).all(|(x, y)| *y == -*x));
}

#[derive(Buffers)]
struct Fractal<'k> {
    x: Tile<'k, space::Vec, f32, 32, 16, Nz>,
}

#[kernel]
fn copy_nz<'k>(
    ub: Fractal<'k>,
    x: GlobalIn<'k, f32, Nz>,
    y: GlobalOut<'k, f32, Nz>,
) -> Retired<Fractal<'k>> {
    let tile = tload(ub.x, &x.tile(1, 0)).record::<TStoreVec>();
    Fractal::retire(FractalTokens { x: tstore(&y.tile(0, 0), tile) })
}

#[test]
fn nz_tensors_are_stored_fractal_after_fractal() {
    // 64 x 16 in fractals of 16 x 8: columns of four fractals.
    let x: Vec<f32> = (0..64 * 16).map(|i| i as f32).collect();
    let mut y = vec![0.0; 32 * 16];
    let input = GlobalTensor::new(&x, &[1, 2, 4, 16, 8]).unwrap();
    let mut output = GlobalTensorMut::new(&mut y, &[1, 2, 2, 16, 8]).unwrap();
    Eager::new().launch(&copy_nz, 1, (input.whole(), output.whole())).unwrap();
    // The lower half of each column of fractals.
    assert_eq!(y[..256], x[256..512]);
    assert_eq!(y[256..], x[768..]);
}

#[cfg(feature = "ndarray")]
#[test]
fn arrays_are_borrowed_in_any_order_of_axes() {
    use tilesync::global::GlobalError;

    let x = ndarray::Array2::from_shape_fn((11, 19), |(i, j)| (i * 100 + j) as f32);
    let mut y = ndarray::Array2::zeros((19, 11));
    let transposed = x.t();
    let input = GlobalTensor::from_array(&transposed).unwrap();
    let mut output = GlobalTensorMut::from_array(&mut y).unwrap();
    Eager::new().launch(&copy, 1, (input.whole(), output.whole())).unwrap();
    assert_eq!(y, x.t());

    let every_other = x.slice(ndarray::s![.., ..;2]);
    assert!(matches!(GlobalTensor::from_array(&every_other), Err(GlobalError::NotContiguous)));
}
