//! The queue that the pipes of several cores share, under loom: a message from one core to another, and its slot back, on two workers.

/// What the queue is made of, here loom's.
mod sync {
    pub(crate) use loom::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicUsize, Ordering};
}

#[allow(dead_code, reason = "what one thread alone uses")]
#[path = "../../dsl/src/exec/pipelined/lanes.rs"]
mod lanes;
#[path = "../../dsl/src/exec/pipelined/latch.rs"]
mod latch;

use lanes::{Lane, Lanes};
use latch::Latch;
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

const PRODUCER: Lane = Lane(0);
const CONSUMER: Lane = Lane(7);

/// What a lane does next.
#[derive(Clone, Copy)]
enum Entry {
    Write(i32),
    Read(i32),
    /// Says at a meeting that it has come.
    Arrive(usize),
    /// Waits at a meeting.
    Meet(usize),
}
use Entry::{Arrive, Meet, Read, Write};

/// A message is ready at meeting 0, its slot is free at meeting 1, and the next message is ready at meeting 2.
const PRODUCES: [Entry; 5] = [Write(1), Arrive(0), Meet(1), Write(2), Arrive(2)];
const CONSUMES: [Entry; 5] = [Meet(0), Read(1), Arrive(1), Meet(2), Read(2)];

struct Queue {
    lanes: Lanes,
    slot: UnsafeCell<i32>,
    /// Each with the lane that waits there.
    meetings: [(Latch, Lane); 3],
}

impl Queue {
    /// As the worker of the library: takes what is ready, and runs it until it parks.
    fn work(&self) {
        while !self.lanes.done() {
            match self.lanes.take() {
                Some(lane) => while self.step(lane) {},
                None => thread::yield_now(),
            }
        }
    }

    /// Whether the lane may go on.
    fn step(&self, lane: Lane) -> bool {
        let script = if lane == PRODUCER { PRODUCES } else { CONSUMES };
        let Some(&entry) = script.get(self.lanes.advance(lane)) else {
            self.lanes.end();
            return false;
        };
        match entry {
            // SAFETY: loom checks this very access.
            #[allow(unsafe_code)]
            Write(value) => self.slot.with_mut(|slot| unsafe { *slot = value }),
            // SAFETY: as above.
            #[allow(unsafe_code)]
            Read(value) => self.slot.with(|slot| assert_eq!(unsafe { *slot }, value)),
            Arrive(number) => {
                let (latch, waiter) = &self.meetings[number];
                if latch.set() {
                    self.lanes.resume(*waiter);
                }
            }
            Meet(number) => return self.meetings[number].0.wait(),
        }
        true
    }
}

#[test]
fn a_message_is_read_before_its_slot_is_written_again() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let queue = Arc::new(Queue {
            lanes: Lanes::new(8, [PRODUCER, CONSUMER].into_iter()),
            slot: UnsafeCell::new(0),
            meetings: [CONSUMER, PRODUCER, CONSUMER].map(|waiter| (Latch::default(), waiter)),
        });
        let other = Arc::clone(&queue);
        let other = thread::spawn(move || other.work());
        queue.work();
        other.join().expect("no panic");
        // Both have come to their ends.
        assert_eq!([PRODUCER, CONSUMER].map(|lane| queue.lanes.advance(lane)), [6, 6]);
    });
}
