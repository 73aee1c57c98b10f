//! The one table: what a kernel reaches, beside what the machine allows, each pair measured in turns in one process.
//!
//! ```text
//! cargo bench --bench report
//! cargo bench --bench report -- softmax
//! cargo bench --bench report -- gemm --avx2   # or --baseline, --avx512: without its products of integers
//! ```
//!
//! Kernels are those of the examples, on the eager executor, and each result is compared with a plain implementation. Each stands beside two
//! others:
//!
//! | kernel | unit | limit | beside |
//! |---|---|---|---|
//! | products, attention | multiplications and additions | as many of f32, in registers alone | a GEMM crate in f32, on the whole matrices |
//! | attention on a cluster | the same | the same | attention on one core |
//! | row kernels | bytes: inputs read once, the output written once | a loop that reads and writes them past the caches, and no more | the kernel written by hand as one loop over the rows |
//!
//! The limit is the same for all element types; integers have instructions that do more. Where ops are held to a level of vector instructions,
//! limits are not. The tensors of the row kernels fit no cache.
//! `benches/figures.md` has what was measured.

mod attention;
mod fused;
mod limit;
#[path = "../measure/mod.rs"]
mod measure;
mod products;
mod table;
mod vector;
mod wide;

use tilesync_dsl::inner::{Level, use_at_most};

fn main() {
    for argument in std::env::args() {
        match argument.as_str() {
            "--baseline" => use_at_most(Level::Baseline),
            "--avx2" => use_at_most(Level::Avx2),
            "--avx512" => use_at_most(Level::Avx512),
            _ => {}
        }
    }
    table::head();
    products::rows();
    attention::rows();
    vector::rows();
}
