//! Interpreters of kernels: [`Eager`] is the fast one, [`Pipelined`] the faithful one; and the judges of what they recorded.

pub mod check;
pub mod explore;
pub mod simulate;

pub use simulate::Simulated;
#[doc(inline)]
pub use tilesync_dsl::exec::*;
