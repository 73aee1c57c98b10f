//! What kernels of `tilesync` are written in, and what runs them.
//!
//! Whatever looks at a recorded program from outside, to judge it, to forecast its time, or to write it as C++, is in `tilesync`, which
//! exports all of this: its documentation is the place to start. A package that needs no more than this compiles in half the time, and
//! names it so that the macros find it: `tilesync = { package = "tilesync-dsl", version = ".." }`.
//!
//! What is public and not documented is for `tilesync`, and may change with each release.

// docs.rs says which items need a feature.
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod chip;
pub mod cluster;
mod compute;
pub mod event;
pub mod exec;
pub mod global;
pub mod isa;
mod memory;
pub mod op;
mod panics;
pub mod prelude;
pub mod program;
pub mod raw;
pub mod runtime;
mod sealed;
mod simd;
pub mod tile;
mod unit;

/// What `tilesync` needs to look at programs from outside, and a measurement of levels.
#[doc(hidden)]
pub mod inner {
    pub use crate::compute::elementwise::HIGH_PRECISION;
    pub use crate::compute::indexed::pattern_of;
    pub use crate::compute::outlet::{Way, word};
    pub use crate::exec::phases::phase_programs;
    pub use crate::exec::pipelined::OUTPUT_FIRST;
    pub use crate::exec::record::{EachPhase, Looks, cluster_programs, phases, programs};
    pub use crate::exec::timeline::{Builder, ROWS};
    pub use crate::memory::operand::NOWHERE;
    pub use crate::memory::{Axis, GlobalSlot};
    pub use crate::op::windows::Windows;
    pub use crate::simd::{Level, use_at_most};
    pub use crate::unit::flags::{Clock, IDS, first_id, merge};
}

pub use chip::{A2A3, A5};
pub use event::{Event, Live, RecordEvent, Retired, Turn};
pub use exec::{Cluster, Eager, Kernel, LaunchError, Order, Pipelined, Report};
#[doc(no_inline)]
pub use op::*;
pub use tile::{
    AccTile, BiasTile, Buffers, ColMajor, Cols, Dyn, F4E1M2x2, F4E2M1x2, F8E4M3, F8E5M2, F8E8M0,
    Full, HiF8, I4x2, LeftScaleTile, LeftTile, MatTile, MxDn, MxNd, MxNn, MxZz, Nc1hwc0, Nz,
    RightScaleTile, RightTile, RowMajor, Rows, ScalingTile, Static, Tile, VecCol, VecPart,
    VecParts, VecTile, Zn,
};
pub use unit::{Core, Fault, Trouble};
