//! How many tasks of a queue are done, and who sleeps until how many are.
//!
//! Both facts that a wake-up depends on live in **one** atomic word, so that neither side can miss
//! the other: all changes of one word have one order. Either the watcher's [`WATCHED`] bit comes
//! first, and whoever finishes the task sees it; or the finished task comes first, and the watcher
//! sees that it need not sleep.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::time::Instant;

use super::parker::Parker;
use super::sync::{Arc, AtomicU64, Mutex, Ordering as Memory};

/// The low bit of the word: somebody started to watch since the watchers were last looked through.
const WATCHED: u64 = 1;
/// One finished task, in the word. The count stands above the bit.
const ONE: u64 = 2;

/// Who is woken when a count is reached.
pub(crate) enum Watcher<Q> {
    /// A queue whose next task waits for the count.
    Lane(Arc<Q>),
    /// A host thread that sleeps until the count is reached.
    Host(Arc<Parker>),
}

/// Names one registration, so that a thread whose patience ends can take it back.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Watch(u64);

/// A registration. The lowest count goes first, and the oldest of one count.
struct Entry<Q> {
    key: Reverse<(u64, Watch)>,
    watcher: Watcher<Q>,
}

impl<Q> Entry<Q> {
    fn count(&self) -> u64 {
        self.key.0.0
    }
}

impl<Q> PartialEq for Entry<Q> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl<Q> Eq for Entry<Q> {}

impl<Q> PartialOrd for Entry<Q> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<Q> Ord for Entry<Q> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

struct Watchers<Q> {
    entries: BinaryHeap<Entry<Q>>,
    issued: u64,
}

impl<Q> Watchers<Q> {
    /// Takes the first entry, if it asks for no more than `completed`.
    fn next_due(&mut self, completed: u64) -> Option<Watcher<Q>> {
        let due = self.entries.peek().is_some_and(|entry| entry.count() <= completed);
        due.then(|| self.entries.pop()).flatten().map(|entry| entry.watcher)
    }
}

/// The count of finished tasks of one queue, and its watchers; `Q` are the queues among them.
///
/// Finishing a task *happens before* everything that a thread does after it has read, through
/// [`completed`](Self::completed), a count that includes the task.
///
/// It has a cache line to itself: one thread counts here while others lock the queue next to it.
#[repr(align(64))]
pub(crate) struct Progress<Q> {
    word: AtomicU64,
    /// The lowest count that an entry of `watchers` asks for. Written under their lock; read by the
    /// one thread that runs the queue.
    wanted: AtomicU64,
    watchers: Mutex<Watchers<Q>>,
}

impl<Q> Progress<Q> {
    pub(crate) fn new() -> Self {
        Self {
            word: AtomicU64::new(0),
            wanted: AtomicU64::new(u64::MAX),
            watchers: Mutex::new(Watchers { entries: BinaryHeap::new(), issued: 0 }),
        }
    }

    #[inline]
    pub(crate) fn completed(&self) -> u64 {
        self.word.load(Memory::Acquire) / ONE
    }

    /// Counts one task as finished; those who waited for that are moved to `woken`.
    ///
    /// Only the thread that runs the queue may call this.
    #[inline]
    pub(crate) fn advance(&self, woken: &mut Vec<Watcher<Q>>) -> u64 {
        let before = self.word.fetch_add(ONE, Memory::AcqRel);
        let completed = before / ONE + 1;
        if before & WATCHED != 0 || completed >= self.wanted.load(Memory::Relaxed) {
            self.release(completed, woken);
        }
        completed
    }

    #[cold]
    fn release(&self, completed: u64, woken: &mut Vec<Watcher<Q>>) {
        let mut watchers = self.watchers.lock();
        self.word.fetch_and(!WATCHED, Memory::AcqRel);
        while let Some(watcher) = watchers.next_due(completed) {
            woken.push(watcher);
        }
        let wanted = watchers.entries.peek().map(Entry::count);
        self.wanted.store(wanted.unwrap_or(u64::MAX), Memory::Relaxed);
    }

    /// Registers `watcher` to be woken once `count` tasks are finished, or returns `None`, and wakes
    /// nobody, where they already are.
    pub(crate) fn watch(&self, count: u64, watcher: Watcher<Q>) -> Option<Watch> {
        let mut watchers = self.watchers.lock();
        let word = self.word.fetch_or(WATCHED, Memory::AcqRel);
        if word / ONE >= count {
            return None;
        }
        watchers.issued += 1;
        let watch = Watch(watchers.issued);
        watchers.entries.push(Entry { key: Reverse((count, watch)), watcher });
        Some(watch)
    }

    /// Puts the present thread to sleep until `count` tasks are finished, or until the deadline.
    pub(crate) fn sleep_until(&self, count: u64, deadline: Option<Instant>) {
        if self.completed() >= count {
            return;
        }
        let parker = Arc::new(Parker::new());
        let Some(watch) = self.watch(count, Watcher::Host(Arc::clone(&parker))) else {
            return;
        };
        if !parker.sleep(deadline) {
            self.unwatch(watch);
        }
    }

    /// Takes a registration back. One that was already woken is no error.
    fn unwatch(&self, watch: Watch) {
        self.watchers.lock().entries.retain(|entry| entry.key.0.1 != watch);
    }
}
