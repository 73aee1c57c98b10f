//! What the CPU computes for the ops: loops over lines of tiles, vectorised; rounding, functions, products.
//!
//! Nothing here knows tokens, or issues anything: the families of ops in `isa` choose what is computed.

mod ahead;
pub(crate) mod arg;
pub(crate) mod by_index;
pub(crate) mod concat;
pub(crate) mod copies;
pub(crate) mod elementwise;
pub(crate) mod exact;
pub(crate) mod factors;
pub(crate) mod found;
pub(crate) mod fused;
pub(crate) mod generate;
pub(crate) mod histogram;
pub(crate) mod images;
pub(crate) mod img2col;
pub(crate) mod indexed;
pub(crate) mod interleave;
mod lines;
pub(crate) mod masks;
pub(crate) mod math;
pub(crate) mod mx;
pub(crate) mod outlet;
mod packing;
pub(crate) mod panels;
pub(crate) mod part;
pub(crate) mod power;
pub(crate) mod quant;
pub(crate) mod remainder;
pub(crate) mod round;
pub(crate) mod scratch;
pub(crate) mod sorted;
pub(crate) mod spread;
#[cfg(test)]
mod tests;
pub(crate) mod wide;
