//! Interpreters of kernels: [`Eager`] is the fast one, [`Pipelined`] the faithful one.

mod blocks;
mod cluster;
mod eager;
pub(crate) mod kernel;
pub(crate) mod launch;
pub(crate) mod phases;
pub(crate) mod pipelined;
pub(crate) mod record;
pub mod timeline;

pub use cluster::{Cluster, CyclicWait, Shallow, StepOf, Waits};
pub use eager::Eager;
pub use kernel::{Kernel, PlanAt, PlanChip};
pub use launch::LaunchError;
pub use phases::{Phase, Phased, Phases, Sequence};
pub use pipelined::{ClusterReport, Order, Pipelined, Report};
