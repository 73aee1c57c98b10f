//! The CPU tests of the PTO library, traced and judged: `TILESYNC_PTO=PATH/TO/pto-isa cargo test --features cli --test cpp_suite -- --ignored --nocapture`.
//!
//! Prints the table of `docs/public_kernels.md`, whose codes are those of `tests/cpp/suite/found.tsv`. A trace that is there is taken:
//! what takes long is to compile. `TILESYNC_KERNELS=tadd,texp` takes these alone. The tests themselves fail: nothing is computed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use tilesync::program::InstrKind;
use tilesync::trace::Trace;

/// Compiles a test and runs it. What the library has no such test for has no trace, nor what does not compile.
fn trace(name: &str, pto: &Path) -> Option<Trace> {
    let to = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("suite_{name}.trace"));
    if !to.is_file() {
        let directory = pto.join("tests/cpu/st/testcase").join(name);
        let kernel = directory.join(format!("{name}_kernel.cpp"));
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cpp/suite");
        let mut command = Command::new(env!("CARGO_BIN_EXE_tilesync"));
        command
            .arg("trace")
            .arg(directory.join("main.cpp"))
            .args(kernel.is_file().then_some(kernel));
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
    Some(Trace::read(std::io::BufReader::new(std::fs::File::open(to).ok()?)).expect("a trace"))
}

#[test]
#[ignore = "needs the PTO library and GoogleTest: TILESYNC_PTO=PATH/TO/pto-isa"]
fn the_cpu_tests_are_judged_as_the_table_says() {
    let pto = std::env::var_os("TILESYNC_PTO").expect("TILESYNC_PTO is set");
    let table = include_str!("cpp/suite/found.tsv");
    let table: BTreeMap<&str, &str> =
        table.lines().filter_map(|line| line.split_once('\t')).collect();
    let wanted = std::env::var("TILESYNC_KERNELS").unwrap_or_default();
    let wanted: Vec<&str> = wanted.split(',').filter(|name| !name.is_empty()).collect();
    println!("| binary | blocks | ops | flags | findings |\n|---|---|---|---|---|");
    let mut differ = Vec::new();
    for (name, expected) in table {
        if !wanted.is_empty() && !wanted.contains(&name) {
            continue;
        }
        let Some(trace) = trace(name, Path::new(&pto)) else {
            println!("| {name} | – | – | – | does not compile |");
            continue;
        };
        let judged = trace.check();
        let (mut blocks, mut ops, mut flags) = (0, 0, 0);
        let mut codes = BTreeSet::new();
        for launch in &judged {
            let verdicts = launch.blocks.iter().map(|alike| &alike.verdict);
            let findings = verdicts.chain([&launch.between]).flat_map(|verdict| &verdict.findings);
            codes.extend(findings.map(|finding| finding.code.to_string()));
            for block in launch.blocks.iter().flat_map(|alike| &alike.blocks) {
                let count = |counts: fn(&InstrKind) -> bool| {
                    block.program.instrs.iter().filter(|instr| counts(&instr.kind)).count()
                };
                blocks += 1;
                ops += count(|kind| matches!(kind, InstrKind::Op(_)));
                flags += count(|kind| matches!(kind, InstrKind::Set(_)));
            }
        }
        let codes: Vec<_> = codes.into_iter().collect();
        let found = if codes.is_empty() { "none".to_owned() } else { codes.join(", ") };
        println!("| {name} | {blocks} | {ops} | {flags} | {found} |");
        if found != expected {
            differ.push(format!("{name}: {found}, and not {expected}"));
        }
    }
    assert!(differ.is_empty(), "{differ:#?}");
}
