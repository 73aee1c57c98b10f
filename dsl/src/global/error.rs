//! What can be wrong with a tensor.

/// A tensor that cannot be made or cannot be cut as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GlobalError {
    /// A dimension is zero.
    #[error("a tensor of shape {shape:?} has no elements; skip the launch for an empty tensor")]
    Empty {
        /// The shape.
        shape: Vec<usize>,
    },
    /// No dimension, or more than five.
    #[error("a tensor has 1 to 5 dimensions, not {dims}; merge the outer ones")]
    Dims {
        /// How many were given.
        dims: usize,
    },
    /// More rows or columns than an op can address.
    #[error(
        "a tensor of shape {shape:?} has {rows} rows and {cols} columns; an op addresses 2^32 - 1 of each: cut it"
    )]
    TooLong {
        /// The shape.
        shape: [usize; 5],
        /// Its rows, as a kernel sees them.
        rows: usize,
        /// Its columns.
        cols: usize,
    },
    /// The slice is not what the shape needs.
    #[error("a tensor of shape {shape:?} needs {needed} elements, but the slice has {len}")]
    Length {
        /// The shape.
        shape: Vec<usize>,
        /// Elements needed.
        needed: usize,
        /// Elements given.
        len: usize,
    },
    /// Two positions of an output are one element.
    #[error(
        "shape {shape:?} with strides {stride:?} maps two positions to one element, which an output must not"
    )]
    Overlap {
        /// The shape.
        shape: [usize; 5],
        /// The strides.
        stride: [usize; 5],
    },
    /// The shape does not suit the layout.
    #[error("an NZ tensor has the shape [B, C/(B c0), R/16, 16, c0] with c0 = {c0}, not {shape:?}")]
    Fractal {
        /// The shape.
        shape: [usize; 5],
        /// Elements of 32 bytes.
        c0: usize,
    },
    /// The shape does not suit the layout of filters.
    #[error(
        "filters in `Zn` have the shape [1, C1 H W, N/16, 16, c0] with c0 = {c0}, not {shape:?}"
    )]
    Filters {
        /// The shape.
        shape: [usize; 5],
        /// Elements of 32 bytes.
        c0: usize,
    },
    /// The shape does not suit the layout of images.
    #[error("images in `Nc1hwc0` have the shape [N, C1, H, W, c0] with c0 = {c0}, not {shape:?}")]
    Images {
        /// The shape.
        shape: [usize; 5],
        /// Elements of 32 bytes.
        c0: usize,
    },
    /// The shape does not suit a layout of scales.
    #[error(
        "scales have the shape [1, M/16, S/2, 16, 2] in `MxZz`, [1, N/16, S/2, 16, 2] in `MxNn`, [1, 1, S/2, M, 2] in `MxDn` \
         and [1, 1, S/2, N, 2] in `MxNd`, not {shape:?}"
    )]
    Scales {
        /// The shape.
        shape: [usize; 5],
    },
    /// A part of zero rows or columns.
    #[error("parts of {rows} x {cols} elements are empty; give each block at least one element")]
    EmptyPart {
        /// Rows of a part.
        rows: usize,
        /// Columns of a part.
        cols: usize,
    },
    /// A fractal tensor has no batches to cut.
    #[error("the outer dimensions of an NZ tensor are no batches; cut it with `parts`")]
    NoBatches,
    /// No sequence.
    #[error(
        "{offsets} offsets bound no sequence; give the first row of each, and the end of the last"
    )]
    TooFewOffsets {
        /// How many were given.
        offsets: usize,
    },
    /// A sequence that ends before it starts.
    #[error("sequence {at} goes from row {first} to row {next}; offsets must not fall")]
    FallingOffsets {
        /// Which sequence.
        at: usize,
        /// Its offset.
        first: usize,
        /// The next offset.
        next: usize,
    },
    /// A sequence that ends outside of the tensor.
    #[error("the last sequence ends at row {offset}, but the tensor has {rows} rows")]
    OffsetBeyond {
        /// The last offset.
        offset: usize,
        /// The tensor's rows.
        rows: usize,
    },
    /// A workspace for which there is no memory.
    #[error("there is no memory for a workspace of shape {shape:?}; use it in pieces")]
    NoMemory {
        /// Its shape.
        shape: Vec<usize>,
    },
    /// The array is not one piece of memory.
    #[error(
        "the array's elements are not contiguous in memory; copy it with `as_standard_layout()` first"
    )]
    NotContiguous,
    /// A stride of the array is negative.
    #[error(
        "the array runs backwards in memory (stride {stride}); copy it with `as_standard_layout()` first"
    )]
    NegativeStride {
        /// The stride.
        stride: isize,
    },
}
