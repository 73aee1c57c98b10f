//! Runs random kernels of the typed API on every executor, and compares.

use std::collections::BTreeMap;
use std::panic;
use std::sync::atomic::Ordering;

use tilesync::emit::{Emit, EmitError};
use tilesync::exec::check::check;
use tilesync::exec::explore::explore;
use tilesync::prelude::*;
use tilesync::{Fault, Trouble};
use tilesync_hostile::{cases, seed};

use crate::token::{N, ROWS, SEEN};

const BLOCKS: usize = 2;

type In = GlobalIn<'static, f32>;
type Out = GlobalOut<'static, f32>;

/// What a launch came to: the bits that it left, or what stopped it, where.
type Outcome = Result<Vec<u32>, (Trouble, usize, Option<String>)>;

fn outcome(launched: Result<(), LaunchError>, y: &[f32]) -> Outcome {
    match launched {
        Ok(()) => Ok(y.iter().map(|value| value.to_bits()).collect()),
        Err(LaunchError::Fault(Fault { trouble, block, at })) => {
            Err((trouble, block, at.map(|at| at.to_string())))
        }
        Err(error) => panic!("{error}"),
    }
}

/// Runs one kernel, on tensors of `cols` columns, on every executor. Gives what came of it, and how many ops and flags block 0 had.
fn run<K>(kernel: &K, cols: usize, seed: u64, faulty: bool, judged: bool) -> (Outcome, usize, u32)
where
    K: Kernel<Args = (u64, bool, In, Out)>,
{
    let shape = [BLOCKS * ROWS * N, cols];
    let x: Vec<f32> = (0..shape[0] * cols).map(|i| i as f32 - 100.0).collect();
    let input = GlobalTensor::new(&x, &shape).expect("the shape fits");
    let input = input.parts(ROWS * N, cols).expect("a part");
    let eager = |eager: Eager| {
        let mut y = vec![0.0; x.len()];
        let mut output = GlobalTensorMut::new(&mut y, &shape).expect("the shape fits");
        let output = output.parts(ROWS * N, cols).expect("a part");
        let launched = eager.launch(kernel, BLOCKS, (seed, faulty, input, output));
        outcome(launched, &y)
    };
    let wanted = eager(Eager::sequential());
    let parallel = eager(Eager::new());
    if wanted.is_ok() || parallel.is_ok() {
        assert_eq!(wanted, parallel, "seed {seed}: in parallel");
    }
    let (mut ops, mut flags) = (0, 0);
    for order in [Order::Early, Order::Late, Order::Random(seed)] {
        let mut y = vec![0.0; x.len()];
        let mut output = GlobalTensorMut::new(&mut y, &shape).expect("the shape fits");
        let output = output.parts(ROWS * N, cols).expect("a part");
        let args = (seed, faulty, input, output);
        let launched = Pipelined::new().order(order).launch(kernel, BLOCKS, args);
        let (launched, program) = match launched {
            Ok(report) => (Ok(()), Some(report.program)),
            Err(error) => (Err(error), None),
        };
        assert_eq!(wanted, outcome(launched, &y), "seed {seed}, {order:?}");
        let Some(program) = program.filter(|_| order == Order::Early) else { continue };
        let verdict = check(&program);
        assert_eq!(verdict.findings, [], "seed {seed}: {verdict}\n{program}");
        (ops, flags) = (program.ops().count(), program.flag_count);
        if judged {
            let exploration = explore(&program, 100);
            assert!(exploration.is_clean(), "seed {seed}: {exploration}");
            assert_eq!(exploration.schedules, 1, "seed {seed}: no race, no choice");
        }
    }
    (wanted, ops, flags)
}

/// A bit of the seed of a kernel that does not look at data.
pub(crate) const BLIND: u64 = 1 << 63;

/// Writes one block of a kernel as C++: whether there is some. What is written is what the kernel does, or there is an error that says why not.
fn is_emitted<K>(kernel: &K, cols: usize, seed: u64) -> bool
where
    K: Kernel<Args = (u64, bool, In, Out)>,
{
    let shape = [ROWS * N, cols];
    let (x, mut y) = (vec![0.0; shape[0] * cols], vec![0.0; shape[0] * cols]);
    let input = GlobalTensor::new(&x, &shape).expect("the shape fits");
    let mut output = GlobalTensorMut::new(&mut y, &shape).expect("the shape fits");
    match Emit::new().launch(kernel, 1, (seed | BLIND, false, input.whole(), output.whole())) {
        Ok(_) => true,
        Err(EmitError::Launch(_)) => false,
        Err(error) => panic!("seed {seed}: {error}"),
    }
}

/// Kernels of a kind, on tensors of `cols` columns: they are stopped by each of `troubles`, and by too many flags where `counted`.
pub(crate) fn property<K>(kernel: &K, cols: usize, troubles: &[&str], counted: bool)
where
    K: Kernel<Args = (u64, bool, In, Out)>,
{
    let (first, cases) = (seed(), cases(600));
    let (mut ops, mut flags, mut emitted) = (0, 0, 0);
    let mut stopped = BTreeMap::<String, u32>::new();
    // What a kernel panics with is wanted here, and not worth a line each.
    let loud = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !info.to_string().contains("the kernel gives up") {
            loud(info);
        }
    }));
    for case in 0..u64::from(cases) {
        let seed = first.wrapping_add(case);
        let (came_to, did, set) = run(kernel, cols, seed, case % 3 == 0, case % 50 == 1);
        (ops, flags) = (ops + did, flags + set);
        emitted += u32::from(is_emitted(kernel, cols, seed));
        if let Err((trouble, ..)) = came_to {
            let name = format!("{trouble:?}");
            let name = name.split([' ', '{']).next().unwrap_or_default().to_owned();
            *stopped.entry(name).or_default() += 1;
        }
    }
    println!("{cases} kernels, {ops} ops, {flags} flags; {emitted} as C++; stopped: {stopped:?}");
    assert!(2 * emitted > cases, "most kernels are written as C++");
    assert!(ops as u64 > 5 * u64::from(cases), "the kernels do something");
    if cases < 500 {
        return; // too few to meet everything
    }
    for trouble in ["OutOfBounds", "Edge", "Element", "Panicked"].iter().chain(troubles) {
        assert!(stopped.contains_key(*trouble), "no kernel is stopped by {trouble}");
    }
    assert_eq!(stopped.contains_key("TooManyFlags"), counted, "flags are counted or need no count");
    for (state, seen) in SEEN.iter().enumerate() {
        assert!(seen.load(Ordering::Relaxed) > 0, "no tile was ever in state {state}");
    }
}
