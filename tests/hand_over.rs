//! Which flags and barriers each operation of the algebra sets: read off the recorded program.

use tilesync::prelude::*;
use tilesync::program::{InstrKind, Program};

/// The program's instructions, one word each: `TADD`, `+MTE2>V` for a set, `-MTE2>V` for a wait, `|V` for a barrier.
fn words(program: &Program) -> Vec<String> {
    let word = |instr: &tilesync::program::Instr| match instr.kind {
        InstrKind::Op(op) => program.op_name(&op).to_owned(),
        InstrKind::Set(flag) => format!("+{}>{}", flag.src.short(), flag.dst.short()),
        InstrKind::Wait(flag) => format!("-{}>{}", flag.src.short(), flag.dst.short()),
        InstrKind::Barrier => format!("|{}", instr.pipe.short()),
        _ => "|ALL".to_owned(),
    };
    program.instrs.iter().map(word).collect()
}

/// Runs a kernel of one input and one output of 16 x 8, and returns what it issued and stored.
fn record<K>(kernel: &K) -> (Vec<String>, Vec<f32>)
where
    K: Kernel<Args = (GlobalIn<'static, f32>, GlobalOut<'static, f32>)>,
{
    let x: Vec<f32> = (0..128).map(|i| i as f32).collect();
    let mut y = vec![0.0; 128];
    let input = GlobalTensor::new(&x, &[16, 8]).expect("valid");
    let mut output = GlobalTensorMut::new(&mut y, &[16, 8]).expect("valid");
    let report = Pipelined::new()
        .launch(kernel, 1, (input.whole(), output.whole()))
        .expect("a right launch");
    (words(&report.program), y)
}

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn joined<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let a = tload(ub.a, &x.tile(0, 0));
    let b = tload(ub.b, &x.tile(1, 0));
    let (a, b) = a.join(b).record::<TAdd>().split();
    let sum = tadd_assign(a, &b).record::<TStoreVec>();
    Ub::retire(UbTokens { a: tstore(&y.tile(0, 0), sum), b })
}

#[test]
fn one_flag_serves_two_joined_tiles() {
    let (words, y) = record(&joined);
    let expected =
        ["TLOAD", "TLOAD", "+MTE2>V", "-MTE2>V", "TADD", "+V>MTE3", "-V>MTE3", "TSTORE_VEC"];
    assert_eq!(words, expected);
    assert_eq!(y[5], 5.0 + 69.0);
}

#[kernel]
fn handed_back<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, _: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let a = tload(ub.a, &x.tile(0, 0)).record::<Vector>();
    let b = tload(ub.b, &x.tile(1, 0)).record::<Vector>();
    let (a, b) = a.join(b).release::<TLoad>().split();
    Ub::retire(UbTokens { a: tload(a, &x.tile(0, 0)), b: tload(b, &x.tile(1, 0)) })
}

#[test]
fn two_joined_tiles_are_handed_back_with_one_flag() {
    let (words, _) = record(&handed_back);
    let expected = [
        "TLOAD", "+MTE2>V", "TLOAD", "+MTE2>V", "-MTE2>V", "-MTE2>V", "+V>MTE2", "-V>MTE2",
        "TLOAD", "TLOAD",
    ];
    assert_eq!(words, expected);
}

#[kernel]
fn waited_once<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let a = tload(ub.a, &x.tile(0, 0)).record::<Vector>();
    let b = tadd(ub.b, &a, &a);
    let b = tmul_assign(b, &a).record::<TStoreVec>();
    Ub::retire(UbTokens { a, b: tstore(&y.tile(0, 0), b) })
}

#[test]
fn an_event_is_waited_on_at_its_first_use_only_and_dependent_vector_ops_get_a_barrier() {
    let (words, y) = record(&waited_once);
    let expected =
        ["TLOAD", "+MTE2>V", "-MTE2>V", "TADD", "|V", "TMUL", "+V>MTE3", "-V>MTE3", "TSTORE_VEC"];
    assert_eq!(words, expected);
    assert_eq!(y[3], 18.0);
}

