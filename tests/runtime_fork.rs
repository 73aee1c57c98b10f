//! A forked child is refused, and does not hang.

#![cfg(unix)]
#![allow(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a test may")]

mod gate;

use gate::Gate;
use tilesync::runtime::{Device, Error, Event, Stream, in_forked_child, scope};

/// Everything that needs a stream, in the child.
fn refusals(stream: &Stream, pending: &Event) -> [Result<(), Error>; 11] {
    [
        Stream::new(stream.device()).launch(|| ()),
        stream.launch(|| ()),
        stream.launch_with(0, |_| ()).map(drop).map_err(Error::from),
        stream.synchronize(),
        stream.query().map(drop),
        stream.wait(pending),
        pending.record_on(stream),
        pending.synchronize(),
        pending.query().map(drop),
        stream.device().synchronize(),
        scope(|scope| scope.launch(stream, || ())),
    ]
}

/// What was done when the process forked, and so can be told of in the child.
fn is_told(idle: &Stream, reached: &Event, unused: &Event) -> bool {
    matches!(idle.query(), Ok(true))
        && [reached, unused]
            .iter()
            .all(|event| matches!(event.query(), Ok(true)) && event.synchronize().is_ok())
}

#[test]
fn a_forked_child_gets_errors_and_the_parent_goes_on() {
    let stream = Stream::new(Device::current());
    let event = Event::new();
    let gate = Gate::on(&stream).unwrap();
    event.record_on(&stream).unwrap();
    let (idle, reached, unused) = (Stream::new(Device::current()), Event::new(), Event::new());
    reached.record_on(&idle).unwrap();
    // SAFETY: the child calls nothing that takes a lock which another thread could hold: that it can
    // do so is what the test is about. It ends without running anything of the parent's.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let refused = |result: &Result<(), Error>| matches!(result, Err(Error::Forked));
        let all = in_forked_child()
            && refusals(&stream, &event).iter().all(refused)
            && is_told(&idle, &reached, &unused);
        drop(stream);
        // SAFETY: it ends the child.
        unsafe { libc::_exit(i32::from(!all)) };
    }
    let mut status = -1;
    // SAFETY: `status` may be written to.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert_eq!(status, 0);
    assert!(!in_forked_child());
    drop(gate);
    event.synchronize().unwrap();
}
