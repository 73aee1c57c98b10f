//! The threads that run streams: a few workers, and a supervisor that adds to them.
//!
//! There are as many workers as processors, however many streams there are. Each takes a ready
//! stream, runs it until it is dry or has to wait, and takes the next; with nothing ready it sleeps.
//! A kernel may block its worker for as long as it likes (on a lock, on a channel, for ever): the
//! supervisor sees that streams are ready and that no worker has been free for a while, and starts
//! more. Those stop again when they have had nothing to do.

use std::io;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use super::engine::drive::Driver;
use super::engine::lane::{Lane, Point, Task};
use super::engine::ready::Ready;
use super::error::Error;
use super::fork;

/// How long ready streams go without a free worker before there are more workers.
const TICK: Duration = Duration::from_millis(5);
/// How long an added worker may sleep before it stops.
const SPARE_LIFE: Duration = Duration::from_millis(500);
/// Kernels that block as many workers as this at once hold up everybody else.
const MAX_THREADS: usize = 4096;

static READY: OnceLock<Result<Arc<Ready>, Arc<io::Error>>> = OnceLock::new();

/// The ready list; the first call starts the threads.
fn ready() -> Result<&'static Arc<Ready>, Error> {
    match READY.get_or_init(|| start().map_err(Arc::new)) {
        Ok(ready) => Ok(ready),
        Err(source) => Err(Error::NoThread { source: Arc::clone(source) }),
    }
}

fn start() -> io::Result<Arc<Ready>> {
    fork::watch();
    let ready = Arc::new(Ready::new());
    spawn(&ready, "tilesync-supervisor", supervise)?;
    let workers = thread::available_parallelism().map_or(1, usize::from);
    for _ in 0..workers {
        spawn(&ready, "tilesync-worker", |ready| work(ready, None))?;
    }
    Ok(ready)
}

fn spawn(ready: &Arc<Ready>, name: &str, run: fn(&Arc<Ready>)) -> io::Result<()> {
    let ready = Arc::clone(ready);
    thread::Builder::new().name(name.to_owned()).spawn(move || run(&ready))?;
    Ok(())
}

fn work(ready: &Ready, patience: Option<Duration>) {
    let mut driver = Driver::new(ready);
    while let Some(lane) = driver.next_near().or_else(|| ready.pop(patience)) {
        if lane.claim_unlisted() {
            driver.drive(&lane, u64::MAX);
        }
    }
}

fn supervise(ready: &Arc<Ready>) {
    let spare: fn(&Arc<Ready>) = |ready| work(ready, Some(SPARE_LIFE));
    loop {
        let missing = ready.overload(TICK);
        // Each thread holds a clone of the list. At most doubling them keeps a short jam small.
        let threads = Arc::strong_count(ready);
        for _ in 0..missing.min(threads).min(MAX_THREADS.saturating_sub(threads)) {
            if spawn(ready, "tilesync-spare", spare).is_err() {
                break;
            }
        }
    }
}

/// Adds a kernel behind all that `lane` has been given; one that has failed refuses it.
pub(crate) fn submit(lane: &Arc<Lane>, task: Task) -> Result<(), Error> {
    let ready = ready()?;
    if lane.submit(task)? {
        ready.push(Arc::clone(lane));
    }
    Ok(())
}

/// As [`submit`], and returns the point behind the job.
pub(crate) fn submit_marked(lane: &Arc<Lane>, task: Task) -> Result<Point, Error> {
    let ready = ready()?;
    let (point, list) = lane.submit_marked(task)?;
    if list {
        ready.push(Arc::clone(lane));
    }
    Ok(point)
}

/// Adds something that takes no time; where nothing is before it, it is done at once, here.
pub(crate) fn submit_brief(lane: &Arc<Lane>, task: Task) -> Result<Point, Error> {
    let ready = ready()?;
    let (point, claimed) = lane.submit_brief(task);
    if claimed {
        drive_here(ready, lane, point.count);
    }
    Ok(point)
}

/// Lends the present thread to `lane`, if nobody runs it, until it has finished `until` tasks, waits
/// for another queue, or has had its turn. `false` if the thread was not needed.
pub(crate) fn help(lane: &Arc<Lane>, until: u64) -> Result<bool, Error> {
    let ready = ready()?;
    let claimed = lane.claim();
    if claimed {
        drive_here(ready, lane, until);
    }
    Ok(claimed)
}

fn drive_here(ready: &Ready, lane: &Arc<Lane>, until: u64) {
    let mut driver = Driver::new(ready);
    driver.drive(lane, until);
    driver.hand_over();
}
