//! Every interleaving of small cases of the engine below streams and events, under loom.
//!
//! The files are those of the library. Only the locks and atomics ([`sync`]) and the work
//! ([`job`]) are others. Loom fails a case if any schedule deadlocks (a lost wake-up), if an
//! assertion fails in any, or if two accesses to a [`Cell`] are not ordered by
//! happens-before.

#![allow(clippy::expect_used, reason = "a test may")]
#![allow(dead_code, reason = "some of the engine is only variants of what is modelled")]

#[path = "runtime_model/cell.rs"]
mod cell;
#[path = "../../dsl/src/runtime/engine/drive.rs"]
mod drive;
#[path = "../../dsl/src/runtime/engine/epoch.rs"]
mod epoch;
#[path = "../../dsl/src/runtime/engine/failures.rs"]
mod failures;
#[path = "runtime_model/job.rs"]
mod job;
#[path = "../../dsl/src/runtime/engine/lane.rs"]
mod lane;
#[path = "../../dsl/src/runtime/engine/parker.rs"]
mod parker;
#[path = "../../dsl/src/runtime/engine/progress.rs"]
mod progress;
#[path = "../../dsl/src/runtime/engine/ready.rs"]
mod ready;
#[path = "runtime_model/sync.rs"]
mod sync;

use std::sync::Arc;
use std::time::Duration;

use cell::Cell;
use drive::Driver;
use job::{Caller, Failure, Job, Place};
use lane::{Lane, Point, Task};
use loom::thread;
use ready::Ready;

fn lane() -> Arc<Lane> {
    Arc::new(Lane::new(Place { urgent: false }))
}

fn task(run: impl FnOnce() -> Result<(), Failure> + Send + 'static) -> Task {
    Task::Job(Job { run: Box::new(run), caller: None })
}

/// A task of somebody who is told if nothing comes of it.
fn task_of(caller: Caller, run: impl FnOnce() -> Result<(), Failure> + Send + 'static) -> Task {
    Task::Job(Job { run: Box::new(run), caller: Some(caller) })
}

fn write(cell: &Cell, mark: u32) -> Task {
    let cell = cell.clone();
    task(move || {
        cell.write(mark);
        Ok(())
    })
}

fn submit(ready: &Ready, lane: &Arc<Lane>, task: Task) -> Point {
    try_submit(ready, lane, task).expect("the queue has not failed")
}

fn try_submit(ready: &Ready, lane: &Arc<Lane>, task: Task) -> Result<Point, Failure> {
    let (point, list) = lane.submit_marked(task)?;
    if list {
        ready.push(Arc::clone(lane));
    }
    Ok(point)
}

/// What a worker does, until `lane` has finished `count` tasks.
fn work(ready: &Ready, lane: &Lane, count: u64) {
    let mut driver = Driver::new(ready);
    while lane.progress.completed() < count {
        let Some(next) = driver.next_near().or_else(|| ready.pop(None)) else {
            return;
        };
        if next.claim_unlisted() {
            driver.drive(&next, u64::MAX);
        }
    }
    driver.hand_over();
}

/// What a helping host thread does: `Patience::Helping`.
fn help(ready: &Ready, lane: &Arc<Lane>, count: u64) {
    while lane.progress.completed() < count && lane.claim() {
        let mut driver = Driver::new(ready);
        driver.drive(lane, count);
        driver.hand_over();
    }
    lane.progress.sleep_until(count, None);
}

fn model(run: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = None;
    builder.check(run);
}

#[test]
fn a_sleeping_host_thread_is_woken_and_sees_the_work() {
    model(|| {
        let (ready, lane, cell) = (Arc::new(Ready::new()), lane(), Cell::new());
        let host = {
            let (ready, lane, cell) = (Arc::clone(&ready), Arc::clone(&lane), cell.clone());
            thread::spawn(move || {
                submit(&ready, &lane, write(&cell, 1));
                submit(&ready, &lane, write(&cell, 2));
                lane.progress.sleep_until(2, None);
                assert_eq!(cell.read(), [1, 2]);
                assert!(lane.is_idle());
            })
        };
        work(&ready, &lane, 2);
        host.join().expect("the host thread was woken");
    });
}

