//! The judges on what was read.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use tilesync::exec::check::{
    Level, Verdict, check as judge, check_cluster, check_strict, needless,
};
use tilesync::exec::explore::{Exploration, explore as search, explore_cluster};
use tilesync::program::{ClusterProgram, Program};
use tilesync::trace::{Alike, Judged, Launch, Trace};

use super::Failure;
use super::input::Input;

/// Prints a line; that nobody reads on is an error, as any other.
macro_rules! say {
    ($($text:tt)*) => { writeln!(std::io::stdout(), $($text)*)? };
}

/// `tilesync check`.
pub(crate) fn check(
    files: &[PathBuf],
    json: bool,
    with_needless: bool,
    strict: bool,
) -> Result<bool, Failure> {
    match Input::open(files)? {
        Input::Program(launch) => {
            let verdict = match alone(&launch) {
                Some(program) if strict => check_strict(program),
                Some(program) => judge(program),
                None => check_cluster(&launch),
            };
            if json {
                say!("{}", serde_json::to_string_pretty(&verdict)?);
            } else {
                print(&verdict)?;
                let count: usize = launch.programs().map(|(_, core)| core.instrs.len()).sum();
                let cores = launch.programs().count();
                let cores = if cores > 1 { format!("{cores} cores, ") } else { String::new() };
                say!("{cores}{count} instructions: {}", verdict.summary());
            }
            if let (true, Some(program)) = (with_needless, alone(&launch)) {
                print_needless(program)?;
            }
            Ok(verdict.is_clean())
        }
        Input::Trace(trace) => {
            let judged = if strict { trace.check_strict() } else { trace.check() };
            if json {
                let of = |launch: &Judged<'_>| {
                    let blocks = launch.blocks.iter().map(|alike| alike.verdict.clone());
                    blocks.chain([launch.between.clone()]).collect::<Vec<_>>()
                };
                let verdicts: Vec<_> = judged.iter().flat_map(of).collect();
                say!("{}", serde_json::to_string_pretty(&verdicts)?);
            } else {
                for launch in &judged {
                    print_launch(launch, with_needless)?;
                }
            }
            whole(&trace)?;
            Ok(judged.iter().all(Judged::is_clean))
        }
    }
}

/// The program of a launch of one core that is no core of a cluster.
fn alone(launch: &ClusterProgram) -> Option<&Program> {
    let mut programs = launch.programs().map(|(_, program)| program);
    programs.next().filter(|program| program.core.is_none() && programs.next().is_none())
}

fn print_launch(launch: &Judged<'_>, with_needless: bool) -> Result<(), Failure> {
    for alike in &launch.blocks {
        print(&alike.verdict)?;
        for note in &alike.blocks[0].notes {
            say!("note: {note}");
        }
        say!("{}: {}", heading(launch, alike), alike.verdict.summary());
        if with_needless {
            print_needless(&alike.blocks[0].program)?;
        }
    }
    if launch.apart {
        let (name, most) = (name(launch.launch), Judged::MOST_CORES);
        say!(
            "note: {name} has more than {most} cores: each block was judged alone, and not what blocks do to each other"
        );
    }
    if !launch.between.findings.is_empty() {
        print(&launch.between)?;
        say!("{}, all blocks: {}", name(launch.launch), launch.between.summary());
    }
    Ok(())
}

fn print(verdict: &Verdict) -> Result<(), Failure> {
    let text = verdict.rendered(std::io::stdout().is_terminal());
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

fn print_needless(program: &Program) -> Result<(), Failure> {
    for unit in needless(program) {
        say!("{unit}");
    }
    Ok(())
}

/// A trace that is not whole is judged as far as it goes, and is an error then.
fn whole(trace: &Trace) -> Result<(), Failure> {
    trace.cut().map_or(Ok(()), |cut| Err(cut.to_string().into()))
}

/// The kernel's name. What the host called without a launch has none.
pub(super) fn name(launch: &Launch) -> &str {
    if launch.name.is_empty() { "no launch" } else { &launch.name }
}

/// The kernel and its blocks, in a few words.
fn heading(launch: &Judged<'_>, alike: &Alike<'_>) -> String {
    let (first, count) = (&alike.blocks[0], alike.blocks.len());
    let which = match first.index {
        (block, 0) => format!("block {block}"),
        (block, sub) => format!("block {block}.{sub}"),
    };
    let others = if count > 1 { format!(" and {} alike", count - 1) } else { String::new() };
    format!("{}, {which}{others}, {} instructions", name(launch.launch), first.program.instrs.len())
}

/// `tilesync explore`.
pub(crate) fn explore(files: &[PathBuf], schedules: u64) -> Result<bool, Failure> {
    let of = |exploration: Exploration, name: &str| -> Result<bool, Failure> {
        say!("{name}: {} schedules", exploration.schedules);
        if let Some(left_out) = &exploration.left_out {
            say!("  left out: {left_out}");
        }
        for failure in &exploration.failures {
            say!("  {:?} on the schedule {}", failure.kind, failure.schedule);
        }
        Ok(exploration.failures.iter().all(|failure| failure.kind.level() != Level::Error))
    };
    match Input::open(files)? {
        Input::Program(launch) => match alone(&launch) {
            Some(program) => of(search(program, schedules), "program"),
            None => of(explore_cluster(&launch, schedules), "launch"),
        },
        Input::Trace(trace) => {
            let mut clean = true;
            for launch in trace.check() {
                if let Some(cluster) = launch.launch.cluster() {
                    clean &= of(explore_cluster(&cluster, schedules), name(launch.launch))?;
                    continue;
                }
                for alike in &launch.blocks {
                    let exploration = search(&alike.blocks[0].program, schedules);
                    clean &= of(exploration, &heading(&launch, alike))?;
                }
            }
            whole(&trace)?;
            Ok(clean)
        }
    }
}

/// `tilesync show`.
pub(crate) fn show(files: &[PathBuf]) -> Result<bool, Failure> {
    match Input::open(files)? {
        Input::Program(launch) => match alone(&launch) {
            Some(program) => say!("{program}"),
            None => say!("{launch}"),
        },
        Input::Trace(trace) => {
            for launch in trace.check() {
                for alike in &launch.blocks {
                    say!("{}", heading(&launch, alike));
                    say!("{}", alike.blocks[0].program);
                }
            }
            whole(&trace)?;
        }
    }
    Ok(true)
}
