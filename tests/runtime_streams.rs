//! Devices and streams: routing, order, priorities, and what they refuse.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may")]

mod gate;

use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use gate::Gate;
use static_assertions::{assert_impl_all, assert_not_impl_any};
use tilesync::runtime::{
    Device, DeviceBuffer, DeviceGuard, Error, Event, InFlight, Priority, Stream, StreamGuard,
};

assert_impl_all!(Stream: Send, Sync, UnwindSafe, RefUnwindSafe);
assert_impl_all!(Event: Send, Sync, UnwindSafe, RefUnwindSafe);
assert_impl_all!(Error: Send, Sync, Clone);
assert_impl_all!(DeviceBuffer<u8>: Send, Sync);
assert_impl_all!(InFlight<Vec<u8>>: Send, Sync);
// They restore what is current on the thread that made them.
assert_not_impl_any!(DeviceGuard: Send);
assert_not_impl_any!(StreamGuard: Send);

fn count(counter: &AtomicUsize) {
    counter.fetch_add(1, Ordering::Relaxed);
}

#[test]
fn devices_are_numbered_from_zero_and_no_others_exist() {
    assert_eq!(Device::count(), 2);
    assert_eq!(Device::all().map(Device::index).collect::<Vec<_>>(), [0, 1]);
    for index in [-1, 2, i64::MIN, i64::MAX] {
        let refused = Device::new(index).unwrap_err();
        assert!(refused.to_string().contains(&index.to_string()), "{refused}");
    }
    assert!(matches!(Device::set_count(3), Err(Error::DeviceCount { asked: 3, count: 2 })));
}

#[test]
fn the_current_device_and_stream_belong_to_the_thread_and_guards_restore_them() {
    let second = Device::new(1).unwrap();
    let stream = Stream::new(second);
    let before = second.current_stream();
    assert_eq!(before, second.default_stream());
    let panicked = std::panic::catch_unwind(|| {
        let _device = DeviceGuard::new(Device::new(0).unwrap());
        let _stream = StreamGuard::new(&stream);
        assert_eq!(Device::current(), second);
        assert_eq!(second.current_stream(), stream);
        thread::spawn(|| assert_eq!(Device::current().index(), 0)).join().unwrap();
        panic!("on the way out");
    });
    assert!(panicked.is_err());
    assert_eq!(Device::current().index(), 0);
    assert_eq!(second.current_stream(), before);
    stream.make_current();
    assert_eq!(Device::current(), second);
    assert_eq!(second.current_stream(), stream);
}

#[test]
fn a_kernel_has_the_device_of_its_stream() {
    for device in Device::all() {
        let stream = Stream::new(device);
        let (tell, told) = mpsc::channel();
        stream.launch(move || tell.send(Device::current())).unwrap();
        stream.synchronize().unwrap();
        assert_eq!(told.recv(), Ok(device));
        assert_eq!(Device::current().index(), 0);
    }
}

#[test]
fn what_a_kernel_makes_current_stays_inside_it() {
    let first = Device::new(0).unwrap();
    let second = Device::new(1).unwrap();
    let [stream, side] = [Stream::new(second), Stream::new(first)];
    let (tell, told) = mpsc::channel();
    let gate = Gate::on(&stream).unwrap();
    stream.launch(move || side.make_current()).unwrap();
    stream.launch(move || tell.send((Device::current(), first.current_stream()))).unwrap();
    drop(gate);
    stream.synchronize().unwrap();
    assert_eq!(told.recv(), Ok((second, first.default_stream())));
    assert_eq!(Device::current(), first);
    assert_eq!(first.current_stream(), first.default_stream());
}

#[test]
fn the_pool_holds_32_streams_of_each_priority() {
    let device = Device::new(1).unwrap();
    for priority in [Priority::Low, Priority::High] {
        let first: Vec<Stream> = (0..32).map(|_| Stream::from_pool(device, priority)).collect();
        let again: Vec<Stream> = (0..32).map(|_| Stream::from_pool(device, priority)).collect();
        let mut ids: Vec<_> = first.iter().map(Stream::id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 32);
        assert_eq!(first, again);
        assert!(first.iter().all(|stream| stream.priority() == priority));
        assert!(first.iter().all(|stream| stream.device() == device));
    }
    assert_eq!(Priority::clamped(-5), Priority::Low);
    assert_eq!(Priority::clamped(7), Priority::High);
}

