//! What streams and events cost on the host, next to what they may cost at most.
//!
//! `cargo bench --bench host` prints a table, `cargo bench --bench host -- hop` the rows with that word.

#![allow(clippy::unwrap_used, reason = "a benchmark stops where something fails")]

use std::hint::black_box;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use tilesync::runtime::{Device, Error, Event, Priority, Stream};

/// How often each figure is taken. On a machine that does other things as well, the best tells what
/// the code costs, and the median what the machine was like.
const RUNS: usize = 21;

fn main() -> Result<(), Error> {
    println!("{:<58} {:>10} {:>10} {:>10}", "ns unless said", "best", "median", "limit");
    let device = Device::current();
    let stream = Stream::new(device);
    stream.launch(|| ())?;
    stream.synchronize()?;

    // First, while the allocator has nothing left over from other rows that it could reuse.
    memory(&stream)?;
    blocked_waiters(device)?;

    let event = Event::new();
    row("record + synchronize, idle stream", 1800.0, || {
        per(100_000, || {
            event.record_on(&stream)?;
            event.synchronize()
        })
    });
    let timed = Event::builder().timing(true).build();
    row("record with timing + synchronize", 1800.0, || {
        per(100_000, || {
            timed.record_on(&stream)?;
            timed.synchronize()
        })
    });
    row("launch + record + synchronize of the event", 1800.0, || {
        per(10_000, || {
            stream.launch(|| ())?;
            event.record_on(&stream)?;
            event.synchronize()
        })
    });
    row("hop, own event each, queued ahead", 900.0, || hops(true));
    row("hop with a new event each: create, record, wait, drop", 1200.0, || hops(false));
    row("hop with a kernel between, queued ahead", f64::NAN, hops_with_kernels);
    row("empty launch, one stream", 65.0, || empty_launches(&stream));
    row("launch + synchronize", 2600.0, || {
        per(10_000, || {
            stream.launch(|| ())?;
            stream.synchronize()
        })
    });
    row("launch + synchronize, asleep", f64::NAN, || {
        per(10_000, || {
            stream.launch(|| ())?;
            stream.synchronize_timeout(Duration::from_secs(10))
        })
    });
    event.record_on(&stream)?;
    row("event query", 2.0, || per(10_000_000, || black_box(&event).query().map(drop)));
    row("stream query", 12.0, || per(10_000_000, || black_box(&stream).query().map(drop)));
    row("64 streams x 1,000 launches, ms", 27.0, || many_streams(device));
    row("100,000 streams wait for places of one, ms", 200.0, fan_out(device));
    row("stream create", 11_000.0, || {
        per(10_000, || {
            black_box(Stream::with_priority(device, Priority::High));
            Ok(())
        })
    });
    Ok(())
}

/// Prints the best and the median of several runs of `run`.
fn row(name: &str, limit: f64, mut run: impl FnMut() -> Result<f64, Error>) {
    if !asked_for(name) {
        return;
    }
    let mut figures: Vec<f64> = (0..RUNS).map(|_| run().unwrap()).collect();
    figures.sort_by(f64::total_cmp);
    print(name, figures[0], Some(figures[RUNS / 2]), limit);
}

/// Whether the words on the command line, if there are any, include one of `name`.
fn asked_for(name: &str) -> bool {
    let mut words = std::env::args().skip(1).filter(|word| !word.starts_with('-')).peekable();
    words.peek().is_none() || words.any(|word| name.contains(&word))
}

fn print(name: &str, best: f64, median: Option<f64>, limit: f64) {
    let median = median.map_or(String::new(), |median| format!("{median:.2}"));
    let verdict = match (best < limit, limit.is_nan()) {
        (_, true) => String::new(),
        (true, _) => format!("{limit:>10}  ok"),
        (false, _) => format!("{limit:>10}  MISSED"),
    };
    println!("{name:<58} {best:>10.2} {median:>10} {verdict}");
}

/// Nanoseconds per call.
fn per(calls: u32, mut call: impl FnMut() -> Result<(), Error>) -> Result<f64, Error> {
    let start = Instant::now();
    for _ in 0..calls {
        call()?;
    }
    Ok(start.elapsed().as_secs_f64() * 1e9 / f64::from(calls))
}

/// TileToken a stream up until the guard is dropped.
fn gate(stream: &Stream) -> Result<mpsc::Sender<()>, Error> {
    let (open, gate) = mpsc::channel::<()>();
    stream.launch(move || while gate.recv().is_ok() {})?;
    Ok(open)
}

