//! What a tile is, as a value: what a program says of it.

use super::dtype::DtypeId;
use super::layout::LayoutId;
use super::space::Space;

/// The static properties of a tile as a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TileType {
    /// The memory space that it lies in.
    pub space: Space,
    /// The element type.
    pub dtype: DtypeId,
    /// Static rows.
    pub rows: u32,
    /// Static columns.
    pub cols: u32,
    /// The layout.
    pub layout: LayoutId,
}

impl TileType {
    /// Of a tile of `R` × `C` elements; a shape that no memory could hold does not compile.
    pub(super) const fn of<const R: usize, const C: usize>(
        space: Space,
        dtype: DtypeId,
        layout: LayoutId,
    ) -> Self {
        assert!(
            R <= u32::MAX as usize && C <= u32::MAX as usize,
            "a tile has fewer than 2^32 rows and columns"
        );
        TileType { space, dtype, rows: R as u32, cols: C as u32, layout }
    }

    /// Static rows and columns.
    #[inline(always)]
    #[must_use]
    pub const fn shape(&self) -> (usize, usize) {
        (self.rows as usize, self.cols as usize)
    }

    /// Bytes that the tile takes; `usize::MAX` if they are more than that.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        let (rows, cols) = self.shape();
        rows.saturating_mul(cols).saturating_mul(self.dtype.size())
    }
}

impl std::fmt::Display for TileType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}x{}", self.dtype, self.rows, self.cols)
    }
}