#[test]
fn two_threads_that_want_the_same_queue_run_each_task_once_and_in_order() {
    model(|| {
        let (ready, lane, cell) = (Arc::new(Ready::new()), lane(), Cell::new());
        submit(&ready, &lane, write(&cell, 1));
        submit(&ready, &lane, write(&cell, 2));
        let rival = {
            let (ready, lane) = (Arc::clone(&ready), Arc::clone(&lane));
            thread::spawn(move || help(&ready, &lane, 2))
        };
        submit(&ready, &lane, write(&cell, 3));
        work(&ready, &lane, 3);
        assert_eq!(cell.read(), [1, 2, 3]);
        rival.join().expect("the rival ends");
    });
}

#[test]
fn work_behind_a_wait_happens_after_the_record_on_another_thread() {
    model(|| {
        let (ready, cell) = (Arc::new(Ready::new()), Cell::new());
        let (first, second) = (lane(), lane());
        let record = submit(&ready, &first, write(&cell, 1));
        submit(&ready, &second, Task::Wait(Box::new(record)));
        submit(&ready, &second, write(&cell, 2));
        let other = {
            let (ready, first) = (Arc::clone(&ready), Arc::clone(&first));
            thread::spawn(move || help(&ready, &first, 1))
        };
        work(&ready, &second, 2);
        assert_eq!(cell.read(), [1, 2]);
        other.join().expect("the other ends");
    });
}

#[test]
fn a_wait_that_is_queued_while_its_record_is_reached_is_not_lost() {
    model(|| {
        let (ready, cell) = (Arc::new(Ready::new()), Cell::new());
        let (first, second) = (lane(), lane());
        let record = submit(&ready, &first, write(&cell, 1));
        let other = {
            let (ready, first) = (Arc::clone(&ready), Arc::clone(&first));
            thread::spawn(move || work(&ready, &first, 1))
        };
        let (point, claimed) = second.submit_brief(Task::Wait(Box::new(record)));
        assert!(claimed);
        let mut driver = Driver::new(&ready);
        driver.drive(&second, point.count);
        driver.hand_over();
        submit(&ready, &second, write(&cell, 2));
        other.join().expect("the other ends");
        work(&ready, &second, 2);
        assert_eq!(cell.read(), [1, 2]);
    });
}

#[test]
fn a_failure_is_reported_once_and_behind_it_all_is_dropped_until_then() {
    model(|| {
        let (ready, lane, cell) = (Arc::new(Ready::new()), lane(), Cell::new());
        let failing = submit(&ready, &lane, task(|| Err(Failure("broken"))));
        let behind = submit(&ready, &lane, write(&cell, 1));
        let rival = {
            let (ready, lane) = (Arc::clone(&ready), Arc::clone(&lane));
            thread::spawn(move || {
                help(&ready, &lane, 1);
                lane.take_failure(None)
            })
        };
        work(&ready, &lane, 2);
        let ours = lane.take_failure(None);
        let theirs = rival.join().expect("the rival ends");
        assert!(ours.is_some() ^ theirs.is_some());
        assert_eq!(failing.outcome(), Some(Err(Failure("broken"))));
        // The rival may have been told before the task behind was looked at: then it ran.
        let ran = !cell.read().is_empty();
        assert_eq!(behind.outcome() == Some(Ok(())), ran);
        let after = submit(&ready, &lane, write(&cell, 2));
        help(&ready, &lane, 3);
        assert_eq!(after.outcome(), Some(Ok(())));
        assert!(cell.read().ends_with(&[2]));
    });
}

