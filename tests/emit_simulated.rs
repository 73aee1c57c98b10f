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
use tilesync::exec::{Cluster, Kernel, Phased};
use tilesync::global::Args;
use tilesync::prelude::*;
use tilesync::program::Program;
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

    fn launch_cluster<'h, C: Cluster>(
        self,
        cluster: &C,
        grid: usize,
        cube: <C::CubeArgs as Args>::Host<'h>,
        vector: <C::VectorArgs as Args>::Host<'h>,
    ) -> Self::Output {
        let report = Pipelined::new().launch_cluster(cluster, grid, cube, vector);
        report.map(|mut report| report.program.blocks.remove(0).remove(0))
    }

    fn launch_phases<K: Phased>(
        self,
        kernel: &K,
        grid: usize,
        args: <K::Args as Args>::Host<'_>,
    ) -> Self::Output {
        let report = Pipelined::new().launch_phases(kernel, grid, args);
        report.map(|mut report| report.program.blocks.remove(0).remove(0))
    }
}

/// By how much an element may differ from that of Rust, in parts of the greatest magnitude of the output, and why.
const EXACT: (f64, &str) = (0.0, "exact");
const SUMS: (f64, &str) = (1e-6, "sums in another order");
const EXP: (f64, &str) = (1e-6, "TEXP, sums in another order");
const ROOTS: (f64, &str) = (1e-6, "TRSQRT, sums in another order");
const HALF_WEIGHTS: (f64, &str) = (2e-3, "TEXP rounded to f16");
const ANY_ORDER: (f64, &str) = (1e-6, "sums in any order");
const HALF_SUMS: (f64, &str) = (1e-3, "sums in another order, rounded to f16");

fn allowed(name: &str) -> (f64, &'static str) {
    match name {
        "softmax" | "swiglu" => EXP,
        "layernorm" | "rmsnorm" => ROOTS,
        "gemm" | "gemm_mxfp8" | "gemm_weights_a5" | "split_k" => SUMS,
        "split_k_in_memory" => ANY_ORDER,
        "gemm_bias_relu" => HALF_SUMS,
        "attention_one_core" | "attention" | "attention_causal" => HALF_WEIGHTS,
        _ => EXACT,
    }
}

/// What the simulator has no function for: a meeting of all cores.
const CORES: &str = r#"
#include <barrier>
#include <thread>

inline std::barrier<>* meeting = nullptr;
inline void set_ffts_base_addr(uint64_t) {}
template <pto::SyncCoreType> void meet() { meeting->arrive_and_wait(); }
#define SYNCALL meet
"#;

/// Nor for slots of FIFOs in global memory: they are made of its own waits and signals.
const SLOTS: &str = r#"
using Acc = pto::TileAcc<float, 16, 16>;
using Vec = pto::Tile<pto::TileType::Vec, float, 8, 8>;
using Mat = pto::Tile<pto::TileType::Mat, float, 16, 16>;
template <class Pipe> using Pushed = std::conditional_t<Pipe::is_c2v, Acc, Vec>;
template <class Pipe> using Popped = std::conditional_t<Pipe::is_c2v, Vec, Mat>;

template <class Pipe, class Slot, pto::TileSplitAxis Split>
void place(Pipe& pipe, Slot& slot, int message, bool is_vector)
{
    uint64_t sub = is_vector ? get_subblockid() : 0, elements = slot.GetShape(4);
    if (Split == pto::TILE_NO_SPLIT) elements = 0;
    if (Split == pto::TILE_UP_DOWN) elements *= slot.GetShape(3);
    auto* first = (typename Slot::DType*)((char*)pipe.fifo.GM_SLOT_BUFFER + message % Pipe::RingFiFo::SLOT_NUM * Pipe::RingFiFo::SLOT_SIZE);
    TASSIGN(slot, first + sub * elements);
}
template <class Pipe, class Slot, pto::TileSplitAxis Split> void alloc_slot(Pipe& pipe, Slot& slot)
{
    pipe.prod.template allocate<Pushed<Pipe>, Split>();
    place<Pipe, Slot, Split>(pipe, slot, pipe.prod.getTileId(), Pipe::is_v2c);
}
template <class Pipe, class Slot, pto::TileSplitAxis Split> void push_slot(Pipe& pipe, Slot&)
{
    pipe.prod.template record<Pushed<Pipe>, Split>();
}
template <class Pipe, class Slot, pto::TileSplitAxis Split> void pop_slot(Pipe& pipe, Slot& slot)
{
    pipe.cons.template wait<Popped<Pipe>, Split>();
    place<Pipe, Slot, Split>(pipe, slot, pipe.cons.getTileId(), Pipe::is_c2v);
}
template <class Pipe, class Slot, pto::TileSplitAxis Split> void free_slot(Pipe& pipe, Slot&)
{
    pipe.cons.template free<Split>();
}
#define TALLOC alloc_slot
#define TPUSH push_slot
#define TPOP pop_slot
#define TFREE free_slot
"#;

