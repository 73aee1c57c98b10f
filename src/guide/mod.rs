//! The guide: five pages to read in this order.
//!
//! 1. [Your first kernel](first_kernel)
//! 2. [The algebra](algebra): what owns a tile when, with a picture
//! 3. [Loops](loops): rings of buffers, the first turn, tokens that outlive a call
//! 4. [Global memory](memory): in place, workspaces, numbers from memory, parts
//! 5. [Testing your own kernels](testing)

#[doc = include_str!("first_kernel.md")]
pub mod first_kernel {}

#[doc = include_str!("algebra.md")]
pub mod algebra {}

#[doc = include_str!("loops.md")]
pub mod loops {}

#[doc = include_str!("memory.md")]
pub mod memory {}

#[doc = include_str!("testing.md")]
pub mod testing {}
