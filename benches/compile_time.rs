//! How long `cargo check` takes for a kernel of 50, 200, 800 and 3,200 ops.
//!
//! ```text
//! cargo bench --bench compile_time
//! ```
//!
//! Makes a package in the target directory, checks it once so that its dependencies are built, and then times the check of
//! each kernel alone.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// A kernel of `ops` ops: rounds of load, load, add, and store, with ping-pong by hand.
fn source(ops: usize) -> String {
    let mut body = String::new();
    for round in 0..ops / 4 {
        let _ = write!(
            body,
            "
    let x = tload(a, &input.tile({round}, 0)).record::<TAdd>();
    let y = tload(b, &input.tile({round}, 1)).record::<TAdd>();
    let z = tadd(c, &x, &y).record::<TStoreVec>();
    c = tstore(&output.tile({round}, 0), z).release::<TAdd>();
    a = x.release::<TLoad>();
    b = y.release::<TLoad>();"
        );
    }
    format!(
        "use tilesync::prelude::*;

#[derive(Buffers)]
pub struct Ub<'k> {{
    a: VecTile<'k, f32, 64, 64>,
    b: VecTile<'k, f32, 64, 64>,
    c: VecTile<'k, f32, 64, 64>,
}}

#[kernel]
pub fn long<'k>(ub: Ub<'k>, input: GlobalIn<'k, f32>, output: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {{
    let mut a = ub.a.prime::<TAdd, TLoad>();
    let mut b = ub.b.prime::<TAdd, TLoad>();
    let mut c = ub.c.prime::<TStoreVec, TAdd>();
{body}
    Ub::retire(UbTokens {{ a, b, c }})
}}
"
    )
}

fn check(package: &Path) -> Result<f64, Box<dyn Error>> {
    let start = Instant::now();
    let output =
        Command::new(env!("CARGO")).args(["check", "--quiet"]).current_dir(package).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(start.elapsed().as_secs_f64())
}

fn main() -> Result<(), Box<dyn Error>> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile_time");
    fs::create_dir_all(package.join("src"))?;
    let manifest = format!(
        "[package]\nname = \"long\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n\
         [dependencies]\ntilesync = {{ path = {root:?} }}\n"
    );
    fs::write(package.join("Cargo.toml"), manifest)?;
    fs::copy(Path::new(root).join("Cargo.lock"), package.join("Cargo.lock"))?;
    let lib = package.join("src/lib.rs");
    fs::write(&lib, source(4))?;
    check(&package)?;

    println!("cargo check of one kernel, median of 3");
    println!("   ops   seconds   ms an op");
    for ops in [50, 200, 800, 3200] {
        let mut times = [0.0; 3];
        for (round, time) in times.iter_mut().enumerate() {
            fs::write(&lib, format!("{}\n// {round}\n", source(ops)))?;
            *time = check(&package)?;
        }
        times.sort_by(f64::total_cmp);
        println!("{ops:6}  {:8.2}  {:9.2}", times[1], times[1] / ops as f64 * 1e3);
    }
    Ok(())
}
