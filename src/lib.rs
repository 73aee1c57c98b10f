//! A compile-time event DSL for tile pipelines: a kernel that compiles has no race, no leaked flag and no deadlock.
//!
//! Tile accelerators run loads, vector ops, matrix ops and stores on separate in-order pipes that meet only through flags. Here
//! each op returns the tile that it wrote in a typed token, and each hand-over between pipes is a typed
//! [`Event<Src, Dst, _>`](Event). A forgotten wait, a wrong pair, a buffer handed back too early: none of them compiles.
//!
//! ```
//! use tilesync::prelude::*;
//!
//! #[derive(Buffers)]
//! struct Ub<'k> {
//!     a: VecTile<'k, f32, 64, 64>,
//!     b: VecTile<'k, f32, 64, 64>,
//!     c: VecTile<'k, f32, 64, 64>,
//! }
//!
//! #[kernel]
//! fn vec_add<'k>(
//!     ub: Ub<'k>,
//!     x: GlobalIn<'k, f32>,
//!     y: GlobalIn<'k, f32>,
//!     z: GlobalOut<'k, f32>,
//! ) -> Retired<Ub<'k>> {
//!     let e0: Event<TLoad, TAdd, _> = tload(ub.a, &x.tile(0, 0)).record();
//!     let e1: Event<TLoad, TAdd, _> = tload(ub.b, &y.tile(0, 0)).record();
//!     let e2: Event<TAdd, TStoreVec, _> = tadd(ub.c, &e0, &e1).record();
//!     let stored = tstore(&z.tile(0, 0), e2);
//!     Ub::retire(UbTokens { a: e0, b: e1, c: stored })
//! }
//! ```
//!
//! Start with [your first kernel](guide::first_kernel); [the algebra](guide::algebra) is on one page, [loops](guide::loops) on another.
//!
//! | module | what is in it |
//! |---|---|
//! | [`op`], [`chip`], [`tile`], [`global`] | what the machine has |
//! | [`event`], [`isa`] | what a kernel writes |
//! | [`program`] | what happens to it |
//! | [`exec`] | how it runs, what judges it: [`check`](exec::check), [`explore`](exec::explore), and how long it takes: [`simulate`](exec::simulate) |
//! | [`emit`] | how it becomes C++ for the device |
//! | [`raw`] | the same programs without types, to port and judge C++ kernels |
//! | [`runtime`] | where it runs: devices, streams and events of the host |
//!
//! Features: `ndarray` borrows tensors from `ndarray` arrays; `serde` saves programs and findings as JSON; `report` renders findings as
//! rustc does; `cli` builds the command `tilesync`.

// docs.rs says which items need a feature.
#![cfg_attr(docsrs, feature(doc_cfg))]

// The macros name this crate, in its own tests too.
#[cfg(test)]
extern crate self as tilesync;

pub mod emit;
pub mod exec;
pub mod guide;
pub mod trace;

pub use emit::Emit;
#[doc(inline)]
pub use tilesync_dsl::*;
