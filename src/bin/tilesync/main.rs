//! `tilesync trace` runs a C++ kernel and writes down what it issues; `check`, `explore` and `show` read that, or a program that
//! `Program::save` has written; `tilesync simulate` says how long it takes; `tilesync explain TS001` prints a code's page.

mod compile;
mod header;
mod input;
mod rewrite;
mod run;
mod simulate;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args as Arguments, Parser, Subcommand, ValueEnum};
use tilesync::exec::check::Code;

/// What stops the command, in words.
type Failure = Box<dyn std::error::Error>;

/// Judges tile programs, and C++ kernels.
#[derive(Parser)]
#[command(version)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Compiles a C++ kernel with its host, runs it, and writes down what it issues.
    Trace {
        #[command(flatten)]
        cpp: Cpp,
        /// The sources: the kernel's and its host's.
        #[arg(required = true)]
        sources: Vec<PathBuf>,
        /// Where the trace goes.
        #[arg(short, long)]
        output: PathBuf,
        /// A directory with headers.
        #[arg(short = 'I', value_name = "DIR")]
        include: Vec<String>,
        /// A macro, as NAME or NAME=VALUE.
        #[arg(short = 'D', value_name = "MACRO")]
        define: Vec<String>,
        /// Any other flag for the compiler.
        #[arg(long = "flag", value_name = "FLAG", allow_hyphen_values = true)]
        flags: Vec<String>,
        /// What the program is given.
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Compiles as the C++ compiler does, for builds of one's own: `CXX="tilesync c++"`. Takes the compiler's arguments.
    #[command(name = "c++")]
    Compile {
        /// The compiler's arguments.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Prints the flags that make a C++ compiler trace. Launches as `kernel<<<..>>>(..)` need `tilesync c++` besides.
    Cxxflags {
        #[command(flatten)]
        cpp: Cpp,
    },
    /// Checks a program or a trace for races, deadlocks and misused flags. Exit code: 0 no errors (there may be warnings), 1 errors
    /// found, 2 unreadable.
    Check {
        /// A trace, or a program as `Program::save` writes it; or the traces of both sides of a kernel, compiled with
        /// `-D __DAV_CUBE__` and `-D __DAV_VEC__`.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Print the findings as JSON.
        #[arg(long)]
        json: bool,
        /// Of a clean program, also print the flags and barriers that no schedule needs.
        #[arg(long, conflicts_with = "json")]
        needless: bool,
        /// Read flags strictly, as if a device told them by the pipe that sets them and the id alone: TS027.
        #[arg(long)]
        strict_flags: bool,
    },
    /// Runs a program, or the blocks of a trace, under all schedules, as far as the limit allows.
    Explore {
        /// What `check` takes.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// How many schedules of a program are run.
        #[arg(long, default_value_t = 1000)]
        schedules: u64,
    },
    /// Prints a program, or those of a trace, one line an op.
    Show {
        /// What `check` takes.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Says how long a program, or each kernel of a trace, takes on a chip, and why.
    Simulate(simulate::Options),
    /// Explains a code, such as TS001.
    Explain {
        /// The code.
        code: String,
    },
}

/// How C++ is compiled.
#[derive(Arguments, Clone, Debug)]
struct Cpp {
    /// The `include` directory of the PTO library.
    #[arg(long, env = "TILESYNC_PTO")]
    pto: PathBuf,
    /// The chip that the kernel is for.
    #[arg(long, value_enum, default_value_t = Chip::A2a3)]
    chip: Chip,
    /// Compute, as the library's simulator does, and do not only record: for kernels that look at their data.
    #[arg(long)]
    compute: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Chip {
    A2a3,
    A5,
}

fn main() -> ExitCode {
    let outcome = match Args::parse().command {
        Command::Trace { cpp, sources, output, include, define, mut flags, arguments } => {
            flags.extend(include.iter().map(|directory| format!("-I{directory}")));
            flags.extend(define.iter().map(|name| format!("-D{name}")));
            compile::trace(&cpp, &sources, &flags, &output, &arguments)
        }
        Command::Compile { arguments } => compile::as_compiler(&arguments),
        Command::Cxxflags { cpp } => compile::print_flags(&cpp),
        Command::Check { files, json, needless, strict_flags } => {
            run::check(&files, json, needless, strict_flags)
        }
        Command::Explore { files, schedules } => run::explore(&files, schedules),
        Command::Show { files } => run::show(&files),
        Command::Simulate(options) => simulate::simulate(&options),
        Command::Explain { code } => explain(&code),
    };
    match outcome {
        Ok(clean) => ExitCode::from(u8::from(!clean)),
        Err(error) => {
            // Whoever reads the output has enough of it.
            let enough = error.downcast_ref::<std::io::Error>();
            if enough.is_none_or(|error| error.kind() != std::io::ErrorKind::BrokenPipe) {
                eprintln!("error: {error}");
            }
            ExitCode::from(2)
        }
    }
}

fn explain(code: &str) -> Result<bool, Failure> {
    let known = Code::ALL.iter().find(|known| known.id() == code);
    let known = known.ok_or_else(|| format!("there is no code `{code}`"))?;
    let hidden = |line: &&str| !line.starts_with("# ");
    for line in known.page().lines().filter(hidden) {
        println!("{line}");
    }
    Ok(true)
}
