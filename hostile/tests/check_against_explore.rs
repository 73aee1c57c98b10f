//! `check` and `explore` know nothing of each other's method, and agree on every program.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tilesync::chip::ChipId;
use tilesync::exec::check::{Code, check};
use tilesync::exec::explore::{FailureKind, explore, replay};
use tilesync::op::OpCode::{self, *};
use tilesync::op::Pipe::{self, *};
use tilesync::program::Program;
use tilesync::raw::{Block, Operand};
use tilesync::tile::DtypeId::F32;
use tilesync::tile::Space;
use tilesync_hostile::{cases, seed};

/// A step of a random program.
#[derive(Clone, Debug)]
enum Action {
    Op(OpCode, [Part; 2]),
    Set(Pipe, Pipe, u8),
    Wait(Pipe, Pipe, u8),
    Barrier,
    BarrierAll,
}

/// A window of a tile of 4 x 16: first row, first column, rows, columns.
type Part = (u32, u32, u32, u32);

fn part() -> impl Strategy<Value = Part> {
    prop_oneof![
        Just((0, 0, 4, 16)),
        Just((0, 0, 4, 8)),
        Just((0, 8, 4, 8)),
        (0..3u32, 0..12u32, 1..3u32, 1..5u32).prop_map(|(r, c, rows, cols)| (
            r,
            c,
            rows.min(4 - r),
            cols
        )),
    ]
}

fn op() -> impl Strategy<Value = Action> {
    let code = prop::sample::select(vec![TLOAD, TSTORE_VEC, TADD, TEXP, TROWSUM, TRESHAPE]);
    (code, part(), part()).prop_map(|(code, to, from)| Action::Op(code, [to, from]))
}

fn pair() -> impl Strategy<Value = (Pipe, Pipe, u8)> {
    let pipes = [S, V, Mte2, Mte3];
    let pairs = pipes.map(|src| pipes.map(|dst| (src, dst)));
    let two: Vec<_> = pairs.into_iter().flatten().filter(|(src, dst)| src != dst).collect();
    (prop::sample::select(two), 0..2u8).prop_map(|((src, dst), id)| (src, dst, id))
}

/// Ops and barriers, and among them flags: most are set before they are waited on, some are half or turned round.
fn actions() -> impl Strategy<Value = Vec<Action>> {
    let plain = prop_oneof![8 => op(), 1 => Just(Action::Barrier), 1 => Just(Action::BarrierAll)];
    let flag = (pair(), any::<[prop::sample::Index; 2]>(), 0..16u8);
    (vec(plain, 1..6), vec(flag, 0..6)).prop_map(|(mut actions, flags)| {
        for ((src, dst, id), places, odd) in flags {
            let mut at = places.map(|place| place.index(actions.len() + 1));
            if odd != 0 {
                at.sort_unstable();
            }
            if odd != 1 {
                actions.insert(at[1], Action::Wait(src, dst, id));
            }
            if odd != 2 {
                actions.insert(at[0], Action::Set(src, dst, id));
            }
        }
        actions
    })
}

fn program(chip: ChipId, actions: &[Action]) -> Program {
    let mut k = Block::new(chip);
    let tile = k.tile("t", Space::Vec, 0, F32, 4, 16);
    let tensor = k.global_out(F32, 4, 16);
    let window = |of: Operand, (row, col, rows, cols): Part| of.window(row, col, rows, cols);
    for action in actions {
        match *action {
            Action::Op(TLOAD, [to, from]) => {
                k.op(TLOAD, [window(tile, to)], [window(tensor, from)]);
            }
            Action::Op(TSTORE_VEC, [to, from]) => {
                k.op(TSTORE_VEC, [window(tensor, to)], [window(tile, from)]);
            }
            Action::Op(code, [to, from]) => k.op(code, [window(tile, to)], [window(tile, from)]),
            Action::Set(src, dst, id) => k.set_flag(src, dst, id),
            Action::Wait(src, dst, id) => k.wait_flag(src, dst, id),
            Action::Barrier => k.pipe_barrier(V),
            Action::BarrierAll => k.pipe_barrier_all(),
        }
    }
    k.finish()
}

/// What both must agree on: deadlock, race, flag left raised, flag set twice, id of the library.
type Judgement = [bool; 5];

fn judged(program: &Program) -> Judgement {
    let verdict = check(program);
    let any = |codes: &[Code]| codes.iter().any(|&code| verdict.has(code));
    let races =
        [Code::ReadTooEarly, Code::OverwriteTooEarly, Code::WriteRace, Code::MissingBarrier];
    [
        any(&[Code::WaitWithoutSet, Code::Deadlock]),
        any(&races),
        any(&[Code::FlagLeftRaised]),
        any(&[Code::SetWhileRaised])
            || verdict.findings.iter().any(|finding| !finding.notes.is_empty()),
        any(&[Code::LibraryId]),
    ]
}

#[test]
fn check_finds_exactly_what_some_schedule_shows() {
    let cases = cases(10_000);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut start = [0; 32];
    start[..8].copy_from_slice(&seed().to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &start);
    let mut seen = [[0u32; 2]; 5];
    let mut schedules = 0;
    let mut runner = TestRunner::new_with_rng(config, rng);
    let counts = std::cell::RefCell::new((&mut seen, &mut schedules));
    let outcome = runner.run(&(actions(), any::<bool>()), |(actions, a5)| {
        let program = program(if a5 { ChipId::A5 } else { ChipId::A2A3 }, &actions);
        let exploration = explore(&program, 50_000);
        prop_assume!(exploration.is_complete());
        let shown = [
            FailureKind::Stuck,
            FailureKind::Differs,
            FailureKind::Raised,
            FailureKind::SetTwice,
            FailureKind::LibraryId,
        ]
        .map(|kind| exploration.has(kind));
        let mut found = judged(&program);
        if found[0] {
            // A run that gets stuck has raised flags that a wait would still come for.
            found[2] = shown[2];
        }
        prop_assert_eq!(found, shown, "{}\n{}\n{}", program, check(&program), exploration);
        for failure in &exploration.failures {
            let schedule = failure.schedule.to_string().parse().expect("a schedule's own text");
            let again = replay(&program, &schedule).expect("a schedule of this program");
            prop_assert_eq!(again.stuck, shown[0]);
        }
        let (seen, schedules) = &mut *counts.borrow_mut();
        for (seen, happened) in seen.iter_mut().zip(shown) {
            seen[usize::from(happened)] += 1;
        }
        **schedules += exploration.schedules;
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    println!(
        "{schedules} schedules; [without, with] deadlock, race, leak, double set, library id: {seen:?}"
    );
    assert!(
        seen.iter().flatten().all(|&count| count > cases / 100),
        "both sides must be common: {seen:?}"
    );
}
