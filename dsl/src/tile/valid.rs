//! Which part of a tile holds data: the valid region, known from the type or at run time.

use crate::sealed::Sealed;

/// A valid region: the upper left `rows` × `cols` elements of a tile.
///
/// Element-wise ops demand the same kind of region of all their operands, and equal regions at run time.
pub trait Valid: Sealed + Copy + std::fmt::Debug + 'static {
    /// The region of a result with this region's rows and one column.
    type Col: Valid;
    /// The region of a result with one row and this region's columns.
    type Row: Valid;
    /// The region of the transposed tile.
    type Transposed: Valid;
    /// Rows and columns that the tile must have at least.
    const LEAST: (usize, usize);

    /// The region as it is before anything is written: all of a tile of `rows` × `cols`, or what the type says.
    fn whole(shape: (usize, usize)) -> Self;

    /// The region (`rows`, `cols`) in a tile of `shape`, if this kind can express it.
    fn fit(region: (usize, usize), shape: (usize, usize)) -> Option<Self>;

    /// Rows and columns of the region in a tile of `shape`.
    fn extent(self, shape: (usize, usize)) -> (usize, usize);
}

/// The whole tile is valid.
#[derive(Clone, Copy, Debug)]
pub struct Full;

/// A region known from the type: `ROWS` × `COLS` elements.
#[derive(Clone, Copy, Debug)]
pub struct Static<const ROWS: usize, const COLS: usize>;

/// A region known at run time. A load sets it; ops hand it on to their results.
#[derive(Clone, Copy, Debug)]
pub struct Dyn {
    rows: u32,
    cols: u32,
}

impl Sealed for Full {}
impl Valid for Full {
    type Col = Full;
    type Row = Full;
    type Transposed = Full;
    const LEAST: (usize, usize) = (0, 0);

    #[inline(always)]
    fn whole(_: (usize, usize)) -> Self {
        Full
    }

    #[inline(always)]
    fn fit(region: (usize, usize), shape: (usize, usize)) -> Option<Self> {
        (region == shape).then_some(Full)
    }

    #[inline(always)]
    fn extent(self, shape: (usize, usize)) -> (usize, usize) {
        shape
    }
}

impl<const ROWS: usize, const COLS: usize> Sealed for Static<ROWS, COLS> {}
impl<const ROWS: usize, const COLS: usize> Valid for Static<ROWS, COLS> {
    type Col = Static<ROWS, 1>;
    type Row = Static<1, COLS>;
    type Transposed = Static<COLS, ROWS>;
    const LEAST: (usize, usize) = (ROWS, COLS);

    #[inline(always)]
    fn whole(_: (usize, usize)) -> Self {
        Static
    }

    #[inline(always)]
    fn fit(region: (usize, usize), _: (usize, usize)) -> Option<Self> {
        (region == (ROWS, COLS)).then_some(Static)
    }

    #[inline(always)]
    fn extent(self, _: (usize, usize)) -> (usize, usize) {
        (ROWS, COLS)
    }
}

impl Sealed for Dyn {}
impl Valid for Dyn {
    type Col = Dyn;
    type Row = Dyn;
    type Transposed = Dyn;
    const LEAST: (usize, usize) = (0, 0);

    #[inline(always)]
    fn whole((rows, cols): (usize, usize)) -> Self {
        Dyn { rows: rows as u32, cols: cols as u32 }
    }

    #[inline(always)]
    fn fit(region: (usize, usize), shape: (usize, usize)) -> Option<Self> {
        (region.0 <= shape.0 && region.1 <= shape.1).then(|| Self::whole(region))
    }

    #[inline(always)]
    fn extent(self, _: (usize, usize)) -> (usize, usize) {
        (self.rows as usize, self.cols as usize)
    }
}
