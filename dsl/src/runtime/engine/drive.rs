//! The loop that runs a queue, on whatever thread has claimed it.

use std::collections::VecDeque;

use super::lane::{Lane, Point, Task};
use super::progress::Watcher;
use super::ready::Ready;
use super::sync::Arc;

/// Runs queues on the present thread.
///
/// A queue that a finished task makes ready is kept in the driver's own short list: if the present
/// queue soon has to wait, the same thread goes on with the other, and nobody is woken. The list is
/// handed to the other threads before anything is run that may take long.
pub(crate) struct Driver<'r> {
    ready: &'r Ready,
    near: VecDeque<Arc<Lane>>,
    batch: VecDeque<Task>,
    woken: Vec<Watcher<Lane>>,
}

impl<'r> Driver<'r> {
    pub(crate) fn new(ready: &'r Ready) -> Self {
        Self { ready, near: VecDeque::new(), batch: VecDeque::new(), woken: Vec::new() }
    }

    /// The next queue from the driver's own list.
    pub(crate) fn next_near(&mut self) -> Option<Arc<Lane>> {
        self.near.pop_front()
    }

    /// Hands the driver's own list to the other threads.
    pub(crate) fn hand_over(&mut self) {
        while let Some(lane) = self.near.pop_front() {
            self.ready.push(lane);
        }
    }

    /// Runs `lane`, which the caller has claimed, until it is dry, has to wait, has finished `until`
    /// tasks, or has had a turn while others are ready. The claim is given up.
    pub(crate) fn drive(&mut self, lane: &Arc<Lane>, until: u64) {
        let _inside = lane.place.enter();
        while let Some(failed) = lane.take(&mut self.batch) {
            if !self.run_batch(lane, failed, until) {
                return;
            }
            if self.ready.has_others() || !self.near.is_empty() {
                self.give_up(lane);
                return;
            }
        }
    }

    /// Runs what was taken from `lane`, which has `failed` if a failure was not reported then. `false`
    /// if the claim was given up.
    fn run_batch(&mut self, lane: &Arc<Lane>, mut failed: bool, until: u64) -> bool {
        let mut count = lane.progress.completed();
        loop {
            if count >= until {
                self.give_up(lane);
                return false;
            }
            let Some(task) = self.batch.pop_front() else {
                return true;
            };
            let (result, caller) = match task {
                Task::Job(job) => {
                    if job.may_take_long() {
                        self.hand_over();
                    }
                    let caller = job.caller();
                    failed = failed && lane.stop(count + 1, None, caller);
                    if failed {
                        job.discard();
                        (Ok(()), None)
                    } else {
                        (job.run(&lane.place), caller)
                    }
                }
                // Waits are never dropped: they order also what comes after the failure is reported.
                Task::Wait(point) => match point.outcome() {
                    Some(result) => {
                        failed = failed && lane.stop(count + 1, None, None);
                        (result, None)
                    }
                    None if self.wait_for(lane, point) => return false,
                    None => return true,
                },
            };
            if let Err(failure) = result {
                failed = lane.stop(count + 1, Some(&failure), caller);
            }
            count = lane.progress.advance(&mut self.woken);
            self.wake();
        }
    }

    fn give_up(&mut self, lane: &Arc<Lane>) {
        if lane.give_back(&mut self.batch) {
            self.ready.push(Arc::clone(lane));
        }
    }

    /// Leaves `lane` until `point` is reached. `false` if it was reached meanwhile: `lane` is then
    /// still the caller's, all of its tasks given back to it.
    fn wait_for(&mut self, lane: &Arc<Lane>, point: Box<Point>) -> bool {
        let (other, count) = (Arc::clone(&point.lane), point.count);
        self.batch.push_front(Task::Wait(point));
        // From here on nobody runs `lane`, and only the watcher registered below will resume it.
        lane.suspend(&mut self.batch);
        let watcher = Watcher::Lane(Arc::clone(lane));
        let parked = other.progress.watch(count, watcher).is_some();
        if !parked {
            lane.reclaim();
        }
        parked
    }

    fn wake(&mut self) {
        if self.woken.is_empty() {
            return;
        }
        for watcher in self.woken.drain(..) {
            match watcher {
                Watcher::Lane(lane) if lane.resume() => self.near.push_back(lane),
                Watcher::Lane(_) => {}
                Watcher::Host(parker) => parker.wake(),
            }
        }
    }
}
