//! Tensors in global memory: parameters, the types of their regions, where a region starts.

use std::collections::BTreeMap;

use super::layout::{Page, camel};
use crate::emit::images::Images;
use crate::emit::linear::Linear;
use crate::emit::operands::{OpShape, PIECE, Piece};
use crate::emit::tensor::{Blocks, Tensor};
use crate::emit::types;
use crate::emit::walk::Visitor;
use crate::emit::words::{What, Words};
use crate::op::OpCode;
use crate::tile::{DtypeId, LayoutId};

/// How a region lies, and how the C++ looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Lies {
    /// Each row in one piece.
    Rows,
    /// Each column.
    Columns,
    /// Scales, two along k at a time: of rows in one piece, and of columns.
    ScaleRows,
    ScaleColumns,
    /// In blocks; an image may have lines of so many pixels.
    Blocks(Blocks, Option<(u32, u32)>),
}

impl Lies {
    /// Whether it is columns that lie in one piece.
    fn by_columns(self) -> bool {
        matches!(self, Lies::Columns | Lies::ScaleColumns)
    }
}

/// A kind of region, of which the C++ has a type: rows and columns where they are known, how it lies.
type Kind = (usize, Option<i64>, Option<i64>, Lies);

/// Scales that the C++ sees as one element.
const SCALES: i64 = 2;

/// The tensors, with the regions that the kernel uses.
pub(super) struct Tensors<'w> {
    pub(super) list: &'w [Tensor],
    names: &'w [String],
    pub(super) images: &'w Images,
    elements: Vec<DtypeId>,
    kinds: BTreeMap<Kind, String>,
}

/// Collects the regions.
pub(super) struct Survey<'v, 'w> {
    pub(super) words: &'v Words,
    pub(super) tensors: &'v mut Tensors<'w>,
}

impl Visitor for Survey<'_, '_> {
    fn instr(&mut self, shape: u32, numbers: &[Linear]) {
        if let What::Op(op) = &self.words.shapes[shape as usize].what
            && op.code != OpCode::SCALAR
        {
            for (index, piece) in op.operands.iter().enumerate() {
                let numbers = &numbers[index * PIECE..];
                if let Piece::Global { arg, .. } = *piece
                    && self.tensors.slot(op, arg, numbers).is_none()
                {
                    let kind = self.tensors.kind(op, arg, numbers);
                    self.tensors.add(kind);
                }
            }
        }
    }
}

impl<'w> Tensors<'w> {
    /// `names` are those that the function's parameters have.
    pub(super) fn new(list: &'w [Tensor], names: &'w [String], images: &'w Images) -> Self {
        Tensors {
            list,
            names,
            images,
            elements: list.iter().map(|tensor| tensor.dtype).collect(),
            kinds: BTreeMap::new(),
        }
    }

    /// The variable that is a whole slot of a FIFO, where that is what the region is, and the variable's type.
    pub(super) fn slot(&self, op: &OpShape, arg: usize, numbers: &[Linear]) -> Option<[String; 2]> {
        let tensor = &self.list[arg];
        let whole = [0, 0, tensor.rows as i64, tensor.cols as i64].map(Some);
        let is_whole =
            whole.iter().zip(numbers).all(|(known, number)| number.as_constant() == *known);
        let by_rows = self.kind(op, arg, numbers).3 == Lies::Rows;
        (tensor.is_slot && is_whole && by_rows).then(|| [tensor.name.clone(), camel(&tensor.name)])
    }

    /// What the elements of each are.
    pub(super) fn elements(&self) -> &[DtypeId] {
        &self.elements
    }

