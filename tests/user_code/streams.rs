//! Streams, events, scopes and buffers.

use std::fmt;
use std::sync::mpsc;
use std::time::Duration;

use tilesync::runtime::{Device, DeviceBuffer, Error, Event, KernelError, Outcome, Stream, scope};

use crate::gate::Gate;
use crate::{Mischief, Place, Trap};

pub(crate) const PLACES: &[Place] = &[
    Place { name: "the body of a kernel", try_with: body },
    Place { name: "the body of a kernel that a sleeping thread waits for", try_with: body_asleep },
    Place { name: "the body of a kernel in a scope", try_with: body_in_a_scope },
    Place { name: "the body of a kernel behind a wait", try_with: body_behind_a_wait },
    Place { name: "the end of what a kernel captured", try_with: captures },
    Place { name: "the end of what a dropped kernel captured", try_with: dropped_captures },
    Place { name: "the end of what a refused kernel captured", try_with: refused_captures },
    Place { name: "the conversion of what a kernel returns", try_with: conversion },
    Place { name: "the end of a kernel's error, at its synchronize", try_with: reported_error },
    Place { name: "the end of a second error", try_with: second_error },
    Place { name: "the end of an error with the last wait for it", try_with: waited_error },
    Place { name: "the end of an error with its stream", try_with: abandoned_error },
    Place { name: "the end of an error with an event's old record", try_with: overwritten_error },
    Place { name: "the message of an error", try_with: message },
    Place { name: "the end of buffers that nobody asks back", try_with: abandoned_buffers },
    Place { name: "the end of buffers whose kernel was dropped", try_with: dropped_buffers },
    Place { name: "the slices of a copy, on the caller's thread", try_with: slices_here },
    Place { name: "the slices of a copy, in the kernel", try_with: slices_there },
    Place { name: "the clones that fill a buffer", try_with: clones },
    Place { name: "the body of a scope", try_with: scope_body },
    Place { name: "the end of a scope's value when a kernel failed", try_with: scope_value },
];

fn stream() -> Stream {
    Stream::new(Device::current())
}

/// An error of a user, which does something when it ends and when it is shown.
#[derive(Debug)]
struct Bad {
    _trap: Option<Trap>,
    shown: Option<Mischief>,
}

impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(mischief) = self.shown {
            mischief.happen();
        }
        f.write_str("bad")
    }
}

impl std::error::Error for Bad {}

fn fails(mischief: Mischief) -> impl FnOnce() -> Result<(), Bad> + Send + 'static {
    move || Err(Bad { _trap: Some(Trap(mischief)), shown: None })
}

#[track_caller]
fn is_failed<T>(outcome: &Result<T, Error>) {
    assert!(matches!(outcome, Err(Error::KernelFailed { .. })));
}

fn body(mischief: Mischief) {
    let stream = stream();
    stream.launch(move || mischief.happen()).unwrap();
    mischief.is_told(stream.synchronize());
    stream.synchronize().unwrap();
}

fn body_asleep(mischief: Mischief) {
    let stream = stream();
    stream.launch(move || mischief.happen()).unwrap();
    mischief.is_told(stream.synchronize_timeout(Duration::from_secs(30)));
}

fn body_in_a_scope(mischief: Mischief) {
    let [first, second] = [stream(), stream()];
    let mut lent = [0; 64];
    let told = scope(|scope| {
        scope.launch(&first, move || mischief.happen())?;
        scope.launch(&second, || lent.fill(1))
    });
    mischief.is_told(told);
    assert_eq!(lent, [1; 64], "the scope ended before its work");
}

fn body_behind_a_wait(mischief: Mischief) {
    let [first, second] = [stream(), stream()];
    let gate = Gate::on(&first).unwrap();
    let event = Event::new();
    event.record_on(&first).unwrap();
    second.wait(&event).unwrap();
    second.launch(move || mischief.happen()).unwrap();
    drop(gate);
    mischief.is_told(second.synchronize());
    first.synchronize().unwrap();
}

fn captures(mischief: Mischief) {
    let stream = stream();
    let trap = Trap(mischief);
    stream.launch(move || drop(trap)).unwrap();
    mischief.is_told(stream.synchronize());
}

fn dropped_captures(mischief: Mischief) {
    let stream = stream();
    let gate = Gate::on(&stream).unwrap();
    stream.launch(|| -> () { panic!("first") }).unwrap();
    let trap = Trap(mischief);
    stream.launch(move || drop(trap)).unwrap();
    drop(gate);
    assert!(matches!(stream.synchronize(), Err(Error::KernelPanicked { .. })));
    stream.synchronize().unwrap();
}

fn refused_captures(mischief: Mischief) {
    let stream = stream();
    stream.launch(|| -> () { panic!("first") }).unwrap();
    let event = Event::new();
    event.record_on(&stream).unwrap();
    assert!(event.synchronize().is_err());
    let trap = Trap(mischief);
    mischief.passes(|| assert!(stream.launch(move || drop(trap)).is_err()));
    assert!(stream.synchronize().is_err());
    stream.launch(|| ()).unwrap();
    stream.synchronize().unwrap();
}

fn conversion(mischief: Mischief) {
    struct Converted(Mischief);
    impl Outcome for Converted {
        fn into_result(self) -> Result<(), KernelError> {
            self.0.happen();
            Ok(())
        }
    }
    let stream = stream();
    stream.launch(move || Converted(mischief)).unwrap();
    mischief.is_told(stream.synchronize());
}

