//! The first kernel: `z = x + y` on 16 Mi elements.
//!
//! ```text
//! cargo run --release --example vec_add [-- X.npy [Y.npy]]
//! ```
//!
//! Each block loads a 64 x 64 tile of `x` and one of `y`, adds them on the vector pipe, and stores the sum. Three pipes are at
//! work, and each hands its tile to the next through an event: forget one, and this file does not compile.

mod npy;

use std::error::Error;
use std::process::ExitCode;
use std::time::Instant;

use tilesync::prelude::*;

/// The on-chip memory plan: three tiles of 16 KiB in the unified buffer. Too big for the chip is a compile error.
#[derive(Buffers)]
pub(crate) struct Ub<'k> {
    a: VecTile<'k, f32, 64, 64>,
    b: VecTile<'k, f32, 64, 64>,
    c: VecTile<'k, f32, 64, 64>,
}

#[kernel]
pub(crate) fn vec_add<'k>(
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalIn<'k, f32>,
    z: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    // An event names its producer and its consumer, and owns the tile that it stands for.
    let e0: Event<TLoad, TAdd, _> = tload(ub.a, &x.tile(0, 0)).record();
    let e1: Event<TLoad, TAdd, _> = tload(ub.b, &y.tile(0, 0)).record();
    // TADD waits on both. Its result goes to the store.
    let e2: Event<TAdd, TStoreVec, _> = tadd(ub.c, &e0, &e1).record();
    let stored = tstore(&z.tile(0, 0), e2);
    // A kernel returns all of its tiles; so none is lost, and no flag stays raised.
    Ub::retire(UbTokens { a: e0, b: e1, c: stored })
}

const TILE: usize = 64;
const TILE_LEN: usize = TILE * TILE;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut files = std::env::args().skip(1);
    let x = input(files.next(), 16 << 20, 1)?;
    let y = input(files.next(), x.len(), 2)?;
    if x.len() != y.len() {
        return Err(format!("x has {} elements, y has {}", x.len(), y.len()).into());
    }

    // Whole tiles: the last one is filled up with zeros.
    let len = x.len();
    let blocks = len.div_ceil(TILE_LEN);
    let [x, y] = [x, y].map(|mut data| {
        data.resize(blocks * TILE_LEN, 0.0);
        data
    });
    let shape = [blocks * TILE, TILE];
    let (gx, gy) = (GlobalTensor::new(&x, &shape)?, GlobalTensor::new(&y, &shape)?);

    // NaN, so that an element that nobody writes is found.
    let mut fast = vec![f32::NAN; x.len()];
    let mut out = GlobalTensorMut::new(&mut fast, &shape)?;
    let args = (gx.parts(TILE, TILE)?, gy.parts(TILE, TILE)?, out.parts(TILE, TILE)?);
    let start = Instant::now();
    Eager::new().launch(&vec_add, blocks, args)?;
    let took = start.elapsed().as_secs_f64();
    let rate = 3.0 * 4.0 * x.len() as f64 / took / 1e9;
    println!("eager:     {len} elements in {blocks} blocks, {:.1} ms, {rate:.1} GB/s", took * 1e3);

    let mut faithful = vec![f32::NAN; x.len()];
    let mut out = GlobalTensorMut::new(&mut faithful, &shape)?;
    let args = (gx.parts(TILE, TILE)?, gy.parts(TILE, TILE)?, out.parts(TILE, TILE)?);
    let start = Instant::now();
    let report = Pipelined::new().watch(1).launch(&vec_add, blocks, args)?;
    println!(
        "pipelined: the same on concurrent pipes, {:.1} ms",
        start.elapsed().as_secs_f64() * 1e3
    );
    println!("\n{}\n{}", report.program, report.timeline);

    let wrong = (0..len)
        .find(|&i| fast[i] != (f64::from(x[i]) + f64::from(y[i])) as f32 || faithful[i] != fast[i]);
    match wrong {
        None => println!("verified: {len} sums equal f64's, on both executors bit for bit"),
        Some(i) => {
            let (eager, pipelined) = (fast[i], faithful[i]);
            return Err(format!("z[{i}]: {} + {} gave {eager} and {pipelined}", x[i], y[i]).into());
        }
    }
    Ok(())
}

/// The elements of a `.npy` file of `f32`, or `len` random ones.
fn input(file: Option<String>, len: usize, seed: u64) -> Result<Vec<f32>, Box<dyn Error>> {
    let Some(path) = file else {
        let mut random = fastrand::Rng::with_seed(seed);
        return Ok((0..len).map(|_| random.f32() * 200.0 - 100.0).collect());
    };
    let bytes = std::fs::read(&path).map_err(|error| format!("{path}: {error}"))?;
    npy::elements(&bytes).map_err(|error| format!("{path}: {error}").into())
}