#[kernel]
fn synchronised<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let a = tload(ub.a, &x.tile(0, 0)).record::<TAdd>();
    let b = tload(ub.b, &x.tile(1, 0)).record::<TAdd>();
    let (a, b) = tsync((a, b));
    let a = tadd_assign(a, &b).record::<TStoreVec>();
    Ub::retire(UbTokens { a: tstore(&y.tile(0, 0), a), b })
}

#[test]
fn tsync_waits_on_all_events() {
    let (words, _) = record(&synchronised);
    let expected = [
        "TLOAD",
        "+MTE2>V",
        "TLOAD",
        "+MTE2>V",
        "-MTE2>V",
        "-MTE2>V",
        "TADD",
        "+V>MTE3",
        "-V>MTE3",
        "TSTORE_VEC",
    ];
    assert_eq!(words, expected);
}

#[kernel]
fn drained<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, _: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let a = tload(ub.a, &x.tile(0, 0)).share::<TAdd, TStoreVec>();
    let b = ub.b.prime::<TStoreVec, TLoad>();
    Ub::retire(UbTokens { a, b })
}

#[test]
fn retiring_waits_for_every_flag_that_is_up() {
    let (words, _) = record(&drained);
    let mut waits = words[4..].to_vec();
    waits.sort();
    assert_eq!(words[..4], ["TLOAD", "+MTE2>V", "+MTE2>MTE3", "+MTE3>MTE2"]);
    assert_eq!(waits, ["-MTE2>MTE3", "-MTE2>V", "-MTE3>MTE2"]);
}

#[kernel]
fn barriers<'k>(
    core: Core<'k>,
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    assert_eq!((core.block_idx(), core.block_dim()), (0, 1));
    let a = tload(ub.a, &x.tile(0, 0));
    core.tsync_op::<TLoad>();
    let a = a.record::<TStoreVec>();
    core.pipe_barrier_all();
    Ub::retire(UbTokens { a: tstore(&y.tile(0, 0), a), b: ub.b })
}

#[test]
fn barriers_are_issued_where_they_are_asked_for() {
    let (words, y) = record(&barriers);
    assert_eq!(words, ["TLOAD", "|MTE2", "+MTE2>MTE3", "|ALL", "-MTE2>MTE3", "TSTORE_VEC"]);
    assert_eq!(y[63], 63.0);
}

#[derive(Buffers)]
struct UbA5<'k> {
    a: VecTile<'k, f32, 8, 8, Full, A5>,
}

#[kernel]
fn on_a5<'k>(ub: UbA5<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<UbA5<'k>> {
    let a = tload(ub.a, &x.tile(0, 0)).record::<TExp>();
    let a = tneg_assign(texp_assign(a)).record::<TStoreVec>();
    UbA5::retire(UbA5Tokens { a: tstore(&y.tile(0, 0), a) })
}

#[test]
fn a5_has_no_barrier_on_the_vector_pipe() {
    let (words, y) = record(&on_a5);
    let expected =
        ["TLOAD", "+MTE2>V", "-MTE2>V", "TEXP", "TNEG", "+V>MTE3", "-V>MTE3", "TSTORE_VEC"];
    assert_eq!(words, expected);
    assert_eq!(y[0], -1.0);
}

#[test]
fn a_program_prints_one_line_an_op() {
    let x = vec![1.0; 128];
    let mut y = vec![0.0; 128];
    let input = GlobalTensor::new(&x, &[16, 8]).expect("valid");
    let mut output = GlobalTensorMut::new(&mut y, &[16, 8]).expect("valid");
    let report = Pipelined::new()
        .launch(&waited_once, 1, (input.whole(), output.whole()))
        .expect("a right launch");
    let text = report.program.to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "program for a2a3: 2 tiles, 2 tensors, 4 ops, 2 flags");
    assert_eq!(lines.len(), 2 + 4);
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words(lines[3])[..7], ["1", "V", "TADD", "b", "<-", "a,", "a"]);
    assert_eq!(words(lines[4])[..8], ["2", "V", "TMUL", "b", "<-", "a", "barrier", "V>MTE3#1"]);
    assert!(lines[4].contains("hand_over.rs:"), "{text}");
    let timeline = report.timeline.to_string();
    for pipe in ["MTE2 |", "   V |", "MTE3 |"] {
        assert!(timeline.contains(pipe), "{timeline}");
    }
}
