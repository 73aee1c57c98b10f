//! Says how long a kernel takes on a device that need not be there.
//!
//! ```text
//! cargo run --release --example forecast -- gemm m=1536 k=1536 n=1536
//! cargo run --release --example forecast -- op TADD rows=64 cols=64 dtype=f16
//! ```
//!
//! One line a case: the time, and how busy each pipe is; with `--json` one object, with `--report` all that is known. `--html=FILE`
//! draws the timeline.

mod kernels;

use std::process::ExitCode;

use kernels::{Case, Failure};
use tilesync::op::Pipe;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(2)
        }
    }
}

fn run(words: &[String]) -> Result<(), Failure> {
    let (flags, keys): (Vec<_>, Vec<_>) =
        words.iter().map(String::as_str).partition(|word| word.starts_with("--"));
    let html = flags.iter().find_map(|word| word.strip_prefix("--html="));
    let known = |word: &&str| ["--json", "--report"].contains(word) || word.starts_with("--html=");
    if let Some(unknown) = flags.iter().find(|word| !known(word)) {
        return Err(format!("`{unknown}` is not --json, --report or --html=FILE").into());
    }
    let (kernel, keys) = keys.split_first().ok_or("say a kernel: `gemm m=1536 k=1536 n=1536`")?;
    let case = kernels::forecast(kernel, keys)?;
    if flags.contains(&"--json") {
        println!("{}", json(kernel, &case));
    } else {
        println!("{}", line(kernel, keys, &case));
    }
    if flags.contains(&"--report") {
        println!("\n{}", case.forecast);
    }
    if let Some(path) = html {
        std::fs::write(path, case.forecast.timeline().html())?;
    }
    Ok(())
}

/// The pipes that do anything, and the share of the time in which they run ops.
fn busy(case: &Case) -> Vec<(&'static str, f64)> {
    let share = |pipe: Pipe| (pipe.short(), case.busy(pipe));
    Pipe::ALL.into_iter().map(share).filter(|(_, busy)| *busy > 0.0).collect()
}

fn line(kernel: &str, keys: &[&str], case: &Case) -> String {
    let busy = busy(case).into_iter().map(|(pipe, busy)| format!("{pipe} {:.1} %", 100.0 * busy));
    let busy: Vec<_> = busy.collect();
    format!(
        "{kernel} {}: {:.2} us, {:.0} cycles, {}",
        keys.join(" "),
        case.us,
        case.cycles,
        busy.join(", ")
    )
}

fn json(kernel: &str, case: &Case) -> String {
    let busy = busy(case).into_iter().map(|(pipe, busy)| format!("\"{pipe}\": {busy:.4}"));
    let busy: Vec<_> = busy.collect();
    format!(
        "{{\"kernel\": \"{kernel}\", \"us\": {:.4}, \"cycles\": {:.1}, \"busy\": {{{}}}}}",
        case.us,
        case.cycles,
        busy.join(", ")
    )
}
