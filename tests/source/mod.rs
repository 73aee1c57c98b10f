//! Mechanical edits of the source of kernels, and those of them that compile.
#![allow(unreachable_pub, dead_code, reason = "each test uses its part")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What an op parameter may be changed to.
const OPS: [&str; 6] = ["TLoad", "TAdd", "TMul", "TStoreVec", "Vector", "Scalar"];
/// The operations of the algebra.
const METHODS: [&str; 12] = [
    "record", "release", "prime", "share", "unite", "wait", "join", "split", "first", "second",
    "take", "put",
];

/// A kernel with one edit.
pub struct Mutant {
    pub kernel: String,
    pub kind: &'static str,
    pub text: String,
}

/// The byte ranges of the identifiers in `text`, from `from` on.
fn words(text: &str, from: usize) -> Vec<std::ops::Range<usize>> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut words: Vec<std::ops::Range<usize>> = Vec::new();
    for (at, c) in text.char_indices().skip(from).filter(|(_, c)| word(*c)) {
        match words.last_mut() {
            Some(last) if last.end == at => last.end = at + c.len_utf8(),
            _ => words.push(at..at + c.len_utf8()),
        }
    }
    words
}

/// The values that a kernel names: its arguments and what it binds.
fn bound(text: &str, body: usize) -> BTreeSet<&str> {
    let patterns = text[body..].split("let ").skip(1).filter_map(|text| text.split('=').next());
    let names = patterns.flat_map(|pattern| {
        let pattern = pattern.split(':').next().unwrap_or(pattern);
        words(pattern, 0).into_iter().map(|word| &pattern[word])
    });
    names.filter(|name| *name != "mut").collect()
}

/// All edits of a kernel, from the first line on that starts with `from`.
pub fn mutants(kernel: &str, text: &str, from: &str) -> Vec<Mutant> {
    let body = text.find(from).expect("a kernel has a body");
    let names = bound(text, body);
    let mut mutants = Vec::new();
    let mut add = |kind, range: std::ops::Range<usize>, with: &str| {
        let mut text = text.to_owned();
        text.replace_range(range, with);
        mutants.push(Mutant { kernel: kernel.to_owned(), kind, text });
    };
    add("none", 0..0, "");
    for word in words(text, body) {
        let name = &text[word.clone()];
        let is_call = text[..word.start].ends_with('.');
        if is_call && METHODS.contains(&name) {
            let open = word.end + text[word.end..].find('(').expect("a call has arguments");
            let close = open + text[open..].find(')').expect("a call's arguments end") + 1;
            add("delete", word.start - 1..close, "");
            for other in METHODS.into_iter().filter(|other| *other != name) {
                add("other method", word.clone(), other);
            }
        } else if OPS.contains(&name) {
            for other in OPS.into_iter().filter(|other| *other != name) {
                add("other op", word.clone(), other);
            }
        } else if names.contains(name) {
            let reference = text[..word.start].ends_with('&');
            for other in names.iter().filter(|other| **other != name) {
                add("other token", word.clone(), other);
            }
            if reference {
                add("by value", word.start - 1..word.start, "");
            } else {
                add("by reference", word.start..word.start, "&");
            }
            if text[word.end..].starts_with(", ") {
                add("drop operand", word.start..word.end + 2, "");
            }
        }
    }
    let mut at = body;
    for line in text[body..].split_inclusive('\n') {
        // What closes a bracket is no statement: without it no mutant beside this one could be read.
        if line.trim_end().ends_with(';') && !line.trim_start().starts_with('}') {
            add("delete line", at..at + line.len(), "");
            add("repeat line", at..at, line);
        }
        at += line.len();
    }
    mutants
}

/// The text of the crate with some of the mutants, and the line after each mutant's last.
fn assemble(shared: &str, mutants: &[(usize, &Mutant)], main: &str) -> (String, Vec<usize>) {
    let mut text = format!("#![allow(warnings)]\n{shared}\n");
    let mut ends = Vec::new();
    for (number, mutant) in mutants {
        text.push_str(&format!("mod m{number} {{ use super::*;\n{}}}\n", mutant.text));
        ends.push(text.lines().count());
    }
    text.push_str(main);
    (text, ends)
}

