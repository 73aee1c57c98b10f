//! Every place where code of a user runs on the host side, and what becomes of the library there when
//! that code panics, panics again and again, or takes long.
//!
//! The table is [`PLACES`]: a row is the name of a place and a function that lets a [`Mischief`] happen
//! there and says what must come of it. A new place needs a row and nothing else. After each row all
//! workers must be there and all streams must be free.
//!
//! What an executor runs of a kernel is in `user_code_in_kernels.rs`, the callbacks of the C ABI are in `openreg/tests/c/user_code.cpp`.
//! No code of a user runs where tensors are made and cut: their shapes, offsets and `ndarray` arrays are plain data.
//!
//! What no library can catch is not in the table. Rust itself ends the process when a `Drop` panics
//! while another panic unwinds, when the panic hook panics, and when a value that is local to a thread
//! panics as the thread ends.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may")]

mod gate;
#[path = "user_code/judges.rs"]
mod judges;
#[path = "user_code/streams.rs"]
mod streams;
#[path = "user_code/tiles.rs"]
mod tiles;

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use gate::Gate;
use tilesync::runtime::{Device, Error, Stream};

/// All places, by file.
const PLACES: &[&[Place]] = &[streams::PLACES, tiles::PLACES, judges::PLACES];

/// Where code of a user runs.
pub(crate) struct Place {
    pub(crate) name: &'static str,
    pub(crate) try_with: fn(Mischief),
}

/// What that code does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mischief {
    /// It panics.
    Panic,
    /// It panics with a value whose `Drop` panics with a value whose `Drop` panics, and so on for ever.
    PanicForEver,
    /// It takes long.
    Block,
}

/// A panic's value that cannot be dropped.
struct Again;

impl Drop for Again {
    fn drop(&mut self) {
        panic_any(Self);
    }
}

impl Mischief {
    pub(crate) fn happen(self) {
        match self {
            Self::Panic => panic!("on purpose"),
            Self::PanicForEver => panic_any(Again),
            Self::Block => thread::sleep(Duration::from_millis(20)),
        }
    }

    pub(crate) fn panics(self) -> bool {
        self != Self::Block
    }

    /// The mischief came out of its stream as a failed kernel.
    #[track_caller]
    pub(crate) fn is_told(self, outcome: Result<(), Error>) {
        match outcome {
            Err(Error::KernelPanicked { .. }) if self.panics() => {}
            Ok(()) if !self.panics() => {}
            other => panic!("{self:?} came out as {other:?}"),
        }
    }

    /// The mischief came out on the thread that called, as any panic of its own.
    #[track_caller]
    pub(crate) fn passes(self, call: impl FnOnce()) {
        let outcome = catch(call);
        assert_eq!(outcome.is_err(), self.panics(), "{self:?}");
    }
}

/// The value of a panic, never dropped.
struct Caught(
    #[allow(dead_code, reason = "it is only kept")] mem::ManuallyDrop<Box<dyn Any + Send>>,
);

fn catch(call: impl FnOnce()) -> Result<(), Caught> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|payload| Caught(mem::ManuallyDrop::new(payload)))
}

/// A value whose `Drop` is the mischief.
#[derive(Debug)]
pub(crate) struct Trap(pub(crate) Mischief);

impl Drop for Trap {
    fn drop(&mut self) {
        self.0.happen();
    }
}

/// Each row is tried with the workers free and with all of them busy, so that the host's own thread
/// runs the work as well.
const ROUNDS: usize = 6;
/// No row takes as long as this, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn nothing_that_a_users_code_does_stops_the_host_side() {
    std::panic::set_hook(Box::new(|_| {}));
    tiles::start_the_pool();
    let mut failures = Vec::new();
    for place in PLACES.iter().copied().flatten() {
        for mischief in [Mischief::Panic, Mischief::PanicForEver, Mischief::Block] {
            for round in 0..ROUNDS {
                if let Err(what) = survives(place, mischief, round % 2 == 1) {
                    failures.push(format!("{}, {mischief:?}, round {round}: {what}", place.name));
                    break;
                }
            }
        }
    }
    drop(std::panic::take_hook());
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

/// Tries a place on a thread of its own, which may hang.
fn survives(place: &'static Place, mischief: Mischief, busy: bool) -> Result<(), String> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let gates = busy.then(hold_all_workers);
        let outcome = catch(|| (place.try_with)(mischief));
        drop(gates);
        let what = outcome.map_err(|caught| {
            let text = caught.0.downcast_ref::<String>();
            text.map_or("a panic got out".to_owned(), Clone::clone)
        });
        // Nobody listens where it took too long.
        let _late = tell.send(what);
    });
    told.recv_timeout(PATIENCE).map_err(|_| "it hangs".to_owned())??;
    all_is_well()
}

fn workers() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

fn hold_all_workers() -> Vec<Gate> {
    let hold = |_| Gate::on(&Stream::new(Device::current())).expect("a gate");
    (0..workers()).map(hold).collect()
}

/// No worker is lost, and no stream is left in anybody's hands.
fn all_is_well() -> Result<(), String> {
    let limit = Duration::from_secs(30);
    for stream in (0..2 * workers()).map(|_| Stream::new(Device::current())) {
        stream.launch(|| ()).map_err(|error| error.to_string())?;
        stream.synchronize_timeout(limit).map_err(|error| error.to_string())?;
    }
    // A thread has no name before it has begun to run.
    let until = Instant::now() + limit;
    while worker_threads().is_some_and(|there| there != workers()) {
        if Instant::now() > until {
            return Err(format!("{:?} of {} workers are left", worker_threads(), workers()));
        }
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

/// How many workers there are, where the system tells.
fn worker_threads() -> Option<usize> {
    let tasks = std::fs::read_dir("/proc/self/task").ok()?.flatten();
    let names = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok());
    Some(names.filter(|name| name.trim() == "tilesync-worker").count())
}
