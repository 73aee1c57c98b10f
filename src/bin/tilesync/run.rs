//! The judges on what was read.

use std::io::IsTerminal;
use std::path::Path;

use tilesync::exec::check::{Verdict, check as judge, needless};
use tilesync::exec::explore::explore as search;
use tilesync::program::Program;
use tilesync::trace::{Alike, Judged, Trace};

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
                let of = |launch: &Judged<'_>| {
                    let blocks = launch.blocks.iter().map(|alike| alike.verdict.clone());
                    blocks.chain([launch.between.clone()]).collect::<Vec<_>>()
                };
                let verdicts: Vec<_> = judged.iter().flat_map(of).collect();
                println!("{}", serde_json::to_string_pretty(&verdicts)?);
            } else {
                for launch in &judged {
                    print_launch(launch, with_needless);
                }
            }
            whole(&trace)?;
            Ok(judged.iter().all(Judged::is_clean))
        }
    }
}

fn print_launch(launch: &Judged<'_>, with_needless: bool) {
    for alike in &launch.blocks {
        print(&alike.verdict);
        for note in &alike.blocks[0].notes {
            println!("note: {note}");
        }
        println!("{}: {}", heading(launch, alike), alike.verdict.summary());
        if with_needless {
            print_needless(&alike.blocks[0].program);
        }
    }
    if !launch.between.findings.is_empty() {
        print(&launch.between);
        println!("{}, all blocks: {}", name(launch), launch.between.summary());
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

fn name<'l>(launch: &'l Judged<'_>) -> &'l str {
    if launch.launch.name.is_empty() { "kernel" } else { &launch.launch.name }
}

/// The kernel and its blocks, in a few words.
fn heading(launch: &Judged<'_>, alike: &Alike<'_>) -> String {
    let (first, count) = (&alike.blocks[0], alike.blocks.len());
    let which = match first.index {
        (block, 0) => format!("block {block}"),
        (block, sub) => format!("block {block}.{sub}"),
    };
    let others = if count > 1 { format!(" and {} alike", count - 1) } else { String::new() };
    format!("{}, {which}{others}, {} instructions", name(launch), first.program.instrs.len())
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
        exploration
            .failures
            .iter()
            .all(|failure| failure.kind.level() != tilesync::exec::check::Level::Error)
    };
    match Input::open(file)? {
        Input::Program(program) => Ok(of(&program, "program")),
        Input::Trace(trace) => {
            let mut clean = true;
            for launch in trace.check() {
                for alike in &launch.blocks {
                    clean &= of(&alike.blocks[0].program, &heading(&launch, alike));
                }
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
            for launch in trace.check() {
                for alike in &launch.blocks {
                    println!("{}", heading(&launch, alike));
                    print!("{}", alike.blocks[0].program);
                }
            }
            whole(&trace)?;
        }
    }
    Ok(true)
}