/// Where the built library and what it depends on are: where this test is.
fn deps() -> PathBuf {
    let test = std::env::current_exe().expect("this test is a file");
    test.parent().expect("it is in a directory").to_owned()
}

fn rustc(file: &Path, emit: &str) -> Command {
    let libraries = std::fs::read_dir(deps()).expect("the directory of this test");
    let library = libraries.flatten().map(|entry| entry.path()).filter(|path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with("libtilesync-") && name.ends_with(".rlib")
    });
    let newest = library.max_by_key(|path| path.metadata().and_then(|data| data.modified()).ok());
    let mut command = Command::new(std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned()));
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["--edition", "2024", "--error-format", "json", emit])
        .arg("--out-dir")
        .arg(file.parent().expect("it is in a directory"))
        .arg("--extern")
        .arg(format!("tilesync={}", newest.expect("the library is built").display()))
        .arg("-L")
        .arg(format!("dependency={}", deps().display()))
        .arg(file);
    command
}

/// The lines of `file` that rustc has errors about.
fn error_lines(stderr: &str) -> Vec<usize> {
    let mut lines = Vec::new();
    for message in stderr.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        if message["level"] != "error" {
            continue;
        }
        let spans = message["spans"].as_array().cloned().unwrap_or_default();
        for mut span in spans.into_iter().filter(|span| span["is_primary"] == true) {
            while span["file_name"].as_str().is_some_and(|name| !name.contains("_mutants/mutants"))
            {
                span = span["expansion"]["span"].take();
            }
            lines.extend(span["line_start"].as_u64().map(|line| line as usize));
        }
    }
    lines
}

/// The mutants that compile.
pub fn survivors<'m>(
    shared: &str,
    mut alive: Vec<(usize, &'m Mutant)>,
    file: &Path,
) -> Vec<(usize, &'m Mutant)> {
    for _ in 0..20 {
        let (text, ends) = assemble(shared, &alive, "fn main() {}\n");
        std::fs::write(file, text).expect("the target directory can be written to");
        let output = rustc(file, "--emit=metadata").output().expect("rustc runs");
        if output.status.success() {
            return alive;
        }
        let stderr = String::from_utf8_lossy(&output.stderr);
        let lines = error_lines(&stderr);
        let wrong: BTreeSet<usize> =
            lines.iter().map(|line| ends.partition_point(|end| end < line)).collect();
        assert!(!wrong.is_empty(), "no mutant to blame for:\n{stderr}");
        let mut at = 0;
        alive.retain(|_| {
            at += 1;
            !wrong.contains(&(at - 1))
        });
    }
    panic!("the errors do not end");
}

/// Builds the mutants that compile into one program with `main` and runs it: the lines that it printed, one a mutant.
pub fn verdicts(shared: &str, alive: &[(usize, &Mutant)], main: &str, dir: &Path) -> String {
    let file = dir.join("mutants.rs");
    std::fs::write(&file, assemble(shared, alive, main).0)
        .expect("the target directory can be written to");
    let output = rustc(&file, "--emit=link").output().expect("rustc runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let output = Command::new(dir.join("mutants")).output().expect("the mutants run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let verdicts = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(verdicts.lines().count(), alive.len(), "{verdicts}");
    verdicts
}

/// The number of a mutant that is faulty, by its line.
pub fn faulty(line: &str) -> Option<usize> {
    line.strip_suffix(" faulty").map(|number| number.parse().expect("a number"))
}

/// Prints the mutants that are faulty, and fails if there are any.
pub fn none_is_faulty(verdicts: &str, all: &[Mutant]) {
    for number in verdicts.lines().filter_map(faulty) {
        println!("{}", all[number].text);
    }
    assert!(!verdicts.contains("faulty"), "{verdicts}");
}
