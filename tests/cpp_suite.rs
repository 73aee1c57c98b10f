//! The tests of the PTO library, traced and judged: `TILESYNC_PTO=PATH/TO/pto-isa cargo test --release --features cli --test cpp_suite -- --ignored --nocapture`.
//!
//! Prints the tables of `docs/public_kernels.md`, whose codes are those of `tests/cpp/suite/*.tsv`; a third column there is a flag for
//! `tilesync trace`, or says that there are two sides. A trace that is there is taken: what takes long is to compile.
//! `TILESYNC_KERNELS=tadd,texp` takes these alone. The tests themselves fail: nothing is computed.

mod traced;

use std::path::{Path, PathBuf};
use std::process::Command;

use tilesync::program::InstrKind;
use tilesync::trace::Trace;

const TWO_SIDES: &str = "two sides";

/// Tests in one directory of the library.
struct Suite {
    name: &'static str,
    directory: &'static str,
    /// What is said to the compiler for all of them.
    flags: &'static [&'static str],
    table: &'static str,
}

impl Suite {
    /// Compiles a test and runs it, both sides apart where it has two. What does not compile has no trace.
    fn trace(&self, name: &str, flag: Option<&str>, pto: &Path) -> Option<Trace> {
        if flag == Some(TWO_SIDES) {
            let side = |side| self.run(name, &[side], 2, pto);
            Some(side("-D__DAV_CUBE__")?.beside(side("-D__DAV_VEC__")?))
        } else {
            self.run(name, flag.as_slice(), 1, pto)
        }
    }

    fn run(&self, name: &str, flags: &[&str], sub_blocks: usize, pto: &Path) -> Option<Trace> {
        let end = if sub_blocks > 1 { flags.concat() } else { String::new() };
        let to =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}_{name}{end}.trace", self.name));
        if !to.is_file() {
            let directory = pto.join(self.directory).join(name);
            let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cpp/suite");
            let mut command = Command::new(env!("CARGO_BIN_EXE_tilesync"));
            command.arg("trace").args(sources(&directory)).args(self.flags).args(flags);
            for include in [
                own,
                pto.join("include"),
                pto.join("include/common"),
                pto.join("tests/common"),
                directory,
            ] {
                command.arg("-I").arg(include);
            }
            command.args(["--flag=-O0", "--flag=-lgtest", "--flag=-lgtest_main", "--flag=-lm"]);
            command.arg("--pto").arg(pto.join("include")).arg("-o").arg(&to);
            command.env("TILESYNC_SUBBLOCKS", sub_blocks.to_string());
            let output = command.current_dir(env!("CARGO_TARGET_TMPDIR")).output().expect("runs");
            if !to.is_file() {
                println!("{name}: {}", String::from_utf8_lossy(&output.stderr));
            }
        }
        traced::read(&to)
    }

    fn is_judged_as_the_table_says(&self) {
        let pto = std::env::var_os("TILESYNC_PTO").expect("TILESYNC_PTO is set");
        let table = self.table.lines().filter_map(|line| {
            let mut columns = line.split('\t');
            Some((columns.next()?, columns.next()?, columns.next()))
        });
        println!("| binary | blocks | ops | flags | findings |\n|---|---|---|---|---|");
        let mut differ = Vec::new();
        for (name, expected, flag) in table.filter(|(name, ..)| traced::is_wanted(name)) {
            let Some(trace) = self.trace(name, flag, Path::new(&pto)) else {
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
}

/// The C++ files of a test.
fn sources(directory: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut sources: Vec<_> = files.map(|file| file.path()).collect();
    sources.retain(|path| path.extension().is_some_and(|end| end == "cpp"));
    sources.sort();
    sources
}

#[test]
#[ignore = "needs the PTO library and GoogleTest: TILESYNC_PTO=PATH/TO/pto-isa"]
fn the_cpu_tests_are_judged_as_the_table_says() {
    Suite {
        name: "suite",
        directory: "tests/cpu/st/testcase",
        flags: &[],
        table: include_str!("cpp/suite/found.tsv"),
    }
    .is_judged_as_the_table_says();
}

#[test]
#[ignore = "needs the PTO library and GoogleTest: TILESYNC_PTO=PATH/TO/pto-isa"]
fn the_device_tests_of_a2a3_are_judged_as_the_table_says() {
    Suite {
        name: "device",
        directory: "tests/npu/a2a3/src/st/testcase",
        flags: &[],
        table: include_str!("cpp/suite/a2a3.tsv"),
    }
    .is_judged_as_the_table_says();
}

#[test]
#[ignore = "needs the PTO library and GoogleTest: TILESYNC_PTO=PATH/TO/pto-isa"]
fn the_device_tests_of_a5_are_judged_as_the_table_says() {
    Suite {
        name: "a5",
        directory: "tests/npu/a5/src/st/testcase",
        flags: &["--chip=a5"],
        table: include_str!("cpp/suite/a5.tsv"),
    }
    .is_judged_as_the_table_says();
}
