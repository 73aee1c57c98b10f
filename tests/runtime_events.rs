//! Events: what a record is, who waits for which, and times.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may")]

mod gate;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use gate::Gate;
use tilesync::runtime::{Device, DeviceGuard, Error, Event, Stream, StreamGuard};

fn streams<const N: usize>() -> [Stream; N] {
    [(); N].map(|()| Stream::new(Device::current()))
}

#[test]
fn a_wait_keeps_to_the_record_that_was_the_latest_at_the_call() {
    let [first, second, third] = streams();
    let event = Event::new();
    let gate_of_first = Gate::on(&first).unwrap();
    let gate_of_second = Gate::on(&second).unwrap();
    event.record_on(&first).unwrap();
    third.wait(&event).unwrap();
    event.record_on(&second).unwrap();
    assert!(!third.query().unwrap());
    drop(gate_of_first);
    third.synchronize().unwrap();
    assert!(!event.query().unwrap());
    drop(gate_of_second);
    event.synchronize().unwrap();
    assert!(event.query().unwrap());
}

#[test]
fn recording_again_makes_a_complete_event_pending_and_a_pending_one_complete() {
    let [idle, busy] = streams();
    let event = Event::new();
    assert!(event.query().unwrap());
    let gate = Gate::on(&busy).unwrap();
    event.record_on(&busy).unwrap();
    assert!(!event.query().unwrap());
    event.record_on(&idle).unwrap();
    assert!(event.query().unwrap());
    event.record_on(&busy).unwrap();
    assert!(!event.query().unwrap());
    event.reset();
    assert!(event.query().unwrap());
    drop(gate);
}

#[test]
fn one_event_can_be_passed_to_and_fro_between_two_streams() {
    let streams: [Stream; 2] = streams();
    let event = Event::new();
    let turns = Arc::new(AtomicU64::new(0));
    for hop in 0..20_000_u64 {
        let [from, to] = [0, 1].map(|side| &streams[(hop as usize + side) % 2]);
        let turns = Arc::clone(&turns);
        from.launch(move || assert_eq!(turns.fetch_add(1, Ordering::Relaxed), hop)).unwrap();
        event.record_on(from).unwrap();
        to.wait(&event).unwrap();
    }
    for stream in &streams {
        stream.synchronize().unwrap();
    }
    assert_eq!(turns.load(Ordering::Relaxed), 20_000);
}

#[test]
fn a_wait_outlives_its_event_and_the_streams_handle() {
    let [busy, waiting] = streams();
    let event = Event::new();
    let gate = Gate::on(&busy).unwrap();
    event.record_on(&busy).unwrap();
    waiting.wait(&event).unwrap();
    drop(event);
    drop(busy);
    assert!(!waiting.query().unwrap());
    drop(gate);
    waiting.synchronize().unwrap();
}

#[test]
fn before_the_first_record_there_is_nothing_to_wait_for() {
    let [stream] = streams();
    let event = Event::builder().timing(true).blocking(true).build();
    assert!(event.query().unwrap());
    event.synchronize().unwrap();
    stream.wait(&event).unwrap();
    assert!(stream.query().unwrap());
}

#[test]
fn record_without_a_stream_takes_the_current_one_of_the_events_own_device() {
    let second = Device::new(1).unwrap();
    let event = {
        let _guard = DeviceGuard::new(second);
        Event::new()
    };
    assert_eq!(event.device(), second);
    let stream = Stream::new(second);
    let gate = Gate::on(&stream).unwrap();
    {
        let _stream = StreamGuard::new(&stream);
        let _device = DeviceGuard::new(Device::new(0).unwrap());
        event.record().unwrap();
    }
    assert!(!event.query().unwrap());
    drop(gate);
    event.synchronize().unwrap();
}

#[test]
fn an_event_is_recorded_only_on_its_own_device_but_waited_for_on_any() {
    let [stream] = streams();
    let second = Device::new(1).unwrap();
    let event = Event::builder().device(second).build();
    let refused = event.record_on(&stream).unwrap_err();
    assert!(matches!(refused, Error::DeviceMismatch { .. }));
    let text = refused.to_string();
    assert!(text.contains("device 0") && text.contains("device 1"), "{text}");
    let other = Stream::new(second);
    let gate = Gate::on(&other).unwrap();
    event.record_on(&other).unwrap();
    stream.wait(&event).unwrap();
    assert!(!stream.query().unwrap());
    drop(gate);
    stream.synchronize().unwrap();
}

#[test]
fn an_event_across_devices_is_recorded_on_any_and_stays_on_its_own_clock() {
    let [stream] = streams();
    let timed = |index| {
        let device = Device::new(index).unwrap();
        Event::builder().device(device).timing(true).across_devices(true).build()
    };
    let (start, end) = (timed(0), timed(1));
    start.record_on(&stream).unwrap();
    let gate = Gate::on(&stream).unwrap();
    end.record_on(&stream).unwrap();
    assert!(!end.query().unwrap());
    drop(gate);
    end.synchronize().unwrap();
    assert_eq!(end.device().index(), 1);
    assert!(matches!(start.elapsed(&end), Err(Error::TwoClocks { .. })));
}

#[test]
fn elapsed_time_says_why_there_is_none() {
    let [stream] = streams();
    let timed = || Event::builder().timing(true).build();
    let (start, end, untimed) = (timed(), timed(), Event::new());
    let elsewhere = Event::builder().timing(true).device(Device::new(1).unwrap()).build();
    assert!(matches!(start.elapsed(&end), Err(Error::NotRecorded { which: "start", .. })));
    start.record_on(&stream).unwrap();
    assert!(matches!(start.elapsed(&end), Err(Error::NotRecorded { which: "end", .. })));
    assert!(matches!(untimed.elapsed(&end), Err(Error::NoTiming { which: "start", .. })));
    assert!(matches!(start.elapsed(&untimed), Err(Error::NoTiming { which: "end", .. })));
    assert!(matches!(start.elapsed(&elsewhere), Err(Error::TwoClocks { .. })));
    let gate = Gate::on(&stream).unwrap();
    end.record_on(&stream).unwrap();
    assert!(matches!(start.elapsed(&end), Err(Error::NotReady { .. })));
    thread::sleep(Duration::from_millis(3));
    drop(gate);
    end.synchronize().unwrap();
    let there = start.elapsed(&end).unwrap();
    assert!(there >= 3.0);
    assert!((there + end.elapsed(&start).unwrap()).abs() < f64::EPSILON);
}

#[test]
fn many_threads_can_wait_for_one_record_and_all_are_woken() {
    for blocking in [false, true] {
        let [stream] = streams();
        let event = Event::builder().blocking(blocking).build();
        for _ in 0..200 {
            let gate = Gate::on(&stream).unwrap();
            event.record_on(&stream).unwrap();
            thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(|| event.synchronize().unwrap());
                }
                drop(gate);
            });
        }
    }
}

#[test]
fn many_streams_can_wait_for_one_record_and_all_go_on() {
    let [busy] = streams();
    let waiting: Vec<Stream> = (0..1_000).map(|_| Stream::new(Device::current())).collect();
    let event = Event::new();
    let gate = Gate::on(&busy).unwrap();
    event.record_on(&busy).unwrap();
    for stream in &waiting {
        stream.wait(&event).unwrap();
    }
    assert!(!waiting.iter().any(|stream| stream.query().unwrap()));
    drop(gate);
    for stream in &waiting {
        stream.synchronize().unwrap();
    }
}
