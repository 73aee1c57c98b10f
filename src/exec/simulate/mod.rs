//! Says in advance how long a kernel takes, and why.
//!
//! [`Simulated`] runs a kernel in virtual time against the [`Profile`] of a chip: an in-order queue a pipe, what an op costs by its type
//! and shape, flags, barriers, cores that share the memory, blocks that share the cores. Nothing is computed, unless the kernel looks at
//! its data. What comes of it is a [`Forecast`].
//!
//! The same run says the same. A kernel that would wait for ever has no time, but an error with the circle of its pipes.

mod core;
mod cost;
mod display;
mod error;
mod forecast;
mod job;
mod launch;
mod machine;
mod meeting;
mod path;
mod picture;
mod pipes;
mod plan;
mod profile;
#[cfg(feature = "serde")]
mod report;
mod shared;
mod signals;
mod vector;
mod waits;
mod wave;
mod what_if;

pub use error::SimulateError;
pub use forecast::{Forecast, Load};
pub use launch::Simulated;
pub use path::{Spent, Stretch};
pub use profile::{Profile, ProfileError, VectorCost};
#[cfg(feature = "serde")]
pub use report::ForecastReport;
pub use waits::Wait;
pub use what_if::{Change, WhatIf};
