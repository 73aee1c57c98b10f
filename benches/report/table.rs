//! Rows of the table.

use std::io::Write;

use crate::measure::{in_turns, on_threads};

/// How often each candidate runs.
const ROUNDS: usize = 15;

/// What a kernel is measured in, in billions a second.
#[derive(Clone, Copy)]
pub(crate) enum Unit {
    /// Bytes that are read or written.
    Bytes,
    /// Additions and multiplications.
    Operations,
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Unit::Bytes => "GB/s",
            Unit::Operations => "GFLOP/s",
        }
    }
}

/// Prints the head of the table.
pub(crate) fn head() {
    println!("{:36}  {:^49}  {:^49}", "", "1 thread", "2 threads");
    let columns = format!(
        "{:>9} {:>8} {:>6} {:>9} {:>6}        ",
        "ours", "limit", "share", "beside", "share"
    );
    println!("{:36}  {columns}  {columns}", "case");
}

/// Whether the arguments on the command line, each a part of the names of some cases, want this one.
pub(crate) fn wanted(case: &str) -> bool {
    let mut parts = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).peekable();
    parts.peek().is_none() || parts.any(|part| case.contains(&part))
}

/// A candidate of a row.
pub(crate) type Candidate<'a> = &'a mut (dyn FnMut() + Send);

/// Measures a kernel, its limit and what it is compared with, which all do `work` units, on one thread and on two, and prints the row.
/// Returns whether the case is wanted.
pub(crate) fn row(
    case: &str,
    unit: Unit,
    work: f64,
    [ours, limit, beside]: [Candidate<'_>; 3],
) -> bool {
    if !wanted(case) {
        return false;
    }
    print!("{case:36}");
    for threads in [1, 2] {
        eprintln!("measuring {case}, threads: {threads}");
        let times = on_threads(threads, || in_turns(ROUNDS, [ours, limit, beside]));
        let [ours, limit, beside] = times.map(|time| work / time / 1e9);
        print!("  {ours:9.2}");
        for other in [limit, beside] {
            print!(" {other:8.2} {:5.0}%", ours / other * 100.0);
        }
        print!("  {:7}", unit.name());
    }
    println!();
    // What is measured next may take a while.
    std::io::stdout().flush().expect("a table can be printed");
    true
}
