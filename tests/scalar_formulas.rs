//! What a program keeps of the numbers that a kernel computes from scalars: bounded, however long the kernel computes.

#![allow(clippy::unwrap_used, reason = "a test")]

use tilesync::prelude::*;
use tilesync::program::{Program, Term};

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 8, 8>,
}

/// Adds the scalar, which is zero, to itself so many times, and loads from there.
#[kernel]
fn doubled<'k>(
    ub: Ub<'k>,
    times: usize,
    zero: GlobalIn<'k, i32>,
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    let mut row = zero.scalar(0, 0);
    for _ in 0..times {
        row = row + row;
    }
    let loaded = tload(ub.x, &x.at(row, 0)).record::<TStoreVec>();
    Ub::retire(UbTokens { x: tstore(&y.tile(0, 0), loaded) })
}

/// Counts up one by one and back again.
#[kernel]
fn counted<'k>(
    ub: Ub<'k>,
    times: usize,
    zero: GlobalIn<'k, i32>,
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    let mut row = zero.scalar(0, 0);
    for step in 0..times {
        row = if step % 2 == 0 { row + 1 } else { (row - 1).max(0) };
    }
    let loaded = tload(ub.x, &x.at(row, 0)).record::<TStoreVec>();
    Ub::retire(UbTokens { x: tstore(&y.tile(0, 0), loaded) })
}

type Args = (usize, GlobalIn<'static, i32>, GlobalIn<'static, f32>, GlobalOut<'static, f32>);

fn recorded<K: Kernel<Args = Args>>(kernel: &K, times: usize) -> Program {
    let x: Vec<f32> = (0..64u8).map(f32::from).collect();
    let zero = GlobalTensor::new(&[0], &[1, 1]).unwrap();
    let input = GlobalTensor::new(&x, &[8, 8]).unwrap();
    let mut y = vec![0.0; 64];
    let mut out = GlobalTensorMut::new(&mut y, &[8, 8]).unwrap();
    Eager::new().launch(kernel, 1, (times, zero.whole(), input.whole(), out.whole())).unwrap();
    let args = (times, zero.whole(), input.whole(), out.whole());
    let program = Pipelined::new().launch(kernel, 1, args).unwrap().program;
    assert_eq!(x, y);
    program
}

/// How the row of the load is computed.
fn row(program: &Program) -> (Term, String) {
    let (_, load) = program.ops().find(|(_, op)| op.code == Some(OpCode::TLOAD)).unwrap();
    let row = program.formula(load, 1).row.unwrap();
    (program.term(row), program.term_text(row))
}

#[test]
fn short_computations_are_shown_as_a_whole() {
    assert_eq!(row(&recorded(&doubled, 0)).1, "s0");
    assert_eq!(row(&recorded(&doubled, 2)).1, "((s0 + s0) + (s0 + s0))");
    assert_eq!(row(&recorded(&counted, 2)).1, "max(((s0 + 1) - 1), 0)");
}

#[test]
fn the_text_of_a_long_computation_is_short() {
    for times in [20, 64, 1000, 20_000] {
        for (kernel, program) in
            [("doubled", recorded(&doubled, times)), ("counted", recorded(&counted, times))]
        {
            let (term, text) = row(&program);
            assert!(matches!(term, Term::Of(..)), "{kernel}, {times}: {term:?}");
            assert!(text.len() < 2000, "{kernel}, {times}: {} bytes", text.len());
            assert_eq!(text.matches('(').count(), text.matches(')').count(), "{text}");
        }
    }
}

#[test]
fn a_program_does_not_keep_a_computation_without_end() {
    let program = recorded(&doubled, 3_000_000);
    let (term, text) = row(&program);
    assert_eq!((term, &*text), (Term::TooLong, ".."));
    let bytes = format!("{program:?}").len();
    assert!(bytes < 64 << 20, "{bytes} bytes of text for three instructions");
}
