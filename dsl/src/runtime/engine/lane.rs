//! One in-order queue, who may run it, and the places in it, which are all that an event has to remember.

use std::collections::VecDeque;
use std::mem;

use super::epoch::Epoch;
use super::failures::{Failures, Leavings};
use super::job::{Caller, Failure, Job, Place};
use super::progress::Progress;
use super::sync::{Arc, AtomicU64, Mutex, Ordering};

/// A queue keeps room for at most this many tasks when it has run dry, so that bursts of launches do
/// not make it grow anew each time; what is more goes back.
const KEPT_CAPACITY: usize = 1024;

/// One entry of a queue.
pub(crate) enum Task {
    /// Something to do.
    Job(Job),
    /// Go no further until this point is reached. Boxed, because most tasks are jobs.
    Wait(Box<Point>),
}

/// Who may run the queue. All changes are made under the queue's lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// There is nothing to run. Whoever adds a task moves it on.
    Idle,
    /// There is something to run and nobody runs it: any thread may claim it.
    Ready,
    /// One thread has claimed it, and nobody else may run it.
    Running,
    /// Its next task waits for another queue, which alone may make it ready.
    Waiting,
}

struct State {
    phase: Phase,
    /// The ready list, or a thread's own short list, holds an entry for this queue. It may be an old
    /// one: a thread that finds such an entry claims the queue only if it is ready.
    listed: bool,
    tasks: VecDeque<Task>,
    failures: Failures,
}

impl State {
    /// Makes the queue ready; `true` if the caller must list it.
    fn make_ready(&mut self) -> bool {
        self.phase = Phase::Ready;
        !mem::replace(&mut self.listed, true)
    }

    /// The queue is dry.
    fn rest(&mut self) -> Leavings {
        self.phase = Phase::Idle;
        trim(&mut self.tasks);
        self.failures.rest()
    }

    fn healthy(&self) -> Result<(), Failure> {
        self.failures.poison().map_or(Ok(()), |failure| Err(failure.clone()))
    }

    fn restore(&mut self, batch: &mut VecDeque<Task>) {
        batch.append(&mut self.tasks);
        mem::swap(batch, &mut self.tasks);
    }
}

fn trim(dry: &mut VecDeque<Task>) {
    if dry.capacity() > KEPT_CAPACITY {
        *dry = VecDeque::new();
    }
}

/// A place in a queue, reached once `count` of its tasks are finished. It never moves.
#[derive(Clone)]
pub(crate) struct Point {
    pub(crate) lane: Arc<Lane>,
    pub(crate) count: u64,
    pub(crate) epoch: Arc<Epoch>,
}

impl Point {
    pub(crate) fn is_reached(&self) -> bool {
        self.lane.progress.completed() >= self.count
    }

    /// What came of the work before the point, once it is reached: the failure that stopped it, if
    /// one did. A failure behind the point, or one reported before the point was made, is not its own.
    pub(crate) fn outcome(&self) -> Option<Result<(), Failure>> {
        if !self.is_reached() {
            return None;
        }
        Some(self.epoch.failure_at(self.count).map_or(Ok(()), Err))
    }
}

/// One in-order queue. Tasks are counted from 1, in the order in which they were added.
///
/// Adding a task *happens before* the task runs, and each task *happens before* the next one, on
/// whatever threads they run.
pub(crate) struct Lane {
    pub(crate) place: Place,
    pub(crate) progress: Progress<Self>,
    /// How many tasks were ever added. Written under the lock.
    submitted: AtomicU64,
    state: Mutex<State>,
}

impl Lane {
    pub(crate) fn new(place: Place) -> Self {
        Self {
            place,
            progress: Progress::new(),
            submitted: AtomicU64::new(0),
            state: Mutex::new(State {
                phase: Phase::Idle,
                listed: false,
                tasks: VecDeque::new(),
                failures: Failures::new(),
            }),
        }
    }

    #[inline]
    pub(crate) fn submitted(&self) -> u64 {
        self.submitted.load(Ordering::Acquire)
    }

    #[inline]
    pub(crate) fn is_idle(&self) -> bool {
        let submitted = self.submitted();
        self.progress.completed() >= submitted
    }

    /// The point behind all tasks that were added so far.
    pub(crate) fn point(self: &Arc<Self>) -> Point {
        self.point_in(&self.state.lock())
    }

    fn point_in(self: &Arc<Self>, state: &State) -> Point {
        Point { lane: Arc::clone(self), count: self.submitted(), epoch: state.failures.epoch() }
    }

    fn push(&self, state: &mut State, task: Task) {
        state.tasks.push_back(task);
        let count = self.submitted.load(Ordering::Relaxed) + 1;
        self.submitted.store(count, Ordering::Release);
    }

