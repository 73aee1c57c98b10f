//! A tensor in global memory.

use super::links::Link;
use super::names;
use crate::inner::{Axis, GlobalSlot};
use crate::tile::DtypeId;

/// A tensor that a kernel is given.
#[derive(Clone, Debug)]
pub(super) struct Tensor {
    pub(super) name: String,
    pub(super) dtype: DtypeId,
    pub(super) rows: usize,
    pub(super) cols: usize,
    /// From one row to the next, and from one column to the next, in elements.
    pub(super) strides: (i64, i64),
    /// Whether it is a slot of a FIFO, or the share that a core has of one.
    pub(super) is_slot: bool,
    /// Why no C++ tensor lies so.
    pub(super) odd: Option<&'static str>,
}

impl Tensor {
    /// All tensors of a launch; `names` and `counts` are those of the arguments.
    pub(super) fn all(slots: &[GlobalSlot], names: &[&str], counts: &[usize]) -> Vec<Tensor> {
        let mut known = Vec::new();
        for (name, &count) in names.iter().zip(counts) {
            match count {
                1 => known.push((*name).to_owned()),
                count => known.extend((0..count).map(|index| format!("{name}_{index}"))),
            }
        }
        let tensor = |(arg, slot): (usize, &GlobalSlot)| {
            let fallback = || format!("{}{arg}", if slot.writable { "out" } else { "in" });
            let name = known.get(arg).filter(|name| !name.trim_start_matches('_').is_empty());
            let strides = [&slot.rows, &slot.cols].map(plain);
            let odd = match strides {
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
                name: name.cloned().unwrap_or_else(fallback),
                dtype: slot.dtype,
                rows: slot.extent.0,
                cols: slot.extent.1,
                strides: (down, right),
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
                is_slot: true,
                odd: None,
            };
        }
        tensors
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
