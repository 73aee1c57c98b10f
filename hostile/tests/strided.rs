//! Strided tensors against the definition: where each element lies, which shapes are tensors, what a copy in parts leaves.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::HashSet;

use tilesync::global::GlobalError;
use tilesync::prelude::*;
use tilesync::tile::{Layout, LayoutId};
use tilesync_hostile::{cases, seed};

type Dims = [usize; 5];

/// Rows and columns of a tensor: those dimensions, the outermost first.
fn axes(layout: LayoutId) -> (Vec<usize>, Vec<usize>) {
    match layout {
        LayoutId::Dn => (vec![3], vec![0, 1, 2, 4]),
        LayoutId::Nz => (vec![2, 3], vec![0, 1, 4]),
        _ => (vec![0, 1, 2, 3], vec![4]),
    }
}

/// How many positions an axis has.
fn length(dims: &[usize], extent: Dims) -> u128 {
    dims.iter().fold(1_u128, |all, &dim| all.saturating_mul(extent[dim] as u128))
}

/// Where position `i` of an axis lies.
fn along(dims: &[usize], i: usize, extent: Dims, stride: Dims) -> usize {
    let mut rest = i;
    let place = |&dim: &usize| {
        let offset = rest % extent[dim] * stride[dim];
        rest /= extent[dim];
        offset
    };
    dims.iter().rev().map(place).sum()
}

/// Where element (`row`, `col`) lies.
fn place(layout: LayoutId, (row, col): (usize, usize), extent: Dims, stride: Dims) -> usize {
    let (rows, cols) = axes(layout);
    along(&rows, row, extent, stride) + along(&cols, col, extent, stride)
}

/// Rows and columns.
fn shape(layout: LayoutId, extent: Dims) -> (usize, usize) {
    let (rows, cols) = axes(layout);
    (length(&rows, extent) as usize, length(&cols, extent) as usize)
}

/// Elements up to the last.
fn span(extent: Dims, stride: Dims) -> u128 {
    extent.iter().zip(stride).fold(1_u128, |span, (&extent, stride)| {
        span.saturating_add((extent as u128).saturating_sub(1).saturating_mul(stride as u128))
    })
}

/// Strides that leave nothing out, or gaps, in a random order of the dimensions.
fn disjoint(random: &mut fastrand::Rng, extent: Dims) -> Dims {
    let mut order = [0, 1, 2, 3, 4];
    if random.bool() {
        random.shuffle(&mut order);
    }
    let gaps = random.bool();
    let (mut stride, mut next) = ([0; 5], 1);
    for &dim in order.iter().rev() {
        stride[dim] = next + if gaps { random.usize(..3) } else { 0 };
        next += stride[dim] * (extent[dim] - 1);
    }
    stride
}

