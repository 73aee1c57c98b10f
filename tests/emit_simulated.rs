//! Emitted kernels compute what the Rust kernels compute: compiled against the public PTO library and run by its CPU simulator, on the same inputs.
//!
//! ```text
//! TILESYNC_PTO=PATH/TO/pto-isa cargo test --release --all-features --test emit_simulated -- --ignored --nocapture
//! ```
//!
//! It needs clang 19 or later, for C++23; `TILESYNC_CXX` names another compiler. `TILESYNC_KERNELS=softmax,gemm` takes these alone. The table
//! that is printed is that of `docs/emitted.md`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tilesync::emit::Emitted;
use tilesync::exec::Kernel;
use tilesync::global::Args;
use tilesync::prelude::*;
use tilesync::program::{GlobalInfo, Program};
use tilesync::tile::DtypeId;

#[path = "../examples/emit/kernels/mod.rs"]
mod kernels;

use kernels::{Launch, NAMES, Size, Write};

/// Runs every block, and has the program of one.
struct Run;

impl Launch for Run {
    type Output = Result<Program, LaunchError>;

    fn launch<K: Kernel>(
        self,
        kernel: &K,
        grid: usize,
        args: <K::Args as Args>::Host<'_>,
    ) -> Self::Output {
        Pipelined::new().watch(0).launch(kernel, grid, args).map(|report| report.program)
    }
}

/// By how much an element may differ from that of Rust, in parts of the greatest magnitude of the output, and why.
const EXACT: (f64, &str) = (0.0, "exact");
const SUMS: (f64, &str) = (1e-6, "sums in another order");
const EXP: (f64, &str) = (1e-6, "TEXP, sums in another order");
const ROOTS: (f64, &str) = (1e-6, "TRSQRT, sums in another order");
const HALF_WEIGHTS: (f64, &str) = (2e-3, "TEXP rounded to f16");
const HALF_SUMS: (f64, &str) = (1e-3, "sums in another order, rounded to f16");

fn allowed(name: &str) -> (f64, &'static str) {
    match name {
        "softmax" | "swiglu" => EXP,
        "layernorm" | "rmsnorm" => ROOTS,
        "gemm" | "gemm_mxfp8" => SUMS,
        "gemm_bias_relu" => HALF_SUMS,
        "attention_one_core" => HALF_WEIGHTS,
        _ => EXACT,
    }
}

/// A host that reads the tensors, runs the blocks one after another, and writes the tensors.
fn host(emitted: &Emitted, globals: &[GlobalInfo]) -> String {
    let ty = |dtype: DtypeId| match dtype.name() {
        "f32" => "float",
        "f16" => "half",
        "i8" => "int8_t",
        "i32" => "int32_t",
        "u32" => "uint32_t",
        "u64" => "uint64_t",
        "f8e4m3" => "float8_e4m3_t",
        "f8e8m0" => "float8_e8m0_t",
        other => panic!("no tensor of {other} here"),
    };
    let mut text =
        format!("{}\n#include <cstdio>\n\nint main(int, char** argv)\n{{\n", emitted.source());
    text += "    FILE* in = fopen(argv[1], \"rb\");\n";
    for (at, tensor) in globals.iter().enumerate() {
        let (ty, count) = (ty(tensor.dtype), tensor.rows * tensor.cols);
        writeln!(text, "    std::vector<{ty}> t{at}({count});\n    if (fread(t{at}.data(), sizeof({ty}), {count}, in) != {count}) return 1;")
            .expect("a string");
    }
    let args: Vec<_> = (0..globals.len()).map(|at| format!("t{at}.data()")).collect();
    writeln!(text, "    for (uint32_t block = 0; block < kBlocks; ++block) {{\n        pto::cpu_sim::set_execution_context(block, 0, 1);\n        {}({});\n    }}", emitted.name(), args.join(", "))
        .expect("a string");
    text += "    FILE* out = fopen(argv[2], \"wb\");\n";
    for (at, tensor) in globals.iter().enumerate() {
        writeln!(
            text,
            "    fwrite(t{at}.data(), sizeof({}), t{at}.size(), out);",
            ty(tensor.dtype)
        )
        .expect("a string");
    }
    text + "    return fclose(out);\n}\n"
}

