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
    println!("{:36}  {:^33}  {:^33}", "", "1 thread", "2 threads");
    let columns = format!("{:>9} {:>9} {:>6}        ", "ours", "limit", "share");
    println!("{:36}  {columns}  {columns}", "case");
}

/// Whether the arguments on the command line, each a part of the names of some cases, want this one.
pub(crate) fn wanted(case: &str) -> bool {
    let mut parts = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).peekable();
    parts.peek().is_none() || parts.any(|part| case.contains(&part))
}

/// Measures a kernel and its limit, which both do `work` units, on one thread and on two, and prints the row. Returns whether
/// the case is wanted.
pub(crate) fn row(
    case: &str,
    unit: Unit,
    work: f64,
    mut ours: impl FnMut() + Send,
    mut limit: impl FnMut() + Send,
) -> bool {
    if !wanted(case) {
        return false;
    }
    print!("{case:36}");
    for threads in [1, 2] {
        eprintln!("measuring {case}, threads: {threads}");
        let [ours, limit] = on_threads(threads, || in_turns(ROUNDS, [&mut ours, &mut limit]))
            .map(|time| work / time / 1e9);
        print!("  {ours:9.2} {limit:9.2} {:5.0}% {:7}", ours / limit * 100.0, unit.name());
    }
    println!();
    // What is measured next may take a while.
    std::io::stdout().flush().expect("a table can be printed");
    true
}