    fn kind(&self, op: &OpShape, arg: usize, numbers: &[Linear]) -> Kind {
        let (rows, cols) = (numbers[2].as_constant(), numbers[3].as_constant());
        if let Some(blocks) = self.blocks(op, arg) {
            let lines = self.images.lines(op);
            let lines = lines.filter(|lines| rows == Some(i64::from(lines.0) * i64::from(lines.1)));
            return (arg, rows, cols, Lies::Blocks(blocks, lines));
        }
        let by_columns = match self.list[arg].strides {
            (1, 1) => op.operands.iter().any(|piece| {
                matches!(piece, Piece::Tile { ty, .. } if matches!(ty.layout, LayoutId::Dn | LayoutId::Zn))
            }),
            (_, cols) => cols != 1,
        };
        let scales = op.operands.iter().any(|piece| {
            matches!(piece, Piece::Tile { ty, .. } if matches!(ty.layout, LayoutId::MxZz | LayoutId::MxNn))
        });
        let lies = match (scales, by_columns) {
            (false, false) => Lies::Rows,
            (false, true) => Lies::Columns,
            (true, false) => Lies::ScaleRows,
            (true, true) => Lies::ScaleColumns,
        };
        (arg, rows, cols, lies)
    }

    fn add(&mut self, kind: Kind) {
        let of_arg = self.kinds.keys().filter(|known| known.0 == kind.0).count();
        let base = camel(&self.list[kind.0].name);
        self.kinds.entry(kind).or_insert_with(|| match of_arg {
            0 => format!("{base}Part"),
            more => format!("{base}Part{}", more + 1),
        });
    }

    fn stride_name(&self, arg: usize) -> String {
        format!("k{}Stride", camel(&self.list[arg].name))
    }

    /// How far rows, or columns, of the tensors lie apart.
    pub(super) fn constants(&self, page: &mut Page) {
        for (arg, tensor) in self.list.iter().enumerate() {
            let ways = || self.kinds.keys().filter(|kind| kind.0 == arg).map(|kind| kind.3);
            let mut in_blocks = ways().filter_map(|lies| match lies {
                Lies::Blocks(blocks, _) => Some(blocks),
                _ => None,
            });
            if let Some(blocks) = in_blocks.next() {
                self.block_constants(arg, blocks, page);
            }
            let mut plain = ways().filter(|lies| !matches!(lies, Lies::Blocks(..)));
            let Some(lies) = plain.next() else { continue };
            let by_columns = lies.by_columns();
            let stride = if by_columns { tensor.strides.1 } else { tensor.strides.0 };
            let (rows, cols) = (tensor.rows, tensor.cols);
            let what = if by_columns { "columns" } else { "rows" };
            let code = format!("constexpr int64_t {} = {stride};", self.stride_name(arg));
            page.commented(
                &code,
                &format!("{}: {rows} x {cols}, from one of its {what} to the next.", tensor.name),
            );
        }
    }

    pub(super) fn aliases(&self, page: &mut Page) {
        let mut kinds: Vec<_> = self.kinds.iter().collect();
        // In the order in which they are used.
        kinds.sort_by_key(|((arg, ..), name)| (*arg, name.len(), *name));
        for (&(arg, rows, cols, lies), name) in kinds {
            let tensor = &self.list[arg];
            let stride = self.stride_name(arg);
            let [rows, cols] = [rows, cols].map(|known| known.unwrap_or(-1));
            let pairs = |scales: i64| if scales < 0 { scales } else { scales / SCALES };
            let (shape, strides, layout) = match lies {
                Lies::Blocks(blocks, lines) => {
                    let ty = self.block_alias(arg, blocks, [rows, cols], lines);
                    page.line(&format!("using {name} = {ty};"));
                    continue;
                }
                Lies::Rows => ([1, rows, cols], format!("1, {stride}, 1"), ""),
                Lies::Columns => ([1, rows, cols], format!("1, 1, {stride}"), ", Layout::DN"),
                Lies::ScaleRows => (
                    [rows, pairs(cols), SCALES],
                    format!("{stride}, {SCALES}, 1"),
                    ", Layout::MX_A_ND",
                ),
                Lies::ScaleColumns => (
                    [cols, pairs(rows), SCALES],
                    format!("{stride}, {SCALES}, 1"),
                    ", Layout::MX_B_DN",
                ),
            };
            let [outer, rows, cols] = shape;
            let element = types::dtype(tensor.dtype);
            page.line(&format!(
                "using {name} = GlobalTensor<{element}, pto::Shape<1, 1, {outer}, {rows}, {cols}>, pto::Stride<1, 1, {strides}>{layout}>;"
            ));
        }
    }

