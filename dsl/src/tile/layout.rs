//! How a tile's elements lie in its bytes.

use super::sum::Sum;
use crate::sealed::Sealed;

/// A layout as a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum LayoutId {
    /// Row after row: see [`RowMajor`].
    Nd,
    /// Column after column: see [`ColMajor`].
    Dn,
    /// Fractals column after column, row-major inside: see [`Nz`].
    Nz,
    /// Fractals row after row, column-major inside: see [`Zn`].
    Zn,
    /// Fractals row after row, row-major inside: see [`Zz`].
    Zz,
    /// As NZ, in fractals of 16 × 16 elements: see [`NzAcc`].
    NzAcc,
    /// Blocks of channels, pixel after pixel inside: see [`Nc1hwc0`].
    Nc1hwc0,
    /// Scales of rows: see [`MxZz`].
    MxZz,
    /// Scales of columns: see [`MxNn`].
    MxNn,
    /// Pairs of columns: see [`MxDn`].
    MxDn,
    /// Pairs of rows: see [`MxNd`].
    MxNd,
}

/// Bytes of a row of a fractal, and the alignment of every tile and of every row of a plain one.
pub const BLOCK_BYTES: usize = 32;
/// Rows of a fractal (columns of a [`Zn`] one).
pub const FRACTAL_ROWS: usize = 16;
/// Scales of a row that lie side by side.
pub const SCALES: usize = 2;

impl LayoutId {
    /// Where element (`row`, `col`) lies in a tile of `rows` × `cols` elements of `size` bytes, in elements.
    #[inline(always)]
    #[must_use]
    pub const fn index(
        self,
        (row, col): (usize, usize),
        (rows, cols): (usize, usize),
        size: usize,
    ) -> usize {
        let c0 = BLOCK_BYTES / size;
        let fractal = FRACTAL_ROWS * c0;
        match self {
            LayoutId::Nd => row * cols + col,
            LayoutId::Dn => col * rows + row,
            LayoutId::Nz => {
                let outer = (col / c0) * (rows / FRACTAL_ROWS) + row / FRACTAL_ROWS;
                outer * fractal + (row % FRACTAL_ROWS) * c0 + col % c0
            }
            LayoutId::Zn => {
                let outer = (row / c0) * (cols / FRACTAL_ROWS) + col / FRACTAL_ROWS;
                outer * fractal + (col % FRACTAL_ROWS) * c0 + row % c0
            }
            LayoutId::Zz => {
                let outer = (row / FRACTAL_ROWS) * (cols / c0) + col / c0;
                outer * fractal + (row % FRACTAL_ROWS) * c0 + col % c0
            }
            LayoutId::NzAcc => {
                ((col / FRACTAL_ROWS) * rows + row) * FRACTAL_ROWS + col % FRACTAL_ROWS
            }
            LayoutId::Nc1hwc0 => ((col / c0) * rows + row) * c0 + col % c0,
            LayoutId::MxZz => {
                let outer = (row / FRACTAL_ROWS) * (cols / SCALES) + col / SCALES;
                (outer * FRACTAL_ROWS + row % FRACTAL_ROWS) * SCALES + col % SCALES
            }
            LayoutId::MxNn => {
                let outer = (col / FRACTAL_ROWS) * (rows / SCALES) + row / SCALES;
                (outer * FRACTAL_ROWS + col % FRACTAL_ROWS) * SCALES + row % SCALES
            }
            LayoutId::MxDn => ((col / SCALES) * rows + row) * SCALES + col % SCALES,
            LayoutId::MxNd => ((row / SCALES) * cols + col) * SCALES + row % SCALES,
        }
    }

    /// Whether the lines are not cut into fractals.
    #[inline(always)]
    pub(crate) const fn is_plain(self) -> bool {
        matches!(self, LayoutId::Nd | LayoutId::Dn)
    }

    /// How the elements of a row follow each other: how many of them, from a multiple of that number on, lie at equal
    /// distances, and the distance.
    #[inline(always)]
    pub(crate) const fn along_row(
        self,
        (rows, cols): (usize, usize),
        size: usize,
    ) -> (usize, usize) {
        let c0 = BLOCK_BYTES / size;
        match self {
            LayoutId::Nd => (cols, 1),
            LayoutId::Dn => (cols, rows),
            LayoutId::Nz | LayoutId::Zz | LayoutId::Nc1hwc0 => (c0, 1),
            LayoutId::Zn => (FRACTAL_ROWS, c0),
            LayoutId::NzAcc => (FRACTAL_ROWS, 1),
            LayoutId::MxZz | LayoutId::MxDn => (SCALES, 1),
            LayoutId::MxNn => (FRACTAL_ROWS, SCALES),
            LayoutId::MxNd => (cols, SCALES),
        }
    }

