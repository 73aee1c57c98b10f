//! Everything that a kernel uses: `use tilesync::prelude::*;`.
//!
//! The tiles are those of a2a3, the default chip. For a5, name the chip in the plan: `VecTile<'k, f32, 64, 64, Full, A5>`.

pub use half::{bf16, f16};
pub use tilesync_macros::{Args, Buffers, Fifos, cluster, kernel, phases};

pub use crate::chip::{A2A3, A5};
pub use crate::cluster::{
    A2V, ByCols, ByRows, C2V, Fifos, Next, OnCube, OnVector, OneVector, Slot, Step, V2C, V2M, Walk,
};
pub use crate::event::{
    Event, Filled, Free, Live, PartsOf, Payload, Read, RecordEvent, Resident, Retire, Retired,
    Ring, Shared, Turn, Union, Write, tsync,
};
pub use crate::exec::{Cluster, Eager, Kernel, LaunchError, Order, Phased, Pipelined};
pub use crate::global::{
    Expr, GlobalIn, GlobalInOut, GlobalMax, GlobalMin, GlobalOut, GlobalSum, GlobalTensor,
    GlobalTensorMut, Parts, Workspace,
};
pub use crate::isa::*;
pub use crate::op::pipe::{PipeFix, PipeV};
pub use crate::op::*;
pub use crate::tile::{
    AccTile, BiasTile, Buffers, ColMajor, Cols, Dyn, F4E1M2x2, F4E2M1x2, F8E4M3, F8E5M2, F8E8M0,
    Full, HiF8, I4x2, LeftScaleTile, LeftTile, MatTile, MxDn, MxNd, MxNn, MxZz, Nc1hwc0, Nz,
    RightScaleTile, RightTile, RowMajor, Rows, ScalingTile, Static, Tile, VecCol, VecPart,
    VecParts, VecTile, Zn,
};
pub use crate::unit::Core;
