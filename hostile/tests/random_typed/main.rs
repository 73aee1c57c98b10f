//! Random kernels through the typed API: whatever compiles is clean, and every executor does the same: the same bits, or the same
//! fault at the same line.
//!
//! A kernel is drawn from a seed, one step at a time: each tile is held as the token that owns it, and a step is anything
//! that its type allows. Plans of 7 tiles, whose flags are never counted, and of 14, which may need too many.

mod token;

use std::collections::BTreeMap;
use std::panic;
use std::sync::atomic::{AtomicUsize, Ordering};

use tilesync::exec::check::check;
use tilesync::exec::explore::explore;
use tilesync::prelude::*;
use tilesync::{Fault, Trouble};
use tilesync_hostile::{cases, seed};
use token::*;

#[derive(Buffers)]
struct Plan<'k, const DRAWN: usize> {
    tiles: [T<'k>; DRAWN],
    col: VecCol<'k, f32, N>,
    tmp: T<'k>,
}

/// How often the tokens of a drawn kernel came to each state.
static SEEN: [AtomicUsize; Token::STATES] = [const { AtomicUsize::new(0) }; Token::STATES];

#[kernel]
fn drawn<'k, const DRAWN: usize>(
    core: Core<'k>,
    ub: Plan<'k, DRAWN>,
    seed: u64,
    faulty: bool,
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
) -> Retired<Plan<'k, DRAWN>> {
    let random = fastrand::Rng::with_seed(seed.wrapping_add(core.block_idx() as u64) ^ seed << 32);
    let mut world = World { x, y, random, faulty };
    let mut tokens = ub.tiles.map(|tile| Some(Free(tile)));
    let (mut blank_col, mut col) = (Some(ub.col.on::<Vector>()), None);
    let mut tmp = ub.tmp.on::<Vector>();
    for _ in 0..world.random.usize(10 * DRAWN..30 * DRAWN) {
        let [at, other] = [(); 2].map(|()| world.random.usize(..DRAWN));
        let Some(token) = tokens[at].take() else { continue };
        let token = match (world.random.u8(..8), tokens[other].take()) {
            (0..4, two) => {
                tokens[other] = two;
                step(token, &mut world)
            }
            (4..6, Some(two)) => {
                let (token, two) = step_two(token, two, &mut world);
                tokens[other] = Some(two);
                token
            }
            (6, two) => {
                tokens[other] = two;
                if let Some(dst) = blank_col.take() {
                    (blank_col, col) = read!(
                        &token,
                        s => (None, Some(trowmax(dst, s, &mut tmp).on::<Vector>())),
                        (Some(dst), None)
                    );
                }
                token
            }
            (_, two) => {
                tokens[other] = two;
                match col.take() {
                    Some(full) => {
                        let token = overwritten!(token, t => trowexpand(t, &full));
                        blank_col = Some(full.discard());
                        token
                    }
                    None => token,
                }
            }
        };
        SEEN[token.state().0].fetch_add(1, Ordering::Relaxed);
        tokens[at] = Some(token);
        match world.random.u8(..32) {
            0 => core.tsync_op::<TAdd>(),
            1 => core.pipe_barrier_all(),
            _ => {}
        }
    }
    let tokens = tokens.map(|token| token.expect("every step gives its tiles back"));
    match (blank_col, col) {
        (Some(col), _) => Plan::retire(PlanTokens { tiles: tokens, col, tmp }),
        (_, Some(col)) => Plan::retire(PlanTokens { tiles: tokens, col, tmp }),
        _ => unreachable!("the column is blank or full"),
    }
}

const SHAPE: [usize; 2] = [BLOCKS * ROWS * N, N];
const BLOCKS: usize = 2;

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

/// Runs one kernel on every executor. Gives what came of it, and how many ops and flags block 0 had.
fn run<const DRAWN: usize>(seed: u64, faulty: bool, judged: bool) -> (Outcome, usize, u32) {
    let x: Vec<f32> = (0..SHAPE[0] * N).map(|i| i as f32 - 100.0).collect();
    let input = GlobalTensor::new(&x, &SHAPE).expect("the shape fits");
    let input = input.parts(ROWS * N, N).expect("a part");
    let eager = |eager: Eager| {
        let mut y = vec![0.0; x.len()];
        let mut output = GlobalTensorMut::new(&mut y, &SHAPE).expect("the shape fits");
        let output = output.parts(ROWS * N, N).expect("a part");
        let launched = eager.launch(&drawn::<DRAWN>, BLOCKS, (seed, faulty, input, output));
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
        let mut output = GlobalTensorMut::new(&mut y, &SHAPE).expect("the shape fits");
        let output = output.parts(ROWS * N, N).expect("a part");
        let args = (seed, faulty, input, output);
        let launched = Pipelined::new().order(order).launch(&drawn::<DRAWN>, BLOCKS, args);
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

/// Kernels with `DRAWN` tiles and two more.
fn property<const DRAWN: usize>() {
    let (first, cases) = (seed(), cases(600));
    let (mut ops, mut flags) = (0, 0);
    let mut stopped = BTreeMap::<String, u32>::new();
    // What a kernel panics with is wanted here, and not worth a line each.
    let loud = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !info.to_string().contains("the kernel gives up") {
            loud(info);
        }
    }));
    for case in 0..u64::from(cases) {
        let (came_to, did, set) =
            run::<DRAWN>(first.wrapping_add(case), case % 3 == 0, case % 50 == 1);
        (ops, flags) = (ops + did, flags + set);
        if let Err((trouble, ..)) = came_to {
            let name = format!("{trouble:?}");
            let name = name.split([' ', '{']).next().unwrap_or_default().to_owned();
            *stopped.entry(name).or_default() += 1;
        }
    }
    println!(
        "{cases} kernels of {} tiles, {ops} ops, {flags} flags; stopped: {stopped:?}",
        DRAWN + 2
    );
    assert!(ops as u64 > 5 * u64::from(cases), "the kernels do something");
    if cases < 500 {
        return; // too few to meet everything
    }
    for trouble in ["OutOfBounds", "Edge", "Element", "Panicked"] {
        assert!(stopped.contains_key(trouble), "no kernel is stopped by {trouble}");
    }
    assert_eq!(
        stopped.contains_key("TooManyFlags"),
        DRAWN + 2 > 7,
        "flags are counted or need no count"
    );
    for (state, seen) in SEEN.iter().enumerate() {
        assert!(seen.load(Ordering::Relaxed) > 0, "no tile was ever in state {state}");
    }
}

#[test]
fn kernels_of_7_tiles_do_the_same_on_every_executor() {
    property::<5>();
}

#[test]
fn kernels_of_14_tiles_do_the_same_on_every_executor() {
    property::<12>();
}
