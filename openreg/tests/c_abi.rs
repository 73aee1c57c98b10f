//! Every symbol and every defect of the reference, from C and from C++.
//!
//! Each case of the programs in `c/` runs in a process of its own with a time limit, so that one that
//! hangs or crashes is a failed case and not the end of the run.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(60);

#[test]
fn streams_from_c() {
    run_cases("streams.c", false);
}

#[test]
fn crowds_from_c() {
    run_cases("crowds.c", false);
}

#[test]
fn events_from_c() {
    run_cases("events.c", false);
}

#[test]
fn memory_from_c() {
    run_cases("memory.c", false);
}

#[test]
fn forks_from_c() {
    run_cases("forks.c", false);
}

#[test]
fn functions_from_cpp() {
    run_cases("functions.cpp", true);
}

#[test]
fn user_code_from_cpp() {
    run_cases("user_code.cpp", true);
}

#[test]
fn the_library_exports_what_the_header_declares_and_nothing_else() {
    let Ok(output) = Command::new("nm").args(["-D", "--defined-only"]).arg(library()).output()
    else {
        println!("skipped: there is no nm");
        return;
    };
    let listing = String::from_utf8(output.stdout).unwrap();
    let mut exported: Vec<&str> =
        listing.lines().filter_map(|line| line.split_whitespace().last()).collect();
    exported.sort_unstable();
    let header = include_str!("../include/openreg.h");
    let declared = header.split("orError_t or").skip(1).filter_map(|rest| rest.split_once('('));
    let mut expected: Vec<String> = declared
        .map(|(name, _)| format!("or{name}"))
        .filter(|name| name != "orLaunchKernel")
        .collect();
    expected.push("_ZN7openreg15addTaskToStreamEP8orStreamSt8functionIFvvEE".to_owned());
    expected.sort_unstable();
    assert_eq!(exported, expected);
    assert_eq!(expected.len(), 30);
}

/// The cdylib, which lies next to the test programs.
fn library() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.with_file_name("libopenreg.so")
}

fn run_cases(source: &str, cpp: bool) {
    let Some(program) = build(source, cpp) else {
        println!("skipped: there is no compiler for {source}");
        return;
    };
    let listing = Command::new(&program).output().expect("the program lists its cases");
    let names = String::from_utf8(listing.stdout).unwrap();
    assert!(!names.is_empty(), "{source} has no cases");
    let failed: Vec<String> = names.lines().filter_map(|case| failure(&program, case)).collect();
    println!("{} cases of {source}", names.lines().count());
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
}

/// Builds a program against the header and the library; `None` where there is no compiler.
fn build(source: &str, cpp: bool) -> Option<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let library = library();
    let folder = library.parent()?;
    let program = folder.join(source.replace('.', "_"));
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let compiler = cc::Build::new()
        .cpp(cpp)
        .opt_level(1)
        .host(&target)
        .target(&target)
        .cargo_metadata(false)
        .out_dir(folder)
        .warnings(true)
        .warnings_into_errors(true)
        .include(here.join("include"))
        .try_get_compiler()
        .ok()?;
    let mut command = compiler.to_command();
    command.arg(here.join("tests/c").join(source)).arg("-o").arg(&program);
    command.arg(&library).arg(format!("-Wl,-rpath,{}", folder.display())).arg("-pthread");
    let output = command.output().ok()?;
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{source} does not build:\n{messages}");
    Some(program)
}

/// Runs one case; what went wrong, if something did.
fn failure(program: &Path, case: &str) -> Option<String> {
    let child = Command::new(program)
        .arg(case)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let (ended, message) = wait(child);
    (!ended).then(|| format!("{case}: {}", message.trim()))
}

/// Whether the child succeeded, and what it said if not.
fn wait(mut child: Child) -> (bool, String) {
    let start = Instant::now();
    loop {
        match child.try_wait().unwrap() {
            Some(_) => {
                let output = child.wait_with_output().unwrap();
                let said = String::from_utf8_lossy(&output.stderr);
                return (output.status.success(), format!("{} {said}", output.status));
            }
            None if start.elapsed() > LIMIT => {
                child.kill().unwrap();
                child.wait().unwrap();
                return (false, format!("not done after {LIMIT:?}"));
            }
            None => thread::sleep(Duration::from_millis(2)),
        }
    }
}
