//! Tensors in global memory: borrowed on the host, seen by a kernel block by block.
//!
//! On the host a [`GlobalTensor`] borrows a slice, a [`GlobalTensorMut`] borrows it exclusively. A launch passes them
//! [whole](GlobalTensor::whole) or in [parts](GlobalTensor::parts), one a block; parts of an output are disjoint, so that
//! two blocks cannot write one place. The kernel sees a [`GlobalIn`] or a [`GlobalOut`] and names regions of it.

mod arg;
mod error;
#[cfg(feature = "ndarray")]
mod from_ndarray;
mod region;
mod shape;
mod tensor;

pub use arg::{Arg, ArgStruct, Args, InArg, OutArg};
pub use error::GlobalError;
pub use region::{Global, GlobalIn, GlobalOut, In, Out, Region, StoredBy};
pub use tensor::{GlobalTensor, GlobalTensorMut};
