//! A compile-time event DSL for tile pipelines.

pub mod chip;
pub mod event;
pub mod exec;
pub mod global;
pub mod guide;
pub mod isa;
mod issue;
pub mod op;
pub mod prelude;
pub mod program;
pub mod raw;
mod sealed;
mod simd;
pub mod tile;

pub use chip::{A2A3, A5};
pub use event::{Event, Live, RecordEvent, Retired};
pub use exec::{Eager, Kernel, LaunchError, Order, Pipelined, Report};
pub use issue::{Core, Fault, Trouble};
pub use tile::{Buffers, ColMajor, Dyn, Full, Nz, RowMajor, Static, Tile, VecCol, VecTile};
