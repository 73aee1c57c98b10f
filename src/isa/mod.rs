//! The intrinsics: one function an op, named as PTO names it in lower case.
//!
//! Each takes the tile that it writes by value (a store: the tile that it stores) and gives it back in its
//! [`RecordEvent`](crate::RecordEvent); the tiles that it reads are passed by reference, scratch tiles by `&mut`. A form
//! ending in `_assign` works in place.

mod arith;
mod elementwise;
mod lines;
mod operand;
mod transfer;

pub use arith::*;
pub use operand::{ColOf, DtypeOf, Fits, Moves, RowOf, ShapeOf, TransposeOf, VectorTile};
pub use transfer::{Store, tload, tstore};
