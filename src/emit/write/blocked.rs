//! Tensors that lie in blocks, images and filters: the types of their regions, where a region starts.

use super::layout::{Page, camel};
use super::tensors::Tensors;
use crate::chip::ChipId;
use crate::emit::linear::Linear;
use crate::emit::operands::{OpShape, Piece};
use crate::emit::tensor::{Blocks, Tensor};
use crate::emit::types;
use crate::op::OpCode;
use crate::tile::{DtypeId, LayoutId};

impl Tensors<'_> {
    /// How a tensor lies in blocks, as `op` looks at it: one block of channels alone may be rows as well.
    pub(super) fn blocks(&self, op: &OpShape, arg: usize) -> Option<Blocks> {
        let tensor = &self.list[arg];
        tensor.blocks.or_else(|| {
            let of_image = |piece: &Piece| matches!(piece, Piece::Tile { ty, .. } if ty.layout == LayoutId::Nc1hwc0);
            let pixels = tensor.rows as i64;
            let block = pixels * tensor.block();
            let one = op.operands.iter().any(of_image);
            one.then_some(Blocks::Images { pixels, image: 0, block })
        })
    }

    /// What there is no call of: an op that takes a region in blocks another way.
    pub(super) fn check(
        &self,
        op: &OpShape,
        arg: usize,
        numbers: &[Linear],
        chip: ChipId,
    ) -> Result<(), &'static str> {
        let tensor = &self.list[arg];
        let Some(blocks) = self.blocks(op, arg) else { return Ok(()) };
        let tile = op.operands.iter().find_map(|piece| match piece {
            Piece::Tile { ty, .. } => Some(ty.layout),
            _ => None,
        });
        let sums = op.code == OpCode::TSTORE_ACC && chip == ChipId::A2A3;
        let known = match (blocks, tile) {
            (Blocks::Images { .. }, Some(LayoutId::Nc1hwc0)) => true,
            (Blocks::Images { .. }, _) if sums && tensor.dtype == DtypeId::I32 => {
                return Err("the C++ library stores i32 to images in blocks of 16 channels alone");
            }
            (Blocks::Images { .. }, _) => sums,
            (Blocks::Filters { .. }, layout) => {
                op.code == OpCode::TLOAD && layout == Some(LayoutId::Zn)
            }
        };
        if !known {
            return Err("a tensor in fractals is not written yet: lay it in rows or columns");
        }
        let [row, col, rows, cols] = [0, 1, 2, 3].map(|number| &numbers[number]);
        let in_blocks = match blocks {
            Blocks::Images { .. } => [col, cols],
            Blocks::Filters { .. } => [row, rows],
        };
        if in_blocks.into_iter().any(|number| number.divided(tensor.block()).is_none()) {
            return Err("it begins or ends within a block of 32 bytes, as no C++ tensor does");
        }
        Ok(())
    }

    fn image_name(&self, arg: usize) -> String {
        format!("k{}Image", camel(&self.list[arg].name))
    }

    fn block_name(&self, arg: usize) -> String {
        format!("k{}Block", camel(&self.list[arg].name))
    }

    /// How far images and blocks lie apart.
    pub(super) fn block_constants(&self, arg: usize, blocks: Blocks, page: &mut Page) {
        let Tensor { name, rows, cols, .. } = &self.list[arg];
        let mut constant = |constant: String, value: i64, what: &str| {
            let comment = format!("{name}: {rows} x {cols}, from one {what} to the next.");
            page.commented(&format!("constexpr int64_t {constant} = {value};"), &comment);
        };
        match blocks {
            Blocks::Images { image, block, .. } => {
                if image != 0 {
                    constant(self.image_name(arg), image, "image");
                }
                constant(self.block_name(arg), block, "block of channels");
            }
            Blocks::Filters { block } => {
                constant(self.block_name(arg), block, "block of rows");
            }
        }
    }

    /// The type of a region: of an image of so many lines and pixels of a line, if that is known.
    pub(super) fn block_alias(
        &self,
        arg: usize,
        blocks: Blocks,
        [rows, cols]: [i64; 2],
        lines: Option<(u32, u32)>,
    ) -> String {
        let c0 = self.list[arg].block();
        let counted = |count: i64| if count < 0 { count } else { count / c0 };
        let block = self.block_name(arg);
        let (shape, strides, layout) = match blocks {
            Blocks::Images { image, .. } => {
                let (lines, pixels) =
                    lines.map_or((1, rows), |(lines, pixels)| (lines.into(), pixels.into()));
                let image = if image == 0 { block.clone() } else { self.image_name(arg) };
                let line = if lines == 1 { block.clone() } else { (pixels * c0).to_string() };
                ([1, counted(cols), lines, pixels], [image, block, line], "NC1HWC0")
            }
            Blocks::Filters { .. } => {
                ([counted(rows), 1, 1, cols], [(); 3].map(|()| block.clone()), "FRACTAL_Z")
            }
        };
        let ([a, b, c, d], strides) = (shape, strides.join(", "));
        let element = types::dtype(self.list[arg].dtype);
        format!(
            "GlobalTensor<{element}, pto::Shape<{a}, {b}, {c}, {d}, {c0}>, pto::Stride<{strides}, {c0}, 1>, Layout::{layout}>"
        )
    }

    /// Where a region starts, and those of its extents that are not known.
    pub(super) fn block_region(
        &self,
        arg: usize,
        blocks: Blocks,
        numbers: &[Linear],
    ) -> (String, Vec<String>) {
        let c0 = self.list[arg].block();
        let [row, col, rows, cols] = [0, 1, 2, 3].map(|number| &numbers[number]);
        let in_blocks = |number: &Linear| number.divided(c0).unwrap_or_default();
        let mut address = self.start(arg);
        let mut add = |count: &Linear, unit: &str| {
            if count.as_constant() != Some(0) {
                address += &format!(" + {} * {unit}", count.leading());
            }
        };
        let (extents, within) = match blocks {
            Blocks::Images { pixels, image, .. } => {
                let image_name = self.image_name(arg);
                let within = match row.split(pixels) {
                    _ if image == 0 => row.clone().times(c0).text(),
                    Some((images, row)) => {
                        add(&images, &image_name);
                        row.times(c0).text()
                    }
                    None => {
                        let row = row.factor();
                        format!("{row} / {pixels} * {image_name} + {row} % {pixels} * {c0}")
                    }
                };
                add(&in_blocks(col), &self.block_name(arg));
                ([in_blocks(cols), rows.clone()], within)
            }
            Blocks::Filters { .. } => {
                add(&in_blocks(row), &self.block_name(arg));
                ([in_blocks(rows), cols.clone()], col.clone().times(c0).text())
            }
        };
        if within != "0" {
            address += &format!(" + {within}");
        }
        let extents = extents.into_iter().filter(|extent| extent.as_constant().is_none());
        (address, extents.map(|extent| extent.text()).collect())
    }
}
