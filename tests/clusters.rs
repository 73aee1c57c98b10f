//! Kernels of several cores: what the sides exchange, what each vector core has, and what is found before anything runs.

#[path = "clusters/relay.rs"]
mod relay;

use relay::{How, Relay};
use tilesync::LaunchError;
use tilesync::exec::check::check_cluster;
use tilesync::exec::explore::explore_cluster;
use tilesync::exec::{Shallow, Waits};
use tilesync::prelude::*;
use tilesync::program::{Cross, InstrKind};

#[test]
fn two_sides_that_wait_for_each_other_compute_what_they_should() {
    fn run<const SLOTS: usize>(tiles: usize, ahead: usize) {
        for how in How::all() {
            let relay = Relay::<SLOTS> { tiles, ahead };
            let (outcome, out) = relay.launch(how, 3);
            outcome.expect("no cyclic wait");
            assert_eq!(
                out,
                relay.expected(3),
                "{tiles} tiles, {ahead} ahead, {SLOTS} slots, {how:?}"
            );
        }
    }
    for (tiles, ahead) in [(1, 0), (5, 0), (5, 1), (7, 1), (2, 2)] {
        run::<2>(tiles, ahead);
    }
    run::<1>(6, 0);
    run::<3>(9, 2);
    run::<4>(9, 3);
}

#[test]
fn a_schedule_of_no_steps_moves_nothing() {
    let (outcome, out) = Relay::<2> { tiles: 0, ahead: 2 }.launch(How::Eager(Eager::new()), 2);
    assert!(matches!(outcome, Err(LaunchError::Tensor(_)) | Ok(())), "{outcome:?}");
    assert!(out.is_empty());
}

/// Two slots each way, and a credit is for both: so the vector cores may be one ahead, and no more.
#[test]
fn a_cyclic_wait_is_found_before_anything_runs() {
    assert!(Relay::<2> { tiles: 12, ahead: 1 }.launch(How::Eager(Eager::new()), 1).0.is_ok());
    let (outcome, out) = Relay::<2> { tiles: 12, ahead: 6 }.launch(How::Eager(Eager::new()), 2);
    assert!(out.iter().all(|x| x.is_nan()), "something ran");
    let Err(LaunchError::CyclicWait(cycle)) = outcome else { panic!("{outcome:?}") };
    println!("{cycle}");
    let waits = |wait: &Waits| (wait.fifo.clone(), wait.for_a_slot, wait.at.line() > 0);
    let cores: Vec<_> = cycle.waits.iter().map(waits).collect();
    let of = |fifo: &str| (fifo.to_owned(), true, true);
    assert_eq!(cores, [of("products"), of("factors"), of("factors")]);
    // With as many slots as the error says it comes to its end, and with fewer it does not.
    let needed = Shallow { fifo: "products".to_owned(), slots: 2, needed: 8 };
    assert_eq!(cycle.shallow, [needed]);
    let relay = Relay::<8> { tiles: 12, ahead: 6 };
    let (outcome, out) = relay.launch(How::Eager(Eager::new()), 2);
    outcome.expect("eight slots are enough");
    assert_eq!(out, relay.expected(2));
    let (outcome, _) = Relay::<6> { tiles: 12, ahead: 6 }.launch(How::Eager(Eager::new()), 2);
    assert!(matches!(outcome, Err(LaunchError::CyclicWait(_))), "six slots are too few");
}

#[test]
fn what_the_cores_issue_is_clean() {
    for (tiles, ahead) in [(1, 0), (5, 1), (8, 0)] {
        let verdict = check_cluster(&Relay::<2> { tiles, ahead }.program(2));
        assert!(verdict.is_clean(), "{tiles} tiles, {ahead} ahead: {verdict}");
    }
    let verdict = check_cluster(&Relay::<4> { tiles: 9, ahead: 3 }.program(1));
    assert!(verdict.is_clean(), "{verdict}");
}

/// No schedule across the cores ends otherwise than at its end.
#[test]
fn every_schedule_comes_to_its_end() {
    for (tiles, ahead) in [(1, 0), (2, 1)] {
        let exploration = explore_cluster(&Relay::<1> { tiles, ahead }.program(1), 2_000);
        assert!(exploration.failures.is_empty(), "{tiles} tiles, {ahead} ahead: {exploration:?}");
    }
}

/// Whatever one core says to the others, or one of its pipes to another, is needed: without it `check_cluster` finds something.
#[test]
fn nothing_that_is_said_can_be_left_out() {
    let whole = Relay::<2> { tiles: 3, ahead: 1 }.program(1);
    let mut left_out = 0;
    for core in 0..whole.blocks[0].len() {
        for at in 0..whole.blocks[0][core].instrs.len() {
            let program = &whole.blocks[0][core];
            let needed = match program.instrs[at].kind {
                // The first messages find their slots free, and not each slot that is freed is a credit.
                InstrKind::Cross(Cross::Alloc { fifo, message }) => {
                    program.fifos[fifo as usize].waits_for_credit(message)
                }
                InstrKind::Cross(Cross::Free { fifo, message }) => {
                    program.fifos[fifo as usize].gives_credit(message)
                }
                InstrKind::Cross(Cross::Drain { credits, .. }) => credits > 0,
                InstrKind::Cross(_) | InstrKind::Set(_) | InstrKind::Wait(_) => true,
                _ => false,
            };
            if needed {
                let mut without = whole.clone();
                let said = without.blocks[0][core].instrs.remove(at);
                let verdict = check_cluster(&without);
                assert!(!verdict.is_clean(), "core {core} is clean without {said:?}");
                left_out += 1;
            }
        }
    }
    assert!(left_out > 60, "{left_out}");
}
