//! The CPU tests of the PTO library, traced and judged: `TILESYNC_PTO=PATH/TO/pto-isa cargo test --release --features cli --test cpp_suite -- --ignored --nocapture`.
//!
//! Prints the table of `docs/public_kernels.md`, whose codes are those of `tests/cpp/suite/found.tsv`; a third column there is a flag for
//! `tilesync trace`. A trace that is there is taken: what takes long is to compile. `TILESYNC_KERNELS=tadd,texp` takes these alone. The tests
//! themselves fail: nothing is computed.

mod traced;

use std::path::Path;
use std::process::Command;

use tilesync::program::InstrKind;
use tilesync::trace::Trace;

/// Compiles a test and runs it. What the library has no such test for has no trace, nor what does not compile.
fn trace(name: &str, flag: Option<&str>, pto: &Path) -> Option<Trace> {
    let to = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("suite_{name}.trace"));
    if !to.is_file() {
        let directory = pto.join("tests/cpu/st/testcase").join(name);
        let kernel = directory.join(format!("{name}_kernel.cpp"));
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cpp/suite");
        let mut command = Command::new(env!("CARGO_BIN_EXE_tilesync"));
        command
            .arg("trace")
            .arg(directory.join("main.cpp"))
            .args(kernel.is_file().then_some(kernel))
            .args(flag);
        for include in
            [own, pto.join("include"), pto.join("include/common"), pto.join("tests/common")]
        {
            command.arg("-I").arg(include);
        }
        command.args(["--flag=-O0", "--flag=-lgtest", "--flag=-lgtest_main", "--flag=-lm"]);
        command.arg("--pto").arg(pto.join("include")).arg("-o").arg(&to);
        let output = command.current_dir(env!("CARGO_TARGET_TMPDIR")).output().expect("runs");
        if !to.is_file() {
            println!("{name}: {}", String::from_utf8_lossy(&output.stderr));
        }
    }
    traced::read(&to)
}

#[test]
#[ignore = "needs the PTO library and GoogleTest: TILESYNC_PTO=PATH/TO/pto-isa"]
fn the_cpu_tests_are_judged_as_the_table_says() {
    let pto = std::env::var_os("TILESYNC_PTO").expect("TILESYNC_PTO is set");
    let lines = include_str!("cpp/suite/found.tsv").lines();
    let table = lines.filter_map(|line| {
        let mut columns = line.split('\t');
        Some((columns.next()?, columns.next()?, columns.next()))
    });
    println!("| binary | blocks | ops | flags | findings |\n|---|---|---|---|---|");
    let mut differ = Vec::new();
    for (name, expected, flag) in table.filter(|(name, ..)| traced::is_wanted(name)) {
        let Some(trace) = trace(name, flag, Path::new(&pto)) else {
            println!("| {name} | – | – | – | does not compile |");
            if expected != "does not compile" {
                differ.push(format!("{name} does not compile"));
            }
            continue;
        };
        let judged = trace.check();
        let (mut blocks, mut ops, mut flags) = (0, 0, 0);
        for launch in &judged {
            for block in launch.blocks.iter().flat_map(|alike| &alike.blocks) {
                let count = |counts: fn(&InstrKind) -> bool| {
                    block.program.instrs.iter().filter(|instr| counts(&instr.kind)).count()
                };
                blocks += 1;
                ops += count(|kind| matches!(kind, InstrKind::Op(_)));
                flags += count(|kind| matches!(kind, InstrKind::Set(_)));
            }
        }
        let found = traced::codes(&judged, "none");
        println!("| {name} | {blocks} | {ops} | {flags} | {found} |");
        if found != expected {
            differ.push(format!("{name}: {found}, and not {expected}"));
        }
    }
    assert!(differ.is_empty(), "{differ:#?}");
}
