//! Tiles that the C++ library calls `ConvTile`s: images, and the filters of a convolution.

use std::collections::BTreeMap;

use super::operands::{OpShape, Piece};
use super::tensor::Tensor;
use super::types;
use super::words::{What, Words};
use crate::chip::ChipId;
use crate::inner::Windows;
use crate::op::OpCode;
use crate::tile::{LayoutId, TileType};

/// Rows that the device counts in.
const FRACTAL_ROWS: u32 = 16;

/// What a field is seen as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Conv {
    /// An image that is unrolled: how, the bits of what is around it, the rows of the factor that it is unrolled to.
    Image {
        windows: Windows,
        pad: u64,
        rows: u32,
    },
    Filters,
}

/// Fields of a plan, as `ConvTile`s.
pub(super) struct Images {
    fields: BTreeMap<usize, Conv>,
    /// Fields that are two things.
    mixed: Vec<usize>,
    chip: ChipId,
}

impl Images {
    pub(super) fn new(words: &Words, tensors: &[Tensor], chip: ChipId) -> Self {
        let mut images = Images { fields: BTreeMap::new(), mixed: Vec::new(), chip };
        let mut plain = Vec::new();
        for shape in &words.shapes {
            let What::Op(op) = &shape.what else { continue };
            match (op.code, &op.operands[..]) {
                (OpCode::TIMG2COL, [Piece::Tile { ty, .. }, Piece::Tile { field, .. }]) => {
                    let (Some(windows), Some(pad)) = (op.windows, op.imm) else { continue };
                    images.add(*field, Conv::Image { windows, pad, rows: ty.rows });
                }
                (OpCode::TLOAD, [Piece::Tile { field, .. }, Piece::Global { arg, .. }]) => {
                    if tensors[*arg].is_filters() {
                        images.add(*field, Conv::Filters);
                    } else {
                        plain.push(*field);
                    }
                }
                _ => {}
            }
        }
        let is_filters = |field: &usize| images.fields.get(field) == Some(&Conv::Filters);
        let mixed = plain.into_iter().filter(is_filters).collect::<Vec<_>>();
        images.mixed.extend(mixed);
        images
    }

    fn add(&mut self, field: usize, conv: Conv) {
        if self.fields.insert(field, conv).is_some_and(|known| known != conv) {
            self.mixed.push(field);
        }
    }

    /// Whether a tile of a field is a `ConvTile`.
    pub(super) fn has(&self, field: usize, ty: TileType) -> bool {
        ty.layout == LayoutId::Nc1hwc0 || self.fields.get(&field) == Some(&Conv::Filters)
    }

    /// Lines and pixels of a line of the image that an op has as an operand, where that is known.
    pub(super) fn lines(&self, op: &OpShape) -> Option<(u32, u32)> {
        op.operands.iter().find_map(|piece| match piece {
            Piece::Tile { field, .. } => match self.fields.get(field)? {
                Conv::Image { windows, .. } => Some(windows.image),
                Conv::Filters => None,
            },
            _ => None,
        })
    }

    /// What there is no tile for, if this is none: `whole` says whether it is all of a tile of the plan, and all of that is valid.
    pub(super) fn check(
        &self,
        field: usize,
        ty: TileType,
        whole: bool,
    ) -> Result<(), &'static str> {
        if self.mixed.contains(&field) {
            return Err(
                "a tile is one kind of image, or filters, in C++: load what is unrolled in another way to another tile",
            );
        }
        if self.has(field, ty) && !whole {
            return Err(
                "part of an image, or of filters, is no tile in C++: load as much as the tile holds",
            );
        }
        Ok(())
    }

    /// The type.
    pub(super) fn tile(&self, field: usize, ty: TileType) -> String {
        let element = types::dtype(ty.dtype);
        let c0 = types::block(ty.dtype) as u32;
        let (rows, cols) = (ty.rows, ty.cols);
        let (layout, shape) = match self.fields.get(&field) {
            Some(Conv::Filters) => ("FRACTAL_Z", [rows / c0, 1, 1, cols, c0]),
            Some(Conv::Image { windows: Windows { image: (lines, pixels), .. }, .. }) => {
                ("NC1HWC0", [1, cols / c0, *lines, *pixels, c0])
            }
            None => ("NC1HWC0", [1, cols / c0, 1, rows, c0]),
        };
        let [a, b, c, d, e] = shape;
        format!(
            "ConvTile<TileType::{}, {element}, {}, Layout::{layout}, ConvTileShape<{a}, {b}, {c}, {d}, {e}>>",
            ty.space.name(),
            u64::from(rows) * u64::from(cols)
        )
    }

    /// What says of an image how it is unrolled. What is not said is 1, or 0 around the image.
    pub(super) fn settings(&self, field: usize, ty: TileType, name: &str) -> Vec<String> {
        let Some(&Conv::Image { windows, pad, rows }) = self.fields.get(&field) else {
            return Vec::new();
        };
        let Windows { image, filter, stride, dilation, pad: around } = windows;
        let mut lines = Vec::new();
        let mut set = |what: &str, (down, across): (u32, u32), usual: u32| {
            if (down, across) != (usual, usual) {
                lines.push(format!("{name}.Set{what}H({down}); {name}.Set{what}W({across});"));
            }
        };
        set("Fmap", image, 0);
        set("Filter", filter, 1);
        set("Stride", stride, 1);
        set("Dilation", dilation, 1);
        for (side, pixels) in around.into_iter().enumerate().filter(|(_, pixels)| *pixels > 0) {
            lines.push(format!("{name}.SetPadList({side}, {pixels});"));
        }
        if pad != 0 {
            lines.push(format!("{name}.SetPadValue({});", types::scalar(pad, ty.dtype)));
        }
        lines.push(format!("{name}.SetChannelSize({});", ty.cols));
        if self.chip == ChipId::A5 {
            lines.push(format!("{name}.SetDstStride({});", rows.div_ceil(FRACTAL_ROWS)));
        }
        lines
    }
}
