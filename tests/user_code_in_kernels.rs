//! Every place where an executor runs a user's code, and everything that such code may do there: panic, panic again when the payload
//! is dropped, take long.
//!
//! No unwind leaves `launch`, no block runs on after it, and the next launch works. What the standard library makes of a panic
//! during a panic (in a `Drop` that unwinding runs, in a `Display` of a message, in a hook) is an abort, and not ours.

use std::any::Any;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, mpsc};
use std::time::Duration;

use tilesync::prelude::*;
use tilesync::tile::plan::{Brand, Branded};
use tilesync::{Fault, Trouble};

/// Where a user's code runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// `Buffers::assemble` of a plan that is written by hand.
    Assemble,
    /// The body, before its first op.
    BodyBegin,
    /// The body, with ops under way.
    BodyMiddle,
    /// The body, where it reads an element and so waits for its ops.
    AfterGet,
    /// The body, after a fault has stopped it.
    AfterFault,
    /// A `Drop` of what the body owns, at its end.
    DropAtEnd,
    /// A `Display` that the body calls.
    Display,
    /// The body of a kernel that the body launches.
    Nested,
}
use Place::*;

const PLACES: [Place; 8] =
    [Assemble, BodyBegin, BodyMiddle, AfterGet, AfterFault, DropAtEnd, Display, Nested];

/// What it does there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Nothing,
    /// Panics with a text.
    Panic,
    /// Panics with a value that panics so many more times, each time as the last value is dropped.
    PanicAgain(u8),
    /// Takes longer than anything else here.
    Long,
}
use Act::*;

/// Panics when it is dropped, with one that does so once less.
struct Payload(u8);

impl Drop for Payload {
    fn drop(&mut self) {
        if self.0 > 0 {
            panic_any(Payload(self.0 - 1));
        }
    }
}

impl Act {
    fn act(self) {
        match self {
            Nothing => {}
            Panic => panic!("as told"),
            PanicAgain(times) => panic_any(Payload(times)),
            Long => std::thread::sleep(Duration::from_millis(30)),
        }
    }
}

/// Acts when it is dropped, and when it is shown.
struct Acting(Act);

impl Drop for Acting {
    fn drop(&mut self) {
        self.0.act();
    }
}

struct Shown(Act);

impl Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.act();
        f.write_str("shown")
    }
}

/// What `assemble` does: no kernel tells it.
static ASSEMBLY: Mutex<Act> = Mutex::new(Nothing);

fn assembly() -> MutexGuard<'static, Act> {
    ASSEMBLY.lock().expect("nobody panics with it")
}

/// A plan of one tile, by hand.
struct Plan<'k>(VecTile<'k, f32, 8, 8>);

impl<'k> Branded for Plan<'k> {
    type Brand = Brand<'k>;
}

impl<'k> Buffers<'k> for Plan<'k> {
    type At<'j> = Plan<'j>;
    type Parts = VecTile<'k, f32, 8, 8>;
    const NAMES: &'static [&'static str] = &["tile"];

    fn assemble(tile: Self::Parts) -> Self {
        let act = *assembly();
        act.act();
        Plan(tile)
    }
}

/// Adds one to each element, and on one block does what it is told.
struct Hostile {
    place: Place,
    act: Act,
    /// Blocks that run now.
    running: AtomicUsize,
}

/// The block that misbehaves, of so many.
const BAD: usize = 2;
const BLOCKS: usize = 6;

impl Hostile {
    fn at(&self, place: Place, block: usize) -> Act {
        if self.place == place && block == BAD { self.act } else { Nothing }
    }
}

/// Counts a block in and out.
struct Running<'a>(&'a AtomicUsize);

impl<'a> Running<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Running(count)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Kernel for Hostile {
    type Plan = Plan<'static>;
    type Args = (GlobalIn<'static, f32>, GlobalOut<'static, f32>);

    fn run<'k>(
        &self,
        core: Core<'k>,
        plan: Plan<'k>,
        (x, y): (GlobalIn<'k, f32>, GlobalOut<'k, f32>),
    ) -> Retired<Plan<'k>> {
        let _running = Running::new(&self.running);
        let block = core.block_idx();
        self.at(BodyBegin, block).act();
        let _at_end = Acting(self.at(DropAtEnd, block));
        let row = if self.place == AfterFault && block == BAD { 9 } else { 0 };
        let loaded = tload(plan.0, &x.at(row, 0)).record::<Vector>();
        self.at(AfterFault, block).act();
        let sum = tadds_assign(loaded, 1.0);
        self.at(BodyMiddle, block).act();
        let read = sum.record::<Scalar>().wait();
        let seen = read.get(0, 0);
        assert!(seen == 2.0 || self.place == AfterFault);
        self.at(AfterGet, block).act();
        assert_eq!(Shown(self.at(Display, block)).to_string(), "shown");
        if self.place == Nested && block == BAD {
            let inner = Hostile { place: BodyMiddle, act: self.act, running: AtomicUsize::new(0) };
            let outcome = launch(&inner, Eager::new()).0;
            assert!(outcome.is_ok() == (self.act == Nothing || self.act == Long));
            if let Err(error) = outcome {
                panic!("{error}");
            }
        }
        let stored = tstore(&y.tile(0, 0), read.record::<TStoreVec>());
        Retired::plan(stored.retire())
    }
}

