//! Five dimensions seen as rows and columns.

use super::GlobalError;
use crate::memory::Axis;
use crate::tile::LayoutId;
use crate::tile::layout::{BLOCK_BYTES, FRACTAL_ROWS, SCALES};

/// A 5-D shape with strides, in elements, the outermost dimension first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) extent: [usize; 5],
    pub(crate) stride: [usize; 5],
}

impl Shape {
    /// A shape of 1 to 5 dimensions, outer ones filled up with 1, without gaps.
    pub(crate) fn dense(dims: &[usize], layout: LayoutId) -> Result<Self, GlobalError> {
        if dims.is_empty() || dims.len() > 5 {
            return Err(GlobalError::Dims { dims: dims.len() });
        }
        if dims.contains(&0) {
            return Err(GlobalError::Empty { shape: dims.to_vec() });
        }
        let mut extent = [1; 5];
        extent[5 - dims.len()..].copy_from_slice(dims);
        let inner_to_outer = match layout {
            LayoutId::Dn => [3, 4, 2, 1, 0],
            _ => [4, 3, 2, 1, 0],
        };
        let mut stride = [0; 5];
        let mut next = 1_usize;
        for dim in inner_to_outer {
            stride[dim] = next;
            next = next.saturating_mul(extent[dim]);
        }
        Ok(Shape { extent, stride })
    }

    /// How many elements a slice must have; more than any has, where that overflows.
    pub(crate) fn span(&self) -> usize {
        self.dims()
            .map(|(extent, stride)| (extent - 1).saturating_mul(stride))
            .fold(1, usize::saturating_add)
    }

    /// Checks that no two positions are one element: each stride steps over everything inside of it.
    pub(crate) fn check_disjoint(&self) -> Result<(), GlobalError> {
        let mut dims: Vec<_> = self.dims().filter(|&(extent, _)| extent > 1).collect();
        dims.sort_by_key(|&(_, stride)| stride);
        let mut reach = 0_usize;
        for (extent, stride) in dims {
            if stride <= reach {
                return Err(GlobalError::Overlap { shape: self.extent, stride: self.stride });
            }
            reach = usize::saturating_add(reach, (extent - 1).saturating_mul(stride));
        }
        Ok(())
    }

    /// Checks what the layout demands of the shape.
    pub(crate) fn check_layout(&self, layout: LayoutId, size: usize) -> Result<(), GlobalError> {
        let c0 = BLOCK_BYTES / size;
        let [outer, blocks, _, fractal_rows, fractal_cols] = self.extent;
        let scales = |fits: bool| {
            if fits && outer == 1 && fractal_cols == SCALES {
                Ok(())
            } else {
                Err(GlobalError::Scales { shape: self.extent })
            }
        };
        match layout {
            LayoutId::MxZz | LayoutId::MxNn => scales(fractal_rows == FRACTAL_ROWS),
            LayoutId::MxDn | LayoutId::MxNd => scales(blocks == 1),
            LayoutId::Nz if (fractal_rows, fractal_cols) != (FRACTAL_ROWS, c0) => {
                Err(GlobalError::Fractal { shape: self.extent, c0 })
            }
            LayoutId::Zn if (fractal_rows, fractal_cols) != (FRACTAL_ROWS, c0) => {
                Err(GlobalError::Filters { shape: self.extent, c0 })
            }
            LayoutId::Nc1hwc0 if fractal_cols != c0 => {
                Err(GlobalError::Images { shape: self.extent, c0 })
            }
            _ => Ok(()),
        }
    }

    /// Checks that ops can address every row and column.
    pub(crate) fn check_addressable(&self, layout: LayoutId) -> Result<(), GlobalError> {
        let (rows, cols) = self.axes(layout);
        let (rows, cols) = (rows.extent(), cols.extent());
        if rows.max(cols) >= u32::MAX as usize {
            return Err(GlobalError::TooLong { shape: self.extent, rows, cols });
        }
        Ok(())
    }