macro_rules! copies {
    ($($module:ident: $layout:ty;)*) => {$(
        mod $module {
            use super::*;

            #[derive(Buffers)]
            pub(super) struct Ub<'k> {
                x: [Tile<'k, tilesync::tile::space::Vec, f32, 16, 16, $layout, Dyn>; 2],
            }

            /// Copies its part, a window at a time.
            #[kernel]
            pub(super) fn copy<'k>(
                ub: Ub<'k>,
                x: GlobalIn<'k, f32, $layout>,
                y: GlobalOut<'k, f32, $layout>,
                window: usize,
            ) -> Retired<Ub<'k>> {
                let mut ring = ub.x.map(|tile| tile.prime::<TStoreVec, TLoad>());
                for row in (0..x.rows()).step_by(window) {
                    for col in (0..x.cols()).step_by(window) {
                        let (slot, open) = ring.take();
                        let region = x.at(row, col).sized(window, window);
                        let loaded = tload(slot, &region).record::<TStoreVec>();
                        ring = open.put(tstore(&y.at(row, col), loaded).release::<TLoad>());
                    }
                }
                Ub::retire(UbTokens { x: ring })
            }

            /// Copies one window to the corner.
            #[kernel]
            pub(super) fn take_window<'k>(
                ub: Ub<'k>,
                x: GlobalIn<'k, f32, $layout>,
                row: usize,
                col: usize,
                y: GlobalOut<'k, f32, $layout>,
            ) -> Retired<Ub<'k>> {
                let [one, other] = ub.x;
                let loaded = tload(one, &x.at(row, col)).record::<TStoreVec>();
                Ub::retire(UbTokens { x: [tstore(&y.at(0, 0), loaded).retire(), other.retire()] })
            }

            /// A random tensor in random parts, to another place.
            pub(super) fn copied(random: &mut fastrand::Rng) {
                let layout = <$layout as Layout>::ID;
                let mut extent: Dims = std::array::from_fn(|_| random.usize(1..6));
                if layout == LayoutId::Nz {
                    (extent[0], extent[3], extent[4]) = (1, 16, 8);
                } else if random.bool() {
                    extent[random.usize(3..5)] = random.usize(1..40);
                }
                let (rows, cols) = shape(layout, extent);
                let to = disjoint(random, extent);
                // An input may repeat itself.
                let from = match random.u8(..3) {
                    0 => std::array::from_fn(|_| match random.u8(..4) {
                        0 => 0,
                        1 | 2 => 1,
                        _ => random.usize(..40),
                    }),
                    _ => disjoint(random, extent),
                };
                let x: Vec<f32> = (0..span(extent, from)).map(|_| random.f32()).collect();
                let mut y = vec![-1.0; span(extent, to) as usize + random.usize(..3)];
                let mut wanted = y.clone();
                for row in 0..rows {
                    for col in 0..cols {
                        let at = |stride| place(layout, (row, col), extent, stride);
                        wanted[at(to)] = x[at(from)];
                    }
                }
                let part = (random.usize(1..rows + 3), random.usize(1..cols + 3));
                let grid = rows.div_ceil(part.0) * cols.div_ceil(part.1);
                let window = if random.bool() { 16 } else { random.usize(1..17) };
                let input = GlobalTensor::<f32, $layout>::with_stride(&x, extent, from).unwrap();
                let input = input.parts(part.0, part.1).unwrap();
                let mut output = GlobalTensorMut::<f32, $layout>::with_stride(&mut y, extent, to)
                    .unwrap_or_else(|error| panic!("{error}"));
                let output = output.parts(part.0, part.1).unwrap();
                let launched = match random.u8(..4) {
                    0 => Pipelined::new()
                        .order(Order::Random(random.u64(..)))
                        .launch(&copy, grid, (input, output, window))
                        .map(drop),
                    1 => Eager::new().launch(&copy, grid, (input, output, window)),
                    _ => Eager::sequential().launch(&copy, grid, (input, output, window)),
                };
                let of = format!("{extent:?} from {from:?} to {to:?} in parts {part:?} by {window}");
                launched.unwrap_or_else(|error| panic!("{of}: {error}"));
                assert_eq!(y, wanted, "{of}");
            }

            /// Hostile numbers: what the constructors say, and what lies where in those that they let through.
            pub(super) fn constructed(random: &mut fastrand::Rng, tally: &mut [u32; 6]) {
                let layout = <$layout as Layout>::ID;
                let number = |random: &mut fastrand::Rng| match random.u8(..12) {
                    0 => 0,
                    1 => usize::MAX >> random.u32(..64),
                    2 => (1 << random.u32(..64)) + random.usize(..3),
                    3 => (usize::MAX >> random.u32(..4)).wrapping_add(random.usize(..3)),
                    4..7 => 1,
                    _ => random.usize(1..5),
                };
                let mut extent: Dims = std::array::from_fn(|_| number(random));
                let stride: Dims = std::array::from_fn(|_| number(random) % (1 << random.u32(..63)));
                let fractal = (extent[0], extent[3], extent[4]) == (1, 16, 8);
                let fractal = if layout == LayoutId::Nz && random.bool() {
                    (extent[0], extent[3], extent[4]) = (1, 16, 8);
                    true
                } else {
                    layout != LayoutId::Nz || fractal
                };
                let x: Vec<f32> = (0..64).map(|_| random.f32()).collect();
                let mut y = x.clone();
                let (rows, cols) = axes(layout);
                let (rows, cols) = (length(&rows, extent), length(&cols, extent));
                let long = rows.max(cols) >= u128::from(u32::MAX);
                let fits = span(extent, stride) <= x.len() as u128;
                let input = GlobalTensor::<f32, $layout>::with_stride(&x, extent, stride);
                let output = GlobalTensorMut::<f32, $layout>::with_stride(&mut y, extent, stride);
                let Ok(input) = input else {
                    let error = input.unwrap_err();
                    assert_eq!(output.unwrap_err(), error, "{extent:?} {stride:?}");
                    let (kind, cause) = match error {
                        GlobalError::Empty { .. } => (0, extent.contains(&0)),
                        GlobalError::Fractal { .. } => (1, !fractal),
                        GlobalError::Length { .. } => (2, !fits),
                        GlobalError::TooLong { .. } => (3, long),
                        error => panic!("{extent:?} {stride:?}: {error}"),
                    };
                    assert!(cause, "{extent:?} {stride:?}: {kind}");
                    tally[kind] += 1;
                    return;
                };
                assert!(!extent.contains(&0) && fractal && fits && !long, "{extent:?} {stride:?}");
                tally[4] += 1;
                let (rows, cols) = (rows as usize, cols as usize);
                if output.is_ok() {
                    tally[5] += 1;
                    // No two positions are one element: so there are no more of them than elements.
                    assert!(rows * cols <= x.len(), "{extent:?} {stride:?}");
                    let all = (0..rows).flat_map(|row| (0..cols).map(move |col| (row, col)));
                    let mut seen = HashSet::new();
                    let each_once = all.map(|at| place(layout, at, extent, stride)).all(|at| seen.insert(at));
                    assert!(each_once, "{extent:?} {stride:?} overlaps itself");
                }
                let (row, col) = (random.usize(..rows), random.usize(..cols));
                let mut out = vec![-1.0_f32; 256];
                let dims: &[usize] =
                    if layout == LayoutId::Nz { &[1, 2, 1, 16, 8] } else { &[16, 16] };
                let mut corner = GlobalTensorMut::<f32, $layout>::new(&mut out, dims).unwrap();
                let args = (input.whole(), row, col, corner.whole());
                Eager::sequential().launch(&take_window, 1, args).unwrap_or_else(|error| {
                    panic!("{extent:?} {stride:?} at {row}, {col}: {error}")
                });
                for i in 0..16.min(rows - row) {
                    for j in 0..16.min(cols - col) {
                        let got = out[layout.index((i, j), (16, 16), 4)];
                        let want = x[place(layout, (row + i, col + j), extent, stride)];
                        assert!(got == want, "{extent:?} {stride:?} at {}, {}", row + i, col + j);
                    }
                }
            }
        }
    )*};
}

