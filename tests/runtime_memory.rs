//! What queued work costs in memory, counted by the allocator.

#![allow(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a test may")]

mod gate;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use gate::Gate;
use tilesync::runtime::{Device, Event, Stream};

/// Counts the bytes that are allocated.
struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);

// SAFETY: all is left to the system's allocator; only the sizes are added up.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const RECORDS: usize = 1_000_000;
const MB: usize = 1 << 20;

/// Queues a million records behind a gate, and drains them by `drain`.
fn cost(timing: bool, drain: impl Fn(&Stream)) {
    let [first, stream] = [(); 2].map(|()| Stream::new(Device::current()));
    let [behind, event] = [(); 2].map(|()| Event::builder().timing(timing).build());
    let before = LIVE.load(Ordering::Relaxed);
    let gate = Gate::on(&first).unwrap();
    behind.record_on(&first).unwrap();
    stream.wait(&behind).unwrap();
    for _ in 0..RECORDS {
        event.record_on(&stream).unwrap();
    }
    let queued = LIVE.load(Ordering::Relaxed) - before;
    assert!(queued < 64 * MB, "{queued} bytes for {RECORDS} records");
    drop(gate);
    drain(&stream);
    drop((behind, event));
    drop((first, stream));
    // The last task is done, but the thread that ran it lets go of the queue a moment later.
    let left = || LIVE.load(Ordering::Relaxed).saturating_sub(before);
    let patience = Instant::now() + Duration::from_secs(30);
    while left() >= MB && Instant::now() < patience {
        thread::sleep(Duration::from_millis(1));
    }
    assert!(left() < MB, "{} bytes are left", left());
}

#[test]
fn a_million_queued_records_take_less_than_64_mb_and_give_it_back() {
    for timing in [false, true] {
        // Drained by this thread, if no worker is faster, and by a worker.
        cost(timing, |stream| stream.synchronize().unwrap());
        cost(timing, |stream| {
            stream.synchronize_timeout(Duration::MAX).unwrap();
        });
    }
}