    /// One element, by its row and column; nothing of a tensor in blocks.
    pub(super) fn element(&self, arg: usize, numbers: &[Linear]) -> Option<String> {
        let Tensor { strides, blocks: None, .. } = self.list[arg] else { return None };
        let mut sum = Vec::new();
        for (number, stride) in [(&numbers[0], strides.0), (&numbers[1], strides.1)] {
            match (number.as_constant(), stride) {
                (Some(0), _) => {}
                (_, 1) => sum.push(number.text()),
                (_, stride) => sum.push(format!("{} * {stride}", number.factor())),
            }
        }
        let index = if sum.is_empty() { "0".to_owned() } else { sum.join(" + ") };
        Some(format!("{}[{index}]", self.names[arg]))
    }

    /// Where it starts.
    pub(super) fn start(&self, arg: usize) -> String {
        if self.list[arg].is_slot {
            format!("{}.data()", self.list[arg].name)
        } else {
            self.names[arg].clone()
        }
    }

    /// The name that a region's variable starts with.
    pub(super) fn variable(&self, arg: usize) -> String {
        format!("{}_part", self.list[arg].name)
    }

    /// The name of a region's type.
    pub(super) fn type_name(&self, op: &OpShape, arg: usize, numbers: &[Linear]) -> String {
        let kind = self.kind(op, arg, numbers);
        self.kinds.get(&kind).cloned().unwrap_or_default()
    }

    /// The declaration of a region: type and what it is made of.
    pub(super) fn region(
        &self,
        op: &OpShape,
        arg: usize,
        numbers: &[Linear],
        variable: &str,
    ) -> String {
        let kind = self.kind(op, arg, numbers);
        let name = self.kinds.get(&kind).map_or("?", String::as_str);
        let (address, dynamic) = match kind.3 {
            Lies::Blocks(blocks, _) => self.block_region(arg, blocks, numbers),
            lies => self.plain_region(arg, lies, numbers),
        };
        if dynamic.is_empty() {
            format!("{name} {variable}({address});")
        } else {
            format!("{name} {variable}({address}, {name}::Shape({}));", dynamic.join(", "))
        }
    }

    /// Where a region in rows or columns starts, and those of its extents that are not known.
    fn plain_region(&self, arg: usize, lies: Lies, numbers: &[Linear]) -> (String, Vec<String>) {
        let [row, col] = [&numbers[0], &numbers[1]];
        let tensor = &self.list[arg];
        let by_columns = lies.by_columns();
        let (far, near) = if by_columns { (col, row) } else { (row, col) };
        let mut address = self.start(arg);
        if far.as_constant() != Some(0) {
            let stride = if by_columns { tensor.strides.1 } else { tensor.strides.0 };
            address += &if stride == 1 {
                format!(" + {}", far.text())
            } else {
                format!(" + {} * {}", far.leading(), self.stride_name(arg))
            };
        }
        if near.as_constant() != Some(0) {
            address += &format!(" + {}", near.text());
        }
        let [rows, cols] = [&numbers[2], &numbers[3]];
        let pairs = |n: &Linear| format!("{} / {SCALES}", n.factor());
        let extents = match lies {
            Lies::ScaleRows => [(rows, rows.text()), (cols, pairs(cols))],
            Lies::ScaleColumns => [(cols, cols.text()), (rows, pairs(rows))],
            _ => [(rows, rows.text()), (cols, cols.text())],
        };
        let dynamic = extents.into_iter().filter(|(number, _)| number.as_constant().is_none());
        (address, dynamic.map(|(_, text)| text).collect())
    }
}
