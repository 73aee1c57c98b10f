//! Interpreters of kernels.

mod eager;
mod launch;

pub use eager::Eager;
pub use launch::{Kernel, LaunchError, PlanAt, PlanChip};