    /// The shape as rows and columns. ND flattens the four outer dimensions into rows, DN all but the fourth into
    /// columns, NZ pairs the outer and the inner dimension of each, as do the layouts of scales; filters are columns, pixels rows.
    pub(crate) fn axes(&self, layout: LayoutId) -> (Axis, Axis) {
        match layout {
            LayoutId::Dn | LayoutId::MxDn => (self.axis(&[3]), self.axis(&[0, 1, 2, 4])),
            LayoutId::Nz => (self.axis(&[2, 3]), self.axis(&[0, 1, 4])),
            LayoutId::Zn => (self.axis(&[0, 1, 4]), self.axis(&[2, 3])),
            LayoutId::Nc1hwc0 => (self.axis(&[0, 2, 3]), self.axis(&[1, 4])),
            LayoutId::MxZz => (self.axis(&[0, 1, 3]), self.axis(&[2, 4])),
            LayoutId::MxNn => (self.axis(&[2, 4]), self.axis(&[0, 1, 3])),
            LayoutId::MxNd => (self.axis(&[0, 1, 2, 4]), self.axis(&[3])),
            _ => (self.axis(&[0, 1, 2, 3]), self.axis(&[4])),
        }
    }

    fn dims(&self) -> impl Iterator<Item = (usize, usize)> {
        self.extent.into_iter().zip(self.stride)
    }

    /// One axis of some dimensions; neighbours that lie without gap are merged.
    fn axis(&self, dims: &[usize]) -> Axis {
        let mut merged: Vec<(usize, usize)> = Vec::new();
        for &dim in dims {
            let (extent, stride) = (self.extent[dim], self.stride[dim]);
            match merged.last_mut() {
                Some(outer) if outer.0 == 1 || outer.1 == extent.saturating_mul(stride) => {
                    *outer = (outer.0.saturating_mul(extent), stride);
                }
                Some(_) if extent == 1 => {}
                _ => merged.push((extent, stride)),
            }
        }
        let mut axis = Axis { dims: [(1, 0); 4] };
        axis.dims[4 - merged.len()..].copy_from_slice(&merged);
        axis
    }
}

impl Axis {
    /// How many positions the whole axis has.
    pub(crate) fn extent(&self) -> usize {
        self.dims.iter().fold(1, |all, &(extent, _)| usize::saturating_mul(all, extent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dense_matrix_is_one_dimension_an_axis() {
        let shape = Shape::dense(&[6, 4], LayoutId::Nd).expect("valid");
        let (rows, cols) = shape.axes(LayoutId::Nd);
        assert_eq!((rows.extent(), cols.extent()), (6, 4));
        assert_eq!(rows.offset(5) + cols.offset(3), 23);
        assert_eq!(rows.dims[..3], [(1, 0); 3]);
    }

    #[test]
    fn outer_dimensions_with_gaps_are_decoded() {
        let shape = Shape { extent: [1, 2, 3, 4, 5], stride: [0, 1000, 100, 10, 1] };
        let (rows, cols) = shape.axes(LayoutId::Nd);
        assert_eq!(rows.extent(), 24);
        assert_eq!(rows.offset(12 + 2 * 4 + 3) + cols.offset(4), 1000 + 200 + 30 + 4);
    }

    #[test]
    fn nz_pairs_outer_and_inner_dimensions() {
        let shape = Shape::dense(&[1, 2, 3, 16, 8], LayoutId::Nz).expect("valid");
        let (rows, cols) = shape.axes(LayoutId::Nz);
        assert_eq!((rows.extent(), cols.extent()), (48, 16));
        let at = |row, col| rows.offset(row) + cols.offset(col);
        for (row, col) in [(0, 0), (17, 3), (47, 15), (16, 8)] {
            assert_eq!(at(row, col), LayoutId::Nz.index((row, col), (48, 16), 4));
        }
    }

    #[test]
    fn an_output_that_overlaps_itself_is_rejected() {
        let overlap = Shape { extent: [1, 1, 1, 4, 4], stride: [0, 0, 0, 3, 1] };
        assert!(matches!(overlap.check_disjoint(), Err(GlobalError::Overlap { .. })));
        let broadcast = Shape { extent: [1, 1, 1, 4, 4], stride: [0, 0, 0, 0, 1] };
        assert!(broadcast.check_disjoint().is_err());
        let gaps = Shape { extent: [1, 1, 1, 4, 4], stride: [0, 0, 0, 9, 2] };
        assert!(gaps.check_disjoint().is_ok());
    }
}
