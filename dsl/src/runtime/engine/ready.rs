//! The queues that could run now, and the threads that sleep for want of one.

use std::collections::VecDeque;
use std::time::Duration;

use super::lane::Lane;
use super::sync::{Arc, AtomicUsize, Condvar, Mutex, Ordering};

/// Every so many picks the queues of low priority go first, so that none waits for ever.
const LOW_FIRST: u64 = 32;

struct List {
    high: VecDeque<Arc<Lane>>,
    low: VecDeque<Arc<Lane>>,
    /// How many queues were ever picked.
    picks: u64,
    /// How many workers sleep, those that have been woken but do not run yet included.
    asleep: usize,
    /// One worker has been woken and has not looked at the list yet. It will look, and will wake the
    /// next one if it finds more than it can take: nobody else needs to.
    waking: bool,
    /// The supervisor knows that no worker is free.
    supervised: bool,
}

impl List {
    fn len(&self) -> usize {
        self.high.len() + self.low.len()
    }

    fn pick(&mut self) -> Option<Arc<Lane>> {
        let low_first = self.picks % LOW_FIRST == LOW_FIRST - 1;
        let (first, second) = if low_first {
            (&mut self.low, &mut self.high)
        } else {
            (&mut self.high, &mut self.low)
        };
        let lane = first.pop_front().or_else(|| second.pop_front())?;
        self.picks += 1;
        Some(lane)
    }
}

/// The list of ready queues. An entry pushed *happens before* the pick that takes it.
pub(crate) struct Ready {
    list: Mutex<List>,
    /// The length of the list, to be glanced at without the lock.
    len: AtomicUsize,
    /// Signalled when there is something for a worker to take.
    work: Condvar,
    /// Signalled when there is something and no worker to take it.
    overload: Condvar,
}

impl Ready {
    pub(crate) fn new() -> Self {
        Self {
            list: Mutex::new(List {
                high: VecDeque::new(),
                low: VecDeque::new(),
                picks: 0,
                asleep: 0,
                waking: false,
                supervised: false,
            }),
            len: AtomicUsize::new(0),
            work: Condvar::new(),
            overload: Condvar::new(),
        }
    }

    /// Whether a queue is listed. A hint: it may change at any time.
    pub(crate) fn has_others(&self) -> bool {
        self.len.load(Ordering::Relaxed) > 0
    }

    pub(crate) fn push(&self, lane: Arc<Lane>) {
        let mut list = self.list.lock();
        if lane.place.is_urgent() {
            list.high.push_back(lane);
        } else {
            list.low.push_back(lane);
        }
        self.len.store(list.len(), Ordering::Relaxed);
        self.wake(&mut list);
    }

    fn wake(&self, list: &mut List) {
        if list.asleep > 0 {
            if !list.waking {
                list.waking = true;
                self.work.notify_one();
            }
        } else if !list.supervised {
            list.supervised = true;
            self.overload.notify_one();
        }
    }

    /// Picks a queue, sleeping until there is one; `None` if there was none for as long as `patience`.
    pub(crate) fn pop(&self, patience: Option<Duration>) -> Option<Arc<Lane>> {
        let mut list = self.list.lock();
        let mut patient = true;
        loop {
            if let Some(lane) = list.pick() {
                self.len.store(list.len(), Ordering::Relaxed);
                if list.len() > 0 {
                    self.wake(&mut list);
                }
                return Some(lane);
            }
            if !patient {
                return None;
            }
            list.asleep += 1;
            match patience {
                None => self.work.wait(&mut list),
                Some(time) => patient = !self.work.wait_for(&mut list, time).timed_out(),
            }
            list.asleep -= 1;
            list.waking = false;
        }
    }

    /// Sleeps until queues have been ready for a whole `tick` during which no worker was free to pick
    /// one, and returns how many there are.
    pub(crate) fn overload(&self, tick: Duration) -> usize {
        let mut list = self.list.lock();
        loop {
            while list.len() == 0 || list.asleep > 0 {
                list.supervised = false;
                self.overload.wait(&mut list);
            }
            list.supervised = true;
            let picks = list.picks;
            self.overload.wait_for(&mut list, tick);
            if list.picks == picks && list.len() > 0 && list.asleep == 0 {
                return list.len();
            }
        }
    }
}