/// Compiles and runs it on these tensors: the tensors afterwards, one behind the other.
fn simulated(
    name: &str,
    emitted: &Emitted,
    globals: &[GlobalInfo],
    tensors: &[u8],
) -> Result<Vec<u8>, String> {
    let pto = PathBuf::from(std::env::var_os("TILESYNC_PTO").expect("TILESYNC_PTO is set"));
    let compiler = std::env::var("TILESYNC_CXX").unwrap_or_else(|_| "clang++-19".to_owned());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("emit_simulated");
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = |end: &str| folder.join(format!("{name}.{end}"));
    std::fs::write(file("cpp"), host(emitted, globals)).expect("written");
    std::fs::write(file("in"), tensors).expect("written");
    let mut command = Command::new(compiler);
    command.args(["-std=c++23", "-O1", "-w", "-D__CPU_SIM"]);
    for header in ["cstdint", "cstddef", "algorithm", "cmath", "vector"] {
        command.args(["-include", header]);
    }
    command
        .arg("-I")
        .arg(pto.join("include"))
        .arg(file("cpp"))
        .args(["-ldl", "-lpthread", "-o"])
        .arg(file("bin"));
    let compiled = command.output().expect("a compiler");
    if !compiled.status.success() {
        return Err(String::from_utf8_lossy(&compiled.stderr)
            .lines()
            .take(12)
            .collect::<Vec<_>>()
            .join("\n"));
    }
    let run = Command::new(file("bin")).arg(file("in")).arg(file("out")).output().expect("runs");
    if !run.status.success() {
        return Err(format!("{}: {}", run.status, String::from_utf8_lossy(&run.stderr)));
    }
    Ok(std::fs::read(file("out")).expect("written"))
}

fn values(bytes: &[u8], dtype: DtypeId) -> Vec<f64> {
    let value = |bytes: &[u8]| match *bytes {
        [a, b, c, d] if dtype.name() == "f32" => f64::from(f32::from_le_bytes([a, b, c, d])),
        [a, b, c, d] => f64::from(i32::from_le_bytes([a, b, c, d])),
        [a, b] => f16::from_le_bytes([a, b]).to_f64(),
        [a] => f64::from(a as i8),
        _ => panic!("no output of {dtype:?} here"),
    };
    bytes.chunks(dtype.size()).map(value).collect()
}

/// A row of the table; or what went wrong.
fn row(name: &str) -> Result<String, String> {
    let emitted = kernels::launch(name, Size::Small, Write)
        .expect("an example")
        .map_err(|error| error.to_string())?;
    let mut tensors: Vec<Vec<u8>> = Vec::new();
    let mut look = |shown: &[&dyn kernels::Bytes]| {
        tensors = shown.iter().map(|tensor| tensor.bytes()).collect();
    };
    let program = kernels::launch_and_look(name, Size::Small, Run, &mut look)
        .expect("an example")
        .expect("runs");
    let globals = &program.globals;
    let mut inputs = Vec::new();
    for (tensor, info) in tensors.iter().zip(globals) {
        assert_eq!(tensor.len(), info.rows * info.cols * info.dtype.size(), "{name}");
        // An output must be written to.
        if info.writable {
            inputs.resize(inputs.len() + tensor.len(), 0xff);
        } else {
            inputs.extend(tensor);
        }
    }
    let result = simulated(name, &emitted, globals, &inputs)?;
    let (mut at, mut elements, mut differ, mut worst) = (0, 0, 0, 0.0_f64);
    for (tensor, info) in tensors.iter().zip(globals) {
        let got = &result[at..at + tensor.len()];
        at += tensor.len();
        if !info.writable {
            continue;
        }
        let pairs = tensor.chunks(info.dtype.size()).zip(got.chunks(info.dtype.size()));
        differ += pairs.filter(|(want, got)| want != got).count();
        let (want, got) = (values(tensor, info.dtype), values(got, info.dtype));
        let most = want.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
        elements += want.len();
        for (want, got) in want.into_iter().zip(got) {
            let error = (want - got).abs() / most;
            worst = if error.is_nan() { f64::INFINITY } else { worst.max(error) };
        }
    }
    let (most, why) = allowed(name);
    let row = format!(
        "| {name} | {} | {elements} | {differ} | {worst:.1e} | {most:.0e} | {why} |",
        emitted.summary().lines
    );
    if worst > most || (most == 0.0 && differ > 0) { Err(row) } else { Ok(row) }
}

#[test]
#[ignore = "needs the PTO library: TILESYNC_PTO=PATH/TO/pto-isa"]
fn emitted_kernels_compute_the_same_on_the_simulator() {
    let only = std::env::var("TILESYNC_KERNELS").ok();
    let only: Option<Vec<&str>> = only.as_deref().map(|only| only.split(',').collect());
    println!(
        "| kernel | lines | elements | other bits | greatest difference | allowed | why |\n|---|---|---|---|---|---|---|"
    );
    let mut failed = Vec::new();
    for name in NAMES.iter().filter(|name| only.as_ref().is_none_or(|only| only.contains(name))) {
        match row(name) {
            Ok(row) => println!("{row}"),
            Err(error) => {
                println!("{name}: FAILED\n{error}");
                failed.push(name);
            }
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}
