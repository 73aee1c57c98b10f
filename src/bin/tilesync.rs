//! `tilesync check FILE`: judges a program that `Program::save` has written.

use std::fs::File;
use std::io::{BufReader, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tilesync::exec::check::check;
use tilesync::program::Program;

/// Judges recorded tile programs.
#[derive(Parser)]
#[command(version)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Checks a program for races, deadlocks and misused flags. Exit code: 0 clean, 1 errors found, 2 unreadable.
    Check {
        /// The program, as `Program::save` writes it.
        file: PathBuf,
        /// Print the findings as JSON.
        #[arg(long)]
        json: bool,
    },
}

fn main() -> ExitCode {
    let Command::Check { file, json } = Args::parse().command;
    match judge(&file, json) {
        Ok(clean) => ExitCode::from(u8::from(!clean)),
        Err(error) => {
            eprintln!("error: {}: {error}", file.display());
            ExitCode::from(2)
        }
    }
}

fn judge(file: &PathBuf, json: bool) -> Result<bool, Box<dyn std::error::Error>> {
    let program = Program::load(BufReader::new(File::open(file)?))?;
    let verdict = check(&program);
    if json {
        println!("{}", serde_json::to_string_pretty(&verdict)?);
    } else {
        print!("{}", verdict.rendered(std::io::stdout().is_terminal()));
        println!("{} instructions, {} findings", program.instrs.len(), verdict.findings.len());
    }
    Ok(verdict.is_clean())
}