fn reported_error(mischief: Mischief) {
    let stream = stream();
    stream.launch(fails(mischief)).unwrap();
    let told = stream.synchronize();
    is_failed(&told);
    drop(stream);
    mischief.passes(|| drop(told));
}

fn second_error(mischief: Mischief) {
    let [poisoned, source] = [stream(), stream()];
    let gates = [&poisoned, &source].map(|stream| Gate::on(stream).unwrap());
    poisoned.launch(|| -> () { panic!("first") }).unwrap();
    source.launch(fails(mischief)).unwrap();
    let event = Event::new();
    event.record_on(&source).unwrap();
    poisoned.wait(&event).unwrap();
    drop((source, event));
    drop(gates);
    assert!(matches!(poisoned.synchronize(), Err(Error::KernelPanicked { .. })));
    poisoned.launch(|| ()).unwrap();
    poisoned.synchronize().unwrap();
}

fn waited_error(mischief: Mischief) {
    let [source, waiting] = [stream(), stream()];
    source.launch(fails(mischief)).unwrap();
    let event = Event::new();
    event.record_on(&source).unwrap();
    waiting.wait(&event).unwrap();
    drop((source, event));
    let told = waiting.synchronize();
    is_failed(&told);
    waiting.launch(|| ()).unwrap();
    waiting.synchronize().unwrap();
    // What the caller has is the last that is left of the error.
    drop(waiting);
    mischief.passes(|| drop(told));
}

fn abandoned_error(mischief: Mischief) {
    let stream = stream();
    let gate = Gate::on(&stream).unwrap();
    stream.launch(fails(mischief)).unwrap();
    drop(stream);
    drop(gate);
}

fn overwritten_error(mischief: Mischief) {
    let [failed, good] = [stream(), stream()];
    failed.launch(fails(mischief)).unwrap();
    let event = Event::new();
    event.record_on(&failed).unwrap();
    is_failed(&event.synchronize());
    drop(failed);
    event.record_on(&good).unwrap();
    event.synchronize().unwrap();
}

fn message(mischief: Mischief) {
    let stream = stream();
    stream.launch(move || Err::<(), _>(Bad { _trap: None, shown: Some(mischief) })).unwrap();
    let told = stream.synchronize();
    is_failed(&told);
    mischief.passes(|| assert!(told.unwrap_err().to_string().contains("bad")));
    stream.launch(|| ()).unwrap();
    stream.synchronize().unwrap();
}

fn abandoned_buffers(mischief: Mischief) {
    let stream = stream();
    let gate = Gate::on(&stream).unwrap();
    drop(stream.launch_with(Trap(mischief), |_| ()).unwrap());
    drop(gate);
    mischief.is_told(stream.synchronize());
}

fn dropped_buffers(mischief: Mischief) {
    let stream = stream();
    let gate = Gate::on(&stream).unwrap();
    stream.launch(|| -> () { panic!("first") }).unwrap();
    drop(stream.launch_with(Trap(mischief), |_| ()).unwrap());
    drop(gate);
    assert!(matches!(stream.synchronize(), Err(Error::KernelPanicked { .. })));
    stream.synchronize().unwrap();
}

/// A source whose slice is mischief: the first time it is asked for, or the second.
struct Source {
    calm: usize,
    asked: std::sync::atomic::AtomicUsize,
    mischief: Mischief,
}

impl AsRef<[u8]> for Source {
    fn as_ref(&self) -> &[u8] {
        if self.asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == self.calm {
            self.mischief.happen();
        }
        &[7; 4]
    }
}

fn source(calm: usize, mischief: Mischief) -> Source {
    Source { calm, asked: Default::default(), mischief }
}

fn slices_here(mischief: Mischief) {
    let stream = stream();
    mischief.passes(|| drop(stream.copy(source(0, mischief), vec![0_u8; 4]).unwrap()));
    stream.synchronize().unwrap();
}

fn slices_there(mischief: Mischief) {
    let stream = stream();
    let copied = stream.copy(source(1, mischief), vec![0_u8; 4]).unwrap().synchronize();
    mischief.is_told(copied.map(drop).map_err(Error::from));
    mischief.is_told(stream.synchronize());
}

fn clones(mischief: Mischief) {
    struct Cloned(Mischief);
    impl Clone for Cloned {
        fn clone(&self) -> Self {
            self.0.happen();
            Self(self.0)
        }
    }
    mischief.passes(|| {
        drop(DeviceBuffer::filled(Device::current(), 2, Cloned(mischief)).unwrap());
    });
}

fn scope_body(mischief: Mischief) {
    let stream = stream();
    let (open, gate) = mpsc::channel::<()>();
    let mut lent = [0; 64];
    mischief.passes(|| {
        let done = scope(|scope| {
            let lent = &mut lent;
            scope.launch(&stream, move || {
                while gate.recv().is_ok() {}
                lent.fill(1);
            })?;
            let _open = open;
            mischief.happen();
            Ok(())
        });
        done.unwrap();
    });
    assert_eq!(lent, [1; 64], "the scope ended before its work");
}

fn scope_value(mischief: Mischief) {
    let stream = stream();
    let told = scope(|scope| {
        scope.launch(&stream, || "x".parse::<i32>().map(drop))?;
        Ok(Trap(mischief))
    });
    assert!(matches!(&told, Err(Error::KernelFailed { .. })));
    stream.synchronize().unwrap();
}
