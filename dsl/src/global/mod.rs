//! Tensors in global memory: borrowed on the host, seen by a kernel block by block.
//!
//! On the host a [`GlobalTensor`] borrows a slice, a [`GlobalTensorMut`] borrows it exclusively. A launch passes them
//! [whole](GlobalTensor::whole) or in [parts](GlobalTensor::parts), one a block; parts of an output are disjoint, so that
//! two blocks cannot write one place.
//!
//! | the kernel takes | of a tensor that it |
//! |---|---|
//! | [`GlobalIn`] | loads; it reads [scalars](GlobalIn::scalar) there too |
//! | [`GlobalOut`] | stores to |
//! | [`GlobalInOut`] | updates in place, or stores to and loads again |
//! | [`GlobalSum`] | adds to, all blocks at once |
//! | [`GlobalMax`], [`GlobalMin`] | keeps the greatest or the least in, all blocks at once |
//! | [`Parts<X>`](Parts) of these | has several parts of |

mod arg;
mod error;
mod expr;
#[cfg(feature = "ndarray")]
mod from_ndarray;
mod in_out;
mod part;
mod parts;
mod region;
mod shape;
mod tensor;
mod view;
mod workspace;

pub use arg::{Arg, ArgStruct, Args, InArg, OutArg, TensorArg};
pub use error::GlobalError;
pub use expr::{Expr, Number, Term, WholeNumber};
pub use in_out::{Cell, Cells, GlobalInOut, OnAPipe, Reaches};
pub(crate) use part::Part;
pub use parts::Parts;
pub use region::{
    AddedTo, Global, GlobalIn, GlobalMax, GlobalMin, GlobalOut, GlobalSum, Held, In, Loadable, Max,
    Min, Out, Region, StoredBy, StoredTo, Sum,
};
pub use tensor::{GlobalTensor, GlobalTensorMut};
pub use view::{Elsewhere, OneTensor, SeenOf, ViewOf, ViewsOf};
pub use workspace::Workspace;