/// The kernel, once for each side where it has sides, as the device's compiler does it; how it is called on a core of each side; and how many there are of each in a block.
fn sides(emitted: &Emitted) -> (String, Vec<(String, usize)>) {
    let (name, source) = (emitted.name(), emitted.source());
    if !source.contains("__DAV_CUBE__") {
        return (source.to_owned(), vec![(name.to_owned(), 1)]);
    }
    let vectors = if source.contains("SYNCALL") { 1 } else { 2 };
    let slots = if source.contains("TALLOC") { SLOTS } else { "" };
    let mut text = format!("#include <pto/pto-inst.hpp>\n{CORES}{slots}");
    let mut calls = Vec::new();
    for (side, cores) in [("CUBE", 1), ("VEC", vectors)] {
        writeln!(
            text,
            "#undef __DAV_CUBE__\n#undef __DAV_VEC__\n#define __DAV_{side}__\n#define {name} {name}_of_{side}\nnamespace of_{side} {{\n{source}}}\n#undef {name}"
        )
        .expect("a string");
        calls.push((format!("of_{side}::{name}_of_{side}"), cores));
    }
    (text + "using of_CUBE::kBlocks;\n", calls)
}

/// A host that reads the tensors, runs the kernel, and writes the tensors. Blocks run one after another, those of a kernel that meets all
/// at once; cores of a block run at once.
fn host(emitted: &Emitted, program: &Program) -> String {
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
    let (mut text, calls) = sides(emitted);
    text += "\n#include <cstdio>\n#include <thread>\n\nint main(int, char** argv)\n{\n";
    text += "    FILE* in = fopen(argv[1], \"rb\");\n";
    let is_memory = |arg: usize| program.fifos.iter().any(|fifo| fifo.memory as usize == arg);
    for (at, tensor) in program.globals.iter().enumerate() {
        let (ty, count) = (ty(tensor.dtype), tensor.rows * tensor.cols);
        if is_memory(at) {
            writeln!(text, "    std::vector<{ty}> t{at}({count} * kBlocks);")
        } else {
            writeln!(text, "    std::vector<{ty}> t{at}({count});\n    if (fread(t{at}.data(), sizeof({ty}), {count}, in) != {count}) return 1;")
        }
        .expect("a string");
    }
    let flags = emitted.source().contains("ffts").then(|| "nullptr".to_owned());
    // Messages on the chip take no memory.
    let is_on_chip =
        |arg: usize| program.fifos.iter().any(|fifo| fifo.memory as usize == arg && fifo.direct);
    let given = (0..program.globals.len()).filter(|at| !is_on_chip(*at));
    let data = given.map(|at| format!("t{at}.data()"));
    let args = flags.into_iter().chain(data).collect::<Vec<_>>().join(", ");
    let meets = emitted.source().contains("SYNCALL");
    let cores: usize = calls.iter().map(|(_, cores)| cores).sum();
    if meets {
        writeln!(text, "    std::barrier<> all(kBlocks * {cores});\n    meeting = &all;")
            .expect("a string");
    }
    text += "    std::vector<std::jthread> cores;\n    for (uint32_t block = 0; block < kBlocks; ++block) {\n";
    for (call, count) in calls {
        for sub in 0..count {
            writeln!(text, "        cores.emplace_back([&, block] {{\n            pto::cpu_sim::set_execution_context(block, {sub}, {count});\n            {call}({args});\n        }});").expect("a string");
        }
    }
    if !meets {
        text += "        cores.clear();\n";
    }
    text += "    }\n    cores.clear();\n    FILE* out = fopen(argv[2], \"wb\");\n";
    for (at, tensor) in program.globals.iter().enumerate().filter(|(at, _)| !is_memory(*at)) {
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
    program: &Program,
    tensors: &[u8],
) -> Result<Vec<u8>, String> {
    let pto = PathBuf::from(std::env::var_os("TILESYNC_PTO").expect("TILESYNC_PTO is set"));
    let compiler = std::env::var("TILESYNC_CXX").unwrap_or_else(|_| "clang++-19".to_owned());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("emit_simulated");
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = |end: &str| folder.join(format!("{name}.{end}"));
    std::fs::write(file("cpp"), host(emitted, program)).expect("written");
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
    let mut run = Command::new("timeout");
    // Cores that wait for each other for ever are stopped.
    run.arg("300").arg(file("bin")).arg(file("in")).arg(file("out"));
    let run = run.output().expect("runs");
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
    let result = simulated(name, &emitted, &program, &inputs)?;
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
