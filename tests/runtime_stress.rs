//! Random operations from many threads, compared with a sequential model.
//!
//! Each stream has a register, which its kernels mix numbers into, one after the other. To record an
//! event, a kernel first publishes its stream's register in a fresh slot; who waits for the record
//! then mixes the slot into its own register. The order in which the calls were made is written down,
//! and when all is done they are replayed by one thread on plain numbers: a task that was lost, run
//! twice, run out of order or run before what it waited for makes the two disagree.
//!
//! The seed is printed, and `TILESYNC_SEED` sets it. `TILESYNC_STRESS_OPS` sets how many operations
//! there are for each of the 64 streams; else 10,000. Under ThreadSanitizer:
//! `.ci/sanitize thread --test runtime_stress`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may")]

use std::collections::HashMap;
use std::env;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use tilesync::runtime::{Device, DeviceBuffer, Event, InFlight, Priority, Stream};

const STREAMS: usize = 64;
const EVENTS: usize = 32;
const THREADS: usize = 8;

/// A number that stands for a register after one more step.
fn mix(register: u64, number: u64) -> u64 {
    (register ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(23)
}

/// What the model replays.
enum Step {
    /// The stream mixed a number into its register.
    Mix { stream: usize, number: u64 },
    /// The stream published its register.
    Publish { stream: usize, slot: u64 },
    /// The stream mixed a slot into its register, after a wait.
    Take { stream: usize, slot: u64 },
}

/// A published register; 0 before.
type Slot = Arc<AtomicU64>;

/// A stream under test. Its lock makes "queued" and "written down" one step.
struct Lane {
    stream: Stream,
    register: Slot,
    copied: Option<Copied>,
}

/// Device memory that a copy goes to, and what it must hold in the end.
struct Copied {
    in_flight: InFlight<(Vec<u64>, DeviceBuffer<u64>)>,
    expected: u64,
}

/// An event under test, and the slot of its latest record.
struct Mark {
    event: Event,
    slot: Option<(u64, Slot)>,
}

struct World {
    lanes: Vec<Mutex<Lane>>,
    marks: Vec<Mutex<Mark>>,
    log: Mutex<Vec<Step>>,
    slots: AtomicU64,
}

impl World {
    fn new() -> Self {
        let lane = |number| {
            let priority = Priority::clamped(number as i64 % 2);
            Mutex::new(Lane {
                stream: Stream::with_priority(Device::current(), priority),
                register: Slot::default(),
                copied: None,
            })
        };
        let mark = |number| Mutex::new(Mark { event: event(number), slot: None });
        Self {
            lanes: (0..STREAMS).map(lane).collect(),
            marks: (0..EVENTS).map(mark).collect(),
            log: Mutex::new(Vec::new()),
            slots: AtomicU64::new(1),
        }
    }

    fn write_down(&self, step: Step) {
        self.log.lock().unwrap().push(step);
    }

    /// One random operation.
    fn operate(&self, random: &mut fastrand::Rng) {
        let stream = random.usize(..STREAMS);
        let mark = random.usize(..EVENTS);
        let mut lane = self.lanes[stream].lock().unwrap();
        match random.u32(..100) {
            0..40 => self.launch(stream, &lane, random.u64(..)),
            40..60 => self.record(stream, &lane, &mut self.marks[mark].lock().unwrap()),
            60..85 => self.wait(stream, &lane, &self.marks[mark].lock().unwrap()),
            85..90 => copy(&mut lane, random.u64(..)),
            90..92 => renew(&mut lane),
            92..94 => {
                let mut mark = self.marks[mark].lock().unwrap();
                mark.event = event(random.usize(..4));
                mark.slot = None;
            }
            94..97 => check_query(&self.marks[mark].lock().unwrap()),
            97..99 => {
                drop(lane);
                check_synchronize(&self.marks[mark]);
            }
            _ => {
                let stream = lane.stream.clone();
                drop(lane);
                // Others go on adding work, so it may not be idle afterwards.
                stream.synchronize().unwrap();
            }
        }
    }

    fn launch(&self, stream: usize, lane: &Lane, number: u64) {
        let register = Arc::clone(&lane.register);
        let kernel = move || {
            let before = register.load(Ordering::Relaxed);
            register.store(mix(before, number), Ordering::Relaxed);
        };
        lane.stream.launch(kernel).unwrap();
        self.write_down(Step::Mix { stream, number });
    }

    fn record(&self, stream: usize, lane: &Lane, mark: &mut Mark) {
        let slot = Slot::default();
        let (register, target) = (Arc::clone(&lane.register), Arc::clone(&slot));
        let kernel = move || {
            target.store(register.load(Ordering::Relaxed) | 1, Ordering::Relaxed);
        };
        lane.stream.launch(kernel).unwrap();
        mark.event.record_on(&lane.stream).unwrap();
        let number = self.slots.fetch_add(1, Ordering::Relaxed);
        mark.slot = Some((number, slot));
        self.write_down(Step::Publish { stream, slot: number });
    }

    fn wait(&self, stream: usize, lane: &Lane, mark: &Mark) {
        lane.stream.wait(&mark.event).unwrap();
        let Some((number, slot)) = &mark.slot else {
            return;
        };
        let (register, source) = (Arc::clone(&lane.register), Arc::clone(slot));
        let kernel = move || {
            let before = register.load(Ordering::Relaxed);
            let taken = source.load(Ordering::Relaxed);
            register.store(mix(before, taken), Ordering::Relaxed);
        };
        lane.stream.launch(kernel).unwrap();
        self.write_down(Step::Take { stream, slot: *number });
    }
}

/// Events of all four kinds.
fn event(number: usize) -> Event {
    let builder = Event::builder().timing(number % 2 == 1);
    builder.blocking(number % 4 >= 2).build()
}

/// Copies to device memory, and adds to the copy.
fn copy(lane: &mut Lane, number: u64) {
    check_copy(lane.copied.take());
    let device = Device::current();
    let target = DeviceBuffer::filled(device, 16, 0).unwrap();
    let copied = lane.stream.copy(vec![number; 16], target).unwrap();
    let added = copied.then(|(_, target)| target.iter_mut().for_each(|x| *x = x.wrapping_add(1)));
    lane.copied = Some(Copied { in_flight: added.unwrap(), expected: number.wrapping_add(1) });
}

fn check_copy(copied: Option<Copied>) {
    if let Some(copied) = copied {
        let (_, target) = copied.in_flight.synchronize().unwrap();
        assert_eq!(*target, [copied.expected; 16]);
    }
}

/// Drops the stream with all of its work pending, and goes on with a new one.
fn renew(lane: &mut Lane) {
    let handover = Event::new();
    handover.record_on(&lane.stream).unwrap();
    let new = Stream::with_priority(lane.stream.device(), lane.stream.priority());
    new.wait(&handover).unwrap();
    lane.stream = new;
}

/// An event that says "complete" has been reached.
fn check_query(mark: &Mark) {
    if let (true, Some((_, slot))) = (mark.event.query().unwrap(), &mark.slot) {
        assert_ne!(slot.load(Ordering::Relaxed), 0);
    }
}

/// After a synchronize, the record that was the latest before has been reached.
fn check_synchronize(mark: &Mutex<Mark>) {
    let mark = mark.lock().unwrap();
    match mark.event.synchronize_timeout(Duration::from_micros(50)) {
        Err(tilesync::runtime::Error::TimedOut { .. }) => mark.event.synchronize().unwrap(),
        other => other.unwrap(),
    }
    check_query(&mark);
    assert!(mark.event.query().unwrap());
}

/// The registers that the same steps leave on plain numbers.
fn replay(log: &[Step]) -> Vec<u64> {
    let mut registers = vec![0; STREAMS];
    let mut slots = HashMap::new();
    for step in log {
        match *step {
            Step::Mix { stream, number } => registers[stream] = mix(registers[stream], number),
            Step::Publish { stream, slot } => drop(slots.insert(slot, registers[stream] | 1)),
            Step::Take { stream, slot } => {
                registers[stream] = mix(registers[stream], slots[&slot]);
            }
        }
    }
    registers
}

fn setting(name: &str, default: u64) -> u64 {
    let value = env::var(name).ok().and_then(|text| text.parse().ok());
    value.unwrap_or(default)
}

#[test]
fn random_operations_from_eight_threads_do_what_a_sequential_model_does() {
    let seed = setting("TILESYNC_SEED", 20_261_121);
    let operations = setting("TILESYNC_STRESS_OPS", 10_000) as usize * STREAMS / THREADS;
    println!("TILESYNC_SEED={seed}, {operations} operations on each of {THREADS} threads");
    let world = World::new();
    thread::scope(|scope| {
        for number in 0..THREADS {
            let world = &world;
            scope.spawn(move || {
                let mut random = fastrand::Rng::with_seed(seed + number as u64);
                for _ in 0..operations {
                    world.operate(&mut random);
                }
            });
        }
    });
    let expected = replay(&world.log.lock().unwrap());
    for (lane, expected) in world.lanes.into_iter().zip(expected) {
        let lane = lane.into_inner().unwrap();
        lane.stream.synchronize().unwrap();
        check_copy(lane.copied);
        assert_eq!(lane.register.load(Ordering::Relaxed), expected);
    }
}
