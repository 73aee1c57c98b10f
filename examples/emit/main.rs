//! The C++ of an example's kernel, for the device.
//!
//! ```text
//! cargo run --release --example emit -- softmax [FILE]
//! ```
//!
//! Without a name, or with `--help`, it lists the examples that have a kernel. The C++ goes to FILE, or to the terminal; what was found goes
//! to the terminal's second stream.

mod kernels;

use std::error::Error;
use std::io::Write as _;
use std::process::ExitCode;

use kernels::{NAMES, Size, Write};

fn run() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let name = args.next().filter(|name| !matches!(&name[..], "-h" | "--help"));
    let Some(name) = name else {
        println!("cargo run --release --example emit -- NAME [FILE]");
        println!(
            "writes the C++ of the kernel of example NAME to FILE, or to the terminal. NAME is one of"
        );
        println!("  {}", NAMES.join("\n  "));
        println!(
            "The example csr_gather has none, and says why: its data says how often it loops."
        );
        return Ok(());
    };
    let emitted = kernels::launch(&name, Size::Full, Write)??;
    match args.next() {
        Some(file) => std::fs::write(&file, emitted.source())
            .map_err(|error| format!("cannot write {file}: {error}"))?,
        None => std::io::stdout().write_all(emitted.source().as_bytes())?,
    }
    eprint!("{}", emitted.summary());
    Ok(())
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
