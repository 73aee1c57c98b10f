//! The judges on what was read.

use std::io::IsTerminal;
use std::path::Path;

use tilesync::exec::check::{Verdict, check as judge, needless};
use tilesync::exec::explore::explore as search;
use tilesync::program::Program;
use tilesync::trace::{Judged, Trace};

use super::Failure;
use super::input::Input;

/// `tilesync check`.
pub(crate) fn check(file: &Path, json: bool, with_needless: bool) -> Result<bool, Failure> {
    match Input::open(file)? {
        Input::Program(program) => {
            let verdict = judge(&program);
            if json {
                println!("{}", serde_json::to_string_pretty(&verdict)?);
            } else {
                print(&verdict);
                println!("{} instructions: {}", program.instrs.len(), verdict.summary());
            }
            if with_needless {
                print_needless(&program);
            }
            Ok(verdict.is_clean())
        }
        Input::Trace(trace) => {
            let judged = trace.check();
            if json {
                let verdicts: Vec<_> = judged.iter().map(|judged| &judged.verdict).collect();
                println!("{}", serde_json::to_string_pretty(&verdicts)?);
            } else {
                for judged in &judged {
                    print(&judged.verdict);
                    for note in &judged.blocks[0].notes {
                        println!("note: {note}");
                    }
                    println!("{}: {}", heading(judged), judged.verdict.summary());
                    if with_needless {
                        print_needless(&judged.blocks[0].program);
                    }
                }
            }
            whole(&trace)?;
            Ok(judged.iter().all(|judged| judged.verdict.is_clean()))
        }
    }
}

fn print(verdict: &Verdict) {
    print!("{}", verdict.rendered(std::io::stdout().is_terminal()));
}

fn print_needless(program: &Program) {
    for unit in needless(program) {
        println!("{unit}");
    }
}

/// A trace that is not whole is judged as far as it goes, and is an error then.
fn whole(trace: &Trace) -> Result<(), Failure> {
    trace.cut().map_or(Ok(()), |cut| Err(cut.to_string().into()))
}

/// The kernel and its blocks, in a few words.
fn heading(judged: &Judged<'_>) -> String {
    let (first, count) = (&judged.blocks[0], judged.blocks.len());
    let name = if judged.launch.name.is_empty() { "kernel" } else { &judged.launch.name };
    let which = match first.index {
        (block, 0) => format!("block {block}"),
        (block, sub) => format!("block {block}.{sub}"),
    };
    let alike = if count > 1 { format!(" and {} alike", count - 1) } else { String::new() };
    format!("{name}, {which}{alike}, {} instructions", first.program.instrs.len())
}

/// `tilesync explore`.
pub(crate) fn explore(file: &Path, schedules: u64) -> Result<bool, Failure> {
    let of = |program: &Program, name: &str| {
        let exploration = search(program, schedules);
        println!("{name}: {} schedules", exploration.schedules);
        if let Some(left_out) = &exploration.left_out {
            println!("  left out: {left_out}");
        }
        for failure in &exploration.failures {
            println!("  {:?} on the schedule {}", failure.kind, failure.schedule);
        }
        exploration.failures.iter().all(|failure| failure.kind.level() != tilesync::exec::check::Level::Error)
    };
    match Input::open(file)? {
        Input::Program(program) => Ok(of(&program, "program")),
        Input::Trace(trace) => {
            let mut clean = true;
            for judged in trace.check() {
                clean &= of(&judged.blocks[0].program, &heading(&judged));
            }
            whole(&trace)?;
            Ok(clean)
        }
    }
}

/// `tilesync show`.
pub(crate) fn show(file: &Path) -> Result<bool, Failure> {
    match Input::open(file)? {
        Input::Program(program) => print!("{program}"),
        Input::Trace(trace) => {
            for judged in trace.check() {
                println!("{}", heading(&judged));
                print!("{}", judged.blocks[0].program);
            }
            whole(&trace)?;
        }
    }
    Ok(true)
}
