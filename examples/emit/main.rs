//! The C++ of an example's kernel, for the device.
//!
//! ```text
//! cargo run --release --example emit -- softmax [FILE]
//! ```
//!
//! Without a name it lists the examples that have a kernel. The C++ goes to FILE, or to the terminal; what was found goes to the terminal's
//! second stream.

mod kernels;

use std::error::Error;
use std::process::ExitCode;

use kernels::{NAMES, Size, Write};

fn run() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let Some(name) = args.next() else {
        println!("cargo run --release --example emit -- NAME [FILE], where NAME is one of");
        for name in NAMES {
            println!("  {name}");
        }
        return Ok(());
    };
    let emitted = kernels::launch(&name, Size::Full, Write)??;
    match args.next() {
        Some(file) => std::fs::write(&file, emitted.source())?,
        None => print!("{}", emitted.source()),
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