    /// Adds a task behind all others; `true` if the caller must list the queue. A queue that has failed
    /// takes none until its failure is reported, and answers with that.
    #[inline]
    pub(crate) fn submit(&self, task: Task) -> Result<bool, Failure> {
        // Locked after `task` was passed, so free again before a refused task is dropped.
        let mut state = self.state.lock();
        state.healthy()?;
        self.push(&mut state, task);
        Ok(state.phase == Phase::Idle && state.make_ready())
    }

    /// [`submit`](Self::submit), and the point behind the task.
    pub(crate) fn submit_marked(self: &Arc<Self>, task: Task) -> Result<(Point, bool), Failure> {
        // As above.
        let mut state = self.state.lock();
        state.healthy()?;
        self.push(&mut state, task);
        let list = state.phase == Phase::Idle && state.make_ready();
        Ok((self.point_in(&state), list))
    }

    /// Adds a task that takes no time. An idle queue is claimed for the caller, who must run it up to
    /// the point behind the task, and no further.
    pub(crate) fn submit_brief(self: &Arc<Self>, task: Task) -> (Point, bool) {
        let mut state = self.state.lock();
        self.push(&mut state, task);
        let claimed = state.phase == Phase::Idle;
        if claimed {
            state.phase = Phase::Running;
        }
        (self.point_in(&state), claimed)
    }

    /// Claims the queue if it is ready.
    pub(crate) fn claim(&self) -> bool {
        Self::claim_in(&mut self.state.lock())
    }

    /// As [`claim`](Self::claim), by the thread that has just taken the queue's entry off a list.
    pub(crate) fn claim_unlisted(&self) -> bool {
        let mut state = self.state.lock();
        state.listed = false;
        Self::claim_in(&mut state)
    }

    fn claim_in(state: &mut State) -> bool {
        let ready = state.phase == Phase::Ready;
        if ready {
            state.phase = Phase::Running;
        }
        ready
    }

    /// Moves all tasks to `batch`, which is empty, and returns whether there is a failure that is not
    /// reported. Where there are no tasks the queue falls idle and is no longer the caller's.
    pub(crate) fn take(&self, batch: &mut VecDeque<Task>) -> Option<bool> {
        let mut state = self.state.lock();
        mem::swap(&mut state.tasks, batch);
        if batch.is_empty() {
            let leavings = state.rest();
            drop(state);
            drop(leavings);
            return None;
        }
        trim(&mut state.tasks);
        Some(state.failures.poison().is_some())
    }

    /// Gives back what is left of `batch` and the claim; `true` if the caller must list the queue.
    pub(crate) fn give_back(&self, batch: &mut VecDeque<Task>) -> bool {
        let mut state = self.state.lock();
        state.restore(batch);
        if state.tasks.is_empty() {
            let leavings = state.rest();
            drop(state);
            drop(leavings);
            return false;
        }
        state.make_ready()
    }

    /// Gives back what is left of `batch`, whose first task waits for another queue. The caller must
    /// then see to it that somebody will [`resume`](Self::resume) the queue.
    pub(crate) fn suspend(&self, batch: &mut VecDeque<Task>) {
        let mut state = self.state.lock();
        state.restore(batch);
        state.phase = Phase::Waiting;
    }

    /// What the queue waited for has come; `true` if the caller must list it.
    pub(crate) fn resume(&self) -> bool {
        let mut state = self.state.lock();
        debug_assert_eq!(state.phase, Phase::Waiting);
        state.make_ready()
    }

    /// What the queue waited for had come before anybody was asked to resume it: it is the caller's again.
    pub(crate) fn reclaim(&self) {
        let mut state = self.state.lock();
        debug_assert_eq!(state.phase, Phase::Waiting);
        state.phase = Phase::Running;
    }

    /// The task that `count` ends with failed, or, without a failure, has its turn behind one. `false`
    /// if all failures were reported meanwhile: the task may be done.
    ///
    /// Only the thread that runs the queue may call this, before it counts the task as finished.
    #[cold]
    pub(crate) fn stop(
        &self,
        count: u64,
        failure: Option<&Failure>,
        caller: Option<Caller>,
    ) -> bool {
        let mut state = self.state.lock();
        let (stopped, leavings) = state.failures.stop(count, failure, caller);
        drop(state);
        drop(leavings);
        stopped
    }

    /// The failure that nobody has been told of yet, which is thereby reported; else one that `caller`
    /// has not been told of, though its work came to nothing.
    pub(crate) fn take_failure(&self, caller: Option<Caller>) -> Option<Failure> {
        let mut state = self.state.lock();
        let (failure, leavings) = state.failures.report(self.submitted(), caller);
        let ended = self.is_idle().then(|| state.failures.rest());
        drop(state);
        drop((leavings, ended));
        failure
    }

    /// Somebody was told, by a point at `count`, of the failure before it.
    pub(crate) fn forget_failure(&self, count: u64) {
        let mut state = self.state.lock();
        let failure = state.failures.report_at(count, self.submitted());
        let ended = self.is_idle().then(|| state.failures.rest());
        drop(state);
        drop((failure, ended));
    }
}
