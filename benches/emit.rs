//! How long it takes to write the C++ of a launch that issues a million instructions, in one block and in many.
//!
//! `cargo bench --bench emit`. The tensors are never touched, so they take no memory.
#![allow(dead_code, reason = "of the examples only the kernels are used")]

use std::error::Error;
use std::time::Instant;

use tilesync::Emit;
use tilesync::emit::{EmitError, Emitted};
use tilesync::prelude::*;

#[path = "../examples/gemm.rs"]
mod gemm;
#[path = "../examples/softmax.rs"]
mod softmax;

fn emit_softmax(blocks: usize) -> Result<Result<Emitted, EmitError>, Box<dyn Error>> {
    let rows = 768_000;
    let shape = [rows, softmax::COLS];
    let (x, mut y) = (vec![0.0; rows * softmax::COLS], vec![0.0; rows * softmax::COLS]);
    let input = GlobalTensor::new(&x, &shape)?.parts(rows / blocks, softmax::COLS)?;
    let mut out = GlobalTensorMut::new(&mut y, &shape)?;
    let args = (input, out.parts(rows / blocks, softmax::COLS)?);
    Ok(Emit::new().launch(&softmax::softmax, blocks, args))
}

fn emit_gemm(across: usize) -> Result<Result<Emitted, EmitError>, Box<dyn Error>> {
    let (side, depth) = (8192, 2304);
    let (a, b, mut c) = (vec![0.0; side * depth], vec![0.0; depth * side], vec![0.0; side * side]);
    let (left, right) =
        (GlobalTensor::new(&a, &[side, depth])?, GlobalTensor::new(&b, &[depth, side])?);
    let mut out = GlobalTensorMut::new(&mut c, &[side, side])?;
    let part = side / across;
    let args = (left.whole(), right.whole(), out.parts(part, part)?, part, across);
    Ok(Emit::new().launch(&gemm::gemm, across * across, args))
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("| kernel | blocks | instructions | seconds | lines of C++ |\n|---|---|---|---|---|");
    let kernels: [(&str, &dyn Fn() -> _); 4] = [
        ("softmax", &|| emit_softmax(1)),
        ("softmax", &|| emit_softmax(250)),
        ("gemm", &|| emit_gemm(1)),
        ("gemm", &|| emit_gemm(16)),
    ];
    for (name, emit) in kernels {
        let start = Instant::now();
        let emitted = emit()??;
        let seconds = start.elapsed().as_secs_f64();
        let summary = emitted.summary();
        let (blocks, instructions, lines) = (summary.blocks, summary.instructions, summary.lines);
        println!("| {name} | {blocks} | {instructions} | {seconds:.2} | {lines} |");
    }
    Ok(())
}
