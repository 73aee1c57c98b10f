//! Kernels that fail: what is told, to whom, and what comes after.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may")]

mod gate;

use std::num::ParseIntError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use gate::Gate;
use tilesync::runtime::{Device, Error, Event, Stream, scope};

fn fails() -> Result<(), ParseIntError> {
    "not a number".parse::<i32>().map(drop)
}

fn stream() -> Stream {
    Stream::new(Device::current())
}

#[test]
fn the_next_synchronize_reports_the_error_once() {
    let stream = stream();
    stream.launch(fails).unwrap();
    let Error::KernelFailed { device, stream: id, source } = stream.synchronize().unwrap_err()
    else {
        panic!("another error");
    };
    assert_eq!((device, id), (stream.device(), stream.id()));
    assert_eq!(source.to_string(), fails().unwrap_err().to_string());
    stream.synchronize().unwrap();
}

#[test]
fn a_panic_is_an_error_with_its_message() {
    let stream = stream();
    stream.launch(|| -> () { panic!("the {} broke", "belt") }).unwrap();
    let told = stream.synchronize().unwrap_err();
    assert!(matches!(&told, Error::KernelPanicked { message, .. } if message == "the belt broke"));
    assert!(told.to_string().contains(&stream.id().to_string()), "{told}");
    stream.launch(|| ()).unwrap();
    stream.synchronize().unwrap();
}

struct PanicsOnDrop;

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

#[test]
fn not_even_a_panic_in_a_drop_stops_a_stream() {
    let stream = stream();
    let gate = Gate::on(&stream).unwrap();
    stream.launch(|| -> () { std::panic::panic_any(PanicsOnDrop) }).unwrap();
    let capture = PanicsOnDrop;
    stream.launch(move || drop(capture)).unwrap();
    drop(gate);
    assert!(matches!(stream.synchronize(), Err(Error::KernelPanicked { .. })));
    stream.launch(|| ()).unwrap();
    stream.synchronize().unwrap();
}

#[test]
fn what_is_queued_behind_is_dropped_and_events_behind_complete_with_the_error() {
    let stream = stream();
    let gate = Gate::on(&stream).unwrap();
    let [before, behind] = [(); 2].map(|()| Event::new());
    before.record_on(&stream).unwrap();
    stream.launch(fails).unwrap();
    let ran = Arc::new(AtomicUsize::new(0));
    let capture = Arc::clone(&ran);
    stream.launch(move || capture.store(1, Ordering::Relaxed)).unwrap();
    behind.record_on(&stream).unwrap();
    drop(gate);
    before.synchronize().unwrap();
    for _ in 0..2 {
        assert!(matches!(behind.synchronize(), Err(Error::KernelFailed { .. })));
        assert!(matches!(behind.query(), Err(Error::KernelFailed { .. })));
    }
    assert_eq!(ran.load(Ordering::Relaxed), 0);
    assert_eq!(Arc::strong_count(&ran), 1);
    assert!(stream.query().unwrap());
    assert!(stream.synchronize().is_err());
    // The record keeps its error; a new one has none.
    assert!(behind.query().is_err());
    behind.record_on(&stream).unwrap();
    assert!(behind.query().unwrap());
}

#[test]
fn a_stream_that_waits_for_a_failed_record_is_poisoned_too() {
    let [source, target] = [stream(), stream()];
    let gate = Gate::on(&source).unwrap();
    let event = Event::new();
    source.launch(fails).unwrap();
    event.record_on(&source).unwrap();
    target.wait(&event).unwrap();
    let (tell, told) = mpsc::channel();
    target.launch(move || tell.send(())).unwrap();
    drop(gate);
    let error = target.synchronize().unwrap_err();
    assert!(matches!(error, Error::KernelFailed { stream, .. } if stream == source.id()));
    assert!(told.recv().is_err(), "what depends on the failed work did not run");
    assert!(source.synchronize().is_err(), "the source reports its error as well");
}

#[test]
fn a_poisoned_stream_still_waits_for_events() {
    let [busy, poisoned] = [stream(), stream()];
    let gate = Gate::on(&busy).unwrap();
    let event = Event::new();
    event.record_on(&busy).unwrap();
    poisoned.launch(fails).unwrap();
    poisoned.wait(&event).unwrap();
    let told = poisoned.synchronize_timeout(Duration::from_millis(5));
    assert!(matches!(told, Err(Error::TimedOut { .. })));
    drop(gate);
    assert!(matches!(poisoned.synchronize(), Err(Error::KernelFailed { .. })));
    assert!(event.query().unwrap());
}