#[test]
fn a_failure_behind_one_that_is_reported_meanwhile_is_seen_by_every_point_behind_it() {
    model(|| {
        let (ready, lane) = (Arc::new(Ready::new()), lane());
        let first = submit(&ready, &lane, task(|| Err(Failure("first"))));
        let second = submit(&ready, &lane, task(|| Err(Failure("second"))));
        let reporter = {
            let lane = Arc::clone(&lane);
            thread::spawn(move || {
                lane.progress.sleep_until(1, None);
                let told = lane.take_failure(None);
                // A point of the new epoch at a task of the old one.
                (told, lane.point())
            })
        };
        work(&ready, &lane, 2);
        let (told, late) = reporter.join().expect("the reporter ends");
        assert_eq!(told, Some(Failure("first")));
        assert_eq!(first.outcome(), Some(Err(Failure("first"))));
        // The second was dropped behind the first, or failed itself after the report.
        let left = lane.take_failure(None);
        let dropped = left.is_none();
        let expected = Failure(if dropped { "first" } else { "second" });
        assert_eq!(second.outcome(), Some(Err(expected)));
        let late = late.outcome().expect("all is done");
        assert_eq!(late, left.map_or(Ok(()), Err));
        assert_eq!(lane.point().outcome(), Some(Ok(())));
    });
}

#[test]
fn a_task_on_a_failed_queue_is_refused_or_its_caller_is_told() {
    model(|| {
        let (ready, lane, cell) = (Arc::new(Ready::new()), lane(), Cell::new());
        submit(&ready, &lane, task(|| Err(Failure("broken"))));
        let other = {
            let (ready, lane, cell) = (Arc::clone(&ready), Arc::clone(&lane), cell.clone());
            thread::spawn(move || {
                let Task::Job(write) = write(&cell, 1) else { unreachable!("it is a job") };
                let queued = try_submit(&ready, &lane, task_of(Caller(7), write.run));
                let point = queued.ok()?;
                help(&ready, &lane, point.count);
                Some((point.outcome(), lane.take_failure(Some(Caller(7)))))
            })
        };
        help(&ready, &lane, 1);
        let first = lane.take_failure(None);
        // What this thread has left to workers, of which there are none.
        if ready.has_others() {
            help(&ready, &lane, lane.submitted());
        }
        let told = other.join().expect("the other ends");
        let ran = !cell.read().is_empty();
        match told {
            // Refused: the failure was known.
            None => assert!(!ran),
            Some((outcome, told)) => {
                assert_eq!(outcome == Some(Ok(())), ran);
                assert!(ran || told.is_some(), "its work was dropped, and it was not told");
                assert!(told.is_some() || first.is_some());
            }
        }
        assert_eq!(lane.take_failure(Some(Caller(7))), None, "told once");
    });
}

#[test]
fn every_listed_queue_finds_a_sleeping_worker() {
    model(|| {
        let ready = Arc::new(Ready::new());
        let workers = [(); 2].map(|()| {
            let ready = Arc::clone(&ready);
            thread::spawn(move || assert!(ready.pop(None).is_some()))
        });
        ready.push(lane());
        ready.push(lane());
        for worker in workers {
            worker.join().expect("the worker found a queue");
        }
        assert!(!ready.has_others());
    });
}

#[test]
fn the_supervisor_hears_of_a_queue_that_no_worker_is_free_for() {
    model(|| {
        let ready = Arc::new(Ready::new());
        let supervisor = {
            let ready = Arc::clone(&ready);
            thread::spawn(move || ready.overload(Duration::ZERO))
        };
        ready.push(lane());
        ready.push(lane());
        let missing = supervisor.join().expect("the supervisor was woken");
        assert!((1..=2).contains(&missing));
    });
}

#[test]
fn urgent_queues_go_first_but_not_for_ever() {
    model(|| {
        let ready = Ready::new();
        ready.push(lane());
        let urgent = || Arc::new(Lane::new(Place { urgent: true }));
        ready.push(urgent());
        let mut picks = 0;
        while ready.pop(None).is_some_and(|lane| lane.place.urgent) {
            picks += 1;
            ready.push(urgent());
        }
        assert!((1..100).contains(&picks), "{picks} urgent ones went first");
    });
}
