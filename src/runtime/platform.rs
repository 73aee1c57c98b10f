//! What there is one of for each device: its default stream, its pools, and the list of its streams.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use parking_lot::Mutex;

use super::device::Device;
use super::engine::lane::Lane;
use super::fork;
use super::stream::{Priority, Stream, StreamId};

/// How many streams a device's pool holds of each priority.
pub(crate) const POOL_SIZE: usize = 32;

/// A pool of streams, each made when its turn first comes.
struct Pool {
    streams: [OnceLock<Stream>; POOL_SIZE],
    turn: AtomicUsize,
}

/// One device.
pub(crate) struct Slot {
    default: OnceLock<Stream>,
    /// By priority, low first.
    pools: [Pool; 2],
    lanes: Mutex<BTreeMap<StreamId, Weak<Lane>>>,
}

static SLOTS: OnceLock<Box<[Slot]>> = OnceLock::new();

/// All devices; the first call settles how many there are.
pub(crate) fn slots() -> &'static [Slot] {
    SLOTS.get_or_init(|| make(Device::DEFAULT_COUNT))
}

/// How many devices there are, if that is settled.
pub(crate) fn settled() -> Option<usize> {
    SLOTS.get().map(|slots| slots.len())
}

/// Makes `count` devices; `false` if there are some already.
pub(crate) fn settle(count: usize) -> bool {
    SLOTS.set(make(count)).is_ok()
}

fn make(count: usize) -> Box<[Slot]> {
    let pool =
        || Pool { streams: [const { OnceLock::new() }; POOL_SIZE], turn: AtomicUsize::new(0) };
    let slot = |_| Slot {
        default: OnceLock::new(),
        pools: [pool(), pool()],
        lanes: Mutex::new(BTreeMap::new()),
    };
    (0..count).map(slot).collect()
}

fn slot(device: Device) -> &'static Slot {
    &slots()[device.index()]
}

pub(crate) fn default_stream(device: Device) -> &'static Stream {
    slot(device).default.get_or_init(|| Stream::new(device))
}

/// The stream of the pool whose turn it is.
pub(crate) fn pooled_stream(device: Device, priority: Priority) -> &'static Stream {
    let pool = &slot(device).pools[priority as usize];
    let turn = pool.turn.fetch_add(1, Ordering::Relaxed) % POOL_SIZE;
    pool.streams[turn].get_or_init(|| Stream::with_priority(device, priority))
}

/// Enters a new stream into the list of its device.
pub(crate) fn remember(lane: &Arc<Lane>) {
    let place = &lane.place;
    // The child of a fork may have inherited the lock in any state.
    if !fork::in_forked_child() {
        let weak = Arc::downgrade(lane);
        slot(place.device).lanes.lock().insert(place.stream, weak);
    }
}

/// Takes a stream that is no more off the list of its device.
pub(crate) fn forget(device: Device, stream: StreamId) {
    // As above.
    if !fork::in_forked_child() {
        slot(device).lanes.lock().remove(&stream);
    }
}

/// The streams of a device that somebody has or that have something to do, in the order of their making.
pub(crate) fn lanes(device: Device) -> Vec<Arc<Lane>> {
    slot(device).lanes.lock().values().filter_map(Weak::upgrade).collect()
}