#[test]
fn a_time_out_does_not_swallow_the_error() {
    let stream = stream();
    let gate = Gate::on(&stream).unwrap();
    stream.launch(fails).unwrap();
    drop(gate);
    let mut told = stream.synchronize_timeout(Duration::ZERO);
    while matches!(told, Err(Error::TimedOut { .. })) {
        thread::sleep(Duration::from_millis(1));
        told = stream.synchronize_timeout(Duration::ZERO);
    }
    assert!(matches!(told, Err(Error::KernelFailed { .. })));
}

#[test]
fn a_device_reports_the_errors_of_its_streams_one_by_one() {
    let device = Device::new(1).unwrap();
    let streams = [Stream::new(device), Stream::new(device), Stream::new(device)];
    streams[1].launch(fails).unwrap();
    streams[2].launch(|| -> () { panic!("second") }).unwrap();
    assert!(matches!(device.synchronize(), Err(Error::KernelFailed { .. })));
    assert!(matches!(device.synchronize(), Err(Error::KernelPanicked { .. })));
    device.synchronize().unwrap();
}

#[test]
fn elapsed_time_up_to_a_failed_record_is_its_error() {
    let stream = stream();
    let [start, end] = [(); 2].map(|()| Event::builder().timing(true).build());
    start.record_on(&stream).unwrap();
    stream.launch(fails).unwrap();
    end.record_on(&stream).unwrap();
    assert!(end.synchronize().is_err());
    assert!(matches!(start.elapsed(&end), Err(Error::KernelFailed { .. })));
}

#[test]
fn a_scope_reports_the_first_failure_and_clears_that_stream() {
    let [first, second] = [stream(), stream()];
    let told = scope(|scope| {
        scope.launch(&first, || ())?;
        scope.launch(&second, fails)?;
        scope.launch(&second, || ())
    });
    assert!(matches!(told, Err(Error::KernelFailed { stream, .. }) if stream == second.id()));
    first.synchronize().unwrap();
    second.synchronize().unwrap();
}

#[test]
fn a_failure_behind_one_that_was_reported_meanwhile_is_nobodys_success() {
    let [stream, held, dependent] = [stream(), stream(), stream()];
    let gates = [&stream, &held].map(|stream| Gate::on(stream).unwrap());
    let [own, later] = gates;
    let [open, behind] = [(); 2].map(|()| Event::new());
    open.record_on(&held).unwrap();
    let ran = Arc::new(AtomicUsize::new(0));
    let capture = Arc::clone(&ran);
    let mut in_flight = None;
    let told = scope(|scope| {
        scope.launch(&stream, fails)?;
        // The scope ends and reports the failure while the stream stands here.
        stream.wait(&open)?;
        in_flight = Some(stream.launch_with(1, |_| -> () { panic!("second") })?);
        behind.record_on(&stream)?;
        dependent.wait(&behind)?;
        dependent.launch(move || capture.store(1, Ordering::Relaxed))?;
        drop(own);
        Ok(())
    });
    assert!(matches!(told, Err(Error::KernelFailed { .. })));
    drop(later);
    let lost = in_flight.unwrap().synchronize().expect_err("its kernel panicked");
    assert!(matches!(lost.error, Error::KernelPanicked { .. }));
    assert!(matches!(behind.synchronize(), Err(Error::KernelPanicked { .. })));
    assert!(matches!(behind.query(), Err(Error::KernelPanicked { .. })));
    assert!(matches!(dependent.synchronize(), Err(Error::KernelPanicked { .. })));
    assert_eq!(ran.load(Ordering::Relaxed), 0, "it depends on what failed");
    assert!(matches!(stream.synchronize(), Err(Error::KernelPanicked { .. })));
    stream.synchronize().unwrap();
}

#[test]
fn a_scope_clears_no_failure_but_its_own() {
    let stream = stream();
    let told = scope(|scope| {
        scope.launch(&stream, fails)?;
        assert!(stream.synchronize().is_err());
        stream.launch(|| -> () { panic!("second") })?;
        let behind = Event::new();
        behind.record_on(&stream)?;
        assert!(behind.synchronize().is_err());
        Ok(())
    });
    assert!(matches!(told, Err(Error::KernelFailed { .. })));
    assert!(matches!(stream.synchronize(), Err(Error::KernelPanicked { .. })));
    stream.synchronize().unwrap();
}

