//! C++ kernels, compiled with the tracing header against a small library of our own in `tests/cpp`, traced and judged by the command.
//!
//! The first line of each kernel says what `check` finds: codes with the line of the later instruction.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tilesync::trace::Trace;

fn tilesync() -> Command {
    Command::new(env!("CARGO_BIN_EXE_tilesync"))
}

fn kernels() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cpp/kernels")
}

/// Whether there is a compiler; the tests that need one say so and pass where there is none.
fn compiler() -> bool {
    let found = ["clang++", "clang++-19", "g++", "c++"].iter().any(|name| {
        Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success())
    });
    if !found {
        eprintln!("skipped: there is no C++ compiler on this machine");
    }
    found
}

/// Traces a kernel; the trace is in a directory of its own.
fn trace(kernel: &Path, more: &[&str]) -> (PathBuf, Output) {
    let name = kernel.file_stem().expect("a file").to_string_lossy();
    let to = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}{}.trace", more.concat()));
    let library = kernels().with_file_name("");
    let mut command = tilesync();
    command.arg("trace").arg("--pto").arg(library).arg(kernel).arg("-o").arg(&to).args(more);
    (to, command.output().expect("runs"))
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// The findings of a trace: code and line.
fn findings(trace: &Path) -> Vec<String> {
    findings_of(&[trace.to_owned()])
}