    /// As [`along_row`](Self::along_row), for the elements of a column.
    #[inline(always)]
    pub(crate) const fn along_col(
        self,
        (rows, cols): (usize, usize),
        size: usize,
    ) -> (usize, usize) {
        let c0 = BLOCK_BYTES / size;
        match self {
            LayoutId::Nd => (rows, cols),
            LayoutId::Dn => (rows, 1),
            LayoutId::Nz | LayoutId::Zz => (FRACTAL_ROWS, c0),
            LayoutId::Zn => (c0, 1),
            LayoutId::NzAcc => (rows, FRACTAL_ROWS),
            LayoutId::Nc1hwc0 => (rows, c0),
            LayoutId::MxZz => (FRACTAL_ROWS, SCALES),
            LayoutId::MxNn | LayoutId::MxNd => (SCALES, 1),
            LayoutId::MxDn => (rows, SCALES),
        }
    }

    /// Whether a tile of this shape is aligned as PTO demands: a plain row (column for [`ColMajor`]) fills whole
    /// 32-byte blocks, a fractal layout whole fractals.
    #[must_use]
    pub const fn aligned(self, rows: usize, cols: usize, size: usize) -> bool {
        let c0 = BLOCK_BYTES / size;
        match self {
            LayoutId::Nd | LayoutId::Nc1hwc0 => cols.is_multiple_of(c0),
            LayoutId::Dn => rows.is_multiple_of(c0),
            LayoutId::Nz | LayoutId::Zz => {
                rows.is_multiple_of(FRACTAL_ROWS) && cols.is_multiple_of(c0)
            }
            LayoutId::Zn => rows.is_multiple_of(c0) && cols.is_multiple_of(FRACTAL_ROWS),
            LayoutId::NzAcc => {
                rows.is_multiple_of(FRACTAL_ROWS) && cols.is_multiple_of(FRACTAL_ROWS)
            }
            LayoutId::MxZz | LayoutId::MxDn => {
                rows.is_multiple_of(FRACTAL_ROWS) && cols.is_multiple_of(SCALES)
            }
            LayoutId::MxNn | LayoutId::MxNd => {
                rows.is_multiple_of(SCALES) && cols.is_multiple_of(FRACTAL_ROWS)
            }
        }
    }
}

/// A layout as a type.
pub trait Layout: Sealed + 'static {
    /// The layout whose lines follow each other in the same order: of a part of a tile, that of the tile.
    type Order: Layout;
    /// The layout as a value.
    const ID: LayoutId;
    /// Rows and columns of the tile that a tile of this layout is a part of.
    #[doc(hidden)]
    const WHOLE: Option<(usize, usize)> = None;
}

/// A layout whose lines follow each other as those of `O` do, at whatever distance: so a tile and a part of another one may be operands
/// of one op.
#[diagnostic::on_unimplemented(
    message = "the layout {Self} is not in the order of {O}",
    label = "the layout is {Self}"
)]
pub trait InOrder<O>: Layout {}

/// A layout that a plan can give to a tile.
#[diagnostic::on_unimplemented(
    message = "a tile of layout {Self} cannot be a field of a plan",
    label = "not a layout of a whole tile",
    note = "a part is no tile of its own: name the whole, `VecParts<'k, f32, 8, 64, [Rows<1>; 8]>`, and take it apart in the kernel"
)]
pub trait Placed: Layout {
    /// The parts that it can be taken apart into.
    #[doc(hidden)]
    const PARTS: Option<Sum> = None;
}

/// A plain layout of a tile that is not taken apart: what `treshape` works on.
#[diagnostic::on_unimplemented(
    message = "a tile of layout {Self} cannot be seen through another shape",
    label = "not a `RowMajor` or `ColMajor` tile",
    note = "`treshape` takes plain tiles, and neither a part nor a tile that can be taken apart"
)]
pub trait Undivided: PlainLayout {}

/// A layout whose valid region is a run of equal lines: what element-wise ops work on.
///
/// PTO allows [`RowMajor`] alone; here [`ColMajor`] works too where every operand has it, since the device
/// sees the same bytes through a reshaped view.
#[diagnostic::on_unimplemented(
    message = "this op works on plain tiles, not on {Self}",
    label = "the layout is {Self}",
    note = "use a `RowMajor` tile, or a `ColMajor` one for all operands"
)]
pub trait PlainLayout: Layout {}