#[test]
fn every_thread_whose_work_was_dropped_is_told() {
    let stream = stream();
    let gate = Gate::on(&stream).unwrap();
    stream.launch(fails).unwrap();
    let (go, told_to_go) = mpsc::channel::<()>();
    let (tell, told) = mpsc::channel();
    let other = thread::spawn({
        let stream = stream.clone();
        move || {
            stream.launch(|| -> () { unreachable!("it is behind a failure") }).unwrap();
            tell.send(()).unwrap();
            told_to_go.recv().unwrap();
            let first = stream.synchronize();
            stream.synchronize().unwrap();
            first
        }
    });
    told.recv().unwrap();
    drop(gate);
    assert!(matches!(stream.synchronize(), Err(Error::KernelFailed { .. })));
    stream.synchronize().unwrap();
    go.send(()).unwrap();
    let others = other.join().unwrap();
    assert!(
        matches!(others, Err(Error::KernelFailed { .. })),
        "its launch was dropped: {others:?}"
    );
    // New work of either is new.
    stream.launch(|| ()).unwrap();
    stream.synchronize().unwrap();
}

#[test]
fn who_launched_what_failed_is_told_even_if_another_was_told_first() {
    let stream = stream();
    stream.launch(fails).unwrap();
    let first = thread::scope(|threads| threads.spawn(|| stream.synchronize()).join().unwrap());
    assert!(first.is_err());
    assert!(stream.synchronize().is_err());
    stream.synchronize().unwrap();
}

#[test]
fn a_stream_that_is_known_to_have_failed_takes_no_kernels_until_that_is_cleared() {
    let stream = stream();
    stream.launch(fails).unwrap();
    let event = Event::new();
    event.record_on(&stream).unwrap();
    assert!(event.synchronize().is_err());
    let failed = |told: Result<(), Error>| matches!(told, Err(Error::KernelFailed { stream: id, .. }) if id == stream.id());
    let alive = Arc::new(());
    for _ in 0..1000 {
        let capture = Arc::clone(&alive);
        assert!(failed(stream.launch(move || drop(capture))));
    }
    assert_eq!(Arc::strong_count(&alive), 1, "what was refused is gone");
    let refused = stream.launch_with(Arc::clone(&alive), |_| ()).unwrap_err();
    assert!(failed(Err(refused.error)));
    drop(refused.buffers);
    let lent = 1;
    assert!(failed(scope(|scope| scope.launch(&stream, || assert_eq!(lent, 1)))));
    // Events and waits are taken, and another stream may work on.
    stream.wait(&event).unwrap();
    event.record_on(&stream).unwrap();
    assert!(failed(event.query().map(drop)));
    assert!(failed(stream.synchronize()));
    stream.launch(|| ()).unwrap();
    stream.synchronize().unwrap();
}

#[test]
fn buffers_in_flight_on_a_failed_stream_stay_with_their_owner() {
    let stream = stream();
    let in_flight = stream.launch_with(vec![1], |_| fails()).unwrap();
    let event = Event::new();
    event.record_on(&stream).unwrap();
    assert!(event.synchronize().is_err());
    let refused = in_flight.then(|buffer| buffer.push(2)).unwrap_err();
    assert!(matches!(refused.error, Error::KernelFailed { .. }));
    let failed = refused.buffers.synchronize().unwrap_err();
    assert_eq!(failed.buffers.synchronize().unwrap(), [1]);
}

#[test]
fn a_failure_may_be_reported_a_hundred_thousand_times_while_all_events_are_kept() {
    const ROUNDS: usize = 100_000;
    let [stream, held] = [stream(), stream()];
    let mut events = Vec::new();
    for round in 0..ROUNDS {
        // A wait is queued behind the failure while it is reported.
        let gate = (round % 100 == 0).then(|| Gate::on(&held).unwrap());
        let open = Event::new();
        open.record_on(&held).unwrap();
        let [failed, behind] = [(); 2].map(|()| Event::new());
        let told = scope(|scope| {
            scope.launch(&stream, fails)?;
            failed.record_on(&stream)?;
            stream.wait(&open)?;
            behind.record_on(&stream)
        });
        assert!(told.is_err());
        drop(gate);
        events.push((failed, behind));
    }
    stream.synchronize().unwrap();
    let errors = |event: &Event| usize::from(event.query().is_err());
    let failed: usize = events.iter().map(|(failed, _)| errors(failed)).sum();
    assert_eq!(failed, ROUNDS);
    drop(events);
}
