//! A tensor in global memory.

use super::links::Link;
use super::{names, types};
use crate::inner::{Axis, GlobalSlot};
use crate::tile::DtypeId;

/// Tensors in blocks of so many columns, or rows, as lie side by side in 32 bytes. Distances are in elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Blocks {
    /// Pixels are rows, channels are columns: how many pixels an image has, from one image to the next, from one block of channels to the next.
    Images { pixels: i64, image: i64, block: i64 },
    /// Filters are columns: from one block of rows to the next.
    Filters { block: i64 },
}

/// A tensor that a kernel is given.
#[derive(Clone, Debug)]
pub(super) struct Tensor {
    pub(super) name: String,
    pub(super) dtype: DtypeId,
    pub(super) rows: usize,
    pub(super) cols: usize,
    /// From one row to the next, and from one column to the next, in elements.
    pub(super) strides: (i64, i64),
    /// How it lies, where neighbours are not equally far apart.
    pub(super) blocks: Option<Blocks>,
    /// Whether it is a slot of a FIFO, or the share that a core has of one.
    pub(super) is_slot: bool,
    /// Why no C++ tensor lies so.
    pub(super) odd: Option<&'static str>,
}

impl Tensor {
    /// All tensors of a launch; `names` are what they are called, each with the struct that it is a field of.
    pub(super) fn all(slots: &[GlobalSlot], names: &[String]) -> Vec<Tensor> {
        let tensor = |(arg, slot): (usize, &GlobalSlot)| {
            let fallback = || format!("{}{arg}", if slot.writable { "out" } else { "in" });
            let name = names.get(arg).map(|name| short(name, names));
            let is_name =
                |name: &String| name.trim_start_matches('_').starts_with(char::is_alphabetic);
            let name = name.filter(is_name);
            let strides = [&slot.rows, &slot.cols].map(plain);
            let blocks = in_blocks([&slot.rows, &slot.cols], types::block(slot.dtype));
            let odd = match strides {
                _ if blocks.is_some() => None,
                [Some(down), Some(right)]
                    if down != 1 && right != 1 && slot.extent.0 > 1 && slot.extent.1 > 1 =>
                {
                    Some("neither rows nor columns in one piece")
                }
                [Some(_), Some(_)] => None,
                _ => Some("rows or columns of several dimensions"),
            };
            let [down, right] = strides.map(Option::unwrap_or_default);
            Tensor {
                name: name.unwrap_or_else(fallback),
                dtype: slot.dtype,
                rows: slot.extent.0,
                cols: slot.extent.1,
                strides: (down, right),
                blocks,
                is_slot: false,
                odd,
            }
        };
        let mut tensors: Vec<Tensor> = slots.iter().enumerate().map(tensor).collect();
        for at in 1..tensors.len() {
            let name = &tensors[at].name;
            let is_taken = |name: &str| tensors[..at].iter().any(|known| known.name == name);
            tensors[at].name = names::free(name, is_taken);
        }
        tensors
    }

    /// The same for cores of one side of a cluster, which see slots of FIFOs by the share that they have.
    pub(super) fn with_slots(tensors: &[Tensor], links: &[Link]) -> Vec<Tensor> {
        let mut tensors = tensors.to_vec();
        for link in links {
            let [rows, cols] = link.share.map(|count| count as usize);
            tensors[link.memory] = Tensor {
                name: link.slot(),
                dtype: link.dtype,
                rows,
                cols,
                strides: (link.message[1], 1),
                blocks: None,
                is_slot: true,
                odd: None,
            };
        }
        tensors
    }

    /// Elements of a block's row, or column.
    pub(super) fn block(&self) -> i64 {
        types::block(self.dtype) as i64
    }

    pub(super) fn is_filters(&self) -> bool {
        matches!(self.blocks, Some(Blocks::Filters { .. }))
    }
}

/// What a tensor is called: by its field alone, where no other one has that name.
fn short(name: &str, names: &[String]) -> String {
    let field = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    let short = field(name);
    match names.iter().filter(|other| field(other) == short).count() {
        1 => short,
        _ => name.trim_start_matches('.').replace('.', "_"),
    }
}

/// The extents of an axis that are more than 1, with their strides.
fn dims(axis: &Axis) -> Vec<(i64, i64)> {
    let dims = axis.dims.iter().filter(|(extent, _)| *extent > 1);
    dims.map(|&(extent, stride)| (extent as i64, stride as i64)).collect()
}

/// How rows and columns lie in blocks of `c0`; nothing where each axis is in one piece, or they lie in another way.
fn in_blocks([rows, cols]: [&Axis; 2], c0: usize) -> Option<Blocks> {
    let c0 = c0 as i64;
    match (&dims(rows)[..], &dims(cols)[..]) {
        (&[.., (pixels, near)], &[(_, block), (width, 1)]) if (near, width) == (c0, c0) => {
            match dims(rows)[..] {
                [_] => Some(Blocks::Images { pixels, image: 0, block }),
                [(_, image), _] => Some(Blocks::Images { pixels, image, block }),
                _ => None,
            }
        }
        (&[(_, block), (width, 1)], &[(_, near)]) if (near, width) == (c0, c0) => {
            Some(Blocks::Filters { block })
        }
        _ => None,
    }
}

/// The distance of neighbours on an axis, if it is one for all.
fn plain(axis: &Axis) -> Option<i64> {
    let mut dims = axis.dims.iter().rev().filter(|(extent, _)| *extent > 1);
    let Some(&(mut extent, stride)) = dims.next() else { return Some(axis.dims[3].1 as i64) };
    let mut reach = stride * extent;
    for &(next, next_stride) in dims {
        if next_stride != reach {
            return None;
        }
        extent *= next;
        reach = stride * extent;
    }
    Some(stride as i64)
}