/// How a kernel is launched.
trait Executor: Copy {
    fn run(
        self,
        kernel: &Hostile,
        x: &GlobalTensor<'_, f32>,
        y: &mut GlobalTensorMut<'_, f32>,
    ) -> Result<(), LaunchError>;
}

impl Executor for Eager {
    fn run(
        self,
        kernel: &Hostile,
        x: &GlobalTensor<'_, f32>,
        y: &mut GlobalTensorMut<'_, f32>,
    ) -> Result<(), LaunchError> {
        self.launch(kernel, BLOCKS, (x.parts(8, 8)?, y.parts(8, 8)?))
    }
}

impl Executor for Pipelined {
    fn run(
        self,
        kernel: &Hostile,
        x: &GlobalTensor<'_, f32>,
        y: &mut GlobalTensorMut<'_, f32>,
    ) -> Result<(), LaunchError> {
        self.launch(kernel, BLOCKS, (x.parts(8, 8)?, y.parts(8, 8)?)).map(drop)
    }
}

/// Launches on ones. Gives what became of it, and the output, which was zero.
fn launch(kernel: &Hostile, executor: impl Executor) -> (Result<(), LaunchError>, Vec<f32>) {
    let x = [1.0; BLOCKS * 64];
    let mut y = vec![0.0; x.len()];
    let input = GlobalTensor::new(&x, &[BLOCKS * 8, 8]).expect("a shape");
    let mut output = GlobalTensorMut::new(&mut y, &[BLOCKS * 8, 8]).expect("a shape");
    let outcome = executor.run(kernel, &input, &mut output);
    (outcome, y)
}

/// One field of the table.
fn attack(place: Place, act: Act, executor: impl Executor, name: &str) {
    if place == Assemble {
        *assembly() = act;
    }
    let kernel = Hostile { place, act, running: AtomicUsize::new(0) };
    let outcome = catch_unwind(AssertUnwindSafe(|| launch(&kernel, executor)));
    let still_running = kernel.running.load(Ordering::SeqCst);
    *assembly() = Nothing;

    let row = format!("{place:?}, {act:?}, {name}");
    let Ok((outcome, y)) = outcome.map_err(std::mem::forget::<Box<dyn Any + Send>>) else {
        panic!("{row}: an unwind left `launch`");
    };
    assert_eq!(still_running, 0, "{row}: a block runs on");
    for block in y.chunks(64) {
        assert!([[0.0; 64], [2.0; 64]].contains(block.try_into().expect("64")), "{row}: {block:?}");
    }
    match outcome {
        Ok(()) => {
            assert!(matches!(act, Nothing | Long) && place != AfterFault, "{row}: no fault");
            assert!(y.iter().all(|&y| y == 2.0), "{row}: {y:?}");
        }
        Err(LaunchError::Fault(Fault { trouble, block, .. })) => {
            assert!(block == BAD || place == Assemble, "{row}: block {block}");
            match trouble {
                Trouble::OutOfBounds { .. } => assert_eq!(place, AfterFault, "{row}"),
                Trouble::Panicked { code: None, message } => match act {
                    Panic => assert!(message.contains("as told"), "{row}: {message}"),
                    _ => assert!(message.contains("no message"), "{row}: {message}"),
                },
                trouble => panic!("{row}: {trouble}"),
            }
        }
        Err(error) => panic!("{row}: {error}"),
    }
    let good = Hostile { place, act: Nothing, running: AtomicUsize::new(0) };
    if place != AfterFault {
        let (outcome, y) = launch(&good, executor);
        assert!(
            outcome.is_ok() && y.iter().all(|&y| y == 2.0),
            "{row}: the next launch: {outcome:?}"
        );
    }
}

#[test]
fn whatever_a_users_code_does_in_a_kernel_launch_returns_and_says_so() {
    let (done, finished) = mpsc::channel();
    let table = std::thread::spawn(move || {
        for place in PLACES {
            for act in [Nothing, Panic, PanicAgain(0), PanicAgain(1), PanicAgain(2), Long] {
                attack(place, act, Eager::new(), "eager");
                attack(place, act, Eager::sequential(), "eager, sequential");
                for order in [Order::Early, Order::Late, Order::Random(1)] {
                    attack(place, act, Pipelined::new().order(order), &format!("{order:?}"));
                }
            }
        }
        let _ = done.send(());
    });
    // Generous: the table takes a few seconds. A hang is a failure, not a session without end.
    let in_time = finished.recv_timeout(Duration::from_secs(120));
    assert!(!matches!(in_time, Err(mpsc::RecvTimeoutError::Timeout)), "a launch hangs");
    if let Err(panic) = table.join() {
        std::panic::resume_unwind(panic);
    }
}
