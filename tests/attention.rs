//! The kernel of the example `attention_one_core`: its values, its flags and its schedules. For odd input see
//! `attention_inputs`.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;

use tilesync::exec::check::check;
use tilesync::op::Pipe;
use tilesync::prelude::*;
use tilesync::program::{InstrKind, Program};

#[path = "../examples/attention_one_core.rs"]
#[allow(dead_code, reason = "only the kernel and its oracle are used")]
mod lesson;

use lesson::Input;

/// Rows of a tile of queries.
const QUERIES: usize = 64;

/// Queries, keys, and elements of each: whole tiles, tails, one element, more queries than keys and the other way round.
const SHAPES: [(usize, usize, usize); 7] = [
    (64, 128, 128),
    (64, 384, 64),
    (37, 300, 80),
    (150, 129, 16),
    (100, 40, 128),
    (1, 1, 1),
    (1, 257, 3),
];

/// What a block issues.
fn recorded(input: &Input, causal: bool, block: usize) -> Program {
    let pipelined = Pipelined::new().order(Order::Late).watch(block);
    input.run(causal, Some(pipelined)).unwrap().1.unwrap().program
}

fn eager(input: &Input, causal: bool) -> Vec<f32> {
    input.run(causal, None).unwrap().0
}

/// The weights are rounded to f16, by 2^-11 of them; the values are smaller than 2.
#[track_caller]
fn assert_exact(input: &Input, causal: bool, row: usize, got: &[f32]) {
    for (i, (exact, &got)) in input.exact(row, causal).into_iter().zip(got).enumerate() {
        let near = (f64::from(got) - exact).abs() <= 2.0 * 2.0_f64.powi(-11) + 1e-5;
        assert!(near, "[{row}, {i}] is {got}, not {exact}");
    }
}

#[test]
fn the_program_of_each_block_is_clean() {
    for (queries, keys, dim) in SHAPES {
        let input = Input::random(queries, keys, dim);
        for causal in [false, true] {
            for block in 0..queries.div_ceil(QUERIES) {
                let verdict = check(&recorded(&input, causal, block));
                assert!(
                    verdict.is_clean(),
                    "{queries} x {keys} x {dim}, {causal}, {block}: {verdict}"
                );
            }
        }
    }
}

#[test]
fn each_row_is_a_mean_of_the_values_that_it_sees() {
    for (queries, keys, dim) in SHAPES {
        let input = Input::random(queries, keys, dim);
        for causal in [false, true] {
            for (row, got) in eager(&input, causal).chunks(dim).enumerate() {
                assert_exact(&input, causal, row, got);
            }
        }
    }
}

#[test]
fn every_schedule_computes_the_same_bits() {
    let bits = |out: Vec<f32>| out.into_iter().map(f32::to_bits).collect::<Vec<_>>();
    let input = Input::random(101, 301, 72);
    let expected = bits(eager(&input, true));
    let random = (1..=5).map(Order::Random);
    for order in [Order::Early, Order::Late].into_iter().chain(random) {
        let (out, _) = input.run(true, Some(Pipelined::new().order(order))).unwrap();
        assert!(bits(out) == expected, "{order:?}");
    }
}

/// How many flags are set between each two pipes, for a number of key tiles of which some have a mask.
fn expected_flags(tiles: usize, masked: usize) -> BTreeMap<(Pipe, Pipe), usize> {
    BTreeMap::from([
        // Loaded tiles: the queries, and of each tile the keys and the values.
        ((Pipe::Mte2, Pipe::Mte1), 1 + 2 * tiles),
        // Factors: the queries, and of each tile the keys, the weights, the values.
        ((Pipe::Mte1, Pipe::M), 1 + 3 * tiles),
        // Two sums.
        ((Pipe::M, Pipe::Fix), 2 * tiles),
        // Two sums on their way out; and the rounded weights, before the loop and each time that they are free again.
        ((Pipe::Fix, Pipe::V), 2 * tiles + 1 + tiles),
        // The rounded weights; and the two places for sums.
        ((Pipe::V, Pipe::Fix), tiles + 2 + 2 * tiles),
        // The weights in L1, there and back.
        ((Pipe::Fix, Pipe::Mte1), tiles),
        ((Pipe::Mte1, Pipe::Fix), 1 + tiles),
        // The slots of keys, of values, of right factors, the weights as a factor, the accumulators.
        ((Pipe::Mte1, Pipe::Mte2), 2 + 2 + 2 * tiles),
        ((Pipe::M, Pipe::Mte1), 2 + 1 + 3 * tiles),
        ((Pipe::Fix, Pipe::M), 2 + 2 * tiles),
        // The mask, there and back.
        ((Pipe::Mte2, Pipe::V), masked),
        ((Pipe::V, Pipe::Mte2), 1 + masked),
        // The result.
        ((Pipe::V, Pipe::Mte3), 1),
    ])
}

#[test]
fn each_pair_of_pipes_has_its_flags() {
    let flags = |program: &Program| {
        let (mut sets, mut waits) = (BTreeMap::new(), BTreeMap::new());
        for instr in &program.instrs {
            match &instr.kind {
                InstrKind::Set(flag) => *sets.entry((flag.src, flag.dst)).or_insert(0) += 1,
                InstrKind::Wait(flag) => *waits.entry((flag.src, flag.dst)).or_insert(0) += 1,
                _ => {}
            }
        }
        assert_eq!(waits, sets, "every flag is waited on");
        sets
    };
    // Queries, keys, causal, block; tiles and masks.
    let cases = [
        ((64, 128, false, 0), (1, 0)),
        ((64, 640, false, 0), (5, 0)),
        ((64, 640, true, 0), (5, 1)),
        ((192, 640, true, 0), (4, 1)),
        ((192, 640, true, 2), (5, 1)),
        ((33, 257, true, 0), (3, 2)),
        ((192, 64, true, 0), (1, 1)),
        // On each side of a mask that hides one score, and of a tile that shows one.
        ((1, 128, true, 0), (1, 0)),
        ((2, 128, true, 0), (1, 1)),
        ((192, 256, true, 0), (1, 1)),
        ((192, 257, true, 0), (2, 2)),
    ];
    for ((queries, keys, causal, block), (tiles, masked)) in cases {
        let program = recorded(&Input::random(queries, keys, 16), causal, block);
        let mut expected = expected_flags(tiles, masked);
        expected.retain(|_, count| *count > 0);
        assert_eq!(flags(&program), expected, "{queries} x {keys}, {causal}, {block}");
    }
}