/// Those of the traces of several sides.
fn findings_of(traces: &[PathBuf]) -> Vec<String> {
    let output = tilesync().arg("check").arg("--json").args(traces).output().expect("runs");
    let verdicts: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    let findings =
        verdicts.iter().flat_map(|verdict| verdict["findings"].as_array().expect("a list"));
    let mut found: Vec<String> = findings
        .map(|finding| {
            let site = finding["sites"].as_array().and_then(|sites| sites.last());
            let line = site.map_or(Value::Null, |site| site["at"]["line"].clone());
            format!("{} {line}", finding["code"].as_str().expect("a code"))
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

#[test]
fn each_kernel_is_judged_as_its_first_line_says() {
    if !compiler() {
        return;
    }
    let mut judged = 0;
    for file in std::fs::read_dir(kernels()).expect("the kernels") {
        let path = file.expect("a file").path();
        let source = std::fs::read_to_string(&path).expect("readable");
        let Some(expected) = source.lines().next().and_then(|line| line.strip_prefix("// ")) else {
            continue;
        };
        let (expected, note) = expected.split_once(", note: ").unwrap_or((expected, ""));
        if expected != "clean" && !expected.starts_with("TS") {
            continue;
        }
        let (trace, output) = trace(&path, &[]);
        assert!(output.status.success(), "{}: {}", path.display(), text(&output));
        let found = findings(&trace).join(", ");
        let expected = if expected == "clean" { "" } else { expected };
        assert_eq!(found, expected, "{}", path.display());
        let printed = tilesync().arg("check").arg(&trace).output().expect("runs");
        assert_eq!(
            printed.status.code(),
            Some(i32::from(!expected.is_empty())),
            "{}",
            text(&printed)
        );
        assert!(text(&printed).contains(note), "{}", text(&printed));
        judged += 1;
    }
    assert_eq!(judged, 16);
}

/// A tile of narrow elements has their type, and not one of as many bits.
#[test]
fn narrow_elements_have_their_type() {
    if !compiler() {
        return;
    }
    let (trace, output) = trace(&kernels().join("narrow.cpp"), &["-DSHOWN"]);
    assert!(output.status.success(), "{}", text(&output));
    let trace = Trace::read(std::fs::File::open(&trace).expect("a trace")).expect("readable");
    let launch = trace.launches().next().expect("a launch");
    let program = &launch.blocks[0].program;
    let names: BTreeSet<_> = program.tiles.iter().map(|tile| tile.ty.dtype.name()).collect();
    let narrow = ["f4e1m2x2", "f4e2m1x2", "f8e4m3", "f8e5m2", "hif8", "i4x2"];
    assert_eq!(names, BTreeSet::from(narrow));
}

/// Each side of a kernel is compiled and traced by itself, as the device's compiler does it, and the two are judged together.
#[test]
fn both_sides_of_a_kernel_are_judged_together() {
    if !compiler() {
        return;
    }
    let source = kernels().with_file_name("sides").join("hand_over.cpp");
    let side = |more: &[&str]| {
        let (trace, output) = trace(&source, more);
        assert!(output.status.success(), "{}", text(&output));
        trace
    };
    let cube = side(&["-D__DAV_CUBE__"]);
    let check = |vector: &Path, command: &str| {
        let output = tilesync().arg(command).arg(&cube).arg(vector).output().expect("runs");
        (output.status.code(), text(&output))
    };
    let right = side(&["-D__DAV_VEC__"]);
    let (code, report) = check(&right, "check");
    assert_eq!(code, Some(0), "{report}");
    assert!(!report.contains("not judged"), "{report}");
    let (code, report) = check(&right, "explore");
    assert_eq!(code, Some(0), "{report}");
    let wrong = side(&["-D__DAV_VEC__", "-DNO_WAIT"]);
    let (code, report) = check(&wrong, "check");
    assert_eq!(code, Some(1), "{report}");
    for part in ["error[TS019]: `TLOAD` of vector 0 reads", "error[TS021]", "hand_over.cpp:"] {
        assert!(report.contains(part), "{part}: {report}");
    }
    let (code, report) = check(&wrong, "explore");
    assert!(code == Some(1) && report.contains("Differs"), "{report}");
}

/// The programs of both sides of a kernel, and what traces them with these arguments.
struct Sides([PathBuf; 2]);

impl Sides {
    fn of(name: &str, a5: bool) -> Self {
        let source = kernels().with_file_name("sides").join(format!("{name}.cpp"));
        Sides(["-D__DAV_CUBE__", "-D__DAV_VEC__"].map(|side| {
            let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}{side}"));
            let mut command = tilesync();
            command.arg("c++").env("TILESYNC_PTO", kernels().with_file_name(""));
            command.envs(a5.then_some(("TILESYNC_A5", "1")));
            let output = command.arg(&source).arg("-o").arg(&program).args([side, "-ldl"]).output();
            let output = output.expect("runs");
            assert!(output.status.success(), "{}", text(&output));
            program
        }))
    }

    fn traced(&self, arguments: [&str; 2]) -> [PathBuf; 2] {
        self.0.clone().map(|program| {
            let trace = program.with_extension("trace");
            let mut command = Command::new(&program);
            command.env("TILESYNC_TRACE", &trace).env("TILESYNC_SUBBLOCKS", "2");
            assert!(command.args(arguments).status().expect("runs").success(), "{arguments:?}");
            trace
        })
    }
}

/// FIFOs are declared by their C++ types; what their steps say to the other side is judged as that of our own kernels is.
#[test]
fn fifos_between_the_sides_of_a_kernel_are_judged() {
    if !compiler() {
        return;
    }
    let cases: [(&str, &[&str], &str); 7] = [
        ("", &[], "schedules"),
        ("one pop less", &["TS021 62", "TS021 68"], "Stuck"),
        ("no credits", &["TS021 62"], "Stuck"),
        ("slot kept", &["TS021 46", "TS026 47"], "Stuck"),
        ("early push", &["TS019 47"], "Differs"),
        ("one flag for two", &["TS019 47", "TS022 62"], "Differs"),
        ("far ahead", &["TS026 47"], "Stuck"),
    ];
    // One program a side is compiled; its argument breaks it.
    let sides = Sides::of("fifos", false);
    for (broken, expected, shown) in cases {
        let traces = sides.traced([broken, "2"]);
        assert_eq!(findings_of(&traces), expected, "{broken}");
        let report = text(&tilesync().arg("check").args(&traces).output().expect("runs"));
        assert!(!report.contains("not judged"), "{report}");
        if broken == "far ahead" {
            assert!(report.contains("FIFO TPipe<0> is too shallow by 3: give it 5"), "{report}");
        }
        let explored = tilesync().arg("explore").args(&traces).output().expect("runs");
        assert_eq!(explored.status.code(), Some(i32::from(!broken.is_empty())), "{broken}");
        assert!(text(&explored).contains(shown), "{broken}: {}", text(&explored));
    }
    let simulated =
        tilesync().arg("simulate").args(sides.traced(["", "2"])).output().expect("runs");
    assert!(text(&simulated).contains("2 blocks on 2 clusters of 3 cores"), "{}", text(&simulated));
    // Too many cores to be judged together, which is said.
    let many = tilesync().arg("check").args(sides.traced(["", "100"])).output().expect("runs");
    assert_eq!(many.status.code(), Some(0), "{}", text(&many));
    assert!(text(&many).contains("kernel has more than 256 cores"), "{}", text(&many));
}

/// a5's FIFOs have their slots on the consumer's chip. What the library says to the other side is judged flag by flag.
#[test]
fn fifos_on_the_chip_of_the_other_side_are_judged() {
    if !compiler() {
        return;
    }
    let cases: [(&str, &[&str]); 6] = [
        ("", &[]),
        ("two turns", &["TS021 76"]),
        ("three turns", &["TS019 61"]),
        ("one pop less", &["TS021 43"]),
        ("no flag", &["TS019 43"]),
        ("one place", &["TS019 55"]),
    ];
    let sides = Sides::of("fifos_a5", true);
    for (broken, expected) in cases {
        let traces = sides.traced([broken, ""]);
        let report = text(&tilesync().arg("check").args(&traces).output().expect("runs"));
        assert_eq!(findings_of(&traces), expected, "{broken}: {report}");
        assert!(!report.contains("not judged"), "{report}");
        let explored = tilesync().arg("explore").args(&traces).output().expect("runs");
        let found = i32::from(!expected.is_empty());
        assert_eq!(explored.status.code(), Some(found), "{broken}: {}", text(&explored));
    }
}

/// `tilesync cxxflags` prints what a compiler needs; the compiler that `tilesync c++` calls takes the same sources, to objects or programs.
#[test]
fn builds_of_ones_own_trace() {
    if !compiler() {
        return;
    }
    let library = kernels().with_file_name("");
    let source = kernels().join("events.cpp");
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (object, program) = (scratch.join("own.o"), scratch.join("own"));
    let compile = |arguments: &[&std::ffi::OsStr]| {
        let mut command = tilesync();
        let output = command.arg("c++").env("TILESYNC_PTO", &library).args(arguments).output();
        let output = output.expect("runs");
        assert!(output.status.success(), "{}", text(&output));
    };
    // A flag and what it says may be two arguments.
    let wanted = scratch.join("own_include");
    std::fs::create_dir_all(&wanted).expect("writable");
    std::fs::write(wanted.join("own.hpp"), "#define EVERY_FLAG_IS_TAKEN\n").expect("writable");
    let own = ["-I".as_ref(), wanted.as_os_str(), "-include".as_ref(), "own.hpp".as_ref()];
    let of_object: [&std::ffi::OsStr; 4] =
        ["-c".as_ref(), source.as_ref(), "-o".as_ref(), object.as_ref()];
    compile(&[&own[..], &of_object].concat());
    compile(&[object.as_ref(), "-o".as_ref(), program.as_ref(), "-ldl".as_ref()]);
    let to = scratch.join("own.trace");
    let run = Command::new(&program).env("TILESYNC_TRACE", &to).status().expect("runs");
    assert!(run.success());
    assert_eq!(findings(&to), [""; 0]);

    let unset = tilesync().args(["c++", "kernel.cpp"]).env_remove("TILESYNC_PTO").output();
    let unset = unset.expect("runs");
    assert_eq!(unset.status.code(), Some(2));
    assert!(text(&unset).contains("set TILESYNC_PTO to the `include` directory"));

    let flags = tilesync().args(["cxxflags", "--chip", "a5", "--pto"]).arg(&library).output();
    let flags = text(&flags.expect("runs"));
    let has = |flag: &str| flags.split_whitespace().any(|known| known == flag);
    for flag in ["-std=c++23", "-DTILESYNC_CHIP=1", "-DTILESYNC_COMPUTE=0", "tilesync/trace.hpp"] {
        assert!(has(flag), "{flag}: {flags}");
    }
    // The directories with the headers are there.
    for directory in flags.split_whitespace().filter_map(|flag| flag.strip_prefix("-I")) {
        assert!(Path::new(directory).is_dir(), "{directory}");
    }
}

#[test]
fn what_a_kernel_did_before_it_crashed_is_judged() {
    if !compiler() {
        return;
    }
    let (trace, output) = trace(&kernels().join("crashes.cpp"), &[]);
    assert!(!output.status.success());
    assert!(text(&output).contains("the program failed"), "{}", text(&output));
    let checked = tilesync().arg("check").arg(&trace).output().expect("runs");
    let text = text(&checked);
    assert!(text.contains("kernel, block 0 and 1 alike, 3 instructions: no findings"), "{text}");
    assert!(text.contains("before the program did"), "{text}");
    assert_eq!(checked.status.code(), Some(2));
}

#[test]
fn errors_say_what_and_where() {
    let named = |command: &mut Command, what: &str| {
        let output = command.output().expect("runs");
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
        assert!(text(&output).contains(what), "{what}: {}", text(&output));
    };
    let missing = ["trace", "--pto", "nowhere", "kernel.cpp", "-o", "trace"];
    named(tilesync().args(missing), "no pto/pto-inst.hpp in nowhere");
    let to = Path::new(env!("CARGO_TARGET_TMPDIR")).join("errors.trace");
    let library = kernels().with_file_name("");
    let mut absent = tilesync();
    absent.arg("trace").arg("--pto").arg(&library).arg("absent.cpp").arg("-o").arg(&to);
    named(&mut absent, "no file absent.cpp");
    let source = kernels().join("does_not_compile.cpp");
    let mut no_compiler = tilesync();
    no_compiler.arg("trace").arg("--pto").arg(&library).arg(&source).arg("-o").arg(&to);
    named(no_compiler.env("TILESYNC_CXX", "no-such-compiler"), "cannot run no-such-compiler");
    for (bytes, what) in [
        (&b"something else"[..], "not a program"),
        (b"TILESYN\x07", "version 7"),
        (b"TILESYN\x04\x01\x05\x10", "ends at byte 11"),
        (b"TILESYN\x04\x01\x01\x7a", "no record has this tag"),
    ] {
        std::fs::write(&to, bytes).expect("writable");
        named(tilesync().arg("check").arg(&to), what);
    }
    if compiler() {
        let (_, output) = trace(&source, &[]);
        assert_eq!(output.status.code(), Some(2));
        assert!(
            text(&output).contains("does_not_compile.cpp does not compile with"),
            "{}",
            text(&output)
        );
        assert!(text(&output).contains("does_not_compile.cpp:3"), "{}", text(&output));
    }
}

#[test]
fn the_examples_say_what_the_readme_says() {
    if !compiler() {
        return;
    }
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/cpp");
    for compute in [&[][..], &["--compute"]] {
        let (clean, output) = trace(&examples.join("vec_add.cpp"), compute);
        assert!(output.status.success(), "{}", text(&output));
        assert_eq!(findings(&clean), [""; 0]);
        let (racy, output) = trace(&examples.join("vec_add_racy.cpp"), compute);
        assert!(output.status.success(), "{}", text(&output));
        assert_eq!(findings(&racy), ["TS002 32"]);
    }
}
