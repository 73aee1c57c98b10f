//! What there is one of for each device: its default stream, its pools, and the list of its streams.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use parking_lot::Mutex;

use super::engine::job::Place;
use super::engine::lane::Lane;
use super::fork;
use super::ids::{Device, Priority, StreamId};

/// How many streams a device's pool holds of each priority.
pub(crate) const POOL_SIZE: usize = 32;

/// A pool of streams, each made when its turn first comes.
struct Pool {
    lanes: [OnceLock<Arc<Lane>>; POOL_SIZE],
    turn: AtomicUsize,
}

/// One device.
pub(crate) struct Slot {
    default: OnceLock<Arc<Lane>>,
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
    let pool = || Pool { lanes: [const { OnceLock::new() }; POOL_SIZE], turn: AtomicUsize::new(0) };
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

/// The queue of the device's default stream.
pub(crate) fn default_lane(device: Device) -> &'static Arc<Lane> {
    slot(device).default.get_or_init(|| new_lane(device, Priority::Low))
}

/// The queue of the pool's stream whose turn it is.
pub(crate) fn pooled_lane(device: Device, priority: Priority) -> &'static Arc<Lane> {
    let pool = &slot(device).pools[priority as usize];
    let turn = pool.turn.fetch_add(1, Ordering::Relaxed) % POOL_SIZE;
    pool.lanes[turn].get_or_init(|| new_lane(device, priority))
}

/// Makes the queue of a new stream, and enters it into the list of its device.
pub(crate) fn new_lane(device: Device, priority: Priority) -> Arc<Lane> {
    let stream = StreamId::next();
    let lane = Arc::new(Lane::new(Place { device, stream, priority, forget }));
    // The child of a fork may have inherited the lock in any state.
    if !fork::in_forked_child() {
        slot(device).lanes.lock().insert(stream, Arc::downgrade(&lane));
    }
    lane
}

/// Takes a stream that is no more off the list of its device.
fn forget(device: Device, stream: StreamId) {
    // As above.
    if !fork::in_forked_child() {
        slot(device).lanes.lock().remove(&stream);
    }
}

/// The streams of a device that somebody has or that have something to do, in the order of their making.
pub(crate) fn lanes(device: Device) -> Vec<Arc<Lane>> {
    slot(device).lanes.lock().values().filter_map(Weak::upgrade).collect()
}