/// Two streams that take turns, all queued before the first may go.
fn hops(ahead: bool) -> Result<f64, Error> {
    const HOPS: usize = 20_000;
    let streams = [(); 2].map(|()| Stream::new(Device::current()));
    let events: Vec<Event> = (0..if ahead { HOPS } else { 0 }).map(|_| Event::new()).collect();
    let open = gate(&streams[0])?;
    let queueing = Instant::now();
    for hop in 0..HOPS {
        let [from, to] = [&streams[hop % 2], &streams[(hop + 1) % 2]];
        if let Some(event) = events.get(hop) {
            event.record_on(from)?;
            to.wait(event)?;
        } else {
            let event = Event::new();
            event.record_on(from)?;
            to.wait(&event)?;
        }
    }
    let queueing = queueing.elapsed();
    let start = Instant::now();
    drop(open);
    streams[0].synchronize()?;
    streams[1].synchronize()?;
    let running = start.elapsed();
    Ok((queueing + running).as_secs_f64() * 1e9 / HOPS as f64)
}

/// As [`hops`], with an empty kernel after each wait.
fn hops_with_kernels() -> Result<f64, Error> {
    const HOPS: usize = 20_000;
    let streams = [(); 2].map(|()| Stream::new(Device::current()));
    let event = Event::new();
    let open = gate(&streams[0])?;
    let start = Instant::now();
    for hop in 0..HOPS {
        let [from, to] = [&streams[hop % 2], &streams[(hop + 1) % 2]];
        from.launch(|| ())?;
        event.record_on(from)?;
        to.wait(&event)?;
    }
    drop(open);
    streams[0].synchronize()?;
    streams[1].synchronize()?;
    Ok(start.elapsed().as_secs_f64() * 1e9 / HOPS as f64)
}

/// Launches until the last is done.
fn empty_launches(stream: &Stream) -> Result<f64, Error> {
    const LAUNCHES: u32 = 1_000_000;
    let start = Instant::now();
    for _ in 0..LAUNCHES {
        stream.launch(|| ())?;
    }
    stream.synchronize()?;
    Ok(start.elapsed().as_secs_f64() * 1e9 / f64::from(LAUNCHES))
}

/// Milliseconds until 64 streams have run 1,000 launches each, given in turn.
fn many_streams(device: Device) -> Result<f64, Error> {
    let streams: Vec<Stream> = (0..64).map(|_| Stream::new(device)).collect();
    let start = Instant::now();
    for _ in 0..1_000 {
        for stream in &streams {
            stream.launch(|| ())?;
        }
    }
    for stream in &streams {
        stream.synchronize()?;
    }
    Ok(start.elapsed().as_secs_f64() * 1e3)
}

/// Milliseconds until 100,000 streams have waited, each for a place of its own of one stream, and run a
/// kernel behind that. All is queued before the first may go.
fn fan_out(device: Device) -> impl FnMut() -> Result<f64, Error> {
    let streams: Vec<Stream> = (0..100_000).map(|_| Stream::new(device)).collect();
    move || {
        let source = Stream::new(device);
        let event = Event::new();
        let open = gate(&source)?;
        let start = Instant::now();
        for stream in &streams {
            source.launch(|| ())?;
            event.record_on(&source)?;
            stream.wait(&event)?;
            stream.launch(|| ())?;
        }
        drop(open);
        for stream in &streams {
            stream.synchronize()?;
        }
        Ok(start.elapsed().as_secs_f64() * 1e3)
    }
}

/// Megabytes that a million queued records hold, and that are left of them after the drain.
fn memory(stream: &Stream) -> Result<(), Error> {
    if !asked_for("queued records") {
        return Ok(());
    }
    for timing in [false, true] {
        let event = Event::builder().timing(timing).build();
        let before = resident_mb();
        let open = gate(stream)?;
        for _ in 0..1_000_000 {
            event.record_on(stream)?;
        }
        let queued = resident_mb() - before;
        drop(open);
        event.synchronize()?;
        thread::sleep(Duration::from_millis(20));
        let left = resident_mb() - before;
        let kind = if timing { ", with timing" } else { "" };
        print(&format!("1,000,000 queued records{kind}, MB"), queued, None, 64.0);
        print(&format!("left after the drain{kind}, MB"), left, None, 4.0);
    }
    Ok(())
}

fn resident_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kb = line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kb.unwrap_or(0.0) / 1024.0
}

/// Milliseconds of processor time that eight blocked waiters use in half a second.
fn blocked_waiters(device: Device) -> Result<(), Error> {
    if !asked_for("blocked waiters") {
        return Ok(());
    }
    let streams: Vec<Stream> = (0..8).map(|_| Stream::new(device)).collect();
    let gates = streams.iter().map(gate).collect::<Result<Vec<_>, _>>()?;
    thread::scope(|scope| {
        for stream in &streams {
            scope.spawn(|| stream.synchronize().unwrap());
        }
        thread::sleep(Duration::from_millis(100));
        let before = processor_ms();
        thread::sleep(Duration::from_millis(500));
        print(
            "8 blocked waiters, processor time in 500 ms, ms",
            processor_ms() - before,
            None,
            1.0,
        );
        drop(gates);
    });
    Ok(())
}

/// Processor time of all threads of this process.
fn processor_ms() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let nanos = tasks.filter_map(|task| {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<f64>().ok()
    });
    nanos.sum::<f64>() / 1e6
}
