//! What the CPU computes for the ops: loops over lines of tiles, vectorised; rounding, functions, products.
//!
//! Nothing here knows tokens, or issues anything: the families of ops in `isa` choose what is computed.

mod ahead;
pub(crate) mod copies;
pub(crate) mod elementwise;
pub(crate) mod indexed;
mod lines;
pub(crate) mod math;
pub(crate) mod mx;
pub(crate) mod outlet;
mod packing;
pub(crate) mod panels;
pub(crate) mod quant;
pub(crate) mod round;
pub(crate) mod sorted;
pub(crate) mod spread;
#[cfg(test)]
mod tests;
pub(crate) mod wide;
