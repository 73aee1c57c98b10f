//! The one table: what a kernel reaches, beside what the machine allows, each pair measured in turns in one process.
//!
//! ```text
//! cargo bench --bench report
//! cargo bench --bench report -- softmax
//! ```
//!
//! Kernels are those of the examples, on the eager executor, and each result is compared with a plain implementation. A vector
//! kernel is measured in bytes: its inputs are read once and its output is written once. Its limit is a plain loop over the rows
//! that does only that; beside it stands the same kernel written by hand as one loop over the rows. The tensors fit no cache. A kernel with products is measured in their operations; its limit is a GEMM crate, called on the whole matrices
//! in f32, whatever the element type of the kernel.

mod attention;
mod fused;
mod limit;
#[path = "../measure/mod.rs"]
mod measure;
mod products;
mod table;
mod vector;

fn main() {
    table::head();
    products::rows();
    attention::rows();
    vector::rows();
}
