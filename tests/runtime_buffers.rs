//! Buffers: owned or lent while work is in flight, and never lost.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may")]

mod gate;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use gate::Gate;
use tilesync::runtime::{Device, DeviceBuffer, Error, Stream, scope};

fn stream() -> Stream {
    Stream::new(Device::current())
}

#[test]
fn a_launch_owns_its_buffers_and_gives_them_back() {
    let [first, second] = [stream(), stream()];
    let gate = Gate::on(&first).unwrap();
    let buffer = DeviceBuffer::filled(Device::current(), 1000, 1_u64).unwrap();
    let in_flight = first
        .launch_with(buffer, |buffer| buffer.iter_mut().for_each(|x| *x += 1))
        .unwrap()
        .hand_to(&second)
        .unwrap()
        .then(|buffer| buffer.iter_mut().for_each(|x| *x *= 10))
        .unwrap();
    assert!(!in_flight.query().unwrap());
    assert_eq!(in_flight.stream(), &second);
    let pending = in_flight.synchronize_timeout(Duration::from_millis(1)).unwrap_err();
    assert!(matches!(pending.error, Error::TimedOut { .. }));
    drop(gate);
    let buffer = pending.buffers.synchronize().unwrap();
    assert!(buffer.iter().all(|&x| x == 20));
}

#[test]
fn a_failure_is_reported_once_and_then_the_buffers_come_back() {
    let stream = stream();
    let in_flight = stream
        .launch_with(vec![1, 2, 3], |buffer| {
            buffer[0] = 9;
            "x".parse::<i32>().map(drop)
        })
        .unwrap();
    let failed = in_flight.synchronize().unwrap_err();
    assert!(matches!(failed.error, Error::KernelFailed { .. }));
    assert_eq!(failed.buffers.synchronize().unwrap(), [9, 2, 3]);
    assert!(stream.synchronize().is_err(), "only this clears the stream");
}

#[test]
fn what_is_dropped_in_flight_is_freed_when_the_work_is_done() {
    let stream = stream();
    let gate = Gate::on(&stream).unwrap();
    let alive = Arc::new(());
    let in_flight = stream.launch_with(Arc::clone(&alive), |_| ()).unwrap();
    drop(in_flight);
    assert_eq!(Arc::strong_count(&alive), 2);
    drop(gate);
    stream.synchronize().unwrap();
    assert_eq!(Arc::strong_count(&alive), 1);
}

#[test]
fn a_copy_of_two_lengths_is_refused_and_both_sides_come_back() {
    let stream = stream();
    let buffer = DeviceBuffer::filled(Device::current(), 3, 0_u8).unwrap();
    let refused = stream.copy(vec![1, 2], buffer).unwrap_err();
    assert!(matches!(refused.error, Error::LengthMismatch { source_len: 2, target_len: 3, .. }));
    let (source, mut target) = refused.buffers;
    let lent = scope(|scope| scope.copy(&stream, &source, &mut target));
    assert!(matches!(lent, Err(Error::LengthMismatch { .. })));
    assert_eq!(*target, [0; 3]);
}

#[test]
fn copies_go_to_and_fro_between_host_and_devices() {
    let [first, second] = [0, 1].map(|index| Device::new(index).unwrap());
    let stream = Stream::new(second);
    let numbers: Vec<u32> = (0..5000).collect();
    let near = DeviceBuffer::filled(first, 5000, 0).unwrap();
    let mut far = DeviceBuffer::filled(second, 5000, 0).unwrap();
    let mut back = vec![0; 5000];
    let (numbers, near) = stream.copy(numbers, near).unwrap().synchronize().unwrap();
    scope(|scope| scope.copy(&stream, &near, &mut far)).unwrap();
    scope(|scope| scope.copy(&stream, &far, &mut back)).unwrap();
    assert_eq!(back, numbers);
    assert_eq!(far.device(), second);
    assert_eq!(far.into_vec(), numbers);
}

#[test]
fn a_scope_ends_when_all_of_its_kernels_have() {
    let streams = [stream(), stream()];
    let mut halves = [vec![0; 100], vec![0; 100]];
    scope(|scope| {
        for (stream, half) in streams.iter().zip(&mut halves) {
            scope.launch(stream, || {
                thread::sleep(Duration::from_millis(2));
                half.fill(7);
            })?;
        }
        Ok(())
    })
    .unwrap();
    assert!(halves.iter().flatten().all(|&x| x == 7));
}

#[test]
fn a_kernel_of_a_scope_may_launch_in_it() {
    let [first, second] = [stream(), stream()];
    let mut number = 0;
    scope(|scope| {
        let number = &mut number;
        let second = &second;
        scope.launch(&first, move || {
            thread::sleep(Duration::from_millis(2));
            scope.launch(second, move || {
                thread::sleep(Duration::from_millis(2));
                *number = 5;
            })
        })
    })
    .unwrap();
    assert_eq!(number, 5);
}

#[test]
fn a_panic_in_a_scope_goes_on_when_all_of_its_kernels_are_done() {
    let stream = stream();
    let mut number = 0;
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        scope::<()>(|scope| {
            scope.launch(&stream, || {
                thread::sleep(Duration::from_millis(5));
                number = 5;
            })?;
            panic!("on the way out");
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(number, 5);
}

#[test]
fn a_buffer_that_no_memory_can_hold_is_refused() {
    let device = Device::current();
    for len in [usize::MAX, usize::MAX / 16, isize::MAX as usize] {
        let refused = DeviceBuffer::filled(device, len, 0_u64).unwrap_err();
        assert!(matches!(refused, Error::OutOfMemory { .. }));
    }
}
