//! Runs a kernel on every executor: the same bits, and a program that `check` finds clean.
#![allow(dead_code, unreachable_pub, reason = "each test uses its part")]

use std::collections::BTreeMap;

use tilesync::exec::check::check;
use tilesync::global::Args;
use tilesync::op::Pipe;
use tilesync::prelude::*;
use tilesync::program::{InstrKind, Program};

/// What one launch of a kernel gets.
pub type Host<'h, K> = <<K as Kernel>::Args as Args>::Host<'h>;
/// What a kernel takes that [`turns`] runs.
type Looped = (GlobalIn<'static, f32>, GlobalOut<'static, f32>, usize);

/// Launches one block eagerly, or on pipes in an order; then its program is recorded.
pub fn launch<K: Kernel>(kernel: &K, args: Host<'_, K>, order: Option<Order>) -> Option<Program> {
    match order {
        None => Eager::new().launch(kernel, 1, args).map(|()| None).expect("runs"),
        Some(order) => {
            Some(Pipelined::new().order(order).launch(kernel, 1, args).expect("runs").program)
        }
    }
}

/// Runs `launch` eagerly, early, late and in random orders on an output of `len` elements, and compares the bits.
pub fn everywhere(
    len: usize,
    launch: impl Fn(&mut [f32], Option<Order>) -> Option<Program>,
) -> (Vec<f32>, Program) {
    let run = |order| {
        let mut out = vec![f32::NAN; len];
        let program = launch(&mut out, order);
        (out, program)
    };
    let (eager, _) = run(None);
    let orders = [Order::Random(1), Order::Random(2), Order::Random(3), Order::Late, Order::Early];
    let mut recorded = None;
    for order in orders {
        let (out, program) = run(Some(order));
        let same = out.iter().zip(&eager).all(|(x, y)| x.to_bits() == y.to_bits());
        assert!(same, "{order:?} computes other bits");
        let program = program.expect("pipelined runs are recorded");
        let verdict = check(&program);
        assert!(verdict.is_clean(), "{order:?}: {verdict}");
        recorded = Some(program);
    }
    (eager, recorded.expect("at least one order"))
}

/// A kernel of one input, one output and a number of turns, on a tile of 8 x 8 for each turn and an output of `stored` tiles.
///
/// Element `e` of tile `t` is `t + e / 64`. What is not stored stays NaN.
pub fn turns<K: Kernel<Args = Looped>>(
    kernel: &K,
    turns: usize,
    stored: usize,
) -> (Vec<f32>, Program) {
    let tiles = turns.max(1);
    let x: Vec<f32> = (0..tiles * 64).map(|i| i as f32 / 64.0).collect();
    let x = GlobalTensor::new(&x, &[tiles * 8, 8]).expect("a shape");
    everywhere(stored * 64, |out, order| {
        let mut out = GlobalTensorMut::new(out, &[stored * 8, 8]).expect("a shape");
        launch(kernel, (x.whole(), out.whole(), turns), order)
    })
}

/// Whether `out` is `f` of each element of the first `count` of the tiles that [`turns`] loads, and NaN after them.
pub fn stores(out: &[f32], count: usize, f: impl Fn(f32) -> f32) -> bool {
    let (stored, rest) = out.split_at(count * 64);
    stored.iter().enumerate().all(|(i, &x)| x == f(i as f32 / 64.0))
        && rest.iter().all(|x| x.is_nan())
}

/// How many flags are set from one pipe to another; each is waited on.
pub fn flags(program: &Program) -> impl Fn(Pipe, Pipe) -> usize + use<> {
    let (mut sets, mut waits) = (BTreeMap::new(), BTreeMap::new());
    for instr in &program.instrs {
        match &instr.kind {
            InstrKind::Set(flag) => *sets.entry((flag.src, flag.dst)).or_insert(0) += 1,
            InstrKind::Wait(flag) => *waits.entry((flag.src, flag.dst)).or_insert(0) += 1,
            _ => {}
        }
    }
    assert_eq!(waits, sets, "every flag is waited on");
    move |src, dst| sets.get(&(src, dst)).copied().unwrap_or(0)
}

/// The most flags that are up between two pipes at once, where each wait comes as late as it is issued.
pub fn most_in_flight(program: &Program, src: Pipe, dst: Pipe) -> usize {
    let (mut up, mut most) = (0_usize, 0);
    for instr in &program.instrs {
        match &instr.kind {
            InstrKind::Set(flag) if (flag.src, flag.dst) == (src, dst) => up += 1,
            InstrKind::Wait(flag) if (flag.src, flag.dst) == (src, dst) => up -= 1,
            _ => {}
        }
        most = most.max(up);
    }
    most
}