#[test]
fn work_runs_in_the_order_in_which_it_was_given() {
    let stream = Stream::new(Device::current());
    let log = Arc::new(Mutex::new(Vec::new()));
    for mark in 0..10_000 {
        let log = Arc::clone(&log);
        stream.launch(move || log.lock().unwrap().push(mark)).unwrap();
    }
    stream.synchronize().unwrap();
    assert!(log.lock().unwrap().iter().copied().eq(0..10_000));
}

#[test]
fn a_query_is_false_until_the_last_kernel_has_returned() {
    let stream = Stream::new(Device::current());
    assert!(stream.query().unwrap());
    let gate = Gate::on(&stream).unwrap();
    for _ in 0..100 {
        assert!(!stream.query().unwrap());
        thread::sleep(Duration::from_micros(100));
    }
    drop(gate);
    stream.synchronize().unwrap();
    assert!(stream.query().unwrap());
}

#[test]
fn a_stuck_kernel_lets_a_synchronize_time_out_and_nothing_is_lost() {
    let stream = Stream::new(Device::current());
    let gate = Gate::on(&stream).unwrap();
    let event = Event::new();
    event.record_on(&stream).unwrap();
    let limit = Duration::from_millis(5);
    let refused = stream.synchronize_timeout(limit).unwrap_err();
    assert!(matches!(refused, Error::TimedOut { waited, .. } if waited == limit));
    assert!(refused.to_string().contains(&stream.id().to_string()), "{refused}");
    assert!(matches!(event.synchronize_timeout(limit), Err(Error::TimedOut { .. })));
    drop(gate);
    stream.synchronize_timeout(Duration::MAX).unwrap();
    event.synchronize_timeout(Duration::ZERO).unwrap();
}

#[test]
fn many_blocked_kernels_do_not_hold_up_a_free_stream() {
    let streams: Vec<Stream> = (0..64).map(|_| Stream::new(Device::current())).collect();
    let gates: Vec<Gate> = streams.iter().map(|stream| Gate::on(stream).unwrap()).collect();
    let free = Stream::new(Device::current());
    let (tell, told) = mpsc::channel();
    free.launch(move || tell.send(())).unwrap();
    told.recv_timeout(Duration::from_secs(30)).expect("a worker was found");
    drop(gates);
    Device::current().synchronize().unwrap();
    assert!(streams.iter().all(|stream| stream.query().unwrap()));
}

#[test]
fn work_of_a_stream_whose_handles_are_gone_still_runs() {
    let done = Arc::new(AtomicUsize::new(0));
    let (tell, told) = mpsc::channel();
    let stream = Stream::new(Device::current());
    let gate = Gate::on(&stream).unwrap();
    for _ in 0..100 {
        let done = Arc::clone(&done);
        stream.launch(move || count(&done)).unwrap();
    }
    stream.launch(move || tell.send(())).unwrap();
    drop(stream);
    drop(gate);
    told.recv_timeout(Duration::from_secs(30)).expect("the last kernel ran");
    assert_eq!(done.load(Ordering::Relaxed), 100);
}

#[test]
fn a_kernel_may_give_work_but_not_wait_for_it() {
    let [own, other] = [(); 2].map(|()| Stream::new(Device::current()));
    let event = Event::new();
    let (tell, told) = mpsc::channel();
    let kernel = {
        let (own, other) = (own.clone(), other.clone());
        move || {
            other.launch(|| ()).unwrap();
            own.launch(|| ()).unwrap();
            event.record_on(&other).unwrap();
            own.wait(&event).unwrap();
            for refused in [
                own.synchronize(),
                other.synchronize(),
                event.synchronize(),
                other.synchronize_timeout(Duration::ZERO),
                Device::current().synchronize(),
                tilesync::runtime::scope(|_| Ok(())),
            ] {
                tell.send(refused).unwrap();
            }
        }
    };
    own.launch(kernel).unwrap();
    own.synchronize().unwrap();
    let answers: Vec<_> = told.iter().collect();
    assert_eq!(answers.len(), 6);
    assert!(answers.iter().all(|answer| matches!(answer, Err(Error::InsideKernel { .. }))));
}

#[test]
fn a_hundred_thousand_streams_need_no_thread_each() {
    let done = Arc::new(AtomicUsize::new(0));
    let streams: Vec<Stream> = (0..100_000).map(|_| Stream::new(Device::current())).collect();
    for stream in &streams {
        let done = Arc::clone(&done);
        stream.launch(move || count(&done)).unwrap();
    }
    Device::current().synchronize().unwrap();
    assert_eq!(done.load(Ordering::Relaxed), 100_000);
}
