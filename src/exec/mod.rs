//! Interpreters of kernels: [`Eager`] is the fast one, [`Pipelined`] the faithful one.

mod blocks;
pub mod check;
mod cluster;
mod eager;
pub mod explore;
pub(crate) mod launch;
mod phases;
mod pipelined;
pub mod simulate;
pub mod timeline;

pub use cluster::{Cluster, CyclicWait, Shallow, StepOf, Waits};
pub use eager::Eager;
pub use launch::{Kernel, LaunchError, PlanAt, PlanChip};
pub use phases::{Phase, Phased, Phases, Sequence};
pub use pipelined::{ClusterReport, Order, Pipelined, Report};
pub use simulate::Simulated;