copies! {
    nd: RowMajor;
    dn: ColMajor;
    nz: Nz;
}

#[test]
fn a_copy_in_parts_is_the_naive_copy() {
    let mut random = fastrand::Rng::with_seed(seed());
    let cases = cases(500);
    for _ in 0..cases {
        match random.u8(..3) {
            0 => nd::copied(&mut random),
            1 => dn::copied(&mut random),
            _ => nz::copied(&mut random),
        }
    }
    println!("{cases} tensors");
}

#[test]
fn a_hostile_shape_is_refused_or_is_what_it_says() {
    let mut random = fastrand::Rng::with_seed(seed());
    let cases = cases(4000);
    let mut tally = [0; 6];
    for _ in 0..cases {
        match random.u8(..3) {
            0 => nd::constructed(&mut random, &mut tally),
            1 => dn::constructed(&mut random, &mut tally),
            _ => nz::constructed(&mut random, &mut tally),
        }
    }
    println!("{cases} shapes: [empty, no fractals, too short, too long, input, output] {tally:?}");
    assert!(tally.iter().all(|&count| count > cases / 1000), "each must happen: {tally:?}");
}

/// The shapes of dense tensors: the product of what is given, in any number of dimensions, or an error.
#[test]
fn a_dense_shape_is_as_long_as_its_slice() {
    let mut random = fastrand::Rng::with_seed(seed());
    let data = [0.0_f32; 24];
    let mut accepted = 0;
    let cases = cases(4000);
    for _ in 0..cases {
        let dims: Vec<usize> = (0..random.usize(..7))
            .map(|_| match random.u8(..16) {
                0 => 0,
                1 => usize::MAX >> random.u32(..64),
                2 => 1 << random.u32(..64),
                _ => random.usize(1..5),
            })
            .collect();
        let count = dims.iter().fold(1_u128, |all, &dim| all.saturating_mul(dim as u128));
        let tensor = GlobalTensor::<f32>::new(&data, &dims);
        let fits = (1..6).contains(&dims.len()) && count == 24;
        assert_eq!(tensor.is_ok(), fits, "{dims:?}: {tensor:?}");
        accepted += u32::from(fits);
    }
    println!("{cases} shapes, {accepted} of them fit");
    assert!(accepted > cases / 500, "some must fit: {accepted}");
}
