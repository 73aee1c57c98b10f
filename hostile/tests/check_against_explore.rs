//! `check` and `explore` know nothing of each other's method, and agree on every program.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tilesync::chip::ChipId;
use tilesync::exec::check::{Code, check};
use tilesync::exec::explore::{FailureKind, Limits, explore, replay};
use tilesync::op::OpCode::{self, *};
use tilesync::op::Pipe::{self, *};
use tilesync::program::{Phase, Program};
use tilesync::raw::{Block, Operand};
use tilesync::tile::DtypeId::F32;
use tilesync::tile::{LayoutId, Space, TileType};
use tilesync_hostile::{cases, seed};

/// A step of a random program.
#[derive(Clone, Debug)]
enum Action {
    Op { kind: OpKind, to: Part, from: Part, phase: Option<Phase> },
    Set(Pipe, Pipe, u8),
    Wait(Pipe, Pipe, u8),
    Barrier(Pipe),
    BarrierAll,
}

/// An op of PTO, one by its pipe alone, or a read into a register.
#[derive(Clone, Copy, Debug)]
enum OpKind {
    Pto(OpCode),
    Other(Pipe),
    Look,
}

/// A part of the memory: which of it, first row, first column, rows, columns.
type Part = (u8, [u32; 4]);

/// The side of a core that a program is for: its pipes, its ops, and how it lays out its memory.
#[derive(Clone, Copy, Debug)]
enum Side {
    Vector,
    Matrix,
}

impl Side {
    fn pipes(self) -> [Pipe; 4] {
        match self {
            Side::Vector => [S, V, Mte2, Mte3],
            Side::Matrix => [S, M, Mte1, Fix],
        }
    }

    fn op(self) -> impl Strategy<Value = Action> {
        let mut kinds: Vec<_> = self.pipes().map(OpKind::Other).into();
        kinds.push(OpKind::Look);
        kinds.extend(
            match self {
                Side::Vector => {
                    &[TLOAD, TSTORE_VEC, TADD, TAXPY, TROWSUM, TROWSUM, TTRANS, TTRANS][..]
                }
                Side::Matrix => &[TMATMUL, TMATMUL, TSTORE_ACC, TSTORE_ACC, TCMPS],
            }
            .iter()
            .map(|&code| OpKind::Pto(code)),
        );
        let phase = prop_oneof![
            1 => Just(None),
            1 => Just(Some(Phase::Partial)),
            2 => Just(Some(Phase::Final)),
        ];
        (prop::sample::select(kinds), part(), part(), phase)
            .prop_map(|(kind, to, from, phase)| Action::Op { kind, to, from, phase })
    }

    /// Mostly of two pipes, at times of one.
    fn pair(self) -> impl Strategy<Value = (Pipe, Pipe, u8)> {
        let pipes = self.pipes();
        let pairs: Vec<_> = pipes.into_iter().flat_map(|src| pipes.map(|dst| (src, dst))).collect();
        (prop::sample::select(pairs), 0..2u8).prop_map(|((src, dst), id)| (src, dst, id))
    }

    /// Ops and barriers, and among them flags: most are set before they are waited on, some are half or turned round.
    fn actions(self) -> impl Strategy<Value = Vec<Action>> {
        let barrier = prop::sample::select(self.pipes().to_vec()).prop_map(Action::Barrier);
        let plain = prop_oneof![16 => self.op(), 2 => barrier, 1 => Just(Action::BarrierAll)];
        let flag = (self.pair(), any::<[prop::sample::Index; 2]>(), 0..16u8);
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

    /// Three tiles that share bytes, in three layouts, and two tensors.
    fn memory(self, k: &mut Block) -> [Operand; 5] {
        use LayoutId::{Dn, Nd, Nz, NzAcc};
        let mut tile = |name, addr, space, layout, rows, cols| {
            k.tile_of(name, addr, TileType { space, dtype: F32, rows, cols, layout })
        };
        let tiles = match self {
            Side::Vector => [
                tile("nd", 0, Space::Vec, Nd, 4, 16),
                tile("dn", 0x40, Space::Vec, Dn, 8, 8),
                tile("nz", 0xc0, Space::Vec, Nz, 16, 8),
            ],
            Side::Matrix => [
                tile("acc", 0, Space::Acc, NzAcc, 16, 16),
                tile("half", 0x200, Space::Acc, NzAcc, 16, 8),
                tile("left", 0, Space::Left, Nz, 16, 8),
            ],
        };
        let tensors = [k.global_out(F32, 4, 16), k.global_in(F32, 8, 8)];
        [tiles[0], tiles[1], tiles[2], tensors[0], tensors[1]]
    }
}

fn part() -> impl Strategy<Value = Part> {
    let window = prop_oneof![
        2 => Just([0, 0, 4, 8]),
        1 => Just([0, 4, 4, 4]),
        2 => (0..3u32, 0..6u32, 1..3u32, 1..5u32).prop_map(|(row, col, rows, cols)| {
            [row, col, rows.min(4 - row), cols.min(8 - col)]
        }),
    ];
    (prop_oneof![3 => Just(0), 1 => 0..5u8], window)
}

fn program(chip: ChipId, side: Side, actions: &[Action]) -> Program {
    let mut k = Block::new(chip);
    let memory = side.memory(&mut k);
    let part = |(which, [row, col, rows, cols]): Part| {
        memory[usize::from(which)].window(row, col, rows, cols)
    };
    for action in actions {
        match *action {
            Action::Op { kind, to, from, phase } => {
                if let Some(phase) = phase {
                    k.unit_flag(phase);
                }
                match kind {
                    OpKind::Pto(code) => k.op(code, [part(to)], [part(from)]),
                    OpKind::Other(pipe) => k.op_on(pipe, "other", [part(to)], [part(from)]),
                    OpKind::Look => k.op(SCALAR, [], [part(from)]),
                }
            }
            Action::Set(src, dst, id) => k.set_flag(src, dst, id),
            Action::Wait(src, dst, id) => k.wait_flag(src, dst, id),
            Action::Barrier(pipe) => k.pipe_barrier(pipe),
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
    let kernel = prop_oneof![
        2 => Side::Vector.actions().prop_map(|actions| (Side::Vector, actions)),
        1 => Side::Matrix.actions().prop_map(|actions| (Side::Matrix, actions)),
    ];
    let outcome = runner.run(&(kernel, any::<bool>()), |((side, actions), a5)| {
        let program = program(if a5 { ChipId::A5 } else { ChipId::A2A3 }, side, &actions);
        let exploration = explore(&program, Limits { schedules: 50_000, work: u64::MAX });
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
