//! `tilesync check FILE` judges a program that `Program::save` has written; `tilesync explain TS001` prints a code's page.

use std::fs::File;
use std::io::{BufReader, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tilesync::exec::check::{Code, check, needless};
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
    /// Checks a program for races, deadlocks and misused flags. Exit code: 0 no errors (there may be warnings), 1 errors found,
    /// 2 unreadable.
    Check {
        /// The program, as `Program::save` writes it.
        file: PathBuf,
        /// Print the findings as JSON.
        #[arg(long)]
        json: bool,
        /// Of a clean program, also print the flags and barriers that no schedule needs.
        #[arg(long, conflicts_with = "json")]
        needless: bool,
    },
    /// Explains a code, such as TS001.
    Explain {
        /// The code.
        code: String,
    },
}

fn main() -> ExitCode {
    let outcome = match Args::parse().command {
        Command::Check { file, json, needless } => {
            judge(&file, json, needless).map_err(|error| format!("{}: {error}", file.display()))
        }
        Command::Explain { code } => explain(&code),
    };
    match outcome {
        Ok(clean) => ExitCode::from(u8::from(!clean)),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn judge(file: &Path, json: bool, with_needless: bool) -> Result<bool, Box<dyn std::error::Error>> {
    let program = Program::load(BufReader::new(File::open(file)?))?;
    let verdict = check(&program);
    if json {
        println!("{}", serde_json::to_string_pretty(&verdict)?);
    } else {
        print!("{}", verdict.rendered(std::io::stdout().is_terminal()));
        println!("{} instructions: {}", program.instrs.len(), verdict.summary());
    }
    if with_needless {
        for unit in needless(&program) {
            println!("{unit}");
        }
    }
    Ok(verdict.is_clean())
}

fn explain(code: &str) -> Result<bool, String> {
    let known = Code::ALL.iter().find(|known| known.id() == code);
    let known = known.ok_or_else(|| format!("there is no code `{code}`"))?;
    let hidden = |line: &&str| !line.starts_with("# ");
    for line in known.page().lines().filter(hidden) {
        println!("{line}");
    }
    Ok(true)
}
