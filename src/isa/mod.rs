//! The intrinsics: one function an op, named as PTO names it in lower case.
//!
//! Each takes the tile that it writes by value (a store: the tile that it stores) and gives it back in its
//! [`RecordEvent`](crate::RecordEvent); the tiles that it reads are passed by reference, scratch tiles by `&mut`. A form
//! ending in `_assign` works in place.

mod ahead;
mod arith;
mod compare;
mod convert;
mod copies;
mod drain;
mod element;
mod elementwise;
mod expand;
mod fillpad;
mod in_place;
#[cfg(test)]
mod levels;
mod lines;
mod load;
mod math;
mod matmul;
mod moves;
mod operand;
mod outlet;
mod packing;
mod panels;
mod paths;
mod rearrange;
mod reduce;
mod round;
mod scalar;
mod scaling;
mod spread;
mod store;
mod store_acc;
mod store_add;
mod unary;
#[cfg(test)]
mod untouched;
mod wide;
mod windows;

pub use arith::*;
pub use compare::{CmpMode, MaskOf, tcmp, tsel};
pub use convert::{CvtFrom, tcvt};
pub use drain::*;
pub use expand::*;
pub use fillpad::*;
pub use in_place::{TileAndCell, tload_cell, tstore_cell};
pub use load::{Moves, tload};
pub use matmul::*;
pub use moves::{DrainsTo, tmov_with};
pub use operand::{ColOf, DtypeOf, Fits, RowOf, ShapeOf, TransposeOf, VectorTile};
pub use panels::Factor;
pub use paths::{ExtractsTo, MovesTo, textract, tmov};
pub use rearrange::ttrans;
pub use reduce::*;
pub use round::{Nearest, RoundMode, Rounded};
pub use scalar::*;
pub use scaling::quant_param;
pub use store::{Storable, Store, Stores, tstore};
pub use store_acc::tstore_with;
pub use store_add::{ExactSum, RoundedSum, tstore_add, tstore_add_any_order};
pub use unary::*;
pub use windows::*;
