//! The guide: twelve pages to read in this order.
//!
//! 1. [Your first kernel](first_kernel)
//! 2. [The algebra](algebra): what owns a tile when, with a picture
//! 3. [Tiles and moves](tiles): spaces, which op a move is, valid regions, scratch
//! 4. [Parts and places](parts): rows and columns of a tile, two tiles in one place
//! 5. [Ops](ops): an example of each family
//! 6. [Loops](loops): rings of buffers, the first turn, flags and how many there may be
//! 7. [Helpers](helpers): how a token's type is spelled, branches, tokens that outlive a call
//! 8. [Global memory](memory): in place, workspaces, numbers from memory, parts
//! 9. [Several cores](clusters): a cube and a vector side, FIFOs, a schedule; phases, between which all blocks meet
//! 10. [Testing your own kernels](testing)
//! 11. [Time](time): how long it takes, why, and what to change
//! 12. [To the device](device): a kernel as C++

#[doc = include_str!("first_kernel.md")]
pub mod first_kernel {}

#[doc = include_str!("algebra.md")]
pub mod algebra {}

#[doc = include_str!("tiles.md")]
pub mod tiles {}

#[doc = include_str!("parts.md")]
pub mod parts {}

#[doc = include_str!("ops.md")]
pub mod ops {}

#[doc = include_str!("loops.md")]
pub mod loops {}

#[doc = include_str!("helpers.md")]
pub mod helpers {}

#[doc = include_str!("memory.md")]
pub mod memory {}

#[doc = include_str!("clusters.md")]
pub mod clusters {}

#[doc = include_str!("testing.md")]
pub mod testing {}

#[doc = include_str!("time.md")]
pub mod time {}

#[doc = include_str!("device.md")]
pub mod device {}
