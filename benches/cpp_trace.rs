//! What it costs to trace a C++ kernel, to read the trace, and to judge it: a million records of one block.
//!
//! `cargo bench --bench cpp_trace`. Needs a C++ compiler; the kernel is `benches/cpp/chain.cpp`, the library the small one of the tests.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use tilesync::trace::Trace;

fn main() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = std::env::temp_dir().join(format!("tilesync-chain-{}", std::process::id()));
    let (library, header) = (home.join("../tests/cpp"), home.join("../cpp/include"));
    let compile = |compiler: &str| {
        let mut command = Command::new(compiler);
        command.args(["-std=c++23", "-O1", "-g1", "-w", "-fno-inline", "-fno-omit-frame-pointer"]);
        command.args([
            "-fno-optimize-sibling-calls",
            "-D__CPU_SIM",
            "-include",
            "tilesync/trace.hpp",
        ]);
        for include in [&header.join("shadow"), &header, &library, &library.join("kernels")] {
            command.arg("-I").arg(include);
        }
        command.arg(home.join("cpp/chain.cpp")).arg("-o").arg(&program).arg("-ldl");
        command.status().is_ok_and(|status| status.success())
    };
    let Some(compiler) = ["clang++", "clang++-19", "g++"].into_iter().find(|name| compile(name))
    else {
        println!("skipped: there is no C++ compiler");
        return;
    };
    let trace = program.with_extension("trace");
    let time = |command: &mut Command| {
        let start = Instant::now();
        assert!(command.status().expect("runs").success());
        start.elapsed().as_secs_f64()
    };
    let bare = time(Command::new(&program).env_remove("TILESYNC_TRACE"));
    let traced = time(Command::new(&program).env("TILESYNC_TRACE", &trace));
    let bytes = std::fs::read(&trace).expect("the trace");
    let start = Instant::now();
    let read = Trace::read(&bytes[..]).expect("a trace");
    let reading = start.elapsed().as_secs_f64();
    let records: usize = read
        .launches()
        .flat_map(|launch| &launch.blocks)
        .map(|block| block.program.instrs.len())
        .sum();
    let start = Instant::now();
    assert!(read.check().iter().all(tilesync::trace::Judged::is_clean));
    let judging = start.elapsed().as_secs_f64();
    println!(
        "{records} records, {:.1} bytes each, compiled by {compiler}",
        bytes.len() as f64 / records as f64
    );
    println!(
        "traced in {:.0} ns a record ({:.0} ns without a trace)",
        1e9 * traced / records as f64,
        1e9 * bare / records as f64
    );
    println!("read in {reading:.2} s, judged in {judging:.2} s");
    for file in [program, trace] {
        let _ = std::fs::remove_file(file);
    }
}
