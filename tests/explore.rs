//! `explore` runs every schedule once, says when it did not, and its schedules replay.

use tilesync::Order;
use tilesync::chip::ChipId;
use tilesync::exec::explore::{
    FailureKind, Limits, ReplayError, Schedule, explore, interleavings, replay, run,
};
use tilesync::op::OpCode::{TEXPANDS, TLOAD};
use tilesync::program::Program;
use tilesync::raw::Block;
use tilesync::tile::DtypeId::F32;
use tilesync::tile::Space;

/// `ops` loads on MTE2 and as many ops on V, with no flags: all on one tile, or each pipe on its own.
fn two_pipes(ops: u32, one_tile: bool) -> Program {
    let mut k = Block::new(ChipId::A5);
    let x = k.global_in(F32, 8, 8);
    let a = k.tile("a", Space::Vec, 0, F32, 8, 8);
    let b = k.tile("b", Space::Vec, 0x100, F32, 8, 8);
    for _ in 0..ops {
        k.op(TLOAD, [a], [x]);
        k.op(TEXPANDS, [if one_tile { a } else { b }], []);
    }
    k.finish()
}

/// How often `k` can be drawn out of `n`.
fn binomial(n: u128, k: u128) -> u128 {
    (1..=k).fold(1, |product, i| product * (n - k + i) / i)
}

#[test]
fn each_class_of_schedules_is_run_exactly_once() {
    for ops in 1..5 {
        // Every op conflicts with every other: no two interleavings are equivalent.
        let racing = explore(&two_pipes(ops, true), 1_000_000);
        let expected = binomial(2 * u128::from(ops), u128::from(ops));
        assert_eq!((u128::from(racing.schedules), racing.is_complete()), (expected, true));
        assert!(racing.has(FailureKind::Differs));
        assert_eq!(interleavings(&two_pipes(ops, true)), Some(expected));
        // No op conflicts with one of the other pipe: all interleavings are equivalent.
        let apart = explore(&two_pipes(ops, false), 1_000_000);
        assert_eq!((apart.schedules, apart.is_clean()), (1, true));
        assert_eq!(interleavings(&two_pipes(ops, false)), Some(expected));
    }
}

#[test]
fn a_cap_is_reported() {
    let exploration = explore(&two_pipes(4, true), 10);
    assert_eq!((exploration.schedules, exploration.is_complete()), (10, false));
    assert!(!exploration.is_clean());
    assert!(exploration.to_string().contains("stopped at the limit on schedules"), "{exploration}");
}

#[test]
fn a_program_too_large_to_explore_ends_and_says_what_was_left_out() {
    let mut k = Block::new(ChipId::A5);
    let a = k.tile("a", Space::Vec, 0, F32, 8, 8);
    for _ in 0..20_000 {
        k.op(TLOAD, [a], []);
        k.op(TEXPANDS, [a], []);
    }
    let program = k.finish();
    let exploration = explore(&program, Limits { schedules: 3, work: 1_000_000 });
    let left_out = exploration.left_out.expect("too large");
    assert!(left_out.out_of_work && left_out.choices > 0, "{exploration}");
    assert!(left_out.instructions > 0 && left_out.instructions < 40_000, "{exploration}");
    assert!(exploration.to_string().contains("stopped at the limit on work"), "{exploration}");
    // Work enough for nothing: not even for the memory.
    let exploration = explore(&program, Limits { schedules: 3, work: 10 });
    assert_eq!(exploration.left_out.map(|left| left.instructions), Some(40_000));
}

#[test]
fn early_late_and_random_are_single_schedules_that_replay() {
    let program = two_pipes(3, true);
    let orders = [Order::Early, Order::Late, Order::Random(1), Order::Random(2)];
    let digests = orders.map(|order| {
        let (schedule, outcome) = run(&program, order);
        assert_eq!(run(&program, order), (schedule.clone(), outcome), "{order:?} is not fixed");
        let again: Schedule = schedule.to_string().parse().expect("a schedule's own text");
        assert_eq!(again, schedule);
        assert_eq!(replay(&program, &again), Ok(outcome));
        outcome.digest
    });
    assert_ne!(digests[0], digests[1], "a race shows between early and late");
}

#[test]
fn what_is_no_schedule_of_the_program_is_an_error() {
    for text in ["MTE4", "x2", "V x0", "V xx", "V+", "V x99999999999"] {
        let error = text.parse::<Schedule>().expect_err(text);
        assert!(matches!(error, ReplayError::Syntax { .. }), "{text}: {error}");
    }
    let other: Schedule = "V x4".parse().expect("a schedule");
    let error = replay(&two_pipes(3, true), &other).expect_err("V has three ops");
    assert_eq!(error, ReplayError::CannotRun { step: 3, turn: "V".to_owned() });
}