macro_rules! layouts {
    ($($(#[$doc:meta])* $name:ident = $id:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}
        impl Sealed for $name {}
        impl Layout for $name {
            type Order = $name;
            const ID: LayoutId = LayoutId::$id;
        }
        impl InOrder<$name> for $name {}
        impl Placed for $name {}
    )*};
}

layouts! {
    /// ND: row after row.
    RowMajor = Nd;
    /// DN: column after column.
    ColMajor = Dn;
    /// NZ: fractals of 16 × 32 bytes, ordered by columns, row-major inside.
    Nz = Nz;
    /// ZN: fractals of 32 bytes × 16, ordered by rows, column-major inside.
    ///
    /// The filters of a convolution lie so, as rows of `C1 H W C0` and a column for each filter: what PTO calls `FRACTAL_Z`, and with
    /// the depth among the rows `FRACTAL_Z_3D`. The host gives such a tensor as `[1, C1 H W, N/16, 16, C0]`.
    #[doc(alias = "FRACTAL_Z")]
    #[doc(alias = "FRACTAL_Z_3D")]
    Zn = Zn;
    /// ZZ: fractals of 16 × 32 bytes, ordered by rows, row-major inside.
    Zz = Zz;
    /// NZ with fractals of 16 × 16 elements of any size: the accumulator's layout.
    NzAcc = NzAcc;
    /// The pixels of an image as rows, its channels as columns: blocks of 32 bytes of channels, and inside of each pixel after pixel.
    ///
    /// The host gives a tensor of images as `[N, C1, H, W, C0]`, whose rows are the pixels of all images, `N H W`, and whose columns
    /// are the channels, `C1 C0`; a tile holds one image, or some of its lines. Of PTO's `NDC1HWC0` the depth counts as images.
    #[doc(alias = "NC1HWC0")]
    #[doc(alias = "NDC1HWC0")]
    #[doc(alias = "5HD")]
    Nc1hwc0 = Nc1hwc0;
    /// The scales of the rows of a left factor: fractals of 16 × 2, ordered by rows, row-major inside. PTO's `MX_A_ZZ`.
    #[doc(alias = "MX_A_ZZ")]
    MxZz = MxZz;
    /// The scales of the columns of a right factor: fractals of 2 × 16, ordered by columns, column-major inside. PTO's `MX_B_NN`.
    #[doc(alias = "MX_B_NN")]
    MxNn = MxNn;
    /// In global memory, scales of rows: column after column, but two of them side by side. PTO's `MX_A_DN`.
    #[doc(alias = "MX_A_DN")]
    MxDn = MxDn;
    /// In global memory, scales of columns: row after row, but two of them side by side. PTO's `MX_B_ND`.
    #[doc(alias = "MX_B_ND")]
    MxNd = MxNd;
}

impl PlainLayout for RowMajor {}
impl PlainLayout for ColMajor {}
impl Undivided for RowMajor {}
impl Undivided for ColMajor {}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYOUTS: [LayoutId; 11] = [
        LayoutId::Nd,
        LayoutId::Dn,
        LayoutId::Nz,
        LayoutId::Zn,
        LayoutId::Zz,
        LayoutId::NzAcc,
        LayoutId::Nc1hwc0,
        LayoutId::MxZz,
        LayoutId::MxNn,
        LayoutId::MxDn,
        LayoutId::MxNd,
    ];

    /// Every layout is a permutation of the tile's elements.
    #[test]
    fn each_layout_visits_each_element_once() {
        for layout in LAYOUTS {
            for size in [1, 2, 4] {
                let (rows, cols) = (64, 96);
                let mut seen = vec![false; rows * cols];
                for row in 0..rows {
                    for col in 0..cols {
                        let at = layout.index((row, col), (rows, cols), size);
                        assert!(!seen[at], "{layout:?} maps two elements to {at}");
                        seen[at] = true;
                    }
                }
            }
        }
    }

    /// Runs along rows and columns are where `index` says.
    #[test]
    fn runs_agree_with_the_index() {
        let shape = (64, 96);
        for layout in LAYOUTS {
            for size in [1, 2, 4] {
                let (row_run, row_step) = layout.along_row(shape, size);
                let (col_run, col_step) = layout.along_col(shape, size);
                for row in 0..shape.0 {
                    for col in 0..shape.1 {
                        let at = layout.index((row, col), shape, size);
                        if col % row_run != 0 {
                            let before = layout.index((row, col - 1), shape, size);
                            assert_eq!(at, before + row_step, "{layout:?}");
                        }
                        if row % col_run != 0 {
                            let above = layout.index((row - 1, col), shape, size);
                            assert_eq!(at, above + col_step, "{layout:?}");
                        }
                    }
                }
            }
        }
    }

    /// The second fractal of an NZ tile lies below the first.
    #[test]
    fn nz_walks_down_before_it_walks_right() {
        let shape = (32, 16);
        assert_eq!(LayoutId::Nz.index((1, 0), shape, 4), 8);
        assert_eq!(LayoutId::Nz.index((16, 0), shape, 4), 128);
        assert_eq!(LayoutId::Nz.index((0, 8), shape, 4), 256);
        assert_eq!(LayoutId::Zz.index((0, 8), shape, 4), 128);
        assert_eq!(LayoutId::Zn.index((1, 0), shape, 4), 1);
    }
}
